"""What a row below the header is: data, the header once more, another table, or a total, a signature, a note."""

import re
from itertools import islice, takewhile
from typing import Literal

from ledgers.book import Row
from ledgers.cells import cell_text
from ledgers.fields import IDENTIFYING, field_of, is_usual_header, plain_header
from ledgers.table.header import Column, Header, row_texts
from ledgers.words import folded

Kind = Literal["data", "header", "other_table", "passed_over", "sample", "notes"]
_TOTALS = re.compile(r"(?:合计|小计|总计|共计|累计|总合计|本页合计|本月合计)(?:[:：(\d].*)?")
_PART_TOTALS = re.compile(r".{1,12}(?:合计|小计|总计|共计)(?:[:：(\d].*)?")
_SIGNED = re.compile(
    r"(?:填表人|制表人|填报人|制表|审核人|审核|审批人|报送人|经办人|检查人员?|检查人员?签字|检查组长|检查组|企业确认签字|企业签字|以下空白|以上共.*|单位负责人|主要负责人|企业负责人|分管领导|"
    r"分管负责人|负责人|负责人签字|主管领导|签字|签名|盖章|单位盖章|\(?盖章\)?|填表日期|填报日期|填表时间|填报时间|制表日期|上报日期|"
    r"报送日期|填报单位|填表单位|报送单位|联系人|联系电话|注|备注|说明|填表说明|填报说明)(?:\(?签字\)?|\(?签章\)?|\(?盖章\)?)?(?:[:：].*)?"
)
_NOTES = re.compile(
    r"(?:(?:填表|填写|填报|报送|使用)?说明|(?:填表|填写|填报|报送)(?:要求|须知)|注意事项|备?注\d?|附注|注释)(?:[:：].*)?",
    re.DOTALL,
)
_SAMPLE = re.compile(
    r"[(\[【<]?(?:填写|填报|填表)?(?:示例|样例|范例|举例|例如|例子|样本|样表|例)(?:说明|行)?[一二三四五\d]*[)\]】>]?(?:[:：].*)?"
)
_BEGIN_NOTES = frozenset("填报使说注备附 　【")
_EXAMPLE = re.compile("[例样]")
_LONGEST_WORD, _SAMPLE_WITHIN = 60, 4
_FEWEST_HEADERS = 3
_LONGEST_HEADER = 16
_COUNTING = re.compile(r"[(]?(\d{1,2})[)]?")
_IDENTIFYING = frozenset(IDENTIFYING)


def kind_of(row: Row, header: Header) -> tuple[Kind, str]:
    """What the row is, and the text by which that is known of one that is passed over."""
    if _is_header(row, header):
        return "header", ""
    if _other_table(row, header.columns):
        return "other_table", ""
    if row.number == header.row + 1 and _counts_columns(row):
        return "passed_over", "1 2 3"
    first = next((cell for _, cell in row.filled()), None)
    if _is_sample(row):
        return "sample", ""
    if isinstance(first, str) and first[0] in _BEGIN_NOTES and _is_notes(row, header, folded(first)):
        return "notes", first.strip()[:_LONGEST_WORD]
    if isinstance(first, str) and len(word := folded(first)) <= _LONGEST_WORD:
        if _TOTALS.fullmatch(word) or (_ends(word) and _sparse(row, header, word)):
            return "passed_over", first.strip()
        if _repeats(row, header.columns):
            return "header", ""
    return "data", ""


def _is_sample(row: Row) -> bool:
    """A line that shows how to fill in the form, left in it: 示例, 例：某公司."""
    first = takewhile(lambda placed: placed[0] < _SAMPLE_WITHIN, islice(row.filled(), 2))
    return any(
        isinstance(cell, str) and _EXAMPLE.search(cell[:6]) and _SAMPLE.fullmatch(folded(cell)) for _, cell in first
    )


def _is_notes(row: Row, header: Header, word: str) -> bool:
    return _NOTES.fullmatch(word) is not None and _sparse(row, header, word)


def _ends(word: str) -> bool:
    return _SIGNED.fullmatch(word) is not None or _PART_TOTALS.fullmatch(word) is not None


def _counts_columns(row: Row) -> bool:
    """1 2 3 … or (1) (2) (3) …: the numbers of the columns, under the header."""
    texts = [folded(cell_text(cell)) for _, cell in row.filled()]
    found = [_COUNTING.fullmatch(text) for text in texts]
    return len(texts) > _FEWEST_HEADERS and [m and m[1] for m in found] == [str(n + 1) for n in range(len(texts))]


def _sparse(row: Row, header: Header, word: str) -> bool:
    """Whether a line that begins like a signature has no description of its own beside it."""
    description, category = header.of("description"), header.of("category")
    first, _ = next(row.filled())
    if description and category and first == description.place and row.at(category.place):
        return False  # 主要负责人：未取得安全资格证书, under the unit of the line above
    said = "" if description is None else cell_text(row.at(description.place)).strip()
    return ":" in word or not said or said.isdigit()


def _other_table(row: Row, columns: tuple[Column, ...]) -> bool:
    """Whether this is a header with columns in other places: what follows is no more what the header above says."""
    for cell in row.cells:  # asked of every line: a header has no numbers and no days
        if cell is not None and (not isinstance(cell, str) or cell.isdigit()):
            return False
    texts = [
        (place, cell)
        for place, cell in enumerate(row.cells)
        if isinstance(cell, str) and len(cell) <= _LONGEST_HEADER and is_usual_header(cell)
    ]
    filled = sum(1 for _ in row.filled())
    if len(texts) < max(_FEWEST_HEADERS, filled / 2):  # by the usual spellings only; data may say 隐患 and 重大
        return False
    named = {place: field for place, cell in texts if (field := field_of(cell))}
    above = {column.place: column.field for column in columns}
    moved = any(above.get(place) != field for place, field in named.items())
    return moved and len(set(named.values())) >= _FEWEST_HEADERS and not _IDENTIFYING.isdisjoint(named.values())


def _is_header(row: Row, header: Header) -> bool:
    """The header once more, at a page break: all of it or, of one with two rows, either."""
    for texts in header.texts:
        place = next((place for place, text in enumerate(texts) if text), 0)
        cell = row.at(place)
        if isinstance(cell, str) and cell.strip()[:1].upper() == texts[place][:1] and row_texts(row) == texts:
            return True
    return False


def _repeats(row: Row, columns: tuple[Column, ...]) -> bool:
    """Almost the header once more."""
    named = [c for c in columns if c.field]
    same = sum(plain_header(cell_text(row.at(c.place))) == plain_header(c.header) for c in named[:3])
    return len(named) >= 2 and same == len(named[:3])
