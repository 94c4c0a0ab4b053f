"""Lists page by page: a page continues after the last row of the one before, so its cost does not grow."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from models.plan import Plan
from rules.recount import counts_working_days, spans_unpublished
from rules.urgency import level

Order = Literal["id", "due"]
_SHOWN = (
    *("case_id", "campaign_id", "subject_id", "subject_name", "district", "street", "sector", "source", "stage"),
    *("next_role", "due_at", "outcome", "listed", "opened_at", "closed_at"),
)
_COLUMNS = ", ".join(_SHOWN)


class CaseFilter(Frozen):
    """Which cases; every field left out means all. `outcome` may be `open`; `q` is part of the subject's name."""

    campaign_id: str | None = None
    district: str | None = None
    street: str | None = None
    sector: str | None = None
    stage: str | None = None
    next_role: str | None = None
    outcome: str | None = None
    source: str | None = None
    listed: str | None = None
    overdue: bool | None = None
    q: str | None = None


class CaseRow(Frozen):
    """One case in a list; `due_at` is its earliest unmet due instant, past ones included."""

    case_id: str
    campaign_id: str
    subject_id: str
    subject_name: str
    district: str
    street: str | None
    sector: str | None
    source: str
    stage: str
    next_role: str | None
    due_at: datetime | None
    outcome: str | None
    listed: str | None
    opened_at: datetime
    closed_at: datetime | None


class CaseCursor(Frozen):
    """The last row of a page."""

    case_id: str
    due_at: datetime | None = None


class OverdueFilter(Frozen):
    """Which missed deadlines; every field left out means all."""

    campaign_id: str | None = None
    district: str | None = None
    sector: str | None = None
    stage: str | None = None
    role: str | None = None
    kind: Literal["rectification", "duty"] | None = None


class OverdueRow(Frozen):
    """One missed deadline; category, grade and description where it is about a finding.

    `level`: to whom it has risen (domain §5), by the days since the due instant. `provisional`: the due instant was
    counted in working days of a year whose calendar is not published.
    """

    case_id: str
    subject: str
    district: str
    sector: str | None
    stage: str
    kind: Literal["rectification", "duty"]
    clock: str
    about: str
    role: str
    due_at: datetime
    days_late: int
    level: str
    provisional: bool
    category: str | None
    grade: str | None
    description: str | None


class OverdueCursor(Frozen):
    """The last row of a page of what was overdue at the instant."""

    as_of: datetime
    due_at: datetime
    case_id: str
    clock: str
    about: str


def case_page(
    engine: Engine, which: CaseFilter, now: datetime, limit: int, after: CaseCursor | None = None, order: Order = "id"
) -> tuple[CaseRow, ...]:
    """The next cases, by id or most urgent first; `now` is that of the campaign, or the wall's for all campaigns."""
    where, facts = _case_conditions(which, now)
    if order == "id":
        if after:
            where, facts = [*where, "case_id > :after"], {**facts, "after": after.case_id}
        return _cases(engine, where, facts, "case_id", limit)
    if which.q or which.stage:  # few are left, or all are to be looked at anyway: once, then sorted
        if after:
            where = [*where, _AFTER_DUE if after.due_at else "due_at IS NULL AND case_id > :after"]
            facts = {**facts, "due_at": after.due_at, "after": after.case_id}
        return _cases(engine, where, facts, "due_at NULLS LAST, case_id", limit)
    found: tuple[CaseRow, ...] = ()
    is_ended = which.outcome not in (None, "open")
    if not is_ended and (after is None or after.due_at):  # first what is due, along the index of open cases
        dated, more = [*where, "outcome IS NULL", "due_at IS NOT NULL"], dict(facts)
        if after:
            dated.append("(due_at, case_id) > (:due_at, :after)")
            more |= {"due_at": after.due_at, "after": after.case_id}
        found = _cases(engine, dated, more, "due_at, case_id", limit)
    if len(found) < limit and which.overdue is not True:  # then what is not, or is over
        undated = [*where, "due_at IS NULL"]
        if after and not after.due_at:
            undated, facts = [*undated, "case_id > :after"], {**facts, "after": after.case_id}
        found += _cases(engine, undated, facts, "case_id", limit - len(found))
    return found


