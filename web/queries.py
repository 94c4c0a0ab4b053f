"""What the addresses of pages may ask for; an empty value is none, as a form without scripts sends it."""

from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.audit import AuditKind, AuditOutcome
from models.case import FindingState
from models.jobs import ItemState, JobKind, JobState
from models.typed import folded
from rules.access.deeds import Place
from serving.filter_words import (
    GradeWord,
    KindWord,
    ListedWord,
    MustWord,
    OutcomeWord,
    RoleWord,
    SourceWord,
    StageWord,
    StoodWord,
    TopicWord,
)
from serving.paging import LONGEST_MARK
from store.case_list import CaseFilter
from web.lists.columns import ColumnWord, DeadlineColumn, columns_chosen


def _blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _name(value: Any) -> Any:
    """As a name is kept: what nobody sees is none of it."""
    return (folded(value).strip() or None) if isinstance(value, str) else value


Blank = BeforeValidator(_blank)
Some = Annotated[str | None, Blank]
Short = Annotated[Annotated[str, Field(max_length=100)] | None, Blank]
Name = Annotated[Annotated[str, Field(max_length=100)] | None, BeforeValidator(_name)]
Mark = Annotated[Annotated[str, Field(max_length=LONGEST_MARK)] | None, Blank]


TICKED = 100
"""Cases that may be ticked for an order at once."""
LONGEST_ADDRESS = 8_000
WITHOUT = "none"
"""What a form says for cases of no sector; no sector of a plan has that name."""
LoggedDay = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
CaseName = Annotated[str, Field(max_length=200)]


def _some(value: Any) -> Any:
    return None if value in ([], ()) else _blank(value)


def _true(value: Any) -> Any:
    return {"true": True, "": None}.get(value, value) if isinstance(value, str) else value


class PageQuery(BaseModel):
    """What every page may be asked for; more is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    campaign: Some = None


class FilteredQuery(PageQuery):
    """A list's filters, and the page of it."""

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return self.model_dump(exclude={"campaign", "after"}, exclude_none=True)

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, **self.filters}


_NO_PART_OF_A_VIEW = {"campaign", "after", "done", "about", "file"}


class ShownQuery(PageQuery):
    """A list as a reader makes it the own one: filters, columns, the page; what was just done, and in which case."""

    after: Mark = None
    done: Short = None
    about: Some = None

    @property
    def view(self) -> dict[str, Any]:
        """The filters and how the list is shown, as a saved view keeps them: in whichever campaign, whatever page."""
        shown = self.model_dump(exclude=_NO_PART_OF_A_VIEW, exclude_none=True)
        return {name: _in_address(value) for name, value in shown.items()}

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, **self.view}


