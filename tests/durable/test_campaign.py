"""A campaign from its opening to its certificate, on the real server, in seconds: its boundaries are instants."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities import open_cases
from activities.open_cases import open_step
from activities.steer import steering_steps
from desk.campaign import campaign_view, run_campaign, steer
from engine.connection import Services
from engine.hand_in import open_case, submit
from models.campaign import (
    CAMPAIGN_COMMAND,
    CAMPAIGNS_QUEUE,
    OPEN_ACTIVITY,
    AnyCampaignCommand,
    Batch,
    BatchDone,
    CampaignSubmission,
    CampaignView,
    workflow_id,
)
from models.commands import Open
from models.instants import say_due, show_instant
from models.refusals import Refused
from models.register import SubjectFacts
from models.wire import Receipt
from rules.files.plan_check import PlanFile, read_plan
from rules.plans import remember
from store.audit import AuditFilter, audit_page
from store.campaign_log import calendar_moves, campaign_lines, outlook
from store.campaigns import Campaign, add_campaign, campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.certificate import CasesStillOpen, carried_over, certificate_of, certify, take_over
from store.subjects import add_subject, cease_subject, merge_subjects
from tests import cast
from tests.cast import INSPECTOR, PLAN_PATH
from tests.durable.forger import Forger
from tests.durable.office import command, eventually, finding
from views.timeline import timeline_document
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workflows.campaign import CampaignWorkflow

OFFICE = cast.actor(cast.OFFICE)
HOUR = 3600


def plan_in_seconds(began: datetime, ends: tuple[int, int, int], name: str = "trial") -> PlanFile:
    """The shipped plan, begun two months ago, its three phases ending so many seconds from now."""
    words = PLAN_PATH.read_text(encoding="utf-8").replace('id = "karamay-2013"', f'id = "{name}"', 1)
    at = [show_instant(began + timedelta(seconds=s)) for s in (-60 * 24 * HOUR, *ends)]
    dates = {
        'begins = "05-05"': 0, 'ends = "05-31"': 1, 'begins = "06-01"': 1, 'ends = "10-31"': 2,
        'begins = "11-01"': 2, 'ends = "12-31"': 3, 'plan_due = "05-17"': 0, 'look_back_on = "12-15"': 3,
    }  # fmt: skip
    for written, place in dates.items():
        words = words.replace(written, f'{written.split(" = ")[0]} = "{at[place]}"')
    read = read_plan(words, f"{name}.toml")
    assert isinstance(read, PlanFile), read
    remember(read.digest, read.plan)
    return read


class City:
    """A register of subjects, a campaign of seconds, its workers."""

    def __init__(self, client: Client, services: Services) -> None:
        self.client, self.services, self.engine = client, services, services.engine

    def subjects(self, number: int, name: str = "s") -> list[str]:
        ids = [f"{name}-{n:03d}" for n in range(number)]
        for subject in ids:
            facts = SubjectFacts(name=f"Works {subject}", district="650203", sector="fire_safety")
            add_subject(self.engine, subject, facts, OFFICE)
        return ids

    async def begin(self, *ends: int, name: str = "trial") -> Campaign:
        now = datetime.now(UTC).replace(microsecond=0)
        read = plan_in_seconds(now, (ends[0], ends[1], ends[2]), name)
        campaign = add_campaign(self.engine, read, now.year)
        await run_campaign(self.client, campaign, settle_within=2)
        return campaign

    async def tell(self, campaign: Campaign, **facts: str) -> CampaignView | Refused:
        return await steer(self.client, self.engine, campaign, order(**facts))

    async def opened(self, campaign: Campaign, number: int) -> list[str]:
        async def all_there() -> list[str] | None:
            found = [c.case_id for c in cases_by_id(self.engine, CaseFilter(campaign_id=campaign.campaign_id), 1000)]
            return found if len(found) >= number else None

        found = await eventually(all_there)
        assert found is not None
        return found

    async def certified(self, campaign: Campaign) -> None:
        async def there() -> bool:
            return certificate_of(self.engine, campaign.campaign_id) is not None

        await eventually(there, within=60)


def order(**facts: str) -> AnyCampaignCommand:
    given = {"by": str(OFFICE), "command_id": str(uuid4()), **facts}
    return CAMPAIGN_COMMAND.validate_python(given)


@pytest.fixture
async def city(client: Client, services: Services) -> AsyncIterator[City]:
    """With workers; at the end its campaigns are over."""
    async with cases_worker(client, services.engine), campaigns_worker(client, services.engine):
        yield City(client, services)
        await end_all(client, services)


async def end_all(client: Client, services: Services) -> None:
    """No workflow of this test may meet the next one: first the campaigns, which open cases, then the cases."""
    for statement, name_of in (
        ("SELECT campaign_id FROM campaigns", workflow_id),
        ("SELECT case_id FROM cases WHERE outcome IS NULL", str),
    ):
        with services.engine.connect() as connection:
            names = [name_of(name) for name in connection.execute(text(statement)).scalars()]
        for name in names:
            with suppress(RPCError):
                await client.get_workflow_handle(name).terminate("the test is over")


async def test_what_counts_as_opened_is_in_the_record_even_if_the_end_comes_at_once(city: City) -> None:
    city.subjects(130)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    await city.tell(campaign, do="open_cases")

    async def through() -> CampaignView | None:
        view = await campaign_view(city.client, campaign.campaign_id)
        return view if view is not None and view.state.opening is None else None

    view = await eventually(through)
    assert view is not None and view.state.opened == 130
    await city.tell(campaign, do="complete_now", reason="over")
    await city.certified(campaign)
    account = certificate_of(city.engine, campaign.campaign_id)
    assert account is not None and (account.opened, account.outcomes) == (130, {"carried_over": 130})


async def test_every_active_subject_gets_one_case_and_nobody_a_second(city: City) -> None:
    subjects = city.subjects(130)
    merge_subjects(city.engine, subjects[1], subjects[0], OFFICE, "the same works")
    cease_subject(city.engine, subjects[2], 1, datetime.now(UTC).date(), OFFICE, "closed down")
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    first = order(do="open_cases")
    assert isinstance(await steer(city.client, city.engine, campaign, first), CampaignView)
    opened = await city.opened(campaign, 128)
    assert opened == [f"case/{campaign.campaign_id}/{s}" for s in (subjects[0], *subjects[3:])]
    await city.tell(campaign, do="open_cases")
    city.subjects(2, "later")
    await city.tell(campaign, do="open_cases")
    assert len(await city.opened(campaign, 130)) == 130
    line = timeline(city.engine, opened[0])[0]
    assert line.by == OFFICE and line.do == "open"


@pytest.mark.clause("3.1")
async def test_a_case_that_somebody_opens_while_all_are_opened_has_no_second_one_beside_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, subject = asyncio.get_running_loop(), city.subjects(2)[0]
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    look = open_cases.awaiting_cases

    def opened_meanwhile(*asked: Any) -> Any:
        found = look(*asked)
        facts = {"name": f"Works {subject}", "district": "650203", "sector": "fire_safety"}
        opening = command("open", by=INSPECTOR, subject=facts)
        assert isinstance(opening, Open)
        by_hand = open_case(city.client, city.engine, campaign, subject, opening)
        assert isinstance(asyncio.run_coroutine_threadsafe(by_hand, loop).result(60), Receipt)
        monkeypatch.undo()
        return found

    monkeypatch.setattr(open_cases, "awaiting_cases", opened_meanwhile)
    await city.tell(campaign, do="open_cases")
    opened = await city.opened(campaign, 2)
    assert opened == [f"case/{campaign.campaign_id}/s-{n:03d}" for n in range(2)]


async def test_an_opening_that_reaches_the_record_after_the_certificate_is_refused(city: City) -> None:
    """Decided in time, recorded too late: it waited for the database while the campaign ended."""
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    certify(city.engine, campaign.campaign_id, campaign.now())
    opening = command("open", subject={"name": "Late works", "district": "650203", "sector": "fire_safety"})
    assert isinstance(opening, Open)
    answer = await open_case(city.client, city.engine, campaign, "late", opening)
    assert isinstance(answer, Refused) and answer.code == "campaign_not_running"
    run = city.client.get_workflow_handle(f"case/{campaign.campaign_id}/late")
    assert await asyncio.wait_for(run.result(), 20) is None, "it waits for nothing"
    assert cases_by_id(city.engine, CaseFilter(campaign_id=campaign.campaign_id), 1) == ()


async def test_a_subject_that_no_case_can_be_opened_of_is_named_with_the_reason_until_it_can(city: City) -> None:
    subject, *_ = city.subjects(2)
    add_subject(city.engine, "astray", SubjectFacts(name="Works abroad", district="999999"), OFFICE)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    await city.tell(campaign, do="open_cases")
    await city.opened(campaign, 2)

    def named() -> list[tuple[str, str]]:
        ahead = outlook(city.engine, campaign.campaign_id, campaign.now(), campaign.now())
        return [(s.subject_id, s.code) for s in ahead.not_opened]

    async def told() -> bool:
        return named() == [("astray", "unknown_district")]

    assert await eventually(told)
    merge_subjects(city.engine, "astray", subject, OFFICE, "the same works")
    assert named() == []


async def test_who_asks_for_openings_during_the_first_batch_is_heard(client: Client, services: Services) -> None:
    city, read, answer = City(client, services), asyncio.Event(), asyncio.Event()
    open_batch = open_step(client, services.engine)

    @activity.defn(name=OPEN_ACTIVITY)
    async def slow_to_answer(batch: Batch) -> BatchDone:
        done = await open_batch(batch)
        read.set()
        await answer.wait()
        return done

    slow = Worker(client, task_queue=CAMPAIGNS_QUEUE, workflows=[CampaignWorkflow],
                  activities=[slow_to_answer, *steering_steps(services.engine)],
                  activity_executor=ThreadPoolExecutor(2), workflow_runner=UnsandboxedWorkflowRunner())  # fmt: skip
    async with cases_worker(client, services.engine), slow:
        city.subjects(3)
        campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
        await city.tell(campaign, do="open_cases")
        await asyncio.wait_for(read.wait(), 20)
        city.subjects(2, "before-them-in-the-alphabet")
        await city.tell(campaign, do="open_cases")
        answer.set()
        assert len(await city.opened(campaign, 5)) == 5
        await end_all(client, services)


async def test_openings_that_nobody_proves_to_have_ordered_open_nothing(city: City) -> None:
    """Handed in without a claim, with a claim and no order, and (as from before orders were signed) to the worker."""
    city.subjects(2)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    forger, asked = await Forger.of(city.services), order(do="open_cases")
    handle = forger.client.get_workflow_handle(workflow_id(campaign.campaign_id))
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("submit", CampaignSubmission(command=asked), result_type=CampaignView)
    claim = forger.claim(asked, workflow_id(campaign.campaign_id))
    unordered = CampaignSubmission(command=asked, claim=claim)
    await handle.execute_update("submit", unordered, result_type=CampaignView)

    async def told() -> bool:
        lines = [line.body for line in campaign_lines(city.engine, campaign.campaign_id) if line.do == "not_opened"]
        return lines == [{"s-000": "unclaimed", "s-001": "unclaimed"}]

    assert await eventually(told)
    open_batch = open_step(city.client, city.engine)
    given = city.services.signer.order(OFFICE, "open_cases", workflow_id("another"), "another", "sha256:1")
    batch = Batch(campaign_id=campaign.campaign_id, by=OFFICE, order=given)
    assert (await ActivityEnvironment().run(open_batch, batch)).done == 0
    await city.tell(campaign, do="open_cases")
    assert len(await city.opened(campaign, 2)) == 2, "the office asks for it"


async def test_from_the_opening_to_the_certificate_no_case_is_lost(city: City) -> None:
    city.subjects(24)
    campaign = await city.begin(6, 8, 14)
    await city.tell(campaign, do="open_cases")
    cases = await city.opened(campaign, 24)
    for case_id in cases[:3]:
        found = command("record_findings", findings=[finding("F1", "V04")])
        assert isinstance(await submit(city.client, city.engine, case_id, found), Receipt)
        registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
        assert isinstance(await submit(city.client, city.engine, case_id, registered), Receipt)
    nothing = {"licensed": True, "major_hazard": False, "lawful": True}
    lawful = command("record_findings", findings=[], answers=nothing)
    assert isinstance(await submit(city.client, city.engine, cases[3], lawful), Receipt)
    with pytest.raises(CasesStillOpen):
        certify(city.engine, campaign.campaign_id, datetime.now(UTC))

    await city.certified(campaign)
    account = certificate_of(city.engine, campaign.campaign_id)
    assert account is not None
    assert (account.opened, account.outcomes) == (24, {"compliant": 1, "carried_over": 23})
    left = carried_over(city.engine, campaign.campaign_id, limit=100)
    assert len(left) == 23
    assert [c.musts for c in left[:3]] == [("suspend-1",)] * 3, "each by what is unmet"
    logged = [line.do for line in campaign_lines(city.engine, campaign.campaign_id)]
    logged.remove("cases_opened")  # in the first phase, or the second where the machine is busy
    assert logged == ["phase_began", "phase_began", "phase_began", "certificate_issued", "certified"]
    assert isinstance(refused := await city.tell(campaign, do="open_cases"), Refused)
    assert refused.code == "campaign_over"

    following = add_campaign(city.engine, plan_in_seconds(datetime.now(UTC), (HOUR, 2 * HOUR, 3 * HOUR), "next"), 2027)
    assert take_over(city.engine, following.campaign_id, campaign.campaign_id) == 23
    await run_campaign(city.client, following)
    await city.tell(following, do="open_cases")
    again = await city.opened(following, 24)
    assert timeline(city.engine, again[0])[0].note == f"结转自 carried over from {cases[0]}"


async def test_an_order_to_complete_ends_it_now_and_only_the_office_may(city: City) -> None:
    city.subjects(5)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    await city.tell(campaign, do="open_cases")
    await city.opened(campaign, 5)
    refused = await city.tell(campaign, do="complete_now", reason="over", by=INSPECTOR)
    assert isinstance(refused, Refused) and refused.code == "role_not_permitted"
    [line] = audit_page(city.engine, AuditFilter(kind="command_refused"), 5)
    facts = {"code": "role_not_permitted", "deed": "complete_now", "campaign": campaign.campaign_id}
    assert line.facts.items() >= facts.items()
    late, double = city.subjects(2, "late")
    merge_subjects(city.engine, double, "s-000", OFFICE, "the same works")
    cease_subject(city.engine, "s-004", 1, datetime.now(UTC).date(), OFFICE, "closed down")
    assert not isinstance(await city.tell(campaign, do="complete_now", reason="by decision of the city"), Refused)
    await city.certified(campaign)
    account = certificate_of(city.engine, campaign.campaign_id)
    assert account is not None and account.outcomes == {"carried_over": 5}
    assert account.without_case == 1, f"{late} has no case, and the account says so"
    ahead = outlook(city.engine, campaign.campaign_id, campaign.now(), campaign.now())
    assert (ahead.subjects, ahead.with_case) == (5, 4), "and so does the status: what has ceased makes up for nobody"


async def test_a_moved_boundary_reaches_every_open_case_and_is_recorded_with_who_and_why(city: City) -> None:
    city.subjects(12)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    await city.tell(campaign, do="open_cases")
    cases = await city.opened(campaign, 12)
    to = campaign.phases[0].ends_at - timedelta(seconds=600)
    moving = order(do="move_boundary", phase="investigation", edge="ends", to=to.isoformat(), reason="inspection")
    views = await asyncio.gather(*(steer(city.client, city.engine, campaign, moving) for _ in range(2)))
    assert [isinstance(v, CampaignView) and v.state.calendar for v in views] == [1, 1], "sent twice, moved once"

    async def all_follow() -> bool:
        return all("calendar_moved" in [t.do for t in timeline(city.engine, case)] for case in cases)

    await eventually(all_follow)
    [told] = calendar_moves(city.engine, campaign.campaign_id)
    assert (told["by"], told["reason"], told["new_at"]) == (str(OFFICE), "inspection", to)
    now = campaign_of(city.engine, campaign.campaign_id)
    assert (now.calendar, now.phases[0].ends_at, now.phases[1].begins_at) == (1, to, to)
    view = await campaign_view(city.client, campaign.campaign_id)
    assert view is not None and view.state.phases == now.phases
    late = await city.tell(
        campaign, do="move_boundary", phase="investigation", edge="begins", to=to.isoformat(), reason="too late"
    )
    assert isinstance(late, Refused) and late.code == "boundary_passed"
    steered = audit_page(city.engine, AuditFilter(kind="campaign_steered"), 10)
    assert [line.facts["deed"] for line in steered] == ["move_boundary", "open_cases"], "sent twice, one line"
    line = steered[0]
    assert (line.by.role, line.facts["reason"], line.facts["phase"]) == ("office", "inspection", "investigation")
    assert (line.facts["since"], line.facts["until"]) == (say_due(campaign.phases[0].ends_at), say_due(to))
    log = timeline(city.engine, cases[0])
    shown = timeline_document(campaign.plan, cases[0], log, calendar_moves(city.engine, campaign.campaign_id)).timeline
    moved = next(one for one in shown if one.do == "calendar_moved")
    assert (moved.by, moved.ordered_by, moved.basis) == ("clock", str(OFFICE), "inspection")
    assert {one.basis for one in shown if one.do != "calendar_moved"} == {None}


async def test_a_case_whose_workflow_is_lost_settles_all_the_same(city: City) -> None:
    city.subjects(3)
    campaign = await city.begin(4, 5, 7)
    await city.tell(campaign, do="open_cases")
    cases = await city.opened(campaign, 3)
    await city.client.get_workflow_handle(cases[1]).terminate("an accident")
    await city.certified(campaign)
    account = certificate_of(city.engine, campaign.campaign_id)
    assert account is not None and account.outcomes == {"carried_over": 3}
