"""`next`: an opaque mark of the last row of a page."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from api.problems import Trouble, one_field

M = TypeVar("M", bound=BaseModel)


def mark(last: BaseModel) -> str:
    """The mark of a row."""
    return urlsafe_b64encode(json.dumps(last.model_dump(mode="json", exclude_none=True)).encode()).decode().rstrip("=")


def marked(kind: type[M], text: str | None) -> M | None:
    """The row that a mark stands for; 422 for one that we never gave."""
    if not text:
        return None
    try:
        row = kind.model_validate_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, ValidationError):
        raise _no_mark() from None
    if any(isinstance(value, str) and not value.isprintable() for value in row.model_dump().values()):
        raise _no_mark()
    return row


def _no_mark() -> Trouble:
    zh, en = "不是有效的翻页标记", "is no mark of a page"
    return one_field("after", zh, en, "使用上一页给出的 next", "use the `next` of the page before")
