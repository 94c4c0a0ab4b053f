"""What moved on between opening a form and sending it: told with both versions, by whom and when; nothing is lost."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import text

from store.audit import AuditFilter, audit_page
from store.campaigns import campaign_of
from store.people import people
from store.subject_search import find_subject
from store.verify import fold_case
from tests.cast import HERE
from tests.durable.office import CaseFile, Office, eventually, finding
from tests.web.conftest import As
from tests.web.test_registers import registered
from tests.web.visitor import Visitor
from workers.campaigns import campaigns_worker

INSPECTOR, SUPERVISOR = f"inspector:张三@{HERE}", f"supervisor:李四@{HERE}"
CLERK, ADMIN, GOVERNMENT = "office:王@650200", "admin:管理员@650200", f"government:赵六@{HERE}"


@pytest.fixture
async def case(office: Office) -> CaseFile:
    """One finding that is registered."""
    opened = await office.open("06-03")
    await opened.record(finding("1", "H01"))
    await opened.register("1")
    return opened


async def opened(who: Visitor, address: str) -> dict[str, str]:
    """The form as it is opened now, with what is hidden in it."""
    return await who.hidden(address)


def rows(told: httpx.Response) -> list[tuple[str, ...]]:
    """The table of both versions: what, then, now, and what was written where the form says something of it."""
    assert "What changed since the form was opened" in told.text, told.text
    table = told.text.partition('class="table cards both"')[2].partition("</table>")[0]
    lines = re.findall(r"<tr>(<td.*?)</tr>", table, re.DOTALL)
    return [tuple(re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", one)) for one in lines]


def steps(told: httpx.Response) -> list[str]:
    """What was done since: by whom, and what."""
    listed = told.text.partition('class="plain-list since-steps"')[2].partition("</ul>")[0]
    return [re.sub(r"<[^>]+>|\s+", " ", one).split("·", 1)[1].strip() for one in re.findall(r"<li>(.*?)</li>", listed)]


def hidden_in(told: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', told.text))


@pytest.mark.clause("domain §3")
async def test_an_assignment_that_a_colleague_changed_is_shown_before_it_is_written_over(
    visitor: As, office: Office, case: CaseFile
) -> None:
    """Held back once: sent again on what stands now it is taken, and sent twice it has one effect."""
    _ = [visitor(f"inspector:{name}@{HERE}") for name in ("吴九", "郑十")]  # who may be chosen
    supervisor, address = visitor(SUPERVISOR), f"/cases/{case.case_id}/do/assign_officers"
    form = await opened(supervisor, address)
    await case.do("assign_officers", f"supervisor:王五@{HERE}", officers=["吴九"])
    told = await supervisor.client.post(address, data={**form, "officers": "郑十", "note": "换人"})
    assert (
        told.status_code == 409 and "nothing was done" in told.text and "send it again if it still holds" in told.text
    )
    assert rows(told) == [("Officers in charge", "none", "吴九")]
    assert steps(told) == ["王五 · supervisor: officers: 吴九"], "by whom, and what"
    assert "郑十" in told.text and "换人" in told.text, "what was written is still there"
    assert fold_case(office.services.engine, case.case_id).case.officers == ("吴九",)
    fresh = {**hidden_in(told), "officers": "郑十"}
    answers = [await supervisor.client.post(address, data=fresh) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert fold_case(office.services.engine, case.case_id).case.officers == ("郑十",)
    assert (await case.steps()).count("assign_officers") == 2


@pytest.mark.clause("domain §3")
async def test_what_is_none_of_the_forms_business_holds_nothing_back(visitor: As, case: CaseFile) -> None:
    visitor(f"inspector:郑十@{HERE}")
    supervisor, address = visitor(SUPERVISOR), f"/cases/{case.case_id}/do/assign_officers"
    form = await opened(supervisor, address)
    await case.do("add_note", text="已电话联系")
    assert (await supervisor.client.post(address, data={**form, "officers": "郑十"})).status_code == 303


@pytest.mark.clause("domain §3")
async def test_a_refusal_says_what_became_of_the_case_and_gives_back_what_was_written(
    visitor: As, case: CaseFile
) -> None:
    """The finding was declared meanwhile; then the desk re-inspected it, so that there is no such form any more."""
    inspector, address = visitor(INSPECTOR), f"/cases/{case.case_id}/do/declare_rectified"
    form = {**await opened(inspector, address), "refs": "1", "evidence": "护栏已装好"}
    await case.declare("1")
    told = await inspector.client.post(address, data=form)
    assert told.status_code == 409 and ("1 state", "registered", "declared") in rows(told)
    assert "护栏已装好" in told.text and 'action="' not in told.text.partition("</header>")[2]
    await case.verdict(**{"1": True})
    told = await inspector.client.post(address, data=form)
    assert ("1 state", "registered", "declared") not in rows(told)
    assert ("1 state", "registered", "verified") in rows(told)
    assert len(steps(told)) == 2, "each step since"


@pytest.mark.clause("domain §3")
async def test_a_case_that_closed_meanwhile_gives_back_what_was_written(
    visitor: As, office: Office, case: CaseFile
) -> None:
    inspector, address = visitor(INSPECTOR), f"/cases/{case.case_id}/do/add_note"
    form = {**await opened(inspector, address), "text": "下周再去一次"}
    await case.do("void", f"supervisor:王五@{HERE}", reason="重复")
    told = await inspector.client.post(address, data=form)
    assert told.status_code == 409 and "下周再去一次" in told.text and ("Outcome", "none", "void") in rows(told)
    assert (await inspector.client.get(address)).status_code == 409
    [line] = audit_page(office.services.engine, AuditFilter(kind="command_refused"), 9)
    assert (line.facts["code"], line.case_id) == ("case_closed", case.case_id), "once, and not for the look"


@pytest.mark.clause("domain §4")
async def test_the_button_of_a_deed_that_ends_its_own_form_is_pressed_twice(visitor: As, case: CaseFile) -> None:
    supervisor, address = visitor(SUPERVISOR), f"/cases/{case.case_id}/do/void"
    form = {**await opened(supervisor, address), "reason": "重复"}
    answers = [await supervisor.client.post(address, data=form) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303] and len({a.headers["location"] for a in answers}) == 1


@pytest.mark.clause("domain §4")
async def test_a_measure_whose_grounds_grew_is_not_proposed_unseen(visitor: As, office: Office) -> None:
    found = await office.open("06-03")
    await found.record(finding("1", "V05"))
    await found.register("1")
    inspector, address = visitor(INSPECTOR), f"/cases/{found.case_id}/do/propose_measure?about=suspend"
    form = await opened(inspector, address)
    await found.record(finding("2", "V06"))
    await found.register("2")
    told = await inspector.client.post(address, data=form)
    assert told.status_code == 409 and ("Suspension", "owed, on 1", "owed, on 1, 2") in rows(told)
    assert (await inspector.client.post(address, data=hidden_in(told))).status_code == 303


@pytest.mark.clause("3.1.register")
async def test_a_verdict_that_a_colleague_gave_first_is_told_with_both_versions(visitor: As, case: CaseFile) -> None:
    await case.declare("1")
    inspector, address = visitor(INSPECTOR), f"/cases/{case.case_id}/visit"
    form = {**await opened(inspector, address), "verdicts.0.passed": "false", "verdicts.0.note": "护栏松动"}
    await case.verdict(**{"1": True})
    told = await inspector.client.post(address, data=form)
    assert told.status_code == 409 and ("1 state", "declared", "verified") in rows(told) and "护栏松动" in told.text


@pytest.mark.clause("domain §4")
async def test_a_proposal_that_was_made_anew_is_told_at_the_measure_desk(visitor: As, office: Office) -> None:
    found = await office.open("06-03")
    await found.record(finding("1", "V01"))
    await found.register("1")
    await found.do("propose_measure", must="close")
    government = visitor(GOVERNMENT)
    form = {**await opened(government, "/measures"), "chosen": "0", "do": "approve_measure", "reason": "同意取缔"}
    await found.do("return_measure", f"government:钱七@{HERE}", must="close", reason="补证")
    await found.do("propose_measure", must="close")
    told = await government.client.post("/measures", data=form)
    assert told.status_code == 200 and "refused" in told.text and "补证" in told.text
    assert "approve_measure" not in await found.steps()


@pytest.mark.clause("domain §2")
async def test_two_clerks_at_one_subject_keep_what_each_of_them_changed(visitor: As, office: Office) -> None:
    registered(office, "s1")
    address = "/subjects/s1/do/change"
    first, second = visitor(INSPECTOR), visitor(CLERK)
    stale = {**await opened(first, address), "name": "某厂 s1", "street": "胜利路街道", "sector": "fire_safety"}
    stale |= {"kind": "enterprise", "reason": "核对"}
    facts = {"name": "更名一", "street": "迎宾路街道", "sector": "fire_safety", "kind": "enterprise", "reason": "更名"}
    await second.act(address, **facts)
    told = await first.client.post(address, data=stale)
    assert told.status_code == 409 and steps(told) == ["王 · city office: changed"]
    assert rows(told) == [
        ("Name", "某厂 s1", "更名一", "–"),
        ("Street or town", "none", "迎宾路街道", "胜利路街道"),
    ]
    assert 'value="更名一"' in told.text and 'value="胜利路街道"' in told.text, "what nobody touched is as it stands"
    mended = {**stale, **hidden_in(told), "name": "更名一"}
    answers = [await first.client.post(address, data=mended) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303], "pressed twice"
    found = find_subject(office.services.engine, "s1")
    assert found is not None and (found.name, found.street, found.version) == ("更名一", "胜利路街道", 3)


@pytest.mark.clause("domain §2")
async def test_a_licence_that_a_colleague_wrote_meanwhile_is_not_written_over_unseen(
    visitor: As, office: Office
) -> None:
    registered(office, "s1")
    address = "/subjects/s1/do/licence"
    first, second = visitor(INSPECTOR), visitor(CLERK)
    await second.act(address, kind="采矿许可证", number="甲1", expires_on="2027-07-01")
    form = await opened(first, address)
    await second.act(address, kind="采矿许可证", number="甲1", expires_on="2028-07-01")
    written = {"kind": "采矿许可证", "number": "甲1", "expires_on": "2027-09-01"}
    told = await first.client.post(address, data={**form, **written})
    assert told.status_code == 409 and rows(told) == [("采矿许可证 甲1", "2027-07-01", "2028-07-01")]
    assert (await first.client.post(address, data={**form, **written, "number": "甲2"})).status_code == 303
    assert (await first.client.post(address, data={**hidden_in(told), **written})).status_code == 303


@pytest.mark.clause("domain §7")
async def test_two_administrators_at_one_person_see_what_the_other_did(visitor: As, office: Office) -> None:
    first, second = visitor(ADMIN), visitor("admin:副管理员@650200")
    visitor(INSPECTOR)
    [holder] = [p for p in people(office.services.engine) if p.name == "张三"]
    base = f"/people/{holder.person_id}/do"
    giving, leaving = await opened(first, f"{base}/post"), await opened(first, f"{base}/end_post")
    await second.act(f"{base}/end_post", post_id=holder.posts[0].post_id)
    new = {"role": "inspector", "territory": HERE, "sector": "", "subject_id": "", "since": "", "until": ""}
    told = await first.client.post(f"{base}/post", data={**giving, **new})
    assert told.status_code == 409
    assert [step.partition(" · Karamay")[0] for step in steps(told)] == ["副管理员 · administrator: ended: inspector"]
    [(what, then, now)] = rows(told)
    assert what.startswith("inspector · ") and (then, now) == ("in force", "ended")
    told = await first.client.post(f"{base}/end_post", data={**leaving, "post_id": holder.posts[0].post_id})
    assert told.status_code == 409 and len(rows(told)) == 1
    fresh = {**await opened(first, f"{base}/post"), **new}
    answers = [await first.client.post(f"{base}/post", data=fresh) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 409], "pressed twice, given once"
    now_held = people(office.services.engine, person_id=holder.person_id)[0].posts
    assert len([p for p in now_held if p.is_held(datetime.now(UTC))]) == 1


async def test_a_form_that_was_sent_from_another_tab_is_told_so_and_can_be_sent_again(
    visitor: As, case: CaseFile
) -> None:
    who, address = visitor(SUPERVISOR), f"/cases/{case.case_id}/do/add_note"
    both_tabs = await opened(who, address)
    assert (await who.client.post(address, data={**both_tabs, "text": "one"})).status_code == 303
    told = await who.client.post(address, data={**both_tabs, "text": "two"})
    assert told.status_code == 409 and "handed in before" in told.text and "send it again" in told.text
    assert "two" in told.text and hidden_in(told)["command_id"] != both_tabs["command_id"]
    assert (await who.client.post(address, data={**hidden_in(told), "text": "two"})).status_code == 303
    assert (await case.steps()).count("add_note") == 2


async def test_verdicts_that_were_sent_from_another_tab_are_told_so_and_get_another_id(
    visitor: As, case: CaseFile
) -> None:
    await case.declare("1")
    who, address = visitor(INSPECTOR), f"/cases/{case.case_id}/visit"
    both_tabs = {**await opened(who, address), "verdicts.0.passed": "false"}
    first, second = [
        await who.client.post(address, data={**both_tabs, "verdicts.0.note": note}) for note in ("护栏松动", "护栏缺失")
    ]
    assert first.status_code == 303 and second.status_code == 409
    assert "handed in before" in second.text and hidden_in(second)["id.reinspect"] != both_tabs["id.reinspect"]


@pytest.mark.clause("domain §5")
async def test_a_boundary_that_was_moved_meanwhile_is_shown_before_it_is_moved_again(
    visitor: As, office: Office
) -> None:
    of, phase = office.campaign.campaign_id, office.campaign.phases[1].id
    address = f"/campaigns/{of}/do/move_boundary"
    first, second = visitor(CLERK), visitor("office:李@650200")
    form = {**await opened(first, address), "boundary": f"{phase} ends", "reason": "第 3 次会议"}
    async with campaigns_worker(office.client, office.services.engine):
        await second.act(f"/campaigns/{of}/do/open_cases")
        moved = {"boundary": f"{phase} ends", "to": "2027-11-03", "reason": "第 2 次会议"}
        looked_at = await second.client.post(address, data={**await opened(second, address), **moved})
        assert "Check it, then press the button again" in looked_at.text
        assert (await second.client.post(address, data={**hidden_in(looked_at), **moved})).status_code == 303

        async def is_moved() -> bool:
            return campaign_of(office.services.engine, of).calendar == 1

        assert await eventually(is_moved)
        told = await first.client.post(address, data={**form, "to": "2027-11-05"})
        assert told.status_code == 409 and "第 2 次会议" in told.text and "第 3 次会议" in told.text
        [(what, then, now)] = rows(told)
        assert what.endswith("ends") and (then, now) == ("2027-10-31 24:00", "2027-11-03 24:00")


async def test_a_session_that_ended_leads_back_to_the_form(visitor: As, office: Office, case: CaseFile) -> None:
    inspector, address = visitor(INSPECTOR), f"/cases/{case.case_id}/do/add_note?back=%2Fwork"
    form = await opened(inspector, address)
    with office.services.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET ended_at = now()"))
    site = str(inspector.client.base_url)
    referer = {"Referer": f"{site}{address}"}
    told = await inspector.client.post(address, data={**form, "text": "x"}, headers=referer)
    assert told.status_code == 401 and "kept in this browser" in told.text
    onward = "/sign-in?next=%2Fcases%2Fcase%2F"
    assert onward in told.text and "do%2Fadd_note%3Fback%3D" in told.text
    elsewhere = await inspector.client.post(address, data=form, headers={"Referer": "http://evil.example/x?y"})
    assert onward in elsewhere.text and "evil" not in elsewhere.text
