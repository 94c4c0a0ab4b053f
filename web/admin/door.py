"""Who comes to the administration, by the table of deeds; which of its pages somebody has."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from models.actors import Actor
from models.people import Visit
from rules.access.deeds import may_order
from serving.actors import SignedIn, lets_in, no_post
from serving.audited import refusals_noted
from serving.backing import Behind
from serving.problems import refused
from store.reading import reading_now

PAGES = {
    "/admin/health": "operate",
    "/admin/jobs": "operate",
    "/admin/schedules": "operate",
    "/admin/tokens": "manage_tokens",
    "/admin/audit": "read_audit",
}
"""Each page with the deed that it takes."""


def _let_in(do: str) -> Callable[..., Awaitable[Actor]]:
    async def official(request: Request, behind: Behind, visit: SignedIn) -> Actor:
        """The official who asks; 403 for whom the deed is not, noted where it would change something."""
        if visit.standing is None or request.method in ("GET", "HEAD"):
            who = standing(visit, do)
        else:
            async with refusals_noted(request, behind.records, visit.standing.actor, do):
                who = standing(visit, do)
        await lets_in(request, behind, who, f"session:{visit.session_id}")
        return who

    return official


def standing(visit: Visit, do: str) -> Actor:
    """Whoever signed in, in the post of the session; 403 for whom the deed is not."""
    if visit.standing is None:
        raise no_post()
    if no := may_order(visit.standing.actor, do):
        raise refused(no)
    return visit.standing.actor


Watching = Annotated[Actor, Depends(_let_in("operate"))]
Maintaining = Annotated[Actor, Depends(_let_in("maintain"))]
Issuing = Annotated[Actor, Depends(_let_in("manage_tokens"))]
Auditing = Annotated[Actor, Depends(_let_in("read_audit"))]


def tabs(who: Actor) -> list[str]:
    """The pages that somebody has."""
    return [path for path, do in PAGES.items() if may_order(who, do) is None]


def maintains(who: Actor) -> bool:
    """Whether somebody keeps the system running, beside looking at it."""
    return may_order(who, "maintain") is None


def reads_all() -> bool:
    """Whether the reader reads every case of every campaign."""
    return reading_now().is_all
