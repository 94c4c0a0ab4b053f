"""Several findings in one cell, as offices write them: 1. … 2. …, ①②, (一)(二), A. B., ● ●, one a line."""

import re
from dataclasses import dataclass

from ledgers.words import folded, tidy

_SERIES = (("①", 20), ("⑴", 20), ("⒈", 20), ("❶", 10), ("㈠", 10), ("㊀", 10))
"""Signs that are a number by themselves: the first of each series, how many there are."""
_BULLETS = "●■◆★▲◎•◇▪►➢※▶✦"
_DASHES = "-–—·*"
"""What stands before each line of a list, and within words too."""
_LETTERS = "ABCDEFGHIJ"
_BEGINS_NOTHING = frozenset("经未无没不暂合正现自本排检符良")
_FIRST = re.compile(rf"[1１一AＡ\n{''.join(first for first, _ in _SERIES)}{_BULLETS}]")
_NARROW = str.maketrans("０１２３４５６７８９．" + "ＡＢＣＤＥＦＧＨＩＪ", "0123456789." + _LETTERS)
_COUNTED = re.compile(
    r"(?<!\d)1[.、．)）:：,，。](?!\d).*?(?<!\d)[23][.、．)）:：,，。](?!\d)|A[.．)）:：].+?B[.．)）:：]", re.DOTALL
)
_SEMICOLON = re.compile(r"[;；]")
_SHORTEST_CLAUSE = 4
_CHINESE = "一二三四五六七八九"
_PREFIX = 80
"""Characters that may stand before the first number, if they end with a colon: 存在问题："""
_SAYS_NOTHING = re.compile(
    r"(?:\d{2,4}年|\d{1,2}月|\d{1,2}[日号]|经|现场|本次|此次|检查|排查|自查|巡查|发现|存在|有|的|以下|如下|下列|主要|安全|事故|生产|一般|重大|"
    r"问题|隐患|情况|不足|违法|违规|行为|对|该|单位|企业|公司|厂|进行|时|中|了|为|及|和|与|并|共|\d+|[条项个处]|[，,、\s])*+"
)
"""A prefix of words that announce findings and say nothing of them; another belongs to each: 罐区：1.… 2.…"""
_NOTHING = re.compile(
    r"(?:(?:经|本次|现场|自查|排查|检查)+,?)?(?:(?:检查)?(?:合格|正常|良好|符合要求)[,。;；])?(?:未发现|无|没有|未见|不存在|暂无|未检查出|未查出)(?:任何|明显)?(?:安全|事故|生产|一般|重大)*"
    r"(?:问题|隐患|违法行为|违法违规行为|非法违法行为|异常)(?:[和及与、]?(?:问题|隐患))?(?:存在)?[。.!]?"
)


@dataclass(frozen=True, slots=True)
class Described:
    """The descriptions in a cell; `unsure`: why it might be several and was kept as one, the code of a warning."""

    texts: tuple[str, ...]
    unsure: str = ""


def says_nothing_found(text: str) -> bool:
    """Whether the text says that the inspection found nothing: 未发现问题, 无隐患, 无."""
    if text[:1] not in _BEGINS_NOTHING:
        return False
    word = folded(text).replace("，", ",")
    word_alone = word.rstrip("。.!")
    return (
        word_alone in ("无", "没有", "暂无", "合格", "正常", "良好", "符合要求", "检查合格", "检查正常")
        or _NOTHING.fullmatch(word) is not None
    )


def split_findings(cell: str) -> Described:
    """Each finding of a cell by itself, its number taken off."""
    text = tidy(cell)
    if _FIRST.search(text) is None:
        return _one(text)
    for marks in _MARKS:
        before, parts = _numbered(text, marks)
        if parts and _nested(before, parts, marks):
            return Described((_together(text),), "numbers_nested")
        if parts:
            of_all = "" if _SAYS_NOTHING.fullmatch(before[:-1]) else before.replace("\n", "")
            return Described(tuple(f"{of_all}{part}" for part in parts))
    if _COUNTED.search(text.translate(_NARROW)):
        return Described((_together(text),), "numbers_kept_together")
    lines = text.split("\n")
    if len(lines) == 1:
        return _one(text)
    if all(line[0] in _DASHES and line[0] == lines[0][0] for line in lines):
        lines = [line[1:].strip() for line in lines]
    if all(len(line) >= 4 for line in lines) and not any(line[-1] in "，、,：:（(" for line in lines[:-1]):
        return Described(tuple(_trimmed(line) for line in lines))
    return Described((_together(text),), "lines_kept_together")


def _together(text: str) -> str:
    lines = text.split("\n")
    return (" " if any(line.isascii() for line in lines) else "").join(lines)


def _one(text: str) -> Described:
    clauses = [clause for clause in _SEMICOLON.split(text) if len(clause.strip()) >= _SHORTEST_CLAUSE]
    return Described((text,), "clauses_kept_together" if len(clauses) > 1 else "")


def _dotted(number: int) -> re.Pattern[str]:
    """`2.`, `2、`; before a digit (2、3号柜) only where something has just ended, and never in 编号2）."""
    return re.compile(
        rf"(?:(?<![\d.A-Za-z第号（(]){number}(?:[、．)）](?!\d)|\.(?!\d))|(?:(?<=[;；。\s])|^){number}[、．)）](?=\d))\s*"
    )


def _bracketed(number: int) -> re.Pattern[str]:
    return re.compile(rf"[(（]{number}[)）][、.．]?\s*")


def _sign(number: int) -> re.Pattern[str]:
    signs = "".join(chr(ord(first) + number - 1) for first, last in _SERIES if number <= last)
    return re.compile(rf"[{signs}][、.．]?\s*")


def _lettered(number: int) -> re.Pattern[str]:
    """`B.`, `B、` where something has just ended; never in A、B两区."""
    letter = _LETTERS[number - 1]
    return re.compile(rf"(?:(?<=[;；。:：\s])|^){letter}[、.．)）]\s*(?![A-Z、])")


def _chinese(number: int) -> re.Pattern[str]:
    numeral = _CHINESE[number - 1]
    return re.compile(rf"(?:[(（]{numeral}[)）]|(?<![\u4e00-\u9fff]){numeral}、|{numeral}是)\s*")


_MARKS = (
    tuple(_bracketed(n) for n in range(1, 31)),
    tuple(_sign(n) for n in range(1, 21)),
    tuple(_dotted(n) for n in range(1, 31)),
    tuple(_chinese(n) for n in range(1, 10)),
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


def _may_precede(prefix: str) -> bool:
    return not prefix or (len(prefix) <= _PREFIX and prefix[-1] in ":：")


def _trimmed(part: str) -> str:
    return part.replace("\n", "").strip().rstrip("；;，,、").strip()
