"""What signing in costs when sixteen do at once, and what it does to the page that others read meanwhile.

Argon2id is slow on purpose: it hashes in threads, two at a time. Run it by `python -m bench.sign_in`; it starts a stack
of its own. Pages are told as a ratio within the run, since machines differ.
"""

import statistics
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from bench.stack import bench_services, keep, shipped_plan
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign, add_campaign
from tests.cast import OFFICE
from tests.people import PASSWORD, member, session
from tests.town import fill
from tests.web.serve import served

_AT_ONCE = 16
_EACH = 10
_AGAIN_SECONDS = 1.0  # as somebody would who is told that too many sign in


def measure(services: Services, campaign: Campaign, *, at_once: int = _AT_ONCE, each: int = _EACH) -> dict[str, Any]:
    """Milliseconds of sign-ins, refusals for want of room, and the board's milliseconds before and meanwhile."""
    fill(services.engine, campaign)
    logins = [member(services, OFFICE).login for _ in range(at_once)]
    with served(services) as address, _reader(services, address) as reader:
        before = [_board(reader) for _ in range(40)]
        meanwhile, over = list[float](), threading.Event()

        def read() -> None:
            while not over.is_set():
                meanwhile.append(_board(reader))

        reading = threading.Thread(target=read)
        reading.start()
        with ThreadPoolExecutor(at_once) as pool:
            came = list(pool.map(partial(_come_in, address, each), logins))
        over.set()
        reading.join()
    took = [one for times, _ in came for one in times]
    return {
        "at_once": at_once,
        "sign_ins": len(took),
        "told_too_busy": sum(refused for _, refused in came),
        "p50_ms": round(statistics.median(took)),
        "p95_ms": round(statistics.quantiles(took, n=20)[18]),
        "board_before_p50_ms": round(statistics.median(before), 1),
        "board_meanwhile_p50_ms": round(statistics.median(meanwhile), 1),
        "board_ratio": round(statistics.median(meanwhile) / statistics.median(before), 2),
    }


def _come_in(address: str, times: int, login: str) -> tuple[list[float], int]:
    """Milliseconds from the first try until somebody is in, and how often there was no room."""
    took, refused = list[float](), 0
    with httpx.Client(base_url=address, headers={"Origin": address}, timeout=60) as client:
        for _ in range(times):
            began = time.perf_counter()
            while (told := client.post("/sign-in", data={"login": login, "password": PASSWORD})).status_code == 503:
                refused += 1
                time.sleep(_AGAIN_SECONDS)
            assert told.status_code == 303, told.text[:300]
            took.append((time.perf_counter() - began) * 1000)
    return took, refused


@contextmanager
def _reader(services: Services, address: str) -> Generator[httpx.Client]:
    cookies = {SESSION_COOKIE: session(services, OFFICE)}
    with httpx.Client(base_url=address, cookies=cookies, timeout=60) as client:
        yield client


def _board(client: httpx.Client) -> float:
    began = time.perf_counter()
    assert client.get("/").status_code == 200
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    with bench_services() as services:
        keep(measure(services, add_campaign(services.engine, shipped_plan(), 2027)), "sign_in")


if __name__ == "__main__":
    main()
