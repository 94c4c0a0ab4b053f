"""Bodies: read within a time and a size; one JSON object in UTF-8, with texts that can be kept."""

import asyncio
import unicodedata
from collections.abc import AsyncGenerator
from typing import Annotated, Any, NamedTuple, cast

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from rules.files.json_objects import NoObject, read_object
from serving.problems import Trouble, one_field

LARGEST = 1_000_000
_DEEPEST = 40


class Patience(NamedTuple):
    """Seconds within which a body has come whole: that of a command, and a file."""

    command: float = 30.0
    file: float = 300.0


async def json_object(request: Request) -> dict[str, Any]:
    """The object; 408 where it does not come, 413 for a larger one, 415 for another kind, 422 for what is none."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Trouble(415, "not_json", "请求体须为 application/json", "the body is to be application/json")
    within = request.app.state.patience.command
    return _object(b"".join([piece async for piece in pieces(request, LARGEST, within)]))


Facts = Annotated[dict[str, Any], Depends(json_object)]


async def pieces(request: Request, most: int, within: float) -> AsyncGenerator[bytes]:
    """The body as it comes: 413 beyond so many bytes, 408 after so many seconds; either ends the connection."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 12 or int(declared) > most):
        raise too_large(most)
    stream, read = aiter(request.stream()), 0
    until = asyncio.get_running_loop().time() + within
    while True:
        try:
            async with asyncio.timeout_at(until):
                piece = await anext(stream, None)
        except TimeoutError:
            raise _too_slow(within) from None
        except ClientDisconnect:
            raise _broken_off() from None
        if piece is None:
            return
        read += len(piece)
        if read > most:
            raise too_large(most)
        yield piece


def too_large(most: int) -> Trouble:
    """413: more than so many bytes."""
    # the rest is not read: the connection ends with the answer
    zh, en = f"提交的内容超过 {most:,} 字节", f"what was sent is larger than {most:,} bytes"
    remedy = {"remedy_zh": "请减少文件或分次提交", "remedy_en": "send fewer files, or in parts"}
    return Trouble(413, "too_large", zh, en, headers={"Connection": "close"}, **remedy)


def _broken_off() -> Trouble:
    """400, which nobody hears: whoever sent it went away in the middle."""
    return Trouble(400, "broken_off", "提交的内容没有传完", "what was sent broke off", headers={"Connection": "close"})


def _too_slow(within: float) -> Trouble:
    zh, en = f"提交的内容未在 {within:g} 秒内传完", f"what was sent did not arrive within {within:g} seconds"
    remedy = {"remedy_zh": "检查网络后重发", "remedy_en": "look at the network, then send it again"}
    return Trouble(408, "too_slow", zh, en, headers={"Connection": "close"}, **remedy)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = read_object(body.decode())
    except UnicodeDecodeError:
        raise one_field("body", "不是 UTF-8 文本", "is not UTF-8") from None
    if isinstance(found, NoObject):
        if found.field is None:
            raise one_field("body", found.zh, found.en)
        remedy = ("每个名称只写一次", "write each name once")
        raise one_field(found.field, "名称重复", "stands twice in one object", *remedy)
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
