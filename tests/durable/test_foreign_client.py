"""Temporal's own command line finds the cases of ours, though it knows nothing of this product."""

import json
import os
import subprocess
from typing import Any

from embedded.settings import StackSettings
from embedded.stack import Endpoints
from embedded.trial import find_cli
from models.instants import show_instant
from store.case_list import CaseFilter, cases_by_id
from tests.durable.office import CaseFile, Office, eventually, finding, instant

UNTIL = "05-26 09:00"


def certificates(stack: Endpoints) -> list[str]:
    """How it shows itself to a server that asks for a certificate."""
    tls = stack.temporal_tls
    if tls is None:
        return []
    options = {"ca": tls.ca, "cert": tls.certificate, "key": tls.key}
    named = [word for name, path in options.items() for word in (f"--tls-{name}-path", str(path))]
    return ["--tls", *named, "--tls-server-name", str(tls.server_name)]


def asked(stack: Endpoints, *words: str) -> str:
    """What `temporal …` prints."""
    place = ("--address", stack.temporal_address, "--namespace", stack.namespace, "--disable-config-file")
    argv = [find_cli(StackSettings()), *words, *place, *certificates(stack), "--output", "json"]
    return subprocess.run(
        argv, capture_output=True, text=True, check=True, timeout=60, env={"PATH": os.defpath, "HOME": "/nonexistent"}
    ).stdout


def listed(stack: Endpoints, query: str) -> set[str]:
    """The ids of the workflows that it lists."""
    runs: list[dict[str, Any]] = json.loads(asked(stack, "workflow", "list", "--query", query))
    return {run["execution"]["workflowId"] for run in runs}


def counted(stack: Endpoints, query: str) -> int:
    """How many it counts."""
    return int(json.loads(asked(stack, "workflow", "count", "--query", query))["count"])


async def with_a_deadline(office: Office, when: str, number: int) -> CaseFile:
    """A case with one general hazard registered, due 15 days later at 24:00."""
    file = await office.open(when, subject=f"foreign-{number}")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    return file


async def test_temporal_s_command_line_lists_and_counts_what_is_due(office: Office, stack: Endpoints) -> None:
    files = [await with_a_deadline(office, when, n) for n, when in enumerate(("05-10", "05-10", "05-14", "05-10"))]
    await files[3].handle.terminate("no longer running")
    rows = cases_by_id(office.services.engine, CaseFilter(outcome="open"), 100)
    ours = {row.case_id for row in rows if row.due_at < instant(UNTIL)} - {files[3].case_id}
    assert ours == {files[0].case_id, files[1].case_id}

    query = f"CaseDueAt < '{show_instant(instant(UNTIL))}' AND ExecutionStatus = 'Running'"
    mine = f"{query} AND WorkflowId STARTS_WITH '{files[0].case_id.removesuffix('0')}'"

    async def counts_them() -> bool:
        return counted(stack, mine) == len(ours)

    await eventually(counts_them)
    assert listed(stack, mine) == ours
    assert ours <= listed(stack, query)
    assert counted(stack, query) == len(listed(stack, query))


async def test_temporal_s_command_line_shows_a_case_without_its_content(office: Office, stack: Endpoints) -> None:
    file = await office.open("05-10", subject="foreign-9")
    shown = asked(stack, "workflow", "show", "--workflow-id", file.case_id)
    assert json.loads(shown)["events"][0]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    assert "A factory" not in shown  # payloads are sealed
