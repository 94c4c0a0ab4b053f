"""The manifest of a backup: what it is, signed by the installation and proven by whoever sealed it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from embedded.account import private
from embedded.backup_errors import damaged, forged, newer, no_backup, several_backups
from embedded.backup_key import BackupKey, Sealed
from embedded.backup_parts import Part, check_part

FORM = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
TemporalKept = Literal["cluster", "dumps", "sqlite", "elsewhere"]


class HeadsTold(BaseModel):
    """The signed heads that the backup carries: as of when, and over how much."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    cases: int
    lines: int
    """Of all logs together."""


class Manifest(BaseModel):
    """What a backup is: when and of what it was made, by which versions, and of which parts."""

    model_config = ConfigDict(frozen=True)

    form: int = FORM
    backup_id: str
    made_at: datetime
    installation_id: str
    state: Literal["live", "copy"]
    """Of the installation that it was made of."""
    version: str
    """Of our code."""
    schema_revision: str
    """The newest migration of our database."""
    engine: Literal["trial", "postgres", "external"]
    record: Literal["cluster", "dump"]
    """Our database: in a copy of the whole embedded cluster, or dumped from a PostgreSQL elsewhere."""
    temporal: TemporalKept
    """Temporal's state: in that copy, dumped too, the trial engine's file, or of a server elsewhere and not here."""
    temporal_version: str | None
    """Of the embedded Temporal server."""
    postgres_major: int
    namespace: str
    demonstration: str | None
    """What the home of a demonstration says of it."""
    heads: HeadsTold | None
    evidence: str | None = None
    """The bucket that keeps photos and papers, where the backup only lists them; None where it has them itself."""
    keys: bool
    """Whether keys.json and heads.key are in it, sealed."""
    signer: str
    """The public key of the installation (Ed25519, hexadecimal), which signs heads and backups."""
    sealed: Sealed | None
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part | None:
        """The part of that name."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


def write_manifest(folder: Path, manifest: Manifest, sign: Callable[[bytes], bytes], key: BackupKey | None) -> None:
    """Write it with signature and proof; the last that is written of a backup."""
    content = manifest.model_dump_json(indent=2).encode()
    signed = {"ed25519": sign(content).hex(), "proof": key.proof(content) if key else None}
    for name, written in ((MANIFEST, content), (SIGNATURE, json.dumps(signed, indent=2).encode())):
        with open(folder / name, "xb", opener=private) as file:
            file.write(written)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup, its signature checked; nothing is said of its parts."""
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError:
        raise no_backup(folder) from None
    try:
        form = json.loads(content).get("form", 0)
        if isinstance(form, int) and form > FORM:
            raise newer("form", "格式版本", str(form), str(FORM))
        manifest = Manifest.model_validate_json(content)
        signature = bytes.fromhex(_signatures(folder)["ed25519"] or "")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest.signer)).verify(signature, content)
    except InvalidSignature:
        raise forged("its signature does not hold", "签名无效") from None
    except (ValidationError, ValueError, KeyError, AttributeError):
        raise damaged(MANIFEST, "cannot be read", "无法读取") from None
    return manifest


def check_backup(folder: Path, key: BackupKey | None) -> Manifest:
    """Every file is what was written; with the key, by a holder of the key. The manifest, or a refusal."""
    manifest = read_manifest(folder)
    if key is not None and manifest.sealed is not None:
        content, proof = (folder / MANIFEST).read_bytes(), _signatures(folder).get("proof")
        if not proof or not key.proves(content, proof):
            raise forged("no holder of the key wrote it", "并非持有密钥者所写")
    for part in manifest.parts:
        check_part(folder, part, manifest.backup_id)
    return manifest


def backups_in(folder: Path) -> list[Path]:
    """The backups that the folder holds, by name; itself, if it is one."""
    if (folder / MANIFEST).is_file():
        return [folder]
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if not one.name.startswith(".") and (one / MANIFEST).is_file())


def the_backup_at(where: Path) -> Path:
    """The backup itself, or the only one that the folder holds."""
    found = backups_in(where)
    if not found:
        raise no_backup(where)
    if len(found) > 1:
        raise several_backups(where, [one.name for one in found])
    return found[0]


def _signatures(folder: Path) -> dict[str, str | None]:
    try:
        return dict(json.loads((folder / SIGNATURE).read_bytes()))
    except OSError:
        raise damaged(SIGNATURE, "is missing", "缺失") from None
