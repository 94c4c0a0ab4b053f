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
from serving.problems import Trouble, wrong_shape
from store.campaigns import Campaign
from views.forms.fields import FormField
from views.forms.posted import Posted, as_posted, read
from views.since import Since
from web.drafts import SEEN, draft_name, moved_on, taken_up, unless_used
from web.mending import mending, placed
from web.render import page

_LARGEST = 200_000
_FIELDS = 200
_MENDED_HERE = (403, 409, 422, 503)


class DeedForm(NamedTuple):
    """The form of a deed. `deed`: its name in the table of deeds; `about`: whom or what it is about.

    `effect`: what it does, for deeds that cannot be taken back. `back`: the page that it belongs to. `seen`: how far
    things were that it is about. `filters`: of the list that it is for. `links`: what to look at, with its address.
    `beside`: two files, their heads and their rows. `button`: what it says where this is not the name of the deed.
    `person_id`: about whom it is; `subject_id`: about which subject of the register.
    """

    deed: str
    names: Both
    address: str
    back: str
    about: str
    fields: tuple[FormField, ...] = ()
    clause: str | None = None
    effect: Both | None = None
    seen: str = ""
    filters: Mapping[str, Any] | None = None
    links: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[Both, Both], tuple[tuple[Both, Both, Both], ...]] | None = None
    button: Both | None = None
    person_id: str | None = None
    subject_id: str | None = None

    def with_fields(self, *others: FormField, **facts: Any) -> "DeedForm":
        """The form with these fields in place of its own of their names; `facts`: what else is another."""
        named = {field.name: field for field in others}
        return self._replace(fields=tuple(named.get(field.name, field) for field in self.fields), **facts)


class Moved(NamedTuple):
    """What became, since the form was opened, of what it is about.

    `holds`: the deed would pass over it, so it is shown first. `mended`: fields that nobody touched, as they stand now.
    """

    since: Since
    holds: bool = False
    mended: Mapping[str, str] = {}


class HandedIn(NamedTuple):
    """What the form hands in: its facts, and the id by which a second sending is known."""

    facts: dict[str, Any]
    command_id: str


class NotYet(NamedTuple):
    """Nothing is done: the form is to be looked at, and sent once more."""

    response: Response


Done = str | Response | NotYet
Deed = Callable[[HandedIn], Awaitable[Done]]
Moving = Callable[[Posted, str], Moved | None]
"""What was written, and the id that the form has: what became meanwhile; None for nothing."""


def deed_page(request: Request, campaign: Campaign | None, form: DeedForm) -> Response:
    """The form; where its deed asks for a proof anew, that comes first."""
    require_proof(request, form.deed)
    return _page(request, campaign, form, form.fields, str(uuid.uuid4()))


def ask_again(request: Request, campaign: Campaign | None, form: DeedForm, handed: HandedIn) -> NotYet:
    """The form with what was filled in, to be looked at and sent once more; nothing is done yet."""
    posted = {name: [str(value)] for name, value in handed.facts.items()}
    return NotYet(_page(request, campaign, form, as_posted(form.fields, posted), handed.command_id, is_given=True))


async def form_handed_in(
    request: Request, behind: Backing, who: Actor, do: str, make: Callable[[], DeedForm]
) -> DeedForm:
    """The form that somebody hands in; that it is not theirs, or not of now, is noted."""
    async with refusals_noted(request, behind.records, who, do):
        return await run_in_threadpool(make)


async def carry_out(
    request: Request,
    behind: Backing,
    who: Actor,
    campaign: Campaign | None,
    form: DeedForm,
    deed: Deed,
    moving: Moving | None = None,
) -> Response:
    """Where the deed leads, once it is done; or the form again, with what is to be mended. A refusal is noted.

    The deed answers with an address, or with a page of its own; it raises Trouble where it is refused.
    """
    posted = await form_values(request, _LARGEST, _FIELDS)
    command_id = (posted.get("command_id") or [str(uuid.uuid4())])[-1]
    handed = HandedIn(read(form.fields, posted).facts, command_id)
    moved = await run_in_threadpool(moving, posted, command_id) if moving and posted.get(SEEN) else None
    try:
        await require_scope(request, behind, who, form.deed)
        about = {"person_id": form.person_id, "subject_id": form.subject_id}
        async with refusals_noted(request, behind.records, who, form.deed, **about):
            require_proof(request, form.deed)
            if moved and moved.holds:
                raise moved_on()
            done = await _done(deed, handed)
    except Trouble as trouble:
        if trouble.problem.status not in _MENDED_HERE:
            raise
        told, next_id = unless_used(trouble, command_id)
        moved = moved if trouble.problem.status == 409 else None
        mended = {name: [value] for name, value in moved.mended.items()} if moved else {}
        filled = as_posted(form.fields, posted | mended)
        return await run_in_threadpool(_page, request, campaign, form, filled, next_id, told, moved)
    if isinstance(done, NotYet):
        return done.response
    return taken_up(request, RedirectResponse(done, 303) if isinstance(done, str) else done, _draft(form))


def _draft(form: DeedForm) -> str:
    return draft_name(form.address)


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
    trouble: Trouble | None = None,
    moved: Moved | None = None,
    is_given: bool = False,
) -> Response:
    problem = trouble.problem if trouble else None
    wrong, elsewhere = mending(fields, placed(problem))
    return page(
        request,
        "deed.html",
        campaign,
        status=problem.status if problem else 200,
        form=form,
        fields=fields,
        command_id=command_id,
        draft=_draft(form),
        is_given=is_given or trouble is not None,
        since=moved.since if moved else None,
        problem=problem,
        wrong=wrong,
        elsewhere=elsewhere,
        prove_first=problem is not None and problem.code == PROVE_AGAIN,
    )
