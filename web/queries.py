"""What the addresses of pages may ask for; an empty value is none, as a form without scripts sends it."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.paging import LONGEST_MARK
from api.words import KindWord, ListedWord, OutcomeWord, RoleWord, SourceWord, StageWord


def _blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank)
Some = Annotated[str | None, Blank]
Short = Annotated[Annotated[str, Field(max_length=100)] | None, Blank]
Mark = Annotated[Annotated[str, Field(max_length=LONGEST_MARK)] | None, Blank]


class PageQuery(BaseModel):
    """What every page may be asked for; more is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    campaign: Some = None


class BoardQuery(PageQuery):
    """Filters of the list of what is overdue."""

    district: Some = None
    sector: Some = None
    kind: Annotated[KindWord | None, Blank] = None
    role: Annotated[RoleWord | None, Blank] = None
    after: Mark = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        return self.model_dump(exclude={"campaign", "after"}, exclude_none=True)


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
    overdue: Annotated[bool | None, Blank] = None
    after: Mark = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters alone, as they stand in the address."""
        facts = self.model_dump(exclude={"campaign", "after"}, exclude_none=True)
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in facts.items()}
