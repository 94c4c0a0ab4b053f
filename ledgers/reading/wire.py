"""How cells travel from the child to the parent: JSON, one line a message; dates and spoilt cells as marked text.

A mark begins with U+0001, which no cell holds: the child takes control characters out of every text.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from ledgers.cells import Cell, Spoilt

MARK = "\x01"
FORMULA = MARK + "f"
ERROR = MARK + "e"
SERIAL = MARK + "d"
STRUCK = MARK + "s"
_SHOWN = 60
_NEVER_SHOWN = (*(c for c in range(32) if c not in (9, 10, 13)), *range(0x7F, 0xA0), 0x200B, 0xFEFF)
_CONTROL = dict.fromkeys(_NEVER_SHOWN)
_EPOCH = datetime(1899, 12, 30)
_FIRST, _LAST = 1, 110_000
"""Serials that a ledger can mean: 1900 to 2201."""

Travelling = str | int | float | None


def clean(text: str) -> str:
    """Text of a cell without control characters but tab and line ends; line ends, soft ones too, as \\n."""
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").translate(_CONTROL)


def struck_out(value: "Travelling") -> "Travelling":
    """The value of a cell that is struck out, or of which words are: shown, but not to be believed."""
    text = "" if value is None else str(value)
    if not text.strip():
        return value
    if text.startswith(MARK) and not text.startswith(STRUCK):
        return STRUCK  # a number of a day, a formula: not what a person saw
    return STRUCK + text.removeprefix(STRUCK)[:_SHOWN]


def of_serial(serial: float) -> datetime | None:
    """The instant of an Excel serial (days since 30 December 1899), whole seconds; None where no ledger means it."""
    if not _FIRST <= serial <= _LAST:
        return None
    return _EPOCH + timedelta(seconds=round(serial * 86_400))


@lru_cache(maxsize=65_536)
def marked(text: str) -> Cell:
    """The cell that a marked text stands for."""
    kind, rest = text[:2], text[2:]
    if kind == FORMULA:
        return Spoilt("formula", rest)
    if kind == ERROR:
        return Spoilt("error", rest)
    if kind == STRUCK:
        return Spoilt("struck", rest)
    serial = float(rest)
    return of_serial(serial) or serial
