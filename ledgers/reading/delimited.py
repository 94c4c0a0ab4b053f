"""Reads text with columns: UTF-8 (with or without mark), GBK/GB18030, UTF-16; comma, tab or semicolon. Child only."""

import codecs
import csv
import io
import re
from typing import BinaryIO

from ledgers.cells import column_letters
from ledgers.fields import field_of
from ledgers.reading.emit import Emitter
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import FORMULA, Travelling, clean

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CANDIDATES = ("utf-8", "gb18030")
_DELIMITERS = (",", "\t", ";", "，", "；", "|")
_CHUNK = 1 << 20
_SAMPLE = 30
_QUOTED = re.compile(r'="([^"=+@]*)"')
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_BINARY = ("内容不是文字", "its content is no text")
_FOREIGN = (("<!doctype html", "HTML"), ("<html", "HTML"), ("<table", "HTML"), ("<?xml", "XML"), ("{\\rtf", "RTF"))


def read_delimited(file: BinaryIO, emitter: Emitter) -> str:
    """The one sheet of a text file, to the emitter; gives its encoding."""
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    sample = "".join(text.readline(100_000) for _ in range(_SAMPLE))
    _no_foreigner(sample)
    delimiter = _delimiter(sample)
    text.seek(0)
    emitter.begin("", hidden=False)
    _rows(text, delimiter, emitter)
    emitter.end()
    text.detach()
    return encoding


def _encoding(file: BinaryIO) -> str:
    head = file.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = _unmarked_utf16(head) or _CANDIDATES
    for candidate in candidates:
        file.seek(0)
        if _decodes(file, candidate):
            return candidate
    raise Refusal("encoding_unknown")


def _unmarked_utf16(head: bytes) -> tuple[str, ...]:
    if b"\0" not in head:
        return ()
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 < len(head) or min(even, odd) * 8 > len(head):
        raise Refusal("not_a_spreadsheet", found=_BINARY)
    return ("utf-16-le",) if odd > even else ("utf-16-be",)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    control = 0
    try:
        while piece := file.read(_CHUNK):
            text = decoder.decode(piece)
            control += sum(text.count(chr(code)) for code in range(32) if code not in (9, 10, 11, 12, 13, 26))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    if control:
        raise Refusal("not_a_spreadsheet", found=_BINARY)
    return True


def _no_foreigner(sample: str) -> None:
    head = sample.lstrip().lower()
    for beginning, what in _FOREIGN:
        if head.startswith(beginning):
            raise Refusal("not_a_spreadsheet", found=what)


def _delimiter(sample: str) -> str:
    """The one that makes a header, else the most columns on most lines; `sep=;` of Excel is obeyed."""
    if sample[:4].lower() == "sep=" and sample[4:5]:
        return sample[4]
    return max(_DELIMITERS, key=lambda d: _columns(sample, d))


def _columns(sample: str, delimiter: str) -> tuple[int, int, int]:
    rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)]
    named = max((len({field for cell in row if (field := field_of(cell))}) for row in rows), default=0)
    wide = [len(row) for row in rows if len(row) > 1]
    return (
        named if named > 1 else 0,
        (len(wide) and sorted(wide)[len(wide) // 2] - 1) * len(wide),
        -_DELIMITERS.index(delimiter),
    )


def _rows(text: io.TextIOWrapper, delimiter: str, emitter: Emitter) -> None:
    limits = emitter.limits
    csv.field_size_limit(limits.cell_characters)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                raise Refusal("cell_too_long", "", number, limit=limits.cell_characters) from None
            raise Refusal("csv_quotes", "", number) from None
        if fields is None:
            return
        if number > limits.rows + 1000:
            raise Refusal("too_many_rows", "", number, limit=limits.rows)
        if number == 1 and len(fields) <= 2 and fields[0:1] and fields[0].lower().startswith("sep="):
            continue
        _row(number, fields, emitter)


def _row(number: int, fields: list[str], emitter: Emitter) -> None:
    cells: list[Travelling] = []
    filled = 0
    for place, raw in enumerate(fields):
        value = _cell(raw)
        if value:
            if place >= emitter.limits.columns:
                raise Refusal("too_many_columns", "", number, column_letters(place), limit=emitter.limits.columns)
            emitter.text(value)
            cells.extend([None] * (place - len(cells)))
            cells.append(value)
            filled += 1
    if filled:
        emitter.row(number, False, cells, filled)


def _cell(raw: str) -> str:
    text = clean(raw)
    if literal := _QUOTED.fullmatch(text):
        return literal[1]  # how Excel keeps a text that looks like a number
    if text.startswith("="):
        return FORMULA + text[:60]
    if _GUARDED.match(text):
        return text[1:]  # as our own export guards it
    return text if text.strip() else ""
