"""The grade of a line: written, or ticked in a column for major ones (是否重大) or in a pair of them (一般, 重大)."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ledgers.fields import Field
from ledgers.lines import Line
from ledgers.vocabulary import read_grade
from ledgers.words import folded
from models.commands import Grade

_TICKED = frozenset({"√", "✓", "✔", "☑", "是", "1", "Y", "YES", "●", "■", "有", "对", "V", "重大", "重大隐患", "TRUE"})
_UNTICKED = frozenset({"否", "×", "✗", "✘", "X", "0", "N", "NO", "□", "无", "一般", "一般隐患", "FALSE"})


@dataclass(slots=True)
class Graded:
    """The grade of a line, None where it cannot be told; what is to be said of it: column, code, facts."""

    grade: Grade | None = "general"
    said: list[tuple[Field, str, dict[str, str]]] = field(default_factory=list[tuple[Field, str, dict[str, str]]])

    def say(self, column: Field, code: str, **facts: str) -> None:
        """One more thing to be said."""
        self.said.append((column, code, facts))


def is_major(line: Line) -> bool:
    """Whether something on the line calls it major."""
    return folded(line.text("major")) not in ("", *_UNTICKED) or read_grade(line.text("grade")) == "major"


def grade_of(line: Line, columns: Collection[Field], *, counted: bool, of_major: str) -> Graded:
    """What the line says by its columns, and what the ticks contradict.

    `counted`: the column of major ones says how many. `of_major`: the words by which the sheet lists major hazards.
    """
    found = Graded()
    written, major, minor = line.text("grade"), folded(line.text("major")), folded(line.text("minor"))
    grade = read_grade(written) if written else None
    both = f"{written} {line.text('major')}".strip()
    if any(mark.isdigit() and (int(mark) > 1 or (counted and mark == major)) for mark in (major, minor)):
        found.say("major" if major.isdigit() else "minor", "major_is_a_count", text=f"{minor} {major}".strip())
    elif minor not in ("", *_TICKED, *_UNTICKED):
        found.say("minor", "grade_unknown", text=line.text("minor"))
    elif major not in ("", *_TICKED, *_UNTICKED):
        found.say("major", "grade_unknown", text=both)
    elif minor in _TICKED and (major in _TICKED or grade == "major"):
        found.say("minor", "grade_twice")
    elif written and grade is None:
        found.say("grade", "grade_unknown", text=written)
        found.grade = None
    elif grade and major and (grade == "major") != (major in _TICKED):
        found.say("major", "grade_unknown", text=both)
    elif grade == "major" or major in _TICKED:
        found.grade = "major"
    elif not (grade or major or minor in _TICKED):
        _ungraded(found, columns, of_major)
    return found


def _ungraded(found: Graded, columns: Collection[Field], of_major: str) -> None:
    column: Field = "grade" if "grade" in columns else "major"
    if of_major:
        found.say(column, "grade_of_title", text=of_major)
    elif column in columns:
        found.say(column, "grade_assumed")
