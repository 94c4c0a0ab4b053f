"""The columns of a ledger and the headers under which offices write them (3.1.ledger)."""

import re
from functools import lru_cache
from typing import Literal, get_args

from ledgers.synonyms import PATTERNS, SYNONYMS
from ledgers.words import folded

Field = Literal[
    "name",
    "code",
    "district",
    "street",
    "sector",
    "kind",
    "inspected_on",
    "description",
    "category",
    "category_list",
    "grade",
    "major",
    "minor",
    "responsible",
    "due",
    "key",
    "version",
    "serial",
    "progress",
]
FIELDS: tuple[Field, ...] = get_args(Field)
FIELD_OF: dict[str, Field] = {field: field for field in FIELDS}
LABELS: dict[Field, str] = {
    "name": "单位名称",
    "code": "统一社会信用代码",
    "district": "所属区",
    "street": "街道",
    "sector": "行业领域",
    "kind": "对象类型",
    "inspected_on": "检查日期",
    "description": "问题描述",
    "category": "类别",
    "category_list": "所属清单",
    "grade": "等级",
    "major": "是否重大",
    "minor": "是否一般",
    "responsible": "整改责任人",
    "due": "整改期限",
    "key": "行标识",
    "version": "版本",
    "serial": "序号",
    "progress": "整改情况",
}
HELP, LISTS, SUMMARY = "填写说明", "选项", "校验结果"
OWN_SHEETS = frozenset({HELP, LISTS, SUMMARY})
"""Sheets of ours beside the ledger; they are never read."""
NEEDED: tuple[Field, ...] = ("description", "category")
"""With a name or a code, what no row can do without."""
IDENTIFYING: tuple[Field, ...] = ("name", "code", "description")
SUBJECT: tuple[Field, ...] = ("name", "code", "district", "street", "sector", "kind")
_BY_HEADER: dict[str, Field] = {folded(header): field for field in FIELDS for header in SYNONYMS[field].split()}
_BY_PATTERN: dict[Field, re.Pattern[str]] = {
    field: re.compile(PATTERNS[field]) for field in FIELDS if field in PATTERNS
}
_SAYS_WHOSE: dict[Field, re.Pattern[str]] = {
    "name": re.compile("^(?!.*(?:检查|监管|责任|主管|负责))"),
    "code": re.compile(""),
    **dict.fromkeys(
        ("description", "category", "grade", "major", "minor", "category_list"),
        re.compile("问题|隐患|违法|非法|检查|排查|自查"),
    ),
    **dict.fromkeys(("responsible", "due"), re.compile("整改|治理|隐患|问题")),
    "inspected_on": re.compile("^(?!.*(?:复查|整改|治理)).*(?:检查|排查|自查|巡查|发现)"),
}
_VAGUE = frozenset(
    (
        *("责任人", "责任人员", "责任人姓名", "期限", "时限", "限期", "完成时限", "完成期限", "类别", "类型", "分类"),
        *("等级", "级别", "重大", "一般", "单位", "企业", "名称", "描述", "日期", "时间"),
    )
)
_DECORATION = re.compile(r"[*#:：、,，。.·“”\"'_]+")
_BRACKETED = re.compile(r"[(\[【<《{][^)\]】>》}]*[)\]】>》}]")
_NOT_EXPLAINING: frozenset[Field | None] = frozenset({"name", "code", "responsible", "due", "inspected_on"})
"""Fields that are no explanation of another, in brackets."""
_WHOSE: frozenset[Field | None] = frozenset({"name", "responsible", "due", "inspected_on", "description"})
_ANOTHERS = re.compile(
    r"监管|属地|政府|督办|包保|主管|部门|检查人|复查|上报|填报|销号|验收|审核|已整改|已完成|(?<![被受])检查(?:单位)?\W?$"
)
"""In brackets, that it is not the column's usual thing but another's."""
_NUMBERED = re.compile(r"^(?:\(?[0-9一二三四五六七八九十]{1,2}[)、.]|\d{1,2})(?=.)")


@lru_cache(maxsize=4_096)
def plain_header(text: str) -> str:
    """A header for comparing: no spaces, line ends, asterisks; half-width."""
    return folded(text).replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")").strip("*＊ ")


@lru_cache(maxsize=4_096)
def field_of(header: str) -> Field | None:
    """The field that a header names; brackets and what stands in them may explain it or not."""
    whole = plain_header(header)
    if not whole or len(whole) > 60:
        return None
    if found := _field(whole):
        return found
    without = _BRACKETED.sub("", whole)
    if _field(without) in _WHOSE and any(map(_ANOTHERS.search, _BRACKETED.findall(whole))):
        return None  # 责任人（监管部门）, 日期（上报）
    explained = {_field(text.strip("()[]【】《》<>{}")) for text in _BRACKETED.findall(whole)} & _NOT_EXPLAINING
    parts: list[Field | None] = [_field(part) for part in re.split(r"[/／]", without)]
    found: Field | None = _field(without) or _field(whole.replace("(", "").replace(")", "")) or parts[0]
    several = {*explained, *(parts if len(parts) > 1 else ())} - {found}
    return None if several else found  # 整改责任人/整改期限: two things in one column


def vague_below(lower: str, above: str) -> bool:
    """Whether a header in the second row says too little for what stands above it: 责任人 under 监管."""
    text = plain_header(lower)
    field = _usual(text)
    if text not in _VAGUE or field is None:
        return False
    whose = _SAYS_WHOSE.get(field)
    return whose is None or whose.search(plain_header(above)) is None


def _field(text: str) -> Field | None:
    plain = _DECORATION.sub("", text)
    return _usual(text) or _usual(plain) or _usual(_NUMBERED.sub("", plain))


def is_usual_header(text: str) -> bool:
    """Whether a text is one of the headers that offices use, and not only like one."""
    return _usual(plain_header(text)) is not None


def _usual(text: str) -> Field | None:
    return _BY_HEADER.get(text) or next((field for field, of in _BY_PATTERN.items() if of.fullmatch(text)), None)