def _in_address(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


class DeadlinesQuery(ShownQuery):
    """A list of deadlines, and which columns of it are shown."""

    columns: Annotated[tuple[DeadlineColumn, ...] | None, BeforeValidator(columns_chosen), Field(max_length=30)] = None

    @property
    def view(self) -> dict[str, Any]:
        """The filters and the columns."""
        return super().view | ({"columns": ",".join(self.columns)} if self.columns else {})


class BoardQuery(DeadlinesQuery):
    """Filters of the list of what is overdue, or of what is due soon."""

    due: Annotated[Literal["soon"] | None, Blank] = None
    district: Some = None
    sector: Some = None
    kind: Annotated[KindWord | None, Blank] = None
    role: Annotated[RoleWord | None, Blank] = None
    officer: Name = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return {name: value for name, value in self.view.items() if name not in ("due", "columns")}


class CasesQuery(ShownQuery):
    """Filters of the list of cases, and how it is shown: its columns, and whether facets are counted.

    `case`: the cases that were ticked; `ticked`: the list in which they were, so that none of them is not all of it.
    `done`, `about`: what the reader has just done, and in which case.
    """

    q: Short = None
    district: Some = None
    street: Some = None
    sector: Some = None
    stage: Annotated[StageWord | None, Blank] = None
    next_role: Annotated[RoleWord | None, Blank] = None
    outcome: Annotated[OutcomeWord | None, Blank] = None
    source: Annotated[SourceWord | None, Blank] = None
    listed: Annotated[ListedWord | None, Blank] = None
    officer: Name = None
    overdue: Annotated[bool | None, Blank] = None
    investigated: Annotated[bool | None, Blank] = None
    found: Annotated[bool | None, Blank] = None
    in_time: Annotated[bool | None, Blank] = None
    no_sector: Annotated[bool | None, Blank] = None
    no_street: Annotated[bool | None, Blank] = None
    void: Annotated[bool | None, Blank] = None
    musts: Annotated[Literal["owed", "executed"] | None, Blank] = None
    soon: Annotated[Literal[True] | None, BeforeValidator(_true)] = None
    must: Annotated[MustWord | None, Blank] = None
    unsettled: Annotated[GradeWord | None, Blank] = None
    stood: Annotated[StoodWord | None, Blank] = None
    case: Annotated[tuple[CaseName, ...] | None, BeforeValidator(_some), Field(max_length=TICKED)] = None
    columns: Annotated[tuple[ColumnWord, ...] | None, BeforeValidator(columns_chosen), Field(max_length=30)] = None
    facets: Annotated[bool | None, Blank] = None
    ticked: Annotated[Annotated[str, Field(max_length=LONGEST_ADDRESS)] | None, Blank] = None

    @model_validator(mode="before")
    @classmethod
    def _of_no_sector(cls, facts: Any) -> Any:
        """A form has one choice for both: a sector, or none."""
        asked = cast("dict[str, Any]", facts)
        return asked | {"sector": None, "no_sector": True} if asked.get("sector") == WITHOUT else asked

    @property
    def filtered(self) -> dict[str, Any]:
        """The values of the filters alone."""
        return self.model_dump(exclude={*_NO_PART_OF_A_VIEW, "columns", "facets", "ticked"}, exclude_none=True)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return {name: _in_address(value) for name, value in self.filtered.items()}

    @property
    def view(self) -> dict[str, Any]:
        """The filters and how the list is shown, as a saved view keeps them: in whichever campaign, whatever page."""
        shown = {"columns": ",".join(self.columns) if self.columns else None, "facets": _in_address(self.facets)}
        return self.filters | {name: value for name, value in shown.items() if value is not None}

    def which(self, campaign_id: str, place: Place) -> CaseFilter:
        """The cases of the campaign that the list shows, within a place."""
        facts = {name: value for name, value in self.filtered.items() if name != "case"}
        facts |= {"campaign_id": campaign_id, "case_ids": self.case}
        facts |= {"district": place.district, "sector": place.sector, "subject_id": place.subject}
        return CaseFilter.model_validate(facts)


class WeeksQuery(PageQuery):
    """As of which day, and of which district, the weeks of a campaign are counted."""

    as_of: Annotated[LoggedDay | None, Blank] = None
    district: Some = None


class WorkQuery(DeadlinesQuery):
    """Which list of the workbench: of the office or the reader, decisions alone, what is supervised, what is done."""

    list: Annotated[Literal["decisions", "supervised", "done"] | None, Blank] = None
    mine: Annotated[bool | None, Blank] = None

    @property
    def view(self) -> dict[str, Any]:
        """Which list, and its columns."""
        return {name: value for name, value in super().view.items() if value != "false"}


class AsFile(PageQuery):
    """As which kind of file the list is exported."""

    file: Literal["xlsx", "csv"] = "xlsx"


class CasesFileQuery(CasesQuery, AsFile):
    """The list of cases as a file."""


class BoardFileQuery(BoardQuery, AsFile):
    """The list of the board as a file."""


class WorkFileQuery(WorkQuery, AsFile):
    """A list of the workbench as a file."""


class SubjectsQuery(FilteredQuery):
    """Filters of the register of subjects."""

    q: Short = None
    district: Some = None
    sector: Some = None
    state: Annotated[Literal["active", "ceased", "merged"] | None, Blank] = None
    after: Short = None


class PeopleQuery(PageQuery):
    """Which people: by part of name or login, by district and role of a post; with those who have left."""

    q: Short = None
    territory: Some = None
    role: Annotated[RoleWord | None, Blank] = None
    gone: Annotated[bool | None, Blank] = None
    after: Short = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"q": self.q, "territory": self.territory, "role": self.role, "gone": "true" if self.gone else None}


class DeskQuery(PageQuery):
    """Which page of the proposals that wait for a decision."""

    after: Mark = None


class InboxQuery(FilteredQuery):
    """Filters of the list of notices; `mine`: those alone that the reader, or the reader's whole office, was told."""

    mine: Annotated[Literal[True] | None, BeforeValidator(_true)] = None
    topic: Annotated[TopicWord | None, Blank] = None
    told_role: Annotated[RoleWord | None, Blank] = None
    person: Name = None
    district: Some = None
    sector: Some = None
    after: Mark = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return self.model_dump(exclude={"campaign", "after", "mine"}, exclude_none=True)

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "mine": _in_address(self.mine), **self.filters}


class ImportsQuery(FilteredQuery):
    """Which imports are listed."""

    state: Annotated[JobState | None, Blank] = None
    after: Mark = None


class HealthQuery(PageQuery):
    """How many times the page of health asks for itself again: ten minutes of them, so that no session stays open."""

    again: Annotated[int, Field(ge=0, le=60)] = 60


class JobsQuery(FilteredQuery):
    """Which jobs are listed."""

    kind: Annotated[JobKind | None, Blank] = None
    state: Annotated[JobState | None, Blank] = None
    after: Mark = None


class JobQuery(PageQuery):
    """Which rows of a job, after which; what was just done with it."""

    row: Annotated[ItemState | None, Blank] = None
    after: Annotated[Annotated[int, Field(ge=0, le=10_000_000)] | None, Blank] = None
    done: Short = None


class TokensQuery(PageQuery):
    """Whether tokens that have ended are listed too; what was just done."""

    ended: Annotated[bool | None, Blank] = None
    done: Short = None


class AuditQuery(FilteredQuery):
    """Which lines of the audit log: of a kind, ended how, of a person by id or name, of a case by id, number or the
    subject's name, from a day until the end of another.
    """

    kind: Annotated[AuditKind | None, Blank] = None
    outcome: Annotated[AuditOutcome | None, Blank] = None
    who: Name = None
    case: Name = None
    since: Annotated[LoggedDay | None, Blank] = None
    until: Annotated[LoggedDay | None, Blank] = None
    after: Annotated[Annotated[int, Field(ge=1, le=2**62)] | None, Blank] = None


class ExportQuery(PageQuery):
    """Which findings are exported: of a district, a sector, cases of a stage; findings in one state."""

    district: Some = None
    sector: Some = None
    stage: Annotated[StageWord | None, Blank] = None
    finding: Annotated[FindingState | None, Blank] = None
