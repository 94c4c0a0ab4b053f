"""How a subject is found: pieces of its name, of the initials of its name in pinyin, of its credit code. Pure.

Chinese text is cut into single signs and pairs, Latin letters and digits into threes (and shorter beginnings of what
is asked), so that one index over these pieces answers a search by any part.
"""

import re
import unicodedata
from functools import lru_cache

from models.typed import folded

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"[0-9a-z]+")
_INITIALS = "@"  # before pieces of initials, so that they are not taken for letters of the name


def plain(text: str) -> str:
    """Full-width signs as half-width, small letters, no spaces, nothing that nobody sees."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", folded(text))).lower()


def initials(name: str) -> str:
    """`克拉玛依某厂` → `klymc`: the first letter of each sign; letters and digits of the name stay."""
    from pypinyin import Style, lazy_pinyin  # its tables take half a second, which only a writer needs

    return plain("".join(lazy_pinyin(plain(name), style=Style.FIRST_LETTER)))


def grams(name: str, code: str | None = None) -> list[str]:
    """All pieces by which the subject is found, each once, sorted."""
    text = plain(name)
    found = set(_pieces(text)) | set(_pieces(plain(code or "")))
    letters = "".join(_LATIN.findall(initials(name)))
    return sorted(found | {_INITIALS + piece for piece in _latin(letters, asked=False)})


@lru_cache(maxsize=4096)  # a third of a millisecond, asked at each step of a case
def found_by(name: str, code: str | None = None) -> str:
    """The texts whose parts find the subject, in one line: name, code, initials."""
    return " ".join((plain(name), plain(code or ""), initials(name)))


def search_terms(words: str) -> tuple[list[str], list[str]]:
    """The pieces that a subject must have: found by name or code; found by initials (empty: cannot be)."""
    text = plain(words)
    as_text = sorted({p for run in _HAN.findall(text) for p in _han(run, asked=True)})
    as_text = sorted({*as_text, *(p for run in _LATIN.findall(text) for p in _latin(run, asked=True))})
    as_initials = [_INITIALS + p for p in _latin(text, asked=True)] if _LATIN.fullmatch(text) else []
    return as_text, as_initials


def _pieces(text: str) -> list[str]:
    return [p for run in _HAN.findall(text) for p in _han(run, asked=False)] + [
        p for run in _LATIN.findall(text) for p in _latin(run, asked=False)
    ]


def _han(run: str, *, asked: bool) -> list[str]:
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    return (pairs or [run]) if asked else [*run, *pairs]


def _latin(run: str, *, asked: bool) -> list[str]:
    threes = [run[i : i + 3] for i in range(len(run) - 2)]
    if asked:
        return threes or [run]
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    return [*run, *pairs, *threes]
