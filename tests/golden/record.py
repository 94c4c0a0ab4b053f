"""Record the golden histories anew: `python -m tests.golden.record`, from the root of the repository.

Only for a story that is new. A history that no longer replays is not a reason: it stands for cases that are running.
"""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from unittest.mock import patch

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

import store.campaigns
from embedded.stack import up
from embedded.throwaway import throwaway_settings
from engine.claim_keys import keep_claim_keys
from engine.claims import console, speaks
from engine.connection import Services
from engine.keys import KeyRing, Keys
from models.wire import CaseStart
from rules.files.plan_check import PlanFile, read_plan
from store.campaigns import add_campaign
from store.migrate import migrate
from tests.durable.office import CaseFile, Office
from tests.golden.stories import STORIES
from workers.cases import cases_worker

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
KEYS = Keys.model_validate_json((HERE / "keys.json").read_text())
PLAN = HERE / "plan.toml"
DIGEST = HERE / "plan.digest"
FINGERPRINT = HERE / "fingerprint.json"


def fingerprint(history: WorkflowHistory) -> list[str]:
    """The kinds of events that the workflow's own commands gave, in order: no payloads, no ids, no server's events."""
    kinds = (EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") for e in history.events)
    servers = ("WORKFLOW_TASK", "WORKFLOW_EXECUTION_OPTIONS", "WORKFLOW_EXECUTION_TIME_SKIPPING")
    return [kind for kind in kinds if not kind.startswith(servers)]


def plan() -> PlanFile:
    """The plan under which the histories ran, kept beside them: it is pinned by its digest."""
    read = read_plan(PLAN.read_text(encoding="utf-8"), PLAN.name)
    assert isinstance(read, PlanFile), read
    return read


async def run_story(office: Office, name: str) -> CaseFile:
    """One story on a running stack."""
    shorter = partial(CaseStart, continue_after=40 if name == "continued" else 0)
    with patch.object(store.campaigns, "CaseStart", shorter):
        return await STORIES[name](office)


async def main(names: list[str]) -> None:
    """Every story that is named, or has no history yet."""
    wanted = names or [name for name in STORIES if not (HISTORIES / f"{name}.json").exists()]
    with throwaway_settings() as settings:
        services = Services(await up(settings))
        services.__dict__["keys"] = KeyRing(KEYS)
        migrate(services.owner)
        keep_claim_keys(services.owner, services.home)
        speaks(console())
        campaign = add_campaign(services.engine, plan(), 2027)
        if not DIGEST.exists():
            DIGEST.write_text(campaign.digest + "\n")
        client = await services.temporal()
        office = Office(client, services, campaign)
        async with cases_worker(client, services.engine):
            for name in wanted:
                history = await (await run_story(office, name)).history()
                (HISTORIES / f"{name}.json").write_text(history.to_json())
                if name == "happy":
                    FINGERPRINT.write_text(json.dumps(fingerprint(history), indent=1) + "\n")
            await office.shut()
        services.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
