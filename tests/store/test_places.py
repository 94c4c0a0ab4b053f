"""Where files of cases lie: a folder and a bucket do the same; a store that is away or foreign changes nothing."""

import io
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from desk.evidence import take_in
from embedded.evidence_place import EvidencePlace
from engine.connection import Services, files_in
from models.audit import AuditActor
from models.files import AttachedFile
from store import bucket as of_bucket
from store.attachments import attachments, check_files
from store.bucket import MARK, Bucket
from store.campaigns import Campaign
from store.files import KINDS, Files, Place, key_of, measured
from store.files_move import move_files
from store.files_trouble import FilesTrouble
from store.folder import Folder
from store.installation import IsCopy, become_copy, become_live, installation
from store.retention import delete_expired
from tests.cast import INSPECTOR, actor
from tests.durable.office import command
from tests.pictures import jpeg
from tests.s3 import SECRET, ObjectStore, bucket
from tests.store.paper import on_paper, write

CASE = "case/karamay-2013-2027/files"
HASH = f"sha256:{'a' * 64}"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, object_store: ObjectStore, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    return bucket(object_store.place(tmp_path))


@pytest.fixture
def kept(services: Services, in_bucket: EvidencePlace) -> AttachedFile:
    """A photo that was taken in for a case of an installation that uses a bucket."""
    return taken(services)


def taken(services: Services, mark: str = "red") -> AttachedFile:
    content = io.BytesIO(jpeg(mark=mark))
    return take_in(services.engine, services.files, CASE, actor(INSPECTOR), f"{mark}.jpg", content)


def fresh(services: Services) -> Bucket:
    assert services.endpoints.evidence
    return bucket(services.endpoints.evidence)


def why(what: Any, *args: Any, **more: Any) -> FilesTrouble:
    """What is told; by no word of it can anybody find the store, or open it."""
    with pytest.raises(FilesTrouble) as told:
        what(*args, **more)
    trouble = told.value
    said = repr(trouble) + "".join(trouble.problem.values())
    assert SECRET not in said and "127.0.0.1" not in said and trouble.__cause__ is None
    assert all(any("一" <= c <= "鿿" for c in zh) for zh in (trouble.zh, trouble.remedy_zh))
    return trouble


def test_what_is_kept_in_any_place_is_given_out_counted_listed_and_deleted(place: Place) -> None:
    files, content = Files(place), bytes(range(256)) * 9000
    for case_id in (CASE, f"{CASE}-2"):
        files.keep(case_id, HASH, {kind: io.BytesIO(content + kind.encode()) for kind in KINDS})
    files.keep(CASE, HASH, {"original": io.BytesIO(content)})
    assert files.measured(CASE, HASH) == measured(io.BytesIO(content))
    with files.open(CASE, HASH, "thumb") or io.BytesIO() as thumb:
        assert thumb.read() == content + b"thumb"
    assert files.open(CASE, f"sha256:{'b' * 64}") is None
    assert files.sizes([(CASE, HASH), (CASE, "sha256:none")]) == [len(content), None]
    assert sorted(key for key, _ in files.listed()) == sorted(
        key_of(case_id, HASH, kind) for case_id in (CASE, f"{CASE}-2") for kind in KINDS
    )
    files.delete(CASE, f"sha256:{'b' * 64}")
    files.delete_case(CASE)
    files.delete_case(CASE)
    assert len(list(files.listed())) == 3 and files.open(CASE, HASH) is None
    files.delete(f"{CASE}-2", HASH)
    assert list(files.listed()) == []
    place.prove(writes=True)
    assert list(place.listed()) == []


