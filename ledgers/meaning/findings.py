"""Several findings in one cell, as offices write them: 1. … 2. …, ①②, (一)(二), A. B., ● ●, one a line."""

import re
from dataclasses import dataclass
from itertools import pairwise

from ledgers.words import chinese_numeral, tidy

_SERIES = (("①", 20), ("⑴", 20), ("⒈", 20), ("❶", 10), ("㈠", 10), ("㊀", 10))
"""Signs that are a number by themselves: the first of each series, how many there are."""
_BULLETS = "●■◆★▲◎•◇▪►➢※▶✦"
_DASHES = "-–—·*"
"""What stands before each line of a list, and within words too."""
_LETTERS = "ABCDEFGHIJ"
_FIRST = re.compile(rf"[1１一AＡ\n{''.join(first for first, _ in _SERIES)}{_BULLETS}]|^[2２二]")
_NARROW = str.maketrans("０１２３４５６７８９．" + "ＡＢＣＤＥＦＧＨＩＪ", "0123456789." + _LETTERS)
_NAMES = "号|#|＃|车间|班|楼|单元|区"
"""What makes a sign before it a name: ①号罐."""
_COUNTS = re.compile(r"(?<![\d.])(\d{1,2})\s?(?:、|[.．)）:：,，。\]】\-–—](?!\d))")
_PLAIN = re.compile(r"1(?=[^\W\d_]).{3,}?(?<![\d.])2(?=[^\W\d_]).{3,}?(?<![\d.])3(?=[^\W\d_])", re.DOTALL)
"""1灭火器过期2通道堵塞3…: counted without a sign."""
_OTHERWISE = re.compile(
    r"A[、.．)）:：](?![A-Z]).{3,}?B[、.．)）:：](?![A-Z])|(?<![第十])[一二]、.{3,}?(?<![第十])[二三]、", re.DOTALL
)
_APART = 3
"""Characters between two numbers of a list at least: 1、2、3号罐 counts nothing."""
_SEMICOLON = re.compile(r"[;；]")
_SHORTEST_CLAUSE = 4
_PREFIX = 80
"""Characters that may stand before the first number, if they end with a colon: 存在问题："""
_SAYS_NOTHING = re.compile(
    r"(?:\d{2,4}年|\d{1,2}月|\d{1,2}[日号]|经|现场|本次|此次|检查|排查|自查|巡查|发现|存在|有|的|以下|如下|下列|主要|安全|事故|生产|一般|重大|"
    r"问题|隐患|情况|不足|违法|违规|行为|对|该|单位|企业|公司|厂|进行|时|中|了|为|及|和|与|并|共|\d+|[条项个处]|[，,、\s])*+"
)
"""A prefix of words that announce findings and say nothing of them; another belongs to each: 罐区：1.… 2.…"""
_NO_FINDING = re.compile(
    r"(?:整改|(?:法律)?依据|违反《|(?:防范)?措施[:：]|要求|处理(?:意见|措施|结果)|责令|建议|备注|说明[:：]|限期|检查(?:人|时间|日期)"
    r"|责任人|联系(?:人|电话)|复查|已整改)|[(（].*[)）][。.]?$"
)
"""How a line begins that belongs to the finding above it."""
_PLACE = re.compile(
    r"[^,，。；;未无不缺过损堵占超违失漏裂锈破乱松脱断]*(?:站|车间|库房?|罐区|厂区|井场|泵房|室|楼|层|队|工段|班组)$"
)
"""A line that says where and not what."""
_GOES_ON = re.compile(r"(?:[，、,：:（(的和与及或在未对为被把将按需应等并且]|及时|进行|以及|没有)$")
_ENDS = re.compile(r"[。；;.!！]$")


@dataclass(frozen=True, slots=True)
class Described:
    """The descriptions in a cell; `unsure`: why it might be several and was kept as one, the code of a warning."""

    texts: tuple[str, ...]
    unsure: str = ""


def split_findings(cell: str) -> Described:
    """Each finding of a cell by itself, its number taken off."""
    text = tidy(cell)
    if _FIRST.search(text) is None:
        return _one(text)
    for marks in _MARKS:
        before, parts = _numbered(text, marks)
        if parts and _nested(before, parts, marks):
            return Described((_together(text),), "numbers_nested")
        if parts and _leaps(parts, marks):
            return Described((_together(text),), "numbers_kept_together")
        if parts:
            of_all = "" if _SAYS_NOTHING.fullmatch(before[:-1]) else before.replace("\n", "")
            return Described(tuple(f"{of_all}{part}" for part in parts))
    if _is_counted(text):
        return Described((_together(text),), "numbers_kept_together")
    lines = text.split("\n")
    if len(lines) == 1:
        return _one(text)
    if all(line[0] in _DASHES and line[0] == lines[0][0] for line in lines):
        lines = [line[1:].strip() for line in lines]
    if _are_findings(lines):
        return Described(tuple(_trimmed(line) for line in lines))
    return Described((_together(text),), "lines_kept_together")


