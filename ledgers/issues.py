"""What is said about a row: errors, which keep it out, and warnings, which say how it was read."""

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
    """An issue with its sentences filled in."""
    zh, en = sentences(code, **facts)
    return Issue(sheet, row, column, code, zh, en)
