"""Restart after a suspension: three conditions, two signatories (3.1.restart, domain §4, §6)."""

from models.actors import name_in
from models.case import Case
from models.commands import AcceptRestart, RefuseRestart
from models.events import AnyEvent, RestartAccepted, RestartRefused
from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import choices, unmet_conditions
from rules.words.refusals import refuse

Judged = tuple[AnyEvent, ...] | Refused


def accept_restart(plan: Plan, case: Case, command: AcceptRestart) -> Judged:
    """Three conditions, all true, two different signatories, or refused (3.1.restart)."""
    if wrong := _restart_asked(plan, case, command.conditions):
        return wrong
    required = [c.id for c in plan.restart_conditions]
    if unmet := [c for c in required if not command.conditions.get(c)]:
        return refuse("three_nos", missing=unmet_conditions(plan, unmet))
    if len({name_in(s) for s in command.signatories}) < 2:  # persons are equal by name (domain §4)
        return refuse("two_signatories")
    ids = tuple(m.id for m in case.restarts_awaited)
    return (RestartAccepted(ids=ids, signatories=command.signatories),)


def refuse_restart(plan: Plan, case: Case, command: RefuseRestart) -> Judged:
    """The acceptance fails for a condition that is not met; the restart stays awaited and due (A).

    It need name no other condition.
    """
    if wrong := _restart_asked(plan, case, command.conditions):
        return wrong
    if all(command.conditions.values()):
        return refuse("conditions_met")
    ids = tuple(m.id for m in case.restarts_awaited)
    return (RestartRefused(ids=ids, conditions=command.conditions, reason=command.reason),)


def _restart_asked(plan: Plan, case: Case, conditions: dict[str, bool]) -> Refused | None:
    if not case.restarts_awaited:
        return refuse("no_restart_awaited")
    required = [c.id for c in plan.restart_conditions]
    if unknown := [c for c in conditions if c not in required]:
        return refuse("conditions_wrong", conditions=choices(plan.restart_conditions), unknown=unknown)
    return None
