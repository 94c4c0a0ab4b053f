"""A deed outside of a case: its form, and what becomes of it when it is handed in."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from models.actors import Actor
from rules.words.naming import Both
from serving.actors import PROVE_AGAIN, require_proof, require_scope
from serving.audited import refusals_noted
from serving.backing import Backing
from serving.forms import form_values
from serving.problems import Trouble, WrongField, wrong_shape
from store.campaigns import Campaign
from views.forms.fields import FormField
from views.forms.posted import as_posted, read
from web.render import page

_LARGEST = 200_000
_FIELDS = 200
_MENDED_HERE = (403, 409, 422, 503)


class DeedForm(NamedTuple):
    """The form of a deed. `deed`: its name in the table of deeds; `about`: whom or what it is about.

    `effect`: what it does, for deeds that cannot be taken back. `back`: the page that it belongs to. `filters`: of the
    list that it is for. `links`: what to look at, with its address. `beside`: two files, their heads and their rows.
    """

    deed: str
    names: Both
    address: str
    back: str
    about: str
    fields: tuple[FormField, ...] = ()
    clause: str | None = None
    effect: Both | None = None
    filters: Mapping[str, Any] | None = None
    links: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[Both, Both], tuple[tuple[Both, Both, Both], ...]] | None = None


class HandedIn(NamedTuple):
    """What the form hands in: its facts, and the id by which a second sending is known."""

    facts: dict[str, Any]
    command_id: str


Done = str | Response
Deed = Callable[[HandedIn], Awaitable[Done]]


def deed_page(request: Request, campaign: Campaign | None, form: DeedForm) -> Response:
    """The form; where its deed asks for a proof anew, that comes first."""
    require_proof(request, form.deed)
    return _page(request, campaign, form, form.fields, str(uuid.uuid4()), None)


def ask_again(request: Request, campaign: Campaign | None, form: DeedForm, handed: HandedIn) -> Response:
    """The form with what was filled in, to be looked at and sent once more; nothing is done yet."""
    posted = {name: [str(value)] for name, value in handed.facts.items()}
    return _page(request, campaign, form, as_posted(form.fields, posted), handed.command_id, None)


async def carry_out(
    request: Request, behind: Backing, who: Actor, campaign: Campaign | None, form: DeedForm, deed: Deed
) -> Response:
    """Where the deed leads, once it is done; or the form again, with what is to be mended. A refusal is noted.

    The deed answers with an address, or with a page of its own; it raises Trouble where it is refused.
    """
    posted = await form_values(request, _LARGEST, _FIELDS)
    command_id = (posted.get("command_id") or [str(uuid.uuid4())])[-1]
    handed = HandedIn(read(form.fields, posted).facts, command_id)
    try:
        await require_scope(request, behind, who, form.deed)
        async with refusals_noted(request, behind.records, who, form.deed):
            require_proof(request, form.deed)
        done = await _done(deed, handed)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        filled = as_posted(form.fields, posted)
        return await run_in_threadpool(_page, request, campaign, form, filled, command_id, trouble)
    return RedirectResponse(done, 303) if isinstance(done, str) else done


async def _done(deed: Deed, handed: HandedIn) -> Done:
    try:
        return await deed(handed)
    except ValidationError as error:
        raise wrong_shape(error) from None


def _page(
    request: Request,
    campaign: Campaign | None,
    form: DeedForm,
    fields: tuple[FormField, ...],
    command_id: str,
    trouble: Trouble | None,
) -> Response:
    problem = trouble.problem if trouble else None
    known = {field.name for field in fields}
    wrong: dict[str, WrongField] = {_place(e.field, known): e for e in (problem and problem.errors) or ()}
    return page(
        request,
        "deed.html",
        campaign,
        status=problem.status if problem else 200,
        form=form,
        fields=fields,
        command_id=command_id,
        problem=problem,
        wrong={name: error for name, error in wrong.items() if name in known},
        elsewhere=[error for name, error in wrong.items() if name not in known],
        prove_first=problem is not None and problem.code == PROVE_AGAIN,
    )


def _place(wrong: str, known: set[str]) -> str:
    """The field of the form that a part of what was handed in came from: `days.off.0` is `off`."""
    return next((part for part in wrong.split(".") if part in known), wrong)
