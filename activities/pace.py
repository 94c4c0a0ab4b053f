"""Handing work to workflows no faster than they take it: a city at once would stand before an official's command."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
_FEW = 25
_STILL_OUT = 5
_LOOK_AGAIN = 0.05


async def paced(
    things: Sequence[T],
    hand_out: Callable[[T], Awaitable[object]],
    taken: Callable[[Sequence[T]], int],
    *,
    within: float,
) -> bool:
    """Hand out a few, and the next ones when `taken` counts all but five of these.

    After `within` seconds it goes on all the same; False if that was ever so.
    """
    kept_up = True
    for start in range(0, len(things), _FEW):
        few = things[start : start + _FEW]
        await asyncio.gather(*(hand_out(thing) for thing in few))
        deadline = time.monotonic() + within
        while await asyncio.to_thread(taken, few) < len(few) - _STILL_OUT:
            if time.monotonic() > deadline:
                kept_up = False
                break
            await asyncio.sleep(_LOOK_AGAIN)
    return kept_up
