"""Temporal's own persistence fails while officials work, by its own fault injection: nothing is lost or doubled."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from bench.faults import measure
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_settings
from tests.durable.faulty_town import FaultyTown, begun
from tests.durable.persistence_faults import TOGETHER
from workers.cases import cases_worker
from workers.imports import imports_worker

pytestmark = pytest.mark.needs_postgres_engine(reason="only that server can inject faults into its persistence")
CASES = 18  # one without faults, eight with each two kinds


@pytest.fixture
def settings() -> Iterator[StackSettings]:
    """A stack of its own: its server is not everybody's."""
    with throwaway_settings(time_skipping=False) as settings:
        yield settings


@pytest.fixture
async def town(settings: StackSettings) -> AsyncIterator[FaultyTown]:
    """Twenty seconds before a phase begins."""
    town = await begun(settings, phase_after=20)
    async with cases_worker(town.client, town.engine), imports_worker(town.client, town.engine):
        yield town
    town.services.close()


@pytest.mark.timeout(600)
async def test_each_kind_of_fault_inside_temporal_loses_no_command_and_doubles_none(
    town: FaultyTown, record_property: Callable[[str, object], None]
) -> None:
    told = await measure(town, CASES)
    record_property("report", told)
    assert told["audit"]["found"] == []
    for kinds in TOGETHER:
        injected = told[" and ".join(kinds)]["injected"]
        assert all(injected[kind]["UpdateWorkflowExecution"] for kind in kinds), injected
