"""People and their posts: who is added, invited, given a post, delegated to, and what is left when somebody leaves."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from desk.sign_in import INVITED_FOR, hashed, new_token
from models.audit import AuditActor, AuditKind, AuditLine
from models.instants import BEIJING
from models.people import Delegation, Person, Post
from models.refusals import Refused
from models.typed import folded
from rules.access.deeds import DEEDS
from rules.access.posts import locks_out, not_delegated, not_given, person_refused, stands_in
from rules.words.refusals import refuse
from store import people as store
from store.audit import note
from store.case_list import CaseFilter, case_rows
from store.counted import all_counted
from store.people import UnknownPerson, new_id
from store.posts import delegations_to, post_of, posts_of, who_can_act
from store.sessions import credentials, invite


class Invited(NamedTuple):
    """Somebody who can sign in as soon as the link was followed."""

    person_id: str
    account_id: str
    login: str
    token: str
    expires_at: datetime


class NotDone(Exception):
    """It is refused, and nothing of it was done."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class InCharge(NamedTuple):
    """How many open cases somebody is in charge of, in a district, of a sector or all."""

    district: str
    sector: str | None
    cases: int


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
    """Somebody new with these posts, and a link by which the password is set once; LoginTaken, NotDone.

    The posts' ids and person are filled in here.
    """
    token, name, login = new_token(), folded(name).strip(), folded(login).strip()
    if no := person_refused(name, login):
        raise NotDone(no)
    with engine.begin() as connection:
        person_id = store.add_person(connection, name, is_demo=is_demo)
        for post in posts:
            _give(connection, by, person_id, post, now)
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
    """Somebody holds one more post; its id. UnknownPerson, NotDone."""
    _require_another(by, person_id)
    with engine.begin() as connection:
        return _give(connection, by, person_id, post, datetime.now(UTC))


def end_post(engine: Engine, by: AuditActor, post_id: str, at: datetime) -> None:
    """It is held until then, and so is what the holder did for others by reason of it alone.

    UnknownPerson where it is not held; NotDone for the last administrator's.
    """
    with engine.begin() as connection, _administrators_stay(connection, at):
        holder, post = store.end_post(connection, post_id, at), post_of(connection, post_id)
        _note(connection, by, "permission_revoked", holder, what="post", post=post_id, **_of_post(post))
        held = [one for one in posts_of(connection, holder) if one.is_held(at)]
        for delegation in delegations_to(connection, holder):
            of = post_of(connection, delegation.post_id)
            if of is None:
                continue
            fitting = [one for one in held if stands_in(one, of)]
            ends = max((one.until_at or delegation.until_at for one in fitting), default=at)
            if ends < delegation.until_at:
                _end_delegation(connection, by, delegation.delegation_id, ends)


def delegate(engine: Engine, by: AuditActor, post_id: str, delegate_id: str, since: datetime, until: datetime) -> str:
    """Somebody acts in the post from one instant to another, counted as its holder; the delegation's id.

    UnknownPerson where there is no such post or person; NotDone.
    """
    delegation_id = new_id("d")
    wanted = Delegation(
        delegation_id=delegation_id, post_id=post_id, delegate_id=delegate_id, since_at=since, until_at=until
    )
    _require_another(by, delegate_id)
    with engine.begin() as connection:
        post = post_of(connection, post_id)
        if post is None or (post.until_at is not None and post.until_at <= datetime.now(UTC)):
            raise UnknownPerson(post_id)
        own = posts_of(connection, delegate_id)
        if no := not_delegated(wanted, post, own, delegations_to(connection, delegate_id)):
            raise NotDone(no)
        store.add_delegation(connection, wanted)
        facts = _of_post(post) | {"holder": post.person_id, "since": _said(since), "until": _said(until)}
        _note(connection, by, "permission_given", delegate_id, what="delegation", delegation=delegation_id, **facts)
    return delegation_id


def end_delegation(engine: Engine, by: AuditActor, delegation_id: str, at: datetime) -> None:
    """It lasts until then. UnknownPerson where it is over; NotDone where nobody else administrates."""
    with engine.begin() as connection, _administrators_stay(connection, at):
        _end_delegation(connection, by, delegation_id, at)


