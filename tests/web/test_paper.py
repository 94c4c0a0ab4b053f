"""What an official prints: A4 sheets that hold everything, say whose they are and as of when; nothing to click."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from store.campaigns import Campaign
from tests.web.conftest import Reading
from tests.web.test_pages import CASE, PAGES

WIDTH = {"width": 688, "height": 1000}
"""CSS pixels that A4 leaves between its margins."""
A4 = (595, 842)
TO_CLICK = ".skip, .filters, .top nav, .language, .crumbs, .pager .btn, .active-filters a, .off-paper"
WHOLE = "tr, .must, .timeline li, .deadlines li, .tiles, .turn"
"""What is never broken over two pages."""
FACTS = """([clickable, whole]) => ({
    clickable: [...document.querySelectorAll(clickable)].filter(e => e.checkVisibility()).map(e => e.className),
    broken: [...document.querySelectorAll(whole)].filter(e => getComputedStyle(e).breakInside !== 'avoid').length,
    folded: [...document.querySelectorAll('details li, .on-paper')]
        .filter(e => !e.closest('.off-paper') && !e.getBoundingClientRect().height).length,
    sticky: [...document.querySelectorAll('body *')]
        .filter(e => ['sticky', 'fixed'].includes(getComputedStyle(e).position)).length,
    heads: [...document.querySelectorAll('thead')]
        .filter(e => getComputedStyle(e).display !== 'table-header-group').length,
    cut: [...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflowX !== 'visible'
        && e.scrollWidth > e.clientWidth).map(e => e.className),
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    dark: [...document.querySelectorAll('body, .top, .demo-clock, .badge, .source b, .chip, .urgency')]
        .filter(e => !['rgba(0, 0, 0, 0)', 'rgb(255, 255, 255)'].includes(getComputedStyle(e).backgroundColor))
        .map(e => e.className),
    links: [...document.querySelectorAll('main a')].filter(e => e.checkVisibility()).filter(e => {
        const own = getComputedStyle(e), around = getComputedStyle(e.parentElement);
        return own.textDecorationLine !== 'none' || own.color !== around.color;
    }).map(e => e.outerHTML.slice(0, 100)),
})"""
NOTHING = {
    "clickable": [],
    "broken": 0,
    "folded": 0,
    "sticky": 0,
    "heads": 0,
    "cut": [],
    "wider": 0,
    "dark": [],
    "links": [],
}


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_paper_holds_everything_and_nothing_to_click(
    town: Campaign, site: str, reading: Reading, lang: str
) -> None:
    page = (await reading()).page
    await page.set_viewport_size(WIDTH)  # pyright: ignore[reportArgumentType]
    await page.emulate_media(media="print")
    for path in PAGES:
        await page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
        assert await page.evaluate(FACTS, [TO_CLICK, WHOLE]) == NOTHING, path


Printing = Callable[[str], Awaitable[list[str]]]


@pytest.fixture
async def printed(town: Campaign, site: str, reading: Reading) -> Printing:
    """Prints a page; the text of each sheet, without its white space."""
    page = (await reading()).page

    async def sheets(path: str) -> list[str]:
        await page.goto(site + path)
        paper: Any = PdfDocument(await page.pdf(prefer_css_page_size=True))
        found: list[str] = []
        for sheet in paper:
            assert tuple(round(side) for side in sheet.get_size()) == A4
            text = sheet.get_textpage()
            found.append("".join(text.get_text_range().split()))
            text.close()
            sheet.close()
        paper.close()
        return found

    return sheets


async def test_a_case_file_is_printed_to_its_first_step(printed: Printing) -> None:
    sheets = await printed(f"{CASE}?lang=zh")
    assert len(sheets) > 1
    for number, sheet in enumerate(sheets, start=1):
        assert f"{number}/{len(sheets)}" in sheet
        assert CASE.removeprefix("/cases/") in sheet and "截至2027-08-1509:00（北京时间）" in sheet
    whole = "".join(sheets)
    for text in ("关闭取缔", "上限处罚", "停产整顿", "待办事项", "基本情况", "是否依法取得相关行政许可"):
        assert text in whole, text
    assert whole.count("期限届满") == 3
    assert "独山子区锅炉房157号（演示）纳入排查" in sheets[-1], "the oldest entry of the timeline stands last"


async def test_a_printed_list_names_its_filters_and_says_that_it_goes_on(printed: Printing) -> None:
    sheets = await printed("/cases?lang=zh")
    assert len(sheets) > 1 and all("状态承办人辖区行业领域纳入排查" in sheet for sheet in sheets), (
        "the head of the table"
    )
    assert "列表未完" in sheets[-1] and "已筛选" not in sheets[0]
    sheets = await printed("/cases?lang=en&district=650203&overdue=true")
    assert "FilteredbyDistrict:KaramayOverdue:overdue" in sheets[0] and "goeson" not in sheets[-1]


async def test_a_printed_board_names_its_filters(printed: Printing) -> None:
    (sheet,) = await printed("/?lang=zh&district=650203&kind=duty&role=inspector")
    for text in ("已筛选", "辖区：克拉玛依区", "类别：部门履职", "责任方：检查员", "各区在办案件"):
        assert text in sheet, text
    assert "Filteredby" not in "".join(await printed("/?lang=en"))


async def test_a_printed_campaign_shows_what_the_page_folds_away(printed: Printing) -> None:
    whole = "".join(await printed("/campaigns/karamay-2013-2027?lang=en"))
    assert "Whodecidesthefinesupervisor" in whole and "Showall" not in whole and "tothelist" not in whole
