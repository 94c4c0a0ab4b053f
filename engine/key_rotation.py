"""Replacing a payload key, step by step; the order stands in ADR 0008."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from temporalio.client import Client

from engine.keys import KeyRing, Keys, KeyTrouble, new_key, read_keys, write_keys
from engine.operator import operator
from engine.payload_keys import register_keys
from engine.relay import restart_relay
from engine.sealed_text import FieldSealing
from models.audit import AuditLine
from models.base import Frozen
from models.instants import show_instant
from models.wire import NOTICES_WORKFLOW
from store.audit import noted
from store.payload_keys import KnownKey, known_keys, retire_key
from store.sealed_fields import seal_older

_MARGIN = timedelta(minutes=5)  # a process may have sealed with the old key a moment after it was superseded


class NoSuchKey(LookupError):
    """keys.json has no key of that id."""


class KeyInUse(Exception):
    """The key may not go: it is current, or `workflows` of those that run may have sealed payloads with it.

    None: it is current; 0: it was superseded a moment ago, and processes may not know yet.
    """

    def __init__(self, workflows: int | None) -> None:
        super().__init__(workflows)
        self.workflows = workflows


class KeyStatus(Frozen):
    """A key as file and database know it; never its material."""

    key_id: str
    current: bool
    in_file: bool
    first_seen_at: str | None
    superseded_at: str | None
    retired_at: str | None


def key_statuses(engine: Engine, file: Path) -> list[KeyStatus]:
    """Every key of the file or the database, oldest first."""
    try:
        keys = read_keys(file)
    except (FileNotFoundError, KeyTrouble):
        keys = Keys(current="", keys={})
    known = {key.key_id: key for key in known_keys(engine)}
    return [_status(key_id, keys, known.get(key_id)) for key_id in (*known, *(k for k in keys.keys if k not in known))]


def _status(key_id: str, keys: Keys, known: KnownKey | None) -> KeyStatus:
    return KeyStatus(
        key_id=key_id,
        current=key_id == keys.current,
        in_file=key_id in keys.keys,
        first_seen_at=show_instant(known.first_seen_at) if known else None,
        superseded_at=show_instant(known.superseded_at) if known else None,
        retired_at=show_instant(known.retired_at) if known else None,
    )


def add_key(engine: Engine, file: Path) -> str:
    """A fresh key beside the others, not yet used; its id. KeyTrouble while something is wrong with the others."""
    keys = _sound(engine, file)
    key_id, material = new_key()
    with noted(engine, _line("added", key_id)):
        write_keys(file, keys.model_copy(update={"keys": {**keys.keys, key_id: material}}))
        register_keys(engine, file)
    return key_id


def use_key(engine: Engine, file: Path, key_id: str) -> None:
    """Seal with this key from now on. NoSuchKey; KeyTrouble while something is wrong with the keys."""
    keys = _sound(engine, file)
    if key_id not in keys.keys:
        raise NoSuchKey(key_id)
    with noted(engine, _line("used", key_id)):
        write_keys(file, keys.model_copy(update={"current": key_id}))
        register_keys(engine, file)


async def retire_unused_key(client: Client, engine: Engine, file: Path, key_id: str) -> None:
    """Take a key away that nothing needs. KeyInUse while it is current or a workflow runs that began under it.

    Fields of the record that it sealed are sealed with the current one first; so `engine` is the owner's.
    """
    register_keys(engine, file)
    keys = read_keys(file)
    known = {key.key_id: key for key in known_keys(engine)}.get(key_id)
    if known is None or known.retired_at is not None:
        raise NoSuchKey(key_id)
    if keys.current == key_id or known.superseded_at is None:
        raise KeyInUse(None)
    began = show_instant(known.superseded_at + _MARGIN)
    may_need_it = f"ExecutionStatus = 'Running' AND StartTime < '{began}'"
    running = await client.count_workflows(f"{may_need_it} AND WorkflowType != '{NOTICES_WORKFLOW}'")
    if running.count:
        raise KeyInUse(running.count)
    if datetime.now(UTC) < known.superseded_at + _MARGIN:
        raise KeyInUse(0)
    await restart_relay(client)
    await asyncio.to_thread(seal_older, engine, FieldSealing(KeyRing(keys)))
    with noted(engine, _line("retired", key_id)):
        write_keys(file, keys.model_copy(update={"keys": {k: m for k, m in keys.keys.items() if k != key_id}}))
        retire_key(engine, key_id)


def _line(what: str, key_id: str) -> AuditLine:
    return AuditLine(kind="key_changed", by=operator(), facts={"what": what, "key_id": key_id})


def _sound(engine: Engine, file: Path) -> Keys:
    for trouble in register_keys(engine, file):
        raise trouble
    return read_keys(file)
