"""Several findings in one cell, as offices write them: 1. … 2. …, ①②, (一)(二), one a line."""

import re
from dataclasses import dataclass

from ledgers.words import folded, tidy

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_IN_BRACKETS = "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"
_BEGINS_NOTHING = frozenset("经未无没不暂合正现自本排检")
_FIRST = re.compile(r"[1①⑴一\n]")
_CHINESE = "一二三四五六七八九"
_PREFIX = 14
"""Characters that may stand before the first number, if they end with a colon: 存在问题："""
_NOTHING = re.compile(
    r"(?:(?:经|本次|现场|自查|排查|检查)+,?)?(?:未发现|无|没有|未见|不存在|暂无|未检查出|未查出)(?:任何|明显)?(?:安全|事故|生产|一般|重大)*"
    r"(?:问题|隐患|违法行为|违法违规行为|非法违法行为|异常)(?:[和及与、]?(?:问题|隐患))?(?:存在)?[。.!]?"
)


@dataclass(frozen=True, slots=True)
class Described:
    """The descriptions in a cell; `unsure`: it has line breaks and was kept as one."""

    texts: tuple[str, ...]
    unsure: bool = False


def says_nothing_found(text: str) -> bool:
    """Whether the text says that the inspection found nothing: 未发现问题, 无隐患, 无."""
    if text[:1] not in _BEGINS_NOTHING:
        return False
    word = folded(text).replace("，", ",")
    return word in ("无", "没有", "暂无", "无。", "合格", "正常") or _NOTHING.fullmatch(word) is not None


def split_findings(cell: str) -> Described:
    """Each finding of a cell by itself, its number taken off."""
    text = tidy(cell)
    if _FIRST.search(text) is None:
        return Described((text,))
    for marks in _MARKS:
        parts = _numbered(text, marks)
        if parts:
            return Described(parts)
    lines = text.split("\n")
    if len(lines) == 1:
        return Described((text,))
    if all(len(line) >= 4 for line in lines) and not any(line[-1] in "，、,：:（(" for line in lines[:-1]):
        return Described(tuple(_trimmed(line) for line in lines))
    return Described((" ".join(lines) if any(line.isascii() for line in lines) else "".join(lines),), unsure=True)


def _dotted(number: int) -> re.Pattern[str]:
    """`2.`, `2、`; before a digit (2、3号柜) only where something has just ended, and never in 编号2）."""
    return re.compile(
        rf"(?:(?<![\d.A-Za-z第号（(]){number}(?:[、．)）](?!\d)|\.(?!\d))|(?:(?<=[;；。\s])|^){number}[、．)）](?=\d))\s*"
    )


def _bracketed(number: int) -> re.Pattern[str]:
    return re.compile(rf"[(（]{number}[)）][、.．]?\s*")


def _circled(number: int) -> re.Pattern[str]:
    return re.compile(rf"[{_CIRCLED[number - 1]}{_IN_BRACKETS[number - 1]}][、.．]?\s*")


def _chinese(number: int) -> re.Pattern[str]:
    numeral = _CHINESE[number - 1]
    return re.compile(rf"(?:[(（]{numeral}[)）]|(?<![\u4e00-\u9fff]){numeral}、|{numeral}是)\s*")


_MARKS = (
    tuple(_bracketed(n) for n in range(1, 31)),
    tuple(_circled(n) for n in range(1, 21)),
    tuple(_dotted(n) for n in range(1, 31)),
    tuple(_chinese(n) for n in range(1, 10)),
)


def _numbered(text: str, marks: tuple[re.Pattern[str], ...]) -> tuple[str, ...]:
    """The parts after 1, 2, 3 …; empty unless the text begins with 1 and 2 follows."""
    first = marks[0].search(text)
    if first is None or not _may_precede(text[: first.start()]):
        return ()
    parts: list[str] = []
    begin = first.end()
    for mark in marks[1:]:
        found = mark.search(text, begin)
        if found is None:
            break
        parts.append(_trimmed(text[begin : found.start()]))
        begin = found.end()
    parts.append(_trimmed(text[begin:]))
    return tuple(parts) if len(parts) > 1 and all(parts) else ()


def _may_precede(prefix: str) -> bool:
    prefix = prefix.strip()
    return not prefix or (len(prefix) <= _PREFIX and prefix[-1] in ":：")


def _trimmed(part: str) -> str:
    return part.replace("\n", "").strip().rstrip("；;，,、").strip()
