"""Files of a case over HTTP: taken in first, named by a command then, and by no other case's."""

from typing import Any

import pytest

from embedded.evidence_place import EvidencePlace
from serving.backing import Backing
from serving.evidence import not_kept
from serving.health import condition
from store.files_trouble import of_disk
from store.folder import Folder
from tests.api.conftest import Caller
from tests.api.test_refusals import problem
from tests.cast import ENTERPRISE, INSPECTOR
from tests.durable.office import Office, finding
from tests.pictures import jpeg
from tests.s3 import ObjectStore
from web.admin.health import parts

ELSEWHERE = "inspector:He@650202"


async def taken(caller: Any, case_id: str, content: bytes, name: str = "照片.jpg") -> Any:
    return await caller.post(f"/api/v1/cases/{case_id}/files", params={"name": name}, content=content)


async def test_a_file_is_taken_in_named_by_a_command_listed_and_given_out(calls: Caller, office: Office) -> None:
    case = await office.open("05-10")
    await case.record(finding("F1", "H01"))
    caller = calls(INSPECTOR)
    told = await taken(caller, case.case_id, jpeg())
    assert told.status_code == 201
    file = told.json()
    assert (file["name"], file["media"], file["size"]) == ("照片.jpg", "image/jpeg", len(jpeg()))
    body = {"do": "attach", "refs": ["F1"], "files": [file]}
    given = await caller.post(f"/api/v1/cases/{case.case_id}/commands", json=body)
    assert given.status_code == 200, given.text
    [held] = (await caller.get(f"/api/v1/cases/{case.case_id}")).json()["files"]
    assert (held["sha256"], held["refs"], held["do"]) == (file["sha256"], ["F1"], "attach")
    [listed] = (await caller.get(f"/api/v1/cases/{case.case_id}/files")).json()["files"]
    assert listed["sha256"] == file["sha256"] and (listed["width"], listed["height"]) == (640, 480)
    assert "exif" not in listed
    at = f"/api/v1/cases/{case.case_id}/files/{file['sha256']}"
    assert (await caller.get(at)).content == jpeg()
    thumb = await caller.get(at, params={"size": "thumb"})
    assert thumb.headers["content-type"] == "image/jpeg" and thumb.content != jpeg()
    problem(await calls(ELSEWHERE).get(at), 404, "unknown_case")


async def test_a_command_names_no_file_of_another_case_nor_one_that_is_told_otherwise(
    calls: Caller, office: Office
) -> None:
    case, other = await office.open("05-10"), await office.open("05-10")
    caller = calls(INSPECTOR)
    file = (await taken(caller, case.case_id, jpeg())).json()
    for at, named in (
        (other.case_id, file),
        (case.case_id, {**file, "sha256": f"sha256:{'0' * 64}"}),
        (case.case_id, {**file, "name": "x.jpg"}),
        (case.case_id, {**file, "size": 1}),
    ):
        told = await caller.post(f"/api/v1/cases/{at}/commands", json={"do": "attach", "files": [named]})
        problem(told, 409, "unknown_file")
    assert await case.steps() == await other.steps() == ["open"]
    subject = {"id": "s-9", "name": "某厂", "district": "650203"}
    problem(await caller.post("/api/v1/cases", json={"subject": subject, "files": [file]}), 409, "unknown_file")


async def test_a_file_is_refused_to_whoever_may_attach_none_and_where_it_is_none(calls: Caller, office: Office) -> None:
    case = await office.open("05-10")
    problem(await taken(calls("auditor:Gu@650200"), case.case_id, jpeg()), 403, "role_not_permitted")
    problem(await taken(calls(ELSEWHERE), case.case_id, jpeg()), 404, "unknown_case")
    problem(await taken(calls(ENTERPRISE), case.case_id, jpeg()), 403, "role_not_permitted")
    problem(await taken(calls(INSPECTOR), case.case_id, b"text"), 415, "file_kind")
    form = await calls(INSPECTOR).post(
        f"/api/v1/cases/{case.case_id}/files", params={"name": "x"}, files={"file": ("x.jpg", jpeg())}
    )
    problem(form, 415, "not_a_file")


@pytest.mark.parametrize("number", [28, 13])
def test_a_disk_that_takes_nothing_is_told_with_a_remedy(number: int) -> None:
    trouble = not_kept(of_disk(OSError(number, "x"), "files"))
    assert trouble.problem.status == 503 and trouble.problem.remedy_zh and trouble.problem.remedy_en
    assert ("满" in trouble.problem.zh) == (number == 28)


async def test_where_the_disk_takes_nothing_it_is_told_and_no_row_stays(
    calls: Caller, office: Office, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await office.open("05-10")
    (tmp_path / "files").write_text("in the way")
    monkeypatch.setattr(office.services.files, "place", Folder(tmp_path / "files"))
    problem(await taken(calls(INSPECTOR), case.case_id, jpeg()), 503, "files_unavailable")
    listed = await calls(INSPECTOR).get(f"/api/v1/cases/{case.case_id}/files")
    assert listed.json()["files"] == []


async def test_a_bucket_that_is_away_is_told_to_whoever_watches_and_commands_without_files_are_taken(
    calls: Caller, office: Office, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    case = await office.open("05-10")
    await case.record(finding("F1", "H01"))
    caller = calls(INSPECTOR)
    file = (await taken(caller, case.case_id, jpeg())).json()
    object_store.way.turn("shut")
    problem(await taken(caller, case.case_id, jpeg(mark="blue")), 503, "files_unavailable")
    problem(await caller.get(f"/api/v1/cases/{case.case_id}/files/{file['sha256']}"), 503, "files_unavailable")
    found = await condition(Backing(office.services))
    assert found.files and found.files.why == "away" and "files" not in found.by_name
    [line] = [part for part in parts(found) if part.state == "bad" and "RECTIFY_EVIDENCE_ENDPOINT" in str(part.remedy)]
    assert "127.0.0.1" not in str(line)
    body = {"do": "attach", "refs": ["F1"], "files": [file]}
    assert (await caller.post(f"/api/v1/cases/{case.case_id}/commands", json=body)).status_code == 200
    object_store.way.turn("open")
    assert (await condition(Backing(office.services))).files is None
