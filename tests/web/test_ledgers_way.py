"""A ledger's whole way through the pages: sent, checked, decided about, applied, followed, taken back (3.1.ledger)."""

import asyncio
import re
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import text

from desk.kept_ledgers import delete_old_ledgers
from engine.connection import Services
from models.actors import Actor, parse_actor
from models.register import SubjectFacts
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.jobs import JobFilter, jobs
from store.subjects import add_subject
from tests.web.conftest import AtLedgers
from tests.web.ledger_desk import HEADER, INSPECTOR, OFFICE, SUPERVISOR, counts, row, workbook

ROADS = f"{INSPECTOR}/road_transport"
pytestmark = pytest.mark.clause("3.1.ledger")


async def test_from_a_file_with_errors_to_the_last_row_taken_back(
    at_ledgers: AtLedgers, services: Services, trial: Campaign, working: None
) -> None:
    mines = SubjectFacts(name="南山矿业", district="650203", sector="non_coal_mines")
    add_subject(services.engine, "s-mines", mines, Actor.model_validate(parse_actor(OFFICE)))
    inspector, supervisor = at_ledgers(ROADS), at_ledgers(SUPERVISOR)
    rows = [row(name, "触电", sector="道路交通") for name in ("甲厂", "乙厂")]
    check = await inspector.check(workbook(*rows, row("丙厂", sector="道路交通", grade="较大"), row("南山矿业")))
    page = await inspector.page(check)
    assert counts(page)[0] == 1 and "is no category of the plan" in page and "--value" not in page
    assert f'action="{check}/apply"' not in page, "errors keep the whole file out"
    page = await inspector.decide(check, {"触电": "=H09"})
    assert counts(page)[0] == 3 and "no grade" in page
    page = await inspector.decide(check, {"触电": "=H09"}, skip_errors="true")
    assert "Apply 3 rows" in page and 'name="value.rows" value="2, 3"' in page, "what was decided says where it stands"
    does = re.sub(r"<[^>]+>|\s+", " ", page.partition('id="rows"')[2].partition("</table>")[0])
    assert does.count("opens a case, investigation, registration") == 3, "whatever a row does"
    assert "general · 张某 is to rectify it · by the plan" in does
    applied = await asyncio.gather(*(inspector.apply(check) for _ in range(2)))  # the button was pressed twice
    [job] = {told.headers["location"] for told in applied}
    page = await inspector.ended(job)
    assert counts(page)[:2] == [2, 1], page
    assert "does not reach Non-coal mines" in page, "why the row failed"
    assert "/s-mines" not in page, "a case that the reader may not read is no link"
    assert len(jobs(services.engine, JobFilter(kind="import"))) == 1
    cases = cases_by_id(services.engine, CaseFilter(), 10)
    for case in (c for c in cases if c.subject_name in ("甲厂", "乙厂")):
        assert f'href="/cases/{case.case_id}"' in page and case.subject_name in page, "each row that is done leads on"
    assert "未开展应急演练" in page and "南山矿业" not in page, (
        "what was found; no name of what the reader may not read"
    )
    of_office = await at_ledgers(OFFICE).page(f"/admin/jobs/{job.rpartition('/')[2]}")
    assert "甲厂" in of_office and "南山矿业" in of_office, "rows of a file by their subjects"
    assert {c.subject_name for c in cases} >= {"甲厂", "乙厂"}
    assert "3 / 3" not in await inspector.page("/ledgers") and "2 / 3" in await inspector.page("/ledgers")

    assert "Take the import back" in await supervisor.page(job)
    government = await at_ledgers("government:区长@650203").page(job)
    assert f'href="{job}/undo"' not in government and "taken back by: supervisor" in government
    assert "You may take back 2 rows." in await supervisor.page(f"{job}/undo")
    assert "Subjects that it registered stay in the register" in await supervisor.page(f"{job}/undo")
    told = await supervisor.undo(job)
    assert told.status_code == 303
    page = await supervisor.ended(job)
    assert "taken back" in page and f'href="{job}/undo"' not in page
    assert "2 taken back" in await supervisor.page("/ledgers"), "the list says so too"
    of = [c.case_id for c in cases if c.subject_name in ("甲厂", "乙厂")]
    assert [timeline(services.engine, case)[-1].do for case in of] == ["void", "void"]
    again = await supervisor.client.post(f"{job}/undo", data={"before": "0", "reason": "x"})
    assert again.status_code == 303 and len(jobs(services.engine, JobFilter(kind="undo"))) == 1


