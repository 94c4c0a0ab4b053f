"""The facets of the list of cases: of each value how many cases it would leave, and the address that asks for it."""

from functools import partial
from typing import Any, NamedTuple

from serving.backing import Backing
from store.campaigns import Campaign
from store.case_list import CaseFilter
from store.facets import Facet, FacetCount, facet_counts
from store.reading import reading_now
from web.queries import CasesQuery
from web.render import link

_ORDER: tuple[Facet, ...] = ("due", "stage", "must", "district", "street", "sector", "officer")
_NONE: dict[Facet, str] = {"sector": "no_sector", "street": "no_street"}
"""The filter that says that none is written down."""
_OFTEN = 8
"""Facets are as old as the numbers of the board, times this."""


class FacetValue(NamedTuple):
    """A value of a filter; `address` sets it, or takes it back where it is set."""

    field: str
    value: str
    cases: int
    is_set: bool
    address: str


def facets_of(
    behind: Backing, campaign: Campaign, which: CaseFilter, query: CasesQuery
) -> list[tuple[Facet, list[FacetValue]]]:
    """The facets that have something to choose, with the counts of the last seconds."""
    in_one = reading_now().reach.district is not None
    asked = ("facets", which.model_dump_json(), str(in_one))
    counts = behind.lately(
        asked, lambda: facet_counts(behind.engine, which, campaign.now(), in_one_district=in_one), _OFTEN
    )
    found: list[tuple[Facet, list[FacetValue]]] = [(facet, _values(facet, counts, query)) for facet in _ORDER]
    return [(facet, values) for facet, values in found if len(values) > 1 or any(v.is_set for v in values)]


def due_now(facets: list[tuple[Facet, list[FacetValue]]], counts: CasesQuery) -> dict[str, int]:
    """How many cases of the list are late and due soon, where it is not filtered by that already."""
    if counts.overdue is not None or counts.soon:
        return {}
    return {value.field: value.cases for facet, values in facets if facet == "due" for value in values}


def _values(facet: Facet, counts: tuple[FacetCount, ...], query: CasesQuery) -> list[FacetValue]:
    if facet == "due":
        known = {count.value: count.cases for count in counts if count.facet == "due"}
        return [_due(field, known.get(field, 0), query) for field in ("overdue", "soon")]
    none = _NONE.get(facet)
    chosen = "" if none and getattr(query, none) else getattr(query, facet)
    values = {count.value: count.cases for count in counts if count.facet == facet}
    if chosen is not None:
        values.setdefault(chosen, 0)
    make = partial(_value_or_none, facet, none) if none else partial(_value, facet)
    return [make(value, cases, value == chosen, query) for value, cases in values.items()]


def _value(field: str, value: str, cases: int, is_set: bool, query: CasesQuery) -> FacetValue:
    return FacetValue(field, value, cases, is_set, _address(query, {field: None if is_set else value}))


def _value_or_none(field: str, none: str, value: str, cases: int, is_set: bool, query: CasesQuery) -> FacetValue:
    """A sector or street, or that none is written down, which is a filter of its own."""
    wanted: dict[str, str | None] = {field: value or None, none: None if value else "true"}
    cleared: dict[str, str | None] = {field: None, none: None}
    address = _address(query, cleared if is_set else wanted)
    return FacetValue(field if value else none, value or "true", cases, is_set, address)


def _due(field: str, cases: int, query: CasesQuery) -> FacetValue:
    is_set = getattr(query, field) is True
    neither: dict[str, str | None] = {"overdue": None, "soon": None}
    return FacetValue(field, "true", cases, is_set, _address(query, neither if is_set else {**neither, field: "true"}))


def _address(query: CasesQuery, changed: dict[str, Any]) -> str:
    return link("/cases", **{**query.address, **changed})
