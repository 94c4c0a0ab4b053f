"""The way back to a list: an address of ours that a form carries, read anew by the list's own query model.

Nothing else is followed: another site, another page, a parameter that the list does not have.
"""

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from web.queries import LONGEST_ADDRESS, BoardQuery, CasesQuery, WorkQuery
from web.render import link

QUERIES: dict[str, type[BoardQuery | CasesQuery | WorkQuery]] = {
    "/": BoardQuery,
    "/cases": CasesQuery,
    "/work": WorkQuery,
}


class Back(NamedTuple):
    """A list to go back to: its path, and what it was asked for."""

    path: str
    query: BoardQuery | CasesQuery | WorkQuery

    @property
    def address(self) -> str:
        """The page of the list."""
        return self.with_done()

    def with_done(self, **done: str) -> str:
        """The page of the list, which says what was done."""
        return link(self.path, **self.query.address, after=self.query.after, **done)


def back_to(text: str | None) -> Back | None:
    """The list that the text is an address of; None for anything else."""
    if not text or len(text) > LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(text)
        kind = QUERIES.get(parts.path)
        if kind is None or parts.scheme or parts.netloc:
            return None
        values = parse_qs(parts.query, max_num_fields=200)
        many = {"case", "columns"}
        return Back(parts.path, kind.model_validate({n: v if n in many else v[-1] for n, v in values.items()}))
    except (ValueError, ValidationError):
        return None
