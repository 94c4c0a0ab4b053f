"""What an import would do, in words: row by row, which case gets what, and what of a finding changes (3.1.ledger)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from ledgers.fields import LABELS
from ledgers.planned import LedgerPlan
from models.base import Frozen
from models.commands import AnyCommand, CorrectFinding, ReassignResponsible, Register
from models.instants import say_due
from models.jobs import ChangedRow, LedgerFinding, LedgerRow
from models.plan import Plan
from rules.words.naming import Both
from rules.words.terms import GRADES
from store.ledger_rows import case_subjects, finding_states, subjects_with_open_case
from store.subject_search import subject_names

_FIELDS = {
    **{name: (LABELS[name], name) for name in ("description", "category", "grade", "responsible")},
    "due": (LABELS["due"], "due"),
}


class Changed(Frozen):
    """A field of a finding: what it is called, what it is, what it becomes; in both languages."""

    zh: str
    en: str
    before: tuple[str, str]
    after: tuple[str, str]


class FindingPlan(Frozen):
    """A finding as a row records it; `said`: category, grade and, where it is registered, by whom until when."""

    description: str
    said: tuple[Both, ...]
    registers: bool


class RowPlan(Frozen):
    """What one row does. `opens`: a case of its own; else it adds to the open one, or changes a finding of it."""

    label: str
    subject: str
    opens: bool = False
    findings: tuple[FindingPlan, ...] = ()
    changes: tuple[Changed, ...] = ()
    ref: str | None = None


class WillBeDone(Frozen):
    """What an import would do, of its rows that are applied alone."""

    rows: int
    findings: int
    subjects: int
    new_subjects: int


def will_be_done(ledger: LedgerPlan) -> WillBeDone:
    """Counts of the rows that would be applied; those that stay out are no part of it."""
    rows = [row for _, row in ledger.items if isinstance(row, LedgerRow)]
    return WillBeDone(
        rows=len(ledger.items),
        findings=sum(len(row.findings) for row in rows),
        subjects=len({row.subject_id for row in rows}),
        new_subjects=len({row.subject_id for row in rows if row.facts is not None}),
    )


def rows_planned(engine: Engine, campaign_id: str, plan: Plan, ledger: LedgerPlan, most: int) -> tuple[RowPlan, ...]:
    """The first rows that would be applied; the first row of a subject without an open case opens it."""
    items = list(islice(ledger.items, most))
    rows = [row for _, row in items if isinstance(row, LedgerRow)]
    states = finding_states(engine, [(row.case_id, row.ref) for _, row in items if isinstance(row, ChangedRow)])
    of_cases = case_subjects(engine, sorted({row.case_id for _, row in items if isinstance(row, ChangedRow)}))
    names = subject_names(engine, sorted({row.subject_id for row in rows}))
    opened = subjects_with_open_case(engine, campaign_id, sorted({row.subject_id for row in rows}))
    made: list[RowPlan] = []
    for label, row in items:
        if isinstance(row, LedgerRow):
            name = row.facts.name if row.facts else names.get(row.subject_id, row.subject_id)
            findings = tuple(_recorded(plan, one) for one in row.findings)
            opens = row.subject_id not in opened
            opened.add(row.subject_id)
            made.append(RowPlan(label=label, subject=name, opens=opens, findings=findings))
        elif isinstance(row, ChangedRow):
            changes = _changes(plan, row.commands, row.ref, states.get((row.case_id, row.ref), {}))
            subject = of_cases.get(row.case_id, row.case_id)
            made.append(RowPlan(label=label, subject=subject, changes=changes, ref=row.ref))
    return tuple(made)


def _recorded(plan: Plan, finding: LedgerFinding) -> FindingPlan:
    """With a person it is registered too: an order to rectify, by its own date or the plan's (3.1.ledger)."""
    facts = [("category", finding.category), ("grade", finding.grade)]
    told = [Both(*said(plan, name, value)) for name, value in facts]
    if finding.responsible is None:
        return FindingPlan(description=finding.description, said=tuple(told), registers=False)
    due = (
        Both(f"{finding.due} 前", f"by {finding.due}") if finding.due else Both("期限按方案计算", "by the plan's date")
    )
    told += [Both(f"责令 {finding.responsible} 整改", f"{finding.responsible} is to rectify it"), due]
    return FindingPlan(description=finding.description, said=tuple(told), registers=True)


def _changes(plan: Plan, commands: Sequence[AnyCommand], ref: str, now: Mapping[str, Any]) -> tuple[Changed, ...]:
    after: dict[str, Any] = {}
    for command in commands:
        if isinstance(command, CorrectFinding):
            after |= command.model_dump(include={"description", "category", "grade"}, exclude_none=True)
        elif isinstance(command, Register):
            after |= {
                k: v
                for a in command.assignments
                if a.ref == ref
                for k, v in (("responsible", a.responsible), ("due", a.due))
            }
        elif isinstance(command, ReassignResponsible):
            after["responsible"] = command.responsible
    before = {**now, "due": now.get("due_at")}
    return tuple(
        Changed(
            zh=_FIELDS[name][0],
            en=_FIELDS[name][1],
            before=said(plan, name, before.get(name)),
            after=said(plan, name, value),
        )
        for name, value in after.items()
        if value is not None
    )


def said(plan: Plan, name: str, value: Any) -> tuple[str, str]:
    """A value of a finding in Chinese and in English; nothing is a dash."""
    if value is None or value == "":
        return "–", "–"
    if name == "grade":
        zh, en = GRADES[value]
        return zh, en
    if name == "category":
        named = next((c for c in (*plan.illegal_conduct, *plan.hazards, plan.other) if c.id == value), None)
        return (f"{value} {named.zh}", f"{value} {named.en}") if named else (str(value), str(value))
    shown = say_due(value) if isinstance(value, datetime) else str(value)
    return shown, shown
