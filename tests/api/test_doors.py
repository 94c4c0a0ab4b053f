"""Every operation of the API asks who may: with nobody, and with somebody who may not, it is refused (ADR 0038)."""

from typing import get_args

import pytest
from fastapi import FastAPI

from models.commands import AnyCommand
from store.campaigns import Campaign
from tests.api.conftest import Caller
from tests.api.test_refusals import problem
from tests.cast import HERE, SUPERVISOR
from tests.durable.office import Office
from tests.routes import routes
from tests.rules.access.matrix import commands_in

pytestmark = pytest.mark.clause("§7")
CASE = "case/karamay-2013-2027/none"
FOR_WATCHERS = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json"}
"""Of the process alone: they tell nothing of any case."""
READS = {
    *("GET /api/v1/cases", "GET /api/v1/cases/{case_id}", "GET /api/v1/cases/{case_id}/timeline"),
    *("GET /api/v1/cases/{case_id}/next-steps", "GET /api/v1/receipts/{receipt_id}", "GET /api/v1/overdue"),
    *("GET /api/v1/inbox", "GET /api/v1/campaigns", "GET /api/v1/campaigns/{campaign_id}"),
    *("GET /api/v1/imports", "GET /api/v1/imports/{job_id}"),
    *("GET /api/v1/cases/{case_id}/files", "GET /api/v1/cases/{case_id}/files/{sha256}"),
}
WRITES = {
    *("POST /api/v1/cases", "POST /api/v1/cases/{case_id}/commands", "POST /api/v1/imports"),
    "POST /api/v1/cases/{case_id}/files",
}
NO_READER = ("enterprise:Sun@650203", "admin:Gu@650200", "public:Gu@650200")
AUDITOR = "auditor:Gu@650200"


def asked(operation: str) -> tuple[str, str]:
    """Method and an address that it could be asked at."""
    method, _, path = operation.partition(" ")
    names = {
        "case_id": CASE,
        "receipt_id": "r",
        "campaign_id": "karamay-2013-2027",
        "job_id": "j",
        "sha256": "sha256:0",
    }
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"say what stands for it in {path}"
    return method, path


def test_every_operation_is_listed_here_by_who_may_ask(api: FastAPI) -> None:
    assert routes(api) == FOR_WATCHERS | READS | WRITES


async def test_without_a_token_and_with_a_role_that_reads_nothing_every_operation_is_refused(
    calls: Caller, campaign: Campaign
) -> None:
    for operation in sorted(READS | WRITES):
        method, path = asked(operation)
        body = {"json": {}} if method == "POST" else {}
        problem(await calls(None).request(method, path, **body), 401, "no_token")
        for who in NO_READER:
            problem(await calls(who).request(method, path, **body), 403, "role_not_permitted")


async def test_whoever_may_not_is_refused_each_command_of_a_running_case(calls: Caller, office: Office) -> None:
    case, caller = await office.open("06-03"), calls(AUDITOR)
    given = {question.do: question.command for question in commands_in("escalation")}
    assert {*given, "open"} == {kind.model_fields["do"].default for kind in get_args(AnyCommand)}
    for do, command in given.items():
        assert command is not None
        body = command.model_dump(mode="json", by_alias=True, exclude={"by", "command_id"})
        told = await caller.post(f"/api/v1/cases/{case.case_id}/commands", json=body)
        assert problem(told, 403, "role_not_permitted")["rule"] == "domain §7", do
    subject = {"id": "s-2", "name": "某厂", "district": HERE}
    problem(await caller.post("/api/v1/cases", json={"subject": subject}), 403, "role_not_permitted")
    assert await case.steps() == ["open"]


@pytest.mark.parametrize("who", [AUDITOR, SUPERVISOR])
async def test_whoever_may_not_is_refused_a_ledger(calls: Caller, campaign: Campaign, who: str) -> None:
    told = await calls(who).post("/api/v1/imports", params={"name": "x.csv", "dry_run": True}, content=b"x")
    problem(told, 403, "role_not_permitted")
