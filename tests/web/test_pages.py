"""The pages as a person meets them: in both languages, at both widths, with much, nothing, or trouble to show."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from engine.connection import Services
from store.campaigns import Campaign, move_clock
from tests.cli.run import CHINESE
from tests.durable.office import instant
from tests.web.conftest import Reading

CASE = "/cases/case/karamay-2013-2027/demo-157"
PAGES = [
    "/",
    "/?due=soon",
    "/work",
    "/work?list=supervised",
    "/cases",
    "/cases?columns=subject,musts,street,listed,source,closed&must=close",
    "/views",
    "/cases?district=650203&stage=escalation&overdue=true",
    CASE,
    "/inbox",
    "/inbox?mine=true",
    "/inbox?topic=measure&told_role=inspector&district=650203",
    "/ledgers",
    "/self-inspection",
    "/campaigns/karamay-2013-2027",
    "/campaigns/karamay-2013-2027/figures",
    "/campaigns/karamay-2013-2027/weeks",
    "/cases?stood=consolidation.2027-06-30",
    "/subjects",
    "/subjects/demo-157",
]
FORMS = [
    "/subjects/new",
    "/subjects/demo-157/do/change",
    "/campaigns/karamay-2013-2027/do/move_boundary",
    "/orders/new/remind?district=650203",
    "/campaigns/new",
]
OF_OTHERS = [
    ("admin:管理员@650200", "/people"),
    ("admin:管理员@650200", "/people/new"),
    *(("admin:管理员@650200", one) for one in ("/me/codes/off", "/prove/done")),
    ("government:区政府@650205", "/measures"),
    *(("admin:管理员@650200", f"/admin/{one}") for one in ("health", "schedules", "tokens", "tokens/new")),
    *(("auditor:审计@650200", f"/admin/{one}") for one in ("jobs", "audit")),
    ("inspector:检查员1@650203", "/site"),
]
TROUBLES = [
    ("/cases/case/a/b", 404, "there is no case case/a/b"),
    ("/nothing", 404, "there is nothing at this address"),
    ("/campaigns/none", 404, "there is no campaign none"),
    ("/?district=1", 422, "district"),
    ("/cases?stage=sleeping&after=%00", 422, "after"),
    ("/cases?after=x", 422, "after"),
    ("/inbox?topic=gossip", 422, "topic"),
    ("/ledgers?after=x", 422, "after"),
    ("/ledgers/jobs/none", 404, "there is no import none"),
    ("/ledgers/new", 403, "The role city office may not"),
]
OWN_TEXT = """() => [...document.querySelectorAll('h1, h2, h3, th, dt, label > span, nav a, .badge, button, .btn')]
    .map(e => e.innerText).filter(Boolean)"""


async def follow(page: Page, link: str) -> None:
    """Press a link and be on the page that it leads to; a click alone returns while the old page still stands."""
    async with page.expect_navigation():
        await page.click(link)


async def sound(page: Page) -> None:
    """Nothing sticks out sideways, and axe finds nothing serious."""
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} px too wide"
    only_what_is_wrong = {"resultTypes": ["violations"]}  # half the time
    found: Any = (await Axe().run(page, options=only_what_is_wrong)).response["violations"]
    grave = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, (page.url, grave)


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_full_pages(town: Campaign, site: str, reading: Reading, width: str, lang: str) -> None:
    officials = dict.fromkeys(["office:周主任@650200", *(who for who, _ in OF_OTHERS)])
    seated = {who: (await reading(width, who=who)).page for who in officials}
    of_office = [*PAGES, *FORMS] if (width == "phone") == (lang == "en") else PAGES  # forms once a language and width
    for who, path in [*(("office:周主任@650200", path) for path in of_office), *OF_OTHERS]:
        page = seated[who]
        told = await page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
        assert told is not None and told.status == 200
        await sound(page)
        assert await page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[lang]
        words = [w for w in await page.evaluate(OWN_TEXT) if w != ("中文" if lang == "en" else "English")]
        if lang == "en":
            assert [w for w in words if CHINESE.search(w) and "（演示）" not in w] == []
        else:
            assert [w for w in words if not CHINESE.search(w) and any(c.isalpha() for c in w.replace("F1", ""))] == []
        assert await page.locator(".demo-clock").count() == 1


@pytest.mark.parametrize("width", ["desktop", "phone"])
async def test_pages_with_nothing_to_show(site: str, reading: Reading, services: Services, width: str) -> None:
    page = (await reading(width)).page
    for path in ("/", "/cases", "/inbox", "/ledgers"):
        await page.goto(f"{site}{path}?lang=en")
        assert "campaign start" in await page.inner_text("main")
        await sound(page)


async def test_a_campaign_without_cases(campaign: Campaign, site: str, reading: Reading, services: Services) -> None:
    move_clock(services.engine, campaign.campaign_id, instant("01-05") - campaign.now())
    page = (await reading()).page
    for path, expected in (
        ("/", "没有逾期事项"),
        ("/?due=soon", "7 天内没有到期事项"),
        ("/?officer=x", "没有符合条件的事项"),
        ("/cases", "还没有案件"),
        ("/cases?q=x", "没有符合条件的案件"),
        ("/inbox", "还没有通知"),
        ("/inbox?person=x", "没有符合条件的通知"),
        ("/ledgers", "还没有导入记录"),
        ("/ledgers?state=stopped", "没有符合条件的导入记录"),
        ("/campaigns/karamay-2013-2027/weeks", "此前没有数据"),
    ):
        await page.goto(site + path)
        assert expected in await page.inner_text("main")
        await sound(page)
    await page.goto(f"{site}/campaigns/{campaign.campaign_id}?lang=en")
    assert "outside the campaign" in await page.inner_text("main")


@pytest.mark.parametrize(("path", "status", "said"), TROUBLES)
async def test_troubles_are_told_in_both_languages(
    town: Campaign, site: str, reading: Reading, path: str, status: int, said: str
) -> None:
    reader = await reading("phone")
    told = await reader.page.goto(site + path)
    assert told is not None and told.status == status
    text = await reader.page.inner_text("main")
    assert said in text and CHINESE.search(text) and "Traceback" not in text
    await sound(reader.page)
    reader.complaints.clear()  # the browser itself notes the status


async def test_the_language_stays_and_the_address_with_it(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    await page.goto(f"{site}/cases?district=650203")
    await follow(page, ".language")
    assert page.url == f"{site}/cases?district=650203&lang=en"
    await page.goto(f"{site}/")
    assert await page.inner_text("h1") == "Overdue board"
    await page.goto(f"{site}/?lang=zh")
    assert await page.inner_text("h1") == "逾期看板"


async def test_filters_survive_reload_and_back(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    await page.goto(f"{site}/cases")
    await page.evaluate("window.here = true")
    await page.select_option("select[name=district]", "650203")
    await page.wait_for_url(f"{site}/cases?district=650203")
    await page.fill("#q", "餐馆")
    await page.wait_for_url("**/cases?q=*&district=650203")
    assert await page.evaluate("window.here"), "the page was swapped in part"
    names = await page.locator("td.main a").all_inner_texts()
    assert names and all("餐馆" in n and "克拉玛依区" in n for n in names)
    await page.reload()
    assert await page.locator("td.main a").all_inner_texts() == names
    assert await page.input_value("#q") == "餐馆"
    await page.go_back()
    await expect(page.locator("#q")).to_have_value("")
    assert page.url == f"{site}/cases?district=650203"
    assert await page.input_value("select[name=district]") == "650203"


async def test_all_cases_by_pages_with_scripts_and_without(town: Campaign, site: str, reading: Reading) -> None:
    seen: dict[bool, list[str]] = {}
    for scripts in (True, False):
        page = (await reading("phone", scripts=scripts)).page
        await page.goto(f"{site}/cases")
        found = await page.locator("td.main a").all_inner_texts()
        while await page.locator(".btn-next").count():
            before = page.url
            await page.click(".btn-next")
            await page.wait_for_url(lambda url, last=before: url != last)
            await page.locator(".pager").wait_for()
            found += await page.locator("td.main a").all_inner_texts()
        seen[scripts] = found
    assert len(seen[True]) == len(set(seen[True])) == 69 and seen[True] == seen[False]


async def test_without_scripts_the_form_filters_too(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading(scripts=False)).page
    await page.goto(f"{site}/cases")
    await page.select_option("select[name=stage]", "escalation")
    await follow(page, "noscript button, form button")
    assert "stage=escalation" in page.url
    assert set(await page.locator("td .badge.tone-escalation").all_inner_texts()) == {"四个一律"}


async def test_the_case_tells_why(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    await page.goto(f"{site}{CASE}?lang=en")
    must = await page.inner_text(".must-proposed")
    for part in (
        "closure and ban",
        "3.2, the second of the four musts",
        "N",
        "it failed re-inspection",
        "2027-07-23 24:00",
        "A",
        "L",
    ):
        assert part in must, part
    lines = [" ".join(line.split()) for line in await page.locator(".next-actions tbody tr").all_inner_texts()]
    assert lines == [
        "enterprise 整改责任人157 rectify F1 2027-07-03 24:00 42 days late city office",
        "district government decide the closure 2027-07-23 24:00 provisional 22 days late city office",
        "inspector 检查员2 execute the fine 2027-07-26 24:00 provisional 19 days late city office",
    ]
    assert await page.locator(".next-actions tr.red").count() == 3
    assert await page.locator(".timeline li").count() == 15


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_the_board_cuts_no_column(town: Campaign, site: str, reading: Reading, lang: str, width: int) -> None:
    page = (await reading()).page
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{site}/?lang={lang}")
    cut = "() => [...document.querySelectorAll('table')].map(t => t.scrollWidth - t.parentElement.clientWidth)"
    assert max(await page.evaluate(cut)) <= 0


async def test_on_a_telephone_the_menu_is_folded_away_until_it_is_opened(
    town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading("phone")).page
    await page.goto(f"{site}/cases?lang=zh")
    nav, header = page.locator("header nav"), page.locator("header.top")
    folded = await header.bounding_box()
    assert not await nav.is_visible() and folded is not None and folded["height"] < 120, folded
    await page.get_by_text("菜单", exact=True).click()
    assert await nav.is_visible()
    await follow(page, "nav a[href='/inbox?mine=true']")
    assert page.url.endswith("/inbox?mine=true")
    await page.set_viewport_size({"width": 1280, "height": 900})
    assert await nav.is_visible() and not await page.get_by_text("菜单", exact=True).is_visible()


async def test_a_page_that_is_not_there_has_the_frame_of_whoever_signed_in(
    town: Campaign, site: str, reading: Reading
) -> None:
    for who, entries in (
        ("office:周主任@650200", ["逾期看板", "待办事项", "案件", "通知", "台账", "对象", "行动", "系统管理"]),
        (None, []),
    ):
        reader = await reading(who=who)
        for path in ("/nothing", "/cases/case/karamay-2013-2027/nothing"):
            told = await reader.page.goto(f"{site}{path}?lang=zh")
            assert told is not None
            if who is not None or path == "/nothing":
                assert told.status == 404 and await reader.page.inner_text("main h1") in (
                    "页面不存在",
                    "没有案件 case/karamay-2013-2027/nothing",
                )
                assert await reader.page.locator("nav a").all_inner_texts() == entries
                assert ("周主任" in await reader.page.inner_text("header")) == (who is not None)
                await sound(reader.page)
        assert all("404" in complaint for complaint in reader.complaints)
        reader.complaints.clear()
