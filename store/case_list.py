"""The list of cases, page by page: a page continues after the last row of the one before, so its cost does not grow.

How many cases a list has is counted beside it, up to a bound.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Engine, text

from models.base import Frozen
from models.case import OWED, SETTLED
from models.case_ids import first_case_id
from models.typed import folded
from rules.subjects.search_words import plain
from store.case_facts import FACTS, MUSTS
from store.counted import COUNTED_TO, Rows, counted

Order = Literal["id", "due"]
SOON = timedelta(days=7)
"""What falls due within it is due soon."""
_SHOWN = (
    *("case_id", "campaign_id", "subject_id", "subject_name", "district", "street", "sector", "source", "stage"),
    *("next_role", "due_at", "outcome", "listed", "officers", "opened_at", "closed_at"),
)
_COLUMNS = ", ".join(_SHOWN)


class CaseFilter(Frozen):
    """Which cases; every field left out means all. `outcome` may be `open`.

    `q` is part of the subject's name (that of now, or that of the opening), of its initials in pinyin, of its credit
    code; or, where it has a figure or a dash, the beginning of the case's number (`demo-157`), or its whole id.
    `officer`: one of those in charge, by name.
    `must`: one of the four that is owed and not executed yet. `unsettled`: of which grade a finding is unsettled.
    `stood`: in which stage a case stood at the end of a day, as `rectification.2027-06-30`. `soon`: open, not late,
    due within `SOON`.
    `listed`: open, and under listed supervision by that level. `case_ids`: these alone. `musts` and the six above it
    are what `store/case_facts.py` says.
    """

    campaign_id: str | None = None
    subject_id: str | None = None
    district: str | None = None
    street: str | None = None
    sector: str | None = None
    stage: str | None = None
    next_role: str | None = None
    outcome: str | None = None
    source: str | None = None
    listed: str | None = None
    overdue: bool | None = None
    officer: str | None = None
    q: str | None = None
    investigated: bool | None = None
    found: bool | None = None
    in_time: bool | None = None
    no_sector: bool | None = None
    no_street: bool | None = None
    void: bool | None = None
    musts: Literal["owed", "executed"] | None = None
    must: str | None = None
    unsettled: str | None = None
    stood: str | None = None
    soon: bool | None = None
    case_ids: tuple[str, ...] | None = None

    @property
    def is_narrow(self) -> bool:
        """Few are left of all, or all are to be looked at anyway: looked up once, then sorted."""
        asked = (self.q, self.stage, self.stood, self.officer, self.must, self.unsettled, self.musts, self.case_ids)
        return any(asked) or any(getattr(self, name) is not None for name in FACTS)


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
    officers: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None


class CaseCursor(Frozen):
    """The last row of a page."""

    case_id: str
    due_at: datetime | None = None


def case_page(
    engine: Engine, which: CaseFilter, now: datetime, limit: int, after: CaseCursor | None = None, order: Order = "id"
) -> tuple[CaseRow, ...]:
    """The next cases, by id or most urgent first; `now` is that of the campaign, or the wall's for all campaigns."""
    where, facts = case_conditions(which, now)
    if order == "id":
        if after:
            where, facts = [*where, "case_id > :after"], {**facts, "after": after.case_id}
        return _cases(engine, where, facts, "case_id", limit)
    if which.is_narrow:
        beyond, more = _beyond(after)
        return _cases(engine, [*where, beyond], facts | more, "due_at NULLS LAST, case_id", limit)
    return _walked(engine, which, where, facts, limit, after)


def _walked(
    engine: Engine, which: CaseFilter, where: list[str], facts: dict[str, Any], limit: int, after: CaseCursor | None
) -> tuple[CaseRow, ...]:
    """The next cases, most urgent first, along the indexes: at once where many fit."""
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


