"""How many cases of a list each value of a filter would leave: over the whole list, without that filter itself."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from store.case_list import SOON, CaseFilter, case_conditions, musts_owed_there

Facet = Literal["due", "stage", "district", "sector", "must", "street", "officer"]
OF_A_DISTRICT: tuple[Facet, ...] = ("street", "officer")
"""Counted where the list is of one district: elsewhere they would be hundreds."""
VALUES_SHOWN = 12
_FILTERS: dict[Facet, tuple[str, ...]] = {
    "due": ("overdue", "soon"),
    "sector": ("sector", "no_sector"),
    "street": ("street", "no_street"),
}
"""The filters of a facet, where they are not of its own name."""
_COUNTED: tuple[Facet, ...] = ("due", "stage", "district", "sector", "street", "officer")
"""Those of a row of `cases` itself."""
_PLACE = ("campaign_id", "district", "sector", "subject_id")
"""What stands beside each must itself."""
_OF_A_CASE: dict[Facet, str] = {
    "due": """CASE WHEN outcome IS NULL AND due_at <= :now THEN 'overdue'
        WHEN outcome IS NULL AND due_at <= CAST(:now AS timestamptz) + CAST(:soon AS interval) THEN 'soon' END""",
    "officer": "officers",
    "sector": "coalesce(sector, '')",
    "street": "coalesce(street, '')",
}
"""What of a case is counted, where it is not the column of that name."""


class FacetCount(Frozen):
    """Cases of one value of a facet; of `due` these are `overdue` and `soon`, of no sector or street it is empty."""

    facet: Facet
    value: str
    cases: int


def facet_counts(
    engine: Engine, which: CaseFilter, now: datetime, *, in_one_district: bool = False
) -> tuple[FacetCount, ...]:
    """The counts of every facet, the largest first; of streets and officers the first ones, in one district alone.

    Those by which nothing is filtered are counted in one walk over the list, each other without its own filter.
    `in_one_district`: the reader reads no other, so there is none to choose.
    """
    facets: list[Facet] = [f for f in _COUNTED if f not in OF_A_DISTRICT or which.district]
    alone: list[Facet] = [f for f in facets if _is_set(which, f) and not (f == "district" and in_one_district)]
    together: list[Facet] = [f for f in facets if f not in alone]
    parts = [_walk(which, now, together)] if together else []
    parts += [_walk(_without(which, facet), now, [facet]) for facet in alone]
    parts.append(_musts(_without(which, "must"), now))
    facts: dict[str, Any] = {"now": now, "soon": SOON, "shown": VALUES_SHOWN}
    for _, of_part in parts:
        facts |= of_part
    sql = " UNION ALL ".join(f"({part})" for part, _ in parts)
    ordered = text(f"SELECT * FROM ({sql}) AS counted ORDER BY cases DESC, facet, value")
    with engine.connect() as connection:
        rows = connection.execute(ordered, facts).all()
    return tuple(FacetCount(facet=row[0], value=row[1], cases=row[2]) for row in rows)


def _is_set(which: CaseFilter, facet: Facet) -> bool:
    return any(getattr(which, name) is not None for name in _FILTERS.get(facet, (facet,)))


def _without(which: CaseFilter, facet: Facet) -> CaseFilter:
    return which.model_copy(update=dict.fromkeys(_FILTERS.get(facet, (facet,))))


def officers_of(engine: Engine, which: CaseFilter, now: datetime, limit: int = 200) -> tuple[str, ...]:
    """Who is in charge of some case of the list, by name; of very many the first ones."""
    conditions, facts = case_conditions(which, now)
    sql = f"""SELECT DISTINCT one FROM cases, jsonb_array_elements_text(officers) AS one
        WHERE {" AND ".join(conditions) or "true"} ORDER BY one LIMIT :limit"""
    with engine.connect() as connection:
        return tuple(connection.execute(text(sql), {**facts, "limit": limit}).scalars())


def sectors_of(engine: Engine, which: CaseFilter, now: datetime) -> tuple[str | None, ...]:
    """Of which sectors the cases of the list are."""
    conditions, facts = case_conditions(which, now)
    sql = f"SELECT DISTINCT sector FROM cases WHERE {' AND '.join(conditions) or 'true'} ORDER BY sector"
    with engine.connect() as connection:
        return tuple(connection.execute(text(sql), facts).scalars())


def turns(engine: Engine, which: CaseFilter, now: datetime) -> tuple[tuple[str, int], ...]:
    """Of the cases of the list how many wait for each role, the most first."""
    conditions, facts = case_conditions(which, now)
    sql = f"""SELECT next_role, count(*) FROM cases WHERE {" AND ".join(["next_role IS NOT NULL", *conditions])}
        GROUP BY next_role ORDER BY count(*) DESC, next_role"""
    with engine.connect() as connection:
        return tuple((row[0], row[1]) for row in connection.execute(text(sql), facts))


def _walk(which: CaseFilter, now: datetime, facets: list[Facet]) -> tuple[str, dict[str, Any]]:
    """These in one walk: cases that are alike in all of them are counted together, then by each."""
    where, facts = case_conditions(which, now)
    alike = ", ".join(f"{_OF_A_CASE.get(facet, facet)} AS {facet}" for facet in facets)
    sql = f"""WITH walked AS MATERIALIZED (SELECT {alike}, count(*) AS cases FROM cases
            WHERE {" AND ".join(where) or "true"} GROUP BY {", ".join(str(n + 1) for n in range(len(facets)))})
        {" UNION ALL ".join(f"({_of_one(facet)})" for facet in facets)}"""
    return sql, facts


def _of_one(facet: Facet) -> str:
    value, walked, most = facet, "walked", ""
    if facet == "officer":
        value, walked = "one", "walked, jsonb_array_elements_text(officer) AS one"
    if facet in OF_A_DISTRICT:
        most = " ORDER BY 3 DESC, 2 LIMIT :shown"
    return f"""SELECT '{facet}' AS facet, {value} AS value, sum(cases)::bigint AS cases FROM {walked}
        WHERE {value} IS NOT NULL GROUP BY {value}{most}"""


def _musts(which: CaseFilter, now: datetime) -> tuple[str, dict[str, Any]]:
    """The musts that are owed; their cases are asked only for what does not stand beside each must."""
    where, facts = case_conditions(which, now)
    there = f"{musts_owed_there(which)}{' AND m.subject_id = :subject_id' if which.subject_id is not None else ''}"
    if set(which.model_dump(exclude_none=True)) - set(_PLACE):
        there += f" AND m.case_id IN (SELECT case_id FROM cases WHERE {' AND '.join(where)})"
    return f"SELECT 'must', m.must, count(DISTINCT m.case_id) FROM musts m WHERE {there} GROUP BY m.must", facts
