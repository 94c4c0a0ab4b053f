"""A year of working days is published: running cases count anew what lies ahead, and replay as they ran."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import Client

from desk.campaign import campaign_view, steer
from desk.working_days import Published, publish
from engine.connection import Services
from models.actors import Actor
from models.calendar_moved import CalendarMoved
from models.case import Finding
from models.plan import Plan
from models.refusals import Refused
from models.wire import CALENDAR_SIGNAL, Receipt
from models.working_days import WorkingDays, WorkingYear
from rules.clocks import table, working_days
from rules.clocks.periods import investigation_due, reinspection_due
from rules.files.plan_check import PlanFile, read_plan
from rules.plans import remember
from store.audit import AuditFilter, audit_page
from store.campaign_log import calendar_moves
from store.campaigns import add_campaign, campaign_of
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.verify import check_case, fold_case
from store.working_days import publications
from tests.cast import PLAN_PATH
from tests.durable.office import YEAR, CaseFile, Office, eventually, finding, instant
from tests.durable.publication import MADE_UP, learn_and_upgrade, publication
from tests.durable.test_campaign import HOUR, OFFICE, City, end_all, order
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workers.replay import replay_history


@pytest.fixture(autouse=True)
def before_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the process nor the library knows the campaign's year, whatever version is installed."""
    monkeypatch.setattr(working_days, "_learned", {})
    monkeypatch.setattr(working_days, "official_until", lambda: YEAR - 1)


async def owed_suspension(office: Office) -> CaseFile:
    """Owed since Tuesday 1 June; the decision is due on Friday 4 June, and by the calendar on Monday 7 June."""
    file = await office.open("06-01")
    await file.record(finding("F1", "V04"))
    await file.register("F1")
    await file.to("06-01 12:00")
    assert (await file.case()).musts[0].decide_by == instant("06-04 24:00")
    return file


def publish_for(office: Office, at: str = "06-01 11:00") -> object:
    return publication(office.services.engine, office.campaign, at)


@pytest.mark.clause("domain §5")
async def test_a_case_that_is_told_counts_anew_and_wakes_at_the_new_instant(office: Office) -> None:
    file = await owed_suspension(office)
    await file.handle.signal(CALENDAR_SIGNAL, publish_for(office))
    line = await file.logged("calendar_moved")
    assert isinstance(line.events[0], CalendarMoved) and line.events[0].working_days == MADE_UP
    assert (await file.case()).musts[0].decide_by == instant("06-07 24:00")
    assert (await file.attributes())["CaseDueAt"] == instant("06-07 24:00")
    await file.to("06-06 08:00")
    assert "deadline_passed" not in await file.steps()
    await file.to("06-08 08:00")
    assert (await file.log())[-1].at == instant("06-07 24:00")
    assert (await file.steps())[-1] == "deadline_passed"
    await file.intact()


@pytest.mark.clause("domain §5")
async def test_a_case_that_nobody_told_finds_the_publication_with_its_next_step(office: Office) -> None:
    file = await owed_suspension(office)
    publish_for(office)
    await file.to("06-05 08:00")
    assert "deadline_passed" not in await file.steps(), "the timer fell at the old instant, and found the new one"
    await file.do("propose_measure", must="suspend")
    case = await file.case()
    assert case.calendar == 1 and case.working_days.years == (MADE_UP,)
    assert case.musts[0].decide_by == instant("06-07 24:00")
    await file.do("approve_measure", "supervisor:Wang@650203", must="suspend")
    assert (await file.case()).musts[0].execute_by == instant("06-15 24:00"), "7 to 11 June, 14 and 15"
    await file.intact()


async def test_a_case_whose_opening_meets_the_publication_is_counted_by_it_from_the_beginning(office: Office) -> None:
    publish_for(office, "05-31 12:00")
    answer = await office.hand_in("06-01", "late", office.opening("late"))
    assert isinstance(answer, Receipt)
    file = office.file(answer.case_id)
    case = await file.case()
    assert case.calendar == 1 and case.working_days.years == (MADE_UP,)
    assert case.investigation_due_at == instant("06-23 24:00"), "two days off, a Saturday worked"
    await file.intact()


