"""Putting a backup back: checked whole, made ready and verified aside, marked as a copy, and then moved into place."""

import json
import os
import shutil
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from desk.heads import ForgedHeads, SignedHeads
from embedded import postgres, stack, staging
from embedded.account import Account, account_of, give_file, own_folder, prepare_folders, private, refuse_foreign
from embedded.backup_databases import place_databases, restoring, staged_databases
from embedded.backup_errors import (
    evidence_away,
    evidence_elsewhere,
    forged,
    home_in_use,
    home_not_empty,
    key_needed,
    newer,
    of_another_backup,
    other_kind,
    restore_unfinished,
)
from embedded.backup_key import BackupKey, key_of
from embedded.backup_manifest import Manifest, check_backup, read_manifest, the_backup_at
from embedded.backup_parts import read_part
from embedded.backup_sources import SQLITE
from embedded.children import Children
from embedded.databases import Login
from embedded.endpoints import Endpoints
from embedded.engine import keep_engine
from embedded.errors import disk_full, engine_differs
from embedded.go_build import numbers
from embedded.passwords import passwords_of
from embedded.postgres_binary import PostgresBinaries, find_postgres
from embedded.progress import Voice
from embedded.server_binary import SERVER_BUILD
from embedded.settings import StackSettings
from embedded.staged_server import give_tree, staged_server, stop_staged, unpack, unpack_cluster
from engine.connection import MARK, Services, files_in
from models.base import Frozen
from store.campaigns import plans_from
from store.differences import Difference
from store.files import FOLDER
from store.files_trouble import FilesTrouble
from store.heads import Heads, compared
from store.installation import become_copy, installation
from store.migrate import knows_revision, migrate, newest_revision
from workers.check import check_logs

_ANSWER = "restored.json"
_OF_THE_HOME = ("keys.json", "heads.key", "heads.last")


class Restored(Frozen):
    """A backup that was put back: what its logs were found to be, and what heads kept elsewhere know beyond it."""

    manifest: Manifest
    checked: int
    differences: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    """Cases whose logs were longer when heads were signed after the backup, in the folder of RECTIFY_HEADS."""
    aside: Path | None
    """Where what was there before lies."""


def key_for(folder: Path, secret: bytes | None) -> BackupKey | None:
    """The key of the backup, made of the secret; None for a plain one."""
    sealed = read_manifest(folder).sealed
    if sealed is None:
        return None
    if secret is None:
        raise key_needed()
    return key_of(secret, sealed)


def restore_backup(
    settings: StackSettings, where: Path, secret: bytes | None, voice: Voice, *, replace: bool
) -> Restored:
    """Put the backup into the home of the settings. BackupRefused or StackError tell why not, and change nothing.

    `replace`: an installation that is there is moved aside. What was interrupted is called again.
    """
    folder = the_backup_at(where)
    key = key_for(folder, secret)
    voice.say("checking every file of the backup", "正在校验备份的每个文件")
    manifest = check_backup(folder, key)
    _refuse_what_does_not_fit(settings, manifest)
    _refuse_without_evidence(settings, manifest)
    account = account_of(settings, voice)
    prepare_folders(settings, account)
    try:
        with stack.alone(settings, voice.progress):
            return _Restore(settings, folder, manifest, key, account, voice).put(replace=replace)
    except OSError as trouble:
        if trouble.errno == 28:  # no space left
            raise disk_full(settings.home) from None
        raise


def _refuse_what_does_not_fit(settings: StackSettings, manifest: Manifest) -> None:
    """A newer schema or server, or another kind of installation."""
    if not knows_revision(manifest.schema_revision):
        its, ours = manifest.schema_revision, newest_revision() or ""
        raise newer("the schema", "数据库结构版本", its, ours)
    named = settings.temporal_server or settings.temporal_archive or settings.temporal_cli
    if (its := manifest.temporal_version) and not named and numbers(its)[:2] > numbers(SERVER_BUILD.version)[:2]:
        raise newer("the Temporal server", " Temporal 服务版本", its, SERVER_BUILD.version)
    if (manifest.record == "cluster") is not settings.embeds_postgres:
        raise other_kind(
            "it has an embedded PostgreSQL, the settings name one elsewhere, or the other way round",
            "备份与设置中，一方使用内置 PostgreSQL，另一方使用外部 PostgreSQL",
        )
    if (manifest.temporal == "elsewhere") is settings.embeds_temporal:
        raise other_kind(
            "it has an embedded Temporal server, the settings name one elsewhere, or the other way round",
            "备份与设置中，一方使用内置 Temporal，另一方使用外部 Temporal",
        )
    if settings.engine and settings.embeds_temporal and settings.engine != manifest.engine:
        raise engine_differs(settings.home, manifest.engine, settings.engine)


