"""A worker is what the settings of its machine make it."""

from typing import Any

import pytest
from temporalio.client import Client

from engine.connection import Services
from models.wire import CASES_QUEUE
from workers.process import worker_of


@pytest.mark.parametrize(("written", "kept"), [("", 1000), ("77", 77)])
async def test_a_worker_of_cases_remembers_as_many_as_the_settings_say(
    services: Services, client: Client, monkeypatch: pytest.MonkeyPatch, written: str, kept: int
) -> None:
    monkeypatch.setenv("RECTIFY_REMEMBERED_CASES", written)
    async with worker_of(CASES_QUEUE, client, services) as worker:
        assert dict[str, Any](worker.config(active_config=True))["max_cached_workflows"] == kept
