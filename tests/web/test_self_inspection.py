"""`/self-inspection`: an enterprise keeps its own ledger, by form or file; an inspector makes a finding of a row."""

import re
from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import text

from models.actors import Actor
from models.case_ids import subject_in
from models.register import SubjectFacts
from rules.files.plan_check import PlanFile
from serving.cookies import SESSION_COOKIE
from store.audit import AuditFilter, audit_page
from store.campaigns import add_campaign
from store.self_inspection import own_ledger
from store.subject_search import find_subject
from store.subjects import add_subject, merge_subjects
from tests.cast import ELSEWHERE, HERE
from tests.durable.office import CaseFile, Office
from tests.web.conftest import As, Reading
from tests.web.test_pages import sound
from tests.web.visitor import Visitor, moved_to

AT = "/self-inspection"
ROWS = {
    "rows.0.description": "灭火器过期",
    "rows.0.found_on": "2027-06-01",
    "rows.0.measure": "更换",
    "rows.2.description": "通道堵塞",
    "rows.2.found_on": "2027-06-02",
    "rows.2.rectified_on": "2027-06-03",
}


@pytest.fixture
async def case(office: Office) -> CaseFile:
    return await office.open("06-03")


def kept(office: Office, case: CaseFile) -> list[tuple[str, str | None]]:
    rows = own_ledger(office.services.engine, office.campaign.campaign_id, subject_in(case.case_id), 100)
    return [(row.description, row.ref) for row in rows]


async def send(who: Visitor, fields: dict[str, Any]) -> tuple[int, str]:
    told = await who.client.post(AT, data={**await who.hidden(AT), **fields})
    return told.status_code, told.text


@pytest.mark.clause("3.1.ledger")
async def test_a_row_is_kept_once_and_becomes_a_finding_only_by_an_inspector(
    visitor: As, office: Office, case: CaseFile
) -> None:
    subject = subject_in(case.case_id)
    enterprise, inspector = visitor(f"enterprise:孙七@{HERE}", subject), visitor(f"inspector:张三@{HERE}")
    hidden = await enterprise.hidden(AT)
    answers = [await enterprise.client.post(AT, data={**hidden, **ROWS}) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303], answers[0].text
    assert sorted(kept(office, case)) == [("灭火器过期", None), ("通道堵塞", None)]
    lines = audit_page(office.services.engine, AuditFilter(kind="self_inspected"), 10)
    assert [line.facts["rows"] for line in lines] == [2], "noted once"
    assert await case.steps() == ["open"], "nothing of it is a finding"
    page = await inspector.see(f"/cases/{case.case_id}?tab=findings")
    forms = re.findall(rf'href="(/cases/{case.case_id}/do/record_findings\?entry=[^"]+)"', page)
    assert len(forms) == 2 and "灭火器过期" in page
    [form] = [form for form in forms if "灭火器过期" in await inspector.see(form)]
    assert "it was found on 2027-06-01" in await inspector.see(form)
    found = {"findings.0.ref": "1", "findings.0.category": "H08", "findings.0.grade": "general"}
    found |= {"findings.0.description": "灭火器过期", "note": "自查"}
    late = await inspector.hidden(form)
    first = {**await inspector.hidden(form), **found}
    assert [(await inspector.client.post(form, data=first)).status_code for _ in range(2)] == [303, 303]
    told = await inspector.client.post(form, data={**late, **found, "findings.0.ref": "2"})
    assert told.status_code == 409 and "recorded as finding 1 already" in told.text
    assert await case.steps() == ["open", "record_findings"]
    line = audit_page(office.services.engine, AuditFilter(kind="self_inspected"), 1)[0]
    assert (line.by.role, line.case_id, line.facts["ref"]) == ("inspector", case.case_id, "1")
    assert line.facts["entry"] in form
    assert sorted(kept(office, case)) == [("灭火器过期", "1"), ("通道堵塞", None)]
    assert "finding 1" in await enterprise.see(AT)
    by_district = await inspector.see(AT)
    assert "Karamay" in by_district and f"{case.case_id}?tab=findings" in by_district
    foreign = visitor(f"inspector:外区@{ELSEWHERE}")
    assert case.case_id not in await foreign.see(AT), "another district's ledgers are not read"
    other = visitor(f"enterprise:钱八@{HERE}", "somebody-else")
    assert "灭火器过期" not in await other.see(AT)


