"""The register of subjects, the campaign and the people, worked on by forms alone (real Temporal, real PostgreSQL)."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from models.instants import day_of
from models.register import SubjectFacts
from store.audit import AuditFilter, audit_page
from store.campaign_log import calendar_moves
from store.campaigns import campaign_of
from store.people import people
from store.subject_search import find_subject
from store.subjects import add_subject
from tests.cast import HERE, actor
from tests.durable.office import Office, eventually
from tests.people import PASSWORD
from tests.web.conftest import As
from workers.campaigns import campaigns_worker

INSPECTOR, CLERK, ADMIN = f"inspector:张三@{HERE}", "office:王@650200", "admin:管理员@650200"


def registered(office: Office, subject_id: str, district: str = HERE) -> None:
    facts = SubjectFacts(name=f"某厂 {subject_id}", district=district, sector="fire_safety")
    add_subject(office.services.engine, subject_id, facts, actor(CLERK))


@pytest.mark.clause("3.1")
async def test_a_subject_is_registered_and_a_case_opened_of_it(visitor: As, office: Office) -> None:
    inspector = visitor(INSPECTOR)
    told = await inspector.send("/subjects/new", {"name": "新建砖厂", "kind": "enterprise", "district": HERE})
    assert told.status_code == 303, told.text
    page = told.headers["location"].partition("?")[0]
    assert "新建砖厂" in await inspector.see(page)
    case = await inspector.act(f"{page}/do/open")
    assert case.startswith("/cases/case/") and "新建砖厂" in await inspector.see(case)
    assert case.removeprefix("/cases/") in await inspector.see(page)


async def test_a_form_of_a_new_subject_that_is_sent_twice_registers_one(visitor: As, office: Office) -> None:
    inspector = visitor(INSPECTOR)
    hidden = await inspector.hidden("/subjects/new")
    facts = {**hidden, "name": "两次", "kind": "site", "district": HERE}
    answers = [await inspector.client.post("/subjects/new", data=facts) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert len({a.headers["location"] for a in answers}) == 1
    for nothing in ({}, {"name": "无编号", "kind": "site", "district": HERE}):
        assert (await inspector.client.post("/subjects/new", data=nothing)).status_code == 422, "a form without its id"
    other = await inspector.client.post("/subjects/new", data={**facts, "name": "另一家"})
    assert other.status_code == 409 and "另一家" in other.text, "what was typed is still there"


async def test_a_name_longer_than_a_line_is_refused_at_its_field_and_stays_in_the_form(
    visitor: As, office: Office
) -> None:
    registered(office, "s1")
    clerk, long = visitor(CLERK), "厂" * 201
    new = {"name": long, "kind": "site", "district": HERE}
    for address, facts in (
        ("/subjects/new", new),
        ("/subjects/s1/do/change", {"name": long, "kind": "enterprise", "reason": "更名"}),
    ):
        told = await clerk.send(address, facts)
        assert told.status_code == 409 and 'id="wrong-name"' in told.text and long in told.text, address
        assert "At most 200 characters" in told.text
    found = find_subject(office.services.engine, "s1")
    assert found is not None and found.version == 1 and long not in await clerk.see("/subjects")


async def test_a_merger_shows_the_open_cases_of_both_and_what_becomes_of_them(visitor: As, office: Office) -> None:
    clerk, cases = visitor(CLERK), []
    for one in ("s1", "s2"):
        registered(office, one)
        cases.append(await clerk.act(f"/subjects/{one}/do/open"))
    look = await clerk.send("/subjects/s2/do/merge", {"into": "s1", "reason": "重复登记"})
    assert look.status_code == 200 and "Both have open cases: these are not merged" in look.text
    assert all(f'href="{case}"' in look.text for case in cases)
    await clerk.act("/subjects/s2/do/merge", into="s1", reason="重复登记", looked_at="s1")
    file = await clerk.see("/subjects/s1")
    assert all(case in file for case in cases), "both go on, listed under the one that stays"


async def test_a_change_made_meanwhile_is_not_written_over(visitor: As, office: Office) -> None:
    registered(office, "s1")
    address, facts = "/subjects/s1/do/change", {"kind": "enterprise", "reason": "更名"}
    first, second = visitor(INSPECTOR), visitor(CLERK)
    stale = await first.hidden(address)
    await second.act(address, name="更名一", **facts)
    told = await first.client.post(address, data={**stale, "name": "更名二", **facts})
    assert told.status_code == 409 and "更名二" in told.text
    found = find_subject(office.services.engine, "s1")
    assert found is not None and (found.name, found.version) == ("更名一", 2)


async def test_a_subject_of_another_district_is_there_for_nobody_else(visitor: As, office: Office) -> None:
    registered(office, "far", "650204")
    inspector = visitor(INSPECTOR)
    foreign, missing = await inspector.see("/subjects/far", 404), await inspector.see("/subjects/none", 404)
    assert foreign.replace("far", "none") == missing
    assert "某厂 far" not in await inspector.see("/subjects")
    told = await inspector.client.post("/subjects/far/do/cease", data={"on": "2027-06-01", "reason": "x"})
    assert told.status_code == 404
    beyond = await inspector.send("/subjects/new", {"name": "越界", "kind": "site", "district": "650204"})
    assert beyond.status_code == 403


@pytest.mark.parametrize(
    ("post", "can"),
    [
        (INSPECTOR, {"open", "change", "licence", "person"}),
        (f"supervisor:李四@{HERE}", {"cease"}),
        (CLERK, {"open", "change", "licence", "person", "cease", "move", "merge"}),
        (f"government:赵六@{HERE}", set[str]()),
    ],
)
@pytest.mark.clause("domain §2")
async def test_each_role_is_offered_what_it_may_do_and_nothing_else_is_taken(
    visitor: As, office: Office, post: str, can: set[str]
) -> None:
    registered(office, "s1")
    one = visitor(post)
    assert set(re.findall(r'href="/subjects/s1/do/(\w+)"', await one.see("/subjects/s1"))) == can
    for do in {"open", "change", "licence", "person", "cease", "move", "merge"} - can:
        told = await one.client.post(f"/subjects/s1/do/{do}", data={"reason": "x"})
        assert told.status_code == 403, do


async def test_licence_person_end_of_business_and_merger_are_in_the_file(visitor: As, office: Office) -> None:
    registered(office, "s1")
    registered(office, "s2")
    clerk = visitor(CLERK)
    await clerk.act("/subjects/s1/do/licence", kind="安全生产许可证", expires_on="2027-07-01")
    await clerk.act("/subjects/s1/do/person", name="孙七", post="厂长", phone="13900000000")
    await clerk.act("/subjects/s1/do/cease", on="2027-06-01", reason="歇业")
    told = await clerk.see("/subjects/s1")
    assert "expired" not in told and "Who reads them, and when, is noted in the audit log" in told
    await clerk.act("/subjects/s1/do/licence", kind="危险化学品经营许可证", number="7", expires_on="2027-06-02")
    assert (await clerk.see("/subjects/s1")).count(">expired<") == 1
    wrong = await clerk.send("/subjects/s1/do/person", {"name": "周八", "phone": "not a phone"})
    assert wrong.status_code == 409 and 'id="wrong-phone"' in wrong.text and "at least 5 digits" in wrong.text
    assert "周八" not in await clerk.see("/subjects/s1")
    assert re.search(r"State: \S+ → ceased", told) and "Ceased on: none → 2027-06-01" in told
    assert "安全生产许可证" in told and "孙七" in told and "歇业" in told and "13900000000" not in told
    wrong = await clerk.send("/subjects/s2/do/merge", {"into": "s9", "reason": "重复"})
    assert wrong.status_code == 422 and "there is no subject s9" in wrong.text
    for itself in ("s2", "某厂 s2"):
        wrong = await clerk.send("/subjects/s2/do/merge", {"into": itself, "reason": "重复"})
        assert wrong.status_code == 409 and "某厂 s2 cannot be merged into itself" in wrong.text, itself
        [line] = audit_page(office.services.engine, AuditFilter(kind="command_refused"), 1)
        assert (line.facts["code"], line.facts["subject_id"]) == ("merge_with_itself", "s2"), "the log says of whom"
    found = await clerk.send("/subjects/s2/do/merge", {"into": "某厂", "reason": "重复登记"})
    assert found.status_code == 200 and '<option value="s1"' in found.text, "looked for by name"
    files = await clerk.send("/subjects/s2/do/merge", {"into": "s1", "reason": "重复登记"})
    assert files.status_code == 200 and "某厂 s1" in files.text and "某厂 s2" in files.text, "both side by side"
    assert "Both have open cases" not in files.text
    kept = find_subject(office.services.engine, "s2")
    assert kept is not None and kept.state == "active"
    await clerk.act("/subjects/s2/do/merge", into="s1", reason="重复登记", looked_at="s1")
    for one, other in (("s2", "s1"), ("s1", "s2")):
        assert f'<a href="/subjects/{other}">某厂 {other}</a>' in await clerk.see(f"/subjects/{one}"), "by name"
    assert (await clerk.client.post("/subjects/s2/do/change", data={"reason": "x"})).status_code == 409


async def test_a_day_still_to_come_is_refused_at_its_field(visitor: As, office: Office) -> None:
    registered(office, "s1")
    clerk = visitor(CLERK)
    told = await clerk.send("/subjects/s1/do/cease", {"on": "2027-06-04", "reason": "歇业"})
    assert told.status_code == 409 and 'id="wrong-on"' in told.text and "not later than today (2027-06-03)" in told.text
    kept = find_subject(office.services.engine, "s1")
    assert kept is not None and kept.state == "active"
    noted = audit_page(office.services.engine, AuditFilter(kind="command_refused"), limit=1)
    assert [line.facts["code"] for line in noted] == ["ceased_ahead"]
    await clerk.act("/subjects/s1/do/cease", on="2027-06-03", reason="歇业")


async def test_a_merger_looks_in_the_own_district_first_anew_and_says_that_it_is_for_good(
    visitor: As, office: Office
) -> None:
    for n in range(24):
        registered(office, f"s{n:02}", "650204" if n < 12 else HERE)
    clerk, address, facts = visitor(CLERK), "/subjects/s23/do/merge", {"into": "某厂", "reason": "重复登记"}
    told = (await clerk.send(address, facts)).text
    assert "More than 20 match" in told and 'name="again"' in told and "Merge for good" not in told
    offered = re.findall(r'<option value="(s\d+)"', told)
    assert len(offered) == 19 and set(offered[:11]) == {f"s{n}" for n in range(12, 23)}
    told = (await clerk.send(address, {**facts, "again": "某厂 s1"})).text
    assert 'name="searched" value="某厂 s1"' in told
    assert "narrow it" not in told and len(re.findall(r'<option value="s1', told)) == 10
    told = (await clerk.send(address, {**facts, "into": "", "again": "s05"})).text
    assert "Merge for good" in told and 'name="looked_at" value="s05"' in told
    told = (await clerk.send(address, {**facts, "into": "", "again": "", "searched": "某厂 s1"})).text
    assert len(re.findall(r'<option value="s1', told)) == 10, "nothing was chosen: the same are offered again"
    nothing = await clerk.send(address, {**facts, "into": ""})
    assert nothing.status_code == 422 and 'id="wrong-into"' in nothing.text
    kept = find_subject(office.services.engine, "s23")
    assert kept is not None and kept.state == "active"


async def test_another_sector_says_that_the_open_case_keeps_its_own(visitor: As, office: Office) -> None:
    registered(office, "s-kept")
    clerk, address = visitor(CLERK), "/subjects/s-kept/do/change"
    await clerk.act("/subjects/s-kept/do/open")
    assert "keep the name, street and sector with which they were opened" in await clerk.see(address)
    assert "stays in the sector" not in await clerk.see("/subjects/s-kept")
    facts = {"name": "某厂", "kind": "enterprise", "reason": "更正", "sector": "hazardous_chemicals"}
    page = await clerk.see(await clerk.act(address, **facts))
    assert "Sector: Fire safety → Hazardous chemicals" in page, "what changed is said"
    assert "The open case stays in the sector it was opened in (Fire safety)" in page


@pytest.mark.clause("domain §5")
async def test_the_office_opens_cases_moves_a_boundary_and_publishes_a_year_and_nobody_else(
    visitor: As, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.clocks.working_days._learned", {})
    registered(office, "s1")
    of = office.campaign.campaign_id
    clerk, inspector = visitor(CLERK), visitor(INSPECTOR)
    address = f"/campaigns/{of}"
    assert "/do/" not in await inspector.see(address)
    refused = await inspector.client.post(f"{address}/do/move_boundary", data={"reason": "x"})
    assert refused.status_code == 403
    lines = AuditFilter(kind="command_refused")
    assert [one.by.role for one in audit_page(office.services.engine, lines, 9)] == ["inspector"]
    ends = campaign_of(office.services.engine, of).phases[1].ends_at
    later = (day_of(ends) + timedelta(days=3)).isoformat()
    async with campaigns_worker(office.client, office.services.engine):
        done = await clerk.act(f"{address}/do/open_cases")
        [line] = audit_page(office.services.engine, AuditFilter(kind="campaign_steered"), 2)
        assert line.facts["to_open"] == 1, "and the audit log says how many there were to open"
        assert "Done: Open cases, 1 of them" in await clerk.see(f"{done}?done=open_cases&opened=1")
        phase = office.campaign.phases[1].id
        moved = {"boundary": f"{phase} ends", "to": later, "reason": "安委会第 3 次会议"}
        look = await clerk.send(f"{address}/do/move_boundary", moved)
        assert look.status_code == 200 and "Open cases that follow: " in look.text, "shown before it is done"
        assert f"ends {later} 24:00, not {day_of(ends) - timedelta(days=1)} 24:00" in look.text
        assert campaign_of(office.services.engine, of).phases[1].ends_at == ends
        await clerk.act(f"{address}/do/move_boundary", **moved, looked_at=f"{phase} ends {later}")
        last = office.campaign.phases[-1]
        beyond = {"boundary": f"{last.id} ends", "to": f"{last.ends_at.year + 1}-03-01", "reason": "延长"}
        for more in ({}, {"looked_at": f"{last.id} ends {beyond['to']}"}):
            look = await clerk.send(f"{address}/do/move_boundary", {**beyond, **more})
            assert look.status_code == 200 and 'type="checkbox" name="beyond"' in look.text, "asked a second time"

        async def is_moved() -> bool:
            return day_of(campaign_of(office.services.engine, of).phases[1].ends_at) > day_of(ends)

        assert await eventually(is_moved)
        assert "安委会第 3 次会议" in await clerk.see(address)
        before = day_of(office.campaign.phases[1].begins_at).isoformat()
        crossed = await clerk.send(f"{address}/do/move_boundary", {**moved, "to": before})
        assert crossed.status_code == 409 and 'id="wrong-to"' in crossed.text
        assert [one.by.role for one in audit_page(office.services.engine, lines, 9)] == ["office", "inspector"], "noted"
        year = str(office.campaign.year)
        days = {"year": year, "source": "国办发明电", "off": f"{year}-10-01", "on": f"{year}-10-09", "reason": "公布"}
        look = await clerk.send(f"{address}/do/publish_working_days", days)
        assert look.status_code == 200 and f"weekdays off, 1 ({year}-10-01)" in look.text, "looked at before it is done"
        days["looked_at"] = f"{year} {year}-10-01 / {year}-10-09"
        for publisher in (clerk, visitor("office:李@650200")):  # whoever sends it again tells nobody twice
            told = await publisher.send(f"{address}/do/publish_working_days", days)
            assert told.status_code == 303, told.text
        assert [m["reason"] for m in calendar_moves(office.services.engine, of)] == ["安委会第 3 次会议", "公布"]
        told = await clerk.see(address)
        assert f"{year}-10-01" in told and f"{year}-10-09" in told and "国办发明电" in told, (
            "the days are there to read"
        )
        form = f"{address}/do/publish_working_days"
        assert re.search(rf"{year} was published already on {year}-06-03 \d\d:\d\d by 王", await clerk.see(form))
        mended = {**days, "off": f"{year}-10-01\n{year}-10-04", "reason": "更正"}
        look = await clerk.send(form, mended)
        assert look.status_code == 200 and "weekdays off, 2" in look.text, "other days than were looked at"
        sent = await clerk.send(form, {**mended, "looked_at": f"{year} {year}-10-01 {year}-10-04 / {year}-10-09"})
        told = await clerk.see(sent.headers["location"])
        assert f"It replaces the working days of {year} that 王 published on {year}-06-03" in told
        assert told.count("replaced by a later one") == 1 and f"{year}-10-04" in told
        again = await clerk.send(f"{address}/do/move_boundary", {**moved, "boundary": "", "to": "x"})
        assert again.status_code == 422 and "安委会第 3 次会议" in again.text
        ending = f"{address}/do/complete_now"
        look = await clerk.send(ending, {"reason": "提前结束"})
        assert look.status_code == 200 and re.search(r"All \d+ open cases end now", look.text), "before it is done"
        old = await clerk.send(ending, {"reason": "提前结束", "looked_at": "0 99"})
        assert old.status_code == 200 and "All " in old.text, "these are not the cases that were looked at"
        [looked_at] = re.findall(r'name="looked_at" value="([^"]+)"', look.text)
        await clerk.act(ending, reason="提前结束", looked_at=looked_at)


async def test_a_calendar_that_cannot_be_is_told_at_its_fields(visitor: As, office: Office) -> None:
    clerk, address = visitor(CLERK), f"/campaigns/{office.campaign.campaign_id}/do/publish_working_days"
    well = {"year": "2027", "source": "国办发明电", "reason": "公布"}
    for field, wrong, said in (
        ("year", {"year": "27"}, "is to be a year"),
        ("off", {"off": "2027-10-01\n10月2日"}, "no day: 10月2日"),
        ("off", {"off": "2027-10-02"}, "2027-10-02 is at a weekend"),
        ("on", {"on": "2027-10-09\n2027-10-09"}, "2027-10-09 is listed twice"),
        ("on", {"on": "2028-10-08"}, "2028-10-08 does not lie in 2027"),
    ):
        told = await clerk.send(address, {**well, **wrong})
        assert told.status_code == 422 and f'id="wrong-{field}"' in told.text, (wrong, told.text)
        assert said in told.text and "right type" not in told.text, (wrong, told.text)
    both = await clerk.send(address, {**well, "off": "x", "on": "y"})
    assert all(f'id="wrong-{field}"' in both.text for field in ("off", "on")), "all that is to be mended at once"


async def test_somebody_is_added_comes_in_by_the_link_and_loses_the_post(
    visitor: As, office: Office, site: str
) -> None:
    admin = visitor(ADMIN)
    facts = {"name": "新人", "login": "newcomer", "role": "inspector", "territory": HERE}
    told = await admin.send("/people/new", facts)
    assert told.status_code == 200 and told.headers["cache-control"] == "no-store", told.text
    [address] = re.findall(r"/invited/[^<\s]+", told.text)
    [person_id] = re.findall(r'href="/people/(p-\w+)"', told.text)[:1]
    again = await admin.send("/people/new", facts)
    assert again.status_code == 422 and "this login is taken" in again.text
    headers = {"Origin": site, "Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(base_url=site, headers=headers, timeout=60) as newcomer:
        set_up = await newcomer.post(address, data={"password": PASSWORD, "again": PASSWORD})
        assert set_up.status_code == 303, set_up.text
        assert (await newcomer.post("/sign-in", data={"login": "newcomer", "password": PASSWORD})).status_code == 303
        assert (await newcomer.get("/work")).status_code == 200
        await admin.act(f"/people/{person_id}/do/end_post", post_id=_post_of(office, person_id))
        assert (await newcomer.get("/work")).status_code == 403
        await admin.act(f"/people/{person_id}/do/post", role="office", territory="650200")
        await admin.act(f"/people/{person_id}/do/leave", certain="true")
        assert (await newcomer.get("/work")).status_code == 303, "to the form where one signs in"
    assert "has left" in await admin.see(f"/people/{person_id}")
    assert re.findall(r"/do/", await admin.see(f"/people/{person_id}")) == []


def _post_of(office: Office, person_id: str) -> str:
    [person] = people(office.services.engine, person_id=person_id)
    return person.posts[0].post_id


async def test_who_manages_nobody_sees_no_people_and_an_administrator_begins_with_them(
    visitor: As, office: Office
) -> None:
    inspector, admin = visitor(INSPECTOR), visitor(ADMIN)
    for address in ("/people", "/people/new", "/people/p-1", "/people/p-1/do/leave"):
        await inspector.see(address, 403)
    assert (await inspector.client.post("/people/new", data={"name": "x"})).status_code == 403
    assert (await admin.client.get("/")).headers["location"] == "/people"
    registered(office, "s1")
    owner = visitor(f"enterprise:孙七@{HERE}", subject="s1")
    assert (await owner.client.get("/")).headers["location"] == "/work"
    await owner.see("/subjects/s1", 403)


async def test_a_deed_that_asks_for_a_proof_anew_is_not_done_without(visitor: As, office: Office) -> None:
    admin = visitor(ADMIN)
    hidden = await admin.hidden("/people/new")
    with office.services.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET proven_at = proven_at - interval '1 hour'"))
    facts = {**hidden, "name": "新人", "login": "newcomer", "role": "inspector", "territory": HERE}
    told = await admin.client.post("/people/new", data=facts)
    assert told.status_code == 403 and "/prove" in told.text and 'value="newcomer"' in told.text
    assert (await admin.client.get("/people/new")).headers["location"].startswith("/prove?next=")
    assert [p.name for p in people(office.services.engine) if p.name == "新人"] == []
