"""Campaigns: a plan pinned for a year, its calendar, its clock."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json
from sqlalchemy import Engine, RowMapping, text

from models.base import Frozen
from models.case import EarlierOrder
from models.plan import PhaseDates, Plan
from models.wire import CaseStart
from models.working_days import WorkingDays, WorkingYear
from rules.clocks.working_days import learn, pinned
from rules.files.plan_check import PlanFile, digest_of
from rules.plans import load_with, remember
from store.working_days import YEARS


class Campaign(Frozen):
    """A campaign that was started; `clock_offset` seconds are added to wall time (zero but in demo and rehearsal).

    `phases` is its calendar after `calendar` moves, `working_days` what a case that is opened now counts by.
    """

    campaign_id: str
    year: int
    digest: str
    plan: Plan
    phases: tuple[PhaseDates, ...]
    calendar: int = 0
    working_days: WorkingDays = WorkingDays()
    clock_offset: int = 0

    def now(self, wall: datetime | None = None) -> datetime:
        """The campaign's own now."""
        return (wall or datetime.now(UTC)) + timedelta(seconds=self.clock_offset)

    def case_start(self, case_id: str, earlier_orders: tuple[EarlierOrder, ...] = ()) -> CaseStart:
        """How a case of the campaign begins, as it stands now."""
        return CaseStart(
            case_id=case_id,
            digest=self.digest,
            phases=self.phases,
            calendar=self.calendar,
            working_days=self.working_days,
            earlier_orders=earlier_orders,
            clock_offset=self.clock_offset,
        )


class UnknownCampaign(LookupError):
    """There is no campaign of that id."""


class UnknownPlan(LookupError):
    """No campaign pins a plan of that digest."""


class UnreadablePlan(ValueError):
    """A campaign pins a plan that this version of the program cannot read."""


def campaign_id_of(plan: Plan, year: int) -> str:
    """`{plan}-{year}`; a plan that names its own year keeps its id for that year."""
    return plan.id if plan.id.endswith(f"-{year}") else f"{plan.id}-{year}"


def add_campaign(engine: Engine, read: PlanFile, year: int, clock_offset: int = 0) -> Campaign:
    """Pin the plan for the year; started twice with the same plan it is the same campaign, else ValueError."""
    campaign_id = campaign_id_of(read.plan, year)
    phases = read.plan.calendar(year)
    with engine.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO campaigns (campaign_id, plan_id, year, digest, plan, phases, clock_offset)
            VALUES (:campaign_id, :plan_id, :year, :digest, :plan, CAST(:phases AS jsonb), :clock_offset)
            ON CONFLICT (campaign_id) DO NOTHING
            """),
            {
                "campaign_id": campaign_id,
                "plan_id": read.plan.id,
                "year": year,
                "digest": read.digest,
                "plan": read.content,
                "phases": to_json(phases).decode(),
                "clock_offset": clock_offset,
            },
        )
    campaign = campaign_of(engine, campaign_id)
    if campaign.digest != read.digest:
        raise ValueError(f"{campaign_id} runs under another version of the plan ({campaign.digest})")
    return campaign


def campaign_of(engine: Engine, campaign_id: str) -> Campaign:
    """The campaign of that id; UnknownCampaign if there is none."""
    found = _campaigns(engine, "WHERE campaign_id = :campaign_id", campaign_id=campaign_id)
    if not found:
        raise UnknownCampaign(campaign_id)
    return found[0]


def campaigns(engine: Engine) -> tuple[Campaign, ...]:
    """Every campaign, newest first."""
    return _campaigns(engine, "ORDER BY started_at DESC, campaign_id")


def clock_offset(engine: Engine, campaign_id: str) -> timedelta:
    """How far the campaign's own clock is ahead of the wall's."""
    sql = text("SELECT clock_offset FROM campaigns WHERE campaign_id = :campaign_id")
    with engine.connect() as connection:
        return timedelta(seconds=connection.execute(sql, {"campaign_id": campaign_id}).scalar() or 0)


def move_clock(engine: Engine, campaign_id: str, by: timedelta) -> Campaign:
    """Move the campaign's own clock on (demo and rehearsal only)."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE campaigns SET clock_offset = clock_offset + :s WHERE campaign_id = :campaign_id"),
            {"s": int(by.total_seconds()), "campaign_id": campaign_id},
        )
    return campaign_of(engine, campaign_id)


def plan_of(engine: Engine, digest: str) -> Plan:
    """The plan that some campaign pins by this digest; UnknownPlan if none does."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT plan FROM campaigns WHERE digest = :d LIMIT 1"), {"d": digest}).first()
    if found is None:
        raise UnknownPlan(digest)
    return _plan(found[0])


def plan_digest(engine: Engine, campaign_id: str) -> str | None:
    """What the campaign's plan comes to by its content, whatever the row calls it; None for an unknown campaign."""
    sql = text("SELECT plan FROM campaigns WHERE campaign_id = :id")
    with engine.connect() as connection:
        found = connection.execute(sql, {"id": campaign_id}).first()
    return digest_of(found[0]) if found else None


def plans_from(engine: Engine) -> None:
    """Let the rules of this process find every pinned plan: those known now at once, later ones when first asked for.

    A later one is read on a thread of its own: the asker may be a workflow, whose thread is fenced off from I/O.
    """
    with engine.connect() as connection:
        pinned = connection.execute(text("SELECT DISTINCT digest, plan FROM campaigns")).all()
    for digest, content in pinned:
        with suppress(UnreadablePlan):  # its cases wait for a version that can read it; the others go on
            remember(digest, _plan(content))
    reader = ThreadPoolExecutor(1, thread_name_prefix="plans")
    load_with(lambda digest: reader.submit(plan_of, engine, digest).result())


def _campaigns(engine: Engine, which: str, **parameters: Any) -> tuple[Campaign, ...]:
    columns = "campaign_id, year, digest, plan, phases, clock_offset, (SELECT count(*) FROM calendar_moves m"
    columns += f" WHERE m.campaign_id = campaigns.campaign_id) AS calendar, {YEARS} AS years"
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM campaigns {which}"), parameters).mappings().all()
    return tuple(_campaign(row) for row in rows)


def _campaign(row: RowMapping) -> Campaign:
    """The years are read by the statement that counts the moves: a publication is in them before it is a move."""
    facts = {**row, "plan": _plan(row["plan"])}
    years = tuple(WorkingYear.model_validate(year) for year in facts.pop("years"))
    learn(years)
    campaign = Campaign.model_validate(facts)
    return campaign.model_copy(update={"working_days": pinned(years, campaign.phases)})


@lru_cache(maxsize=32)
def _plan(content: str) -> Plan:
    try:
        return Plan.model_validate_json(content)
    except ValidationError as error:
        raise UnreadablePlan(f"{error.error_count()} errors, the first at {error.errors()[0]['loc']}") from error
