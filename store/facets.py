"""How many cases of a list each value of a filter would leave: over the whole list, without that filter itself."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from store.case_list import MUST_IS_OWED, SOON, CaseFilter, case_conditions

Facet = Literal["due", "stage", "district", "sector", "must", "street", "officer"]
OF_A_DISTRICT: tuple[Facet, ...] = ("street", "officer")
"""Counted where the list is of one district: elsewhere they would be hundreds."""
VALUES_SHOWN = 12
_PLAIN = ("stage", "district", "sector")
_FILTERS: dict[Facet, tuple[str, ...]] = {"due": ("overdue", "soon")}


class FacetCount(Frozen):
    """Cases of one value of a facet; of `due` the values are `overdue` and `soon`."""

    facet: Facet
    value: str
    cases: int


def facet_counts(engine: Engine, which: CaseFilter, now: datetime) -> tuple[FacetCount, ...]:
    """The counts of every facet, the largest first; of streets and officers the first ones, in one district alone."""
    facets: list[Facet] = ["due", "must", *(OF_A_DISTRICT if which.district else ())]
    together = [name for name in _PLAIN if getattr(which, name) is None]
    parts = [_together(which, now, together)] if together else []
    parts += [_one(which, now, facet) for facet in (*facets, *(f for f in _PLAIN if f not in together))]
    facts: dict[str, Any] = {"now": now, "soon": SOON, "shown": VALUES_SHOWN}
    for _, of_part in parts:
        facts |= of_part
    sql = " UNION ALL ".join(f"({part})" for part, _ in parts)
    with engine.connect() as connection:
        rows = connection.execute(text(f"{sql} ORDER BY 3 DESC, 1, 2"), facts).all()
    return tuple(FacetCount(facet=row[0], value=row[1], cases=row[2]) for row in rows if row[1] is not None and row[2])


def officers_of(engine: Engine, which: CaseFilter, now: datetime, limit: int = 200) -> tuple[str, ...]:
    """Who is in charge of some case of the list, by name; of very many the first ones."""
    conditions, facts = case_conditions(which, now)
    sql = f"""SELECT DISTINCT one FROM cases, jsonb_array_elements_text(officers) AS one
        WHERE {" AND ".join(conditions) or "true"} ORDER BY one LIMIT :limit"""
    with engine.connect() as connection:
        return tuple(connection.execute(text(sql), {**facts, "limit": limit}).scalars())


def _together(which: CaseFilter, now: datetime, names: list[str]) -> tuple[str, dict[str, Any]]:
    """Those by which nothing is filtered, in one walk over the list."""
    where, facts = case_conditions(which, now)
    said = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in names)
    sets = ", ".join(f"({name})" for name in names)
    sql = f"""SELECT CASE {said} END AS facet, coalesce({", ".join(names)}) AS value, count(*) AS cases
        FROM cases WHERE {" AND ".join(where) or "true"} GROUP BY GROUPING SETS ({sets})"""
    return sql, facts


def _one(which: CaseFilter, now: datetime, facet: Any) -> tuple[str, dict[str, Any]]:
    without = which.model_copy(update=dict.fromkeys(_FILTERS.get(facet, (facet,))))
    conditions, facts = case_conditions(without, now)
    where = " AND ".join(conditions) or "true"
    match facet:
        case "due":
            sql = f"""SELECT 'due', CASE WHEN due_at <= :now THEN 'overdue' ELSE 'soon' END, count(*) FROM cases
                WHERE {where} AND outcome IS NULL AND due_at <= CAST(:now AS timestamptz) + CAST(:soon AS interval)
                GROUP BY 2"""
        case "must":
            sql = f"""SELECT 'must', m.must, count(DISTINCT m.case_id) FROM musts m
                WHERE {MUST_IS_OWED} AND m.case_id IN (SELECT case_id FROM cases WHERE {where}) GROUP BY m.must"""
        case "officer":
            sql = f"""SELECT 'officer', one, count(*) FROM cases, jsonb_array_elements_text(officers) AS one
                WHERE {where} GROUP BY one ORDER BY 3 DESC, 2 LIMIT :shown"""
        case _:
            sql = f"""SELECT '{facet}', {facet}, count(*) FROM cases
                WHERE {where} GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT :shown"""
    return sql, facts
