"""What a form is about, as it stands: each finding with its dates, and what was asked for, before somebody decides."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from models.case import Case, Finding
from models.plan import Plan
from rules.clocks.periods import latest_extension, rectification_cap, rectification_due
from rules.words.naming import Both, category_named, due_said, instant_said
from rules.words.terms import GRADES, STATES
from views.forms.fields import Asked

_ABOUT_FINDINGS = {
    *("register", "reassign_responsible", "correct_finding", "rescind_finding"),
    *("request_extension", "decide_extension", "declare_rectified"),
}
MOST_RECORDED = 20


class Fact(NamedTuple):
    """Something to know of it, in both languages."""

    what: Both
    said: Both


class Standing(NamedTuple):
    """A finding that the form may be about."""

    ref: str
    description: str
    facts: tuple[Fact, ...]


def standing(asked: Asked, now: datetime) -> tuple[Standing, ...]:
    """The findings that the command may be about; none for a command that is about something else."""
    if asked.do not in _ABOUT_FINDINGS:
        return ()
    return tuple(Standing(f.ref, f.description, tuple(_facts(asked, f, now))) for f in asked.eligible)


def recorded_already(asked: Asked) -> tuple[Standing, ...]:
    """Beside the form that records findings: the newest of the case, so that none is recorded once more."""
    if asked.do != "record_findings":
        return ()
    newest = reversed(asked.case.findings[-MOST_RECORDED:])
    return tuple(Standing(f.ref, f.description, tuple(_kept_facts(asked.plan, f))) for f in newest)


def _kept_facts(plan: Plan, f: Finding) -> Iterator[Fact]:
    yield Fact(Both("类别", "Category"), category_named(plan, f.category))
    yield Fact(Both("等级", "Grade"), Both(*GRADES[f.grade]))
    yield Fact(Both("状态", "State"), Both(*STATES[f.state]))


def _facts(asked: Asked, f: Finding, now: datetime) -> Iterator[Fact]:
    yield from _kept_facts(asked.plan, f)
    if f.responsible:
        yield Fact(Both("整改责任人", "Responsible person"), Both(f.responsible, f.responsible))
    if f.due_at:
        yield Fact(Both("现期限", "Due now"), due_said(f.due_at))
    yield from _of_command(asked.plan, asked.case, asked.do, f, now)


def _of_command(plan: Plan, case: Case, do: str, f: Finding, now: datetime) -> Iterator[Fact]:
    if do == "register":
        yield Fact(Both("方案规定的期限", "Due by the plan"), due_said(rectification_due(plan, case, f, now)))
        yield Fact(Both("最迟期限", "Due at the latest"), due_said(rectification_cap(plan, case, now)))
    elif do == "request_extension" and (latest := latest_extension(plan, case, f)):
        yield Fact(Both("最迟可延至", "Extended at most until"), due_said(latest))
    elif do == "decide_extension" and f.extension:
        asked_for = f.extension
        yield Fact(Both("申请延期至", "Asked until"), due_said(asked_for.due_at))
        yield Fact(Both("申请理由", "Why"), Both(asked_for.reason, asked_for.reason))
        if asked_for.requested_at:
            yield Fact(Both("申请时间", "Asked at"), instant_said(asked_for.requested_at))
        yield Fact(Both("审批时限", "To be decided by"), due_said(asked_for.decide_by))
