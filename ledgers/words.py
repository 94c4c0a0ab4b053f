"""How words of a ledger are compared: width, spaces and decoration do not count."""

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"[\s\u3000\u00a0\u200b-\u200d\ufeff]+")
_EMPTY = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "//",
        "\\",
        "无",
        "暂无",
        "没有",
        "空",
        "N/A",
        "NA",
        "NULL",
        "NONE",
        "未填",
        "*",
    }
)
_DITTO = frozenset({"同", "ˊˊ", "´´", "″", '"', "''", "“", "”", "＂", "DITTO", "々", "`", "｀｀"})
_SAME = re.compile(
    r"[(]?-?(?:(?:与?同上|与?上同|仝上|同前|同上行|与上行?相同|同上述)(?:单位|企业|一行)?|[〃〞∥‖↑]+)-?[)]?[.。]?"
)
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}


def folded(text: str) -> str:
    """Half-width, no spaces, capitals: for comparing, never for showing."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def tidy(text: str) -> str:
    """Text to keep: no spaces around it, one space for many, line ends kept."""
    if "\n" not in text and "  " not in text and "\t" not in text:
        return text.strip()
    lines = (" ".join(line.split()) for line in text.strip().split("\n"))
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=10_000)
def is_blank(text: str) -> bool:
    """Whether the text says that there is nothing: empty, a dash, 无, N/A."""
    return not text or folded(text) in _EMPTY


@lru_cache(maxsize=10_000)
def is_ditto(text: str) -> bool:
    """Whether the text repeats the cell above: 同上, ″."""
    return text.strip() in _DITTO or (word := folded(text)) in _DITTO or _SAME.fullmatch(word) is not None


def numeral(text: str) -> int | None:
    """A number written with digits or in Chinese, 0 to 99; None for anything else."""
    if text.isdigit() and text.isascii():
        return int(text)
    if text in _NUMERALS:
        return _NUMERALS[text]
    tens, ten, ones = text.partition("十")
    if not ten or (tens and tens not in _NUMERALS) or (ones and ones not in _NUMERALS):
        return None
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def chinese_numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    return ("" if tens == 0 else ("十" if tens == 1 else digits[tens] + "十")) + ("" if ones == 0 else digits[ones])
