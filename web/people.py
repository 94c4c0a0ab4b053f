"""`/people`: who is here, in which posts, which posts are vacant; everything that was ever given to one person."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from desk.sign_in import locked_until
from models.actors import ROLES
from rules.access.vacancies import vacancies
from rules.words.naming import Both
from serving.actors import SignedIn
from serving.backing import Behind
from store.people import held_posts, people
from web.deeds.people import HANDS_OVER, about_person, manager, offered, person_url
from web.deeds.people_fields import held_posts_of, subject_names
from web.deeds.what_ends import handed_over, left_vacant, tokens_of
from web.entry import newest
from web.queries import PeopleQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
_ROWS = 100
_DONE = {
    "post": Both("增加岗位", "the post is given"),
    "delegate": Both("委托代理（AB角）", "the delegation is given"),
    "end_post": Both("免去岗位", "the end of the post is set"),
    "end_delegation": Both("收回代理", "the delegation is ended"),
    "leave": Both("办理离岗", "this person has left"),
}


@router.get("/people")
def everybody(request: Request, behind: Behind, visit: SignedIn, query: Annotated[PeopleQuery, Query()]) -> Response:
    """The people of this installation, and the posts that the newest campaign needs and nobody holds."""
    manager(visit)
    campaign, now = newest(behind), datetime.now(UTC)
    found = people(
        behind.records,
        words=query.q or "",
        after=query.after or "",
        limit=_ROWS + 1,
        is_here=not query.gone,
        role=query.role,
        territory=query.territory,
        at=None if query.gone else now,
    )
    rows, kept = found[:_ROWS], query.address
    return page(
        request,
        "people_list.html",
        campaign,
        rows=rows,
        now_held=now,
        query=query,
        roles=[role for role in ROLES if role != "public"],
        is_narrowed=bool(query.q or query.role or query.territory),
        vacant=vacancies(campaign.plan, held_posts(behind.records, now)) if campaign else (),
        person_url=person_url,
        subjects=subject_names(behind, (post for one in rows for post in one.posts)),
        following=link("/people", **kept, after=rows[-1].person_id) if len(found) > _ROWS else None,
        first=link("/people", **kept) if query.after else None,
    )


@router.get("/people/{person_id}")
def one(request: Request, behind: Behind, visit: SignedIn, person_id: str, done: str = "") -> Response:
    """Posts, delegations and logins of one person, ended ones too; what can be done."""
    manager(visit)
    about, now = about_person(behind, person_id), datetime.now(UTC)
    person = about.person
    return page(
        request,
        "person.html",
        about.campaign,
        person=person,
        locked=locked_until(behind.records, [a.login for a in person.accounts], now),
        acting=[one for one in about.acting if one.delegation.delegate_id == person_id],
        lent=[one for one in about.acting if one.post.person_id == person_id],
        now_held=now,
        offers=offered(about, now),
        in_charge=handed_over(behind, person, about.plan) if person.left_at else None,
        tokens=tokens_of(behind, held_posts_of(person, now)),
        vacant=left_vacant(behind, person, about.plan) if done in HANDS_OVER else (),
        subjects=subject_names(behind, (*person.posts, *(one.post for one in about.acting))),
        done=_DONE.get(done),
    )
