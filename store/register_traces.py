"""Whether the register of subjects is what the audit log says of its changes, and what its own last changes say."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, text

from models.hashes import hashed
from models.register import Registered
from store.differences import Difference, difference
from store.subjects import COLUMNS

_BATCH = 2_000
_TRACES = "SELECT body FROM audit_log WHERE kind = 'register_changed' ORDER BY seq"
_CHANGES = "SELECT subject_id, version, after FROM subject_changes ORDER BY subject_id, version"
_SUBJECTS = f"SELECT {COLUMNS} FROM subjects ORDER BY subject_id"


def check_register(connection: Connection) -> tuple[int, list[Difference]]:
    """How many changes of the register the audit log vouches for by their hash, and whatever is not as it says.

    A subject that came with its case, or with many others, is vouched for from its first change on.
    """
    traces = dict(_traces(connection))
    found, last, unseen = list[Difference](), dict[str, Mapping[str, Any]](), dict(traces)
    for row in connection.execute(text(_CHANGES), execution_options={"yield_per": _BATCH}):
        last[row.subject_id] = row.after
        digest = unseen.pop((row.subject_id, str(row.version)), None)
        if digest is not None and digest != _digest(row.after):
            found.append(difference("register_rewritten", "", subject_id=row.subject_id, version=row.version))
    found += [difference("register_change_gone", "", subject_id=one, version=version) for one, version in unseen]
    found += [
        difference("register_differs", "", subject_id=row["subject_id"])
        for row in connection.execute(text(_SUBJECTS), execution_options={"yield_per": _BATCH}).mappings()
        if _as_logged(row) != last.get(row["subject_id"])
    ]
    return len(traces), found


def _traces(connection: Connection) -> Iterator[tuple[tuple[str, str], str]]:
    """Subject and version of each change that the audit log tells of by its hash, and the hash.

    Not of many subjects at once; nor of a line that is none any more, which the chain tells.
    """
    for body in connection.execute(text(_TRACES), execution_options={"yield_per": _BATCH}).scalars():
        with suppress(ValueError, KeyError, TypeError):
            facts = json.loads(body)["facts"]
            yield (str(facts["subject_id"]), str(facts["version"])), str(facts["digest"])


def _digest(after: Any) -> str:
    try:
        return hashed(Registered.model_validate(after).model_dump_json().encode())
    except ValidationError:
        return ""


def _as_logged(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row as a change would have it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
