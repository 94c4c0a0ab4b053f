"""The key that seals backups: a passphrase or random bytes in a file, never kept by us, and stretched by scrypt."""

import hmac
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ConfigDict

from embedded.account import write_private
from embedded.backup_errors import key_unreadable, key_weak, key_wrong

_SHORTEST = 16
_LONGEST = 4096
_COST = 2**16  # 64 MiB and a fifth of a second for each guess


class Sealed(BaseModel):
    """How the key of a backup is found again: nothing of it can be told from this."""

    model_config = ConfigDict(frozen=True)

    salt: str
    cost: int
    check: str
    """Tells whether a key is the right one before anything is opened with it."""


@dataclass(frozen=True)
class BackupKey:
    """The key of one backup; each of its parts is sealed with one of its own."""

    sealed: Sealed
    _master: bytes

    def cipher(self, part: str) -> AESGCM:
        """What seals and opens the part of that name."""
        return AESGCM(_derived(self._master, f"part {part}"))

    def proof(self, content: bytes) -> str:
        """What only the holder of the key can write beside the content."""
        return hmac.digest(_derived(self._master, "manifest"), content, "sha256").hex()

    def proves(self, content: bytes, proof: str) -> bool:
        """Whether a holder of the key wrote it."""
        return hmac.compare_digest(self.proof(content), proof)


def secret_in(file: str) -> bytes:
    """The passphrase or the bytes in the file, `-` being standard input; blanks at its ends do not count."""
    try:
        with Path(file).open("rb") if file != "-" else os.fdopen(os.dup(sys.stdin.fileno()), "rb") as given:
            secret = given.read(_LONGEST).strip()
    except (OSError, ValueError):
        raise key_unreadable(file) from None
    if len(secret) < _SHORTEST:
        raise key_weak(_SHORTEST)
    return secret


def make_key_file(file: Path) -> None:
    """A key of random bytes in that file, readable by its owner alone; one that is there stays."""
    write_private(file, f"{secrets.token_hex(32)}\n".encode(), first=True)


def new_key(secret: bytes) -> BackupKey:
    """A key for a backup that is about to be made."""
    salt = os.urandom(16)
    master = _stretched(secret, salt, _COST)
    return BackupKey(Sealed(salt=salt.hex(), cost=_COST, check=_derived(master, "check").hex()), master)


def key_of(secret: bytes, sealed: Sealed) -> BackupKey:
    """The key of a backup that was made; refused where it is another one."""
    master = _stretched(secret, bytes.fromhex(sealed.salt), min(sealed.cost, 2**20))
    if not hmac.compare_digest(_derived(master, "check").hex(), sealed.check):
        raise key_wrong()
    return BackupKey(sealed, master)


def _stretched(secret: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(secret)


def _derived(master: bytes, purpose: str) -> bytes:
    return HKDFExpand(SHA256(), 32, f"rectify backup {purpose}".encode()).derive(master)
