"""What goes back to the sender: the problems of each row, and a summary. Plain data, because a child writes it too."""

from dataclasses import dataclass, field
from typing import Any

PROBLEMS = "校验问题"
ERROR_FILL, WARNING_FILL = "FFC7CE", "FFEB9C"
ERROR_WORD, WARNING_WORD = "错误", "提示"
SUMMARY_HEADER = ("级别 level", "工作表 sheet", "行 row", "列 column", "说明", "English")


@dataclass(slots=True)
class SheetNotes:
    """Of one sheet: the row of its header, the column of problems from 0, the notes by row.

    The column is the first behind all that holds anything, or that which held our problems before (`again`).
    """

    header: int
    column: int
    again: bool = False
    rows: dict[int, list[tuple[str | None, bool, str]]] = field(
        default_factory=dict[int, "list[tuple[str | None, bool, str]]"]
    )
    """By row: column letters (None: the row), whether it is an error, the sentence."""

    def text(self, row: int) -> str:
        """The cell with everything about a row, errors first."""
        notes = sorted(self.rows[row], key=lambda note: not note[1])
        return "\n".join(f"{ERROR_WORD if wrong else WARNING_WORD}：{text}" for _, wrong, text in notes)


@dataclass(slots=True)
class Notes:
    """All of a file: by sheet, and the lines of the summary (counts, then one a problem)."""

    counts: list[tuple[str, str]]
    sheets: dict[str, SheetNotes]
    problems: list[tuple[str, str, int | str | None, str | None, str, str]]

    def as_data(self) -> dict[str, Any]:
        """For the child."""
        sheets = {
            name: {"header": s.header, "column": s.column, "again": s.again, "rows": list(s.rows.items())}
            for name, s in self.sheets.items()
        }
        return {"counts": self.counts, "sheets": sheets, "problems": self.problems}


def notes_from(data: dict[str, Any]) -> Notes:
    """From the data that `as_data` gave."""
    sheets = {
        name: SheetNotes(
            found["header"],
            found["column"],
            found["again"],
            {row: [(column, wrong, text) for column, wrong, text in notes] for row, notes in found["rows"]},
        )
        for name, found in data["sheets"].items()
    }
    return Notes([(a, b) for a, b in data["counts"]], sheets, [tuple(p) for p in data["problems"]])