async def test_a_row_in_which_nothing_was_found_says_what_is_still_to_be_recorded(at_ledgers: AtLedgers) -> None:
    inspector = at_ledgers(ROADS)
    nothing = row("甲厂", "", sector="道路交通", found="未发现问题", grade="")
    page = await inspector.page(await inspector.check(workbook(nothing)))
    does = re.sub(r"<[^>]+>|\s+", " ", page.partition('id="rows"')[2].partition("</table>")[0])
    assert "nothing was found" in does and "its investigation is still to be recorded" in does
    assert ", investigation" not in does, "the three questions have no answer: only the case is opened"


async def test_what_stays_out_is_counted_nowhere_and_told_beside_its_row(
    at_ledgers: AtLedgers, services: Services, working: None
) -> None:
    inspector = at_ledgers(INSPECTOR)
    check = await inspector.check(workbook(row("甲厂"), row("乙厂", district="白碱滩区"), row("丙厂", "触电")))
    page = await inspector.decide(check, skip_errors="true")
    assert "3 read, 1 to import, with 1 finding of 1 subject (1 new)" in page and "Apply 1 row<" in page
    assert 'value="inspection" checked' in await inspector.page("/ledgers/new"), "the own ledgers are of inspections"
    copy = openpyxl.load_workbook(BytesIO((await inspector.client.get(f"{check}/annotated")).content)).worksheets
    [sheet] = [sheet for sheet in copy if sheet.title != "校验结果"]
    foreign, unknown = (str(sheet.cell(line, len(HEADER) + 1).value) for line in (3, 4))
    assert foreign.startswith("错误") and unknown.startswith("错误"), "each error stands beside its row"
    assert "--" not in "".join(str(cell.value) for one in copy for line in one.iter_rows() for cell in line)
    job = (await inspector.apply(check)).headers["location"]
    page = await inspector.ended(job)
    assert f'href="{job}/undo"' not in page, "who may neither void nor rescind takes nothing back"
    wrong = page.partition("<h3>Left out for errors</h3>")[2]
    assert "Baijiantan (650204) is not in Karamay" in wrong and "row 3" in wrong and "row 4" in wrong, (
        "the file is gone"
    )
    assert "<b>2</b> Left out for errors" in page and "2 more left out for errors" in await inspector.page("/ledgers")
    again = await inspector.check(workbook(row("甲厂"), row("丙厂", "触电")))
    for page in (await inspector.page(again), await inspector.decide(again, skip_errors="true")):
        assert "1 rows were all imported before" in page
    office = await at_ledgers(OFFICE).page("/ledgers")
    assert "so inspectors import" in office and "take them back" not in office


async def test_a_row_of_another_district_says_which_by_name_where_and_what_to_do(at_ledgers: AtLedgers) -> None:
    inspector = at_ledgers(INSPECTOR)
    check = await inspector.check(workbook(row("甲厂", district="白碱滩区")))
    page = await inspector.page(check)
    assert "Baijiantan (650204) is not in Karamay (650203)" in page and "have an inspector there" in page
    assert re.search(r"\bB  ?row 2<", page), "at the column of districts"
    notes = await inspector.client.get(f"{check}/annotated")
    cells = [cell.value for line in openpyxl.load_workbook(BytesIO(notes.content)).worksheets[0] for cell in line]
    assert any("白碱滩区（650204）" in str(cell) for cell in cells)


async def test_what_is_sent_twice_or_checked_otherwise_since_is_one_job_or_none(
    at_ledgers: AtLedgers, services: Services, working: None
) -> None:
    inspector = at_ledgers(INSPECTOR)
    check = await inspector.check(workbook(row("甲厂"), row("乙厂", "H77")))
    await inspector.decide(check, skip_errors="true")
    stale = (await inspector.page(check)).partition('name="decided" value="')[2].partition('"')[0]
    job_id = (await inspector.page(check)).partition('name="job_id" value="')[2].partition('"')[0]
    await inspector.decide(check, {"H77": "=H07"}, skip_errors="true")
    told = await inspector.client.post(f"{check}/apply", data={"job_id": job_id, "decided": stale})
    assert told.headers["location"] == check and jobs(services.engine) == (), "decided otherwise since it was shown"
    assert (await inspector.client.post(f"{check}/apply", data={"job_id": "other"})).status_code == 404
    first = await inspector.apply(check)
    assert first.headers["location"] == f"/ledgers/jobs/{job_id}"
    await inspector.ended(first.headers["location"])
    again = await inspector.client.post(f"{check}/apply", data={"job_id": job_id})
    assert again.headers["location"] == first.headers["location"] and len(jobs(services.engine)) == 1
    assert (await inspector.client.get(check)).headers["location"] == first.headers["location"]
    same = await inspector.page(await inspector.check(workbook(row("甲厂"), row("乙厂", "H07"))))
    assert "There is nothing to import" in same and counts(same)[:3] == [0, 0, 2]