def _case_conditions(which: CaseFilter, now: datetime) -> tuple[list[str], dict[str, Any]]:
    names = which.model_dump(exclude_none=True, exclude={"outcome", "overdue", "q"})
    where, facts = [f"{name} = :{name}" for name in names], dict(names)
    if which.outcome == "open":
        where.append("outcome IS NULL")
    elif which.outcome:
        where.append("outcome = :outcome")
        facts["outcome"] = which.outcome
    if which.q:
        plain = which.q.lower() == which.q.upper()  # without capitals LIKE finds the same, much faster
        where.append(f"subject_name {'LIKE' if plain else 'ILIKE'} :q")
        facts["q"] = f"%{_literal(which.q)}%"
    if which.overdue is not None:
        late = "due_at <= :now" if which.campaign_id else f"due_at <= {_ITS_NOW}"
        where.append(f"outcome IS NULL AND {late}" if which.overdue else f"({late}) IS NOT TRUE")
        facts["now"] = now
    return where, facts


_AFTER_DUE = "((due_at, case_id) > (:due_at, :after) OR due_at IS NULL)"
_ITS_NOW = (
    "CAST(:now AS timestamptz) + interval '1 second' * "
    "(SELECT clock_offset FROM campaigns c WHERE c.campaign_id = cases.campaign_id)"
)


def _literal(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cases(engine: Engine, where: list[str], facts: dict[str, Any], order: str, limit: int) -> tuple[CaseRow, ...]:
    conditions = " AND ".join(where) or "true"
    sql = f"SELECT {_COLUMNS} FROM cases WHERE {conditions} ORDER BY {order} LIMIT :limit"
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**facts, "limit": limit}).mappings().all()
    return tuple(CaseRow.model_validate(dict(row)) for row in rows)


_ORDER = "due_at, case_id, clock, about"
_OF_CASE = {"campaign_id", "district", "sector", "stage"}


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
    names = which.model_dump(exclude_none=True)
    filters = "".join(f" AND {'c' if n in _OF_CASE else 'd'}.{n} = :{n}" for n in names)
    if after:
        filters += " AND (d.due_at, d.case_id, d.clock, d.about) > (:due_at, :case_id, :clock, :about)"
        names |= after.model_dump(exclude={"as_of"})
    branch = (
        "SELECT d.case_id, d.kind, d.clock, d.about, d.role, d.due_at, c.subject_name AS subject, c.district,"
        " c.sector, c.stage, d.set_at FROM deadlines d JOIN cases c USING (case_id)"
        f" WHERE d.due_at <= :as_of AND d.set_at <= :as_of{filters}"
    )
    last = f"ORDER BY {_ORDER} LIMIT :limit"
    sql = f"({branch} AND d.met_at IS NULL AND d.replaced_at IS NULL {last})"
    if now is None or as_of < now:
        ended = "coalesce(d.met_at, d.replaced_at)"
        sql += f" UNION ALL ({branch} AND {ended} IS NOT NULL AND {ended} > :as_of {last})"
    page = f"SELECT * FROM ({sql}) AS branches {last}"
    told = f"""SELECT p.*, f.category, f.grade, f.description FROM ({page}) AS p
        LEFT JOIN findings f ON f.case_id = p.case_id AND f.ref = p.about
        ORDER BY p.due_at, p.case_id, p.clock, p.about"""
    with engine.connect() as connection:
        rows = connection.execute(text(told), {**names, "as_of": as_of, "limit": limit}).mappings().all()
    return tuple(_overdue(plan, dict(row), as_of) for row in rows)


def _overdue(plan: Plan, row: dict[str, Any], as_of: datetime) -> OverdueRow:
    late, set_at = as_of - row["due_at"], row.pop("set_at")
    unsure = counts_working_days(plan, row["clock"], row["about"]) and spans_unpublished(set_at, row["due_at"], None)
    return OverdueRow(**row, days_late=late.days, level=level(plan, row["due_at"], as_of), provisional=unsure)
