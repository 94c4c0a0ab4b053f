"""What stands in a cell: text, a number, a date, or something that is not to be believed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A cell whose value cannot be taken: a formula (its cached value is nobody's word), an error, words struck out."""

    kind: Literal["formula", "error", "struck"]
    shown: str = ""


PICTURE = "DISPIMG("
"""What WPS writes where a picture lies in the cell."""
Cell = str | int | float | date | datetime | Spoilt | None


def cell_text(cell: Cell) -> str:
    """The cell as text, the way a person would read it; nothing for an empty one."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Spoilt():
            return cell.shown or cell.kind
        case datetime():
            return cell.strftime("%Y-%m-%d" if cell.time() == datetime.min.time() else "%Y-%m-%d %H:%M")
        case date():
            return cell.isoformat()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case _:
            return str(cell)


def column_letters(column: int) -> str:
    """The name of a column, counted from 0: A, B … Z, AA."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column of that name, counted from 0; ValueError for what is no name."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(f"'{letters}' is no column (不是列名)")
        number = number * 26 + ord(letter) - 64
    return number - 1