def _refuse_without_evidence(settings: StackSettings, manifest: Manifest) -> None:
    """Photos and papers that the backup only lists are looked for before anything is unpacked."""
    if manifest.evidence is None:
        return
    if settings.evidence_place is None:
        raise evidence_elsewhere(manifest.evidence)
    try:
        files_in(settings.home, settings.evidence_place).prove(writes=False)
    except FilesTrouble as away:
        raise evidence_away(away.zh, away.en, away.remedy_zh, away.remedy_en) from None


class _Restore:
    """One restore on its way, under the home's lock."""

    def __init__(
        self,
        settings: StackSettings,
        folder: Path,
        manifest: Manifest,
        key: BackupKey | None,
        account: Account | None,
        voice: Voice,
    ) -> None:
        self.settings, self.folder, self.manifest, self.key = settings, folder, manifest, key
        self.account, self.voice = account, voice
        self.home, self.staged = settings.home, staging.staged_home(settings.home)
        self.names = [part.name for part in manifest.parts if part.name in (*restoring(), "record")]

    def put(self, *, replace: bool) -> Restored:
        """Make ready, verify, move into place."""
        self._refuse_what_runs()
        if (unfinished := staging.is_ready(self.home)) not in (None, self.manifest.backup_id):
            raise restore_unfinished(self.home)
        if unfinished is None:
            if not staging.is_empty(self.home) and not replace:
                raise home_not_empty(self.home)
            if self.account and not staging.is_empty(self.home):
                refuse_foreign(self.home, self.account)
            answer = self._make_ready(replace=replace)
        else:
            self.voice.say("going on with the restore that was interrupted", "继续上次中断的恢复")
            answer = Restored.model_validate_json((self.home / staging.STAGING / _ANSWER).read_text())
        place_databases(self.settings, list(self.names), staging.aside_of(self.home))
        aside = staging.finish(self.home)
        return answer.model_copy(update={"aside": aside})

    def _refuse_what_runs(self) -> None:
        children = Children(self.home)
        if self.settings.embeds_postgres and (self.home / "passwords.json").exists():
            postgres.adopt_postgres(self.settings, children, passwords_of(self.home))
        if children.all():
            raise home_in_use(self.home)
        stop_staged(self.settings, self.staged)  # of a restore that was killed

    def _make_ready(self, *, replace: bool) -> Restored:
        staging.begin(self.home)
        give_tree(self.home / staging.STAGING, self.account)
        if self.account and staging.is_empty(self.home):
            os.chown(self.home, self.account.uid, self.account.gid)
            self.home.chmod(0o700)
        try:
            binaries = find_postgres(self.settings, self.account, self.voice)
            self._unpack_small()
            if self.manifest.record == "cluster":
                self.voice.say("unpacking the databases", "正在解包数据库")
                unpack_cluster(self._content("cluster"), self.staged, binaries)
                give_tree(self.staged, self.account)
                self.voice.say("starting them aside, and verifying", "正在另行启动并核对")
                with staged_server(self.settings, self.staged, binaries, self.account) as logins:
                    answer = self._verified(*logins)
            else:
                answer = self._from_dumps(binaries, replace=replace)
            if self.manifest.temporal != "elsewhere":
                keep_engine(self.staged, "trial" if self.manifest.temporal == "sqlite" else "postgres")
            give_file(self.home / staging.STAGING / _ANSWER, answer.model_dump_json())
            give_tree(self.staged, self.account)
            staging.ready(self.home, self.manifest.backup_id)
        except BaseException:
            staging.discard(self.home)
            raise
        return answer

    def _unpack_small(self) -> None:
        """Keys, heads and the trial engine's file."""
        if self.manifest.keys:
            found = self._files("keys")
            for name in (*_OF_THE_HOME, *(["passwords.json"] if self.manifest.record == "dump" else [])):
                if name in found:
                    _write(self.staged / name, [found[name]])
        if self.manifest.part("heads"):
            folder = own_folder(self.home / staging.STAGING / "heads")
            for name, held in self._files("heads").items():
                if Path(name).name == name:
                    _write(folder / name, [held])
            if self.manifest.keys:
                shutil.copytree(folder, self.staged / "heads")
        if self.manifest.part(FOLDER):
            unpack(self._content(FOLDER), own_folder(self.staged / FOLDER), f"{FOLDER}.part")
        if self.manifest.temporal == "sqlite":
            file = self.staged / SQLITE
            own_folder(file.parent)
            _write(file, self._content("temporal"))
        if self.manifest.demonstration is not None:
            give_file(self.staged / MARK, self.manifest.demonstration)

    def _from_dumps(self, binaries: PostgresBinaries, *, replace: bool) -> Restored:
        self.voice.say("restoring the databases beside those that are there", "正在恢复到另设的数据库")
        contents = {name: self._content(name) for name in self.names}
        with staged_databases(self.settings, self.staged, binaries, contents, replace=replace) as (owner, app):
            return self._verified(owner, app)

    def _verified(self, owner: Login, app: Login) -> Restored:
        """The restored record, brought to this version's schema, marked as a copy, and compared with its heads."""
        endpoints = Endpoints(
            database_url=owner.url,
            app_database_url=app.url,
            temporal_address="",
            namespace=self.manifest.namespace,
            ui_url=None,
            evidence=self.settings.evidence_place if self.manifest.evidence else None,
            home=self.staged,
        )
        found = Services(endpoints)
        try:
            migrate(found.owner)
            if (its := installation(found.engine).installation_id) != self.manifest.installation_id:
                raise of_another_backup("the database", its, self.manifest.installation_id)
            become_copy(found.owner, self.manifest.backup_id)
            plans_from(found.engine)
            checked, differences = check_logs(
                found.engine, None, found.files, every_byte=self.manifest.evidence is None
            )
            heads = self._heads()
            now = datetime.now(UTC)
            if heads is not None:
                differences = [*compared(found.engine, heads, now)[1], *differences]
            lost = compared(found.engine, self._later_heads(), now)[1]
        finally:
            found.close()
        facts = {"manifest": self.manifest, "checked": checked, "differences": differences, "lost": lost}
        return Restored.model_validate({**facts, "aside": None})

    def _heads(self) -> Heads | None:
        """Those of the backup, signed by the installation that signed the manifest."""
        if self.manifest.part("heads") is None:
            return None
        files = SignedHeads(self.home / staging.STAGING / "heads", self.staged / "heads.key", signs=False)
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.manifest.signer))
            return files.read(files.head_files()[-1], public)
        except (ForgedHeads, FileNotFoundError, IndexError):
            raise forged("another key signed its heads", "签名链首由另一密钥签名") from None

    def _later_heads(self) -> Heads | None:
        """The newest of the folder that RECTIFY_HEADS names, which may have outlived the machine."""
        if self.settings.heads is None or not (self.staged / "heads.key").exists():
            return None
        with suppress(ForgedHeads):
            return SignedHeads(self.settings.heads, self.staged / "heads.key", signs=False).newest()
        return None

    def _content(self, name: str) -> Iterator[bytes]:
        part = self.manifest.part(name)
        assert part is not None, name
        return read_part(self.folder, part, self.key)

    def _files(self, name: str) -> dict[str, bytes]:
        packed = json.loads(b"".join(self._content(name)))
        return {one: b64decode(held) for one, held in packed.items()}


def _write(file: Path, content: Iterable[bytes]) -> None:
    with open(file, "xb", opener=private) as target:
        target.writelines(content)
