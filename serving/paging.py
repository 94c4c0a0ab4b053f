"""`next`: a mark of the last row of a page, good for the list that it was given for and for no other."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from serving.problems import Trouble, one_field

M = TypeVar("M", bound=BaseModel)
LONGEST_MARK = 2000
_SEAL_BYTES = 16
_FOR_MARKS = b"rectify mark of a page"


class Walk:
    """One list as it was asked for: which one, what it holds, in which order. Its marks continue it, page after page.

    A mark is the row with a seal, made with a key of the home over the row and the question: one that was given for
    other filters, or by nobody, is none here.
    """

    def __init__(self, key: bytes, what: str, *question: BaseModel | str) -> None:
        asked = [part if isinstance(part, str) else part.model_dump(mode="json") for part in question]
        self._key = hmac.digest(key, _FOR_MARKS, "sha256")
        self._question = json.dumps([what, *asked], sort_keys=True).encode()

    def mark(self, last: BaseModel) -> str:
        """The mark of a row."""
        row = json.dumps(last.model_dump(mode="json", exclude_none=True), ensure_ascii=False).encode()
        return urlsafe_b64encode(self._seal(row) + row).decode().rstrip("=")

    def marked(self, kind: type[M], text: str | None) -> M | None:
        """The row that a mark stands for; 422 for one that was not given here."""
        if not text:
            return None
        try:
            content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            seal, row = content[:_SEAL_BYTES], content[_SEAL_BYTES:]
            if hmac.compare_digest(seal, self._seal(row)):
                return kind.model_validate_json(row)
        except (ValueError, ValidationError):  # no base64; or a row as an earlier version wrote it
            pass
        raise _no_mark()

    def _seal(self, row: bytes) -> bytes:
        return hmac.digest(self._key, self._question + b"\n" + row, "sha256")[:_SEAL_BYTES]


def _no_mark() -> Trouble:
    zh, en = "翻页位置已失效", "is no place in this list any more"
    remedy_zh, remedy_en = (
        "请返回列表第一页重新翻页（接口：使用上一页给出的 next，筛选和排序不变）",
        "go back to the first page of the list (API: use `next` of the page before, filters and order unchanged)",
    )
    return one_field("after", zh, en, remedy_zh, remedy_en)
