"""A campaign is started from a page: the plan is checked as at the command line, told line by line, pinned once."""

from uuid import uuid4

import pytest
from temporalio.client import Client

from cli.files import CAMPAIGNS
from engine.connection import Services
from rules.files.plan_check import PlanFile, read_plan
from rules.plans import remember
from store.audit import AuditFilter, audit_page
from store.campaigns import campaigns
from tests.durable.test_campaign import end_all
from tests.web.visitor import Visitor
from workers.campaigns import campaigns_worker

ADDRESS, OFFICE = "/campaigns/new", "office:周主任@650200"


@pytest.fixture
def plan() -> str:
    """The shipped plan under a name of its own."""
    words = (CAMPAIGNS / "karamay-2013.toml").read_text(encoding="utf-8")
    return words.replace('id = "karamay-2013"', f'id = "start-{uuid4().hex[:6]}"', 1)


async def test_a_plan_is_checked_and_then_started_once(
    site: str, services: Services, client: Client, plan: str
) -> None:
    read = read_plan(plan, "plan.toml")
    assert isinstance(read, PlanFile)
    remember(read.digest, read.plan)
    clerk = Visitor(site, services, OFFICE)
    assert f'href="{ADDRESS}"' in await clerk.see("/"), "where there is none yet"
    sent = {"files": {"file": ("plan.toml", plan.encode())}}
    told = await clerk.client.post(ADDRESS, data={"year": "2027", "what": "check"}, **sent)
    assert told.status_code == 200 and read.digest in told.text and campaigns(services.engine) == ()
    async with campaigns_worker(client, services.engine):
        for _ in range(2):
            told = await clerk.client.post(ADDRESS, data={"year": "2027", "what": "start"}, **sent)
            assert told.status_code == 303, told.text
        [campaign] = campaigns(services.engine)
        assert (campaign.digest, campaign.year) == (read.digest, 2027)
        assert "Done: " in await clerk.see(told.headers["location"])
        other = plan.replace("days = 7", "days = 8", 1)
        assert other != plan
        told = await clerk.client.post(
            ADDRESS, data={"year": "2027", "what": "start"}, files={"file": ("plan.toml", other.encode())}
        )
        assert told.status_code == 409 and "another version of the plan" in told.text
        await end_all(client, services)
    await clerk.client.aclose()


async def test_what_is_wrong_is_told_at_its_place_and_nothing_is_started(
    site: str, services: Services, plan: str
) -> None:
    clerk = Visitor(site, services, OFFICE)
    line = next(number for number, words in enumerate(plan.splitlines(), 1) if words.startswith('begins = "05-05"'))
    for lang, sentence in (("en", "1 error in the plan"), ("zh", "处错误")):
        broken = {"file": ("plan.toml", plan.replace('begins = "05-05"', 'begins = "45-05"', 1).encode())}
        told = await clerk.client.post(f"{ADDRESS}?lang={lang}", data={"year": "2027", "what": "start"}, files=broken)
        assert told.status_code == 422 and sentence in told.text and f'<td class="lead mono">{line}</td>' in told.text
    for file, year, named in (
        (b"\xff\xfe", "2027", "file"),
        (plan.encode(), "soon", "year"),
        (plan.encode(), "", "year"),
    ):
        data = {"year": year, "what": "start"}
        told = await clerk.client.post(ADDRESS, data=data, files={"file": ("plan.toml", file)})
        assert told.status_code == 422 and f'id="wrong-{named}"' in told.text, (year, told.text)
    told = await clerk.client.post(ADDRESS, data={"year": "2027"}, files={"x": ("", b"")})
    assert told.status_code == 422
    told = await clerk.client.post(
        ADDRESS, data={"year": "2020", "what": "start"}, files={"file": ("plan.toml", plan.encode())}
    )
    assert told.status_code == 409, "a year that is over"
    assert campaigns(services.engine) == ()
    await clerk.client.aclose()


async def test_nobody_else_starts_one(site: str, services: Services, plan: str) -> None:
    supervisor = Visitor(site, services, "supervisor:王局长@650203")
    await supervisor.see(ADDRESS, 403)
    files = {"file": ("plan.toml", plan.encode())}
    told = await supervisor.client.post(ADDRESS, data={"year": "2027", "what": "start"}, files=files)
    assert told.status_code == 403 and campaigns(services.engine) == ()
    await supervisor.client.aclose()
    elsewhere = Visitor(site, services, "office:别处@110000")
    told = await elsewhere.client.post(ADDRESS, data={"year": "2027", "what": "start"}, files=files)
    assert told.status_code == 409 and campaigns(services.engine) == ()
    assert audit_page(services.engine, AuditFilter(kind="command_refused"), 1)[0].facts["deed"] == "open_cases"
    await elsewhere.client.aclose()
