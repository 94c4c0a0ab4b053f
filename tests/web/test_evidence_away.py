"""Evidence on the pages with a bucket behind them: as from a folder; while it is away all but the photos goes on."""

import asyncio
import html
import time

import httpx
import pytest

from embedded.evidence_place import EvidencePlace
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store import bucket as of_bucket
from store.attachments import attachments
from store.files import KINDS, key_of
from tests.cast import ELSEWHERE
from tests.durable.office import CaseFile, Office
from tests.people import session
from tests.pictures import jpeg
from tests.s3 import ObjectStore
from tests.web.conftest import Reading
from tests.web.test_acting import INSPECTOR, Desk
from tests.web.test_evidence import addresses, case, desk, kinds, photo, sent
from tests.web.test_pages import sound

__all__ = ["case", "desk"]  # fixtures
WALL = jpeg(mark="red")
SAID = {
    "zh": "照片和材料暂时无法保存，未登记任何内容",
    "en": "photos and papers cannot be kept now; nothing was recorded",
}
REGISTERED = {"assignments.0.responsible": "周七"}


@pytest.fixture
def services(services: Services, in_bucket: EvidencePlace) -> Services:
    """An installation whose evidence is kept in a bucket."""
    return services


async def test_a_photo_goes_through_the_form_into_the_bucket_and_comes_back_the_same(
    desk: Desk, case: CaseFile, site: str, office: Office, in_bucket: EvidencePlace, object_store: ObjectStore
) -> None:
    told = await sent(desk, "register", REGISTERED, photo(WALL))
    assert told.status_code == 303, told.text
    [file] = attachments(office.services.engine, case.case_id)
    assert object_store.keys(in_bucket) == sorted(key_of(case.case_id, file.sha256, kind) for kind in KINDS)
    [thumb] = addresses((await desk.client.get(desk.case)).text, "thumb")
    picture, original = await desk.client.get(thumb), await desk.client.get(thumb.removesuffix("?size=thumb"))
    assert picture.headers["content-type"] == "image/jpeg" and b"Telephone" not in picture.content
    assert original.content == WALL and original.headers["content-length"] == str(len(WALL))
    stranger = session(office.services, f"inspector:何八@{ELSEWHERE}")
    accept = {"Accept": "application/json"}
    async with httpx.AsyncClient(base_url=site, cookies={SESSION_COOKIE: stranger}, headers=accept) as other:
        foreign = [await other.get(at) for at in (thumb, thumb.replace(file.sha256, f"sha256:{'0' * 64}"))]
    assert [(one.status_code, one.json()["code"]) for one in foreign] == [(404, "unknown_case")] * 2
    assert foreign[0].json() == foreign[1].json()
    object_store.spoil(in_bucket, key_of(case.case_id, file.sha256), b"x" * len(WALL))
    changed = await desk.client.get(thumb.removesuffix("?size=thumb"))
    assert changed.status_code == 503 and b"xxxx" not in changed.content


async def test_while_the_store_is_away_the_form_says_so_keeps_what_was_written_and_records_nothing(
    desk: Desk, case: CaseFile, office: Office, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_bucket, "_AWAY_FOR", 0.0)
    before = await kinds(case)
    object_store.way.turn("shut")
    for lang, said in SAID.items():
        desk.client.headers["Accept-Language"] = lang
        told = await sent(desk, "register", REGISTERED, photo(WALL), photo(jpeg(mark="green")))
        assert told.status_code == 503 and said in html.unescape(told.text), told.text
        assert "周七" in told.text and "Traceback" not in told.text and "S3" not in told.text
    assert await kinds(case) == before and attachments(office.services.engine, case.case_id) == ()
    assert (await sent(desk, "add_note", {"text": "没有照片"})).status_code == 303, "without photos work goes on"
    object_store.way.turn("open")
    assert (await sent(desk, "register", REGISTERED, photo(WALL))).status_code == 303


async def test_a_slow_store_keeps_nobody_from_the_pages(
    desk: Desk, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(desk, "register", REGISTERED, photo(WALL))
    [thumb] = addresses((await desk.client.get(desk.case)).text, "thumb")
    monkeypatch.setattr(of_bucket, "_AWAY_FOR", 0.0)
    object_store.way.turn("silent")
    waiting = [asyncio.create_task(desk.client.get(thumb)) for _ in range(12)]
    await asyncio.wait(waiting, timeout=0.5)
    began = time.monotonic()
    page = await desk.client.get(desk.case)
    assert page.status_code == 200 and time.monotonic() - began < 3, "more wait for the store than threads there are"
    assert not any(task.done() for task in waiting)
    object_store.way.turn("shut")
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {503}


async def test_a_form_with_photos_that_cannot_be_kept_is_read_by_everybody(
    desk: Desk, object_store: ObjectStore, reading: Reading
) -> None:
    object_store.way.turn("shut")
    for width, lang in (("desktop", "zh"), ("phone", "en")):
        reader = await reading(width, who=INSPECTOR)
        await reader.page.goto(f"{desk.client.base_url}{desk.case}/do/register?lang={lang}")
        file = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": WALL}
        await reader.page.set_input_files("input[type=file]", [file])  # pyright: ignore[reportArgumentType]
        await reader.page.fill("[name='assignments.0.responsible']", "周七")
        await reader.page.click(".act .btn-main")
        await reader.page.wait_for_selector(".refused[role=alert]")
        await sound(reader.page)
        reader.complaints.clear()  # the browser says aloud that it was a 503
