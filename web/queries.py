"""What the addresses of pages may ask for; an empty value is none, as a form without scripts sends it."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.audit import AuditKind
from models.case import FindingState
from models.jobs import ItemState, JobKind, JobState
from models.typed import folded
from serving.filter_words import KindWord, ListedWord, OutcomeWord, RoleWord, SourceWord, StageWord, TopicWord
from serving.paging import LONGEST_MARK


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


class BoardQuery(PageQuery):
    """Filters of the list of what is overdue, or of what is due soon."""

    due: Annotated[Literal["soon"] | None, Blank] = None

    district: Some = None
    sector: Some = None
    kind: Annotated[KindWord | None, Blank] = None
    role: Annotated[RoleWord | None, Blank] = None
    officer: Name = None
    after: Mark = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return self.model_dump(exclude={"campaign", "due", "after"}, exclude_none=True)

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "due": self.due, **self.filters}


class CasesQuery(PageQuery):
    """Filters of the list of cases."""

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
    must: Annotated[Literal["owed", "executed"] | None, Blank] = None
    after: Mark = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        facts = self.model_dump(exclude={"campaign", "after"}, exclude_none=True)
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in facts.items()}

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, **self.filters}


class WorkQuery(PageQuery):
    """Which list of what is to be done: of the office, of the reader, or decisions alone."""

    list: Annotated[Literal["decisions"] | None, Blank] = None
    mine: Annotated[bool | None, Blank] = None
    after: Mark = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "list": self.list, "mine": "true" if self.mine else None}


class SubjectsQuery(FilteredQuery):
    """Filters of the register of subjects."""

    q: Short = None
    district: Some = None
    sector: Some = None
    state: Annotated[Literal["active", "ceased", "merged"] | None, Blank] = None
    after: Short = None


class PeopleQuery(PageQuery):
    """Which people: by part of name or login; with those who have left."""

    q: Short = None
    gone: Annotated[bool | None, Blank] = None
    after: Short = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"q": self.q, "gone": "true" if self.gone else None}


class DeskQuery(PageQuery):
    """Which page of the proposals that wait for a decision."""

    after: Mark = None


class InboxQuery(FilteredQuery):
    """Filters of the list of notices."""

    topic: Annotated[TopicWord | None, Blank] = None
    told_role: Annotated[RoleWord | None, Blank] = None
    person: Name = None
    district: Some = None
    sector: Some = None
    after: Mark = None


class ImportsQuery(PageQuery):
    """Which imports are listed."""

    state: Annotated[JobState | None, Blank] = None
    after: Mark = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "state": self.state}


class HealthQuery(PageQuery):
    """How many times the page of health asks for itself again: ten minutes of them, so that no session stays open."""

    again: Annotated[int, Field(ge=0, le=60)] = 60


class JobsQuery(PageQuery):
    """Which jobs are listed."""

    kind: Annotated[JobKind | None, Blank] = None
    state: Annotated[JobState | None, Blank] = None
    after: Mark = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "kind": self.kind, "state": self.state}


class JobQuery(PageQuery):
    """Which rows of a job, after which; what was just done with it."""

    row: Annotated[ItemState | None, Blank] = None
    after: Annotated[Annotated[int, Field(ge=0, le=10_000_000)] | None, Blank] = None
    done: Short = None


class TokensQuery(PageQuery):
    """Whether tokens that have ended are listed too; what was just done."""

    ended: Annotated[bool | None, Blank] = None
    done: Short = None


class AuditQuery(PageQuery):
    """Which lines of the audit log: of a kind, of a person by id or name, from a day until the end of another."""

    kind: Annotated[AuditKind | None, Blank] = None
    who: Name = None
    since: Annotated[date | None, Blank] = None
    until: Annotated[date | None, Blank] = None
    after: Annotated[Annotated[int, Field(ge=1, le=2**62)] | None, Blank] = None

    @property
    def address(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        return {"campaign": self.campaign, "kind": self.kind, "who": self.who, "since": self.since, "until": self.until}


class ExportQuery(PageQuery):
    """Which findings are exported: of a district, a sector, cases of a stage; findings in one state."""

    district: Some = None
    sector: Some = None
    stage: Annotated[StageWord | None, Blank] = None
    finding: Annotated[FindingState | None, Blank] = None
