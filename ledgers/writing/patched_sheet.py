"""A sheet of the sender's with a column of problems and coloured cells; all else of it stays. Child only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from ledgers.cells import column_letters, column_number
from ledgers.writing.notes import PROBLEMS, SheetNotes
from ledgers.writing.patched_styles import Styles
from ledgers.writing.splice import Element, Splice, with_attributes

_LINE, _WIDTH, _COLUMN = 15, 56, 60
"""Points of a line; half-width characters that a column of problems holds in one, and how wide it is."""
_MOST_HIGH = 409
_DIGITS = "0123456789"
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def height(text: str) -> int:
    """Points that a text needs when wrapped; a Chinese character is two wide."""
    wide = (sum(1 + (ord(c) > 0x2E80) for c in line) for line in text.split("\n"))
    return min(_MOST_HIGH, _LINE * sum(1 + width // _WIDTH for width in wide))


def text_cell(prefix: str, place: str, style: int, text: str) -> str:
    """A cell whose text stands in it, and is never a formula."""
    p, said = prefix, escape(_NEVER.sub("", text))
    return f'<{p}c r="{place}" s="{style}" t="inlineStr"><{p}is><{p}t xml:space="preserve">{said}</{p}t></{p}is></{p}c>'


@dataclass(slots=True)
class _Row:
    """What is to be done in one row: a text in the column of problems, colours by column."""

    number: int
    text: str | None
    style: int = 0
    colours: dict[int, bool] = field(default_factory=dict[int, bool])


class PatchedSheet:
    """The bytes of a sheet's part, changed in place."""

    def __init__(self, content: bytes, notes: SheetNotes, styles: Styles):
        self.splice = Splice(content)
        self.notes, self.styles = notes, styles
        self.column = notes.column
        self.row: _Row | None = None
        self.row_element: Element | None = None
        self.number = 0
        self.place = -1
        self.columns: list[Element] = []
        self.columns_at: tuple[int, int] | None = None
        self.data_at = 0

    def content(self) -> bytes:
        """The part with its notes."""
        self.splice.walk(self._begin, self._end)
        self._widen()
        return self.splice.done()

    def _begin(self, element: Element) -> None:
        name = element.name
        if name == "c":
            self._begin_cell(element)
        elif name == "row":
            self._begin_row(element)
        elif name == "sheetView":
            self._retag(element, tabSelected=None)
        elif name == "col":
            self.columns.append(element)
        elif name == "sheetData":
            self.data_at = element.start

    def _end(self, element: Element, inside: int, end: int) -> None:
        if element.name == "row" and self.row is not None:
            self._end_row(element, inside)
        elif element.name == "c" and self.row is not None and self.place == self.column:
            self.splice.put(element.start, end, b"")  # what was said the last time, or a cell that is only formatted
        elif element.name == "dimension":
            self.splice.put(element.start, end, b"")  # may be left out, and is another now
        elif element.name == "cols":
            self.columns_at = element.start, end

    def _retag(self, element: Element, **changed: str | None) -> None:
        tag = self.splice.content[element.start : element.inside]
        self.splice.put(element.start, element.inside, with_attributes(tag, **changed))

    def _begin_row(self, element: Element) -> None:
        self.number = int(element.attributes.get("r", self.number + 1))
        self.place = -1
        self.row = self._wanted(self.number)
        if self.row is None:
            return
        changed: dict[str, str | None] = {"spans": None}
        if self.row.text and self.number != self.notes.header:
            needed = max(height(self.row.text), float(element.attributes.get("ht", 0)))
            changed |= {"ht": f"{needed:g}", "customHeight": "1"}
        tag = with_attributes(self.splice.content[element.start : element.inside], **changed)
        if element.empty:
            closing = f"</{self.splice.prefix}row>".encode()
            tag = tag[:-2] + b">" + self._rest() + closing
            self.row = None
        self.splice.put(element.start, element.inside, tag)

    def _wanted(self, number: int) -> _Row | None:
        notes = self.notes
        if number == notes.header:
            return _Row(number, PROBLEMS, self.styles.head)
        if number in notes.rows:
            about = notes.rows[number]
            colours = {
                column_number(letters): wrong for letters, wrong, _ in sorted(about, key=lambda n: n[1]) if letters
            }
            colours.pop(self.column, None)
            return _Row(number, notes.text(number), self.styles.said(any(wrong for _, wrong, _ in about)), colours)
        return _Row(number, None) if notes.again and number > notes.header else None

    def _begin_cell(self, element: Element) -> None:
        place = element.attributes.get("r")
        self.place = column_number(place.rstrip(_DIGITS)) if place else self.place + 1
        if self.row is None:
            return
        if made := self._rest(before=self.place):
            self.splice.put(element.start, element.start, made)
        if (wrong := self.row.colours.pop(self.place, None)) is not None and self.place != self.column:
            style = self.styles.coloured(int(element.attributes.get("s", 0)), wrong)
            self._retag(element, s=str(style))

    def _end_row(self, element: Element, inside: int) -> None:
        if not element.empty:
            self.splice.put(inside, inside, self._rest())
        self.row = None

    def _rest(self, before: int | None = None) -> bytes:
        """The cells that are still to be made, in their order: all, or those before a column."""
        row = self.row
        if row is None:
            return b""
        places = [*row.colours, *([self.column] if row.text is not None else ())]
        made: list[str] = []
        for place in sorted(place for place in places if before is None or place < before):
            where = f"{column_letters(place)}{row.number}"
            if place == self.column:
                made.append(text_cell(self.splice.prefix, where, row.style, row.text or ""))
                row.text = None
            else:
                style = self.styles.coloured(0, row.colours.pop(place))
                made.append(f'<{self.splice.prefix}c r="{where}" s="{style}"/>')
        return "".join(made).encode()

    def _widen(self) -> None:
        """The column of problems shown, and wide; the others as they are."""
        p, wanted = self.splice.prefix, self.column + 1
        found: list[str] = []
        for element in self.columns:
            first, last = int(element.attributes["min"]), int(element.attributes["max"])
            for begins, ends in _without(first, last, wanted):
                others = {k: v for k, v in element.attributes.items() if k not in ("min", "max")}
                found.append(_tag(f"{p}col", {"min": str(begins), "max": str(ends), **others}))
        own = {"min": str(wanted), "max": str(wanted), "width": str(_COLUMN), "customWidth": "1"}
        found.append(_tag(f"{p}col", own))
        found.sort(key=lambda tag: int(re.findall(r'min="(\d+)"', tag)[0]))
        start, end = self.columns_at or (self.data_at, self.data_at)
        self.splice.put(start, end, f"<{p}cols>{''.join(found)}</{p}cols>".encode())


def _without(first: int, last: int, one: int) -> Iterable[tuple[int, int]]:
    if not first <= one <= last:
        return ((first, last),)
    return tuple((a, b) for a, b in ((first, one - 1), (one + 1, last)) if a <= b)


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {k}="{escape(v, {chr(34): "&quot;"})}"' for k, v in attributes.items()) + "/>"
