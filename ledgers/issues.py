"""What is said about a row: errors, which keep it out, and warnings, which say how it was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ledgers.errors import ERRORS
from ledgers.remarks import WARNINGS


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing about one place: sheet, row as Excel shows it (None: the whole sheet), column letters, sentences."""

    sheet: str
    row: int | None
    column: str | None
    code: str
    zh: str
    en: str
    group: str = ""
    """What makes it one of a kind, where its sentence tells more than that (a day, a number)."""
    value: str = ""
    """The text of a cell that is not known, and whose meaning can be said once for all (`--value`)."""

    @property
    def message(self) -> str:
        """Both languages in one string, for JSON (contracts §2)."""
        return f"{self.zh} / {self.en}"


def sentences(code: str, /, **facts: object) -> tuple[str, str]:
    """The two sentences of a code; one text is kept once for the many rows that need it."""
    return _sentences(code, tuple(facts.items()))


@lru_cache(maxsize=20_000)
def _sentences(code: str, facts: tuple[tuple[str, object], ...]) -> tuple[str, str]:
    zh, en = ERRORS[code] if code in ERRORS else WARNINGS[code]
    given = {name: _short(value) for name, value in facts}
    return zh.format(**given), en.format(**given)


def _short(value: object) -> object:
    return value[:77] + "…" if isinstance(value, str) and len(value) > 400 else value


def issue(sheet: str, row: int | None, column: str | None, code: str, /, **facts: object) -> Issue:
    """An issue with its sentences filled in; the fact `group` says what makes it one of a kind."""
    group = str(facts.pop("group", ""))
    zh, en = sentences(code, **facts)
    value = str(facts["text"]) if code in _OF_VALUES else ""
    return Issue(sheet, row, column, code, zh, en, group, value)


@dataclass(frozen=True, slots=True)
class Group:
    """Issues that say one thing of several rows: the first of them, and the rows, in order."""

    first: Issue
    rows: tuple[int, ...]
    alike: bool
    """Whether all of them say it in the same words."""

    @property
    def shown_rows(self) -> str:
        """`2–6, 9 (6)`: the rows, the first few stretches of them, and how many they are."""
        stretches: list[list[int]] = []
        for row in self.rows:
            if stretches and row == stretches[-1][1] + 1:
                stretches[-1][1] = row
            else:
                stretches.append([row, row])
        named = [str(a) if a == b else f"{a}–{b}" for a, b in stretches[:_STRETCHES]]
        more = "…" if len(stretches) > _STRETCHES else ""
        return ", ".join(named) + more + (f" ({len(self.rows)})" if len(self.rows) > 1 else "")

    @property
    def zh(self) -> str:
        """The first sentence; that the others differ in a day or a number is said."""
        return self.first.zh if self.alike else f"{self.first.zh}（其余各行类似）"

    @property
    def en(self) -> str:
        """The first sentence; that the others differ in a day or a number is said."""
        return self.first.en if self.alike else f"{self.first.en} (the other rows alike)"


_STRETCHES = 4
_OF_VALUES = frozenset(
    {
        *("category_unknown", "category_ambiguous", "category_contradict", "categories_do_not_match", "grade_unknown"),
        *("district_unknown", "sector_unknown", "sector_ambiguous", "kind_unknown", "responsible_nobody"),
        "date_unreadable",
    }
)


def grouped(issues: Iterable[Issue]) -> list[Group]:
    """One line for what is said of many rows, sheet by sheet, in the order of the first row of each."""
    found: dict[tuple[str, str | None, str, str], list[Issue]] = {}
    for one in issues:
        found.setdefault((one.sheet, one.column, one.code, one.group or one.zh), []).append(one)
    groups = [
        Group(
            alike[0],
            tuple(sorted({one.row for one in alike if one.row is not None})),
            len({one.zh for one in alike}) == 1,
        )
        for alike in found.values()
    ]
    sheets = {sheet: place for place, sheet in enumerate(dict.fromkeys(group.first.sheet for group in groups))}
    return sorted(groups, key=lambda group: (sheets[group.first.sheet], group.rows[:1]))
