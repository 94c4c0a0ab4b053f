"""One order over all cases that match a filter: the list is frozen when the order is given, and worked on as a job."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Engine

from models.actors import Actor
from models.commands import AddNote, AnyCommand, AssignOfficers
from models.jobs import AnyItem, CaseCommands, CaseReminder, Job
from store.campaigns import Campaign
from store.jobs import create_job
from store.queries import list_cases

_PAGE = 2000
Order = Callable[[dict[str, Any]], AnyItem | None]


def matching(engine: Engine, campaign: Campaign, **filters: str | None) -> Iterator[dict[str, Any]]:
    """Every open case that matches, page by page."""
    after = ""
    given: dict[str, Any] = {"campaign_id": campaign.campaign_id, "outcome": "open", **filters}
    while page := list_cases(engine, limit=_PAGE, after=after, **given):
        yield from page
        after = page[-1]["case_id"]


def order_all(engine: Engine, campaign: Campaign, by: Actor, what: str, order: Order, **filters: str | None) -> Job:
    """Freeze what matches now; a case for which the order gives nothing is left out."""
    listed = [
        (row["subject_name"], item) for row in matching(engine, campaign, **filters) if (item := order(row)) is not None
    ]
    params = {"order": what, **{name: value for name, value in filters.items() if value is not None}}
    return create_job(engine, uuid.uuid4().hex[:12], "commands", campaign.campaign_id, str(by), params, listed)


def assign(by: Actor, officers: tuple[str, ...]) -> Order:
    """These officers are in charge."""
    return lambda row: _one(row, AssignOfficers(by=by, command_id=_id(), officers=officers))


def reassign(by: Actor, leaves: str, takes_over: str) -> Order:
    """An official leaves: the other takes the place, beside whoever else is in charge."""

    def order(row: dict[str, Any]) -> AnyItem | None:
        if leaves not in row["officers"]:
            return None
        officers = tuple(dict.fromkeys(takes_over if o == leaves else o for o in row["officers"]))
        return _one(row, AssignOfficers(by=by, command_id=_id(), officers=officers))

    return order


def note(by: Actor, words: str) -> Order:
    """A note in each file."""
    return lambda row: _one(row, AddNote(by=by, command_id=_id(), text=words))


def remind(words: str) -> Order:
    """Whoever's turn it is."""
    return lambda row: CaseReminder(case_id=row["case_id"], words=words)


def _one(row: dict[str, Any], command: AnyCommand) -> CaseCommands:
    return CaseCommands(case_id=row["case_id"], commands=(command,))


def _id() -> str:
    return str(uuid.uuid4())