async def test_what_is_wrong_is_told_and_what_is_put_right_is_said_once(
    visitor: As, office: Office, case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    status, told = await send(enterprise, {"rows.1.description": "没有日期"})
    assert status == 422 and 'id="wrong-rows.1.found_on"' in told and "没有日期" in told
    assert 'id="wrong-rows"' not in told and "1 to be mended" in told, "only the mistake that it is"
    status, told = await send(enterprise, {**ROWS, "rows.0.found_on": "2027-07-01"})
    assert status == 409 and "not on 2027-07-01: today is 2027-06-03" in told and "灭火器过期" in told
    assert 'id="wrong-rows.0.found_on"' in told
    status, told = await send(enterprise, {**ROWS, "rows.2.rectified_on": "2027-06-01"})
    assert status == 409 and "found on 2027-06-02 was not put right before" in told and kept(office, case) == []
    assert (await send(enterprise, {}))[0] == 422
    status, told = await send(enterprise, {**ROWS, "more": "rows"})
    assert status == 200 and 'name="rows.3.description"' in told
    assert (await send(enterprise, ROWS))[0] == 303
    [entry] = re.findall(r'name="entry" value="([^"]+)"', await enterprise.see(AT))
    facts = {"entry": entry, f"on.{entry}": "2027-06-03", "on.none": "2027-06-03"}
    wrong = (("x", "day"), ("2027-06-09", "later than today"), ("2027-05-31", "not put right before"))
    for on, says in wrong:
        half = {**facts, f"on.{entry}": on, "rows.1.description": "没有登记的一项"}
        told_of = await enterprise.client.post(f"{AT}/rectified", data=half)
        assert told_of.status_code in (409, 422) and says in told_of.text, on
        assert f'id="wrong-on.{entry}"' in told_of.text and "没有登记的一项" in told_of.text, "at its row; others stay"
    half = {**facts, "rows.1.description": "没有登记的一项"}
    told_of = await enterprise.client.post(f"{AT}/rectified", data=half)
    assert (
        "it was put right on 2027-06-03" in told_of.text and f'name="sure" value="{entry} 2027-06-03"' in told_of.text
    )
    assert 'name="entry"' in await enterprise.see(AT), "nothing is written before it was looked at again"
    facts |= {"sure": f"{entry} 2027-06-03"}
    another = await enterprise.client.post(f"{AT}/rectified", data={**facts, f"on.{entry}": "2027-06-02"})
    assert another.status_code == 200 and f'value="{entry} 2027-06-02"' in another.text, "another day is looked at anew"
    told_of = await enterprise.client.post(f"{AT}/rectified", data={**half, **facts})
    assert told_of.status_code == 200 and "没有登记的一项" in told_of.text and 'name="entry"' not in told_of.text
    assert "recorded as put right" in told_of.text
    for changed, answer in (({}, 303), ({}, 303), ({f"on.{entry}": "2027-06-02"}, 409), ({"entry": "none"}, 404)):
        told_of = await enterprise.client.post(f"{AT}/rectified", data={**facts, **changed})
        assert told_of.status_code == answer, changed
    assert 'name="entry"' not in await enterprise.see(AT)
    monkeypatch.setattr("store.self_inspection.MOST", 2)
    status, told = await send(enterprise, ROWS)
    assert status == 409 and "at most 2 rows" in told and len(kept(office, case)) == 2
    for who in (visitor(f"inspector:张三@{HERE}"), visitor(f"enterprise:无单位@{HERE}")):
        answer_to = await who.client.post(AT, data=ROWS)
        assert answer_to.status_code == 403
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await enterprise.client.post(AT, data=ROWS, headers=foreign)).status_code == 403


async def test_the_people_of_a_merged_subject_keep_its_ledger_on(visitor: As, office: Office, case: CaseFile) -> None:
    engine, subject = office.services.engine, subject_in(case.case_id)
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject)
    before = await enterprise.hidden(AT)
    assert (await enterprise.client.post(AT, data={**before, **ROWS})).status_code == 303
    by = Actor(role="office", name="周主任", territory="650200")
    into = f"{subject}-stays"
    add_subject(engine, into, SubjectFacts(name="A factory", district=HERE), by)
    merge_subjects(engine, subject, into, by, "the same")
    assert (await enterprise.client.post(AT, data={**before, **ROWS})).status_code == 303, "sent again"
    assert (await send(enterprise, {"rows.0.description": "标识缺失", "rows.0.found_on": "2027-06-03"}))[0] == 303
    rows = own_ledger(engine, office.campaign.campaign_id, into, 100)
    assert sorted(row.description for row in rows) == ["标识缺失", "灭火器过期", "通道堵塞"]
    assert {row.subject_id for row in rows} == {into}
    for page in (AT, f"/cases/{case.case_id}"):
        told = await enterprise.see(page)
        assert "标识缺失" in told and "灭火器过期" in told, page
    for row in rows:
        facts = {
            **await enterprise.hidden(AT),
            "entry": row.entry_id,
            "sure": f"{row.entry_id} 2027-06-03",
            f"on.{row.entry_id}": "2027-06-03",
        }
        told_of = await enterprise.client.post(f"{AT}/rectified", data=facts)
        assert told_of.status_code == 303 or "stays" in told_of.text
    assert all(row.rectified_on for row in own_ledger(engine, office.campaign.campaign_id, into, 100))


