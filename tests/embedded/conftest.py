"""One stack a run for the tests that only look, and one a module for those that break it."""

import asyncio
from collections.abc import Iterator

import pytest

from embedded.settings import StackSettings
from embedded.stack import Endpoints, up
from embedded.throwaway import throwaway_settings


@pytest.fixture(scope="session")
def stack_settings() -> Iterator[StackSettings]:
    """Settings of the stack that `stack` starts: smaller than usual, so that what sets its size is seen to."""
    with throwaway_settings(ui=True) as settings:
        size = {"postgres_memory": "160MB", "postgres_connections": 180, "temporal_shards": 2}
        yield settings.model_copy(update=size)


@pytest.fixture(scope="session")
def stack(stack_settings: StackSettings) -> Endpoints:
    """A running stack that tests share and do not break."""
    return asyncio.run(up(stack_settings))


@pytest.fixture(scope="module")
def breakable_settings() -> Iterator[StackSettings]:
    """Settings of a stack for this module alone, in a path with spaces, as durable as in earnest."""
    with throwaway_settings(name="a home with spaces", durable=True, time_skipping=False) as settings:
        yield settings


@pytest.fixture
def idle_settings() -> Iterator[StackSettings]:
    """Settings of a stack that nobody has started."""
    with throwaway_settings() as settings:
        yield settings
