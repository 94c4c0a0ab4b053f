"""`/people`: who is here, in which posts, which posts are vacant; everything that was ever given to one person."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from desk.people import cases_in_charge
from rules.access.vacancies import vacancies
from serving.actors import SignedIn
from serving.backing import Behind
from serving.problems import Trouble
from store.people import UnknownPerson, held_posts, people, person_of
from web.deeds.people import NAMES, manager, offered, person_url
from web.entry import newest
from web.queries import PeopleQuery
from web.render import link, page

router = APIRouter(include_in_schema=False)
_ROWS = 100


@router.get("/people")
def everybody(request: Request, behind: Behind, visit: SignedIn, query: Annotated[PeopleQuery, Query()]) -> Response:
    """The people of this installation, and the posts that the newest campaign needs and nobody holds."""
    manager(visit)
    campaign, now = newest(behind), datetime.now(UTC)
    found = people(
        behind.records, words=query.q or "", after=query.after or "", limit=_ROWS + 1, is_here=not query.gone
    )
    rows, kept = found[:_ROWS], query.address
    return page(
        request,
        "people_list.html",
        campaign,
        rows=rows,
        now_held=now,
        query=query,
        vacant=vacancies(campaign.plan, held_posts(behind.records, now)) if campaign else (),
        person_url=person_url,
        following=link("/people", **kept, after=rows[-1].person_id) if len(found) > _ROWS else None,
        first=link("/people", **kept) if query.after else None,
    )


@router.get("/people/{person_id}")
def one(request: Request, behind: Behind, visit: SignedIn, person_id: str, done: str = "") -> Response:
    """Posts, delegations and logins of one person, ended ones too; what can be done."""
    manager(visit)
    try:
        person = person_of(behind.records, person_id)
    except UnknownPerson:
        zh, en = f"没有人员 {person_id}", f"there is no person {person_id}"
        raise Trouble(404, "unknown_person", zh, en) from None
    now = datetime.now(UTC)
    return page(
        request,
        "person.html",
        newest(behind),
        person=person,
        now_held=now,
        offers=offered(person, now),
        in_charge=cases_in_charge(behind.records, person.name) if person.left_at else 0,
        done=NAMES.get(done),
    )
