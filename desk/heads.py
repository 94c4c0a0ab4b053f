"""Signed heads of the log, kept apart from the database: who changes the one has not the other.

One file a signing in the folder `heads` of the home (RECTIFY_HEADS puts it elsewhere), with its Ed25519 signature
beside it and the hash of the file before inside. The newest is what the log is compared with.
"""

import gzip
import hashlib
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from embedded.account import own_folder, private
from embedded.settings import StackSettings
from engine.connection import Services
from store.differences import Difference, difference
from store.heads import Heads, compared

_KEPT = 60
_SIGNED, _SIGNATURE = ".json.gz", ".sig"


class ForgedHeads(Exception):
    """A file of heads whose signature does not hold; the message is its name."""


def heads_of(services: Services) -> "SignedHeads":
    """Those of this installation: in `heads` of its home, or where RECTIFY_HEADS says."""
    return SignedHeads(StackSettings().heads or services.home / "heads", services.home / "heads.key")


class SignedHeads:
    """The folder of signed heads, and the key that signs them (`heads.key` of the home, 0600, made at first use)."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self.folder, self.key_file = folder, key_file

    def check_and_sign(self, engine: Engine) -> list[Difference]:
        """Compare the log with the newest signed heads, then sign the heads as they stand.

        What was found cut or rewritten keeps the head that was signed before. A folder that was emptied, or a forged
        file, is told, and nothing is signed over it.
        """
        try:
            signed = self.newest()
        except ForgedHeads as forged:
            return [difference("heads_forged", "", file=str(forged))]
        if signed is None and (signed_at := self._signed_before()) is not None:
            return [difference("heads_gone", "", signed_at=signed_at)]
        heads, found = compared(engine, signed, datetime.now(UTC))
        self._sign(heads)
        return found

    def newest(self) -> Heads | None:
        """The heads that were signed last; None if none were. Raises ForgedHeads."""
        files = self._files()
        if not files:
            return None
        packed = files[-1].read_bytes()
        try:
            signature = files[-1].with_name(files[-1].name + _SIGNATURE).read_bytes()
            self._key().public_key().verify(signature, packed)
        except (FileNotFoundError, InvalidSignature):
            raise ForgedHeads(files[-1].name) from None
        facts = json.loads(gzip.decompress(packed))
        return Heads.model_validate({"at": facts["at"], "heads": facts["heads"]})

    def _sign(self, heads: Heads) -> None:
        if not self.folder.is_dir():
            own_folder(self.folder)
        files = self._files()
        before = hashlib.sha256(files[-1].read_bytes()).hexdigest() if files else None
        facts = {**heads.model_dump(mode="json"), "before": before}
        packed = gzip.compress(json.dumps(facts, ensure_ascii=False).encode(), 6, mtime=0)
        name = f"{heads.at:%Y-%m-%dT%H%M%S.%f}Z{_SIGNED}"
        _write(self.folder / (name + _SIGNATURE), self._key().sign(packed))
        _write(self.folder / name, packed)
        for old in self._files()[:-_KEPT]:
            old.unlink(missing_ok=True)
            old.with_name(old.name + _SIGNATURE).unlink(missing_ok=True)
        _write(self.key_file.with_suffix(".last"), f"{heads.at.isoformat(timespec='seconds')}\n".encode())

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SIGNED}"))

    def _signed_before(self) -> str | None:
        """When heads were signed last, as the home remembers it beside the key."""
        try:
            return self.key_file.with_suffix(".last").read_text().strip()
        except FileNotFoundError:
            return None

    def _key(self) -> Ed25519PrivateKey:
        try:
            raw = self.key_file.read_bytes()
        except FileNotFoundError:
            made = Ed25519PrivateKey.generate()
            raw_form = (serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
            _write(self.key_file, made.private_bytes(*raw_form), first=True)
            raw = self.key_file.read_bytes()
        return Ed25519PrivateKey.from_private_bytes(raw)


def _write(file: Path, content: bytes, *, first: bool = False) -> None:
    """Whole or not at all, for the owner of its folder only; with `first` a file that is there already stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with open(draft, "xb", opener=private) as handle:
        handle.write(content)
    try:
        if first:
            os.link(draft, file)
        else:
            draft.replace(file)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
