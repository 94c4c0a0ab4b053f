"""Making a backup: the record and Temporal at one consistent point, while commands go on.

Where both lie in the embedded cluster they are of one instant. Elsewhere Temporal's state is taken first and the record
last, so that Temporal never knows more than the record: what it lags behind is told to it again from there.
"""

import json
import secrets
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from desk.heads import SignedHeads, heads_of, leaves_of, stamp_of
from embedded.account import account_of, give_file, own_folder
from embedded.backup_errors import backup_busy, backup_exists, evidence_away, key_needed
from embedded.backup_key import BackupKey, new_key
from embedded.backup_manifest import HeadsTold, Manifest, TemporalKept, backups_in, read_manifest, write_manifest
from embedded.backup_parts import Part, write_part
from embedded.backup_sources import SQLITE, cluster_stream, dump_stream, sqlite_stream, tar_stream
from embedded.databases import TEMPORAL, VISIBILITY, Login
from embedded.errors import StackError, disk_full
from embedded.lock import FileLock
from embedded.passwords import passwords_of
from embedded.postgres import SUPERUSER
from embedded.postgres_binary import PostgresBinaries, find_postgres
from embedded.progress import Voice
from embedded.settings import StackSettings
from engine.connection import MARK, Services
from models.base import Frozen
from store.attachments import check_files
from store.differences import Difference
from store.files import FOLDER
from store.files_trouble import FilesTrouble
from store.installation import installation
from store.migrate import revision_of
from workers.evidence_kept import LISTED, contents, listing
from workers.version import code_version

LAST = "backups.json"
KEYS = ("keys.json", "heads.key", "heads.last", "passwords.json")
"""What of the home is sealed into a backup. Not `token.key`: a copy shall not take tokens of the live one, nor make
them."""


class LastBackup(Frozen):
    """The newest backup that was made here."""

    at: datetime
    backup_id: str
    where: Path


class Made(Frozen):
    """A backup that was made, and what was found wrong with the logs just before."""

    where: Path
    manifest: Manifest
    differences: tuple[Difference, ...]


def last_backup(home: Path) -> LastBackup | None:
    """The newest backup that was made here."""
    try:
        return LastBackup.model_validate_json((home / LAST).read_text())
    except (FileNotFoundError, ValueError):
        return None


def make_backup(
    services: Services,
    settings: StackSettings,
    where: Path,
    secret: bytes | None,
    temporal_version: str | None,
    voice: Voice,
    *,
    plain: bool = False,
    with_evidence: bool = False,
) -> Made:
    """A backup at this place, or in this folder of backups. BackupRefused or StackError tell why not.

    `with_evidence`: photos and papers are copied from their bucket too, and not only listed. Sealed with the secret;
    without one only as `plain` says, and then without the keys.
    """
    if (secret is None) is not plain:
        raise key_needed()
    target = _place(where)
    try:
        with _alone(settings):
            return _Backup(services, settings, target, secret, voice, with_evidence).make(temporal_version)
    except OSError as trouble:
        if trouble.errno == 28:  # no space left
            raise disk_full(target.parent) from None
        raise


def remove_older(made: Made, keep: int) -> list[Path]:
    """Of this installation's backups beside the one just made, the newest `keep` stay; those that were removed."""
    folder, own = made.where.parent, made.manifest.installation_id
    removed: list[Path] = []
    dated = [(manifest.made_at, one) for one in backups_in(folder) if (manifest := _of(one, own))]
    for _, one in sorted(dated, reverse=True)[keep:]:
        if one == made.where:
            continue
        gone = one.rename(folder / f".removing-{one.name}")  # half of a backup is none
        shutil.rmtree(gone)
        removed.append(one)
    return removed


def _of(folder: Path, installation_id: str) -> Manifest | None:
    """What the backup says of itself, if it is this installation's."""
    with suppress(StackError):
        manifest = read_manifest(folder)
        return manifest if manifest.installation_id == installation_id else None
    return None


def _place(where: Path) -> Path:
    """A folder that is not there is the backup; one that is there gets it, named by its instant."""
    if not where.exists():
        return where
    if not where.is_dir() or backups_in(where) == [where]:
        raise backup_exists(where)
    return where / f"rectify-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _alone(settings: StackSettings) -> FileLock:
    """One backup of an installation at a time."""
    return FileLock(settings.home / "backup.lock", within=1, on_wait=lambda: None, refusal=backup_busy)


