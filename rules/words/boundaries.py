"""What a boundary that was moved means, in words: which one, from when to when, and which due dates follow it."""

from collections.abc import Iterator

from models.calendar_moved import CalendarMoved
from models.plan import PhaseDates, Plan
from rules.words.naming import Both, due_said, instant_said
from rules.words.terms import EVENTS

Phases = tuple[PhaseDates, ...]
_BEGINS = Both("{phase}开始时间由{old}调整为{new}", "{phase} begins at {new}, not {old}")
_ENDS = Both("{phase}截止日期由{old}调整为{new}", "{phase} ends {new}, not {old}")
_INVESTIGATED = Both("排查期限调整为{due}", "to be investigated by {due}")
_REGISTERED = Both("{ref} 登记建档期限调整为{due}", "{ref} to be registered by {due}")
_LOOKED_BACK = Both("“回头看”期限调整为{due}", "look-back due {due}")


def boundaries_moved(plan: Plan, before: Phases, event: CalendarMoved) -> Both:
    """`行动日程已调整：集中整治截止日期由…调整为…；排查期限调整为…`."""
    zh, en = EVENTS["calendar_moved"]
    said = joined(*_boundaries(plan, before, event.phases), *_followed(event))
    return Both(f"{zh}：{said.zh}", f"{en}: {said.en}") if said.zh else Both(zh, en)


def boundaries_said(plan: Plan, before: Phases, after: Phases) -> Both:
    """The same of a move that is not made yet, without what it is called once it is."""
    return joined(*_boundaries(plan, before, after))


def joined(*said: Both) -> Both:
    """Several as one sentence."""
    return Both("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _boundaries(plan: Plan, before: Phases, after: Phases) -> Iterator[Both]:
    """Where two phases meet it is said once, as the end of the first."""
    old = {phase.id: phase for phase in before}
    ends_moved = {was.ends_at for new in after if (was := old.get(new.id)) and was.ends_at != new.ends_at}
    for new in after:
        was, named = old.get(new.id), plan.phase(new.id)
        if was is None:
            continue
        if was.begins_at != new.begins_at and was.begins_at not in ends_moved:
            yield _filled(_BEGINS, Both(named.zh, named.en), instant_said(was.begins_at), instant_said(new.begins_at))
        if was.ends_at != new.ends_at:
            yield _filled(_ENDS, Both(named.zh, named.en), due_said(was.ends_at), due_said(new.ends_at))


def _filled(sentence: Both, phase: Both, old: Both, new: Both) -> Both:
    zh, en = (sentence[n].format(phase=phase[n], old=old[n], new=new[n]) for n in (0, 1))
    return Both(zh, en)


def _followed(event: CalendarMoved) -> Iterator[Both]:
    for sentence, due_at in ((_INVESTIGATED, event.investigation_due_at), (_LOOKED_BACK, event.look_back_due_at)):
        if due_at is not None:
            due = due_said(due_at)
            yield Both(sentence.zh.format(due=due.zh), sentence.en.format(due=due.en))
    for moved in event.registrations:
        due = due_said(moved.due_at)
        yield Both(_REGISTERED.zh.format(ref=moved.ref, due=due.zh), _REGISTERED.en.format(ref=moved.ref, due=due.en))
