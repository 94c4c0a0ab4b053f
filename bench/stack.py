"""A migrated stack for a measurement, gone afterwards; the report of one."""

import asyncio
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.claims import console, speaks
from engine.connection import Services
from rules.files.plan_check import PlanFile, read_plan
from store.migrate import migrate

_PLAN = Path(__file__).resolve().parent.parent / "campaigns" / "karamay-2013.toml"
_RESULTS = Path(__file__).resolve().parent / "results"


@contextmanager
def bench_services(*, time_skipping: bool = False) -> Generator[Services]:
    """PostgreSQL that waits for its disk, as in earnest, and a Temporal server."""
    with throwaway_settings(time_skipping=time_skipping, durable=True) as settings:
        services = Services(asyncio.run(up(settings, lambda line: print(f"· {line}", file=sys.stderr))))  # noqa: T201 -- a report
        migrate(services.owner)
        keep_claim_keys(services.owner, services.home)
        speaks(console())
        try:
            yield services
        finally:
            services.close()


def shipped_plan() -> PlanFile:
    """The plan of the notice."""
    read = read_plan(_PLAN.read_text(encoding="utf-8"), _PLAN.name)
    assert isinstance(read, PlanFile), read
    return read


def keep(report: dict[str, Any], name: str) -> None:
    """Print the report, and keep it in bench/results."""
    shown = json.dumps(report, indent=2, ensure_ascii=False)
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{name}.json").write_text(shown + "\n", encoding="utf-8")
    print(shown)  # noqa: T201 -- a report
