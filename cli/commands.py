"""A command on its way through the command line: of its shape or refused, noted where it is refused, answered."""

import uuid
from typing import Any

from pydantic import ValidationError

from cli.case_screen import case_state
from cli.output import BAD_INPUT, REFUSED, err, fail, out, print_json, say
from cli.services import case_named, no_case
from cli.shapes import input_problem
from desk.refusals import note_refused
from engine.connection import Services
from engine.operator import operator
from models.audit import audit_actor
from models.case import Case
from models.commands import CLOCK_COMMANDS, COMMAND, AnyCommand
from models.instants import say_due
from models.refusals import Refused
from models.wire import Receipt
from rules.words.naming import Both
from rules.words.refusals import refuse
from store.campaigns import Campaign, campaign_of, plans_from
from store.verify import fold_case
from views.plain import plain
from views.receipt import receipt_document


def case_folded(found: Services, typed: str, *, as_json: bool) -> tuple[Campaign, Case]:
    """The case of what was typed, folded from its log, and its campaign; exit 1 where there is none."""
    plans_from(found.engine)
    case_id = case_named(found, typed, as_json=as_json)
    try:
        case = fold_case(found.engine, case_id).case
    except LookupError:
        no_case(case_id, as_json=as_json)
    return campaign_of(found.engine, case.campaign_id), case


def command_of(facts: dict[str, Any], where: str, *, as_json: bool) -> AnyCommand:
    """The command that the facts make, with an id where they have none; exit 2 naming each wrong field."""
    if facts.get("do") in CLOCK_COMMANDS:
        fail(REFUSED, refuse("clock_only", do=facts["do"]).model_dump(), as_json=as_json)
    facts = {"command_id": str(uuid.uuid4()), **facts}
    try:
        return COMMAND.validate_python(facts)
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(where, error), as_json=as_json)


def note_answer(
    found: Services,
    answer: Receipt | Refused | None,
    command: AnyCommand,
    *,
    case_id: str | None = None,
    subject_id: str | None = None,
) -> None:
    """By the account of the machine, in the office that the command names: nobody signed in for it."""
    if isinstance(answer, Refused):
        by = audit_actor(command.by, account=operator().account)
        said = Both(answer.zh, answer.en)
        note_refused(found.engine, by, answer.code, command.do, case_id=case_id, subject_id=subject_id, said=said)


def show_answer(answer: Receipt | Refused, command: AnyCommand, warnings: list[Both], *, as_json: bool) -> None:
    """What became of it: state and next due instant, or exit 1 with why not."""
    if isinstance(answer, Refused):
        fail(REFUSED, {**answer.model_dump(), "command_id": command.command_id}, as_json=as_json)
    for warning in warnings:
        err().print(f"! {say(*warning)}", markup=False, soft_wrap=True)
    if as_json:
        print_json(plain(receipt_document(answer, command, warnings)))
        return
    state, due = case_state(answer.stage, answer.outcome), say_due(answer.due_at)
    accepted = f"✓ {say('受理', 'accepted')}  {answer.case_id}  {state}  {say('期限', 'due')} {due}"
    out().print(accepted, markup=False, soft_wrap=True)
