"""What the office does by the clock: a miss told once a level, a digest a week, a verification that mends."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, ScheduleRange
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.housekeeping import chores
from demo.play import Stage
from engine.connection import Services
from engine.schedules import _TIMES, Planned, due_before, ensure_schedules, pause, planned, resume, run_now
from models.housekeeping import CHORES, HOUSEKEEPING_WORKFLOW, Chore, ChoreDone
from models.wire import NOTICES_QUEUE
from rules.clocks import working_days
from store.campaigns import Campaign
from store.inbox import InboxFilter, inbox_page
from store.reminders import remind, reminders
from store.reports import Report, digest, keep_report, reports
from tests.durable.office import YEAR, Office, command, eventually, finding, instant
from tests.durable.publication import publication
from tests.store.paper import on_paper, write
from workers.check import verify_all
from workers.notices import notices_worker
from workflows.housekeeping import HousekeepingWorkflow


def late_case(services: Services, campaign: Campaign, subject: str = "a") -> None:
    """A hazard whose rectification was due on 25 May, and whose re-inspection on 4 June."""
    steps = [
        ("05-10", command("record_findings", findings=[finding("F1", "H05")])),
        ("05-10 10:00", command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])),
    ]
    case_id = f"case/{campaign.campaign_id}/{subject}"
    write(services.engine, campaign.plan, on_paper(campaign, case_id, steps, "06-20"))


@pytest.mark.clause("domain §5")
def test_a_missed_deadline_is_told_once_to_each_level_that_it_reaches(services: Services, campaign: Campaign) -> None:
    late_case(services, campaign)

    def told(when: str) -> tuple[int, list[tuple[str, str]]]:
        count = remind(services.engine, campaign.plan, campaign.campaign_id, instant(when))
        return count, sorted((r["clock"], r["level"]) for r in reminders(services.engine))

    assert told("05-25") == (0, [])
    assert told("05-26") == (1, [("rectification", "inspector")])
    assert told("05-27") == (0, [("rectification", "inspector")]), "told before"
    both = [("rectification", "inspector"), ("rectification", "supervisor")]
    assert told("06-02") == (1, both), "a week later it has risen"
    skipped = [("rectification", "office"), ("reinspection", "office")]
    assert told("06-20") == (2, sorted([*both, *skipped])), "a night that was missed loses its lower levels only"
    assert [r["clock"] for r in reminders(services.engine, level="supervisor")] == ["rectification"]
    assert reminders(services.engine, district="650204") == []
    notices = inbox_page(services.engine, InboxFilter(topic="reminder"), 10)
    assert sorted((n.what, *n.about, n.role) for n in notices) == [
        ("missed_rectification", "F1", "inspector"),
        ("missed_rectification", "F1", "office"),
        ("missed_rectification", "F1", "supervisor"),
        ("missed_reinspection", "F1", "office"),
    ], "each is read in the inbox"


def test_a_digest_counts_the_week_by_district_and_is_kept_once_a_week(services: Services, campaign: Campaign) -> None:
    late_case(services, campaign)
    late_case(services, campaign, "b")
    now = instant("06-20")
    [here] = digest(services.engine, campaign.campaign_id, now, now - timedelta(days=60))["districts"]
    assert (here["district"], here["opened"], here["open"], here["late"], here["duties_late"]) == (
        "650203", 2, 2, 2, 2,
    )  # fmt: skip
    [this_week] = digest(services.engine, campaign.campaign_id, now, now - timedelta(days=7))["districts"]
    assert this_week["opened"] == 0
    report = Report(kind="digest", campaign_id=campaign.campaign_id, at=now, key="2027-W24", body={"n": 1})
    assert keep_report(services.engine, report)
    assert not keep_report(services.engine, report.model_copy(update={"body": {"n": 2}}))
    assert [r.body for r in reports(services.engine, kind="digest")] == [{"n": 1}]


@pytest.fixture
async def office_hours(client: Client, services: Services) -> AsyncIterator[Client]:
    async with notices_worker(client, services.engine, services.files):
        yield client


async def test_the_schedules_are_there_whoever_starts_first_and_run_when_asked(
    office_hours: Client, services: Services, campaign: Campaign
) -> None:
    await ensure_schedules(office_hours)
    await ensure_schedules(office_hours)
    plans = await planned(office_hours)
    assert [p.chore for p in plans] == list(CHORES)
    assert all(p.next_at is not None for p in plans)
    late_case(services, campaign)
    await run_now(office_hours, "verify")

    async def verified() -> list[Report]:
        return [r for r in reports(services.engine, kind="verify") if r.body["checked"]]

    [report] = await eventually(verified)
    assert report.body["checked"] == 1
    assert [d["what"] for d in report.body["differences"]] == ["open in the record, but no workflow runs"]


@pytest.mark.parametrize(
    ("chore", "now", "due"),
    [
        ("remind", "2026-11-29T07:29:59+08:00", "2026-11-28T07:30:00+08:00"),
        ("remind", "2026-11-29T07:30:00+08:00", "2026-11-29T07:30:00+08:00"),
        ("digest", "2026-11-29T12:00:00+08:00", "2026-11-23T08:00:00+08:00"),
        ("digest", "2026-11-30T07:59:00+08:00", "2026-11-23T08:00:00+08:00"),
        ("digest", "2026-11-30T08:00:00+08:00", "2026-11-30T08:00:00+08:00"),
        ("verify", "2026-03-01T02:29:00+08:00", "2026-02-28T02:30:00+08:00"),
        ("seal", "2026-03-01T00:04:00+08:00", "2026-02-28T23:05:00+08:00"),
    ],
)
def test_when_a_chore_was_due_last(chore: Chore, now: str, due: str) -> None:
    assert due_before(chore, datetime.fromisoformat(now)) == datetime.fromisoformat(due)


async def test_what_an_operator_paused_stays_paused_when_a_worker_starts(
    schedules: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pause(schedules, "remind")
    handle = schedules.get_schedule_handle("housekeeping-remind")

    async def updated() -> list[datetime | None]:
        every = [schedules.get_schedule_handle(f"housekeeping-{chore}") for chore in CHORES]
        return [(await one.describe()).info.last_updated_at for one in every]

    before = await updated()
    await ensure_schedules(schedules)
    assert await updated() == before, "nothing differs: no update"
    [remind, *others] = await planned(schedules)
    assert remind.paused
    assert [p.paused for p in others] == [False] * (len(CHORES) - 1)

    noon = replace(_TIMES["remind"], hour=(ScheduleRange(4),))  # another version has another time
    monkeypatch.setitem(_TIMES, "remind", noon)
    await ensure_schedules(schedules)
    [remind, *_] = await planned(schedules)
    assert remind.paused
    assert [c.hour for c in (await handle.describe()).schedule.spec.calendars] == [noon.hour]
    await resume(schedules, "remind")
    [remind, *_] = await planned(schedules)
    assert not remind.paused
    assert remind.next_at is not None and remind.next_at.hour == 4


async def test_a_run_that_was_due_and_not_made_is_told_until_one_is(schedules: Client) -> None:
    later = datetime.now(UTC) + timedelta(days=9)
    assert [p.missed_at for p in await planned(schedules)] == [None] * len(CHORES), (
        "a schedule that is new has missed nothing"
    )
    for told in await planned(schedules, later):
        assert told.missed_at == due_before(told.chore, later - timedelta(minutes=10))
    await run_now(schedules, "verify")

    async def made() -> list[Planned]:
        return [p for p in await planned(schedules) if p.last_at is not None]

    [verify] = await eventually(made)
    assert verify.last_at is not None
    again = await planned(schedules, due_before("verify", verify.last_at + timedelta(days=1)) + timedelta(minutes=9))
    assert {p.chore: p.missed_at for p in again}["verify"] is None, "its time to begin is not over"
    [waiting] = [p for p in await planned(schedules) if p.chore == "verify"]
    assert (waiting.too_late, waiting.skipped) == (0, 0)


async def test_the_nightly_verification_brings_a_lost_case_back_to_life(office: Office) -> None:
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    await file.handle.terminate("an accident")
    client, engine, files = office.client, office.services.engine, office.services.files
    checked, differences = await verify_all(client, engine, files, None)
    assert (checked, [d["case_id"] for d in differences]) == (1, [file.case_id])
    await file.do("add_note", text="it takes commands again")
    assert await verify_all(client, engine, files, None) == (1, [])
    await file.intact()


async def test_the_nightly_verification_has_a_case_learn_each_step_that_it_lost(office: Office) -> None:
    """Else what the lost step set a date for would have no timer."""
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    client, engine, files = office.client, office.services.engine, office.services.files
    for lost in (
        command("register", assignments=[{"ref": "F1", "responsible": "Sun"}]),
        command("add_note", text="lost as well"),
    ):
        await file.lose(lost)
        _, differences = await verify_all(client, engine, files, None)
        assert [d["code"] for d in differences] == ["workflow_behind"]
        await eventually(file.caught_up)
    assert (await file.attributes())["CaseDueAt"] == (await file.case()).findings[0].due_at
    assert await verify_all(client, engine, files, None) == (1, [])
    await file.intact()


async def test_a_case_that_comes_back_to_life_hears_of_the_moves_that_it_slept_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_days, "_learned", {})
    monkeypatch.setattr(working_days, "official_until", lambda: YEAR - 1)
    file = await office.open("06-01")
    await file.handle.terminate("an accident")
    move = publication(office.services.engine, office.campaign, "06-01 11:00")
    client, engine, files = office.client, office.services.engine, office.services.files
    await verify_all(client, engine, files, None)
    await file.logged("calendar_moved")
    assert (await file.case()).calendar == move.number == 1
    assert await verify_all(client, engine, files, None) == (1, [])
    await file.intact()


async def test_what_was_missed_in_nights_that_a_demonstration_passes_over_is_told(office: Office) -> None:
    """Its pages say how far what was missed has risen: so those were told."""
    file = await office.open("05-10")
    await file.record(finding("F1", "H01"))
    await file.to("06-20 08:00")
    stage = Stage(office.client, office.services.engine, office.campaign)
    await stage.play((), instant("06-20 08:00"), lambda _: None)
    assert {one["level"] for one in reminders(office.services.engine)} == {"office"}


def failing_until(services: Services, tries: list[int], *, enough: int) -> list[Callable[..., Any]]:
    """The activity of a verification to which the database is away, until it has been tried so often."""

    async def away() -> tuple[int, list[dict[str, str]]]:
        tries.append(1)
        if len(tries) < enough:
            raise ConnectionError("the database is away")
        return 7, []

    return [step for step in chores(services.engine, services.files, away, list) if step.__name__ == "verify_step"]


async def test_a_chore_is_tried_until_it_succeeds(client: Client, services: Services) -> None:
    """For hours, if need be: the next one may be a week away."""
    tries: list[int] = []
    queue, chore = f"chores-{uuid4().hex[:6]}", "verify"
    steps = failing_until(services, tries, enough=30)
    async with Worker(client, task_queue=queue, workflows=[HousekeepingWorkflow], activities=steps):
        handle = await client.start_workflow(
            HOUSEKEEPING_WORKFLOW, chore, id=queue, task_queue=queue, result_type=ChoreDone
        )
        await TimeSkipper(client).fast_forward(handle)
        assert (await handle.result(), len(tries)) == (ChoreDone(counted=7), 30)


async def test_a_run_that_fails_again_and_again_is_told_until_it_succeeds(
    schedules: Client, services: Services
) -> None:
    tries: list[int] = []
    steps = failing_until(services, tries, enough=3)
    began, later = datetime.now(UTC), datetime.now(UTC) + timedelta(minutes=11)

    async def verify(now: datetime) -> Planned:
        return next(p for p in await planned(schedules, now) if p.chore == "verify")

    async def failing() -> datetime | None:
        return (await verify(later)).failing_since

    async with Worker(schedules, task_queue=NOTICES_QUEUE, workflows=[HousekeepingWorkflow], activities=steps):
        await run_now(schedules, "verify")
        since = await eventually(failing)
        assert since is not None and began <= since < later
        assert (await verify(since + timedelta(minutes=9))).failing_since is None, "not for long yet"

        async def over() -> bool:
            return len(tries) == 3 and await failing() is None

        await eventually(over)
