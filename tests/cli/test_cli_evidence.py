"""Where photos and papers are kept, at the command line: what doctor says of it, and how they are brought elsewhere."""

import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli.doctor_evidence import evidence_checks
from cli.processes import environment
from desk.evidence import take_in
from embedded.account import account_of
from embedded.doctor import Check
from embedded.endpoints import Endpoints
from embedded.errors import StackError
from embedded.evidence_place import EvidencePlace
from embedded.progress import Voice
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_folder
from engine.connection import Services
from models.actors import parse_actor
from models.files import AttachedFile
from store.files import KINDS, key_of
from tests.cli.run import invoke
from tests.pictures import jpeg
from tests.s3 import SECRET, ObjectStore, bucket
from tests.store.test_places import TROUBLES
from workers.machines import join, pack

CASE = "case/trial/moved"
DO = {
    "away": "RECTIFY_EVIDENCE_ENDPOINT",
    "refused": "read, write and delete",
    "no_bucket": "make the bucket",
    "open_credentials": "chmod 600",
    "no_credentials": "RECTIFY_EVIDENCE_CREDENTIALS",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the account of pages and workers can enter."""
    with throwaway_folder() as found:
        yield found


@pytest.fixture
def place(object_store: ObjectStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> EvidencePlace:
    """A bucket, its key named by the settings."""
    found = given(object_store.place(folder))
    monkeypatch.setenv("RECTIFY_EVIDENCE_ENDPOINT", found.endpoint)
    monkeypatch.setenv("RECTIFY_EVIDENCE_CREDENTIALS", str(found.credentials))
    return found


def given(place: EvidencePlace) -> EvidencePlace:
    """The key is the account's that pages and workers run under, as doctor asks for."""
    with suppress(StackError):
        account = account_of(StackSettings())
        if account and place.credentials:
            os.chown(place.credentials, account.uid, account.gid)
    return place


@pytest.fixture
def found(here: None) -> Iterator[Services]:
    services = Services.here()
    yield services
    services.close()


@pytest.fixture
def photo(found: Services) -> AttachedFile:
    """One that was taken in for a case of the installation that runs."""
    who = parse_actor("inspector:王@650203")
    return take_in(found.engine, found.files, CASE, who, "x.jpg", io.BytesIO(jpeg()))  # pyright: ignore[reportArgumentType]


def test_files_are_moved_by_a_verb_that_says_what_it_did_and_removes_only_what_is_in_use_elsewhere(
    found: Services, photo: AttachedFile, place: EvidencePlace, object_store: ObjectStore
) -> None:
    keys = sorted(key_of(CASE, photo.sha256, kind) for kind in KINDS)
    told = invoke("evidence", "move", "folder", str(place), "--json")
    assert told.code == 0 and told.json["brought"] >= 3 and set(keys) <= set(object_store.keys(place))
    again = invoke("evidence", "move", "folder", str(place), "--lang", "en")
    assert again.code == 0 and "0 files were copied" in again.said
    early = invoke("evidence", "move", "folder", str(place), "--remove", "--json")
    assert (early.code, early.problem["code"]) == (1, "evidence_not_in_use")
    assert found.files.measured(CASE, photo.sha256)
    back = invoke("evidence", "move", str(place), "folder", "--remove", "--json")
    assert back.code == 0 and back.json["removed"] == len(keys) == 3 and object_store.keys(place) == []
    for wrong in (("folder", "folder"), ("folder", "ftp://x"), ("folder", "s3://abc/../y")):
        assert invoke("evidence", "move", *wrong, "--json").code == 2
    object_store.way.turn("shut")
    away = invoke("evidence", "move", "folder", str(place), "--json")
    assert (away.code, away.problem["code"]) == (3, "files_unavailable")
    line = invoke("audit", "list", "--kind", "exported", "--json").json["lines"][0]
    assert line["file"] == "folder" and line["facts"]["removed"] == 3


def settings_for(place: EvidencePlace, home: Path, **more: object) -> StackSettings:
    told = {"evidence": str(place), "evidence_endpoint": place.endpoint, "evidence_credentials": place.credentials}
    return StackSettings.model_validate({"home": home, **told, **more})


def the_one(settings: StackSettings) -> Check:
    [found, *_] = evidence_checks(settings)
    said = found.model_dump_json()
    assert SECRET not in said and "Traceback" not in said
    assert bool(found.remedy_en) is bool(found.remedy_zh) is not (found.ok and not found.warns)
    return found


@pytest.mark.parametrize("trouble", TROUBLES)
def test_doctor_says_what_is_wrong_with_the_store_and_what_to_do(
    trouble: str, object_store: ObjectStore, folder: Path
) -> None:
    settings = settings_for(given(TROUBLES[trouble](object_store, folder)), folder / "home")
    told = the_one(settings)
    assert not told.ok and told.name == "evidence"
    assert DO[trouble] in told.remedy_en


def test_doctor_writes_into_the_bucket_of_the_installation_alone_and_leaves_nothing(
    found: Services, place: EvidencePlace, object_store: ObjectStore, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    here = found.endpoints.model_copy(update={"home": home, "evidence": settings_for(place, home).evidence_place})
    (home / "endpoints.json").write_text(here.model_dump_json())
    assert SECRET not in here.model_dump_json()
    assert the_one(settings_for(place, home)).ok and object_store.keys(place) == []
    stale = the_one(StackSettings(home=home))
    assert stale.warns and "rectify down" in stale.remedy_en, "what runs was started with other settings"
    other = {"installation_id": "other", "live_since": "2026-01-01T00:00:00+00:00"}
    object_store.spoil(place, "installation.json", json.dumps(other).encode())
    assert "other" in the_one(settings_for(place, home)).sentence_en
    key = home / "files" / key_of(CASE, f"sha256:{'a' * 64}")
    key.parent.mkdir(parents=True)
    key.write_bytes(b"x")
    object_store.spoil(place, "installation.json", None)
    [well, left] = evidence_checks(settings_for(place, home))
    assert well.ok and left.warns and f"move folder {place}" in left.remedy_zh


def test_a_machine_that_joins_is_told_of_the_bucket_and_gets_its_key(
    found: Services, place: EvidencePlace, folder: Path
) -> None:
    found.endpoints = found.endpoints.model_copy(update={"evidence": place})
    elsewhere = {"database_url": "postgresql://x@db/rectify", "temporal_address": found.endpoints.temporal_address}
    packed = pack(found, StackSettings.model_validate({"home": found.home, **elsewhere}), ())
    settings = StackSettings(home=folder / "second")
    join(settings, packed, Voice(settings))
    there = Endpoints.model_validate_json((settings.home / "endpoints.json").read_text()).evidence
    assert there and there.credentials and there.credentials.is_relative_to(settings.home)
    assert (there.bucket, there.prefix, there.endpoint) == (place.bucket, place.prefix, place.endpoint)
    assert stat.S_IMODE(there.credentials.stat().st_mode) == 0o600 and SECRET in there.credentials.read_text()
    bucket(there).prove(writes=True)


def test_the_key_of_the_store_reaches_those_who_need_it_and_nobody_else(
    place: EvidencePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert not [name for name in environment(StackSettings(home=tmp_path)) if name.startswith("AWS_")]
    assert not [name for name in environment(settings_for(place, tmp_path)) if name.startswith("AWS_")]
    monkeypatch.delenv("RECTIFY_EVIDENCE_CREDENTIALS")
    without_file = settings_for(place, tmp_path, evidence_credentials=None)
    assert "AWS_SECRET_ACCESS_KEY" in environment(without_file) and "AWS_PROFILE" not in environment(without_file)


@pytest.mark.parametrize(
    "written", ["bucket", "s3://", "s3://Bucket", "s3://bucket/a b", "s3://bucket//x", "https://x"]
)
def test_what_names_no_bucket_is_refused_with_the_form(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECTIFY_EVIDENCE", written)
    told = invoke("doctor", "--json")
    assert told.code == 2 and "s3://bucket/prefix" in str(told.json)


def test_where_no_endpoint_is_named_it_is_the_regions_own_also_in_china(tmp_path: Path) -> None:
    def at(region: str) -> str:
        settings = StackSettings(home=tmp_path, evidence="s3://evidence/city", evidence_region=region)
        assert settings.evidence_place and settings.evidence_place.prefix == "city"
        return settings.evidence_place.endpoint

    assert at("eu-central-1") == "https://s3.eu-central-1.amazonaws.com"
    assert at("cn-north-1") == "https://s3.cn-north-1.amazonaws.com.cn"
