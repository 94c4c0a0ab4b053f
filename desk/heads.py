"""Signed heads of the log, kept apart from the database: who changes the one has not the other.

Each signing writes two files into the folder `heads` of the home (RECTIFY_HEADS puts it elsewhere): a small one that is
signed and kept for good (`….head.json`: the root over all chains, and the hash of the head before), and the leaves of
its tree (`….leaves.gz`: every chain's last line); once a day a time stamp of a third party comes beside them (`….tsr`).
The newest is what the logs are compared with. Before ADR 0034 one file with all heads was signed (`….json.gz`, its
signature beside it); the newest of those is read too.
"""

import gzip
import json
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine

from desk.head_files import head_of, raw_of, read_head, signed
from desk.time_stamps import STAMP, Stamping, stamping_of
from embedded.account import own_folder, write_private
from embedded.lock import FileLock
from embedded.settings import StackSettings
from engine.connection import Services
from models.hashes import hashed
from store.differences import Difference, difference
from store.heads import Heads, compared, heads_from
from store.installation import is_copy
from store.merkle import root_of

_KEPT = 60  # leaves; heads are kept for good
_WAITS = 120.0  # seconds, for another process that signs
HEAD, LEAVES = ".head.json", ".leaves.gz"
_OLD, _OLD_SIGNATURE = ".json.gz", ".sig"
PUBLIC_KEY = "heads.pub"


class ForgedHeads(Exception):
    """A file of heads whose signature does not hold; the message is its name."""


def heads_of(services: Services) -> "SignedHeads":
    """Those of this installation, in `heads` of its home or where RECTIFY_HEADS says. A copy signs none."""
    folder, signs = StackSettings().heads or services.home / "heads", not is_copy(services.engine)
    return SignedHeads(folder, services.home / "heads.key", signs=signs, stamping=stamping_of(services.home))