async def test_columns_closed_rows_and_due_dates_are_decided_once(at_ledgers: AtLedgers) -> None:
    inspector = at_ledgers(INSPECTOR)
    header = [
        "企业名称",
        "所属区",
        "行业领域",
        "毛病",
        "隐患类别",
        "等级",
        "整改责任人",
        "检查日期",
        "隐患状态",
        "整改期限",
    ]
    gone_by = row("甲厂")[-1]  # the day of its inspection
    lines = [[*row("甲厂"), "", gone_by], [*row("乙厂"), "关闭", ""], [*row("丙厂"), "", ""]]
    check = await inspector.check(workbook(*lines, header=header))
    assert "毛病" in await inspector.page(check)
    page = await inspector.decide(check, {"毛病": "=description"})
    assert f"the due date {gone_by} has passed" in page and "called closed" in page and "--past-due" not in page
    page = await inspector.decide(check, {"毛病": "=description"}, past_due="plan", closed="import")
    assert "Apply 3 rows" in page


async def test_a_row_that_comes_back_changed_says_what_changes(at_ledgers: AtLedgers, working: None) -> None:
    inspector = at_ledgers(INSPECTOR)
    told = await inspector.apply(await inspector.check(workbook(row("甲厂"))))
    await inspector.ended(told.headers["location"])
    export = await inspector.client.get("/ledgers/export", params={"district": "650203", "finding": "registered"})
    assert export.status_code == 200 and export.content.startswith(b"PK")
    book = openpyxl.load_workbook(BytesIO(export.content))
    sheet = book.worksheets[0]
    [column] = [c.column for c in sheet[1] if "整改责任人" in str(c.value)]
    sheet.cell(2, column).value = "李某"
    content = BytesIO()
    book.save(content)
    page = await inspector.page(await inspector.check(content.getvalue()))
    assert counts(page)[:2] == [0, 1] and "<del>张某</del> → <ins>李某</ins>" in page
    empty = await inspector.client.get("/ledgers/export", params={"district": "650203", "finding": "verified"})
    rows = openpyxl.load_workbook(BytesIO(empty.content)).worksheets[0].iter_rows(min_row=2, values_only=True)
    assert not [r for r in rows if any(r)]


async def test_exports_and_refusals_are_noted_by_whom(at_ledgers: AtLedgers, services: Services) -> None:
    office = at_ledgers(OFFICE)
    assert (await office.client.get("/ledgers/export", params={"sector": "road_transport"})).status_code == 200
    assert (await office.client.get("/ledgers/new")).status_code == 403
    assert (await office.send(workbook(row("甲厂")))).status_code == 403
    lines = audit_page(services.engine, AuditFilter(), 10)
    exported = next(line for line in lines if line.kind == "exported")
    assert exported.by.person and exported.facts["sector"] == "road_transport"
    refused = [line for line in lines if line.kind == "command_refused"]
    assert [line.facts["code"] for line in refused] == ["role_not_permitted"] * 2
    assert {line.facts["deed"] for line in refused} == {"import"}


async def test_a_file_goes_when_it_is_applied_when_it_is_dropped_and_after_a_day(
    at_ledgers: AtLedgers, services: Services, trial: Campaign, working: None
) -> None:
    inspector, home = at_ledgers(INSPECTOR), services.home / "ledgers-sent"
    content = workbook(row("甲厂"))

    def kept(check: str) -> list[str]:
        folder = home / check.rpartition("/")[2]
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []

    check = await inspector.check(content)
    assert kept(check) == ["facts.json", "ledger.xlsx"]
    assert (home / check.rpartition("/")[2] / "ledger.xlsx").stat().st_mode & 0o077 == 0
    dropped = await inspector.check(content)
    assert (await inspector.client.post(f"{dropped}/drop")).status_code == 303 and kept(dropped) == []
    old = await inspector.check(content)
    facts = home / old.rpartition("/")[2] / "facts.json"
    year = str(trial.year)
    facts.write_text(facts.read_text().replace(f'"kept_at":"{year}', '"kept_at":"2001'))
    assert (await inspector.client.get(old)).status_code == 404
    told = await inspector.apply(check)
    assert kept(check) == ["facts.json"]
    await inspector.ended(told.headers["location"])
    with services.engine.connect() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
    delete_old_ledgers(services.home, now)
    assert kept(old) == []
