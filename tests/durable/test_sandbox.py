"""Workflows run without the sandbox; in it they run the same, so they do nothing that a replay would do otherwise."""

from temporalio.client import Client

from engine.connection import Services
from models.campaign import CampaignView
from store.certificate import certificate_of
from store.verify import fold_case
from tests.durable.office import Office, finding
from tests.durable.test_campaign import HOUR, City, end_all
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workers.sandbox import sandbox


async def test_a_case_and_its_campaign_run_in_the_sandbox(client: Client, services: Services) -> None:
    runner = sandbox()
    async with (
        cases_worker(client, services.engine, runner=runner),
        campaigns_worker(client, services.engine, runner=runner),
    ):
        city = City(client, services)
        subjects = city.subjects(3)
        campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR, name="sandboxed")
        assert isinstance(await city.tell(campaign, do="open_cases"), CampaignView)
        await city.opened(campaign, 3)
        assert isinstance(await city.tell(campaign, do="complete_now", reason="over"), CampaignView)
        await city.certified(campaign)
        account = certificate_of(city.engine, campaign.campaign_id)
        assert account is not None and account.outcomes == {"carried_over": 3}
        assert fold_case(city.engine, f"case/{campaign.campaign_id}/{subjects[0]}").case.closed
        await end_all(client, services)


async def test_commands_and_deadlines_run_in_the_sandbox(idle_office: Office) -> None:
    office = idle_office
    async with cases_worker(office.client, office.services.engine, runner=sandbox()):
        file = await office.open("05-10")
        await file.record(finding("F1", "H05"))
        await file.register("F1")
        await file.to("05-26 09:00")
        assert (await file.logged("deadline_passed")).at <= (await file.view()).now
        await file.declare("F1")
        assert (await file.verdict(F1=True)).outcome is None
        await office.shut()