async def test_the_form_is_of_the_campaign_that_is_shown_and_none_after_its_certificate(
    visitor: As, office: Office, case: CaseFile, plan_file: PlanFile
) -> None:
    engine, subject = office.services.engine, subject_in(case.case_id)
    older = add_campaign(engine, plan_file, 2026).campaign_id
    moved_to(office, "06-03")
    enterprise, shown = visitor(f"enterprise:孙七@{HERE}", subject), f"{AT}?campaign={older}"
    told = await enterprise.client.post(AT, data={**await enterprise.hidden(shown), **ROWS})
    assert told.status_code == 303 and told.headers["location"] == f"{shown}&done=2"
    content = book((1, "护栏松动", "2026年5月20日", "李四", "2026-06-20", ""))
    read = await enterprise.client.post(f"{AT}/file", data={"campaign": older}, files={"file": ("台账.xlsx", content)})
    assert f'name="campaign" value="{older}"' in read.text and "护栏松动" in read.text
    assert kept(office, case) == []
    [waits] = [row for row in own_ledger(engine, older, subject, 10) if row.rectified_on is None]
    facts = {"entry": waits.entry_id, "sure": f"{waits.entry_id} 2027-06-03", f"on.{waits.entry_id}": "2027-06-03"}
    elsewhere = {**facts, "campaign": office.campaign.campaign_id}
    assert (await enterprise.client.post(f"{AT}/rectified", data=elsewhere)).status_code == 404
    assert waits in own_ledger(engine, older, subject, 10), "of another campaign: nothing"
    with engine.begin() as connection:
        sql = "INSERT INTO certificates (campaign_id, at, opened, outcomes, digest) VALUES (:id, now(), 0, '{}', '')"
        connection.execute(text(sql), {"id": older})
    for address, fields in ((AT, ROWS), (f"{AT}/rectified", facts)):
        told = await enterprise.client.post(address, data={**await enterprise.hidden(shown), **fields})
        assert told.status_code == 409 and "campaign ended" in told.text, address
    assert waits in own_ledger(engine, older, subject, 10)


def book(*rows: tuple[Any, ...]) -> bytes:
    made, content = openpyxl.Workbook(), BytesIO()
    sheet = made.active
    assert sheet is not None
    for row in (("序号", "存在问题", "检查日期", "整改责任人", "整改期限", "整改情况"), *rows):
        sheet.append(row)
    made.save(content)
    return content.getvalue()


@pytest.mark.clause("3.1.ledger")
async def test_a_file_comes_into_the_form_and_is_kept_from_there(visitor: As, office: Office, case: CaseFile) -> None:
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    content = book(
        (1, "护栏松动", "2027年5月20日", "李四", "2027-06-20", "正在加固"), (2, "电线老化", "6月1日", "", "", "")
    )
    told = await enterprise.client.post(f"{AT}/file", files={"file": ("台账.xlsx", content)})
    assert told.status_code == 200 and "2 rows were read" in told.text, told.text
    assert "护栏松动" in told.text and "正在加固" in told.text and 'value="2027-05-20"' in told.text
    assert kept(office, case) == [], "nothing is kept yet"
    typed = {"rows.1.description": "灭火器过期", "rows.1.found_on": "2027-06-01"}
    behind = await enterprise.client.post(f"{AT}/file", data=typed, files={"file": ("台账.xlsx", content)})
    found = re.findall(r'name="rows\.(\d)\.description"[^>]*>([^<]+)<', behind.text)
    assert found == [("0", "灭火器过期"), ("1", "护栏松动"), ("2", "电线老化")] and "2 rows were read" in behind.text
    for file in (("空.csv", b""), ("", b"")):
        again = await enterprise.client.post(f"{AT}/file", data=typed, files={"file": file})
        assert again.status_code == 422 and "灭火器过期" in again.text, "what was typed stays"
    status, told_of = await send(enterprise, {**ROWS, "file": "台账.xlsx"})
    assert status == 422 and "chosen and not read" in told_of and kept(office, case) == []
    anew = await enterprise.client.get(f"{AT}/file", params={"lang": "en"})
    assert (anew.status_code, anew.headers["location"]) == (303, f"{AT}?lang=en"), "opened anew: the form"
    for name, wrong in (("台账.xlsx", b"no book"), ("空.csv", b""), ("别的.csv", "甲,乙\n1,2\n".encode())):
        answer = await enterprise.client.post(f"{AT}/file", files={"file": (name, wrong)})
        assert answer.status_code == 422 and 'role="alert"' in answer.text, name
    bare = await enterprise.client.post(f"{AT}/file", files={"other": ("x", b"x")})
    lines = ["--b", 'Content-Disposition: form-data; name="file"; filename="x.\0"', "", "x", "--b--", ""]
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    body = "\r\n".join(lines).encode()
    strange = await enterprise.client.post(f"{AT}/file", content=body, headers=headers)
    assert strange.status_code == 422 and "control characters" in strange.text
    assert bare.status_code in (400, 422)


