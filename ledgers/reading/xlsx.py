"""Reads the sheets of an .xlsx as a stream: a cell at XFD1048576 costs one row, not a grid. Child only.

No ready-made reader serves: python-calamine allocates the whole grid that a file claims (a 1.4 kB file asked it for
549 GB) and gives cached values of formulas; openpyxl sees merged cells and hidden rows only where it holds the whole
sheet, or pads rows to that far cell (ADR 0026). This one sees all of it as it passes.
"""

import zipfile
from typing import BinaryIO

from ledgers.cells import PICTURE, column_letters, column_number
from ledgers.reading.emit import Emitter
from ledgers.reading.number_formats import numeric
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import ERROR, FORMULA, Travelling, clean, struck_out
from ledgers.reading.xlsx_drawings import drawn_on
from ledgers.reading.xlsx_parts import Attributes, SheetPart, new_parser, open_package, parse, read_workbook
from ledgers.reading.xlsx_strings import shared_strings, unescaped
from ledgers.reading.xlsx_styles import Looks, is_struck, read_looks

_DIGITS = "0123456789"
_TRUE = {"1", "true"}


def read_xlsx(file: BinaryIO, emitter: Emitter) -> None:
    """Every sheet of the workbook, to the emitter."""
    package = open_package(file, emitter.limits)
    book = read_workbook(package, emitter.limits)
    strings = shared_strings(package, book.strings, emitter)
    looks = read_looks(package, book.styles)
    for sheet in book.sheets:
        emitter.begin(sheet.name, hidden=sheet.hidden)
        reader = SheetReader(emitter, sheet, strings, looks, book.serial_offset)
        reader.read(package)
        pictures, shapes, columns = drawn_on(package, sheet.part)
        emitter.end(reader.merges, reader.hidden_columns, (pictures + reader.pictures, shapes, columns))


class SheetReader:
    """One sheet as it passes: what is gathered for the present row and cell."""

    def __init__(self, emitter: Emitter, sheet: SheetPart, strings: list[str], looks: Looks, offset: int):
        self.emitter, self.sheet, self.strings, self.offset = emitter, sheet, strings, offset
        self.dates, self.struck = looks.dates, looks.struck
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_columns: set[int] = set()
        self.arrays: list[tuple[int, int, int, int]] = []
        self.columns: dict[str, int] = {}
        self.longest = emitter.limits.cell_characters
        self.number = self.column = self.filled = self.pictures = 0
        self.hidden = self.formula = self.collecting = self.phonetic = self.striking = False
        self.cells: list[Travelling] = []
        self.kind = self.style = self.text = ""
        self.prefix: int | None = None

    def read(self, package: zipfile.ZipFile) -> None:
        """The whole part."""
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        for _ in parse(package, self.sheet.part, parser):
            pass

    def _start(self, name: str, attributes: Attributes) -> None:
        if self.prefix is None:
            self.prefix = name.rfind(":") + 1
        if self.prefix:
            name = name[self.prefix :]
        if name == "c":  # a million times: written out here
            if (place := attributes.get("r")) is None:
                self.column += 1
            elif (column := self.columns.get(letters := place.rstrip(_DIGITS))) is not None:
                self.column = column
            else:
                self.column = self.columns[letters] = column_number(letters)
            self.kind, self.style = attributes.get("t", ""), attributes.get("s", "")
            self.formula, self.striking, self.text = False, False, ""
            self.pictures += self.kind == "e" and "vm" in attributes  # Excel's own pictures in cells
        elif name == "v":
            self.collecting = True
        elif name == "row":
            number = attributes.get("r")
            self.number = int(number) if number is not None else self.number + 1
            self.hidden = attributes.get("hidden") in _TRUE
            self.column, self.filled, self.cells = -1, 0, []
        elif name == "t":
            self.collecting = not self.phonetic
        elif name == "f":
            self._begin_formula(attributes)
        elif name == "rPh":
            self.phonetic = True
        elif name == "strike":  # of a text that is not shared
            self.striking |= is_struck(attributes)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "col" and attributes.get("hidden") in _TRUE:
            last = min(int(attributes.get("max", "0")), self.emitter.limits.columns)
            self.hidden_columns.update(range(int(attributes.get("min", "1")) - 1, last))

    def _begin_formula(self, attributes: Attributes) -> None:
        self.formula = True
        reference = attributes.get("ref", "")
        if attributes.get("t") in ("array", "dataTable") and ":" in reference:
            self.arrays.append(_block(reference))  # its other cells hold results and no formula of their own

    def _end(self, name: str) -> None:
        if self.prefix:
            name = name[self.prefix :]
        if name == "v" or name == "t":
            self.collecting = False
        elif name == "c":
            if self.text or self.formula or self.arrays:
                value = self._value()
                if self.striking or self.style in self.struck:
                    value = struck_out(value)
                if value is not None and value != "":
                    self._place(value)
        elif name == "rPh":
            self.phonetic = False
        elif name == "row" and self.filled:
            self.emitter.row(self.number, self.hidden, self.cells, self.filled)

    def _characters(self, text: str) -> None:
        if self.collecting:
            self.text = self.text + text if self.text else text
            if len(self.text) > self.longest:
                raise Refusal(
                    "cell_too_long", self.sheet.name, self.number, column_letters(self.column), limit=self.longest
                )

    def _place(self, value: Travelling) -> None:
        limit, missing = self.emitter.limits.columns, self.column - len(self.cells)
        if self.column >= limit:
            if isinstance(value, str) and not value.strip():
                return
            place = column_letters(self.column)
            raise Refusal("too_many_columns", self.sheet.name, self.number, place, limit=limit)
        if missing < 0:
            raise Refusal("damaged", self.sheet.name, self.number, reason="cells out of order")
        if missing:
            self.cells.extend([None] * missing)
        self.cells.append(value)
        self.filled += 1

    def _value(self) -> Travelling:
        text = self.text
        if self.formula or (self.arrays and self._in_array()):
            self.pictures += PICTURE in text
            return FORMULA + text[:60]
        if not text:
            return None
        kind = self.kind
        if kind == "s":
            if text.isdigit() and (place := int(text)) < len(self.strings):
                return self.strings[place]
            raise Refusal("damaged", self.sheet.name, self.number, reason=f"shared string {text}")
        if kind in ("", "n"):
            return numeric(float(text), self.dates.get(self.style), self.offset)
        if kind == "e":
            return ERROR + text[:60]
        if kind == "b":
            return "TRUE" if text in _TRUE else "FALSE"
        self.emitter.text(text)
        return clean(unescaped(text))

    def _in_array(self) -> bool:
        row, column = self.number, self.column
        return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in self.arrays)

    def _merge(self, reference: str) -> None:
        self.merges.append(_block(reference))
        if len(self.merges) > self.emitter.limits.merges:
            raise Refusal("too_many_cells", self.sheet.name, limit=self.emitter.limits.merges)


def _block(reference: str) -> tuple[int, int, int, int]:
    first, _, last = reference.replace("$", "").partition(":")
    (left, top), (right, bottom) = _place_of(first), _place_of(last or first)
    return top, left, bottom, right


def _place_of(reference: str) -> tuple[int, int]:
    letters = reference.rstrip(_DIGITS)
    return column_number(letters), int(reference[len(letters) :])
