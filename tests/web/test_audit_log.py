"""The audit log as an auditor reads it: which subject, why, how it ended, on which day it really was."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import Engine, text

from desk.people import leave
from desk.refusals import note_refused, noted_refusal
from desk.sign_in import STRANGER, Proof, SignInRefused, sign_in
from engine.connection import Services
from engine.operator import operator
from models.audit import AuditActor, AuditKind, AuditLine, Fact, audit_actor
from models.campaign import MoveRequest
from models.jobs import UndoRow
from models.plan import CalendarMove
from models.register import ResponsiblePerson, SubjectFacts
from rules.case.clock_actor import calendar_moved
from rules.case.evolve import fold
from rules.words.refusals import refuse
from store.audit import AuditFilter, audit_page, note, page_sql
from store.campaign_log import record_move
from store.campaigns import Campaign
from store.jobs import create_job
from store.log import record
from store.subjects import add_subject, change_subject, keep_person, merge_subjects
from tests.cast import CITY, HERE, actor
from tests.durable.office import command, finding, instant
from tests.people import member, person
from tests.store.paper import on_paper, opened, write
from tests.web.conftest import Reading, Seat

CLERK = actor("office:周主任@650200")
AUDITOR = "auditor:审计@650200"


@pytest.fixture
def auditor(campaign: Campaign, seat: Seat) -> httpx.Client:
    """An auditor before the pages."""
    return seat(AUDITOR)


def row(page: str, what: str) -> str:
    """The newest line of the table that says so, with its links."""
    return next(one for one in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if what in one)


def test_a_change_of_the_register_names_the_subject_and_the_reason(auditor: httpx.Client, engine: Engine) -> None:
    for subject, name in (("s-one", "东湖加油站"), ("s-two", "东湖加油站分站")):
        add_subject(engine, subject, SubjectFacts(name=name, district=HERE), CLERK)
    street = SubjectFacts(name="东湖加油站", district=HERE, street="昆仑路")
    change_subject(engine, "s-one", 1, street, CLERK, reason="按营业执照更正")
    merge_subjects(engine, "s-two", "s-one", CLERK, "重复登记")
    page = auditor.get("/admin/audit?kind=register_changed").text
    changed, merged = row(page, "按营业执照更正"), row(page, "重复登记")
    assert '<a href="/subjects/s-one">东湖加油站</a>' in changed
    assert '<a href="/subjects/s-two">东湖加油站分站</a> → <a href="/subjects/s-one">东湖加油站</a>' in merged
    lines = csv.DictReader(io.StringIO(auditor.get("/admin/audit/export?kind=register_changed").text.lstrip("\ufeff")))
    assert next(lines)["About"] == "东湖加油站分站; 东湖加油站"


def test_lines_of_a_subject_are_found_by_its_name_whether_it_has_a_case_or_was_merged(
    auditor: httpx.Client, engine: Engine
) -> None:
    for subject, name in (("s-one", "东湖加油站"), ("s-two", "东湖油品分站"), ("s-far", "远山煤矿")):
        add_subject(engine, subject, SubjectFacts(name=name, district=HERE), CLERK)
    moved = SubjectFacts(name="东湖加油站", district=HERE, street="昆仑路")
    change_subject(engine, "s-one", 1, moved, CLERK, reason="更正")
    merge_subjects(engine, "s-two", "s-one", CLERK, "重复登记")
    note_refused(engine, audit_actor(CLERK), "wrong_territory", "open", subject_id="s-one")
    for asked, lines in (("东湖加油站", 4), ("s-one", 4), ("东湖油品", 2), ("远山煤矿", 1)):
        page = auditor.get("/admin/audit", params={"case": asked}).text
        assert page.count('class="badge outcome-') == lines, asked
    for asked in ("远山煤矿", "s-far"):
        page = auditor.get("/admin/audit", params={"case": asked, "kind": "exported"}).text
        assert "No line fits." in page and "is called" not in page, "there is such a subject"


def test_lines_of_a_case_and_a_subject_are_looked_up_each_by_its_index(engine: Engine) -> None:
    with engine.begin() as connection:
        for n in range(2_000):
            note(connection, AuditLine(kind="sign_out", by=AuditActor(person=f"p-{n}"), facts={"sessions": 1}))
    change = AuditLine(kind="register_changed", by=audit_actor(CLERK), facts={"subject_id": "s-one"})
    note(engine, change)
    which = AuditFilter(cases=("case/x/s-one",), subjects=("s-one",))
    assert [line.facts for line in audit_page(engine, which, 9)] == [change.facts]
    sql, asked = page_sql(which)
    with engine.connect() as connection:
        plan = " ".join(connection.execute(text(f"EXPLAIN {sql}"), {**asked, "limit": 50}).scalars())
    assert "ix_audit_log_subjects" in plan and "ix_audit_log_case_id" in plan and "Seq Scan" not in plan, plan


def test_no_line_of_the_register_holds_a_persons_name(engine: Engine, campaign: Campaign, services: Services) -> None:
    add_subject(engine, "s-one", SubjectFacts(name="东湖加油站", district=HERE), CLERK)
    keep_person(engine, "s-one", ResponsiblePerson(name="钱某某", phone="13800138000"), CLERK, services.sealing)
    [line] = audit_page(engine, AuditFilter(kind="register_changed"), 1)
    assert "钱某某" not in line.model_dump_json() and line.facts["subject_id"] == "s-one"


def test_phone_numbers_are_shown_on_request_and_the_log_says_to_whom(
    engine: Engine, campaign: Campaign, services: Services, seat: Seat
) -> None:
    add_subject(engine, "s-one", SubjectFacts(name="东湖加油站", district=HERE), CLERK)
    keep_person(engine, "s-one", ResponsiblePerson(name="钱某某", phone="13800138000"), CLERK, services.sealing)

    def read() -> list[AuditLine]:
        return list(audit_page(engine, AuditFilter(kind="sealed_data_read"), 5))

    inspector, reader = seat(f"inspector:张三@{HERE}"), seat("auditor:审@650200")
    page = inspector.get("/subjects/s-one").text
    assert "13800138000" not in page and 'action="/subjects/s-one/phones"' in page and not read()
    shown = inspector.post("/subjects/s-one/phones")
    assert 'href="tel:13800138000"' in shown.text and shown.headers["cache-control"] == "no-store"
    [line] = read()
    assert line.by.person and (line.by.role, line.facts["subject_id"]) == ("inspector", "s-one")
    again = inspector.get("/subjects/s-one/phones?lang=zh", follow_redirects=True)
    assert again.status_code == 200 and 'lang="zh' in again.text, "the other language, or the page opened anew"
    assert "13800138000" not in again.text, "once"
    assert "/phones" not in reader.get("/subjects/s-one").text
    foreign = inspector.post("/subjects/s-one/phones", headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403, "another page asks for nothing in somebody's name"
    for who in (reader, seat("inspector:李四@650202")):
        refused = who.post("/subjects/s-one/phones")
        assert refused.status_code in (403, 404) and "13800138000" not in refused.text
    assert len(read()) == 1


def test_an_undoing_says_why_and_leads_to_its_job(auditor: httpx.Client, engine: Engine, campaign: Campaign) -> None:
    item = UndoRow(item=1, case_id="case/x/y", refs=("F1",), command_ids=("c",), by=CLERK, reason="报错台账")
    create_job(engine, "undo-1", "undo", campaign.campaign_id, str(CLERK), {"job": "j"}, [("某厂", item)])
    page = auditor.get("/admin/audit?kind=order_given").text
    assert "reason: 报错台账" in page and 'href="/admin/jobs/undo-1"' in page


def test_frequent_facts_have_words_and_a_moved_boundary_says_what_was_and_what_is(
    auditor: httpx.Client, engine: Engine, campaign: Campaign
) -> None:
    def told(kind: AuditKind, **facts: Fact) -> str:
        note(engine, AuditLine(kind=kind, by=audit_actor(CLERK), facts=facts))
        return auditor.get("/admin/audit").text.partition("<tbody>")[2].partition("</tr>")[0]

    moved = told(
        "campaign_steered", deed="move_boundary", edge="ends", since="2027-06-30 24:00", until="2027-07-03 24:00"
    )
    assert "was: 2027-06-30 24:00" in moved and "now: 2027-07-03 24:00" in moved
    ended = told("campaign_steered", deed="complete_now", since="2027-12-31 24:00")
    assert "was to end: 2027-12-31 24:00" in ended
    listed = told("exported", what="work", file="xlsx", district=HERE)
    assert "what: to do" in listed and "file format: Excel" in listed and "district: Karamay" in listed
    assert "what: overdue board" in told("exported", what="board")
    add_subject(engine, "s-one", SubjectFacts(name="东湖加油站", district=HERE), CLERK)
    stale = told("command_refused", code="stale_version", deed="change", subject_id="s-one")
    assert "why refused: 东湖加油站 was changed meanwhile (version … now): read it again, then" in stale
    assert "(stale_version)" in stale and '<a href="/subjects/s-one">东湖加油站</a>' in stale
    told("command_refused", code="role_not_permitted", deed="move_boundary", campaign="karamay-2013-2027")
    refused = row(auditor.get("/admin/audit").text, "role_not_permitted")
    assert "The role city office may not do this (boundary moved)" in refused, "what the line keeps is said"
    assert 'href="/campaigns/karamay-2013-2027"' in refused
    exported = auditor.get("/admin/audit/export?kind=command_refused").text
    assert "东湖加油站 was changed meanwhile" in exported
    assert "it was changed since the form was opened" in told("command_refused", code="moved_on")
    assert "why refused: not_known_here" in told("command_refused", code="not_known_here")
    assert "publication no.: 1" in told("working_days_published", number=1)


def test_people_are_told_apart_and_a_refusal_says_about_whom_and_nothing_false(
    auditor: httpx.Client, engine: Engine, services: Services
) -> None:
    one, other = (person(services, f"inspector:检查员2@{HERE}") for _ in range(2))
    note_refused(engine, audit_actor(CLERK), "held_already", "manage_people", person_id=one.person_id)
    told = row(auditor.get("/admin/audit").text, "held_already")
    assert f'who={one.person_id}">检查员2（{one.login}）</a>' in told and other.login not in told
    told = row(auditor.get(f"/admin/audit?kind=permission_given&who={one.person_id}").text, one.account_id)
    assert f"account: {one.login} · {one.account_id}" in told
    late = refuse("extension_too_long", ref="F1", latest="2027-09-05")
    noted_refusal(engine, CLERK, late, "request_extension")
    told = row(auditor.get("/admin/audit").text, "extension_too_long")
    assert late.en in told and "said_en" not in told and "…" not in told, "what the official was told"
    named = refuse("own_signature", name="王五")
    noted_refusal(engine, CLERK, named, "accept_restart")
    assert "王五" not in row(auditor.get("/admin/audit").text, "own_signature"), "but no name"
    note_refused(engine, audit_actor(CLERK), "post_of_district", "manage_people")
    assert "stands for what the log does not keep" not in auditor.get("/admin/audit?kind=permission_given").text
    assert "stands for what the log does not keep" in auditor.get("/admin/audit").text
    told = row(auditor.get("/admin/audit").text, "post_of_district")
    assert "The post of … is one of a district" in told, "the role of whoever asked is not the one that was asked for"
    tried = AuditActor(account=one.account_id)
    note(engine, AuditLine(kind="sign_in_failed", by=tried, outcome="refused", facts={"known": True}))
    told = row(auditor.get("/admin/audit").text, "sign-in failed")
    by, about = re.findall(r'data-label="(?:By|About)">(.*?)</td>', told, re.DOTALL)
    assert "检查员2" not in by and "检查员2" in about, "whose login was tried did nothing"
    exported = auditor.get("/admin/audit/export?kind=sign_in_failed").text.splitlines()[1]
    assert "检查员2" in exported and f",{one.account_id}," not in exported, "in no column of who acted"
    proof: dict[str, Fact] = {"known": True, "way": "proof"}
    signed_in = AuditActor(person=one.person_id, account=one.account_id)
    note(engine, AuditLine(kind="sign_in_failed", by=signed_in, outcome="refused", facts=proof))
    [by] = re.findall(r'data-label="By">(.*?)</td>', row(auditor.get("/admin/audit").text, "sign-in failed"), re.DOTALL)
    assert "检查员2" in by, "who was signed in, and did not prove it anew"
    assert "Nobody has the name or login “无此人”" in auditor.get("/admin/audit?who=无此人").text


def test_what_somebody_did_in_cases_stands_beside_what_the_log_has_of_that_person(
    auditor: httpx.Client, engine: Engine, campaign: Campaign, services: Services
) -> None:
    one = person(services, f"inspector:检查员2@{HERE}")
    by = actor(f"inspector:检查员2@{HERE}").model_copy(update={"person": one.person_id})
    case_id = f"case/{campaign.campaign_id}/s-1"
    given = [("06-02", command("add_note", by, text="x")), ("06-03", command("add_note", CLERK, text="y"))]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    in_cases = (
        auditor.get(f"/admin/audit?who={one.person_id}").text.partition('id="in-cases"')[2].partition("</table>")[0]
    )
    assert (
        re.findall(r'<a href="/cases/([^"?]+)', in_cases) == [case_id] and "note" in in_cases and "检查员2" in in_cases
    )
    assert 'id="in-cases"' not in auditor.get("/admin/audit").text, "of nobody"
    narrowed = auditor.get(f"/admin/audit?who={one.person_id}&outcome=failed").text
    assert 'id="in-cases"' not in narrowed and "Nobody has the name" not in narrowed, (
        "somebody, of whom there is no line"
    )
    exported = auditor.get(f"/admin/audit/export?who={one.person_id}").text
    assert exported.count(case_id) == 1 and "done in the case" in exported
    [line] = audit_page(engine, AuditFilter(kind="exported"), 1)
    assert line.facts["rows"] == len(exported.strip().splitlines()) - 1, "how many rows left the house"
    none = auditor.get(f"/admin/audit?who={one.person_id}&until=2020-01-01").text.partition('id="in-cases"')[2]
    assert case_id not in none and "No line fits" in none


def test_what_a_delegate_did_is_found_under_both_and_says_for_whom(
    auditor: httpx.Client, engine: Engine, campaign: Campaign, services: Services
) -> None:
    holder, deputy = (person(services, f"supervisor:{name}@{HERE}") for name in ("李四", "副手"))
    who = actor(f"supervisor:副手@{HERE}")
    by = who.model_copy(update={"person": deputy.person_id, "principal": holder.person_id, "principal_name": "李四"})
    case_id = f"case/{campaign.campaign_id}/s-1"
    write(engine, campaign.plan, on_paper(campaign, case_id, [("06-02", command("add_note", by, text="x"))]))
    note_refused(engine, audit_actor(by), "wrong_sector", "register")
    for asked in (holder.person_id, deputy.person_id):
        page = auditor.get(f"/admin/audit?who={asked}").text
        log, in_cases = page.split('id="in-cases"')
        assert "command refused" in log and f'who={holder.person_id}">for 李四</a>' in log, asked
        assert case_id in in_cases and "<small>for 李四</small>" in in_cases, asked
    exported = auditor.get(f"/admin/audit/export?who={holder.person_id}").text
    assert [row["Acting for"] for row in csv.DictReader(io.StringIO(exported.lstrip("\ufeff")))].count("李四") == 2


def test_a_sign_in_by_an_account_that_is_closed_says_whose_it_was(
    auditor: httpx.Client, services: Services, engine: Engine
) -> None:
    gone, now = member(services, f"inspector:离岗@{HERE}"), datetime.now(UTC)
    leave(engine, operator(), gone.person_id, now)
    with pytest.raises(SignInRefused):
        sign_in(engine, services.keys, Proof(gone.login, "一二三四五六"), STRANGER, "", now)
    [line] = audit_page(engine, AuditFilter(kind="sign_in_failed"), 1)
    assert line.by.person == gone.person_id and line.facts["closed"] is True
    page = auditor.get(f"/admin/audit?kind=sign_in_failed&who={gone.person_id}").text
    assert "离岗" in page and "closed account: yes" in page


async def test_who_asks_for_another_person_sees_what_that_one_did_in_cases(
    reading: Reading, engine: Engine, campaign: Campaign, services: Services, site: str
) -> None:
    people = [person(services, f"inspector:检查员{n}@{HERE}") for n in (2, 3)]
    for n, one in enumerate(people):
        by = actor(f"inspector:检查员{n}@{HERE}").model_copy(update={"person": one.person_id})
        case_id = f"case/{campaign.campaign_id}/s-{n}"
        write(engine, campaign.plan, on_paper(campaign, case_id, [("06-02", command("add_note", by, text="x"))]))
    page = (await reading(who=f"auditor:审计员@{CITY}")).page
    await page.goto(f"{site}/admin/audit")
    for n, one in enumerate(people):
        await page.fill("[name=who]", one.person_id)
        await page.click(".filters button.btn")
        await expect(page.locator("#list [aria-labelledby=in-cases] td.main a")).to_have_attribute(
            "href", f"/cases/case/{campaign.campaign_id}/s-{n}?tab=timeline"
        )


def test_lines_are_found_by_how_they_ended(auditor: httpx.Client, engine: Engine) -> None:
    note_refused(engine, audit_actor(CLERK), "wrong_territory", "register")
    note_refused(engine, AuditActor(account="os:test"), "wrong_sector", "register")
    page = auditor.get("/admin/audit?outcome=refused").text
    assert page.count('class="badge outcome-refused"') == 2 and "outcome-done" not in page
    assert '<option value="refused" selected>' in page
    assert ">2 found" in page and '<a href="/admin/audit">clear</a>' in page, "how many there are, and the way back"
    assert ">clear<" not in auditor.get("/admin/audit").text
    exported = auditor.get("/admin/audit/export?outcome=refused").text
    assert len(exported.strip().splitlines()) == 3
    [line] = audit_page(engine, AuditFilter(kind="exported"), 1)
    assert line.facts["outcome"] == "refused", "which lines were taken"
    assert auditor.get("/admin/audit?outcome=x").status_code == 422


def test_a_name_of_more_cases_than_are_asked_for_is_told_and_nothing_is_exported_of_some(
    auditor: httpx.Client, engine: Engine, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"case/{campaign.campaign_id}/s-{n}" for n in range(3)]
    write(engine, campaign.plan, [opened(campaign, one, instant("05-10"), name=f"东湖化工{one[-1]}") for one in ids])
    monkeypatch.setattr("web.admin.audit._CASES_ASKED", 2)
    for address in ("/admin/audit", "/admin/audit/export"):
        told = auditor.get(address, params={"case": "东湖化工"})
        assert told.status_code == 422 and "more than 2 cases or subjects are called so" in told.text, address
        assert auditor.get(address, params={"case": "东湖化工1"}).status_code == 200


def test_lines_of_a_case_are_found_by_its_name_number_and_id(
    auditor: httpx.Client, engine: Engine, campaign: Campaign
) -> None:
    case_id = f"case/{campaign.campaign_id}/s-one"
    write(engine, campaign.plan, [opened(campaign, case_id, instant("05-10"), name="东湖加油站")])
    for of in (case_id, f"case/{campaign.campaign_id}/s-two"):
        note(engine, AuditLine(kind="command_refused", by=audit_actor(CLERK), case_id=of, outcome="refused"))
    for asked in ("东湖加油站", "s-one", case_id):
        page = auditor.get("/admin/audit", params={"kind": "command_refused", "case": asked}).text
        assert page.count('class="badge outcome-refused"') == 1 and ">s-one</a>" in page, asked
    assert "No case and no subject is called “nowhere”" in auditor.get("/admin/audit?case=nowhere").text
    hint = re.search(r"stands in its timeline.*?</p>", auditor.get("/admin/audit?case=s-one").text)
    assert hint is not None and f'href="/cases/{case_id}?tab=timeline"' in hint[0]
    assert "stands in its timeline" not in auditor.get("/admin/audit").text
    timeline = auditor.get(f"/cases/{case_id}?tab=timeline").text
    assert f'href="/admin/audit?case={quote(case_id, safe="")}"' in timeline, "and from the case"


def test_beside_a_demonstration_clock_the_log_says_that_its_days_are_real(
    auditor: httpx.Client, engine: Engine
) -> None:
    hint = "The log has real dates"
    assert hint not in auditor.get("/admin/audit").text
    with engine.begin() as connection:
        connection.execute(text("UPDATE campaigns SET clock_offset = 20000000"))
    assert auditor.get("/admin/audit").text.count(hint) == 1
    found = auditor.get("/admin/audit?since=2199-01-01").text
    assert f"No line fits. {hint}" in " ".join(found.split()), "where it is asked for a day of the demonstration"


@pytest.mark.clause("domain §5")
def test_in_the_case_stands_who_moved_the_calendar_and_by_which_decision(
    engine: Engine, campaign: Campaign, seat: Seat
) -> None:
    case_id, found = f"case/{campaign.campaign_id}/one", command("record_findings", findings=[finding("F1", "H01")])
    log = on_paper(campaign, case_id, [("05-10", found)])
    at, first = instant("05-12"), campaign.phases[0]
    ends = first.ends_at - timedelta(days=1)
    phases = (first.model_copy(update={"ends_at": ends}), campaign.phases[1].model_copy(update={"begins_at": ends}))
    move = CalendarMove(number=1, at=at, phases=(*phases, *campaign.phases[2:]))
    write(engine, campaign.plan, log)
    by = {"by": str(CLERK), "reason": "市安委会第12号决定", "command_id": "m", "campaign_id": campaign.campaign_id}
    edge = {"phase": first.id, "edge": "ends", "old_at": first.ends_at}
    record_move(engine, MoveRequest.model_validate({**by, **edge, "move": move}))
    case = fold(log)
    assert case is not None
    record(engine, campaign.plan, case, calendar_moved(campaign.plan, case, move))
    page = seat(f"supervisor:王局长@{HERE}").get(f"/cases/{case_id}?tab=timeline").text
    line = next(one for one in re.findall(r"<li .*?</li>", page, re.DOTALL) if "calendar" in one)
    assert "decided by 周主任 · city office" in line and "on the ground of: 市安委会第12号决定" in line
