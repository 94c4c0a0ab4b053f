"""Bodies: one JSON object of at most a megabyte, in UTF-8, with texts that can be kept."""

import json
import unicodedata
from typing import Annotated, Any, NoReturn, cast

from fastapi import Depends, Request

from api.problems import Trouble, one_field

LARGEST = 1_000_000
_DEEPEST = 40


async def json_object(request: Request) -> dict[str, Any]:
    """The object; 413 for a larger one, 415 for another kind, 422 for what is none."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Trouble(415, "not_json", "请求体须为 application/json", "the body is to be application/json")
    return _object(await _bounded(request))


Facts = Annotated[dict[str, Any], Depends(json_object)]


async def _bounded(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 9 or int(declared) > LARGEST):
        raise _too_large()
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > LARGEST:
            raise _too_large()
    return bytes(read)


def _too_large() -> Trouble:
    # the rest is not read: the connection ends with the answer
    limit = f"{LARGEST:,}"
    zh, en = f"请求体不得超过 {limit} 字节", f"a body has at most {limit} bytes"
    return Trouble(413, "too_large", zh, en, headers={"Connection": "close"})


def _object(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body.decode(), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise one_field("body", "不是 UTF-8 文本", "is not UTF-8") from None
    except (ValueError, RecursionError):  # no JSON, or more digits or brackets than Python reads
        raise one_field("body", "不是有效的 JSON", "is not valid JSON") from None
    if not isinstance(facts, dict):
        raise one_field("body", "须为一个 JSON 对象", "is to be one JSON object")
    found = cast("dict[str, Any]", facts)
    _require_sound(found, "", 0)
    return found


def _require_sound(value: Any, place: str, depth: int) -> None:
    """Refuse what neither the record nor a history can hold: NUL and other controls, half characters, endless nests."""
    if depth > _DEEPEST:
        raise one_field("body", "嵌套过深", "is nested too deeply")
    if isinstance(value, str):
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r" for c in value):
            raise one_field(place or "body", "不得含有控制字符", "control characters are not allowed")
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            _require_sound(name, f"{place}.?".lstrip("."), depth + 1)
            _require_sound(item, f"{place}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            _require_sound(item, f"{place}.{number}".lstrip("."), depth + 1)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
