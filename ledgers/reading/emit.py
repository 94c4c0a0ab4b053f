"""What a reader of one format hands on, counted against the limits as it goes: sheets, rows, merges. Child only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ledgers.reading.limits import Limits
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import Travelling

_BLOCK = 500


@dataclass(slots=True)
class Emitter:
    """Writes rows as JSON lines in blocks; raises Refusal when a limit is passed."""

    out: BinaryIO
    limits: Limits
    sheet: str = ""
    rows: int = 0
    cells: int = 0
    characters: int = 0
    waiting: list[Any] = field(default_factory=list[Any])

    def say(self, **message: Any) -> None:
        """One message to the parent."""
        self.out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        self.out.write(b"\n")

    def begin(self, name: str, *, hidden: bool) -> None:
        """A sheet begins."""
        self.sheet = name
        self.say(sheet=name, hidden=hidden)

    def row(self, number: int, hidden: bool, cells: list[Travelling], filled: int) -> None:
        """A row with `filled` cells that hold something."""
        self.rows += 1
        self.cells += filled
        if self.rows > self.limits.rows:
            raise Refusal("too_many_rows", self.sheet, number, limit=self.limits.rows)
        if self.cells > self.limits.cells:
            raise Refusal("too_many_cells", self.sheet, number, limit=self.limits.cells)
        self.waiting.append((number, int(hidden), cells))
        if len(self.waiting) >= _BLOCK:
            self.flush()

    def text(self, text: str) -> None:
        """Count a text against the limit of all texts."""
        self.characters += len(text)
        if self.characters > self.limits.text_characters:
            raise Refusal("too_much_text", self.sheet, limit=self.limits.text_characters)

    def flush(self) -> None:
        """Hand on the rows that wait."""
        if self.waiting:
            self.say(rows=self.waiting)
            self.waiting = []

    def end(
        self,
        merges: Iterable[tuple[int, int, int, int]] = (),
        hidden_columns: Iterable[int] = (),
        drawn: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        """A sheet ends; merges as (top, left, bottom, right), rows from 1, columns from 0.

        `drawn`: pictures, shapes, columns they reach.
        """
        self.flush()
        self.say(merges=list(merges), hidden_columns=sorted(hidden_columns), drawn=drawn)
