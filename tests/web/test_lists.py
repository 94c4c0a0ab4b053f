"""Lists as an official works with them: counted, found by whatever is known of a case, by officer, by what is due."""

from typing import Any

from playwright.async_api import Page, expect
from sqlalchemy import Engine

from store.campaigns import Campaign, move_clock
from tests.cast import INSPECTOR
from tests.durable.office import command, finding, instant
from tests.store.paper import on_paper, write
from tests.web.conftest import Reading
from tests.web.test_pages import sound

NAMES = "td.main a"


async def hits(page: Page) -> int:
    """The number that the list tells."""
    return int("".join(c for c in (await page.locator(".hits").inner_text()).partition("·")[0] if c.isdigit()))


async def test_the_list_tells_how_many_there_are(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    await page.goto(f"{site}/cases")
    assert await hits(page) == 69
    await page.select_option("select[name=stage]", "escalation")
    await page.wait_for_url("**/cases?stage=escalation")
    assert await hits(page) == await page.locator(NAMES).count() == 12
    await page.goto(f"{site}/cases?q=nobody")
    assert await hits(page) == 0


async def test_a_case_is_found_by_number_initials_or_part_of_its_name(
    town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading()).page
    for typed in ("demo-157", "case/karamay-2013-2027/demo-157", "锅炉房157", "dszqglf157", " 锅炉房１５７ "):
        await page.goto(f"{site}/cases")
        await page.fill("#q", typed)
        await expect(page.locator(NAMES)).to_have_count(1)
        assert "157" in await page.locator(NAMES).inner_text(), typed


async def test_the_tile_leads_to_what_it_counts(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    await page.goto(site)
    tile = page.locator(".tile.yellow")
    told = int(await tile.locator("b").inner_text())
    await tile.click()
    await page.wait_for_url("**/?due=soon#list")
    assert await hits(page) == told > 0
    assert await page.locator(".soon").count() == min(told, 25) and await page.locator(".late").count() == 0
    await page.select_option("select[name=kind]", "duty")
    await page.wait_for_url("**/?due=soon&kind=duty")
    assert 0 < await hits(page) < told
    await page.goto(site)
    late = [int(await page.locator(".tile b").nth(n).inner_text()) for n in (0, 1)]
    assert await hits(page) == sum(late)


async def test_officers_stand_in_the_lists_and_lead_to_their_cases(town: Campaign, site: str, reading: Reading) -> None:
    page = (await reading()).page
    for path in ("/", "/?due=soon", "/cases?outcome=open"):
        await page.goto(site + path)
        everybody = await hits(page)
        officer = page.locator("td[data-label=承办人] a").first
        name = await officer.inner_text()
        await officer.click()
        await expect(page.locator(".filters input[name=officer]")).to_have_value(name)
        assert 0 < await hits(page) < everybody
        assert set(await page.locator("td[data-label=承办人]").all_inner_texts()) == {name}
        assert ("due=soon" in page.url) == ("due=soon" in path), "what is due stays"
    await page.goto(f"{site}/cases")
    await page.fill(".filters input[name=officer]", "没有此人")
    await page.press(".filters input[name=officer]", "Enter")
    await expect(page.locator(".nothing")).to_have_text("没有符合条件的案件")


async def test_a_case_of_many_findings_shows_the_first_actions_and_keeps_the_rest(
    engine: Engine, campaign: Campaign, site: str, reading: Reading
) -> None:
    refs = [f"F{n}" for n in range(1, 13)]
    dues = [f"2027-08-{10 + n}" for n in range(len(refs))]
    given: list[tuple[str, Any]] = [
        ("08-02", command("record_findings", INSPECTOR, findings=[finding(ref, "H08") for ref in refs])),
        (
            "08-03",
            command(
                "register",
                INSPECTOR,
                assignments=[
                    {"ref": ref, "responsible": f"责任人{ref}", "due": due} for ref, due in zip(refs, dues, strict=True)
                ],
            ),
        ),
    ]
    case_id = f"case/{campaign.campaign_id}/many"
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    move_clock(engine, campaign.campaign_id, instant("08-04") - campaign.now())
    page = (await reading()).page
    await page.goto(f"{site}/cases/{case_id}")
    rows = page.locator(".next-actions tbody tr")
    assert await rows.count() == 24, "to rectify, and later to re-inspect"
    assert [await rows.nth(n).is_visible() for n in (0, 5, 6)] == [True, True, False]
    await page.click(".next summary")
    assert await rows.nth(23).is_visible() and "前序事项完成后办理" in await rows.nth(23).inner_text()


async def test_what_a_case_left_behind_is_named(
    engine: Engine, campaign: Campaign, site: str, reading: Reading
) -> None:
    given: list[tuple[str, Any]] = [
        ("08-02", command("record_findings", INSPECTOR, findings=[finding("F1", "V01")])),
        ("08-03", command("register", INSPECTOR, assignments=[{"ref": "F1", "responsible": "责任人"}])),
    ]
    case_id = f"case/{campaign.campaign_id}/left"
    write(engine, campaign.plan, on_paper(campaign, case_id, given, until="12-31 24:00"))
    page = (await reading()).page
    await page.goto(f"{site}/cases/{case_id}")
    assert "未办结事项 关闭取缔未执行；F1 逾期未整改到位" in " ".join((await page.inner_text(".turn")).split())
    await page.goto(f"{site}/cases/{case_id}?lang=en")
    assert "closure not executed; F1 not rectified in time" in " ".join((await page.inner_text(".turn")).split())


async def test_on_a_telephone_filters_are_folded_and_tell_how_many_are_set(
    town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading("phone", scripts=False)).page
    for path, kept in (("/cases", 1), ("/", 0), ("/inbox", 0), ("/subjects", 1)):
        await page.goto(f"{site}{path}?lang=en&district=650203")
        fields = page.locator(".filters .choice:visible")
        assert await fields.count() == kept, path
        assert await page.inner_text(".filters-fold summary") == "Filters (1 active)"
        await page.click(".filters-fold summary")
        assert await fields.count() > 2, path
    page = (await reading("phone")).page
    await page.goto(f"{site}/cases?lang=en")
    assert await page.inner_text(".filters-fold summary") == "Filters"
    assert await page.locator(".facets").is_hidden()
    top = await page.locator(NAMES).first.bounding_box()
    assert top is not None and top["y"] < 844, "the first case is on the first screen"
    await page.click(".filters-fold summary")
    await page.select_option("select[name=stage]", "escalation")
    await expect(page.locator(".filters-fold summary")).to_have_text("Filters (1 active)")
    page = (await reading()).page
    await page.goto(f"{site}/cases?lang=en")
    assert (
        await page.locator(".filters-fold").is_hidden() and await page.locator(".filters .choice:visible").count() > 5
    )


async def test_the_due_date_stands_beside_whose_turn_it_is(town: Campaign, site: str, reading: Reading) -> None:
    for path, first, second in (("/cases", "Earliest due", "Whose turn"), ("/", "Whose it is", "Due")):
        page = (await reading()).page
        await page.goto(f"{site}{path}?lang=en")
        heads = await page.locator("#list th").all_inner_texts()
        assert heads.index(second) == heads.index(first) + 1, heads
    page = (await reading("phone")).page
    await page.goto(f"{site}/cases?lang=en&stage=escalation")
    card = await page.locator("#list tbody tr").first.inner_text()
    assert "2027-07-03 24:00" in card and await page.locator("td[data-label='Whose turn']").first.is_visible()


async def test_what_is_done_with_ticked_rows_stays_in_reach_and_says_how_many(
    town: Campaign, site: str, reading: Reading
) -> None:
    page = (await reading("phone")).page
    for path, over in (("/cases", "办理勾选的案件"), ("/", "办理勾选的案件")):
        await page.goto(f"{site}{path}")
        boxes, bar = page.locator("td.tick input"), page.locator(".of-ticked summary")
        await boxes.nth(9).check()
        await boxes.nth(11).check()
        await expect(bar).to_have_text(f"{over}（已选 2 件）")
        await expect(bar).to_be_in_viewport(), "however far down the rows are"
        await bar.click()
        await sound(page)
        await page.get_by_label("全选本页").check()
        rows = await boxes.count()
        await expect(bar).to_have_text(f"{over}（已选 {rows} 件）")
        await page.get_by_label("全选本页").uncheck()
        await expect(bar).to_have_text(over)
    await page.goto(f"{site}/cases")
    await boxes.nth(3).check()
    await page.locator(".of-ticked summary").click()
    await page.get_by_role("button", name="提醒").click()
    await page.wait_for_url("**/orders/new/remind?*case=*")
    plain = (await reading("phone", scripts=False)).page
    await plain.goto(f"{site}/cases")
    await plain.locator("td.tick input").nth(9).check()
    await expect(plain.locator(".of-ticked summary")).to_be_in_viewport()
    assert await plain.get_by_label("全选本页").is_hidden(), "which needs scripts"
