"""What a process counts of itself: commands, steps of the record, clocks that fell late, who came in.

No personal data and no ids: a label has few values. Everything that a process counts is in `PROCESS`; what only the
database or Temporal can say is asked by the pages (`serving/gauges.py`).
"""

import time
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from engine.tracing import spanned
from models.refusals import Refused

T = TypeVar("T")
disable_created_metrics()  # a second series of each, which nobody asks for
PROCESS = CollectorRegistry()
ProcessCollector(registry=PROCESS)

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LATE = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 86_400.0)

_build = Gauge("rectify_build_info", "What runs here: 1", ("process", "version"), registry=PROCESS)
_commands = Counter(
    "rectify_commands",
    "Commands to cases by what became of them: accepted, refused (by code), sent (nobody waits), failed (by error)",
    ("do", "outcome", "code"),
    registry=PROCESS,
)
_command_seconds = Histogram(
    "rectify_command_seconds",
    "From handing a command in to its answer",
    ("do", "outcome"),
    buckets=_SECONDS,
    registry=PROCESS,
)
_record_seconds = Histogram(
    "rectify_record_seconds", "One try of the record step", ("outcome",), buckets=_SECONDS, registry=PROCESS
)
_record_retries = Counter("rectify_record_retries", "Tries of the record step after the first", registry=PROCESS)
_clock_late = Histogram(
    "rectify_clock_late_seconds",
    "From the instant at which a deadline passed to the record of it",
    buckets=_LATE,
    registry=PROCESS,
)
_sign_ins = Counter("rectify_sign_ins", "Who came in, and who did not, by code", ("outcome", "code"), registry=PROCESS)
for _outcome in ("recorded", "failed"):
    _record_seconds.labels(_outcome)  # a series that begins with its first event shows no increase


def tell_build(process: str, version: str) -> None:
    """What this process is."""
    _build.labels(process, version).set(1)


async def counted(do: str, giving: Awaitable[T]) -> T:
    """The answer to a command; counted, with how long it took."""
    began, outcome, code = time.perf_counter(), "failed", ""
    try:
        with spanned(f"command {do}"):
            answer = await giving
        if isinstance(answer, Refused):
            outcome, code = "refused", answer.code
        else:
            outcome = "sent" if answer is None else "accepted"
        return answer
    except LookupError:
        outcome, code = "refused", "unknown_case"
        raise
    except BaseException as error:
        code = type(error).__name__
        raise
    finally:
        _commands.labels(do, outcome, code).inc()
        _command_seconds.labels(do, outcome).observe(time.perf_counter() - began)


@contextmanager
def recording(attempt: int) -> Generator[None]:
    """Around one try of the record step, the first being 1."""
    if attempt > 1:
        _record_retries.inc()
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "recorded"
    finally:
        _record_seconds.labels(outcome).observe(time.perf_counter() - began)


def clock_fell(late: timedelta) -> None:
    """The passing of a deadline was recorded so long after its instant."""
    _clock_late.observe(max(late.total_seconds(), 0.0))


def came_in(way: str) -> None:
    """Somebody signed in; `way`: by what."""
    _sign_ins.labels("accepted", way).inc()


def kept_out(code: str) -> None:
    """Somebody was refused at the door."""
    _sign_ins.labels("refused", code).inc()