def _are_findings(lines: list[str]) -> bool:
    """Whether each line is a finding of its own, and none goes on with, explains or heads another."""
    if any(len(line) < _SHORTEST_CLAUSE or _NO_FINDING.match(line) for line in lines):
        return False
    if all(_ENDS.search(line) for line in lines[:-1]):
        return True
    return not any(_GOES_ON.search(line) or _PLACE.fullmatch(line) for line in lines[:-1])


def _is_counted(text: str) -> bool:
    """Whether something in the text counts, though not 1, 2, 3 in a way that is understood."""
    plain = text.translate(_NARROW)
    if _OTHERWISE.search(plain) or _PLAIN.match(plain):
        return True
    found = list(_COUNTS.finditer(plain))
    return any(
        int(other[1]) - int(one[1]) in (1, 2) and other.start() - one.end() >= _APART for one, other in pairwise(found)
    )


def _together(text: str) -> str:
    lines = text.split("\n")
    return (" " if any(line.isascii() for line in lines) else "").join(lines)


def _one(text: str) -> Described:
    clauses = [clause for clause in _SEMICOLON.split(text) if len(clause.strip()) >= _SHORTEST_CLAUSE]
    return Described((text,), "clauses_kept_together" if len(clauses) > 1 else "")


def _dotted(number: int) -> re.Pattern[str]:
    """`2.`, `2、`; before a digit (2、3号柜) only where something has just ended, and never in 编号2）."""
    return re.compile(
        rf"(?:(?<![\d.A-Za-z第号（(【\[]){number}\s?(?:[、．)）](?!\d)|\.(?!\d))"
        rf"|(?:(?<=[;；。\s])|^){number}[、．)）](?=\d))\s*"
    )


def _bracketed(number: int) -> re.Pattern[str]:
    return re.compile(rf"[(（【\[]{number}[)）】\]](?!{_NAMES})[、.．]?\s*")


def _sign(number: int) -> re.Pattern[str]:
    signs = "".join(chr(ord(first) + number - 1) for first, last in _SERIES if number <= last)
    return re.compile(rf"[{signs}](?!{_NAMES})[、.．]?\s*")


def _lettered(number: int) -> re.Pattern[str]:
    """`B.`, `B、` where something has just ended; never in A、B两区."""
    letter = _LETTERS[number - 1]
    return re.compile(rf"(?:(?<=[;；。:：\s])|^){letter}[、.．)）]\s*(?![A-Z、])")


def _chinese(number: int) -> re.Pattern[str]:
    """`二、` anywhere but in 第二、 and 十二、, once 一、 has begun the text."""
    numeral = chinese_numeral(number)
    before = r"(?<![\u4e00-\u9fff])" if number == 1 else "(?<![第十百千〇零一二三四五六七八九])"
    return re.compile(rf"(?:[(（]{numeral}[)）](?!{_NAMES})|{before}{numeral}、|{numeral}是)\s*")


_MARKS = (
    tuple(_bracketed(n) for n in range(1, 31)),
    tuple(_sign(n) for n in range(1, 21)),
    tuple(_dotted(n) for n in range(1, 31)),
    tuple(_chinese(n) for n in range(1, 21)),
    tuple(_lettered(n) for n in range(1, len(_LETTERS) + 1)),
    (re.compile(rf"[{_BULLETS}]\s*"),) * 30,
)


def _numbered(text: str, marks: tuple[re.Pattern[str], ...]) -> tuple[str, tuple[str, ...]]:
    """What stands before 1, and the parts after 1, 2, 3 …; no parts unless the text begins with 1 and 2 follows."""
    plain = text.translate(_NARROW)  # one sign for one: places in it are those of the text
    first = marks[0].search(plain)
    if first is None or not _may_precede(before := text[: first.start()].strip()):
        return "", ()
    parts: list[str] = []
    begin = first.end()
    for mark in marks[1:]:
        found = mark.search(plain, begin)
        if found is None:
            break
        parts.append(_trimmed(text[begin : found.start()]))
        begin = found.end()
    parts.append(_trimmed(text[begin:]))
    return before, tuple(parts) if len(parts) > 1 and all(parts) else ()


def _nested(before: str, parts: tuple[str, ...], marks: tuple[re.Pattern[str], ...]) -> bool:
    """Whether the numbers begin again in a part, or other numbers count within a part or around all."""
    if any(style[0].search(before.translate(_NARROW)) for style in _MARKS):
        return True
    for plain in (part.translate(_NARROW) for part in parts):
        if marks[0].search(plain) or any(style[0].search(plain) and style[1].search(plain) for style in _MARKS):
            return True
    return False


def _leaps(parts: tuple[str, ...], marks: tuple[re.Pattern[str], ...]) -> bool:
    """Whether a number of the same kind stands in a part: one was left out (1, 2, 4), or came twice."""
    near = marks[1 : len(parts) + 3]
    return any(mark.search(plain) for plain in (part.translate(_NARROW) for part in parts) for mark in near)


def _may_precede(prefix: str) -> bool:
    return not prefix or (len(prefix) <= _PREFIX and prefix[-1] in ":：")


def _trimmed(part: str) -> str:
    return part.replace("\n", "").strip().rstrip("；;，,、").strip()
