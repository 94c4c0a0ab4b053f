"""A document as JSON shows it: instants with the Beijing offset, amounts as text."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from models.instants import show_instant


def plain(value: Any) -> Any:
    """Only what JSON knows: objects, lists, texts, numbers, true, false, null."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case dict():
            return {str(name): plain(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- any dict
        case list() | tuple():
            return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] -- any list
        case datetime():
            return show_instant(value)
        case date() | Decimal():
            return str(value)
        case _:
            return value
