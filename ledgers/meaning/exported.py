"""Rows that we exported and get back: a key says which finding, the version what it was, so that changes are seen.

The version cell carries a check of every field (24 bits each), so a changed field is found without the register.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import date

from ledgers.fields import Field
from ledgers.reading.wire import clean
from ledgers.words import folded, is_blank, tidy
from rules.subjects.names import normalised_name

EXPORTED: tuple[Field, ...] = (
    "name",
    "code",
    "district",
    "street",
    "sector",
    "inspected_on",
    "category",
    "grade",
    "description",
    "responsible",
    "due",
)
OF_SUBJECT: frozenset[Field] = frozenset({"name", "code", "district"})
_VERSION = re.compile(r"([A-Za-z0-9._\-]{1,40}):([A-Za-z0-9_\-]{44})")
_KEY = re.compile(r"[^\s:]\S{0,199}")


def version_cell(key: str, version: str, facts: Mapping[Field, str | date | None]) -> str:
    """What stands in 版本: the version, then four characters a field."""
    return f"{version}:" + "".join(_check(key, field, facts.get(field)) for field in EXPORTED)


def readable(key: str, cell: str) -> bool:
    """Whether key and version have the shape in which they were exported."""
    return _KEY.fullmatch(key) is not None and _VERSION.fullmatch(cell) is not None


def changed_since(key: str, cell: str, facts: Mapping[Field, str | date | None]) -> tuple[str, tuple[Field, ...]]:
    """The version at which the row was exported, and the fields that say something else now."""
    found = _VERSION.fullmatch(cell)
    if found is None:
        raise ValueError(cell)
    checks = [found[2][place : place + 4] for place in range(0, 44, 4)]
    fields: tuple[Field, ...] = tuple(
        f for f, was in zip(EXPORTED, checks, strict=True) if _check(key, f, facts.get(f)) != was
    )
    return found[1], fields


def _check(key: str, field: Field, value: str | date | None) -> str:
    text = f"{key}\x1f{field}\x1f{_canonical(field, value)}"
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=3).digest()).decode()


def _canonical(field: Field, value: str | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if field == "name":
        return normalised_name(value)
    if field in ("code", "street"):
        return "" if is_blank(value) else folded(value)
    return "" if field != "description" and is_blank(value) else tidy(clean(value))