def test_a_bucket_has_what_the_folder_would_have_under_the_same_keys(
    services: Services, kept: AttachedFile, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    assert object_store.keys(in_bucket) == sorted(key_of(CASE, kept.sha256, kind) for kind in KINDS)
    assert services.files.measured(CASE, kept.sha256) == (kept.sha256, kept.size)
    assert taken(services) == kept, "sent again it is the same"


TROUBLES = {
    "away": lambda store, folder: (store.way.turn("shut"), store.place(folder))[1],
    "refused": lambda store, folder: (store.knows_its_own(only=True), store.place(folder))[1],
    "no_bucket": lambda store, folder: store.place(folder, bucket="no-such-bucket"),
    "open_credentials": lambda store, folder: with_key(store.place(folder), 0o640),
    "no_credentials": lambda store, folder: with_key(store.place(folder), 0o600, "[other]\n"),
}


def with_key(place: EvidencePlace, mode: int, content: str | None = None) -> EvidencePlace:
    assert place.credentials
    if content is not None:
        place.credentials.write_text(content)
    place.credentials.chmod(mode)
    return place


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_is_wrong_with_the_store_is_told_by_its_remedy_and_no_half_of_a_file_stays(
    trouble: str, services: Services, object_store: ObjectStore, tmp_path: Path
) -> None:
    place = TROUBLES[trouble](object_store, tmp_path)
    services.endpoints = services.endpoints.model_copy(update={"evidence": place})
    assert why(bucket(place).prove, writes=True).why == trouble
    assert why(bucket(place).prove, writes=False).why == trouble
    assert why(taken, services).why == trouble
    assert attachments(services.engine, CASE) == ()
    assert why(bucket(place).open, MARK).why == trouble
    assert why(bucket(place).put, MARK, io.BytesIO(b"x")).why == trouble
    assert why(bucket(place).delete, [MARK]).why == trouble


def test_a_store_that_says_nothing_is_waited_for_once_and_not_for_each_file(
    services: Services, kept: AttachedFile, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_bucket, "_LONGEST", timedelta(seconds=0.3))
    monkeypatch.setattr(of_bucket, "_QUICK", timedelta(seconds=0.3))
    services.files.place = fresh(services)
    object_store.way.turn("silent")
    began = time.monotonic()
    assert why(services.files.open, CASE, kept.sha256).why == "away"
    assert time.monotonic() - began < 10
    asked = object_store.way.asked
    assert asked <= 3, "tried a few times, and no more"
    for _ in range(20):
        assert why(services.files.open, CASE, kept.sha256).why == "away"
    assert object_store.way.asked == asked
    assert why(services.files.place.prove, writes=False).why == "away", "whoever looks after it asks anew"
    object_store.way.turn("open")
    monkeypatch.setattr(of_bucket, "_AWAY_FOR", 0.0)
    assert services.files.measured(CASE, kept.sha256) == (kept.sha256, kept.size)


def test_what_breaks_off_in_the_middle_is_neither_kept_nor_given_out(
    services: Services, kept: AttachedFile, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_bucket, "_AWAY_FOR", 0.0)
    object_store.way.turn("open", left=4000)
    assert why(taken, services, "blue").why == "away"
    assert why(services.files.open, CASE, kept.sha256).why == "away"
    object_store.way.turn("open")
    assert [one.name for one in attachments(services.engine, CASE)] == [kept.name]
    assert taken(services, "blue").name == "blue.jpg", "sent again it is taken in"


def test_the_environment_of_whoever_calls_leads_to_no_other_store(
    services: Services, kept: AttachedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    assert fresh(services).sizes([key_of(CASE, kept.sha256)]) == [kept.size]


def test_a_copy_changes_nothing_of_the_files_that_it_shows_nor_does_another_installation(
    services: Services, kept: AttachedFile, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    before, files = object_store.keys(in_bucket), services.files
    become_copy(services.owner, "backup")
    services.engine.dispose()  # connections of before write still
    assert files.measured(CASE, kept.sha256) == (kept.sha256, kept.size)
    other = {"original": io.BytesIO(b"other")}
    for change in (
        lambda: files.keep(CASE, kept.sha256, other),  # pyright: ignore[reportArgumentType]
        lambda: files.delete(CASE, kept.sha256),
        lambda: files.delete_case(CASE),
    ):
        with pytest.raises(IsCopy):
            change()
    assert become_live(services.owner, "office:Qian@650200", "drill")
    services.engine.dispose()
    now = installation(services.engine)
    fresh(services).claim(now.installation_id, now.at)
    former = Files(fresh(services), lambda: fresh(services).claim(now.installation_id, now.at - timedelta(days=1)))
    stranger = Files(fresh(services), lambda: fresh(services).claim("another", datetime.now(UTC)))
    for one in (former, stranger):
        assert why(one.delete_case, CASE).why == "of_another"
        assert why(one.delete, CASE, kept.sha256).why == "of_another"
        assert why(one.keep, CASE, kept.sha256, other).why == "of_another"
    assert object_store.keys(in_bucket) == before
    assert files.measured(CASE, kept.sha256) == (kept.sha256, kept.size)


@pytest.fixture
def named(services: Services, kept: AttachedFile, campaign: Campaign) -> AttachedFile:
    """The photo, named by a step; beside it one that none names."""
    taken(services, "blue")
    attach = command("attach", files=[kept.model_dump()])
    write(services.engine, campaign.plan, on_paper(campaign, CASE, [("05-10", attach)]))
    return kept


def test_a_verification_tells_what_the_bucket_lacks_and_says_nothing_is_missing_while_it_is_away(
    services: Services, named: AttachedFile, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    engine, key = services.engine, key_of(CASE, named.sha256)
    assert check_files(engine, services.files, every_byte=True) == []
    object_store.spoil(in_bucket, key, b"x" * named.size)
    assert check_files(engine, services.files, every_byte=False) == []
    assert [d.code for d in check_files(engine, services.files, every_byte=True)] == ["file_changed"]
    object_store.spoil(in_bucket, key, None)
    assert [d.code for d in check_files(engine, services.files, every_byte=False)] == ["file_missing"]
    object_store.way.turn("shut")
    [away] = check_files(engine, services.files, every_byte=False)
    assert away.code == "files_away" and "{" not in away.what + away.zh


def test_what_no_step_names_goes_from_the_bucket_in_its_time(
    services: Services, named: AttachedFile, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    later, by = datetime.now(UTC) + timedelta(days=31), AuditActor(account="schedule")
    with services.owner.begin() as owner:
        owner.execute(text("ALTER TABLE attachments DISABLE TRIGGER USER"))
        owner.execute(text("UPDATE attachments SET at = at - interval '31 days'"))
    gone = delete_expired(services.engine, {"unnamed_files": 30}, later, by, services.files)
    assert gone == {"unnamed_files": 1}
    assert object_store.keys(in_bucket) == sorted(key_of(CASE, named.sha256, kind) for kind in KINDS)


def test_files_are_brought_from_folder_to_bucket_and_back_each_once_and_proven(
    engine: Engine, services: Services, object_store: ObjectStore, tmp_path: Path
) -> None:
    folder = files_in(tmp_path / "home", None)
    services.files.place = folder
    files = [taken(services, mark) for mark in ("red", "green", "blue")]
    place = object_store.place(tmp_path)
    object_store.way.turn("open", left=60_000)  # it breaks off after some
    why(move_files, engine, folder, bucket(place), remove=False)
    object_store.way.turn("open")
    before = len(object_store.keys(place))
    assert 0 < before < 9
    moved = move_files(engine, folder, bucket(place), remove=False)
    assert (moved.brought, moved.there, moved.removed, moved.wrong) == (9 - before, before, 0, ())
    assert move_files(engine, folder, bucket(place), remove=False).there == 9
    object_store.spoil(place, key_of(CASE, files[0].sha256), b"x" * files[0].size)
    emptied = move_files(engine, folder, bucket(place), remove=True)
    assert (emptied.removed, [d.code for d in emptied.wrong]) == (8, ["file_changed"]), "what is not proven stays"
    assert [key for key, _ in folder.listed()] == [key_of(CASE, files[0].sha256)]
    back = move_files(engine, bucket(place), files_in(tmp_path / "new", None), remove=True)
    assert (back.brought, [d.code for d in back.wrong]) == (8, ["file_changed"])
    assert object_store.keys(place) == [key_of(CASE, files[0].sha256)]
    object_store.spoil(place, key_of(CASE, files[0].sha256), None)
    nothing = move_files(engine, bucket(place), Folder(tmp_path / "third"), remove=False)
    assert [d.code for d in nothing.wrong] == ["file_missing"] * 9
