"""Evidence on the pages: sent with a form, kept while it is mended, shown to whoever decides, closed to others."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from models.files import LARGEST_FILE
from serving.cookies import SESSION_COOKIE
from store.attachments import attachments
from tests.cast import ELSEWHERE
from tests.durable.office import CaseFile, Office, finding
from tests.people import session
from tests.pictures import jpeg
from tests.web.conftest import Reading
from tests.web.test_acting import GOVERNMENT, INSPECTOR, Desk, moved_to
from tests.web.test_pages import sound

FORMS = "multipart/form-data"
WALL, MENDED = jpeg(mark="red"), jpeg(mark="green")


def photo(content: bytes, name: str = "现场 1.jpg") -> tuple[str, tuple[str, bytes, str]]:
    return "files", (name, content, "image/jpeg")


@pytest.fixture
async def case(office: Office) -> CaseFile:
    """An open case with one finding that waits to be registered."""
    moved_to(office, "06-03")
    opened = await office.open("06-03")
    await opened.record(finding("1", "V01"))
    return opened


@pytest.fixture
async def desk(site: str, office: Office, case: CaseFile) -> AsyncIterator[Desk]:
    """An inspector at work on it."""
    found = Desk(site, office, case, INSPECTOR)
    yield found
    await found.client.aclose()


async def sent(desk: Desk, do: str, fields: dict[str, Any], *files: Any, about: str = "") -> httpx.Response:
    hidden = await desk.form(do, about)
    asked = {"about": about} if about else {}
    return await desk.client.post(f"{desk.case}/do/{do}", params=asked, data={**hidden, **fields}, files=list(files))


async def kinds(case: CaseFile) -> list[str]:
    return [event.kind for line in await case.log() for event in line.events]


def addresses(page: str, size: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'(?:src|href)="([^"]+/files/[^"]+size={size})"', page)]


async def test_photos_come_with_a_form_and_stand_on_the_page_of_the_case(desk: Desk, case: CaseFile) -> None:
    page = (await desk.client.get(f"{desk.case}/do/register")).text
    assert f'enctype="{FORMS}"' in page and 'type="file" name="files" multiple accept="image/jpeg,' in page
    told = await sent(
        desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL), photo(b"%PDF-1.7", "单据.pdf")
    )
    assert told.status_code == 303, told.text
    assert {"finding_registered", "files_attached"} <= set(await kinds(case))
    shown = (await desk.client.get(desk.case)).text
    assert "When found" in shown and "现场 1.jpg" in shown and "单据.pdf" in shown and "张三" in shown
    [thumb] = addresses(shown, "thumb")
    picture = await desk.client.get(thumb)
    assert picture.status_code == 200 and picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["content-disposition"].startswith("inline") and b"Telephone" not in picture.content
    original = await desk.client.get(thumb.removesuffix("?size=thumb"))
    assert original.content == WALL
    for given in (picture, original):
        assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["cache-control"] == "private, no-cache", "asked for again by whoever sits there next"
    assert original.headers["content-disposition"] == "attachment; filename*=utf-8''%E7%8E%B0%E5%9C%BA%201.jpg"
    again = await desk.client.get(thumb, headers={"If-None-Match": picture.headers["etag"]})
    assert again.status_code == 304 and not again.content


async def test_a_refused_form_keeps_its_files_and_nothing_is_chosen_twice(desk: Desk, case: CaseFile) -> None:
    fields = {"assignments.0.responsible": "周七", "assignments.0.due": "1999-01-01"}
    told = await sent(desk, "register", fields, photo(WALL))
    assert told.status_code == 409, told.text
    assert 'id="wrong-assignments.0.due"' in told.text, "told where the date stands"
    [kept] = re.findall(r'name="kept" value="(sha256:[0-9a-f]{64})" checked', told.text)
    assert "现场 1.jpg" in told.text and addresses(told.text, "thumb")
    assert "files_attached" not in await kinds(case)
    mended = await sent(desk, "register", {"assignments.0.responsible": "周七", "kept": kept})
    assert mended.status_code == 303, mended.text
    assert (await kinds(case)).count("files_attached") == 1


async def test_one_bad_file_is_told_and_the_others_stay(desk: Desk, case: CaseFile) -> None:
    bad = [photo(b"no picture", "假.jpg"), photo(b"no paper", "notes.txt")]
    told = await sent(desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL), *bad)
    assert told.status_code == 415 and "假.jpg" in told.text and "PDF" in told.text
    assert "not taken either: notes.txt" in told.text, "each of them"
    assert len(re.findall(r'name="kept"', told.text)) == 1 and "周七" in told.text
    assert "finding_registered" not in await kinds(case), "nothing half-applied"


async def test_one_file_too_many_brings_the_form_back_with_the_others(desk: Desk, case: CaseFile) -> None:
    papers = [photo(f"%PDF-1.7 {n}".encode(), f"{n}.pdf") for n in range(21)]
    told = await sent(desk, "attach", {"note": "两次检查"}, *papers)
    assert told.status_code == 422 and "两次检查" in told.text
    assert 'id="wrong-files"' in told.text and "the first 20 are kept here" in told.text
    kept = re.findall(r'name="kept" value="(sha256:[0-9a-f]{64})" checked', told.text)
    assert len(kept) == 20
    assert (await sent(desk, "attach", {"kept": kept})).status_code == 303


async def test_photos_alone_prove_a_rectification_and_stand_beside_those_from_before(
    desk: Desk, case: CaseFile
) -> None:
    assert (await sent(desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL))).status_code == 303
    nothing = await sent(desk, "declare_rectified", {"refs": "1"})
    assert nothing.status_code == 422
    told = await sent(desk, "declare_rectified", {"refs": "1"}, photo(MENDED, "整改后.jpg"))
    assert told.status_code == 303, told.text
    [declared] = [e for line in await case.log() for e in line.events if e.kind == "rectification_declared"]
    assert declared.evidence == ("整改后.jpg",)
    shown = (await desk.client.get(desk.case)).text
    assert (
        shown.index("When found")
        < shown.index("现场 1.jpg")
        < shown.index("Later: declared")
        < shown.index("整改后.jpg", shown.index("Later: declared"))
    )


async def test_whoever_decides_sees_the_photos_of_the_grounds(
    site: str, office: Office, desk: Desk, case: CaseFile
) -> None:
    assert (await sent(desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL))).status_code == 303
    assert (
        await sent(desk, "propose_measure", {}, photo(jpeg(mark="blue"), "提请时.jpg"), about="close")
    ).status_code == 303
    shown = (await desk.client.get(desk.case)).text
    assert shown.index("现场 1.jpg") < shown.index("Later: declared") < shown.index("提请时.jpg"), (
        "not when it was found"
    )
    government = Desk(site, office, case, GOVERNMENT)
    page = await government.client.get(f"{desk.case}/do/approve_measure", params={"about": "close"})
    assert page.status_code == 200 and len(addresses(page.text, "thumb")) == 2 and "现场 1.jpg" in page.text
    stale = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    assert (await sent(desk, "attach", {"refs": "1"}, photo(MENDED, "又一张.jpg"))).status_code == 303
    late = await government.send("approve_measure", stale, "close")
    assert late.status_code == 409 and "又一张.jpg" in late.text, "what came since is shown before it is signed"
    again = await government.form("approve_measure", "close")
    assert (await government.send("approve_measure", again, "close")).status_code == 303
    await government.client.aclose()


async def test_nobody_else_reads_a_file_nor_learns_that_it_is_there(
    site: str, office: Office, desk: Desk, case: CaseFile
) -> None:
    assert (await sent(desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL))).status_code == 303
    [file] = attachments(office.services.engine, case.case_id)
    address = f"{desk.case}/files/{file.sha256}"
    stranger = session(office.services, f"inspector:何八@{ELSEWHERE}")
    accept = {"Accept": "application/json"}
    async with httpx.AsyncClient(base_url=site, cookies={SESSION_COOKIE: stranger}, headers=accept) as foreign:
        told = [await foreign.get(at) for at in (address, f"{desk.case}/files/none", f"{desk.case}-none/files/none")]
    own = await desk.client.get(f"{desk.case}/files/none", headers=accept)
    for one in (*told, own):
        assert (one.status_code, one.json()["code"]) == (404, "unknown_case")
    async with httpx.AsyncClient(base_url=site, headers=accept) as nobody:
        assert (await nobody.get(address)).status_code == 401


async def test_another_page_sends_no_files_and_none_is_too_large(desk: Desk, case: CaseFile) -> None:
    hidden = await desk.form("attach")
    at = f"{desk.case}/do/attach"
    foreign = await desk.client.post(at, data=hidden, files=[photo(WALL)], headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    large = await desk.client.post(at, data=hidden, files=[photo(b"x" * (LARGEST_FILE + 1))])
    assert large.status_code == 413 and "20 MB" in large.text
    many = await desk.client.post(at, data=hidden, files=[photo(b"x")] * 201)
    assert many.status_code == 422
    bare = await desk.client.post(at, data=hidden)
    assert bare.status_code == 422
    assert await case.steps() == ["open", "record_findings"]
    assert attachments(case.office.services.engine, case.case_id) == ()


@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_photos_are_seen_and_sent_by_a_browser(
    site: str, reading: Reading, desk: Desk, case: CaseFile, width: str
) -> None:
    assert (await sent(desk, "register", {"assignments.0.responsible": "周七"}, photo(WALL))).status_code == 303
    page = (await reading(width, who=INSPECTOR)).page
    await page.goto(f"{site}{desk.case}/do/declare_rectified")
    await sound(page)
    await page.set_input_files("input[type=file]", [{"name": "整改后.jpg", "mimeType": "image/jpeg", "buffer": MENDED}])
    await page.check("input[name=refs]")
    await page.click(".act .btn-main")
    await page.wait_for_url(f"{site}{desk.case}?done=declare_rectified*")
    await sound(page)
    shown = "Promise.all([...document.querySelectorAll('.photo img')].map(i => i.decode().then(() => i.naturalWidth)))"
    await page.evaluate("document.querySelectorAll('.photo img').forEach(i => i.loading = 'eager')")
    assert await page.evaluate(shown) == [320, 320]


def of_row(number: int, content: bytes, name: str) -> tuple[str, tuple[str, bytes, str]]:
    return f"findings.{number}.files", (name, content, "image/jpeg")


async def test_each_finding_of_a_form_has_its_own_photos_and_the_act_may_have_more(desk: Desk, case: CaseFile) -> None:
    row = {"category": "H01", "grade": "general", "description": "出口堵塞", "ref": "2"}
    fields = {f"findings.0.{name}": value for name, value in row.items()} | {"findings.1.ref": "3"}
    files = (of_row(0, WALL, "出口.jpg"), of_row(1, MENDED, "消火栓.jpg"), photo(jpeg(mark="blue"), "全景.jpg"))
    told = await sent(desk, "record_findings", fields, *files)
    assert told.status_code == 422 and 'id="wrong-findings.1.description"' in told.text, "a photo is of some finding"
    kept = re.findall(r'name="([^"]*kept)" value="(sha256:[0-9a-f]{64})" checked', told.text)
    assert [name for name, _ in kept] == ["findings.0.kept", "findings.1.kept", "kept"]
    assert "files_attached" not in await kinds(case)
    other = {f"findings.1.{name}": value for name, value in (row | {"ref": "3", "description": "消火栓损坏"}).items()}
    mended = await sent(desk, "record_findings", fields | other | dict(kept))
    assert mended.status_code == 303, mended.text
    known = {file.name: file.refs for file in (await case.case()).files}
    assert known == {"出口.jpg": ("2",), "消火栓.jpg": ("3",), "全景.jpg": ("2", "3")}


async def test_a_row_that_is_added_leaves_the_photos_of_the_others(desk: Desk) -> None:
    fields = {"findings.0.ref": "2", "findings.0.description": "出口堵塞", "more": "findings"}
    told = await sent(desk, "record_findings", fields, of_row(0, WALL, "出口.jpg"))
    assert told.status_code == 200 and 'name="findings.0.kept"' in told.text and 'name="findings.1.files"' in told.text
