"""A campaign week by week: numbers of cases open their lists, each official sees the own, plots keep to their sheet."""

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.connection import Services
from store.campaigns import Campaign
from store.case_list import CaseFilter, case_count
from tests.web.conftest import OFFICE
from tests.web.visitor import Visitor
from web.figures.plot import bar_plot, line_plot
from web.queries import CasesQuery

ADDRESS = "/campaigns/karamay-2013-2027/weeks"
CELL = re.compile(r'<a href="(/cases\?[^"]+)" aria-label="[^"]* (\d+)">')
TWIN = re.compile(r"<details class=.twin.>.*?</details>", re.DOTALL)


def counted(services: Services, campaign: Campaign, address: str) -> int:
    """How many the list at the address has."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    query = CasesQuery.model_validate(asked).filtered
    which = CaseFilter.model_validate(query | {"campaign_id": campaign.campaign_id})
    return case_count(services.engine, which, campaign.now())


@pytest.mark.parametrize(("who", "asked"), [(OFFICE, "?as_of=2027-07-07"), ("supervisor:王局长@650203", "")])
async def test_a_number_of_cases_of_any_week_is_how_many_its_list_has(
    town: Campaign, site: str, services: Services, who: str, asked: str
) -> None:
    visitor = Visitor(site, services, who)
    text = unescape(await visitor.see(ADDRESS + asked))
    cells = CELL.findall(text)
    assert len(cells) > 25
    assert [(address, n) for address, n in cells if counted(services, town, address) != int(n)] == []
    for address, n in (cells[0], cells[len(cells) // 2]):
        assert re.search(rf'class="hits">{n} ', await visitor.see(address)), (address, n)
    if who != OFFICE:
        assert set(re.findall(r"district=(\d+)", text)) == {"650203"}
        for kind in ("rectification", "duty"):
            (address, n), *_ = re.findall(rf'href="(/\?[^"]*kind={kind})#list">(\d+) overdue now', text)
            assert re.search(rf'class="hits">{n} ', await visitor.see(address)), kind
    await visitor.client.aclose()


async def test_who_may_see_them_and_as_of_which_day(town: Campaign, site: str, services: Services) -> None:
    """Foreign districts are refused, a day ahead is named, before the beginning there was nothing."""
    office, district = Visitor(site, services, OFFICE), Visitor(site, services, "supervisor:王局长@650203")
    enterprise = Visitor(site, services, "enterprise:李@650203", subject="demo-157")
    assert "as of Wednesday, 30 June 2027" in await office.see(f"{ADDRESS}?as_of=2027-06-30")
    own = await district.see(ADDRESS)
    assert TWIN.findall(own) == TWIN.findall(await district.see(f"{ADDRESS}?district=650203"))
    assert TWIN.findall(own) != TWIN.findall(await office.see(ADDRESS))
    assert "nothing was before" in await office.see(f"{ADDRESS}?as_of=2027-05-01")
    for visitor, asked, status, said in (
        (district, "?district=650202", 403, "650202"),
        (office, "?district=650209", 422, "district"),
        (office, "?as_of=2027-08-16", 422, "as_of: is later than today"),
        (office, "?as_of=yesterday", 422, "as_of"),
        (enterprise, "", 403, "one subject"),
    ):
        assert said in await visitor.see(ADDRESS + asked, status), asked
    stood = "/cases?stood=rectification.2027-06-30"
    assert "Stage on that day: rectification at the end of 2027-06-30" in await office.see(stood)
    for wrong in ("rectification", "sleeping.2027-06-30", "rectification.2027-02-30"):
        assert "stood" in await office.see(f"/cases?stood={wrong}", 422)
    await enterprise.see(stood, 403)
    for one in (office, district, enterprise):
        await one.client.aclose()


def test_a_plot_is_drawn_within_its_sheet_whatever_there_is_to_draw() -> None:
    for weeks in (1, 2, 35, 60):
        days = [date(2027, 5, 9) + timedelta(days=7 * week) for week in range(weeks)]
        for most in (0, 1, 7, 99_999):
            numbers = [most * week // weeks for week in range(1, weeks + 1)]
            bars = bar_plot({"a": numbers, "b": numbers}, days)
            lines = line_plot({"a": [None, *numbers[1:]]}, days)
            assert bars.has_data == (most > 0) and lines.has_data == (most > 0 and weeks > 1)
            assert all(bar.x >= bars.left and bar.x + bar.width <= bars.right for bar in bars.bars)
            assert all(bar.y >= 0 and bar.y + bar.height <= bars.ground + 0.2 for bar in bars.bars)
            assert all(lines.left < x < lines.right and 0 < y <= lines.ground for x, y in lines.lines[0].points)
            for plot in (bars, lines):
                assert 1 <= len(plot.days) <= 6 and plot.days[-1][1] == days[-1]
                assert 2 <= len(plot.heights) <= 6 and plot.heights[-1][1] >= (2 * most if plot is bars else 0)
