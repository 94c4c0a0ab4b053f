"""Handing a campaign its commands: start, open, move a boundary, complete. Only who may give them is asked here."""

# calls by name are partly untyped in temporalio
# pyright: reportUnknownMemberType=false

import asyncio
import uuid
from collections.abc import Container
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from desk.refusals import noted_refusal
from engine.hand_in import answered
from engine.unreachable import asking_temporal
from models.actors import Actor
from models.audit import AuditLine, Fact, as_fact, audit_actor
from models.campaign import (
    CAMPAIGN_WORKFLOW,
    CAMPAIGNS_QUEUE,
    AnyCampaignCommand,
    CampaignStart,
    CampaignSubmission,
    CampaignView,
    CompleteNow,
    MoveBoundary,
    OpenCases,
    PublishWorkingDays,
    workflow_id,
)
from models.instants import say_due, say_instant
from models.plan import CalendarMove
from models.refusals import Refused
from models.wire import CAMPAIGN_ATTRIBUTE
from rules.access.deeds import may_order
from rules.campaign.decide import boundary, over
from rules.files.plan_check import PlanFile
from rules.words.clauses import cited
from store.audit import note_once
from store.campaign_log import last_move
from store.campaigns import Campaign, add_campaign, campaigns
from store.certificate import certificate_of, take_over
from store.opening import subjects_without_case

_WITHIN = timedelta(seconds=30)


async def run_campaign(
    client: Client, campaign: Campaign, last: CalendarMove | None = None, *, settle_within: int = 600
) -> None:
    """Have the campaign's workflow run; one that runs already goes on. Unreachable if Temporal does not answer.

    `last`: the newest move of its calendar, told to all cases by a new run: one that is gone may have been amid that.
    """
    start = CampaignStart(
        campaign_id=campaign.campaign_id,
        digest=campaign.digest,
        phases=campaign.phases,
        calendar=campaign.calendar,
        told=0 if last else campaign.calendar,
        moved_at=last.at if last else None,
        published=last.working_days if last else None,
        clock_offset=campaign.clock_offset,
        settle_within=settle_within,
    )
    with asking_temporal():
        await client.start_workflow(
            CAMPAIGN_WORKFLOW,
            start,
            id=workflow_id(campaign.campaign_id),
            task_queue=CAMPAIGNS_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(SearchAttributeKey.for_keyword(CAMPAIGN_ATTRIBUTE), campaign.campaign_id)]
            ),
            static_summary=campaign.campaign_id,
            rpc_timeout=_WITHIN,
        )


class Started(NamedTuple):
    """A campaign that was started; how many cases it took over, and from which one it could not take any yet."""

    campaign: Campaign
    taken_over: int
    unsettled: Campaign | None = None


def refused_start(engine: Engine, read: PlanFile, year: int, by: Actor, now: datetime) -> Refused | None:
    """Why the plan is not started for the year by whom, if so: it would be over, or is for others. Noted."""
    if (calendar := read.plan.calendar(year))[-1].ends_at <= now:
        return over(calendar)
    refused = may_order(by, "open_cases", read.plan)
    return noted_refusal(engine, by, refused, "open_cases") if refused else None


def pin(engine: Engine, read: PlanFile, year: int, stock: Campaign | None = None) -> Started:
    """Pin the plan for the year and take over from `stock`, else from the same city's campaign before, once settled.

    Pinned twice it is the same campaign; ValueError where it runs under another version of the plan.
    """
    campaign = add_campaign(engine, read, year)
    before = [c for c in campaigns(engine) if _comes_before(c, campaign)]
    earlier = stock or max(before, key=lambda c: c.phases[-1].ends_at, default=None)
    if earlier is None:
        return Started(campaign, 0)
    if certificate_of(engine, earlier.campaign_id) is None:
        return Started(campaign, 0, earlier)
    return Started(campaign, take_over(engine, campaign.campaign_id, earlier.campaign_id))


def first_opening(campaign: Campaign, by: Actor) -> OpenCases:
    """The same however often the campaign is started: newcomers are for another command."""
    command_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"rectify/{campaign.campaign_id}/start"))
    return OpenCases(by=by, command_id=command_id)


def _comes_before(earlier: Campaign, to: Campaign) -> bool:
    ends = earlier.phases[-1].ends_at
    return earlier.plan.city == to.plan.city and ends < to.phases[-1].ends_at and earlier.campaign_id != to.campaign_id


async def steer(
    client: Client, engine: Engine, campaign: Campaign, command: AnyCampaignCommand, unnoted: Container[str] = ()
) -> CampaignView | Refused:
    """Hand in a command of the office; sent again with the same command_id it has one effect. A refusal is noted.

    `unnoted`: codes by which nothing is refused to whoever hands it in.
    """

    def told(refused: Refused) -> Refused:
        as_cited = cited(campaign.plan, refused)
        if refused.code in unnoted:
            return as_cited
        return noted_refusal(engine, command.by, as_cited, command.do, campaign.campaign_id)

    if refused := may_order(command.by, command.do, campaign.plan):
        return await asyncio.to_thread(told, refused)
    if await asyncio.to_thread(certificate_of, engine, campaign.campaign_id):
        return await asyncio.to_thread(told, over(campaign.phases))
    waiting = await asyncio.to_thread(_to_open, engine, campaign) if isinstance(command, OpenCases) else None
    last = await asyncio.to_thread(last_move, engine, campaign.campaign_id)
    await run_campaign(client, campaign, last)
    handle = client.get_workflow_handle(workflow_id(campaign.campaign_id))
    answer = await answered(
        handle.execute_update("submit", CampaignSubmission(command=command), result_type=CampaignView), engine
    )
    if isinstance(answer, Refused):
        return await asyncio.to_thread(told, answer)
    await asyncio.to_thread(_note, engine, campaign, command, waiting)
    return answer


def _to_open(engine: Engine, campaign: Campaign) -> int:
    with engine.connect() as connection:
        return subjects_without_case(connection, campaign.campaign_id)


def _note(engine: Engine, campaign: Campaign, command: AnyCampaignCommand, waiting: int | None) -> None:
    """What the campaign took, once: who ordered it, by which decision, and of a boundary from when to when.

    `waiting`: of an opening how many subjects had no case when it was ordered. A
    publication of working days has its line already, of whichever campaign it is.
    """
    facts: dict[str, Fact] = {"deed": command.do, "campaign": campaign.campaign_id, "command": command.command_id}
    match command:
        case OpenCases():
            facts |= {"to_open": waiting} if waiting is not None else {}
        case MoveBoundary():
            said = say_instant if command.edge == "begins" else say_due
            old = boundary(campaign.phases, command.phase, command.edge)
            facts |= {"phase": command.phase, "edge": command.edge, **({"since": said(old)} if old else {})}
            facts["until"] = said(command.to)
        case CompleteNow():
            facts["since"] = say_due(campaign.phases[-1].ends_at)
        case PublishWorkingDays():
            return
    if not isinstance(command, OpenCases):
        facts["reason"] = as_fact(command.reason)
    line = AuditLine(kind="campaign_steered", by=audit_actor(command.by), facts=facts)
    note_once(engine, line, "command")


async def campaign_view(client: Client, campaign_id: str) -> CampaignView | None:
    """How far the running campaign is; None if Temporal has none of that id."""
    handle = client.get_workflow_handle(workflow_id(campaign_id))
    with suppress(LookupError), asking_temporal(campaign_id):
        return await handle.query("current", result_type=CampaignView, rpc_timeout=_WITHIN)
    return None
