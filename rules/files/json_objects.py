"""JSON text as one object: no name twice, of which a reader would drop one in silence; no NaN, no endless number."""

import json
from typing import Any, NoReturn, cast

from models.base import Frozen


class NoObject(Frozen):
    """Text that is no such object, and why; `field` is the name that stands twice, where that is why."""

    line: int = 1
    field: str | None = None
    zh: str
    en: str


def read_object(text: str) -> dict[str, Any] | NoObject:
    """The object, or why there is none."""
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_each_name_once)
    except _Twice as twice:
        shown = "".join(c for c in twice.name if c.isprintable()) or "?"
        return NoObject(field=shown, zh=f"名称 {shown} 重复", en=f"the name {shown} occurs twice")
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or more digits than Python reads
        line = getattr(error, "lineno", 1)
        return NoObject(line=line, zh=f"不是有效的 JSON：{error}", en=f"not valid JSON: {error}")
    if not isinstance(found, dict):
        return NoObject(zh="须为一个 JSON 对象", en="is to be one JSON object")
    return cast("dict[str, Any]", found)


class _Twice(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number (不是数值)")
