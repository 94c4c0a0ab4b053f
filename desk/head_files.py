"""A signed head as a file: what was signed, word for word, its signature, and the public key that holds it."""

import json
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from models.base import Frozen
from models.hashes import NEW, hashed
from models.instants import day_of
from store.heads import Heads
from store.merkle import root_of

FORMAT = "rectify-head-1"
_KEY_ID_LENGTH = len("sha256:") + 16


class SignedHead(Frozen):
    """What a signed head says: the root over the heads of all chains, and of what it is.

    `date`: the Beijing day; `count`: leaves; `before`: the hash of the head before, as it was signed; `key`: which
    key signed it; `recorded_at`: when the newest line of all was recorded.
    """

    format: str = FORMAT
    at: datetime
    date: str
    count: int
    algorithm: str
    root: str
    before: str | None
    key: str
    recorded_at: datetime | None = None


class HeadFile(Frozen):
    """The file: `head` is the SignedHead as JSON, byte for byte what was signed; signature and key in hex."""

    head: str
    signature: str
    public_key: str

    @property
    def said(self) -> SignedHead:
        """What the head says; ValidationError for a text that is none."""
        return SignedHead.model_validate_json(self.head)

    @property
    def hash(self) -> str:
        """By which the next head names this one."""
        return hashed(self.head.encode())

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the signature holds under this key."""
        try:
            key.verify(bytes.fromhex(self.signature), self.head.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def head_of(heads: Heads, leaves: list[str], before: str | None, key: Ed25519PublicKey) -> SignedHead:
    """What is to be signed of the heads."""
    return SignedHead(
        at=heads.at,
        date=day_of(heads.at).isoformat(),
        count=len(leaves),
        algorithm=NEW,
        root=root_of(leaves, NEW),
        before=before,
        key=key_id(key),
        recorded_at=heads.recorded_at,
    )


def signed(head: SignedHead, key: Ed25519PrivateKey) -> HeadFile:
    """The file of a head."""
    told = json.dumps(head.model_dump(mode="json"), ensure_ascii=False)
    signature = key.sign(told.encode()).hex()
    return HeadFile(head=told, signature=signature, public_key=raw_of(key.public_key()).hex())


def read_head(file: Path) -> HeadFile | None:
    """The file, or None for one that cannot be read as such."""
    try:
        found = HeadFile.model_validate_json(file.read_bytes())
        return found if found.said.format == FORMAT else None
    except (OSError, ValidationError, UnicodeDecodeError):
        return None


def key_id(key: Ed25519PublicKey) -> str:
    """By which a head names the key that signed it: the beginning of the key's hash."""
    return hashed(raw_of(key))[:_KEY_ID_LENGTH]


def raw_of(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
