"""When two names mean one subject: the same but for spaces, brackets, width and form of company."""

import unicodedata

from models.typed import folded

_DROPPED = str.maketrans("", "", "()[]{}<>〔〕【】《》〈〉「」『』\"'“”‘’·•・.,，。、_-—–－/\\*#:：;；")
_FORMS = (
    ("有限责任公司", "有限公司"),
    ("责任有限公司", "有限公司"),
    ("有限责任总公司", "有限公司"),
    ("股份责任有限公司", "股份有限公司"),
)


def normalised_name(name: str) -> str:
    """The name by which subjects are compared; never shown. Empty if nothing of a name is left."""
    while (text := _once(name)) != name:  # what one step joins, another may change: until nothing does
        name = text
    return text


def _once(name: str) -> str:
    text = unicodedata.normalize("NFKC", folded(name)).upper().translate(_DROPPED)
    text = "".join(text.split())
    for form, short in _FORMS:
        text = text.replace(form, short)
    return text
