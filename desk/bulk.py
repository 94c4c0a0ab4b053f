"""One order over all cases that match a filter: the list is frozen when the order is given, and worked on as a job."""

import uuid
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from desk.orders import signing
from engine.claims import Signer
from models.actors import Actor
from models.commands import AddNote, AnyCommand, AssignOfficers
from models.jobs import AnyItem, CaseCommands, CaseReminder, Job
from models.refusals import Refused
from rules.access.deeds import Place, may, out_of_reach
from store.campaigns import Campaign
from store.case_list import CaseFilter, CaseRow, cases_by_id
from store.jobs import create_job

_PAGE = 2000
Order = Callable[[CaseRow], AnyItem | None]
Wanted = str | bool | tuple[str, ...] | None
"""What a filter of cases asks for."""


# The command by which an order is judged; a reminder is as a note.
_COMMAND_OF = {"assign": "assign_officers", "reassign": "assign_officers", "note": "add_note", "remind": "add_note"}


def refused_order(campaign: Campaign, by: Actor, what: str, district: str | None) -> Refused | None:
    """Why the actor may not give this order, if so (domain §7)."""
    return may(campaign.plan, by, _COMMAND_OF[what], Place(district, by.sector))


def matching(engine: Engine, campaign: Campaign, **filters: Wanted) -> Iterator[CaseRow]:
    """Every open case that matches, page by page."""
    after, now = "", campaign.now()
    which = CaseFilter.model_validate({**filters, "campaign_id": campaign.campaign_id, "outcome": "open"})
    while page := cases_by_id(engine, which, _PAGE, after, now=now):
        yield from page
        after = page[-1].case_id


def ordered(
    engine: Engine, campaign: Campaign, by: Actor, order: Order, **filters: Wanted
) -> Iterator[tuple[str, AnyItem]]:
    """What the order is for each case that matches, with the subject's name.

    Left out are cases beyond the actor's territory or sector, and those for which the order gives nothing.
    """
    for row in matching(engine, campaign, **filters):
        there = Place(row.district, row.sector)
        if out_of_reach(campaign.plan, by, there) is None and (item := order(row)) is not None:
            yield row.subject_name, item


def order_all(
    engine: Engine,
    signer: Signer,
    campaign: Campaign,
    by: Actor,
    what: str,
    order: Order,
    *,
    job_id: str | None = None,
    **filters: Wanted,
) -> Job:
    """Freeze what matches now as a job, signed by whoever orders it; ordered again under its id it is the same one."""
    listed = list(ordered(engine, campaign, by, order, **filters))
    params = {"order": what, **{name: value for name, value in filters.items() if value is not None}}
    job_id = job_id or uuid.uuid4().hex[:12]
    sign = signing(signer, by, what, job_id, campaign.campaign_id)
    return create_job(engine, job_id, "commands", campaign.campaign_id, str(by), params, listed, sign)


def assign(by: Actor, officers: tuple[str, ...]) -> Order:
    """These officers are in charge."""
    return lambda row: _one(row, AssignOfficers(by=by, command_id=_id(), officers=officers))


def reassign(by: Actor, leaves: str, takes_over: str) -> Order:
    """An official leaves: the other takes the place, beside whoever else is in charge."""

    def order(row: CaseRow) -> AnyItem | None:
        if leaves not in row.officers:
            return None
        officers = tuple(dict.fromkeys(takes_over if o == leaves else o for o in row.officers))
        given = _one(row, AssignOfficers(by=by, command_id=_id(), officers=officers))
        return given.model_copy(update={"while_in_charge": row.officers})

    return order


def note(by: Actor, words: str) -> Order:
    """A note in each file."""
    return lambda row: _one(row, AddNote(by=by, command_id=_id(), text=words))


def remind(by: Actor, words: str) -> Order:
    """Whoever's turn it is."""
    return lambda row: CaseReminder(case_id=row.case_id, by=by, words=words)


def _one(row: CaseRow, command: AnyCommand) -> CaseCommands:
    return CaseCommands(case_id=row.case_id, commands=(command,))


def _id() -> str:
    return str(uuid.uuid4())
