"""How a case shows itself in Temporal: search attributes, summaries, the text of its page. No personal data."""

# upsert is partly untyped in temporalio
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from datetime import datetime
from typing import Any
from urllib.parse import quote

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from models.case import Case
    from models.events import CommandRefused, DeadlinePassed, PhaseBegan, Transition
    from models.instants import say_due
    from models.plan import Plan
    from models.wire import CASE_LINK, DUE_ATTRIBUTE, STAGE_ATTRIBUTE
    from rules.case.stage import NAMES, stage
    from rules.clocks.deadlines import Deadline, deadlines, due
    from rules.clocks.table import OF_MUST
    from rules.words.terms import CLOCKS, MUSTS, ROLES, STATES

_STAGE = SearchAttributeKey.for_keyword(STAGE_ATTRIBUTE)
_DUE = SearchAttributeKey.for_datetime(DUE_ATTRIBUTE)
_OF_MUSTS = frozenset(row.clock for row in OF_MUST)
_SUMMARY = 380


class Lists:
    """The search attributes as last shown; each upsert is dear to the visibility store, so only what changed."""

    def __init__(self) -> None:
        self.shown: tuple[Any, Any] | None = None

    def show(self, plan: Plan, case: Case | None) -> None:
        """Upsert stage and due instant where they changed."""
        if case is None:
            return
        if self.shown is None:
            started = workflow.info().typed_search_attributes
            self.shown = (started.get(_STAGE), started.get(_DUE))
        reached, due_at = stage(case, case.clock_at), due(plan, case)
        updates: list[SearchAttributeUpdate[Any]] = []
        if reached != self.shown[0]:
            updates.append(_STAGE.value_set(reached))
        if due_at != self.shown[1]:
            updates.append(_DUE.value_set(due_at) if due_at else _DUE.value_unset())
        if updates:
            workflow.upsert_search_attributes(updates)
        self.shown = (reached, due_at)


def describe(plan: Plan, case: Case, now: datetime, wake_at: datetime) -> None:
    """What the page of the workflow says in the Temporal UI, in both languages.

    Of a finding its place in the case alone: officials choose its ref, and might write a name there.
    """
    reached = stage(case, now)
    lines = [
        f"**{_both(NAMES[reached])}** · {case.district} · {case.phase}",
        f"[案件页面 · page of the case]({CASE_LINK}{quote(case.case_id, safe='')})",
    ]
    lines += [f"- {_deadline(case, d)}" for d in deadlines(plan, case)] or ["无待办时限 · nothing is due"]
    lines += [f"- {_both(MUSTS[m.must])}: {_both(STATES[m.state])}" for m in case.owed]
    lines.append(f"问题 findings {len(case.findings)} · 下次唤醒 wakes {say_due(wake_at)}")
    workflow.set_current_details("\n\n".join(lines))


def timer_summary(plan: Plan, case: Case, wake_at: datetime) -> str:
    """The clock that a timer waits for: whose it is, and until when."""
    until = f"until {say_due(wake_at)}"
    falling = [d for d in deadlines(plan, case) if d.due_at == wake_at]
    if falling:
        more = f" (+{len(falling) - 1})" if len(falling) > 1 else ""
        return f"{_clock(case, falling[0].clock, falling[0].about)}{more} · {falling[0].role} · {until}"
    if wake_at >= case.ends_at:
        return f"campaign_completed · {until}"
    return f"phase_began · {until}"


def step_summary(case: Case | None, transition: Transition | None) -> str:
    """The command that a step records; of the clock's steps what fell, of a refused signal why."""
    if transition is None:
        return "read what the log holds"
    for event in transition.events:
        match event:
            case DeadlinePassed() if case is not None:
                fallen = ", ".join(_clock(case, d.clock, d.about) for d in event.missed)
                return _short(f"{transition.do} · {fallen}")
            case PhaseBegan():
                return f"{transition.do} · {event.phase}"
            case CommandRefused():
                return f"{transition.do} · refused: {event.refusal.code}"
            case _:
                continue
    return transition.do


def _deadline(case: Case, deadline: Deadline) -> str:
    said = f"{CLOCKS[deadline.clock][0]} {_clock(case, deadline.clock, deadline.about)}"
    return f"{said} · {_both(ROLES[deadline.role])} · {say_due(deadline.due_at)}"


def _clock(case: Case, clock: str, about: str) -> str:
    """`registration of finding 2`, `decision of close-1`; what concerns the case as a whole by the clock alone."""
    place = next((n for n, f in enumerate(case.findings, start=1) if f.ref == about), None)
    if any(m.id == about for m in case.musts) and clock in _OF_MUSTS:
        return f"{clock} of {about}"
    return f"{clock} of finding {place}" if place else clock


def _both(words: tuple[str, str]) -> str:
    zh, en = words
    return f"{zh} {en}"


def _short(text: str) -> str:
    """Within the 400 bytes that Temporal allows a summary; the text is ASCII."""
    return text if len(text) <= _SUMMARY else f"{text[: _SUMMARY - 2]} …"
