"""What this installation knows of its payload keys beyond its file: the database remembers which were ever used."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from engine.keys import KeyRing, KeyTrouble, key_altered, key_missing, keys_gone, make_keys, read_keys
from store.payload_keys import has_history, keep_keys, known_keys, needed_keys, tell_had, tell_needed

P = ParamSpec("P")
_TELL_EVERY = 5.0
_LATELY = timedelta(seconds=20)


def ring_of(engine: Engine, file: Path, process: str | None) -> KeyRing:
    """The keys of the file; made if this is the first start. Without keys the ring says why.

    `process`: a name of the one that serves, for whoever reads what it misses; a passing one needs none.
    """
    if not file.exists() and not has_history(engine):
        make_keys(file)
    used = {key.key_id: key.fingerprint for key in known_keys(engine)}
    return KeyRing(file=file, used=used, told=_Database(engine, file, process) if process else None)


def register_keys(engine: Engine, file: Path) -> tuple[KeyTrouble, ...]:
    """Have the database remember the keys in the file; what is wrong with them, and then nothing is remembered."""
    troubles = key_troubles(engine, file)
    if not troubles and file.exists():
        keys = read_keys(file)
        keep_keys(engine, keys.current, keys.fingerprints())
    return troubles


def key_troubles(engine: Engine, file: Path) -> tuple[KeyTrouble, ...]:
    """What is wrong with the keys in the file, by what the database knows of them."""
    try:
        keys = read_keys(file)
    except FileNotFoundError:
        return (keys_gone(file),) if has_history(engine) else ()
    except KeyTrouble as trouble:
        return (trouble,)
    found, known = keys.fingerprints(), [k for k in known_keys(engine) if k.retired_at is None]
    missing = [key_missing(k.key_id) for k in known if k.key_id not in found]
    altered = [key_altered(k.key_id) for k in known if found.get(k.key_id, k.fingerprint) != k.fingerprint]
    return (*missing, *altered)


def all_key_troubles(engine: Engine, file: Path) -> tuple[KeyTrouble, ...]:
    """Those of the file, and what processes missed of late; each key once."""
    here = key_troubles(engine, file)
    named = {trouble.key_id for trouble in here}
    return (*here, *(key_missing(n.key_id, n.process) for n in needed_keys(engine) if n.key_id not in named))


def key_troubles_now(engine: Engine, file: Path) -> tuple[KeyTrouble, ...]:
    """All of them; while the database is away, what the file alone says."""
    try:
        return all_key_troubles(engine, file)
    except SQLAlchemyError:
        try:
            read_keys(file)
        except KeyTrouble as trouble:
            return (trouble,)
        except FileNotFoundError:
            return ()
        return ()


def missed_lately(engine: Engine) -> KeyTrouble | None:
    """The key that some process missed in the last seconds; None if none, or if nobody can say."""
    with suppress(SQLAlchemyError):
        return next((key_missing(n.key_id, n.process) for n in needed_keys(engine, _LATELY)), None)
    return None


class _Database:
    """Tells the database, beside the work: neither its slowness nor its absence stops the opening of payloads."""

    def __init__(self, engine: Engine, file: Path, process: str) -> None:
        self._engine, self._file = engine, file
        self._process = f"{process}@{socket.gethostname()}"
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="keys")
        self._last: dict[str, float] = {}
        self._do(tell_had, self._process)

    def unknown(self, key_id: str) -> None:
        """At most once in some seconds for each key."""
        now = time.monotonic()
        if now - self._last.get(key_id, -_TELL_EVERY) >= _TELL_EVERY:
            self._last[key_id] = now
            self._do(tell_needed, key_id, self._process)

    def known(self, key_id: str) -> None:
        """It is not missed any more."""
        self._do(tell_had, self._process, key_id)

    def renewed(self) -> None:
        """New keys are remembered."""
        self._do(register_keys, self._file)

    def _do(self, what: Callable[Concatenate[Engine, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
        def quietly() -> None:
            with suppress(SQLAlchemyError, FileNotFoundError):
                what(self._engine, *args, **kwargs)

        self._hand.submit(quietly)