def searched_cases(
    engine: Engine, which: CaseFilter, now: datetime, limit: int, after: CaseCursor | None = None
) -> tuple[tuple[CaseRow, ...], int]:
    """The next cases, most urgent first, and how many the list has, counted up to one more than `COUNTED_TO`.

    Of a narrow list, which looks at every case but once; more hits than are counted are not sorted but walked to.
    """
    where, facts = case_conditions(which, now)
    last = "ORDER BY due_at NULLS LAST, case_id"
    beyond, more = _beyond(after)
    sql = f"""SELECT * FROM (
        WITH hits AS MATERIALIZED (SELECT case_id, due_at FROM cases WHERE {" AND ".join(where)} LIMIT :most)
        SELECT counted.hits, page.* FROM (SELECT count(*) AS hits FROM hits) AS counted LEFT JOIN (
            SELECT {_COLUMNS} FROM cases
            WHERE case_id IN (SELECT case_id FROM hits WHERE {beyond} {last} LIMIT :limit)
        ) AS page ON true
    ) AS found {last}"""
    facts_of_page = {**facts, **more, "limit": limit, "most": COUNTED_TO + 1}
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text(sql), facts_of_page).mappings()]
    hits = rows[0]["hits"]
    if hits > COUNTED_TO:
        return _walked(engine, which, where, facts, limit, after), hits
    found = (row for row in rows if row["case_id"] is not None)
    return tuple(CaseRow.model_validate({n: row[n] for n in _SHOWN}) for row in found), hits


class Due(NamedTuple):
    """An unmet due instant of a case, and whose it is."""

    role: str
    due_at: datetime


def dues(engine: Engine, case_ids: Sequence[str]) -> dict[str, tuple[Due, ...]]:
    """The earliest unmet due instant of each role in each of these cases, earliest first."""
    sql = """SELECT d.case_id, d.role, min(d.due_at) AS due_at FROM deadlines d WHERE d.case_id = ANY(:ids)
        AND d.met_at IS NULL AND d.replaced_at IS NULL GROUP BY d.case_id, d.role ORDER BY due_at, d.role"""
    found: dict[str, tuple[Due, ...]] = {}
    with engine.connect() as connection:
        for row in connection.execute(text(sql), {"ids": list(case_ids)}):
            found[row.case_id] = (*found.get(row.case_id, ()), Due(row.role, row.due_at))
    return found


