"""The keys that sign claims: private halves in `claims/` of the home, public ones in the record."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine

from embedded.account import own_folder
from engine.claims import FOLDER, holds, key_gone
from engine.keys import Keys, KeyTrouble, make_keys, new_key, read_keys, write_keys
from models.base import Frozen
from models.claims import Claim, ClaimKey, OrderClaim, Purpose
from models.instants import show_instant
from models.refusals import Refused
from rules.access.claims import Asked, refused_claim, refused_order
from store.claim_keys import claim_keys, keep_claim_key, retire_key

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_log = structlog.stdlib.get_logger("claims")


def key_file(home: Path, purpose: Purpose) -> Path:
    """Where the private keys of the purpose lie (0600)."""
    return home / FOLDER / f"{purpose}.key"


def keep_claim_keys(owner: Engine, home: Path) -> None:
    """Private keys where there are none yet, and the public half of each in the record; as the database's owner."""
    for purpose in PURPOSES:
        file = key_file(home, purpose)
        if not file.exists():
            own_folder(file.parent)
        keys = read_keys(file) if file.exists() else make_keys(file)
        for key_id in keys.keys:
            keep_claim_key(owner, key_id, purpose, public_half(keys, key_id))


def public_half(keys: Keys, key_id: str) -> str:
    """Of the key of that id, base64."""
    public = Ed25519PrivateKey.from_private_bytes(keys.material(key_id)).public_key()
    return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


class ClaimBook:
    """What a worker checks claims by: the public keys of the record, read again when one is not known."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keys: dict[str, ClaimKey] = {}

    def refused(self, claim: Claim | None, asked: Asked) -> Refused | None:
        """Why the command may not be taken, if so; told as an alarm."""
        if claim is not None:
            self._know(claim.key_ids)
        refused = refused_claim(claim, asked, self._keys, datetime.now(UTC), holds)
        if refused is not None:
            _log.error("command not taken", alarm="forged_command", code=refused.code, why=refused.en)
        return refused

    def refused_order(self, order: OrderClaim) -> Refused | None:
        """Why no door of this installation gave the order, if so."""
        self.renew()
        return refused_order(order, self._keys, holds)

    def renew(self) -> None:
        """Read the keys again."""
        self._keys = claim_keys(self._engine)

    def _know(self, key_ids: list[str]) -> None:
        if any(key_id not in self._keys for key_id in key_ids):
            self.renew()


class NoSuchClaimKey(LookupError):
    """No key of that id signs claims here."""


class ClaimKeyInUse(Exception):
    """The key is the one that signs: another is to be used first."""


class ClaimKeyStatus(Frozen):
    """A key as home and record know it; never its private half."""

    key_id: str
    purpose: Purpose
    current: bool
    in_home: bool
    made_at: str | None
    retired_at: str | None


def claim_key_statuses(engine: Engine, home: Path) -> list[ClaimKeyStatus]:
    """Every key of the record, oldest first."""
    held = {purpose: _held(home, purpose) for purpose in PURPOSES}
    return [
        ClaimKeyStatus(
            key_id=key.key_id,
            purpose=key.purpose,
            current=key.key_id == held[key.purpose].current,
            in_home=key.key_id in held[key.purpose].keys,
            made_at=show_instant(key.made_at),
            retired_at=show_instant(key.retired_at),
        )
        for key in claim_keys(engine).values()
    ]


def add_claim_key(owner: Engine, home: Path, purpose: Purpose) -> str:
    """A fresh key beside the others; it is taken from now on, and signs nothing yet. Its id."""
    keys = _held(home, purpose)
    key_id, material = new_key()
    keys = keys.model_copy(update={"keys": {**keys.keys, key_id: material}})
    keep_claim_key(owner, key_id, purpose, public_half(keys, key_id))
    write_keys(key_file(home, purpose), keys)
    return key_id


def use_claim_key(home: Path, key_id: str) -> None:
    """Sign with this key from now on; what the others signed is still taken. NoSuchClaimKey."""
    purpose, keys = _with(home, key_id)
    write_keys(key_file(home, purpose), keys.model_copy(update={"current": key_id}))


def retire_claim_key(owner: Engine, home: Path, key_id: str) -> None:
    """Take nothing more that the key signs, and its private half away. NoSuchClaimKey; ClaimKeyInUse if it signs."""
    known = claim_keys(owner).get(key_id)
    if known is None:
        raise NoSuchClaimKey(key_id)
    keys = _held(home, known.purpose)
    if keys.current == key_id:
        raise ClaimKeyInUse(key_id)
    retire_key(owner, key_id)
    left = {k: m for k, m in keys.keys.items() if k != key_id}
    write_keys(key_file(home, known.purpose), keys.model_copy(update={"keys": left}))


def _with(home: Path, key_id: str) -> tuple[Purpose, Keys]:
    for purpose in PURPOSES:
        keys = _held(home, purpose)
        if key_id in keys.keys:
            return purpose, keys
    raise NoSuchClaimKey(key_id)


def _held(home: Path, purpose: Purpose) -> Keys:
    file = key_file(home, purpose)
    try:
        return read_keys(file)
    except (OSError, KeyTrouble):
        raise key_gone(file) from None
