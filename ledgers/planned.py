"""The result of checking a ledger: rows to apply, and what is said about the others."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from ledgers.fields import Field
from ledgers.issues import Issue
from models.commands import Grade, SubjectKind
from models.jobs import AnyItem

# slotted dataclasses, not pydantic: there may be 200,000 of each, and they are made from values that were checked


@dataclass(frozen=True, slots=True)
class NewSubject:
    """The facts of a subject that the register does not know (domain §2)."""

    name: str
    code: str | None
    district: str
    street: str | None
    sector: str | None
    kind: SubjectKind


@dataclass(frozen=True, slots=True)
class PlannedFinding:
    """A finding as the ledger has it; `due` is a day, due at its 24:00; None takes the plan's default."""

    category: str
    grade: Grade
    description: str
    responsible: str | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Exported:
    """A row that we exported: which finding it is, the version it was exported at, the fields changed since."""

    key: str
    version: str
    changed: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row to apply: the id of a known subject, or the facts of a new one. No findings: nothing was found.

    `digest` depends on what the row says, not on where it stands or on what the register knows.
    """

    sheet: str
    row: int
    subject: str | NewSubject
    district: str
    inspected_on: date
    findings: tuple[PlannedFinding, ...]
    digest: str
    exported: Exported | None = None


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """How a column was read: where its header stands, its text, its field; None when nobody knows it."""

    sheet: str
    row: int
    column: str
    header: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A text that is not known, once: its field, and the rows in which it stands."""

    field: str
    value: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A ledger checked. `planned` holds the rows without errors; whether to apply them beside errors is the caller's.

    `rows`: lines of data; `closed`: those that the ledger itself calls closed, imported or not; `skipped`: lines that
    repeat another or were exported and not changed;
    `subjects`, `new_subjects`, `findings` count what is planned.
    """

    rows: int
    findings: int
    subjects: int
    new_subjects: int
    skipped: int
    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    columns: tuple[ReadColumn, ...]
    planned: tuple[PlannedRow, ...]
    closed: int = 0

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Headers that were not understood, or left out by a mapping."""
        return tuple(dict.fromkeys(c.header for c in self.columns if c.field is None))

    @property
    def unknown_values(self) -> tuple[UnknownValue, ...]:
        """Each text that is not known, once."""
        fields = {(c.sheet, c.column): c.field for c in self.columns}
        found: dict[tuple[str, str], list[int]] = {}
        for one in self.errors:
            if one.value and one.row is not None:
                name = fields.get((one.sheet, one.column or "")) or ""
                found.setdefault((name, " ".join(one.value.split())), []).append(one.row)
        return tuple(UnknownValue(name, value, tuple(rows)) for (name, value), rows in found.items())


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """What an import would do. `repeated`: rows that an earlier import applied already; they are left out.

    `errors`: those that the register and the record know of, beside those of the file.
    """

    checked: Checked
    items: tuple[tuple[str, AnyItem], ...]
    errors: tuple[Issue, ...]
    opens: int
    changes: int
    repeated: int

    @property
    def all_errors(self) -> tuple[Issue, ...]:
        """Those of the file, then those of the record."""
        return (*self.checked.errors, *(self._with_column(one) for one in self.errors))

    def _with_column(self, one: Issue) -> Issue:
        """What the record says of a district is told at the column of districts, where the sheet has one."""
        if one.column or one.code != "not_your_district":
            return one
        at = (c.column for c in self.checked.columns if (c.sheet, c.field) == (one.sheet, "district"))
        return replace(one, column=next(at, None))

    @property
    def left_out(self) -> int:
        """Rows that have an error: an import that skips them leaves so many out."""
        return len({(one.sheet, one.row) for one in self.all_errors if one.row is not None})


def digest_of(*facts: object) -> str:
    """24 hexadecimal digits over the facts, in order."""
    joined = "\x1f".join("" if fact is None else str(fact) for fact in facts)
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=12).hexdigest()
