"""What whoever imports decides once for all lines: columns, values, lines that are closed, due dates gone by."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ledgers.fields import FIELD_OF

Closed = Literal["skip", "import"]
PastDue = Literal["refuse", "plan"]


@dataclass(frozen=True, slots=True)
class Decisions:
    """`columns`: fields by header, an empty one leaves the column out. `values`: what the text of a cell means.

    `closed`: whether lines that the ledger itself calls closed are left out or opened. `past_due`: whether a due date
    that has gone by keeps its line out or gives way to the plan's.
    """

    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    closed: Closed = "skip"
    past_due: PastDue = "refuse"


class NoPair(ValueError):
    """Why a pair is none, in both languages; `option`: `map` or `value`, under which it was typed."""

    def __init__(self, option: str, zh: str, en: str) -> None:
        self.option, self.zh, self.en = option, zh, en
        super().__init__(en)


def read_decisions(
    columns: Iterable[str], values: Iterable[str], closed: Closed = "skip", past_due: PastDue = "refuse"
) -> Decisions:
    """The decisions as they are typed, `HEADER=FIELD` and `TEXT=MEANING`. Raises NoPair."""
    return Decisions(_columns(columns), _values(values), closed, past_due)


def _columns(pairs: Iterable[str]) -> dict[str, str]:
    """`HEADER=FIELD`: fields by header, an empty one to leave the column out."""
    found: dict[str, str] = {}
    for pair in pairs:
        header, equals, name = (part.strip() for part in pair.rpartition("="))
        if not equals or not header or (name and name not in FIELD_OF):
            known = ", ".join(FIELD_OF)
            zh, en = f"“{pair}”须写作 列名=字段；字段：{known}", f"'{pair}': write HEADER=FIELD; fields: {known}"
            raise NoPair("map", zh, en)
        found[header] = name
    return found


def _values(pairs: Iterable[str]) -> dict[str, str]:
    """`TEXT=MEANING`: what a text in a cell means; no text: an empty cell; no meaning: as if empty."""
    found: dict[str, str] = {}
    for pair in pairs:
        text, equals, meaning = (part.strip() for part in pair.rpartition("="))
        if not equals or not (text or meaning):
            zh, en = f"“{pair}”须写作 内容=含义，如 触电=H09", f"'{pair}': write TEXT=MEANING, such as 触电=H09"
            raise NoPair("value", zh, en)
        found[text] = meaning
    return found


def value_option(text: str, meaning: str = "…") -> str:
    """`--value` as it is typed in a shell."""
    return f"--value {_quoted(' '.join(text.split()), meaning)}"


def map_option(header: str, name: str) -> str:
    """`--map` as it is typed in a shell."""
    return f"--map {_quoted(' '.join(header.split()), name)}"


def _quoted(left: str, right: str) -> str:
    quoted = shlex.quote(f"{left}={right}")
    return quoted if quoted.startswith("'") else f"'{quoted}'"
