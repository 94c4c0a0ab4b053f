"""The bar of a campaign's phases, in hundredths of its length."""

from datetime import datetime
from typing import Literal

from models.base import Frozen
from models.instants import BEIJING, day_of
from store.campaigns import Campaign


class Segment(Frozen):
    """One phase: where it begins and how long it is, in percent of the campaign."""

    id: str
    begins_at: datetime
    ends_at: datetime
    left: float
    width: float
    time: Literal["past", "present", "future"]


class Tick(Frozen):
    """The first of a month."""

    left: float
    month: int


class PhaseBar(Frozen):
    """The phases, and today's place; None before and after the campaign."""

    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    today: float | None
    day: int
    days: int
    current: str | None
    next_at: datetime | None


def phase_bar(campaign: Campaign) -> PhaseBar:
    """As of the campaign's own now; `day` counts from 1 on the first day."""
    now = campaign.now()
    start, end = campaign.phases[0].begins_at, campaign.phases[-1].ends_at
    length = max((end - start).total_seconds(), 1)

    def share(instant: datetime) -> float:
        return round(100 * (instant - start).total_seconds() / length, 3)

    segments = tuple(
        Segment(
            **phase.model_dump(),
            left=share(phase.begins_at),
            width=share(phase.ends_at) - share(phase.begins_at),
            time="past" if phase.ends_at <= now else "future" if phase.begins_at > now else "present",
        )
        for phase in campaign.phases
    )
    return PhaseBar(
        segments=segments,
        ticks=tuple(Tick(left=share(first), month=first.month) for first in _firsts(start, end)),
        today=share(now) if start <= now < end else None,
        day=(day_of(now) - day_of(start)).days + 1,
        days=(day_of(end) - day_of(start)).days,
        current=next((s.id for s in segments if s.time == "present"), None),
        next_at=min((p for s in segments for p in (s.begins_at, s.ends_at) if p > now), default=None),
    )


def _firsts(start: datetime, end: datetime) -> list[datetime]:
    """The first instants of the months within; none where the campaign is a trial of minutes or of many years."""
    if not 60 <= (end - start).days <= 500:
        return []
    local = start.astimezone(BEIJING)
    found: list[datetime] = []
    year, month = local.year, local.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        first = datetime(year, month, 1, tzinfo=BEIJING)
        if first >= end:
            return found
        found.append(first)
