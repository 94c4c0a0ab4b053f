"""Gauges for those who watch the system: requests by route, the record's numbers, what answers. No personal data."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from engine.backlog import Backlog
from engine.metrics import PROCESS
from store.counts import open_counts, open_sessions, outbox_dead, outbox_oldest, outbox_waiting
from store.installation import installation
from store.migrate import newest_revision, revision_of, schema_serves

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)
Family = GaugeMetricFamily


@dataclass
class Seen:
    """What was asked of every part just now (`serving/metrics.py`); nothing before the first look."""

    components: Mapping[str, bool] = field(default_factory=dict[str, bool])
    backlog: Mapping[str, Backlog] = field(default_factory=dict[str, Backlog])
    stuck: int | None = None
    """Cases that take no step; None while Temporal does not tell."""


class Gauges(Collector):
    """What answers, and the record's own numbers, asked when somebody looks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen, self.seen_at = Seen(), 0.0
        self.asking = asyncio.Lock()

    def collect(self) -> Iterator[Family]:
        """What was seen; whether the database answers; if so, what it counts."""
        yield from self._of_parts()
        try:
            told = [one("rectify_database_up", "1 when the database answers", 1), *self._of_record()]
        except SQLAlchemyError:
            told = [one("rectify_database_up", "1 when the database answers", 0)]
        yield from told

    def _of_parts(self) -> Iterator[Family]:
        seen = self.seen
        up = Family("rectify_component_up", "1 when a part that commands need is there", labels=["component"])
        for name, is_up in seen.components.items():
            up.add_metric([name], float(is_up))
        tasks = Family("rectify_task_backlog", "Tasks that no worker has taken, roughly", labels=["queue"])
        oldest = Family("rectify_task_backlog_age_seconds", "How long the oldest of them has waited", labels=["queue"])
        for queue, backlog in seen.backlog.items():
            tasks.add_metric([queue], backlog.tasks)
            oldest.add_metric([queue], backlog.oldest.total_seconds())
        yield from (up, tasks, oldest)
        if seen.stuck is not None:
            yield one("rectify_stuck_cases", "Cases that take no step, up to 20", seen.stuck)

    def _of_record(self) -> Iterator[Family]:
        cases = Family("rectify_open_cases", "Open cases", labels=["campaign", "stage"])
        for count in open_counts(self.engine):
            cases.add_metric([count.campaign_id, count.stage], count.cases)
        yield cases
        yield one("rectify_outbox_waiting", "Lines of the outbox that have not left yet", outbox_waiting(self.engine))
        yield one("rectify_outbox_oldest_seconds", "How long the oldest of them has waited", outbox_oldest(self.engine))
        yield one("rectify_outbox_dead", "Dead letters: lines that could not be delivered", outbox_dead(self.engine))
        yield one("rectify_sessions_open", "Sessions that have not ended", open_sessions(self.engine))
        is_live = installation(self.engine).state == "live"
        yield one("rectify_installation_live", "1 for the live installation, 0 for a copy", is_live)
        stands, newest = revision_of(self.engine) or "none", newest_revision() or "none"
        schema = Family("rectify_schema_info", "Where the database stands: 1", labels=["revision", "newest"])
        schema.add_metric([stands, newest], 1)
        yield schema
        yield one("rectify_schema_current", "1 when that schema serves this version", schema_serves(self.engine))


def one(name: str, what: str, value: float) -> Family:
    """A gauge without labels."""
    return Family(name, what, value=float(value))


class Metrics:
    """The registry of one application, with what its process counts."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("rectify_http_requests", "Requests", labels, registry=self.registry)
        self.seconds = Histogram(
            "rectify_http_seconds", "Seconds to answer", ("method", "route"), buckets=_BUCKETS, registry=self.registry
        )
        self.foreign = Counter(
            "rectify_foreign_requests", "Refused: of other pages, under other names", ("code",), registry=self.registry
        )
        self.gauges = Gauges(engine)
        self.registry.register(self.gauges)
        self.registry.register(PROCESS)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request, under its route's template."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)
