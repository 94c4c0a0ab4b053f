"""Temporal's own persistence fails while officials work, by its own fault injection: nothing is lost or doubled."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest

from embedded.settings import StackSettings
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from store.campaigns import add_campaign
from store.migrate import migrate
from tests.durable.faulty_town import FaultyTown
from tests.durable.persistence_faults import TOGETHER
from tests.durable.test_campaign import HOUR, plan_in_seconds
from workers.cases import cases_worker
from workers.imports import imports_worker

pytestmark = pytest.mark.needs_postgres_engine(reason="only that server can inject faults into its persistence")
SEED, CASES, ROWS, AT_LEAST = 1_000, 10, 4, 4


@pytest.fixture
def settings() -> Iterator[StackSettings]:
    """A stack of its own: its server is not everybody's."""
    with throwaway_settings(time_skipping=False) as settings:
        yield settings


@pytest.fixture
async def town(settings: StackSettings) -> AsyncIterator[FaultyTown]:
    """Twenty seconds before a phase begins."""
    services = Services(await up(settings))
    migrate(services.owner)
    keep_claim_keys(services.owner, services.home)
    client = await services.temporal()
    now = datetime.now(UTC).replace(microsecond=0)
    campaign = add_campaign(services.engine, plan_in_seconds(now, (20, HOUR, 2 * HOUR), "faults"), now.year)
    async with cases_worker(client, services.engine), imports_worker(client, services.engine):
        yield FaultyTown(settings, services, client, campaign)
    services.close()


@pytest.mark.timeout(600)
async def test_each_kind_of_fault_inside_temporal_loses_no_command_and_doubles_none(
    town: FaultyTown, record_property: Callable[[str, object], None]
) -> None:
    for number, kinds in enumerate(TOGETHER):
        injected = await town.work_under(kinds, SEED + 100 * number, CASES, ROWS, AT_LEAST)
        assert all(methods["UpdateWorkflowExecution"] for methods in injected.values()), injected
        record_property("-".join(kinds), injected)
    await town.settled()
    record_property("tries without an answer", town.calls.unanswered)
    assert await town.audited() == []
