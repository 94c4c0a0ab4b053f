"""Ledgers over HTTP: checked first, refused whole where a row is wrong, else a job that can be followed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import httpx
import openpyxl
import pytest
from temporalio.client import Client

from engine.connection import Services
from models.audit import AuditActor
from store.campaigns import Campaign, add_campaign
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.jobs import jobs, stop_job
from tests.api.conftest import Caller
from tests.durable.office import eventually
from tests.durable.test_campaign import HOUR, end_all, plan_in_seconds
from workers.cases import cases_worker
from workers.imports import imports_worker

Sender = Callable[..., Awaitable[httpx.Response]]
INSPECTOR, OFFICE = "inspector:检查员1@650203", "office:office@650200"
HEADER = ["企业名称", "所属区", "检查发现的问题", "隐患类别", "等级", "整改责任人", "检查日期"]


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)  # pyright: ignore[reportOptionalMemberAccess]
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def row(name: str, category: str = "H05", district: str = "克拉玛依区") -> list[object]:
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    return [name, district, "未开展应急演练", category, "一般", "张某", day]


@pytest.fixture
def trial(services: Services) -> Campaign:
    now = datetime.now(UTC).replace(microsecond=0)
    read = plan_in_seconds(now, (HOUR, 2 * HOUR, 3 * HOUR), f"api-{uuid4().hex[:6]}")
    return add_campaign(services.engine, read, now.year)


@pytest.fixture
async def sent(calls: Caller, trial: Campaign) -> Sender:
    async def send(content: bytes, who: str | None = INSPECTOR, **query: str) -> httpx.Response:
        return await calls(who).post("/api/v1/imports", content=content, params=query)

    return send


@pytest.fixture
async def working(client: Client, services: Services) -> AsyncIterator[None]:
    async with cases_worker(client, services.engine), imports_worker(client, services.engine):
        yield
        await end_all(client, services)


async def test_a_ledger_is_checked_without_any_effect(sent: Sender, services: Services) -> None:
    answer = await sent(workbook(row("甲厂"), row("乙厂", "H77"), row("丙厂", district="独山子区")), dry_run="true")
    assert answer.status_code == 200
    check = answer.json()["check"]
    assert answer.json()["job"] is None and (check["rows"], check["opens"]) == (3, 1)
    assert [(e["row"], e["code"]) for e in check["errors"]] == [(3, "category_unknown"), (4, "not_your_district")]
    assert cases_by_id(services.engine, CaseFilter(), 10) == ()


async def test_a_ledger_with_a_wrong_row_is_refused_whole(sent: Sender, services: Services) -> None:
    answer = await sent(workbook(row("甲厂"), row("乙厂", "H77")))
    problem = answer.json()
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], [e["row"] for e in problem["check"]["errors"]]) == ("ledger_errors", [3])
    assert cases_by_id(services.engine, CaseFilter(), 10) == ()


async def test_a_sound_ledger_becomes_cases_and_its_job_can_be_followed(
    sent: Sender, calls: Caller, services: Services, working: None
) -> None:
    content = workbook(row("甲厂"), row("乙厂", "V04"))
    answer = await sent(content, name="台账.xlsx")
    assert answer.status_code == 202
    where = answer.headers["location"]

    async def done() -> dict[str, object] | None:
        told = (await calls(INSPECTOR).get(where)).json()
        return told if told["job"]["state"] == "done" else None

    told = await eventually(done)
    assert told is not None and told["results"] == []
    assert told["job"]["file"] == "台账.xlsx" and told["job"]["by"] == INSPECTOR
    cases = cases_by_id(services.engine, CaseFilter(), 10)
    assert [len(timeline(services.engine, c.case_id)) for c in cases] == [3, 3]
    again = await sent(content, dry_run="true")
    assert again.json()["check"]["repeated"] == 2, "the same file again would do nothing"
    filled = workbook([*row("甲厂")[:5], "李某", row("甲厂")[6]], row("乙厂", "V04"))
    check = (await sent(filled, dry_run="true")).json()["check"]
    assert [(e["row"], e["code"]) for e in check["errors"]] == [(2, "recorded_otherwise")], "no second finding of it"
    assert [i["job"] for i in (await calls(OFFICE).get("/api/v1/imports")).json()["imports"]] == [told["job"]["job"]]
    assert (await calls("inspector:检查员2@650204").get(where)).status_code == 404


async def test_a_ledger_sent_again_while_it_is_imported_is_one_job_and_afterwards_another(
    sent: Sender, services: Services, trial: Campaign
) -> None:
    content = workbook(row("甲厂"))
    first, again = [(await sent(content)).json()["job"]["job"] for _ in range(2)]
    assert first == again, "as after no answer"
    assert (await sent(content, who="inspector:检查员2@650203")).json()["job"]["job"] != first
    assert (await sent(content, source="inspection")).json()["job"]["job"] != first
    assert (await sent(content, dry_run="true")).json()["job"] is None
    assert stop_job(services.engine, first, AuditActor(account="os:operator"))
    anew = (await sent(content)).json()["job"]["job"]
    assert anew == f"{first}-2" and (await sent(content)).json()["job"]["job"] == anew
    assert len(jobs(services.engine)) == 4


async def test_while_temporal_is_away_no_job_is_frozen(sent: Sender, services: Services, trial: Campaign) -> None:
    services.endpoints = services.endpoints.model_copy(update={"temporal_address": "127.0.0.1:9"})
    answer = await sent(workbook(row("甲厂")))
    assert answer.status_code == 503 and jobs(services.engine) == ()
    assert (await sent(workbook(row("甲厂")), dry_run="true")).status_code == 200, "a check asks nothing of it"


async def test_a_column_under_a_header_of_ones_own_is_named(sent: Sender) -> None:
    book = openpyxl.load_workbook(BytesIO(workbook(row("甲厂"))))
    sheet = book.worksheets[0]
    sheet["C1"] = "毛病"
    own = BytesIO()
    book.save(own)
    refused = (await sent(own.getvalue(), dry_run="true")).json()
    assert [e["code"] for e in refused["check"]["errors"]] == ["column_missing"]
    named = (await sent(own.getvalue(), dry_run="true", map="毛病=description")).json()["check"]
    assert (named["findings"], named["errors"]) == (1, [])
    wrong = await sent(own.getvalue(), dry_run="true", map="毛病=nothing")
    assert wrong.status_code == 422 and [e["field"] for e in wrong.json()["errors"]] == ["map"]


async def test_what_is_decided_once_for_all_rows_comes_with_the_address(sent: Sender) -> None:
    book = openpyxl.load_workbook(BytesIO(workbook(row("甲厂", "触电"), row("乙厂", "触电"), row("丙厂"))))
    sheet = book.worksheets[0]
    sheet["H1"], sheet["H4"] = "隐患状态", "关闭"
    own = BytesIO()
    book.save(own)
    check = (await sent(own.getvalue(), dry_run="true")).json()["check"]
    assert check["unknown_values"] == [{"field": "category", "value": "触电", "count": 2, "rows": [2, 3]}]
    assert (check["rows"], check["closed"], check["findings"]) == (3, 1, 0)
    said = {"dry_run": "true", "value": "触电=H09", "closed": "import", "past_due": "plan"}
    check = (await sent(own.getvalue(), **said)).json()["check"]
    assert (check["errors"], check["closed"], check["findings"]) == ([], 1, 3)
    wrong = await sent(own.getvalue(), dry_run="true", value="触电")
    assert wrong.status_code == 422 and [e["field"] for e in wrong.json()["errors"]] == ["value"]
    assert (await sent(own.getvalue(), dry_run="true", closed="maybe")).status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, None),
        (b"PK\x03\x04 no workbook", 422, None),
        (b"\x00\xff" * 1000, 422, None),
        ("名称,说明\n甲,乙\n".encode(), 422, None),
    ],
)
async def test_what_is_no_ledger_is_refused_with_a_sentence(
    sent: Sender, content: bytes, status: int, code: str | None
) -> None:
    answer = await sent(content, name="x.csv" if content.startswith("名".encode()) else "x.xlsx")
    assert answer.status_code == status
    assert answer.json()["zh"] and answer.json()["en"] and answer.json()["code"]


async def test_a_form_is_refused_and_not_read_as_rows(calls: Caller, trial: Campaign) -> None:
    answer = await calls(INSPECTOR).post(
        "/api/v1/imports", files={"file": ("a.xlsx", workbook(row("甲厂")))}, params={"dry_run": "true"}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_file")


async def test_nobody_but_an_inspector_imports(sent: Sender) -> None:
    assert (await sent(workbook(row("甲厂")), who=None)).status_code == 401
    refused = await sent(workbook(row("甲厂")), who=OFFICE)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_permitted")
