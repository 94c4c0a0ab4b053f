"""Lists of cases, and of what is overdue, page by page."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from models.base import Frozen
from rules.clocks.table import OF_FINDING
from store.case_list import CaseRow
from store.overdue import OverdueRow

_ABOUT_FINDINGS = frozenset(row.clock for row in OF_FINDING)


class ListedCase(CaseRow):
    """A case in a list; `overdue`: a deadline of it is missed, by its campaign's own now."""

    overdue: bool


class CaseList(Frozen):
    """A page of cases; `next` is null on the last one."""

    cases: tuple[ListedCase, ...]
    next: str | None


class OverdueDocument(OverdueRow):
    """A missed deadline; `finding` is its ref where it is about one."""

    finding: str | None


class OverdueList(Frozen):
    """A page of what was overdue at the instant, longest overdue first."""

    campaign: str
    as_of: datetime
    overdue: tuple[OverdueDocument, ...]
    next: str | None


def case_list(rows: Iterable[CaseRow], nows: Mapping[str, datetime], following: str | None) -> CaseList:
    """The rows; `nows`: each campaign's own now."""
    return CaseList.model_construct(
        cases=tuple(_listed(row, nows.get(row.campaign_id)) for row in rows), next=following
    )


def _listed(row: CaseRow, now: datetime | None) -> ListedCase:
    late = now is not None and row.due_at is not None and row.due_at <= now
    return ListedCase.model_construct(**dict(row), overdue=late)


def overdue_list(campaign_id: str, as_of: datetime, rows: Iterable[OverdueRow], following: str | None) -> OverdueList:
    """The rows as they were at the instant."""
    shown = (
        OverdueDocument.model_construct(**dict(row), finding=row.about if row.clock in _ABOUT_FINDINGS else None)
        for row in rows
    )
    return OverdueList.model_construct(campaign=campaign_id, as_of=as_of, overdue=tuple(shown), next=following)
