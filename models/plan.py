"""The plan of a campaign as data: phases, categories, clocks, musts, districts, articles.

Every value says whether the notice (N), law (L) or we (A) put it there, and under which clause (domain §1).
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from models.actors import Role
from models.base import Frozen
from models.instants import end_of_day, parse_instant, start_of_day
from models.working_days import WorkingYear

Source = Literal["N", "L", "A"]
MustKind = Literal["suspend", "close", "fine", "refer"]
MUSTS: tuple[MustKind, ...] = ("suspend", "close", "fine", "refer")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def _boundary(value: Any) -> Any:
    """`MM-DD` for any year, or an instant for one trial."""
    if not isinstance(value, str):
        raise ValueError("a boundary is text: MM-DD, or an instant such as 2027-05-05T00:00 (边界须写作 MM-DD 或时刻)")
    if month_day := _MONTH_DAY.fullmatch(value):
        try:
            date(2023, int(month_day[1]), int(month_day[2]))  # a common year: 02-29 would fail in most
        except ValueError:
            raise ValueError(
                f"'{value}' is no day of every year; write MM-DD (不是每年都有的日子，须写作 MM-DD)"
            ) from None
        return value
    return parse_instant(value).isoformat()


def _identifier(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"'{value}' is no id: letters, digits, dot, dash, underscore (编号只用字母、数字、点、横线)")
    return value


Boundary = Annotated[str, BeforeValidator(_boundary)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Count = Annotated[int, Field(ge=1, le=3660)]


class Sourced(Frozen):
    """A value with its origin: N notice, L law, A assumption; and its clause."""

    source: Source
    clause: str = Field(min_length=1)


class Named(Sourced):
    """A sourced item of a list, with an id and its names."""

    id: Identifier
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Phase(Named):
    """One phase; `ends` is its last day (24:00) or an instant.

    `musts`: whether the four musts are owed in it or wait pending; `look_back`: whether cases are looked back on.
    """

    begins: Boundary
    ends: Boundary
    musts: Literal["pending", "owed"]
    look_back: bool = False


class PhaseDates(Frozen):
    """A phase of one year: begins_at <= instant < ends_at, Beijing time."""

    id: str
    begins_at: datetime
    ends_at: datetime


class CalendarMove(Frozen):
    """The committee moved a boundary: the whole calendar from the instant `at` on. Moves are numbered from 1.

    Or the official calendar of a year was published: then the phases are as before, and `working_days` is that year.
    """

    number: int
    at: datetime
    phases: tuple[PhaseDates, ...]
    working_days: WorkingYear | None = None


class Conduct(Named):
    """One kind of illegal conduct; `illegal_operation`: without lawful authority unless the finding says otherwise."""

    illegal_operation: bool = False
    illegal_operation_source: Source = "A"


class District(Named):
    """A district by national code, with its streets and towns."""

    streets: tuple[str, ...] = ()


class Sector(Named):
    """A key sector, or a field of special governance (2.1)."""

    special_governance: bool = False


class Period(Sourced):
    """A length of time: exactly one unit. Days and working days end at 24:00 of the last day."""

    days: Count | None = None
    working_days: Count | None = None
    hours: Count | None = None
    seconds: Annotated[int, Field(ge=1)] | None = None
    at_most: Count | None = None

    @property
    def amounts(self) -> dict[str, int]:
        """The units that are set."""
        units = ("days", "working_days", "hours", "seconds")
        return {unit: amount for unit in units if (amount := getattr(self, unit)) is not None}


class Clocks(Frozen):
    """Every clock of domain §5 but those of the musts, which stand with their must."""

    investigation: Period
    investigation_phase: str
    registration: Period
    registration_phase: str
    rectification_general: Period
    rectification_major: Period
    rectification_caps: tuple[str, ...]
    extension: Period
    extension_decided: Period
    reinspection_general: Period
    reinspection_major: Period
    restart: Period
    look_back_on: Boundary
    look_back: Period
    observed_before: Period
    overdue_level: Period
    overdue_warning: Period


class MustTerms(Named):
    """One of the four musts: who decides, within what time it is decided and executed."""

    id: MustKind  # pyright: ignore[reportIncompatibleVariableOverride] -- narrowed on purpose: the musts are four
    decided_by: Role
    decided_by_source: Source
    decided: Period
    executed: Period


class Readings(Frozen):
    """How the notice is read where it points from one category to another."""

    hazard_failed: str
    resurgence: str
    unlicensed: str
    source: Source
    clause: str


class Limit(Frozen):
    """An upper limit in yuan: fixed, or factor x base."""

    fixed: Decimal | None = Field(default=None, gt=0)
    factor: Decimal | None = Field(default=None, gt=0)


class Article(Named):
    """An article under which the upper limit is fined, for the unit and for a responsible person."""

    unit: Limit
    person: Limit
    base: str = ""


class Target(Named):
    """An accident target: the annual number that must not be passed; none where the notice only says 'fewer'."""

    deaths_from: int
    deaths_to: int | None = None
    at_most: int | None = None


class RoleTerms(Named):
    """A role with the reach of its territory."""

    id: Role  # pyright: ignore[reportIncompatibleVariableOverride] -- narrowed on purpose: roles are code


class Plan(Frozen):
    """A whole campaign plan, valid for any year its boundaries can be instantiated for."""

    id: Identifier
    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    notice: Annotated[str, Field(min_length=1)]
    city: Annotated[str, Field(min_length=1)]
    plan_due: Boundary
    plan_due_source: Source
    phases: tuple[Phase, ...] = Field(min_length=1)
    illegal_conduct: tuple[Conduct, ...] = Field(min_length=1)
    hazards: tuple[Named, ...] = Field(min_length=1)
    other: Named
    sectors: tuple[Sector, ...] = Field(min_length=1)
    districts: tuple[District, ...] = Field(min_length=1)
    musts: tuple[MustTerms, ...]
    closure_checks: tuple[Named, ...] = Field(min_length=1)
    restart_conditions: tuple[Named, ...] = Field(min_length=1)
    questions: tuple[Named, ...] = Field(min_length=1)
    clocks: Clocks
    readings: Readings
    roles: tuple[RoleTerms, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = ()
    articles: tuple[Article, ...] = Field(min_length=1)
    principles: tuple[Named, ...] = ()

    def calendar(self, year: int) -> tuple[PhaseDates, ...]:
        """The phases of a year, as instants."""
        return tuple(
            PhaseDates(id=p.id, begins_at=instant_of(p.begins, year), ends_at=instant_of(p.ends, year, end=True))
            for p in self.phases
        )

    def is_illegal_conduct(self, category: str) -> bool:
        """Whether the category is one of the kinds of illegal conduct (V); all others count as hazards."""
        return any(c.id == category for c in self.illegal_conduct)

    def knows_category(self, category: str) -> bool:
        """Whether the plan has this category."""
        return category in {c.id for c in (*self.illegal_conduct, *self.hazards, self.other)}

    def is_illegal_operation(self, category: str) -> bool:
        """The default of the flag `illegal_operation` for a category (A)."""
        return any(c.id == category and c.illegal_operation for c in self.illegal_conduct)

    def phase(self, phase_id: str) -> Phase:
        """The phase of that id; KeyError if there is none."""
        return {p.id: p for p in self.phases}[phase_id]

    def must(self, kind: MustKind) -> MustTerms:
        """The terms of one must."""
        return {m.id: m for m in self.musts}[kind]

    @property
    def deciders(self) -> frozenset[Role]:
        """Who decides one must or another."""
        return frozenset(must.decided_by for must in self.musts)

    def article(self, article_id: str) -> Article | None:
        """The article of that id, if the plan has it."""
        return {a.id: a for a in self.articles}.get(article_id)


def instant_of(boundary: str, year: int, *, end: bool = False) -> datetime:
    """A boundary in a year: `MM-DD` begins at 00:00 and ends at 24:00; an instant stays what it is."""
    if month_day := _MONTH_DAY.fullmatch(boundary):
        day = date(year, int(month_day[1]), int(month_day[2]))
        return end_of_day(day) if end else start_of_day(day)
    return parse_instant(boundary)