def leave(engine: Engine, by: AuditActor, person_id: str, at: datetime) -> Person:
    """Somebody leaves: whoever it was can do nothing from the next request on.

    UnknownPerson where gone already; NotDone for the last administrator.
    """
    with engine.begin() as connection, _administrators_stay(connection, at):
        held = [post for post in posts_of(connection, person_id) if post.until_at is None or post.until_at > at]
        store.leave(connection, person_id, at)
        for post in held:
            ended = post.model_copy(update={"until_at": at})
            _note(connection, by, "permission_revoked", person_id, what="post", post=post.post_id, **_of_post(ended))
        _note(connection, by, "permission_revoked", person_id, what="everything")
    return store.person_of(engine, person_id)


def cases_in_charge(engine: Engine, person: Person) -> tuple[InCharge, ...]:
    """Open cases in the person's name where the person is or was an inspector, each counted up to a bound.

    Officers are written by name. Where a namesake is an inspector of the same district too, only those of the person's
    own sectors are counted; else all of the district, whatever sector they are of.
    """
    held = {(post.territory, post.sector) for post in person.posts if post.role == "inspector"}
    shared = {t for t, _ in held if _has_namesake(engine, person, t)}
    asked = {(t, s if t in shared else None) for t, s in held}
    places = sorted(((t, s) for t, s in asked if s is None or (t, None) not in asked), key=str)
    lists = [CaseFilter(officer=person.name, outcome="open", district=t, sector=s) for t, s in places]
    now = datetime.now(UTC)
    counts = all_counted(engine, [case_rows(one, now) for one in lists])
    return tuple(InCharge(*place, count) for place, count in zip(places, counts, strict=True) if count)


def _has_namesake(engine: Engine, person: Person, district: str) -> bool:
    there = store.in_post(engine, "inspector", district)
    return any(one.name == person.name and one.person_id != person.person_id for one in there)


@contextmanager
def _administrators_stay(connection: Connection, at: datetime) -> Generator[None]:
    """Around what takes a post away: NotDone, and all of it undone, where nobody would be left who manages people."""
    before = who_can_act(connection, DEEDS["manage_people"].roles, at)
    yield
    if no := locks_out(before, who_can_act(connection, DEEDS["manage_people"].roles, at)):
        raise NotDone(no)


def _end_delegation(connection: Connection, by: AuditActor, delegation_id: str, at: datetime) -> None:
    delegate_id = store.end_delegation(connection, delegation_id, at)
    of = next((d for d in delegations_to(connection, delegate_id) if d.delegation_id == delegation_id), None)
    post = post_of(connection, of.post_id) if of else None
    facts = _of_post(post) | ({"holder": post.person_id} if post else {})
    facts |= {"since": _said(of.since_at), "until": _said(of.until_at)} if of else {}
    _note(connection, by, "permission_revoked", delegate_id, what="delegation", delegation=delegation_id, **facts)


def _require_another(by: AuditActor, person_id: str) -> None:
    """NotDone where somebody would give a right to oneself: who manages accounts decides no cases (domain §7)."""
    if by.person == person_id:
        raise NotDone(refuse("own_appointment"))


def _give(connection: Connection, by: AuditActor, person_id: str, post: Post, now: datetime) -> str:
    if no := not_given(post, posts_of(connection, person_id), now):
        raise NotDone(no)
    given = post.model_copy(update={"post_id": new_id("o"), "person_id": person_id})
    store.add_post(connection, given)
    _note(connection, by, "permission_given", person_id, what="post", post=given.post_id, **_of_post(given))
    return given.post_id


def _of_post(post: Post | None) -> dict[str, str]:
    """The post as the audit log tells it: the role, where, and for how long."""
    if post is None:
        return {}
    place = {"role": post.role, "territory": post.territory, "sector": post.sector, "subject": post.subject_id}
    times = {"since": _said(post.since_at), "until": _said(post.until_at) if post.until_at else None}
    return {name: value for name, value in (place | times).items() if value is not None}


def _said(instant: datetime) -> str:
    return instant.astimezone(BEIJING).isoformat(timespec="seconds")


def _note(connection: Connection, by: AuditActor, kind: AuditKind, person_id: str, **facts: str) -> None:
    note(connection, AuditLine(kind=kind, by=by, about_person=person_id, facts=facts))
