"""The parts of an .xlsx package: what it holds is judged before anything of it is read. Child only."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.parsers import expat

from ledgers.reading.limits import Limits
from ledgers.reading.refusal import Refusal

_MOST_PARTS = 5_000
_LARGE = 20_000_000
_CHUNK = 1 << 16
_OTHERS = {
    "word/document.xml": "Word 文档 / a Word document",
    "ppt/presentation.xml": "PowerPoint 演示文稿 / a PowerPoint presentation",
    "xl/workbook.bin": ".xlsb",
    "content.xml": ".ods",
}
_OUTSIDE = ("xl/externalLinks/", "xl/connections.xml", "xl/queryTables/")
_MACROS = ("vbaproject.bin", "vbadata.xml")
Attributes = dict[str, str]


def open_package(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The package, if it is a plain workbook: no macros, no links to elsewhere, no other format, no bomb."""
    try:
        package = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refusal("damaged", reason=str(error)) from None
    parts = package.infolist()
    names = {part.filename for part in parts}
    if len(parts) > _MOST_PARTS:
        raise Refusal("damaged", reason=f"{len(parts)} parts")
    for part, what in _OTHERS.items():
        if part in names:
            raise Refusal("unsupported_format", found=what)
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refusal("encrypted")
    for name in sorted(names):
        if name.lower().endswith(_MACROS) or name.startswith("xl/macrosheets/"):
            raise Refusal("macros", part=name)
        if name.startswith(_OUTSIDE):
            raise Refusal("external_links", part=name)
    _no_bomb(parts, limits)
    return package


def _no_bomb(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    for part in parts:
        too_dense = part.file_size > _LARGE and part.file_size > limits.unpacked_ratio * max(part.compress_size, 1)
        if part.file_size > limits.unpacked_bytes or too_dense:
            raise Refusal("zip_bomb", part=part.filename, size=part.file_size // 1_000_000)
    total = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if total > limits.unpacked_bytes:
        raise Refusal("zip_bomb", part="xl/", size=total // 1_000_000)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook names it: its name, where it stands in the package, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """Where the workbook part stands, its sheets in order, shared strings and styles, days to add to a serial."""

    part: str
    sheets: tuple[SheetPart, ...]
    strings: str | None
    styles: str | None
    serial_offset: int


def read_workbook(package: zipfile.ZipFile, limits: Limits) -> Workbook:
    """What the workbook part says, by its relations."""
    book_part = next(
        (absolute("", r["Target"]) for r in relations(package, "_rels/.rels") if is_relation(r, "officeDocument")), None
    )
    if book_part is None or book_part not in package.namelist():
        raise Refusal("unsupported_format", found="zip（不是 .xlsx / no .xlsx）")
    folder, _, file = book_part.rpartition("/")
    of_book = relations(package, f"{folder}/_rels/{file}.rels".lstrip("/"))
    targets = {r.get("Id", ""): absolute(folder, r["Target"]) for r in of_book if r.get("TargetMode") != "External"}
    sheets: list[SheetPart] = []
    offset = 0
    for name, attributes in elements(package, book_part):
        if name == "workbookPr":
            offset = 1462 if attributes.get("date1904") in ("1", "true") else 0
        elif name == "sheet":
            relation = next((v for k, v in attributes.items() if k == "id" or k.endswith(":id")), "")
            if targets.get(relation, "").rpartition("/")[0].endswith("worksheets"):
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(SheetPart(attributes.get("name", ""), targets[relation], hidden))
        elif name == "externalReference":
            raise Refusal("external_links", part="externalReference")
        if len(sheets) > limits.sheets:
            raise Refusal("too_many_sheets", count=len(sheets), limit=limits.sheets)
    by_kind = {kind: absolute(folder, r["Target"]) for r in of_book for kind in _kinds if is_relation(r, kind)}
    return Workbook(book_part, tuple(sheets), by_kind.get("sharedStrings"), by_kind.get("styles"), offset)


_kinds = ("sharedStrings", "styles")


def is_relation(relation: Attributes, kind: str) -> bool:
    """Whether it is of that kind, whatever namespace writes it."""
    return relation.get("Type", "").endswith(f"/{kind}") and "Target" in relation


def relations(package: zipfile.ZipFile, part: str) -> list[Attributes]:
    """What a part of relations names; nothing where there is no such part."""
    if part not in package.namelist():
        return []
    return [a for name, a in elements(package, part) if name == "Relationship" and "Target" in a]


def absolute(folder: str, target: str) -> str:
    """Where a target stands in the package, as the parts of a folder name it."""
    if target.startswith("/"):
        return target[1:]
    steps = [s for s in folder.split("/") if s]
    for step in target.split("/"):
        if step == "..":
            steps[-1:] = []
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def elements(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, Attributes]]:
    """Every element of a small part with its attributes, prefixes of the names taken off."""
    found: list[tuple[str, Attributes]] = []

    def start(name: str, attributes: Attributes) -> None:
        found.append((name.rpartition(":")[2], attributes))

    parser = new_parser()
    parser.StartElementHandler = start
    for _ in parse(package, part, parser):
        yield from found
        found.clear()
    yield from found


def new_parser() -> Any:
    """An XML parser that refuses document types, and with them every trick with entities."""
    parser: Any = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK

    def refuse(*_: object) -> None:
        raise Refusal("damaged", reason="DOCTYPE")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def parse(package: zipfile.ZipFile, part: str, parser: Any) -> Iterator[None]:
    """Feed a part to the parser, piece by piece."""
    feed: Callable[[bytes, bool], None] = parser.Parse
    try:
        with package.open(part) as stream:
            while piece := stream.read(_CHUNK):
                feed(piece, False)
                yield
        feed(b"", True)
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        EOFError,
        KeyError,
        NotImplementedError,
        ValueError,
        OSError,
    ) as error:
        raise Refusal("damaged", reason=f"{part}: {error}") from None
    except Exception as error:  # zlib.error and others of a damaged stream, said as what they are
        if isinstance(error, Refusal | MemoryError):
            raise
        raise Refusal("damaged", reason=f"{part}: {type(error).__name__}") from None
