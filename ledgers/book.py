"""A file as it was read: sheets of rows, numbered as a person sees them in Excel; or why it was refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgers.cells import Cell
from models.base import Frozen


class LedgerProblem(Frozen):
    """Why a whole file is refused; `sheet`, `row` and `column` (letters) where it is about a cell."""

    code: str
    zh: str
    en: str
    sheet: str = ""
    row: int | None = None
    column: str | None = None

    def sentence(self) -> tuple[str, str]:
        """What is wrong and where, in Chinese and in English."""
        place = " ".join(filter(None, (self.sheet, f"{self.column or ''}{self.row or ''}")))
        return (f"{place}：{self.zh}", f"{place}: {self.en}") if place else (self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged block: first and last row as shown in Excel, first and last column from 0, all included."""

    top: int
    left: int
    bottom: int
    right: int


# rows and sheets are slotted dataclasses: a file may have 200,000 of them
@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it: its number in Excel, whether it is hidden (or filtered out), its cells from A."""

    number: int
    hidden: bool
    cells: tuple[Cell, ...]

    def at(self, column: int) -> Cell:
        """The cell of a column counted from 0; None beyond the last one."""
        return self.cells[column] if column < len(self.cells) else None

    def filled(self) -> Iterator[tuple[int, Cell]]:
        """The cells with something in them, each with its column."""
        return ((place, cell) for place, cell in enumerate(self.cells) if cell is not None and cell != "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What lies on a sheet and in no cell: pictures (those in cells too), text boxes and shapes, columns they reach."""

    pictures: int = 0
    shapes: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name (empty for a text file), whether it is hidden, rows in order, merged blocks, hidden columns."""

    name: str
    hidden: bool
    rows: tuple[Row, ...]
    merges: tuple[Merge, ...] = ()
    hidden_columns: frozenset[int] = field(default=frozenset())
    drawn: Drawn = field(default_factory=Drawn)


@dataclass(frozen=True, slots=True)
class Book:
    """A file that was read: its format (`xlsx`, `xls`, `csv`), its sheets, its encoding if it is text."""

    format: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
