"""What stands on somebody's workbench: which deadlines are meant, and how many there are of each kind."""

from datetime import datetime
from typing import NamedTuple

from models.actors import Actor
from rules.access.deeds import ACTING, Place
from rules.clocks.urgency import risen_since
from serving.actors import within
from serving.backing import WORK, Backing
from store.campaigns import Campaign
from store.done import done_count
from store.overdue import OverdueFilter
from store.supervised import supervised_count
from store.to_do import ToDoCount, declared_late, to_do_count


class Bench(NamedTuple):
    """The reader's own place. `whole`: what the office is to do, `own`: in the reader's charge, `place`: anybody.

    `role` is None for whoever acts in no case. `subject`: the only one, of whoever speaks for one.
    """

    campaign: Campaign
    who: Actor
    role: str | None
    subject: str | None
    place: OverdueFilter

    @property
    def whole(self) -> OverdueFilter:
        """What the office is to do; of whoever acts in none, all offices."""
        return self.place.model_copy(update={"role": self.role})

    @property
    def own(self) -> OverdueFilter:
        """What is in the reader's charge."""
        return self.whole.model_copy(update={"officer": self.who.name})

    def risen(self, now: datetime) -> datetime:
        """What fell due up to then is supervised by the reader."""
        return risen_since(self.campaign.plan, self.who.role, now)


class Counts(NamedTuple):
    """How many there are; None of a list that the reader does not have.

    `waiting`: what was declared rectified, and stays overdue until it passes re-inspection; of an enterprise, or where
    the reader acts in no case.
    """

    office: ToDoCount
    supervised: int | None
    mine: int | None = None
    done: int | None = None
    waiting: int | None = None

    @property
    def shared(self) -> dict[str, int | None]:
        """What everybody of the post sees alike: a page that listens is told when it changes."""
        return {**self.office.model_dump(), "supervised": self.supervised}


def bench_of(behind: Backing, who: Actor, campaign_id: str | None) -> Bench:
    """The reader's workbench in a campaign, within what may be read."""
    return bench_in(behind.campaign(campaign_id), who)


def bench_in(campaign: Campaign, who: Actor) -> Bench:
    """The same in that campaign."""
    place = within(campaign, who, Place())
    role = who.role if who.role in ACTING else None
    there = OverdueFilter(campaign_id=campaign.campaign_id, district=place.district, sector=place.sector)
    return Bench(campaign, who, role, place.subject, there)


def shared_counts(behind: Backing, bench: Bench, now: datetime) -> Counts:
    """What everybody of the post sees alike, counted in the last seconds."""
    asked = (WORK, bench.whole.model_dump_json(), bench.subject or "", bench.who.role)
    return behind.lately(asked, lambda: _shared_counts(behind, bench, now))


def _shared_counts(behind: Backing, bench: Bench, now: datetime) -> Counts:
    office = to_do_count(behind.engine, bench.campaign, now, bench.whole, bench.subject)
    if bench.subject is not None:
        return Counts(office, None, waiting=declared_late(behind.engine, bench.place, now, bench.subject))
    waiting = declared_late(behind.engine, bench.place, now) if bench.role is None else None
    supervised = supervised_count(behind.engine, bench.campaign, now, bench.risen(now), bench.place)
    return Counts(office, supervised, waiting=waiting)


def all_counts(behind: Backing, bench: Bench, now: datetime) -> Counts:
    """The same, and the reader's own, likewise."""
    counts = shared_counts(behind, bench, now)
    if bench.role == "inspector":  # only they are put in charge
        asked = (WORK, bench.own.model_dump_json(), "own")
        mine = behind.lately(asked, lambda: to_do_count(behind.engine, bench.campaign, now, bench.own))
        counts = counts._replace(mine=mine.all)
    if person := bench.who.person:
        of = bench.campaign.campaign_id
        done = behind.lately((WORK, of, person), lambda: done_count(behind.engine, of, person, now))
        counts = counts._replace(done=done)
    return counts
