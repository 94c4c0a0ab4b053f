"""The fold: a case and what a transition changed in it, as rows. Pure; the write path and the rebuild share it."""

from datetime import datetime
from typing import NamedTuple

from models.base import Frozen
from models.case import Case, Finding, Must
from models.events import Transition
from models.plan import Plan
from rules.case.announce import announce
from rules.case.stage import next_actor, stage
from rules.clocks.deadlines import deadlines, due
from rules.clocks.table import CLOCKS
from rules.subjects.search_words import found_by
from store.spans import Row, span_changes


class Changes(NamedTuple):
    """The rows that one transition writes.

    `gone` are the ids of musts that are no more (a pending one that merged), `ended` deadlines are found by clock and
    about among the unmet; `begun` and `over` are spans (`store/spans.py`).
    """

    case: Row
    findings: list[Row]
    musts: list[Row]
    gone: list[str]
    set: list[Row]
    ended: list[Row]
    begun: list[Row]
    over: list[Row]
    outbox: list[Row]


def changes(plan: Plan, before: Case | None, transition: Transition, after: Case) -> Changes:
    """Everything that the transition writes beside its own line in the log."""
    set_rows, ended_rows = deadline_changes(plan, before, transition, after)
    begun_rows, over_rows = span_changes(before, after)
    old_findings = {f.ref: f for f in before.findings} if before else {}
    old_musts = {m.id: m for m in before.musts} if before else {}
    kept_musts = {m.id for m in after.musts}
    return Changes(
        case=case_row(plan, after, transition.at),
        findings=[_finding_row(after, f) for f in after.findings if _is_new(f, old_findings.get(f.ref))],
        musts=[_must_row(after, m) for m in after.musts if _is_new(m, old_musts.get(m.id))],
        gone=[must_id for must_id in old_musts if must_id not in kept_musts],
        set=set_rows,
        ended=ended_rows,
        begun=begun_rows,
        over=over_rows,
        outbox=_outbox(plan, before, transition, after),
    )


def case_row(plan: Plan, case: Case, at: datetime) -> Row:
    """The row of `cases`, as of the instant of its last transition."""
    subject = case.subject
    standing = [f for f in case.findings if f.state not in ("rescinded", "absorbed")]
    return {
        "case_id": case.case_id,
        **place(case),
        "subject_name": subject.name,
        "street": subject.street,
        "source": case.source,
        "stage": stage(case, at),
        "next_role": next_actor(plan, case, at),
        "due_at": due(plan, case),
        "outcome": case.outcome,
        "listed": case.listed,
        "officers": list(case.officers),
        "unmet": case.unmet.model_dump(mode="json") if case.unmet else None,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "seq": case.seq,
        "found_by": found_by(subject.name, subject.code),
        "investigated": bool(case.findings) or case.outcome == "compliant",
        "found": bool(standing),
        "put_right": bool(standing) and all(f.state == "verified" for f in standing),
        "owes_must": bool(case.owed),
        "executed_must": bool(case.musts_in("executed")),
    }


_FINDING = (
    *("ref", "category", "counts_as", "grade", "description", "state", "illegal_operation", "suspected_crime"),
    *("imminent_danger", "responsible", "inspected_on", "recorded_at", "registered_at"),
    "due_at",
)
_MUST = ("must", "state", "arose_at", "decide_by", "execute_by", "decided_at", "executed_at", "stayed_at")


def finding_rows(case: Case) -> list[Row]:
    """The rows of `findings`."""
    return [_finding_row(case, f) for f in case.findings]


def must_rows(case: Case) -> list[Row]:
    """The rows of `musts`."""
    return [_must_row(case, m) for m in case.musts]


def _is_new(item: Frozen, before: Frozen | None) -> bool:
    """Whether a finding or must is another than under the same ref before; most are the very same value."""
    return item is not before and item != before


def _finding_row(case: Case, finding: Finding) -> Row:
    return {"case_id": case.case_id, **_facts(finding, _FINDING)}


def _must_row(case: Case, must: Must) -> Row:
    grounds = [g.model_dump(mode="json") for g in must.grounds]
    return {"case_id": case.case_id, "must_id": must.id, **_facts(must, _MUST), "grounds": grounds}


def _facts(item: Frozen, names: tuple[str, ...]) -> Row:
    return {name: getattr(item, name) for name in names}


def deadline_changes(
    plan: Plan, before: Case | None, transition: Transition, after: Case
) -> tuple[list[Row], list[Row]]:
    """Deadlines that the transition set, and those that it met or replaced."""
    running = {(d.clock, d.about): d for d in deadlines(plan, before)} if before else {}
    now = {(d.clock, d.about): d for d in deadlines(plan, after)}
    where = place(after)
    set_rows = [
        {
            "case_id": after.case_id,
            "clock": d.clock,
            "about": d.about,
            "set_seq": after.seq,
            "kind": d.kind,
            "role": d.role,
            "set_at": transition.at,
            "due_at": d.due_at,
            "met_at": None,
            "replaced_at": None,
            **where,
        }
        for key, d in now.items()
        if running.get(key) != d
    ]
    ended_rows: list[Row] = []
    for key, d in running.items():
        if now.get(key) != d:
            met = key not in now and CLOCKS[d.clock].met(d.about, transition, after)
            ended = {"met_at": transition.at if met else None, "replaced_at": None if met else transition.at}
            ended_rows.append({"clock": d.clock, "about": d.about, **ended})
    return set_rows, ended_rows


def place(case: Case) -> Row:
    """Where a case belongs: who reads it."""
    return {
        "campaign_id": case.campaign_id,
        "subject_id": case.subject_id,
        "district": case.district,
        "sector": case.subject.sector,
    }


def _outbox(plan: Plan, before: Case | None, transition: Transition, after: Case) -> list[Row]:
    """What the step makes somebody need to know, a line each."""
    reached = stage(after, transition.at)
    return [
        {
            "case_id": after.case_id,
            "seq": after.seq,
            "number": number,
            "topic": told.topic,
            "payload": {
                "what": told.what,
                "about": list(told.about),
                "role": told.role,
                "stage": reached,
                "district": told.district,
                "officers": list(told.persons),
                "due_at": told.due_at,
                "at": transition.at,
            },
        }
        for number, told in enumerate(announce(plan, before, transition, after), start=1)
    ]