def owed_musts(engine: Engine, case_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which of the four musts each of these cases owes: none where it owes none."""
    sql = f"""SELECT m.case_id, array_agg(DISTINCT m.must ORDER BY m.must) AS musts FROM musts m
        WHERE m.case_id = ANY(:ids) AND {MUST_IS_OWED} GROUP BY m.case_id"""
    with engine.connect() as connection:
        return {row.case_id: tuple(row.musts) for row in connection.execute(text(sql), {"ids": list(case_ids)})}


def cases_by_id(
    engine: Engine, which: CaseFilter, limit: int, after: str = "", *, now: datetime | None = None
) -> tuple[CaseRow, ...]:
    """The next cases by id, for walks that must miss none; by `overdue` only where `now` says as of when."""
    if now is None:
        which = which.model_copy(update={"overdue": None, "soon": None})
    where, facts = case_conditions(which, now or datetime.max)
    return _cases(engine, [*where, "case_id > :after"], {**facts, "after": after}, "case_id", limit)


def case_count(engine: Engine, which: CaseFilter, now: datetime, most: int | None = None) -> int:
    """How many cases the list has, counted up to one more than `most`, else `COUNTED_TO`."""
    return counted(engine, case_rows(which, now), most)


def case_rows(which: CaseFilter, now: datetime) -> Rows:
    """The cases of the list, to be counted."""
    where, facts = case_conditions(which, now)
    return Rows(f"SELECT 1 FROM cases WHERE {' AND '.join(where) or 'true'}", facts)


def case_conditions(which: CaseFilter, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """The filters of a list of `cases` as SQL, and their values."""
    apart = {"outcome", "overdue", "officer", "q", "must", "musts", "unsettled", "stood", "soon", "case_ids", *FACTS}
    names = which.model_dump(exclude_none=True, exclude=apart)
    where, facts = [f"{name} = :{name}" for name in names], dict(names)
    if which.outcome == "open":
        where.append("outcome IS NULL")
    elif which.outcome:
        where.append("outcome = :outcome")
        facts["outcome"] = which.outcome
    if which.listed is not None:
        where.append("outcome IS NULL")  # nobody supervises what is closed
    if which.officer is not None:
        where.append(IN_CHARGE)
        facts["officer"] = which.officer
    if which.q:
        typed = folded(which.q).strip()
        where.append(_SEARCHED_WITH_NUMBER if _NUMBER.search(typed) else _SEARCHED)
        number = first_case_id("%", f"{_literal(typed)}%")
        facts |= {"q": f"%{_literal(plain(typed))}%", "number": number, "whole": typed}
    for name, condition in FACTS.items():
        if (wanted := getattr(which, name)) is not None:
            where.append(condition if wanted else f"({condition}) IS NOT TRUE")
    if which.musts is not None:
        where.append(MUSTS[which.musts])
    its_now = "CAST(:now AS timestamptz)" if which.campaign_id else _ITS_NOW
    if which.overdue is not None:
        late = f"due_at <= {its_now}"
        where.append(f"outcome IS NULL AND {late}" if which.overdue else f"({late}) IS NOT TRUE")
        facts["now"] = now
    if which.soon:
        where.append(f"outcome IS NULL AND due_at > {its_now} AND due_at <= {its_now} + CAST(:soon AS interval)")
        facts |= {"now": now, "soon": SOON}
    if which.must is not None:
        where.append(f"case_id IN (SELECT m.case_id FROM musts m WHERE m.must = :must AND {musts_owed_there(which)})")
        facts["must"] = which.must
    if which.unsettled is not None:
        unsettled = " AND ".join(["f.grade = :unsettled", _IS_UNSETTLED, *_there("f", which)])
        where.append(f"case_id IN (SELECT f.case_id FROM findings f WHERE {unsettled})")
        where.append("outcome IS DISTINCT FROM 'void'")  # with the case its findings are void
        facts["unsettled"] = which.unsettled
    if which.stood is not None:
        where.append(f"case_id IN ({_STOOD})")
        facts["stood_in"], facts["stood_on"] = which.stood.split(".")
    if which.case_ids is not None:
        where.append("case_id = ANY(:case_ids)")
        facts["case_ids"] = list(which.case_ids)
    return where, facts


def _beyond(after: CaseCursor | None) -> tuple[str, dict[str, Any]]:
    """What comes after that row of a list by due instant, whose rows without one stand last; everything after none."""
    if after is None:
        return "true", {}
    beyond = _AFTER_DUE if after.due_at else "due_at IS NULL AND case_id > :after"
    return beyond, {"due_at": after.due_at, "after": after.case_id}


_AFTER_DUE = "((due_at, case_id) > (:due_at, :after) OR due_at IS NULL)"
_ITS_NOW = (
    "CAST(:now AS timestamptz) + interval '1 second' * "
    "(SELECT clock_offset FROM campaigns c WHERE c.campaign_id = cases.campaign_id)"
)


def musts_owed_there(which: CaseFilter) -> str:
    """The musts `m` that are owed in the campaign and the place of the list: what stands beside each must itself."""
    return " AND ".join([MUST_IS_OWED, *_there("m", which)])


def _there(table: str, which: CaseFilter) -> list[str]:
    """The place of the list, as it stands beside each finding and must."""
    places = (name for name in ("campaign_id", "district", "sector") if getattr(which, name) is not None)
    return [f"{table}.{name} = :{name}" for name in places]


def _listed(states: frozenset[str]) -> str:
    return ", ".join(f"{state!r}" for state in sorted(states))


MUST_IS_OWED = f"m.state IN ({_listed(OWED)})"
_IS_UNSETTLED = f"f.state NOT IN ({_listed(SETTLED)})"
_STOOD = """SELECT p.case_id FROM case_spans p WHERE p.kind = 'stage' AND p.what = :stood_in
    AND p.since <= CAST(:stood_on AS date) AND (p.until IS NULL OR p.until > CAST(:stood_on AS date))"""
IN_CHARGE = "officers @> (SELECT to_jsonb(CAST(:officer AS text)))"
_SEARCHED = (
    "(found_by LIKE :q OR subject_id IN (SELECT subject_id FROM subjects WHERE version > 1 AND found_by LIKE :q))"
)
"""By the name and code with which the case was opened, or those that the register has had since."""
_SEARCHED_WITH_NUMBER = f"({_SEARCHED} OR case_id LIKE :number OR case_id = :whole)"
_NUMBER = re.compile(r"[0-9_./-]")  # what stands in the number of a case and in few names


def _literal(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cases(engine: Engine, where: list[str], facts: dict[str, Any], order: str, limit: int) -> tuple[CaseRow, ...]:
    conditions = " AND ".join(where) or "true"
    sql = f"SELECT {_COLUMNS} FROM cases WHERE {conditions} ORDER BY {order} LIMIT :limit"
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**facts, "limit": limit}).mappings().all()
    return tuple(CaseRow.model_validate(dict(row)) for row in rows)
