"""At the door of a case: what is judged before a command is taken, and never when a history is replayed.

`decide` must go on accepting what histories hold. What newly is refused, though it was accepted once, is refused here.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from models.actors import name_in
from models.case import Case
from models.commands import (
    AcceptRestart,
    AnyCommand,
    ApproveMeasure,
    ListForSupervision,
    LookBack,
    Open,
    RecordExecution,
    RecordFindings,
    RescindFinding,
    ReturnMeasure,
)
from models.events import Transition
from models.instants import day_of
from models.plan import Plan
from models.refusals import Refused, refusal_in
from models.typed import is_id, same_text
from rules.access.deeds import NOT_YOURS
from rules.access.giving import no_longer
from rules.case.decide import already_handled
from rules.case.limits import beyond_limits
from rules.words.naming import day_said
from rules.words.refusals import refuse

Judged = Transition | Refused | None
FIRST = "door"
SINCE: Mapping[str, str] = {"already_listed": "listed_above", "executed_in_stay": "executed_in_stay"}
"""Refusals that came to the door after it was there, each with a patch of its own (docs/adr/0060): `code: "a-name"`.

A signal is in a history before it is judged. One that an older version took under another patch stays taken.
"""
_INSPECTED_BEFORE = timedelta(days=366)  # before the campaign began, at most (A)


def at_the_door(
    plan: Plan, case: Case | None, command: AnyCommand, judge: Callable[[], Judged], held: int | None = None
) -> Judged:
    """What `judge` says, unless the command is not fit to be taken; one that was accepted before always is.

    `held`: the characters of the case, where many commands are judged over one.
    """
    if already_handled(case, command) is True:
        return judge()
    if refused := _unfit(case, command) or beyond_limits(case, command, held):
        return refused
    judged = judge()
    refused = refusal_in(judged)
    if refused is None or refused.code not in NOT_YOURS:  # whoever may not hears nothing of the case
        refused = no_longer(plan, case, command) or refused
    return refused or _alone(case, command) or _listed_above(case, command) or _in_stay(case, command) or judged


def patch_of(refused: Refused, case: Case | None) -> str:
    """The patch that asks whether this signal is judged by the rule that refuses it.

    A workflow keeps the first answer to each patch as long as it runs: so a later rule asks under a new name each time.
    """
    name = SINCE.get(refused.code)
    return f"{name}/{case.seq if case else 0}" if name else FIRST


def wrong_id(subject_id: str) -> Refused | None:
    """An id that no address takes, or that looks like another."""
    return None if is_id(subject_id) else refuse("unfit_id", id=ascii(subject_id)[1:-1])


def _unfit(case: Case | None, command: AnyCommand) -> Refused | None:
    if case is None and command.files:  # of no case, so of no case's files
        return refuse("unknown_file", name=command.files[0].name)
    if isinstance(command, Open) and command.subject.id is not None:
        return wrong_id(command.subject.id)
    if case is not None and isinstance(command, RecordFindings | LookBack):
        earliest = day_of(case.phases[0].begins_at) - _INSPECTED_BEFORE
        early = [f.ref for f in command.findings if f.inspected_on is not None and f.inspected_on < earliest]
        return refuse("inspected_too_early", ref=early[0], earliest=earliest) if early else None
    return None


def _listed_above(case: Case | None, command: AnyCommand) -> Refused | None:
    """What the city watches a district takes over only once the city takes it off its list (domain §6)."""
    if isinstance(command, ListForSupervision) and case is not None and case.listed == "city":
        return refuse("already_listed", level="city")
    return None


def _in_stay(case: Case | None, command: AnyCommand) -> Refused | None:
    """While a measure is stayed it is not executed (domain §4), nor afterwards for a day that lay within the stay."""
    if not isinstance(command, RecordExecution) or case is None:
        return None
    decided = (m for m in case.musts_in("decided") if m.must == command.must and not m.stayed_at)
    stays = must.stays if (must := next(decided, None)) else ()
    for stay in stays:
        since, until = day_of(stay.since), day_of(stay.until)
        if since < command.date < until:
            return refuse("executed_in_stay", since=day_said(since), until=day_said(until))
    return None


def _alone(case: Case | None, command: AnyCommand) -> Refused | None:
    """Four eyes are two persons, however their names are written (domain §4)."""
    if command.second is not None and command.by.seems_same_person(command.second):
        return refuse("second_inspector", why_zh="不得与操作人为同一人", why_en="must be another person")
    match command:
        case ApproveMeasure() | ReturnMeasure():
            proposed = [m for m in case.musts_in("proposed") if m.must == command.must] if case else []
            if any(m.proposed_by is not None and command.by.seems_same_person(m.proposed_by) for m in proposed):
                return refuse("four_eyes")
        case RescindFinding():
            finding = case.finding(command.ref) if case else None
            if finding is not None and command.by.seems_same_person(finding.recorded_by):
                return refuse("own_finding")
        case AcceptRestart() if len({same_text(name_in(s)) for s in command.signatories}) < 2:
            return refuse("two_signatories")
        case _:
            pass
    return None
