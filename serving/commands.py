"""A command to a case as it comes to a door: by whoever is known there, handed in, its refusal noted and told."""

import asyncio
import uuid
from typing import Any

from fastapi import Request
from pydantic import ValidationError

from engine.hand_in import submit
from models.actors import Actor, name_in, parse_actor
from models.commands import CLOCK_COMMANDS, COMMAND, AcceptRestart, AnyCommand, AssignOfficers
from models.refusals import Refused
from models.typed import same_text
from models.wire import Receipt
from rules.access.posts import unknown_officer
from rules.words.refusals import refuse
from serving.actors import require_proof, require_reasons, require_scope, require_shown
from serving.audited import refusals_noted
from serving.backing import WORK, Backing
from serving.problems import Trouble, no_case, one_field, refused, refused_at, wrong_shape
from serving.readable import require_readable
from store.case_ids import place_of_case
from store.people import in_post


async def give(
    request: Request, behind: Backing, who: Actor, case_id: str, facts: dict[str, Any]
) -> tuple[AnyCommand, Receipt]:
    """The command and its receipt; sent again with its command_id it has one effect. Trouble where it is refused."""
    await require_scope(request, behind, who, str(facts.get("do")))
    async with refusals_noted(request, behind.records, who, facts.get("do"), case_id=case_id):
        command = command_of(facts, who)
        require_proof(request, command.do)
        require_shown(request, command)
        require_reasons(request, command)
        await asyncio.to_thread(require_readable, behind, case_id, who)
        await asyncio.to_thread(_require_known_officers, request, behind, case_id, command)
        _require_own_signature(request, command)
        client = await behind.temporal()
        try:
            given = await submit(client, behind.records, case_id, command)
        except LookupError:
            raise no_case(case_id) from None
        if isinstance(given, Refused):
            raise refused(given)
        behind.forget(WORK)
        return command, given


def _require_known_officers(request: Request, behind: Backing, case_id: str, command: AnyCommand) -> None:
    """409 where whoever signed in names an officer whom the district does not have for that sector.

    Tokens may name anybody (A).
    """
    if getattr(request.state, "visit", None) is None or not isinstance(command, AssignOfficers):
        return
    place = place_of_case(behind.records, case_id)
    there = in_post(behind.records, "inspector", place.district or "")
    if no := unknown_officer(command.officers, there, {place.sector}):
        raise refused_at("officers", no)


def _require_own_signature(request: Request, command: AnyCommand) -> None:
    """409 where whoever signed in accepts a restart in the names of others alone (A)."""
    if getattr(request.state, "visit", None) is None or not isinstance(command, AcceptRestart):
        return
    own = same_text(command.by.name)
    if all(same_text(name_in(one)) != own for one in command.signatories):
        raise refused_at("signatories", refuse("own_signature", name=command.by.name))


def command_of(facts: dict[str, Any], who: Actor) -> AnyCommand:
    """The command, by the token's actor; 403 where the body names another, 422 for a wrong shape."""
    if facts.get("do") in CLOCK_COMMANDS:
        raise refused(refuse("clock_only", do=facts["do"]))
    if (named := facts.get("by")) is not None:
        _require_same(named, who)
    try:
        return COMMAND.validate_python({"command_id": str(uuid.uuid4()), **facts, "by": who})
    except ValidationError as error:
        raise wrong_shape(error) from None


def _require_same(named: Any, who: Actor) -> None:
    try:
        same = Actor.model_validate(parse_actor(named)) == who
    except (ValueError, ValidationError):
        zh, en = "须写作 角色:姓名@辖区代码", "is to be role:name@territory"
        raise one_field("by", zh, en, "可省略：以令牌为准", "leave it out: the token says who") from None
    if not same:
        zh, en = "by 与令牌所载人员不符", "`by` is not whom the token names"
        raise Trouble(403, "actor_differs", zh, en, rule="contracts §1")