@pytest.mark.clause("3.1.ledger")
async def test_of_a_ledger_of_several_units_only_the_own_rows_are_read_and_the_others_counted(
    visitor: As, office: Office, case: CaseFile
) -> None:
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    own = find_subject(office.services.engine, subject_in(case.case_id))
    assert own is not None

    async def read(*rows: str) -> httpx.Response:
        content = "\n".join(("序号,单位名称,存在问题,检查日期", *rows)).encode()
        return await enterprise.client.post(f"{AT}/file", files={"file": ("台账.csv", content)})

    others = ("1,东湖加油站,灭火器过期,2027-06-01", "2,南门旅馆,未发现问题,2027-06-01")
    told = await read(
        *others, f"3, {own.name} ,通道堵塞,2027-06-02", f"4,{own.name},未发现问题,2027-06-01", "5,,护栏松动,2027-06-02"
    )
    assert told.status_code == 200 and "2 rows were read" in told.text
    assert "通道堵塞" in told.text and "护栏松动" in told.text and "灭火器过期" not in told.text
    assert "a column 单位名称; left out, as of other units: 2" in told.text and own.name in told.text
    assert "left out, as nothing was found: 1" in told.text
    told = await read(*others)
    assert told.status_code == 422 and "no row to keep" in told.text and "other units: 2" in told.text
    assert kept(office, case) == []


async def test_the_columns_of_the_form_land_where_they_belong_and_no_day_is_lost(visitor: As, case: CaseFile) -> None:
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    empty = await enterprise.client.get(f"{AT}/template")
    heads = [cell.value for cell in next(openpyxl.load_workbook(BytesIO(empty.content)).worksheets[0].iter_rows())]
    chinese = ["问题描述", "发现日期", "整改措施", "整改责任人", "计划完成日期", "整改完成日期"]
    of_form = ["发现的问题", *chinese[1:5], "整改完成日期（已完成的填写）"]
    row = ["线路老化", "2027-05-20", "更换", "李四", "2027-06-20", "2027-06-02"]
    for columns in (heads, chinese, of_form):
        sent = "\n".join((",".join(f'"{head}"' for head in columns), ",".join(row)))
        told = await enterprise.client.post(f"{AT}/file", files={"file": ("台账.csv", sent.encode())})
        names = ("description", "found_on", "measure", "responsible", "due_on", "rectified_on")
        assert told.status_code == 200, columns
        for name, value in zip(names, row, strict=True):
            of_row = re.search(rf'name="rows.0.{name}"[^>]*?(?:value="([^"]*)"|>([^<]*)<)', told.text)
            assert of_row and value in of_row.groups(), (columns, name)
    wrong = "问题描述,发现日期,整改完成日期\n甲,下周,未完成\n乙,2027-06-01,2027-09-31\n".encode()
    told = await enterprise.client.post(f"{AT}/file", files={"file": ("台账.csv", wrong)})
    assert told.status_code == 422 and "2 of their days are none" in told.text and "乙" in told.text
    for field, says in (("rows.0.found_on", "cell B2 of the file"), ("rows.1.rectified_on", "cell C3 of the file")):
        mistake = re.search(rf'id="wrong-{field}">([^<]+)<', told.text)
        assert mistake and says in mistake[1], field


@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_by_hand(site: str, visitor: As, reading: Reading, office: Office, case: CaseFile, width: str) -> None:
    enterprise = visitor(f"enterprise:孙七@{HERE}", subject_in(case.case_id))
    assert (await send(enterprise, ROWS))[0] == 303
    reader = await reading(width, who=None)
    await reader.page.context.add_cookies([{"name": SESSION_COOKIE, "value": enterprise.token, "url": site}])
    for lang in ("zh", "en"):
        await reader.page.goto(f"{site}{AT}?lang={lang}")
        assert "灭火器过期" in await reader.page.inner_text("main")
        await sound(reader.page)
    inspector = await reading(width, who=f"inspector:张三@{HERE}")
    await inspector.page.goto(f"{site}{AT}?lang=zh")
    await sound(inspector.page)
