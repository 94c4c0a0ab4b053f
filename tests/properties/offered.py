"""What is offered is never refused but for its content; what is not offered is always refused (`next_steps`)."""

from datetime import datetime
from functools import partial

from models.case import Case
from models.commands import (
    AnyCommand,
    DecideExtension,
    DeclareRectified,
    Open,
    RecordFindings,
    Register,
    Reinspect,
)
from models.events import Transition
from models.refusals import Refused
from rules.case.decide import decide
from rules.case.door import at_the_door
from rules.case.next_steps import step_of, witnesses
from tests.properties.ground import PLAN

FOR_ITS_CONTENT = {
    *("second_inspector", "observed_out_of_range", "duplicate_ref", "unknown_ref", "unknown_category"),
    *("inspected_in_future", "answers_incomplete", "answers_against", "answers_contradict", "nothing_to_correct"),
    *("due_not_ahead", "due_past_cap", "extension_not_later", "extension_too_long"),
    *("grounds_incomplete", "fine_foreign", "fine_missing", "unknown_article", "base_missing", "base_foreign"),
    *("persons_differ", "not_upper_limit", "reclassify_foreign", "not_illegal_operation"),
    *(
        "date_out_of_range",
        "executed_in_stay",
        "unknown_check",
        "checks_missing",
        "supervision_missing",
        "receipt_missing",
    ),
    *("referral_incomplete", "three_nos", "two_signatories", "conditions_wrong", "conditions_met"),
    "already_attached",
    *(
        "findings_without_recurrence",
        "recurred_needs_findings",
        "unknown_district",
        "same_district",
    ),
}
"""Codes that may refuse a command though its kind is offered."""


def about(command: AnyCommand) -> tuple[str, ...]:
    """What it is about, as `NextStep.about` says it."""
    match command:
        case Register():
            return tuple(a.ref for a in command.assignments)
        case Reinspect():
            return tuple(v.ref for v in command.verdicts)
        case DeclareRectified():
            return command.refs
        case RecordFindings():
            return ("" if command.findings else "nothing",)
        case _:
            return (str(next((v for n in ("ref", "must", "level") if (v := getattr(command, n, None))), "")),)


def hold(case: Case | None, command: AnyCommand, now: datetime, judged: Transition | Refused | None) -> None:
    """The property, for one command that was judged."""
    if case is None or case.closed or judged is None or isinstance(command, Open):
        return
    if isinstance(judged, Refused) and judged.code == "command_id_reused":
        return
    if isinstance(judged, Transition) and isinstance(at_the_door(PLAN, case, command, lambda: judged), Refused):
        return  # only histories hold it
    keys = [(command.do, one) for one in about(command)]
    own = [w for w in witnesses(PLAN, case, command.by, now) if (w.command.do, w.about) in keys]
    steps = {(w.command.do, w.about): step_of(PLAN, case, w, now).refused for w in own}
    offered = all(key in steps and steps[key] is None for key in keys)
    if isinstance(judged, Transition):
        assert offered, (command, [steps.get(key, "about nothing") for key in keys])
    elif offered:
        granting = isinstance(command, DecideExtension) and command.granted and judged.code == "measure_first"
        assert judged.code in FOR_ITS_CONTENT or granting, (command, judged)
    for witness in own:
        asked = partial(decide, PLAN, case, witness.command, now)
        taken = isinstance(at_the_door(PLAN, case, witness.command, asked), Transition)
        assert taken == (steps[command.do, witness.about] is None), witness
