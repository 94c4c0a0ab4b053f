"""The sender's workbook with our notes in it: a few parts changed in place, all others as they were. Child only."""

import zipfile
from typing import BinaryIO

from ledgers.fields import SUMMARY
from ledgers.reading.limits import Limits
from ledgers.reading.xlsx_parts import Workbook, read_workbook
from ledgers.writing.notes import ERROR_WORD, SUMMARY_HEADER, Notes
from ledgers.writing.patched_sheet import PatchedSheet, height, text_cell
from ledgers.writing.patched_styles import Styles
from ledgers.writing.splice import Element, Splice, Unchangeable, with_attributes

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATION = "rIdRectifySummary"
_TYPES = "[Content_Types].xml"
_WIDTHS = (16, 14, 12, 10, 70, 70)


def patched(package: zipfile.ZipFile, notes: Notes) -> dict[str, bytes]:
    """The parts that are other than before, by name. Unchangeable where the workbook is written in an unusual way."""
    book = read_workbook(package, Limits())
    if book.styles is None or book.styles not in package.namelist():
        raise Unchangeable("styles")
    styles = Styles(package.read(book.styles))
    changed: dict[str, bytes] = {}
    for sheet in book.sheets:
        of_sheet = notes.sheets.get(sheet.name)
        if of_sheet is not None and sheet.name != SUMMARY:
            changed[sheet.part] = PatchedSheet(package.read(sheet.part), of_sheet, styles).content()
        elif sheet.name != SUMMARY:
            changed[sheet.part] = _unselected(package.read(sheet.part))
    for name in package.namelist():
        if "/chartsheets/" in name and name.endswith(".xml"):
            changed[name] = _unselected(package.read(name))
    own = next((sheet.part for sheet in book.sheets if sheet.name == SUMMARY), None)
    if own is None:
        folder = book.part.rpartition("/")[0]
        own = f"{folder}/worksheets/rectify-summary.xml".lstrip("/")
        if own in package.namelist():
            raise Unchangeable(own)
        changed |= _with_sheet(package, book, own)
    else:
        place = next(n for n, name in enumerate(_names(package.read(book.part))) if name == SUMMARY)
        changed[book.part] = _shown_first(Splice(package.read(book.part)), place=place, moved=0)
    changed[own] = _summary(notes, styles)
    changed[book.styles] = styles.content()  # last: each sheet adds to them
    return changed


def write_patched(file: BinaryIO, out: BinaryIO, notes: Notes) -> None:
    """The whole package, with our changes in it."""
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        changed = patched(package, notes)
        for part in package.infolist():
            new = changed.pop(part.filename, None)
            written.writestr(part, package.read(part) if new is None else new, compress_type=zipfile.ZIP_DEFLATED)
        for name, new in changed.items():
            written.writestr(name, new)


def _unselected(content: bytes) -> bytes:
    """A sheet that is not the one shown: two that are selected would be edited together."""
    splice = Splice(content)

    def begin(element: Element) -> None:
        if element.name == "sheetView" and "tabSelected" in element.attributes:
            tag = content[element.start : element.inside]
            splice.put(element.start, element.inside, with_attributes(tag, tabSelected=None))

    splice.walk(begin, _nothing)
    return splice.done()


def _nothing(_: Element, __: int, ___: int) -> None:
    """At an end nothing is to be done."""


def _names(content: bytes) -> list[str]:
    found: list[str] = []

    def begin(element: Element) -> None:
        if element.name == "sheet":
            found.append(element.attributes.get("name", ""))

    Splice(content).walk(begin, _nothing)
    return found


def _shown_first(splice: Splice, *, place: int, moved: int, sheet: str = "") -> bytes:
    """The workbook part: the sheet at `place` is the one shown, those behind a new first one count one more."""
    ids: list[int] = [0]

    def begin(element: Element) -> None:
        tag = splice.content[element.start : element.inside]
        if element.name == "workbook":
            spaces = {value for key, value in element.attributes.items() if key.startswith("xmlns")}
            if _MAIN not in spaces:
                raise Unchangeable("strict")
        elif element.name == "workbookView":
            new = with_attributes(tag, activeTab=str(place), firstSheet=None)
            splice.put(element.start, element.inside, new)
        elif element.name == "definedName" and moved and (local := element.attributes.get("localSheetId")):
            splice.put(element.start, element.inside, with_attributes(tag, localSheetId=str(int(local) + moved)))
        elif element.name == "sheet":
            ids.append(int(element.attributes.get("sheetId", 0)))
        elif element.name == "sheets":
            at.append(element.inside)

    at: list[int] = []
    splice.walk(begin, _nothing)
    if sheet:
        made = sheet.format(prefix=splice.prefix, id=max(ids) + 1)
        splice.put(at[0], at[0], made.encode())
    return splice.done()


def _with_sheet(package: zipfile.ZipFile, book: Workbook, part: str) -> dict[str, bytes]:
    """The parts that name a new first sheet: the workbook, its relations, the list of types."""
    folder, _, file = book.part.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels".lstrip("/")
    sheet = (
        f'<{{prefix}}sheet xmlns:rectify="{_RELATIONS}" name="{SUMMARY}" sheetId="{{id}}" rectify:id="{_RELATION}"/>'
    )
    relation = f'Relationship Id="{_RELATION}" Type="{_RELATIONS}/worksheet" Target="/{part}"/>'
    kind = f'Override PartName="/{part}" ContentType="{_SHEET_TYPE}"/>'
    return {
        book.part: _shown_first(Splice(package.read(book.part)), place=0, moved=1, sheet=sheet),
        relations: _with_child(package.read(relations), relation),
        _TYPES: _with_child(package.read(_TYPES), kind),
    }


def _with_child(content: bytes, child: str) -> bytes:
    """One more element at the end of the root."""
    splice = Splice(content)
    depth = 0

    def begin(_: Element) -> None:
        nonlocal depth
        depth += 1

    def end(element: Element, inside: int, _: int) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            if element.empty:
                raise Unchangeable(element.name)
            splice.put(inside, inside, f"<{splice.prefix}{child}".encode())

    splice.walk(begin, end)
    return splice.done()


def _summary(notes: Notes, styles: Styles) -> bytes:
    """The sheet in front: counts, then one line a problem."""
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(_WIDTHS, start=1)
    )
    rows: list[str] = []
    for number, values in enumerate((*notes.counts, (), SUMMARY_HEADER, *notes.problems), start=1):
        style = styles.plain
        if values is SUMMARY_HEADER:
            style = styles.bold
        cells: list[str] = []
        for place, value in enumerate(values):
            where = f"{chr(65 + place)}{number}"
            red = styles.head if value == ERROR_WORD and place == 0 else style
            if isinstance(value, int):
                cells.append(f'<c r="{where}" s="{style}"><v>{value}</v></c>')
            elif value is not None:
                cells.append(text_cell("", where, red, str(value)))
        high = max((height(str(value or "")) for value in values), default=15)
        rows.append(f'<row r="{number}" ht="{high}" customHeight="1">{"".join(cells)}</row>')
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()
