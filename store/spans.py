"""What was so of a case from one day to another: numbers over time count it. Pure; write path and rebuild share it.

Kinds and what they say: `stage`, the stage in which the case stood; `finding`, one that was registered and is to be put
right (`open`) or fell away (`dropped`: rescinded, absorbed, or its case void); `proposed`, `approved`, `executed`, a
measure by which of the four musts. A finding that is open no more and was not dropped has been put right.
"""

from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, get_args

from models.case import Case, Finding, Must
from models.instants import day_of
from rules.case.stage import stage

Row = dict[str, Any]
Step = Literal["proposed", "approved", "executed"]
STEPS: tuple[Step, ...] = get_args(Step)


class Span(NamedTuple):
    """One thing that is so: of which kind, what it is, and about which finding or must."""

    kind: str
    what: str
    about: str = ""


def place_of_spans(case: Case) -> Row:
    """Where the case belongs: who reads it."""
    return {"campaign_id": case.campaign_id, "district": case.district, "sector": case.subject.sector}


def span_changes(before: Case | None, after: Case) -> tuple[list[Row], list[Row]]:
    """What began to be so with a step, and what is so no more, on the day of the step."""
    was, now = _spans(before) if before else frozenset[Span](), _spans(after)
    day = day_of(after.clock_at)
    fresh = {"case_id": after.case_id, "seq": after.seq, **place_of_spans(after)}
    fresh |= {"since": day, "since_week": monday_of(day), "until": None, "until_week": None}
    ended = {"until": day, "until_week": monday_of(day)}
    begun = [{**span._asdict(), **fresh} for span in sorted(now - was)]
    return begun, [{**span._asdict(), **ended} for span in sorted(was - now)]


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def fold_spans(rows: list[Row], begun: list[Row], over: list[Row]) -> None:
    """The rows of a case after one more step."""
    for end in over:
        lasting = next(row for row in rows if row["until"] is None and _same(row, end))
        lasting.update(end)
    rows += begun


def _same(row: Row, end: Row) -> bool:
    return all(row[name] == end[name] for name in Span._fields)


def _spans(case: Case) -> frozenset[Span]:
    """Everything that is so, as of the case's last step."""
    found = {Span("stage", stage(case, case.clock_at))}
    found |= {Span("finding", what, f.ref) for f in case.findings if (what := _of_finding(case, f))}
    found |= {Span(step, must.must, must.id) for must in case.musts for step in STEPS if _was(step, must)}
    return frozenset(found)


def _of_finding(case: Case, finding: Finding) -> str | None:
    """None before it is registered, and once it is put right."""
    if finding.registered_at is None or finding.state == "verified":
        return None
    return "dropped" if finding.settled or case.outcome == "void" else "open"


def _was(step: Step, must: Must) -> bool:
    """A proposal that was returned or fell away was none."""
    done = {"proposed": must.proposed_by, "approved": must.decided_at, "executed": must.executed_at}
    return done[step] is not None
