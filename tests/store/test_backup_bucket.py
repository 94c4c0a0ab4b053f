"""Backups of an installation whose evidence is in a bucket: listed and looked for, or copied when that is asked."""

import io
from collections.abc import Iterator

import psycopg
import pytest

from desk.evidence import take_in
from embedded.backup_errors import BackupRefused
from embedded.backup_manifest import Manifest, read_manifest
from embedded.errors import StackError
from embedded.evidence_place import EvidencePlace
from embedded.progress import Voice
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_folder
from engine.connection import Services
from models.files import AttachedFile
from store.campaigns import Campaign
from store.files import KINDS, hash_in, key_of
from tests.cast import INSPECTOR, actor
from tests.durable.office import command
from tests.pictures import jpeg
from tests.s3 import ObjectStore
from tests.store.paper import on_paper, write
from tests.store.test_backup_elsewhere import SECRET, Elsewhere
from workers.evidence_kept import EvidenceChecked, check_evidence
from workers.restore import Restored, key_for, restore_backup

CASE = "case/karamay-2013-2027/files"


class InBucket(Elsewhere):
    """An installation with a photo in a bucket."""

    place: EvidencePlace
    photo: AttachedFile

    def with_bucket(self, settings: StackSettings) -> StackSettings:
        told = {"evidence": str(self.place), "evidence_endpoint": self.place.endpoint}
        return settings.model_copy(update={**told, "evidence_credentials": self.place.credentials})

    def put_back(self, where: str, settings: StackSettings) -> Restored:
        return restore_backup(settings, self.folder / where, SECRET, Voice(settings), replace=False)

    def checked(self, settings: StackSettings) -> EvidenceChecked:
        folder = next(self.folder.glob("backup-*"))
        return check_evidence(settings, folder, read_manifest(folder), key_for(folder, SECRET))


@pytest.fixture
def in_city(
    services: Services, campaign: Campaign, in_bucket: EvidencePlace, object_store: ObjectStore
) -> Iterator[InBucket]:
    with throwaway_folder() as folder:
        found = InBucket(services, folder)
        found.place = in_bucket
        taken = take_in(services.engine, services.files, CASE, actor(INSPECTOR), "x.jpg", io.BytesIO(jpeg()))
        attach = command("attach", files=[taken.model_dump()])
        write(services.engine, campaign.plan, on_paper(campaign, CASE, [("05-10", attach)]))
        found.photo = taken
        yield found
        object_store.way.turn("open")
        found.services.close()
        with found.owner.to("postgres").connect() as admin:
            for name in found.databases("restored_"):
                admin.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(name)))


def manifest(of: InBucket) -> Manifest:
    return read_manifest(next(of.folder.glob("backup-*")))


def test_a_backup_lists_what_is_in_the_bucket_and_a_restore_reads_it_there_and_changes_nothing(
    in_city: InBucket, object_store: ObjectStore
) -> None:
    where, before = in_city.saved(), object_store.keys(in_city.place)
    assert manifest(in_city).evidence == str(in_city.place) and manifest(in_city).part("files") is None
    held = b"".join(one.read_bytes() for one in where.iterdir())
    assert in_city.place.credentials and b"a-secret" not in held and jpeg() not in held
    assert in_city.checked(in_city.with_bucket(in_city.settings)) == EvidenceChecked(3)
    assert in_city.checked(in_city.settings).checked is None, "where no bucket is named nobody has looked"

    with pytest.raises(BackupRefused) as told:
        in_city.put_back(where.name, in_city.settings_of("next", "restored_four"))
    assert told.value.code == "backup_without_evidence" and str(in_city.place) in told.value.sentence_zh
    settings = in_city.with_bucket(in_city.settings_of("next", "restored_four"))
    object_store.way.turn("shut")
    with pytest.raises(StackError) as away:
        in_city.put_back(where.name, settings)
    assert away.value.code == "files_unavailable" and not in_city.databases("restored_")
    object_store.way.turn("open")
    done = in_city.put_back(where.name, settings)
    assert (done.checked, done.differences) == (1, ())
    assert object_store.keys(in_city.place) == before


def test_what_the_bucket_has_lost_since_is_told_by_check_and_by_restore(
    in_city: InBucket, object_store: ObjectStore
) -> None:
    where, original = in_city.saved(), key_of(CASE, in_city.photo.sha256)
    object_store.spoil(in_city.place, original, None)
    object_store.spoil(in_city.place, key_of(CASE, in_city.photo.sha256, "thumb"), b"x")
    lacking = in_city.checked(in_city.with_bucket(in_city.settings)).lacking
    assert {(one.key.rpartition(".")[2], one.is_there) for one in lacking} == {("original", False), ("thumb", True)}
    settings = in_city.with_bucket(in_city.settings_of("next", "restored_five"))
    assert [d.code for d in in_city.put_back(where.name, settings).differences] == ["file_missing"]


def test_a_backup_that_copies_the_photos_stands_alone(in_city: InBucket, object_store: ObjectStore) -> None:
    where = in_city.saved(with_evidence=True)
    assert manifest(in_city).evidence is None and manifest(in_city).part("evidence") is None
    object_store.way.turn("shut")
    settings = in_city.settings_of("next", "restored_six")
    done = in_city.put_back(where.name, settings)
    assert (done.checked, done.differences) == (1, ())
    found = {one.relative_to(settings.home / "files").as_posix() for one in (settings.home / "files").rglob("*.*")}
    assert found == {key_of(CASE, in_city.photo.sha256, kind) for kind in KINDS}
    assert {hash_in(key) for key in found} == {in_city.photo.sha256, None}