class SignedHeads:
    """The folder of signed heads, and the key that signs them (`heads.key` of the home, 0600, made at first use)."""

    def __init__(self, folder: Path, key_file: Path, *, signs: bool = True, stamping: Stamping | None = None) -> None:
        self.folder, self.key_file, self.signs, self.stamping = folder, key_file, signs, stamping

    def check_and_sign(self, engine: Engine) -> list[Difference]:
        """Compare the logs with the newest signed heads, then sign the heads as they stand.

        What was found cut or rewritten keeps the head that was signed before. A folder that was emptied, or lacks the
        newest file, or a forged file, is told, and nothing is signed over it.
        """
        with self._alone():
            last, wrong = self.newest_or_wrong()
            if wrong:
                return [wrong]
            heads, found = compared(engine, last, _after(last))
            if self.signs:
                self._sign(heads)
        if self.signs and not self._stamped_today():
            self.stamp_newest()
        return found

    def stamp_newest(self) -> bytes | None:
        """The time stamp of the newest head, asked for where it has none; None without an authority or its answer.

        Nobody waits for it: the head stands, and the next signing asks again.
        """
        head = read_head(self.head_files()[-1]) if self.head_files() else None
        if head is None or self.stamping is None:
            return None
        file = stamp_of(self.head_files()[-1])
        if not file.exists() and self.stamping.authority.url:
            self.stamping.stamp(file, head.head.encode())
        return file.read_bytes() if file.exists() else None

    def _stamped_today(self) -> bool:
        heads = self.head_files()
        newest, stamped = heads[-1:], [head for head in heads if stamp_of(head).exists()][-1:]
        days = [head.said.date for head in map(read_head, (*newest, *stamped)) if head is not None]
        return len(days) == 2 and days[0] == days[1]

    def begin_anew(self, engine: Engine) -> list[Difference]:
        """Sign the logs as they stand, whatever was signed before; what that says otherwise is answered.

        For an installation that was restored and declared live: what came after the backup is gone for good.
        """
        with self._alone():
            last = None
            with suppress(ForgedHeads):
                last = self.newest()
            found = compared(engine, last, _after(last))[1]
            self._sign(compared(engine, None, _after(last))[0])
        return found

    def newest_or_wrong(self) -> tuple[Heads | None, Difference | None]:
        """The heads that were signed last, if any were; or what is wrong with their files."""
        try:
            last = self.newest()
        except ForgedHeads as forged:
            return None, difference("heads_forged", "", file=str(forged))
        signed_at = self._signed_before()
        if last is None and signed_at is not None:
            return None, difference("heads_gone", "", signed_at=signed_at)
        if last is not None and signed_at is not None and _seconds(last.at) < signed_at:
            return None, difference("heads_older", "", signed_at=signed_at)
        return last, None

    def newest(self) -> Heads | None:
        """The heads that were signed last; None if none were. Raises ForgedHeads."""
        files = self.files()
        if not files:
            return None
        try:
            return self._old(files[-1]) if files[-1].name.endswith(_OLD) else self.read(files[-1])
        except FileNotFoundError:
            raise ForgedHeads(leaves_of(files[-1]).name) from None

    def read(self, file: Path, key: Ed25519PublicKey | None = None) -> Heads:
        """The heads of which a file holds the signed root. Raises ForgedHeads, FileNotFoundError without leaves."""
        head = read_head(file)
        if head is None or not head.is_signed_by(key or self.public_key()):
            raise ForgedHeads(file.name)
        packed = leaves_of(file).read_bytes()
        try:
            told = gzip.decompress(packed).decode()
            leaves = told.split("\n") if told else []
            if root_of(leaves, head.said.algorithm) != head.said.root or len(leaves) != head.said.count:
                raise ForgedHeads(leaves_of(file).name)
            return heads_from(head.said.at, leaves, head.said.recorded_at)
        except (OSError, EOFError, ValueError, zlib.error):
            raise ForgedHeads(leaves_of(file).name) from None

    def files(self) -> list[Path]:
        """Every signed file of the folder, the oldest first; those of before ADR 0034 too."""
        return sorted([*self.folder.glob(f"*{_OLD}"), *self.head_files()])

    def head_files(self) -> list[Path]:
        """Every signed head of the folder, the oldest first."""
        return sorted(self.folder.glob(f"*{HEAD}"))

    def public_key(self) -> Ed25519PublicKey:
        """The key that holds the signatures."""
        return self._key().public_key()

    def sign_bytes(self, content: bytes) -> bytes:
        """A signature by the key of this installation's heads."""
        return self._key().sign(content)

    def _old(self, file: Path) -> Heads:
        packed = file.read_bytes()
        try:
            signature = file.with_name(file.name + _OLD_SIGNATURE).read_bytes()
            self.public_key().verify(signature, packed)
        except (FileNotFoundError, InvalidSignature):
            raise ForgedHeads(file.name) from None
        facts = json.loads(gzip.decompress(packed))
        return Heads.model_validate({"at": facts["at"], "heads": facts["heads"]})

    def _sign(self, heads: Heads) -> None:
        if not self.folder.is_dir():
            own_folder(self.folder)
        leaves = heads.leaves
        head = signed(head_of(heads, leaves, self._hash_of_newest(), self.public_key()), self._key())
        stamp = f"{heads.at:%Y-%m-%dT%H%M%S.%f}Z"
        write_private(self.folder / (stamp + LEAVES), gzip.compress("\n".join(leaves).encode(), 6, mtime=0))
        write_private(self.folder / (stamp + HEAD), f"{head.model_dump_json(indent=1)}\n".encode())
        write_private(self.folder / PUBLIC_KEY, f"{raw_of(self.public_key()).hex()}\n".encode())
        for old in sorted(self.folder.glob(f"*{LEAVES}"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        write_private(self.key_file.with_suffix(".last"), f"{_seconds(heads.at)}\n".encode())

    def _hash_of_newest(self) -> str | None:
        files = self.files()
        return hash_of(files[-1]) if files else None

    def signed_at(self) -> datetime | None:
        """When heads were signed last; None if never."""
        told = self._signed_before()
        return datetime.fromisoformat(told) if told else None

    def _signed_before(self) -> str | None:
        """When heads were signed last, as the home remembers it beside the key."""
        try:
            return self.key_file.with_suffix(".last").read_text().strip()
        except FileNotFoundError:
            return None

    @contextmanager
    def _alone(self) -> Generator[None]:
        """One signing at a time: each head names the one before it."""
        with FileLock(self.key_file.with_suffix(".lock"), within=_WAITS, on_wait=lambda: None):
            yield

    def _key(self) -> Ed25519PrivateKey:
        try:
            raw = self.key_file.read_bytes()
        except FileNotFoundError:
            made = Ed25519PrivateKey.generate()
            raw_form = (serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
            write_private(self.key_file, made.private_bytes(*raw_form), first=True)
            raw = self.key_file.read_bytes()
        return Ed25519PrivateKey.from_private_bytes(raw)


def _after(last: Heads | None) -> datetime:
    """Now, and later than the heads before, though the clock was set back."""
    now = datetime.now(UTC)
    return max(now, last.at + timedelta(microseconds=1)) if last else now


def hash_of(file: Path) -> str:
    """By which the head after this one names it."""
    head = None if file.name.endswith(_OLD) else read_head(file)
    return head.hash if head else hashed(file.read_bytes())


def leaves_of(head: Path) -> Path:
    """The file with the leaves of a signed head."""
    return head.with_name(head.name.removesuffix(HEAD) + LEAVES)


def stamp_of(head: Path) -> Path:
    """The file with the time stamp of a signed head."""
    return head.with_name(head.name.removesuffix(HEAD) + STAMP)


def _seconds(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
