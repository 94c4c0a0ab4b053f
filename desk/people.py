"""People and their posts: who is added, invited, given a post, delegated to, and what is left when somebody leaves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from desk.sign_in import INVITED_FOR, hashed, new_token
from models.actors import Actor
from models.audit import AuditActor, AuditKind, AuditLine
from models.people import Delegation, Person, Post
from models.plan import Plan
from models.refusals import Refused
from models.typed import folded
from rules.access.deeds import no_post
from rules.words.clauses import cited
from rules.words.refusals import refuse
from store import people as store
from store.audit import note
from store.case_list import CaseFilter, case_count
from store.people import UnknownPerson, new_id
from store.sessions import credentials, invite


class Invited(NamedTuple):
    """Somebody who can sign in as soon as the link was followed."""

    person_id: str
    account_id: str
    login: str
    token: str
    expires_at: datetime


def post_refused(plans: Sequence[Plan], post: Post) -> Refused | None:
    """Why nobody can hold such a post: no plan has the territory or the sector, or the role needs one."""
    who = Actor(role=post.role, name="-", territory=post.territory, sector=post.sector)
    first, *others = (no_post(plan, who) for plan in plans)
    if first and all(others):
        return cited(plans[0], first)
    if post.sector is not None and not any(s.id == post.sector for plan in plans for s in plan.sectors):
        return cited(plans[0], refuse("unknown_sector", sector=post.sector))
    if (post.role == "enterprise") != (post.subject_id is not None):
        return refuse("post_of_subject", role=post.role)
    return None


def add(
    engine: Engine,
    by: AuditActor,
    name: str,
    login: str,
    posts: Sequence[Post],
    now: datetime,
    *,
    is_demo: bool = False,
) -> Invited:
    """Somebody new with these posts, and a link by which the password is set once; LoginTaken.

    The posts' ids and person are filled in here.
    """
    token = new_token()
    with engine.begin() as connection:
        person_id = store.add_person(connection, folded(name).strip(), is_demo=is_demo)
        for post in posts:
            _give(connection, by, person_id, post)
        account_id = store.add_account(connection, person_id, login)
        invite(connection, account_id, hashed(token), now + INVITED_FOR)
        _note(connection, by, "permission_given", person_id, what="account", account=account_id)
    return Invited(person_id, account_id, login, token, now + INVITED_FOR)


def invite_again(engine: Engine, by: AuditActor, login: str, now: datetime) -> Invited | None:
    """A new link for whoever signs in by that name; the earlier one is none any more. None where nobody does."""
    known = credentials(engine, login)
    if known is None:
        return None
    token = new_token()
    with engine.begin() as connection:
        invite(connection, known.account_id, hashed(token), now + INVITED_FOR)
        _note(connection, by, "permission_given", known.person_id, what="invitation", account=known.account_id)
    return Invited(known.person_id, known.account_id, login, token, now + INVITED_FOR)


def give_post(engine: Engine, by: AuditActor, person_id: str, post: Post) -> str:
    """Somebody holds one more post; its id. UnknownPerson."""
    with engine.begin() as connection:
        return _give(connection, by, person_id, post)


def end_post(engine: Engine, by: AuditActor, post_id: str, at: datetime) -> None:
    """It is held until then. UnknownPerson where it is not."""
    with engine.begin() as connection:
        holder = store.end_post(connection, post_id, at)
        _note(connection, by, "permission_revoked", holder, what="post", post=post_id)


def delegate(
    engine: Engine, by: AuditActor, post_id: str, delegate_id: str, since: datetime, until: datetime
) -> str | Refused:
    """Somebody acts in the post from one instant to another, counted as its holder; the delegation's id."""
    if until <= since:
        return refuse("empty_period")
    with engine.begin() as connection:
        holder = connection.execute(text("SELECT person_id FROM posts WHERE post_id = :id"), {"id": post_id}).scalar()
        if holder is None:
            raise UnknownPerson(post_id)
        if holder == delegate_id:
            return refuse("own_delegate")
        delegation_id = new_id("d")
        delegation = Delegation(
            delegation_id=delegation_id, post_id=post_id, delegate_id=delegate_id, since_at=since, until_at=until
        )
        store.add_delegation(connection, delegation)
        _note(connection, by, "permission_given", delegate_id, what="delegation", delegation=delegation_id)
    return delegation_id


def end_delegation(engine: Engine, by: AuditActor, delegation_id: str, at: datetime) -> None:
    """It lasts until then. UnknownPerson where it is over."""
    with engine.begin() as connection:
        delegate_id = store.end_delegation(connection, delegation_id, at)
        _note(connection, by, "permission_revoked", delegate_id, what="delegation", delegation=delegation_id)


def leave(engine: Engine, by: AuditActor, person_id: str, at: datetime) -> Person:
    """Somebody leaves: whoever it was can do nothing from the next request on. UnknownPerson where gone already."""
    with engine.begin() as connection:
        store.leave(connection, person_id, at)
        _note(connection, by, "permission_revoked", person_id, what="everything")
    return store.person_of(engine, person_id)


def cases_in_charge(engine: Engine, name: str) -> int:
    """Open cases of which somebody of that name is in charge; counted up to a bound."""
    return case_count(engine, CaseFilter(officer=name, outcome="open"), datetime.now(UTC))


def _give(connection: Connection, by: AuditActor, person_id: str, post: Post) -> str:
    post_id = new_id("o")
    store.add_post(connection, post.model_copy(update={"post_id": post_id, "person_id": person_id}))
    place = {"role": post.role, "territory": post.territory, "sector": post.sector, "subject": post.subject_id}
    facts = {name: value for name, value in place.items() if value is not None}
    _note(connection, by, "permission_given", person_id, what="post", post=post_id, **facts)
    return post_id


def _note(connection: Connection, by: AuditActor, kind: AuditKind, person_id: str, **facts: str) -> None:
    note(connection, AuditLine(kind=kind, by=by, about_person=person_id, facts=facts))
