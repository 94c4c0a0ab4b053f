"""The ledger centre as a person meets it: both languages, both widths, with scripts and without, live progress."""

from base64 import b64encode
from pathlib import Path

import pytest
from playwright.async_api import Page, TimeoutError, expect

from engine.connection import Services
from store.campaigns import Campaign
from store.jobs import create_job
from tests.cli.run import CHINESE
from tests.web.conftest import AtLedgers, Reading
from tests.web.ledger_desk import HEADER, INSPECTOR, SUPERVISOR, row, workbook
from tests.web.test_pages import OWN_TEXT, follow, sound

RICH = workbook(
    [*row("甲厂", "触电"), "无", "关闭"],
    [*row("乙厂", "触电", grade="较大"), "无", ""],
    [*row("丙厂", "", district="独山子区"), "无", ""],
    [*row("丁厂"), "无", ""],
    header=[*HEADER, "毛病", "隐患状态"],
)


async def told_in(page: Page, lang: str) -> None:
    """It is sound, and in its language, but for what stands in the file and the plan."""
    await sound(page)
    words = await page.evaluate(OWN_TEXT)
    if lang == "en":
        own = [w for w in words if w != "中文" and "厂" not in w]
        assert [w for w in own if CHINESE.search(w) and not w.startswith(("台账", "毛病", "触电", "较大"))] == []
    else:
        own = [w for w in words if w not in ("English", "Excel")]
        assert [w for w in own if not CHINESE.search(w) and any(c.isalpha() for c in w)] == []


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_of_the_centre(
    site: str, reading: Reading, at_ledgers: AtLedgers, working: None, width: str, lang: str, tmp_path: Path
) -> None:
    page = (await reading(width, who=INSPECTOR)).page
    await page.goto(f"{site}/ledgers?lang={lang}")
    await told_in(page, lang)
    assert await page.locator("nav a[aria-current]").inner_text() in ("台账", "Ledgers")
    await follow(page, "a[href^='/ledgers/new']")
    await told_in(page, lang)
    file = tmp_path / "台账.xlsx"
    file.write_bytes(RICH)
    await page.set_input_files("#file", file)
    await page.click(".act .btn-main")
    await page.wait_for_url("**/ledgers/checks/*")
    await told_in(page, lang)
    assert await page.locator(".choices select").count() >= 4
    await page.select_option("select:has(option[value='=H09']) >> nth=0", "=H09")
    await page.check("[name=skip_errors]")
    async with page.expect_navigation():
        await page.click(".decide .btn-main")
    await told_in(page, lang)
    await page.click(".summary .btn-main")
    await page.wait_for_url("**/ledgers/jobs/*")
    await expect(page.locator(".job-done")).to_have_count(1, timeout=60_000)
    await told_in(page, lang)
    job = page.url
    supervisor = (await reading(width, who=SUPERVISOR)).page
    await supervisor.goto(f"{job}?lang={lang}")
    await follow(supervisor, "a[href$='/undo']")
    await told_in(supervisor, lang)
    await supervisor.fill("[name=reason]", "x")
    await supervisor.click(".act .btn-main")
    await expect(supervisor.locator(".job-done")).to_have_count(2, timeout=60_000)
    await told_in(supervisor, lang)
    await page.goto(f"{site}/ledgers")
    await told_in(page, lang)


async def test_progress_is_live_and_ends_by_itself(
    site: str, reading: Reading, services: Services, trial: Campaign
) -> None:
    create_job(services.engine, "job-a", "import", trial.campaign_id, INSPECTOR, {"file": "台账.xlsx"}, [])
    page = (await reading(who=INSPECTOR)).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/ledgers/jobs/" in request.url else None)
    await page.goto(f"{site}/ledgers/jobs/job-a?lang=en")
    await page.evaluate("window.here = true")
    await expect(page.locator(".job-running")).to_have_count(1)
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET state = 'done'")
    await expect(page.locator(".job-done")).to_have_count(1)
    assert await page.evaluate("window.here"), "nothing was loaded anew"
    assert not await page.get_attribute("#progress", "hx-trigger")
    before = len(asked)
    with pytest.raises(TimeoutError):  # more than two turns
        async with page.expect_request("**/ledgers/jobs/*", timeout=4_500):
            pass
    assert len(asked) == before >= 2


async def test_a_file_is_dropped_and_one_that_is_too_large_is_told_before(
    site: str, reading: Reading, at_ledgers: AtLedgers
) -> None:
    page = (await reading(who=INSPECTOR)).page
    await page.goto(f"{site}/ledgers/new?lang=en")
    await expect(page.locator(".can-drop")).to_be_visible()
    drop = """([content, name]) => {
        const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0)), data = new DataTransfer();
        data.items.add(new File([bytes], name));
        for (const kind of ["dragover", "drop"])
            document.querySelector(".drop").dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true }));
    }"""
    await page.evaluate("document.querySelector('.drop').dataset.largest = 10")
    await page.evaluate(drop, [b64encode(RICH).decode(), "台账.xlsx"])
    await expect(page.locator("#file-wrong")).to_be_visible()
    await page.click(".act .btn-main")
    assert page.url.startswith(f"{site}/ledgers/new"), "the browser does not send it"
    await page.evaluate("document.querySelector('.drop').dataset.largest = 50000000")
    await page.evaluate(drop, [b64encode(RICH).decode(), "台账.xlsx"])
    await expect(page.locator("#file-wrong")).to_be_hidden()
    await page.click(".act .btn-main")
    await page.wait_for_url("**/ledgers/checks/*")
    assert "台账.xlsx" in await page.inner_text(".head")


async def test_the_whole_way_by_keyboard_without_scripts(
    site: str, reading: Reading, at_ledgers: AtLedgers, tmp_path: Path
) -> None:
    page = (await reading("phone", scripts=False, who=INSPECTOR)).page
    await page.goto(f"{site}/ledgers/new?lang=en")
    file = tmp_path / "台账.csv"
    file.write_text(
        "企业名称,所属区,存在的问题,隐患类别,检查日期\n甲厂,克拉玛依区,未演练,触电,2001-01-01\n", encoding="utf-8"
    )
    await page.set_input_files("#file", file)
    await page.focus(".act .btn-main")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/ledgers/checks/*")
    await page.focus(".choices select")
    await page.keyboard.type("H09")
    await page.focus(".decide .btn-main")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.input_value(".choices select >> nth=0") == "=H09"
