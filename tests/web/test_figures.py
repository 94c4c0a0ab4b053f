"""The figures of a campaign: each number is how many cases its list has, and its address leads there."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import text

from engine.connection import Services
from store.campaigns import Campaign
from store.case_facts import figures
from store.case_list import CaseFilter, case_count
from store.counts import CaseCount
from store.migrate import migrate
from store.verify import all_case_ids, check_case
from tests.store.older import LEFT_TO_A_REBUILD, before
from tests.web.visitor import Visitor
from web.board import totals
from web.queries import CasesQuery

ADDRESS = "/campaigns/karamay-2013-2027/figures"
CELL = re.compile(r'<a href="(/cases\?[^"]+)" aria-label="[^"]* (\d+)">')
PLACE = ("district", "sector")
ROW = re.compile(r'<tr class="of-(\w+)">.*?</tr>', re.DOTALL)


def counted(services: Services, campaign: Campaign, address: str) -> int:
    """How many the list at the address has."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    query = CasesQuery.model_validate(asked).filtered
    which = CaseFilter.model_validate(query | {"campaign_id": campaign.campaign_id})
    return case_count(services.engine, which, campaign.now())


@pytest.mark.parametrize("who", ["office:周主任@650200", "supervisor:王局长@650203"])
async def test_every_number_is_how_many_cases_its_list_has(
    town: Campaign, site: str, services: Services, who: str
) -> None:
    visitor = Visitor(site, services, who)
    text = unescape(await visitor.see(ADDRESS))
    cells = [(kind[1], *cell) for kind in ROW.finditer(text) for cell in CELL.findall(kind[0])]
    assert len(cells) == 7 * len(ROW.findall(text)) > 50
    assert [(a, n) for _, a, n in cells if counted(services, town, a) != int(n)] == []
    for kind, address, number in cells:
        if kind == "all" or (kind == "district" and "650203" in address):
            assert re.search(rf'class="hits">{number} ', await visitor.see(address)), (address, number)
    await visitor.client.aclose()


def test_the_figures_tell_something_of_everything(town: Campaign, services: Services) -> None:
    """So that no column of the test above is a row of noughts."""
    found = figures(services.engine, town.campaign_id, town.now())
    whole = {
        name: sum(getattr(one, name) for one in found) for name in type(found[0]).model_fields if name not in PLACE
    }
    assert all(whole.values()), whole
    assert whole["cases"] > whole["investigated"] > whole["found"] > whole["in_time"]
    assert whole["with_must"] >= max(whole["owed"], whole["executed"])


def test_a_void_case_is_counted_nowhere(town: Campaign, services: Services) -> None:
    def cases() -> int:
        return sum(one.cases for one in figures(services.engine, town.campaign_id, town.now()))

    before = cases()
    with services.engine.begin() as connection:
        some = "SELECT case_id FROM cases WHERE found AND outcome IS NULL LIMIT 1"
        connection.execute(text(f"UPDATE cases SET outcome = 'void', stage = 'closed' WHERE case_id = ({some})"))
    assert cases() == before - 1


async def test_a_district_sees_its_own_figures_and_an_enterprise_none(
    town: Campaign, site: str, services: Services
) -> None:
    district = Visitor(site, services, "supervisor:王局长@650203")
    text = await district.see(ADDRESS)
    assert set(re.findall(r"district=(\d+)", text)) == {"650203"}
    enterprise = Visitor(site, services, "enterprise:李@650203", subject="demo-157")
    await enterprise.see(ADDRESS, 403)
    for one in (district, enterprise):
        await one.client.aclose()


def test_an_older_database_has_the_figures_of_a_new_one(
    town: Campaign, services: Services, superuser: psycopg.Connection
) -> None:
    expected = figures(services.engine, town.campaign_id, town.now())
    before("0028", superuser)
    migrate(services.owner)
    assert figures(services.engine, town.campaign_id, town.now()) == expected
    found = {d.what for case_id in all_case_ids(services.engine) for d in check_case(services.engine, case_id)}
    assert found == LEFT_TO_A_REBUILD


def test_the_board_counts_no_void_case_as_the_figures_count_none() -> None:
    counted = [("closed", "void", 2), ("closed", "rectified", 1), ("investigation", None, 3)]
    cases = tuple(CaseCount(district="650203", stage=s, outcome=o, cases=n) for s, o, n in counted)
    found = totals((), cases, 0)
    assert (found["all"], found["closed"], found["open"]) == (4, 1, 3)
