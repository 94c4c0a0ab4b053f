"""Before an upgrade whatever runs for months is replayed: campaigns too, and what fails is named by its workflow."""

from typing import Any

import pytest
from temporalio.client import Client

import rules.campaign.decide
from engine.connection import Services
from models.campaign import CampaignView, workflow_id
from models.refusals import Refused
from rules.words.refusals import refuse
from tests.durable.office import eventually
from tests.durable.test_campaign import HOUR, City, end_all
from workers.campaigns import campaigns_worker
from workers.cases import cases_worker
from workers.replay import replay_case


async def test_a_campaign_whose_order_is_newly_refused_is_named_and_its_cases_are_not(
    client: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cases_worker(client, services.engine), campaigns_worker(client, services.engine):
        city = City(client, services)
        city.subjects(2)
        campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR, name="replayed")
        assert isinstance(await city.tell(campaign, do="open_cases"), CampaignView)
        cases = set(await city.opened(campaign, 2))
    ours = {workflow_id(campaign.campaign_id), *cases}
    assert not ours & {found.case_id for found in await replay_case(services, None)}

    def no_more(*_: Any) -> Refused:
        return refuse("case_not_open")

    monkeypatch.setattr(rules.campaign.decide, "judge", no_more)

    async def named() -> set[str]:  # once the server lists it
        return ours & {found.case_id for found in await replay_case(services, None)}

    assert await eventually(named) == {workflow_id(campaign.campaign_id)}
    await end_all(client, services)
