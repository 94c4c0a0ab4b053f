"""What a backup's files promise without a server: whole or refused, sealed with one key, of one backup, signed."""

import io
import json
import os
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from embedded.backup_errors import BackupRefused
from embedded.backup_key import BackupKey, key_of, new_key, secret_in
from embedded.backup_manifest import MANIFEST, SIGNATURE, Manifest, check_backup, the_backup_at, write_manifest
from embedded.backup_parts import Part, check_part, read_part, write_part
from embedded.backup_sources import tar_stream
from embedded.staged_server import unpack
from store.files import Files
from store.files import key_of as place_of
from store.folder import Folder
from workers.evidence_kept import contents

PIECE = 1 << 20
SECRET = b"sixteen or more signs"
SIGNER = Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def key() -> BackupKey:
    """A key: to stretch one takes a fifth of a second."""
    return new_key(SECRET)


def made(folder: Path, key: BackupKey | None, backup_id: str = "aaaaaaaaaaaa", content: bytes = b"x" * 99) -> Manifest:
    """A backup of one part."""
    folder.mkdir()
    part = write_part(folder, "cluster", iter([content]), backup_id, key)
    manifest = Manifest(
        backup_id=backup_id, made_at=datetime.now(UTC), installation_id="i", state="live", version="v",
        schema_revision="0018", engine="postgres", record="cluster", temporal="cluster", temporal_version="1.32.0",
        postgres_major=18, namespace="rectify", demonstration=None, heads=None, keys=key is not None,
        signer=SIGNER.public_key().public_bytes_raw().hex(), sealed=key.sealed if key else None, parts=(part,),
    )  # fmt: skip
    write_manifest(folder, manifest, SIGNER.sign, key)
    return manifest


