"""The register of subjects: who is there to be investigated, over all campaigns (domain §2)."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.base import Frozen
from models.commands import Subject, SubjectKind, Text
from models.instants import Day
from models.typed import folded, printable

SubjectState = Literal["active", "ceased", "merged"]
SubjectId = Annotated[str, StringConstraints(pattern=r"^[^\s/]{1,64}$"), AfterValidator(printable)]
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(printable), BeforeValidator(folded)
]
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class SubjectFacts(Frozen):
    """What the register holds of a subject; an unlicensed operator has no code. Coordinates are WGS 84 degrees."""

    code: Text | None = None
    name: Text
    kind: SubjectKind = "enterprise"
    district: Text
    street: Text | None = None
    community: Text | None = None
    sector: Text | None = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = None


class Licence(Frozen):
    """A licence; without a date it does not expire."""

    kind: Short
    number: Short = ""
    expires_on: Day | None = None


class ResponsiblePerson(Frozen):
    """Who answers for safety at the subject."""

    name: Text
    post: Short = ""
    phone: Short = ""


class Registered(SubjectFacts):
    """A subject as it stands in the register; `version` counts its changes, `merged_into` is who stands for it."""

    subject_id: str
    state: SubjectState = "active"
    ceased_on: date | None = None
    merged_into: str | None = None
    version: int = 1

    @property
    def subject(self) -> Subject:
        """As a case is opened of it."""
        known: dict[str, Any] = {n: getattr(self, n) for n in Subject.model_fields if n != "id"}
        return Subject(id=self.subject_id, **known)

    @property
    def facts(self) -> SubjectFacts:
        """Without what the register itself keeps."""
        return SubjectFacts.model_validate({name: getattr(self, name) for name in SubjectFacts.model_fields})
