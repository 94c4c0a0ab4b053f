"""JSON as every answer shows it: instants with the Beijing offset, amounts as text, any text at all."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from models.instants import show_instant


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """One JSON document."""
    return Response(encoded(document), status, headers, "application/json")


def encoded(document: Any) -> bytes:
    """UTF-8, whatever the texts hold: half a character pair becomes a question mark."""
    return json.dumps(_plain(document), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- any dict
        case list() | tuple():
            return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] -- any list
        case datetime():
            return show_instant(value)
        case date() | Decimal():
            return str(value)
        case _:
            return value