class _Backup:
    """One backup on its way: parts are written aside, the manifest last, and the whole is moved into its place."""

    def __init__(
        self,
        services: Services,
        settings: StackSettings,
        target: Path,
        secret: bytes | None,
        voice: Voice,
        with_evidence: bool,
    ) -> None:
        self.with_evidence = with_evidence
        self.services, self.settings, self.target, self.voice = services, settings, target, voice
        self.key: BackupKey | None = new_key(secret) if secret else None
        self.backup_id = secrets.token_hex(6)
        self.is_of = installation(services.engine)
        self.draft = target.parent / f".making-{self.is_of.installation_id}-{target.name}"
        self.parts: list[Part] = []

    def make(self, temporal_version: str | None) -> Made:
        """Write it whole, or leave nothing."""
        self.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in self.target.parent.glob(f".making-{self.is_of.installation_id}-*"):
            shutil.rmtree(old)  # of one that was killed: there is one at a time
        own_folder(self.draft)
        try:
            heads = heads_of(self.services)
            differences = heads.check_and_sign(self.services.engine)
            told = self._heads(heads)
            binaries = find_postgres(self.settings, account_of(self.settings), self.voice)
            kept = self._temporal(binaries)
            self._record(binaries)
            differences += self._files()
            self._keys()
            manifest = self._manifest(heads, told, kept, binaries, temporal_version)
            write_manifest(self.draft, manifest, heads.sign_bytes, self.key)
            self.draft.rename(self.target)
        except BaseException:
            shutil.rmtree(self.draft, ignore_errors=True)
            raise
        last = LastBackup(at=manifest.made_at, backup_id=self.backup_id, where=self.target)
        give_file(self.settings.home / LAST, last.model_dump_json())
        return Made(where=self.target, manifest=manifest, differences=tuple(differences))

    def _write(self, name: str, content: Iterator[bytes], en: str, zh: str) -> None:
        self.voice.say(f"saving {en}", f"正在备份{zh}")
        self.parts.append(write_part(self.draft, name, content, self.backup_id, self.key))

    def _heads(self, heads: SignedHeads) -> HeadsTold | None:
        """The signed heads, of which the newest is of just before the databases are taken."""
        files = heads.head_files()
        if not files:
            return None
        newest = heads.read(files[-1])
        stamps = [stamp for stamp in map(stamp_of, files) if stamp.exists()]
        told = {file.name: file.read_bytes() for file in (*files, leaves_of(files[-1]), *stamps)}
        self._write("heads", _packed(told), "the signed heads", "签名链首")
        return HeadsTold(at=newest.at, cases=len(newest.heads), lines=sum(seq for seq, _ in newest.heads.values()))

    def _temporal(self, binaries: PostgresBinaries) -> TemporalKept:
        """Temporal's state, where it is not within the copy of the cluster: before the record, never after it."""
        if not self.settings.embeds_temporal:
            return "elsewhere"
        if self.services.endpoints.engine == "trial":
            file = self.settings.home / SQLITE
            self._write("temporal", sqlite_stream(file), "the trial engine's file", "试用引擎的数据文件")
            return "sqlite"
        if self.settings.embeds_postgres:
            return "cluster"
        for name in (TEMPORAL, VISIBILITY):
            self._dump(binaries, name, name)
        return "dumps"

    def _record(self, binaries: PostgresBinaries) -> None:
        if not self.settings.embeds_postgres:
            return self._dump(binaries, "record", Login.of_url(self.services.endpoints.owner_url).database)
        passwords = passwords_of(self.settings.home)
        owner = Login.of_url(self.services.endpoints.owner_url)
        admin = owner.as_role(SUPERUSER, passwords.superuser).to("postgres")
        self._write("cluster", cluster_stream(binaries, admin), "the databases", "数据库")

    def _dump(self, binaries: PostgresBinaries, name: str, database: str) -> None:
        login = Login.of_url(self.services.endpoints.owner_url).to(database)
        self._write(name, dump_stream(binaries, login), f"the database {database}", f"数据库 {database}")

    def _files(self) -> list[Difference]:
        """The files of cases, after the record: whatever that names lay there before. What a bucket lacks is told."""
        files = self.services.files
        try:
            if self.copies_evidence:
                self._write(FOLDER, tar_stream(contents(files)), "the files of cases", "证据文件")
                return []
            self._write(LISTED, listing(files), "the list of the files in their bucket", "存储桶中证据文件的清单")
            return check_files(self.services.engine, files, every_byte=False)
        except FilesTrouble as away:
            raise evidence_away(away.zh, away.en, away.remedy_zh, away.remedy_en) from None

    @property
    def copies_evidence(self) -> bool:
        """Whether the backup has the files themselves."""
        return self.with_evidence or self.services.endpoints.evidence is None

    def _keys(self) -> None:
        if self.key is None:
            return
        found: dict[str, bytes] = {}
        for name in KEYS:
            with suppress(FileNotFoundError):
                found[name] = (self.settings.home / name).read_bytes()
        self._write("keys", _packed(found), "the keys", "密钥")

    def _manifest(
        self,
        heads: SignedHeads,
        told: HeadsTold | None,
        kept: TemporalKept,
        binaries: PostgresBinaries,
        temporal_version: str | None,
    ) -> Manifest:
        mark = self.settings.home / MARK
        return Manifest(
            backup_id=self.backup_id,
            made_at=datetime.now(UTC),
            installation_id=self.is_of.installation_id,
            state=self.is_of.state,
            version=code_version(),
            schema_revision=revision_of(self.services.engine) or "",
            engine=self.services.endpoints.engine,
            record="cluster" if self.settings.embeds_postgres else "dump",
            temporal=kept,
            temporal_version=temporal_version if kept != "elsewhere" else None,
            postgres_major=binaries.major,
            namespace=self.services.endpoints.namespace,
            demonstration=mark.read_text() if mark.exists() else None,
            heads=told,
            evidence=None if self.copies_evidence else str(self.services.endpoints.evidence),
            keys=self.key is not None,
            signer=heads.public_key().public_bytes_raw().hex(),
            sealed=self.key.sealed if self.key else None,
            parts=tuple(self.parts),
        )


def _packed(files: dict[str, bytes]) -> Iterator[bytes]:
    """Small files as one JSON document."""
    yield json.dumps({name: b64encode(held).decode() for name, held in files.items()}).encode()
