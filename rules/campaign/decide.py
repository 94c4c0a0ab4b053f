"""The committee moves a boundary of its campaign (domain §5). Pure; the cases follow by `rules/case/clock_actor.py`."""

from datetime import datetime
from itertools import pairwise

from models.campaign import AnyCampaignCommand, CompleteNow, Edge, MoveBoundary, PublishWorkingDays
from models.plan import PhaseDates
from models.refusals import Refused
from models.working_days import WorkingYear
from rules.access.deeds import may_steer
from rules.files.working_days_check import wrong_days
from rules.words.naming import Both, due_said, instant_said
from rules.words.refusals import refuse

Phases = tuple[PhaseDates, ...]


def wrong_year(days: WorkingYear) -> Refused | None:
    """A calendar that cannot be is not published, by whatever way it comes."""
    wrong = next(wrong_days(days), None)
    return refuse("working_days_wrong", year=days.year, wrong_zh=wrong.zh, wrong_en=wrong.en) if wrong else None


def boundary(phases: Phases, phase_id: str, edge: Edge) -> datetime | None:
    """Where the phase begins or ends; None for a phase that is not there."""
    found = next((p for p in phases if p.id == phase_id), None)
    return None if found is None else found.begins_at if edge == "begins" else found.ends_at


def judge(phases: Phases, command: AnyCampaignCommand, now: datetime) -> Phases | Refused:
    """The calendar after the command, or why not."""
    if refused := may_steer(command.by, command.do):
        return refused
    if now >= phases[-1].ends_at:
        return over(phases)
    match command:
        case MoveBoundary():
            return moved(phases, command.phase, command.edge, command.to, now)
        case CompleteNow():
            return completed(phases, now)
        case PublishWorkingDays():
            return wrong_year(command.days) or phases
        case _:
            return phases


def over(phases: Phases) -> Refused:
    """Nothing is ordered of a campaign after its end."""
    return refuse("campaign_over", ends=due_said(phases[-1].ends_at))


def moved(phases: Phases, phase_id: str, edge: Edge, to: datetime, now: datetime) -> Phases | Refused:
    """One boundary moved, that of the neighbour with it. It lies ahead, and its new place does."""
    old = boundary(phases, phase_id, edge)
    if old is None:
        return refuse("unknown_phase", phase=phase_id)
    said = due_said if edge == "ends" else instant_said
    if old <= now:
        return refuse("boundary_passed", old=said(old))
    if to <= now:
        return refuse("boundary_not_ahead", to=said(to), now=instant_said(now))
    if to == old:
        return refuse("boundary_unchanged", to=said(to))
    new = tuple(_with(p, old, to, touches=p.id == phase_id, edge=edge) for p in phases)
    wrong = next((p.id for p in new if p.begins_at >= p.ends_at), None) or _overlap(new)
    return refuse("boundary_order", to=said(to), phase=wrong, room=_room(phases, old)) if wrong else new


def _room(phases: Phases, old: datetime) -> Both:
    """Between which instants a boundary can be moved: each phase that meets there keeps some time."""
    after = next((instant_said(p.begins_at) for p in phases if p.ends_at == old), None)
    before = next((instant_said(p.ends_at) for p in phases if p.begins_at == old), None)
    zh = [f"晚于{after.zh}"] if after else []
    en = [f"after {after.en}"] if after else []
    zh += [f"早于{before.zh}"] if before else []
    en += [f"before {before.en}"] if before else []
    return Both("、".join(zh), " and ".join(en))


def _with(phase: PhaseDates, old: datetime, to: datetime, *, touches: bool, edge: Edge) -> PhaseDates:
    """Phases that meet at a boundary go on meeting there."""
    if phase.begins_at == old and (not touches or edge == "begins"):
        return phase.model_copy(update={"begins_at": to})
    if phase.ends_at == old and (not touches or edge == "ends"):
        return phase.model_copy(update={"ends_at": to})
    return phase


def _overlap(phases: Phases) -> str | None:
    pairs = pairwise(phases)
    return next((later.id for earlier, later in pairs if later.begins_at < earlier.ends_at), None)


def completed(phases: Phases, now: datetime) -> Phases:
    """Every boundary that lies ahead is now: what did not begin never will."""
    return tuple(
        p.model_copy(update={"begins_at": min(p.begins_at, now), "ends_at": min(p.ends_at, now)}) for p in phases
    )