def refused(code: str, what: Callable[[], object]) -> None:
    with pytest.raises(BackupRefused) as told:
        what()
    assert told.value.code == code
    assert told.value.remedy_en and told.value.remedy_zh


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
@pytest.mark.parametrize("sealed", [True, False])
def test_what_is_read_is_what_was_written(size: int, sealed: bool, tmp_path: Path, key: BackupKey) -> None:
    content = os.urandom(size)
    its = key if sealed else None
    part = write_part(tmp_path, "cluster", iter([content[: size // 3], content[size // 3 :]]), "b", its)
    check_part(tmp_path, part, "b")
    assert b"".join(read_part(tmp_path, part, its)) == content
    assert ((tmp_path / part.file).stat().st_mode & 0o777) == 0o600


def test_the_files_of_cases_come_back_as_they_were(tmp_path: Path, key: BackupKey) -> None:
    kept = {
        place_of("a", "a" * 64): os.urandom(PIECE + 700),
        place_of("a", "a" * 64, "thumb"): b"",
        place_of("b", "b" * 64, "copy"): b"y" * 512,
    }
    for name, content in {**kept, f"{place_of('a', '')[:67]}/.taking-1": b"half"}.items():
        (tmp_path / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / name).write_bytes(content)
    part = write_part(tmp_path, "files", tar_stream(contents(Files(Folder(tmp_path / "files")))), "b", key)
    unpack(read_part(tmp_path, part, key), tmp_path / "back", "files.part")
    back = {str(one.relative_to(tmp_path / "back")): one for one in (tmp_path / "back").rglob("*") if one.is_file()}
    assert {name: one.read_bytes() for name, one in back.items()} == kept
    assert {one.stat().st_mode & 0o777 for one in back.values()} == {0o600}
    nothing = write_part(tmp_path, "none", tar_stream(contents(Files(Folder(tmp_path / "nowhere")))), "b", key)
    unpack(read_part(tmp_path, nothing, key), tmp_path / "empty", "files.part")
    assert not (tmp_path / "empty").exists() or not any((tmp_path / "empty").iterdir())
    with pytest.raises(BackupRefused):
        unpack(iter([b"no tar at all" * 100]), tmp_path / "wrong", "files.part")


@pytest.mark.parametrize(("name", "kind"), [("../outside", b"0"), ("/outside", b"0"), ("link", b"2"), ("pipe", b"6")])
def test_nothing_is_unpacked_but_files_and_folders_within(name: str, kind: bytes, tmp_path: Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "../outside"
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.addfile(entry)
    (tmp_path / "folder").mkdir()
    with pytest.raises(BackupRefused):
        unpack(iter([content.getvalue()]), tmp_path / "folder", "files.part")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_sealed_part_shows_nothing_of_its_content(tmp_path: Path, key: BackupKey) -> None:
    written = os.urandom(64).hex().encode()
    part = write_part(tmp_path, "cluster", iter([written]), "b", key)
    assert written not in (tmp_path / part.file).read_bytes()
    refused("backup_key_needed", lambda: list(read_part(tmp_path, part, None)))


def altered(part: Part, folder: Path, place: int) -> None:
    file = folder / part.file
    held = bytearray(file.read_bytes())
    held[place] ^= 1
    file.write_bytes(held)


@pytest.mark.parametrize("place", [0, 20, 200, PIECE, -1])
def test_an_altered_byte_is_found_by_the_sum_and_by_the_seal(place: int, tmp_path: Path, key: BackupKey) -> None:
    part = write_part(tmp_path, "cluster", iter([os.urandom(2 * PIECE)]), "b", key)
    altered(part, tmp_path, place)
    refused("backup_damaged", lambda: check_part(tmp_path, part, "b"))
    refused("backup_damaged", lambda: list(read_part(tmp_path, part, key)))


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("cut", [1, 17, PIECE + 16, 2 * PIECE])
def test_what_was_cut_off_is_missed(cut: int, sealed: bool, tmp_path: Path, key: BackupKey) -> None:
    its = key if sealed else None
    part = write_part(tmp_path, "cluster", iter([os.urandom(3 * PIECE)]), "b", its)
    file = tmp_path / part.file
    file.write_bytes(file.read_bytes()[:-cut])
    refused("backup_damaged", lambda: check_part(tmp_path, part, "b"))
    refused("backup_damaged", lambda: list(read_part(tmp_path, part, its)))


def test_a_part_of_another_backup_is_named_as_such(tmp_path: Path, key: BackupKey) -> None:
    made(tmp_path / "one", key, "aaaaaaaaaaaa")
    made(tmp_path / "two", key, "bbbbbbbbbbbb")
    check_backup(tmp_path / "one", key)
    (tmp_path / "two" / "cluster.part").replace(tmp_path / "one" / "cluster.part")
    refused("backup_mismatched", lambda: check_backup(tmp_path / "one", key))


def test_a_missing_part_and_a_missing_manifest_are_refused(tmp_path: Path, key: BackupKey) -> None:
    made(tmp_path / "one", key)
    (tmp_path / "one" / "cluster.part").unlink()
    refused("backup_damaged", lambda: check_backup(tmp_path / "one", key))
    (tmp_path / "one" / MANIFEST).unlink()
    refused("no_backup", lambda: check_backup(tmp_path / "one", key))
    refused("no_backup", lambda: the_backup_at(tmp_path))


def test_another_key_opens_nothing(tmp_path: Path, key: BackupKey) -> None:
    manifest = made(tmp_path / "one", key)
    assert manifest.sealed is not None
    assert key_of(SECRET, manifest.sealed) == key
    sealed = manifest.sealed
    refused("backup_key_wrong", lambda: key_of(b"another one of sixteen", sealed))


def test_an_altered_manifest_is_forged_even_when_it_is_signed_again(tmp_path: Path, key: BackupKey) -> None:
    """Whoever has no key of the backup may sign with a key of his own, and proves nothing."""
    folder = tmp_path / "one"
    manifest = made(folder, key)
    plain = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(plain.replace('"live"', '"copy"'))
    refused("backup_forged", lambda: check_backup(folder, None))
    stranger = Ed25519PrivateKey.generate()
    for name in (MANIFEST, SIGNATURE):
        (folder / name).unlink()
    foreign = manifest.model_copy(update={"signer": stranger.public_key().public_bytes_raw().hex()})
    write_manifest(folder, foreign, stranger.sign, None)
    check_backup(folder, None)
    refused("backup_forged", lambda: check_backup(folder, key))
    for name in (MANIFEST, SIGNATURE):
        (folder / name).unlink()
    write_manifest(folder, foreign, stranger.sign, new_key(b"a passphrase of the stranger"))
    refused("backup_forged", lambda: check_backup(folder, key))
    (folder / SIGNATURE).unlink()
    refused("backup_damaged", lambda: check_backup(folder, key))


def test_a_backup_of_a_later_form_is_refused_as_newer(tmp_path: Path, key: BackupKey) -> None:
    made(tmp_path / "one", key)
    file = tmp_path / "one" / MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), "form": 2}))
    refused("backup_newer", lambda: check_backup(tmp_path / "one", key))


def test_a_folder_of_several_backups_names_them(tmp_path: Path, key: BackupKey) -> None:
    made(tmp_path / "one", key)
    assert the_backup_at(tmp_path) == tmp_path / "one" == the_backup_at(tmp_path / "one")
    made(tmp_path / ".making-two", key)  # one that was killed does not count
    assert the_backup_at(tmp_path) == tmp_path / "one"
    made(tmp_path / "two", key)
    refused("several_backups", lambda: the_backup_at(tmp_path))


def test_a_short_key_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    refused("backup_key_unreadable", lambda: secret_in(str(file)))
    file.write_text(" short \n")
    refused("backup_key_weak", lambda: secret_in(str(file)))
    file.write_bytes(SECRET + b"\n")
    assert secret_in(str(file)) == SECRET
