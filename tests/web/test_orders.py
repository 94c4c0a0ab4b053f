"""One order over all cases of a list, given on the page of the list; followed on a page of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from desk.people import end_post
from engine.operator import operator
from models.case_ids import subject_in
from models.register import SubjectFacts
from store.audit import AuditFilter, audit_page
from store.case_list import CaseFilter, cases_by_id
from store.jobs import jobs
from store.people import person_of
from store.subjects import add_subject
from tests.cast import HERE, actor
from tests.durable.office import Office, eventually, finding
from tests.people import person
from tests.web.conftest import As
from workers.imports import imports_worker

SUPERVISOR, INSPECTOR = f"supervisor:李四@{HERE}", f"inspector:张三@{HERE}"


def officers(office: Office) -> list[tuple[str, ...]]:
    which = CaseFilter(campaign_id=office.campaign.campaign_id)
    return [case.officers for case in cases_by_id(office.services.engine, which, 100)]


@pytest.mark.clause("domain §7")
async def test_officers_are_assigned_to_all_that_are_listed_and_handed_over(office: Office, visitor: As) -> None:
    for _ in range(3):
        await office.open("06-03")
    supervisor, engine = visitor(SUPERVISOR), office.services.engine
    visitor(INSPECTOR), visitor(INSPECTOR.replace("张三", "李强"))
    assert "/orders/new/assign?district=" in await supervisor.see(f"/cases?district={HERE}")
    address = f"/orders/new/assign?district={HERE}"
    form = {**await supervisor.hidden(address), "officers": ["张三"]}
    answers = [await supervisor.client.post(address, data=form) for _ in range(2)]  # pressed twice
    assert {a.status_code for a in answers} == {303} and len({a.headers["location"] for a in answers}) == 1
    assert len(jobs(engine)) == 1
    page = answers[0].headers["location"].partition("?")[0]
    assert "0 of 3 done" in await supervisor.see(page)
    async with imports_worker(office.client, engine):

        async def done() -> bool:
            return "3 of 3 done" in await supervisor.see(page)

        assert await eventually(done)
        assert officers(office) == [("张三",)] * 3
        beside = (await supervisor.see("/work?list=done")).partition('id="beside"')[2]
        assert "officers assigned" in beside and f'href="{page}"' in beside, "and not the cases alone"
        over = await supervisor.act("/orders/new/reassign?officer=张三", **{"from": "张三", "to": "李强"})

        async def handed_over() -> bool:
            return "3 of 3 done" in await supervisor.see(over)

        assert await eventually(handed_over)
        assert officers(office) == [("李强",)] * 3
    await visitor(SUPERVISOR.replace("李四", "别人")).see(page, 404)


@pytest.mark.clause("domain §7")
async def test_who_is_put_in_charge_is_an_inspector_of_the_district_and_told_so(office: Office, visitor: As) -> None:
    case_id = (await office.open("06-03")).case_id
    supervisor, _ = visitor(SUPERVISOR), visitor("inspector:外区@650204")
    one, assign = f"/cases/{case_id}/do/assign_officers", f"/orders/new/assign?district={HERE}"
    for address in (one, assign):  # nobody there has an account: written, and confirmed
        asked = await supervisor.send(address, {"officers": "李检查"})
        assert asked.status_code == 422 and 'id="wrong-without_account"' in asked.text, address
    visitor(INSPECTOR)
    for address in (one, assign):
        assert '<textarea class="form-control" name="officers"' not in await supervisor.see(address)
    for address, facts in (
        (one, {"officers": "张三不存在"}),
        (assign, {"officers": "外区", "without_account": "true"}),
        ("/orders/new/reassign", {"from": "张三", "to": "检查园1"}),
    ):
        told = await supervisor.send(address, facts)
        assert told.status_code == 409 and "has no inspector" in told.text and "张三" in told.text, address
    told = await supervisor.send("/orders/new/reassign", {"from": "张三", "to": "张三"})
    assert told.status_code == 422 and "is whoever hands over" in told.text
    assert jobs(office.services.engine) == () and officers(office) == [()]
    await supervisor.act(one, officers="张三")
    assert officers(office) == [("张三",)]
    with office.services.engine.connect() as connection:
        told = connection.execute(
            text("SELECT payload ->> 'officers' FROM outbox WHERE topic = 'assignment'")
        ).scalars()
        assert list(told) == ['["张三"]']


async def test_an_officer_is_offered_until_the_real_last_day_whatever_a_demonstrations_clock_says(
    office: Office, visitor: As
) -> None:
    opened = await office.open("06-03")
    supervisor, holder = visitor(SUPERVISOR), person(office.services, INSPECTOR)
    [post] = person_of(office.services.engine, holder.person_id).posts
    end_post(office.services.engine, operator(), post.post_id, datetime.now(UTC) + timedelta(hours=2))
    for address in (f"/cases/{opened.case_id}/do/assign_officers", "/orders/new/assign"):
        assert 'value="张三"' in await supervisor.see(address), address


@pytest.mark.clause("domain §7")
async def test_a_case_is_given_to_nobody_who_could_not_read_it(office: Office, visitor: As) -> None:
    opened = await office.open("06-03")
    await office.open("06-03", sector="non_coal_mines")
    supervisor = visitor(SUPERVISOR)
    for who in ("甲消@/fire_safety", "乙矿@/non_coal_mines", "丙全@"):
        visitor(f"inspector:{who.replace('@', f'@{HERE}')}")
    one, assign = f"/cases/{opened.case_id}/do/assign_officers", f"/orders/new/assign?district={HERE}"
    shown = await supervisor.see(one)
    assert "甲消" in shown and "丙全" in shown and "乙矿" not in shown, "not offered"
    told = await supervisor.send(one, {"officers": "乙矿"})
    assert told.status_code == 409 and "inspector of other sectors" in told.text
    shown = await supervisor.see(assign)
    assert "乙矿 (" in shown and "丙全 (" not in shown, "over both sectors it is said who works in one alone"
    told = await supervisor.send(assign, {"officers": "甲消"})
    assert told.status_code == 409 and "first choose a sector" in told.text
    assert jobs(office.services.engine) == () and officers(office) == [(), ()]
    await supervisor.act(f"{assign}&sector=fire_safety", officers="甲消")
    assert [job.total for job in jobs(office.services.engine)] == [1]


@pytest.mark.clause("domain §7")
async def test_an_order_is_for_whom_the_table_of_deeds_says(office: Office, visitor: As) -> None:
    await office.open("06-03")
    inspector, supervisor = visitor(INSPECTOR), visitor(SUPERVISOR)
    assert "/orders/new/assign" not in await inspector.see("/cases")
    for what in ("assign", "reassign"):
        told = await inspector.client.post(f"/orders/new/{what}", data={"officers": "x", "from": "x", "to": "y"})
        assert told.status_code == 403, what
    elsewhere = await supervisor.client.post("/orders/new/note?district=650204", data={"text": "x"})
    assert elsewhere.status_code == 403
    empty = await supervisor.send("/orders/new/note", {"text": " "})
    assert empty.status_code == 422 and "fill it in" in empty.text
    assert (await supervisor.client.post("/orders/new/void", data={})).status_code == 422
    assert jobs(office.services.engine) == ()


@pytest.mark.clause("domain §5")
async def test_whoever_is_reminded_reads_it_and_by_whom(office: Office, visitor: As) -> None:
    case = await office.open("06-03")
    supervisor, inspector, engine = visitor(SUPERVISOR), visitor(INSPECTOR), office.services.engine
    enterprise = visitor(f"enterprise:李厂长@{HERE}", subject=case.case_id.split("/")[2])
    elsewhere = visitor("inspector:王五@650204")
    form = await supervisor.see("/orders/new/remind")
    assert "those whose turn it is are reminded (inspector: 1)." in form, form
    assert "If it is left empty the notice says" in form and "please deal with it" in form
    async with imports_worker(office.client, engine):
        for words in ("请于本周内排查", "再次提醒"):
            address = "/orders/new/remind"
            told = await supervisor.send(address, {"words": words})
            page = told.headers["location"].partition("?")[0]

            async def done(page: str = page) -> bool:
                return "1 of 1 done" in await supervisor.see(page)

            assert await eventually(done)
    assert "reminded within" not in form
    again = await supervisor.see("/orders/new/remind")
    assert "In 1 of them somebody was reminded within the last 7 days, last on 2027-06-03" in again, again
    order = await supervisor.see(page)
    assert "再次提醒" in order, order
    assert "every inspector of the district" in form and ">every inspector of the district<" in order, order
    assert case.case_id in order
    kept = await visitor("auditor:审计@650200").see(page.replace("/orders/", "/admin/jobs/"))
    assert "再次提醒" in kept and "<th>Told to</th>" in kept, "the same in the administration"
    inbox = await inspector.see("/inbox?topic=reminder")
    assert all(part in inbox for part in ("请于本周内排查", "再次提醒", "from 李四 · supervisor", case.case_id))
    assert inbox.count("please deal with it") == 2, "one notice a reminder"
    timeline = await inspector.see(f"/cases/{case.case_id}?tab=timeline")
    assert "请于本周内排查" in timeline and "李四" in timeline
    assert "请于本周内排查" not in await enterprise.see(f"/cases/{case.case_id}?tab=timeline"), "told to the inspector"
    assert "请于本周内排查" not in await elsewhere.see("/inbox")
    given = audit_page(engine, AuditFilter(kind="order_given"), 10)
    assert {(line.facts["order"], line.facts["words"]) for line in given} == {
        ("remind", "请于本周内排查"),
        ("remind", "再次提醒"),
    }


@pytest.mark.clause("domain §5")
async def test_a_reminder_that_nobody_of_the_enterprise_can_read_is_told_as_that(office: Office, visitor: As) -> None:
    supervisor, unread = visitor(SUPERVISOR), "nobody has an account to read it"
    case = await office.open("06-03")
    await case.record(finding("1", "H01"))
    await case.register("1")
    facts = SubjectFacts(name="A factory", district=HERE)
    add_subject(office.services.engine, subject_in(case.case_id), facts, actor(SUPERVISOR))
    assert f"Of 1 of the enterprises {unread}" in await supervisor.see("/orders/new/remind")
    async with imports_worker(office.client, office.services.engine):
        told = await supervisor.send("/orders/new/remind", {})
        page = told.headers["location"].partition("?")[0]

        async def done() -> bool:
            return "1 of 1 done" in await supervisor.see(page)

        assert await eventually(done)
    assert "nobody there has an account: serve it" in await supervisor.see(page)
    person(office.services, f"enterprise:李厂长@{HERE}", subject=subject_in(case.case_id))
    assert unread not in await supervisor.see("/orders/new/remind")
    assert "its people" in await supervisor.see(page)
