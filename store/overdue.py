"""Missed deadlines, page by page, as of any instant; and what every list of deadlines has in common."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from models.case import FindingState
from models.plan import Plan
from rules.clocks.recount import counts_working_days, spans_unpublished
from rules.clocks.urgency import level
from store.case_list import IN_CHARGE
from store.counted import Rows, counted


class OverdueFilter(Frozen):
    """Which missed deadlines; every field left out means all."""

    campaign_id: str | None = None
    district: str | None = None
    sector: str | None = None
    stage: str | None = None
    role: str | None = None
    kind: Literal["rectification", "duty"] | None = None
    officer: str | None = None

    @property
    def asks_cases(self) -> bool:
        """Whether it asks for what does not stand beside the deadline itself."""
        return self.stage is not None or self.officer is not None


class DeadlineRow(Frozen):
    """One deadline of a list; category, grade, description and present state where it is about a finding.

    `provisional`: the due instant was counted in working days of a year whose calendar is not published.
    `responsible`: who is to rectify it. `extension_asked_at`: of a rectification, when the extension was asked for that
    is not decided yet.
    """

    case_id: str
    subject: str
    district: str
    street: str | None = None
    sector: str | None
    stage: str
    kind: Literal["rectification", "duty"]
    clock: str
    about: str
    role: str
    due_at: datetime
    provisional: bool
    category: str | None
    grade: str | None
    description: str | None
    officers: tuple[str, ...]
    finding_state: FindingState | None = None
    extension_asked_at: datetime | None = None
    responsible: str | None = None


class OverdueRow(DeadlineRow):
    """A missed deadline. `level`: to whom it has risen (domain §5), by the days since the due instant."""

    days_late: int
    level: str


class OverdueCursor(Frozen):
    """The last row of a page of what was overdue at the instant."""

    as_of: datetime
    due_at: datetime
    case_id: str
    clock: str
    about: str

    @classmethod
    def at(cls, as_of: datetime, row: Frozen) -> "OverdueCursor":
        """That row of a list of deadlines, be they missed or due soon."""
        return cls(as_of=as_of, **row.model_dump(include={"due_at", "case_id", "clock", "about"}))


OF_CASES = "deadlines d JOIN cases c USING (case_id)"
_ORDER = "due_at, case_id, clock, about"
OPEN = " AND c.outcome IS NULL"
"""As each case with an unmet deadline is: said, so that its cases are found along their own index."""
UNMET = " AND d.met_at IS NULL AND d.replaced_at IS NULL"
DEADLINE_ROW = (
    "d.case_id, d.kind, d.clock, d.about, d.role, d.due_at, c.subject_name AS subject, c.district, c.street, c.sector,"
    " c.stage, c.officers, d.set_at"
)


def overdue_page(
    engine: Engine,
    plan: Plan,
    as_of: datetime,
    which: OverdueFilter,
    limit: int,
    *,
    now: datetime | None = None,
    after: OverdueCursor | None = None,
) -> tuple[OverdueRow, ...]:
    """What was overdue at the instant, longest overdue first; the next page has the instant of the first one.

    A past `as_of` also looks at what ended since; `now`, the campaign's, spares that look where it is not past.
    """
    filters, facts = deadline_conditions(which, after)
    last = f"ORDER BY {_ORDER} LIMIT :limit"
    branches = _missed(DEADLINE_ROW, OF_CASES, filters, is_past=now is None or as_of < now)
    if which.officer is not None:  # few are left: found by their officer first, then sorted
        branches = [f"SELECT * FROM ({branch} OFFSET 0) AS his" for branch in branches]
    branches = [f"({branch} {last})" for branch in branches]
    page = f"SELECT * FROM ({' UNION ALL '.join(branches)}) AS branches {last}"
    rows = with_findings(engine, plan, page, {**facts, "as_of": as_of, "limit": limit})
    return tuple(_overdue(plan, row, as_of) for row in rows)


def overdue_count(engine: Engine, as_of: datetime, which: OverdueFilter, *, now: datetime) -> int:
    """How many deadlines were overdue at the instant, counted up to one more than `COUNTED_TO`."""
    return counted(engine, overdue_rows(as_of, which, now=now))


def overdue_rows(as_of: datetime, which: OverdueFilter, *, now: datetime) -> Rows:
    """What was overdue at the instant, to be counted."""
    filters, facts = deadline_conditions(which)
    branches = _missed("1", counted_from(which), filters, is_past=as_of < now)
    return Rows(" UNION ALL ".join(branches), {**facts, "as_of": as_of})


def _missed(columns: str, source: str, filters: str, *, is_past: bool) -> list[str]:
    """Deadlines that ran out by the instant: those unmet to this day, and for a past instant those ended since."""
    branch = f"SELECT {columns} FROM {source} WHERE d.due_at <= :as_of AND d.set_at <= :as_of{filters}"
    unmet = f"{branch}{UNMET}{OPEN if source == OF_CASES else ''}"
    ended = "coalesce(d.met_at, d.replaced_at)"
    return [unmet, f"{branch} AND {ended} IS NOT NULL AND {ended} > :as_of"] if is_past else [unmet]


def counted_from(which: OverdueFilter) -> str:
    """Where deadlines are counted: their cases are asked only for what does not stand beside each of them."""
    return OF_CASES if which.asks_cases else "deadlines d"


def cases_there(which: OverdueFilter) -> str:
    """The place of the list, asked of its cases too where few fit: they are found along an index of their own."""
    named = (name for name in ("campaign_id", "district") if getattr(which, name) is not None)
    return "".join(f" AND c.{name} = :{name}" for name in named)


def deadline_conditions(which: OverdueFilter, after: OverdueCursor | None = None) -> tuple[str, dict[str, Any]]:
    """The filters of a list of deadlines `d` of cases `c`, as SQL, and their values; `after` the last row of a page."""
    facts = which.model_dump(exclude_none=True)
    equal = (f" AND {'c' if name == 'stage' else 'd'}.{name} = :{name}" for name in facts if name != "officer")
    filters = "".join(equal)
    if which.officer is not None:
        filters += f"{cases_there(which)} AND c.{IN_CHARGE}"
    if after is None:
        return filters, facts
    beyond = " AND (d.due_at, d.case_id, d.clock, d.about) > (:due_at, :case_id, :clock, :about)"
    return filters + beyond, facts | after.model_dump(exclude={"as_of"})


def with_findings(engine: Engine, plan: Plan, page: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a page of deadlines, in order, with the finding that each is about, and whether it is provisional."""
    sql = f"""SELECT p.*, f.category, f.grade, f.description, f.responsible, f.state AS finding_state,
            e.set_at AS extension_asked_at FROM ({page}) AS p
        LEFT JOIN findings f ON f.case_id = p.case_id AND f.ref = p.about
        LEFT JOIN deadlines e ON e.case_id = p.case_id AND e.about = p.about AND p.clock = 'rectification'
            AND e.clock = 'extension' AND e.met_at IS NULL AND e.replaced_at IS NULL
        ORDER BY p.due_at, p.case_id, p.clock, p.about"""
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text(sql), facts).mappings()]
    for row in rows:
        since, counts = row.pop("set_at"), counts_working_days(plan, row["clock"], row["about"])
        row["provisional"] = counts and spans_unpublished(since, row["due_at"], None)
    return rows


def _overdue(plan: Plan, row: dict[str, Any], as_of: datetime) -> OverdueRow:
    late = as_of - row["due_at"]
    return OverdueRow(**row, days_late=late.days, level=level(plan, row["due_at"], as_of))
