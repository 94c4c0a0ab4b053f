"""The grade of a line: written, or ticked in a column for major ones (是否重大) or in a pair of them (一般, 重大)."""

from collections.abc import Collection

from ledgers.fields import Field
from ledgers.meaning.vocabulary import read_grade
from ledgers.table.lines import Line
from ledgers.words import folded
from models.commands import Grade

_TICKED = frozenset({"√", "✓", "✔", "☑", "是", "1", "Y", "YES", "●", "■", "有", "对", "V", "重大", "重大隐患", "TRUE"})
_UNTICKED = frozenset({"否", "×", "✗", "✘", "X", "0", "N", "NO", "□", "无", "一般", "一般隐患", "FALSE"})
Said = tuple[Field, str, dict[str, str]]
"""What is said of a grade: column, code, facts."""


def is_major(line: Line) -> bool:
    """Whether something on the line calls it major."""
    return folded(line.text("major")) not in ("", *_UNTICKED) or read_grade(line.text("grade")) == "major"


def grade_of(line: Line, columns: Collection[Field], *, counted: bool, of_major: str) -> tuple[Grade, Said | None]:
    """The grade that the line says by its columns, and what is to be said of it; after an error it counts for nothing.

    `counted`: the column of major ones says how many. `of_major`: the words by which the sheet lists major hazards.
    """
    written, major, minor = line.text("grade"), folded(line.text("major")), folded(line.text("minor"))
    grade = read_grade(written) if written else None
    if wrong := _wrong(line, grade, major, minor, counted=counted):
        return "general", wrong
    if grade == "major" or major in _TICKED:
        return "major", None
    if grade or major or minor in _TICKED:
        return "general", None
    return "general", _ungraded(columns, of_major)


def _wrong(line: Line, grade: Grade | None, major: str, minor: str, *, counted: bool) -> Said | None:
    written = line.text("grade")
    both = f"{written} {line.text('major')}".strip()
    if any(mark.isdigit() and (int(mark) > 1 or (counted and mark == major)) for mark in (major, minor)):
        return "major" if major.isdigit() else "minor", "major_is_a_count", {"text": f"{minor} {major}".strip()}
    if minor not in ("", *_TICKED, *_UNTICKED):
        return "minor", "grade_unknown", {"text": line.text("minor")}
    if major not in ("", *_TICKED, *_UNTICKED):
        return "major", "grade_unknown", {"text": both}
    if minor in _TICKED and (major in _TICKED or grade == "major"):
        return "minor", "grade_twice", {}
    if written and grade is None:
        return "grade", "grade_unknown", {"text": written}
    if grade and major and (grade == "major") != (major in _TICKED):
        return "major", "grade_unknown", {"text": both}
    return None


def _ungraded(columns: Collection[Field], of_major: str) -> Said | None:
    column: Field = "grade" if "grade" in columns else "major"
    if of_major:
        return column, "grade_of_title", {"text": of_major}
    return (column, "grade_assumed", {}) if column in columns else None
