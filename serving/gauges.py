"""Gauges for those who watch the system: requests by route, open cases, the outbox. No personal data."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from store.counts import open_counts, outbox_dead, outbox_waiting

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)


class Gauges(Collector):
    """The record's own numbers, asked when somebody looks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Whether the database answers; if so, what it counts."""
        up = GaugeMetricFamily("rectify_database_up", "1 when the database answers")
        try:
            counts, waiting = open_counts(self.engine), outbox_waiting(self.engine)
            dead_letters = outbox_dead(self.engine)
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        cases = GaugeMetricFamily("rectify_open_cases", "Open cases", labels=["campaign", "stage"])
        for count in counts:
            cases.add_metric([count.campaign_id, count.stage], count.cases)
        yield cases
        outbox = GaugeMetricFamily("rectify_outbox_waiting", "Lines of the outbox that have not left yet")
        outbox.add_metric([], waiting)
        yield outbox
        dead = GaugeMetricFamily("rectify_outbox_dead", "Dead letters: lines that could not be delivered")
        dead.add_metric([], dead_letters)
        yield dead


class Metrics:
    """The registry of one application."""

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
        self.registry.register(Gauges(engine))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request, under its route's template."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)
