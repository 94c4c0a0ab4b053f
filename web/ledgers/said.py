"""What is said about rows, as the page of a check lists it: what is alike in one line."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ledgers.issues import Issue, grouped
from models.plan import Plan
from views.ledger_words import districts_named, on_page


class Said(NamedTuple):
    """One line: where, what, and whether something can be chosen on the page about it. `rows` of a sheet is empty."""

    sheet: str
    rows: str
    column: str
    zh: str
    en: str
    chosen: bool


class IssuesShown(NamedTuple):
    """The first lines, how many more there are, and of how many places they tell."""

    lines: tuple[Said, ...]
    more: int
    places: int


def issues_shown(issues: Sequence[Issue], most: int, plan: Plan) -> IssuesShown:
    """As `rectify ledger import` groups them."""
    groups = grouped(districts_named(one, plan) for one in issues)
    lines = tuple(
        Said(
            group.first.sheet,
            group.shown_rows,
            group.first.column or "",
            on_page(group.zh),
            on_page(group.en),
            "--" in group.first.zh,
        )
        for group in islice(groups, most)
    )
    return IssuesShown(lines, max(0, len(groups) - most), len(issues))
