"""Whether the register of subjects is what the audit log says of its changes, and what its own last changes say."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import Connection, text

from models.hashes import hashed
from models.register import Registered
from store.differences import Difference, difference
from store.subjects import COLUMNS

_BATCH = 2_000
_TRACES = "SELECT body FROM audit_log WHERE kind = 'register_changed' ORDER BY seq"
_CHANGES = "SELECT subject_id, version, after FROM subject_changes ORDER BY subject_id, version"
# A subject that came with a case before the register kept its changes has none; its case's log tells it.
_SUBJECTS = f"""SELECT {", ".join(f"s.{name}" for name in COLUMNS.split(", "))}, c.after AS said FROM subjects s
LEFT JOIN LATERAL (SELECT after FROM subject_changes c WHERE c.subject_id = s.subject_id ORDER BY version DESC LIMIT 1)
    AS c ON true
WHERE c.after IS NOT NULL OR NOT EXISTS (SELECT FROM cases WHERE cases.subject_id = s.subject_id)
ORDER BY s.subject_id"""
_GONE = """SELECT DISTINCT subject_id FROM subject_changes c
WHERE NOT EXISTS (SELECT FROM subjects s WHERE s.subject_id = c.subject_id) ORDER BY subject_id"""
_FIRST = "1"
Key = tuple[str, str]


def check_register(connection: Connection) -> tuple[int, list[Difference]]:
    """How many changes of the register the audit log vouches for by their hash, and whatever is not as it says.

    Every change of a subject has its line there but the first: a subject that came with its case, or with many others,
    is vouched for from its second version on. `differences`: each subject of which one is another than the other says.
    """
    traces, twice = _traces(connection)
    found = [difference("register_rewritten", "", subject_id=one, version=version) for one, version in sorted(twice)]
    unseen = set(traces)
    for row in connection.execute(text(_CHANGES), execution_options={"yield_per": _BATCH}):
        key = (row.subject_id, str(row.version))
        unseen.discard(key)
        digest = traces.get(key)
        code = None
        if digest is None and key[1] != _FIRST:
            code = "register_change_untold"
        elif digest is not None and key not in twice and digest != _digest(row.after):
            code = "register_rewritten"
        if code:
            found.append(difference(code, "", subject_id=row.subject_id, version=row.version))
    found += [
        difference("register_change_gone", "", subject_id=one, version=version) for one, version in sorted(unseen)
    ]
    rows = connection.execute(text(_SUBJECTS), execution_options={"yield_per": _BATCH}).mappings()
    differing = [row["subject_id"] for row in rows if not _is_as_said(row)]
    differing += connection.execute(text(_GONE)).scalars()
    return len(traces), [*found, *(difference("register_differs", "", subject_id=one) for one in differing)]


def _traces(connection: Connection) -> tuple[dict[Key, str], set[Key]]:
    """By subject and version the hash of each change that the audit log tells of; and of which it tells two."""
    first, twice = dict[Key, str](), set[Key]()
    for key, digest in _told(connection):
        if first.setdefault(key, digest) != digest:
            twice.add(key)
    return first, twice


def _told(connection: Connection) -> Iterator[tuple[Key, str]]:
    """Each change of one subject; a line that is none any more its chain tells."""
    for body in connection.execute(text(_TRACES), execution_options={"yield_per": _BATCH}).scalars():
        with suppress(ValueError, KeyError, TypeError):
            facts = json.loads(body)["facts"]
            yield (str(facts["subject_id"]), str(facts["version"])), str(facts["digest"])


def _digest(after: Mapping[str, Any]) -> str:
    """As it was hashed then: without what a later version has beside it."""
    try:
        return hashed(Registered.model_validate(after).model_dump_json(include=set(after)).encode())
    except (ValidationError, TypeError):
        return ""


def _is_as_said(row: Mapping[Any, Any]) -> bool:
    """Whether the row is what the last change of the subject made of it, as far as that one said."""
    said = cast("dict[str, Any]", row["said"]) if isinstance(row["said"], dict) else {}
    stands = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
    return "version" in said and all(stands.get(name) == value for name, value in said.items())
