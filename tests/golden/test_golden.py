"""Histories of real runs still replay; what would break running cases fails here first. See README.md."""

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from embedded.stack import Endpoints
from engine.connection import Services, sealed_converter
from engine.keys import KeyRing
from engine.tracing import Tracing
from models.refusals import Refused
from rules.case import investigation
from rules.plans import remember
from rules.words.refusals import refuse
from tests.durable.office import Office
from tests.durable.publication import learn_and_upgrade
from tests.golden.record import DIGEST, FINGERPRINT, HERE, HISTORIES, KEYS, fingerprint, plan, run_story
from tests.golden.stories import STORIES
from workers.cases import cases_worker
from workers.replay import replay_history
from workflows.case import CaseWorkflow

WHAT_TO_DO = (
    "the workflow no longer does what running cases expect. Keep the old path and take the new one behind "
    f"workflow.patched(); never just record again ({HERE.name}/README.md says how)."
)


@pytest.fixture(scope="module")
def sealed() -> Services:
    """Services of nowhere: replay needs the key and nothing else."""
    nowhere = Endpoints(
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
        app_database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
        temporal_address="127.0.0.1:1",
        namespace="none",
        ui_url=None,
        home=Path("/nowhere"),
    )
    services = Services(nowhere)
    services.__dict__["keys"] = KeyRing(KEYS)
    remember(DIGEST.read_text().strip(), plan().plan)
    return services


def history(name: str) -> WorkflowHistory:
    """A history as it was recorded, under the id that its payloads are sealed for."""
    return WorkflowHistory.from_json(f"case/karamay-2013-2027/golden-{name}", (HISTORIES / f"{name}.json").read_text())


def test_every_story_has_its_history_and_every_history_its_story() -> None:
    assert {file.stem for file in HISTORIES.glob("*.json")} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
async def test_a_history_of_a_real_run_replays(sealed: Services, name: str) -> None:
    assert await replay_history(sealed, history(name)) == [], WHAT_TO_DO


@pytest.mark.parametrize("name", STORIES)
async def test_it_replays_in_a_process_that_has_heard_of_a_publication_since(
    sealed: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn_and_upgrade(monkeypatch)
    assert await replay_history(sealed, history(name)) == [], WHAT_TO_DO


@pytest.mark.parametrize("name", STORIES)
async def test_it_replays_in_a_process_that_is_traced(sealed: Services, name: str) -> None:
    replayer = Replayer(
        workflows=[CaseWorkflow],
        data_converter=sealed_converter(sealed.keys),
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Tracing()],
    )
    result = await replayer.replay_workflow(history(name), raise_on_replay_failure=False)
    assert result.replay_failure is None, WHAT_TO_DO


async def test_a_rule_that_newly_refuses_what_was_accepted_fails_replay(
    sealed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: Any) -> Refused:
        return refuse("unknown_ref", ref="F1")

    monkeypatch.setattr(investigation, "register", no_more)
    assert await replay_history(sealed, history("happy")) != []


def without(name: str, kind: str, which: int = 0) -> WorkflowHistory:
    """A history from which one event was taken out, the rest renumbered."""
    told = json.loads((HISTORIES / f"{name}.json").read_text())
    places = [n for n, e in enumerate(told["events"]) if e["eventType"].endswith(kind)]
    del told["events"][places[which]]
    for number, event in enumerate(told["events"], start=1):
        event["eventId"] = str(number)
    return WorkflowHistory.from_json(f"golden/{name}", told)


@pytest.mark.parametrize(
    "kind",
    ["MARKER_RECORDED", "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", "TIMER_STARTED", "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"],
)
async def test_a_history_that_lacks_a_step_fails_replay(sealed: Services, kind: str) -> None:
    assert await replay_history(sealed, without("happy", kind)) != []


async def test_a_history_under_another_key_is_not_read(sealed: Services) -> None:
    other = Services(sealed.endpoints)
    material = {"golden-test-only": "A" * 43 + "="}
    other.__dict__["keys"] = KeyRing(KEYS.model_copy(update={"keys": material}))
    assert await replay_history(other, history("happy")) != []


async def test_a_happy_case_still_gives_the_events_that_it_always_gave(idle_office: Office) -> None:
    office = idle_office
    async with cases_worker(office.client, office.services.engine):
        file = await run_story(office, "happy")
        found = fingerprint(await file.history())
    expected = json.loads(FINGERPRINT.read_text())
    assert found == expected, f"{found}: {WHAT_TO_DO}"


def test_nothing_personal_can_be_read_in_the_histories() -> None:
    for file in HISTORIES.glob("*.json"):
        text = file.read_text()
        assert not any(word in text for word in ("A factory", "Wang", "Zhao", "seen at"))
