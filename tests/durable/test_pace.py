"""Work is handed to workflows no faster than they take it, and all of it is handed out."""

from collections.abc import Sequence

import pytest
from temporalio.testing import ActivityEnvironment

from activities.pace import paced
from engine.start_case import SPREAD_SECONDS, spread_of


class Takers:
    """Who takes things only when asked how far they are, so many at a time."""

    def __init__(self, at_a_time: int) -> None:
        self.at_a_time, self.handed, self.taken, self.most_waiting = at_a_time, [], set[int](), 0
        self.handed: list[int]

    async def hand(self, thing: int) -> None:
        self.handed.append(thing)
        self.most_waiting = max(self.most_waiting, len(self.handed) - len(self.taken))

    def count(self, things: Sequence[int]) -> int:
        self.taken |= set([t for t in self.handed if t not in self.taken][: self.at_a_time])
        return len(self.taken.intersection(things))


@pytest.mark.parametrize("at_a_time", [1, 7, 1000])
async def test_never_more_than_a_few_wait_and_none_is_left_out(at_a_time: int) -> None:
    takers = Takers(at_a_time)
    environment = ActivityEnvironment()
    assert await environment.run(paced, list(range(110)), takers.hand, takers.count, within=60.0)
    assert takers.handed == list(range(110))
    assert takers.most_waiting <= 30


async def test_who_does_not_take_stops_nobody_else() -> None:
    takers = Takers(0)
    environment = ActivityEnvironment()
    assert not await environment.run(paced, list(range(60)), takers.hand, takers.count, within=0.0)
    assert takers.handed == list(range(60))


def test_a_large_city_completes_over_a_longer_time() -> None:
    assert [spread_of(n) for n in (1, 15_000, 100_000)] == [SPREAD_SECONDS, SPREAD_SECONDS, 4000]
