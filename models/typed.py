"""What a person types, one rule at every door: signs that nobody sees are folded away, the rest tells apart.

Such signs come along when text is copied from chats, web pages and office programs; or somebody puts them there so that
two spellings look the same.
"""

import re
import unicodedata
from typing import Any

# Unicode's default-ignorable code points: soft hyphen, joiners, marks and overrides of direction, variation selectors,
# fillers, tags (DerivedCoreProperties, Unicode 16)
_IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_BLANKS = (0x2800,)  # printed as an empty cell: a space in all but name
_GONE: dict[int, str | None] = {code: None for first, last in _IGNORABLE for code in range(first, last + 1)}
_FOLDED = _GONE | dict.fromkeys(_BLANKS, " ")
_ID = re.compile(r"\w[\w.\-]{0,63}")


def printable(text: str) -> str:
    """Text without control characters but tab and line ends; raises ValueError."""
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r" for c in text):
        raise ValueError("control characters are not allowed (不得含有控制字符)")
    return text


def folded(text: Any) -> Any:
    """The text without signs that nobody sees; what is no text is left to whoever wants one."""
    return text if not isinstance(text, str) or text.isascii() else text.translate(_FOLDED)


def same_text(text: str) -> str:
    """The form by which two texts are the same to a reader: NFKC, no case, no spaces, nothing that is not seen."""
    return "".join(unicodedata.normalize("NFKC", folded(text)).casefold().split())


def is_id(text: str) -> bool:
    """Whether an address takes it as it is and no other looks like it: letters, digits, `_`, `-`, `.` inside."""
    stable = unicodedata.normalize("NFKC", folded(text)) == text
    return stable and _ID.fullmatch(text) is not None and not text.endswith(".") and ".." not in text
