"""Finds the header among titles, dates and notes: one row, or two with merged cells above (3.1.ledger)."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ledgers.book import Merge, Row, Sheet
from ledgers.cells import cell_text, column_letters
from ledgers.decisions import map_option, value_option
from ledgers.fields import FIELD_OF, FIELDS, IDENTIFYING, LABELS, NEEDED, Field, field_of, plain_header, vague_below
from ledgers.issues import Issue, issue

_SEARCHED = 20
"""Rows at the top of a sheet in which the header is looked for."""
_MOST_WIDE = 2_000
_LIKELY_NAME = re.compile("(?:单位|企业|公司|主体|项目部|工地)(?:名称)?$|^(?:责任|施工|整改).{0,4}单位")
_VAGUE_DESCRIPTIONS = frozenset({"检查情况", "描述"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place from 0, the header as written, the field it was read as (None: unknown, or left out)."""

    place: int
    header: str
    field: Field | None
    left_out: bool = False

    @property
    def letters(self) -> str:
        """Its name in Excel."""
        return column_letters(self.place)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands (its last row, as Excel shows it), the titles above it, its columns, its rows' texts."""

    row: int
    first_row: int
    titles: tuple[str, ...]
    columns: tuple[Column, ...]
    texts: tuple[tuple[str, ...], ...]

    def of(self, field: Field) -> Column | None:
        """The column of a field."""
        return next((c for c in self.columns if c.field == field), None)


def find_header(sheet: Sheet, mapping: Mapping[str, str]) -> Header | None:
    """The first row (or two) that names all a ledger needs; else that which names most, with a unit or description.

    What follows the first complete one is data, or another table.
    """
    given = {plain_header(header): field for header, field in mapping.items()}
    best: tuple[int, Header] | None = None
    top = sheet.rows[:_SEARCHED]
    wide = _wide_merges(sheet)
    for index, row in enumerate(top):
        below = sheet.rows[index + 1] if index + 1 < len(sheet.rows) else None
        options = [_single(row, given)]
        if below is not None and below.number == row.number + 1 and not _is_title(wide, row, below):
            two = _double(sheet, wide, row, below, given)
            if two and _named(two[0]) > _named(_single(below, given)[0]):
                tall = any(m.top == row.number and m.bottom == below.number for m in sheet.merges[:_MOST_WIDE])
                options = [two] if tall else [*options, two]
        for columns, last in options:
            score = _named(columns)
            fields = {c.field for c in columns}
            if score >= 2 and fields.intersection(IDENTIFYING) and (best is None or score > best[0]):
                rows = (row,) if below is None or last == row.number else (row, below)
                texts = tuple(row_texts(one) for one in rows)
                best = score, Header(last, row.number, _titles(sheet.rows[:index]), tuple(columns), texts)
        if best and not _missing({c.field for c in best[1].columns}):
            break
    return best[1] if best else None


def _named(columns: Sequence[Column]) -> int:
    return len({c.field for c in columns if c.field})


def _missing(fields: Collection[Field | None]) -> list[Field]:
    """What a ledger cannot do without and these fields lack."""
    missing: list[Field] = [field for field in NEEDED if field not in fields]
    return missing if "name" in fields or "code" in fields else ["name", *missing]


