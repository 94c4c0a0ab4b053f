"""A migrated stack for a measurement, gone afterwards."""

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager

from desk.connection import Services
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from store.migrate import migrate


@contextmanager
def bench_services(*, time_skipping: bool = False) -> Generator[Services]:
    """PostgreSQL that waits for its disk, as in earnest, and a Temporal server."""
    with throwaway_settings(time_skipping=time_skipping, durable=True) as settings:
        services = Services(asyncio.run(up(settings, lambda line: print(f"· {line}", file=sys.stderr))))  # noqa: T201 -- a report
        migrate(services.owner)
        yield services
        services.close()
