"""The one base of every type: frozen, and a field that nobody knows is an error."""

import json

from pydantic import BaseModel, ConfigDict


def is_none(value: object) -> bool:
    """Fields that are None are not written: what older records, digests and histories hold stays as it is."""
    return value is None


def is_empty(value: object) -> bool:
    """The same of what is empty."""
    return value == ()


class Frozen(BaseModel):
    """An immutable value; unknown fields are refused, numbers stand for text where text is asked (YAML)."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, populate_by_name=True)


def is_newer(kind: type[Frozen], text: str | bytes) -> bool:
    """Whether JSON that this version cannot read as that type has all that one must have: a newer version wrote it."""
    try:
        told = json.loads(text)
    except ValueError:
        return False
    needed = {name for name, field in kind.model_fields.items() if field.is_required()}
    return isinstance(told, dict) and needed <= told.keys()