def row_texts(row: Row) -> tuple[str, ...]:
    """What stands in a row, as headers are compared; nothing after the last text."""
    texts = [plain_header(cell_text(cell)) for cell in row.cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _titles(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(text for row in rows for cell in row.cells if (text := cell_text(cell).strip()))


def _column(place: int, header: str, spellings: Sequence[str], given: Mapping[str, str]) -> Column:
    for spelling in spellings:
        wanted = given.get(plain_header(spelling))
        if wanted is not None:
            return Column(place, header, FIELD_OF.get(wanted), left_out=not wanted)
    for spelling in spellings:
        if found := field_of(spelling):
            return Column(place, header, found)
    return Column(place, header, None)


def _single(row: Row, given: Mapping[str, str]) -> tuple[list[Column], int]:
    texts = [(place, cell_text(cell).strip()) for place, cell in enumerate(row.cells)]
    return _settled([_column(place, text, (text,), given) for place, text in texts if text]), row.number


def _settled(columns: list[Column]) -> list[Column]:
    """检查情况 is the description where no column says more plainly that it is; then the pairs."""
    described = [c for c in columns if c.field == "description"]
    plainly = [c for c in described if plain_header(c.header) not in _VAGUE_DESCRIPTIONS]
    if plainly and len(plainly) < len(described):
        columns = [replace(c, field=None) if c in described and c not in plainly else c for c in columns]
    return _paired(columns)


def _paired(columns: list[Column]) -> list[Column]:
    """一般 counts as a grade beside 重大 and a description; 一般隐患 without them is the description itself."""
    fields = {c.field for c in columns}
    if "minor" not in fields or {"major", "description"} <= fields:
        return columns
    of_its_own: Field | None = None if "description" in fields else "description"
    return [
        c if c.field != "minor" else replace(c, field=of_its_own if "隐患" in c.header or "问题" in c.header else None)
        for c in columns
    ]


def _is_title(merges: Sequence[Merge], row: Row, below: Row) -> bool:
    """The only text of its row, merged over most columns of the row below: a title, not a group of columns."""
    texts = [place for place, cell in enumerate(row.cells) if cell_text(cell).strip()]
    filled = [place for place, cell in enumerate(below.cells) if cell_text(cell).strip()]
    over = next((m for m in merges if m.top == row.number), None)
    if len(texts) != 1 or over is None or not filled:
        return False
    return 2 * sum(over.left <= place <= over.right for place in filled) > len(filled)


def _double(
    sheet: Sheet, wide_merges: Sequence[Merge], row: Row, below: Row, given: Mapping[str, str]
) -> tuple[list[Column], int] | None:
    """Two rows as one header: each lower text stands under a wide upper one, each other column has one text."""
    columns: list[Column] = []
    above = ""
    joined = 0
    for place in range(max(len(row.cells), len(below.cells))):
        upper, lower = cell_text(row.at(place)).strip(), cell_text(below.at(place)).strip()
        wide = _wide(wide_merges, row.number, place)
        above = upper or (above if wide or (lower and not sheet.merges) else "")
        if upper and lower and not wide and _next_filled(row, below, place):
            return None  # two texts, one above the other, and nothing wide: a row of data follows
        if not isinstance(below.at(place), str) and lower:
            return None
        if lower and above:
            joined += 1
            alone = () if vague_below(lower, above) else (lower,)
            columns.append(_column(place, f"{above}{lower}", (f"{above}{lower}", *alone), given))
        elif lower or upper:
            text = upper or lower
            columns.append(_column(place, text, (text,), given))
    columns = _settled(columns)
    named = {c.field for c in columns}
    return (columns, below.number) if joined >= 2 and named != {None} else None


def _next_filled(row: Row, below: Row, place: int) -> bool:
    """Whether the next cell is filled too; beyond the end of the row, whether the row below ends there as well."""
    if place + 1 >= len(row.cells):
        return not cell_text(below.at(place + 1)).strip()
    return bool(cell_text(row.at(place + 1)).strip())


def _wide_merges(sheet: Sheet) -> list[Merge]:
    """Merged cells within one row near the top: what a header may have above its columns."""
    last = sheet.rows[:_SEARCHED][-1].number if sheet.rows else 0
    return [m for m in sheet.merges if m.top == m.bottom <= last and m.right > m.left][:_MOST_WIDE]


def _wide(merges: Sequence[Merge], number: int, place: int) -> bool:
    return any(
        m.top == number and m.bottom == number and m.left <= place <= m.right and m.right > m.left for m in merges
    )


def likely_names(header: Header) -> list[Column]:
    """Columns that nobody knows and that may name the unit: 责任单位, where no other column does."""
    return [c for c in header.columns if c.field is None and not c.left_out and _LIKELY_NAME.search(c.header)]


def header_errors(sheet: Sheet, header: Header, filled: Collection[Field] = ()) -> list[Issue]:
    """What keeps the sheet from being read: a field twice, a needed one missing that is not `filled` by decision."""
    found: list[Issue] = []
    read = "、".join(c.header for c in header.columns) or "—"
    seen: dict[Field, Column] = {}
    for column in header.columns:
        if column.field is None:
            continue
        first = seen.setdefault(column.field, column)
        if first is not column and column.field not in ("progress", "serial"):
            facts = {"first": first.header, "second": column.header}
            label = LABELS[column.field]
            found.append(
                issue(sheet.name, header.row, column.letters, "column_twice", field=label, key=column.field, **facts)
            )
    for field in _missing(seen):
        if field not in filled:
            facts = {"field": LABELS[field], "key": field, "found": read, **_offered(field, header)}
            found.append(issue(sheet.name, header.row, None, "column_missing", **facts))
    return found


def as_if_complete(header: Header) -> Header | None:
    """The header as it would be if what it lacks were said, so that the lines can be judged all the same."""
    named = header.of("name") or header.of("code")
    likely = [] if named else likely_names(header)
    if header.of("description") is None or not (named or likely):
        return None
    return replace(header, columns=tuple(replace(c, field="name") if c in likely[:1] else c for c in header.columns))


def _offered(field: Field, header: Header) -> dict[str, str]:
    """What may be the missing column, with the option that says so; how the category can do without one."""
    likely = likely_names(header) if field == "name" else []
    options = [(c.header, map_option(c.header, field)) for c in likely]
    offer = "".join(f"是不是“{text}”？如是，请加 {option}；" for text, option in options)
    offer_en = "".join(f"is it '{text}'? Then add {option}; " for text, option in options)
    or_zh = or_en = ""
    if field == "category":
        option = value_option("")
        or_zh, or_en = f"；各行同属一类的，可加 {option}", f"; if all are of one category, add {option}"
    return {"offer": offer, "offer_en": offer_en, "or_zh": or_zh, "or_en": or_en}


def mapping_errors(headers: Mapping[str, Header], mapping: Mapping[str, str]) -> list[Issue]:
    """A mapping that names a header that no sheet has, or a field that there is not. `headers` by sheet."""
    found: list[Issue] = []
    read = list(dict.fromkeys(c.header for header in headers.values() for c in header.columns))
    plain = [plain_header(header) for header in read]
    sheet, first = next(iter(headers.items()))
    for name, wanted in mapping.items():
        if not any(header.endswith(plain_header(name)) for header in plain):
            found.append(issue(sheet, first.row, None, "mapping_no_header", header=name, found="、".join(read)))
        if wanted and wanted not in FIELDS:
            found.append(issue(sheet, first.row, None, "mapping_no_field", field=wanted, known=", ".join(FIELDS)))
    return found