# ---------------------------------------------------------------- replay


@pytest.fixture
async def quick(client: Client, services: Services) -> AsyncIterator[Office]:
    """An office whose plan counts re-inspection in working days: no instant of it is ever written down."""
    words = PLAN_PATH.read_text(encoding="utf-8").replace('id = "karamay-2013"', 'id = "quick"', 1)
    for name in ("general", "major"):
        head = f"[clocks.reinspection_{name}]\ndays = 10\n"
        assert head in words
        words = words.replace(head, head.replace("days", "working_days"))
    read = read_plan(words, "quick.toml")
    assert isinstance(read, PlanFile), read
    remember(read.digest, read.plan)
    office = Office(client, services, add_campaign(services.engine, read, YEAR))
    async with cases_worker(client, services.engine):
        yield office
        await office.shut()


async def missed_reinspection(office: Office) -> CaseFile:
    """Due on Tuesday 25 May; re-inspection ten working days later, on 8 June; missed before the publication."""
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    await file.register("F1")
    await file.to("06-09 09:00")
    assert [step.at for step in await file.log() if step.do == "deadline_passed"] == [
        instant("05-25 24:00"), instant("06-08 24:00"),
    ]  # fmt: skip
    return file


@pytest.mark.clause("domain §5")
async def test_a_publication_that_comes_later_changes_no_step_of_a_replay(
    quick: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await missed_reinspection(quick)
    publish_for(quick, "06-09 08:00")
    await file.do("add_note", text="after the publication")
    kept = (await file.case()).findings[0].reinspect_by
    assert kept == instant("06-08 24:00"), "it was missed, and that stays"
    await file.intact()
    history = await file.history()
    learn_and_upgrade(monkeypatch)
    assert await replay_history(quick.services, history) == []
    await file.intact()


async def test_a_rule_that_counts_by_what_the_process_knows_fails_replay(
    quick: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await missed_reinspection(quick)
    history = await file.history()
    learn_and_upgrade(monkeypatch)

    def by_the_process(plan: Plan, finding: Finding, by: WorkingDays) -> datetime | None:
        return reinspection_due(plan, finding, None)  # type: ignore[arg-type]

    assert await replay_history(quick.services, history) == []
    monkeypatch.setattr(table, "reinspection_due", by_the_process)
    assert await replay_history(quick.services, history) != []


# ---------------------------------------------------------------- the whole campaign, by wall time


@pytest.fixture
async def city(client: Client, services: Services) -> AsyncIterator[City]:
    """With workers; at the end its campaigns are over."""
    async with cases_worker(client, services.engine), campaigns_worker(client, services.engine):
        yield City(client, services)
        await end_all(client, services)


def year_around(now: datetime) -> WorkingYear:
    """A made-up calendar: every weekday of a fortnight that begins in three days is off, as far as it is one year."""
    first = now.date() + timedelta(days=3)
    days = [first + timedelta(days=n) for n in range(14)]
    off = tuple(d for d in days if d.weekday() < 5 and d.year == first.year)
    return WorkingYear(year=first.year, source="a notice made up for tests", off=off)


@pytest.mark.clause("domain §5")
async def test_the_office_publishes_a_year_and_every_open_case_of_every_running_campaign_follows(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_days, "official_until", lambda: date.today().year + 1)
    city.subjects(9)
    now = datetime.now(UTC)
    campaign = await city.begin(-HOUR, 2 * HOUR, 3 * HOUR)
    over = await city.begin(-3, -2, -1, name="over")
    await city.certified(over)
    await city.tell(campaign, do="open_cases")
    cases = await city.opened(campaign, 9)
    before = {c: fold_case(city.engine, c).case for c in cases}
    year = year_around(now)

    refused = await publish(city.client, city.engine, year, Actor(role="supervisor", name="W", territory="650203"), "x")
    assert isinstance(refused, Refused) and refused.code == "role_not_permitted" and not publications(city.engine)
    told = await publish(city.client, city.engine, year, OFFICE, "the notice")
    assert isinstance(told, Published) and told.new and told.campaigns == (campaign.campaign_id,)

    async def all_follow() -> bool:
        return all("calendar_moved" in [t.do for t in timeline(city.engine, case)] for case in cases)

    await eventually(all_follow)
    for case_id in cases:
        case, old = fold_case(city.engine, case_id).case, before[case_id]
        by = old.working_days.knowing(year)
        assert case.investigation_due_at == investigation_due(campaign.plan, old.phases, old.opened_at, by)
        assert case.investigation_due_at > old.investigation_due_at and check_case(city.engine, case_id) == []
    [line] = calendar_moves(city.engine, campaign.campaign_id)
    assert (line["phase"], line["edge"], line["year"], line["by"]) == (
        "working_days", "published", year.year, str(OFFICE),
    )  # fmt: skip
    assert calendar_moves(city.engine, over.campaign_id) == []

    again = await publish(city.client, city.engine, year, OFFICE, "sent again")
    assert isinstance(again, Published) and not again.new and again.publication == told.publication
    somebody_else = OFFICE.model_copy(update={"name": "Another"})
    another = await publish(city.client, city.engine, year, somebody_else, "sent by another")
    assert isinstance(another, Published) and another.campaigns == told.campaigns
    noted = audit_page(city.engine, AuditFilter(kind="command_refused"), 10)
    assert [line.by.name for line in noted] == ["W"], "nobody else was refused anything"
    view = await campaign_view(city.client, campaign.campaign_id)
    assert view is not None and view.state.calendar == 1, "told twice, moved once"
    city.subjects(1, "newcomer")
    await city.tell(campaign, do="open_cases")
    [newcomer] = [c for c in await city.opened(campaign, 10) if "newcomer" in c]
    opened = fold_case(city.engine, newcomer).case
    assert opened.working_days.years == (year,) and opened.calendar == 1
    assert "calendar_moved" not in [t.do for t in timeline(city.engine, newcomer)]


async def test_a_boundary_and_a_publication_are_numbered_by_one_writer(city: City) -> None:
    city.subjects(2)
    campaign = await city.begin(-HOUR, 2 * HOUR, 3 * HOUR)
    await city.tell(campaign, do="open_cases")
    cases = await city.opened(campaign, 2)
    year = year_around(datetime.now(UTC))
    days = year.model_dump(mode="json")
    wrong = {**days, "on": days["off"]}
    refused = await city.tell(campaign, do="publish_working_days", days=wrong, reason="x")  # type: ignore[arg-type]
    assert isinstance(refused, Refused) and refused.code == "working_days_wrong"
    to = (campaign.phases[1].ends_at - timedelta(seconds=600)).isoformat()
    moving = order(do="move_boundary", phase="rectification", edge="ends", to=to, reason="inspection")
    await publish(city.client, city.engine, year, OFFICE, "the notice")
    assert not isinstance(await steer(city.client, city.engine, campaign, moving), Refused)
    assert [m["phase"] for m in calendar_moves(city.engine, campaign.campaign_id)] == ["working_days", "rectification"]
    now = campaign_of(city.engine, campaign.campaign_id)

    async def all_follow() -> bool:
        rows = cases_by_id(city.engine, CaseFilter(campaign_id=campaign.campaign_id), 10)
        folded = [fold_case(city.engine, row.case_id).case for row in rows]
        return all((c.calendar, c.phases, c.working_days.years) == (2, now.phases, (year,)) for c in folded)

    await eventually(all_follow)
    assert all(check_case(city.engine, case) == [] for case in cases)
