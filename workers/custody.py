"""What only the machine knows that keeps heads and backups: when the last of each was made."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from desk.heads import SignedHeads
from embedded.settings import StackSettings
from engine.metrics import PROCESS
from workers.backup import last_backup

_HOUR = 3600.0


class Custody(Collector):
    """Asked when somebody looks: files of the home, never the database."""

    def __init__(self, home: Path, heads: SignedHeads, every: int) -> None:
        self._home, self._heads, self._every = home, heads, every

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Instants as seconds since 1970, 0 for never."""
        last = last_backup(self._home)
        yield _one("rectify_head_signed_timestamp_seconds", "When heads were signed last", self._heads.signed_at())
        yield _one("rectify_backup_timestamp_seconds", "When a backup was made here last", last.at if last else None)
        every = GaugeMetricFamily("rectify_backup_every_seconds", "How often one is wanted; 0 for never")
        every.add_metric([], self._every * _HOUR)
        yield every


def tell_custody(home: Path, heads: SignedHeads) -> None:
    """From now on this process tells it."""
    PROCESS.register(Custody(home, heads, StackSettings().backup_every))


def _one(name: str, what: str, at: datetime | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=at.timestamp() if at else 0.0)
