"""What posts there can be, who may act in another's, and that an administrator always stays (domain §7; A, 0031)."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from models.actors import Actor, Role
from models.instants import say_due
from models.people import Delegation, Post, Standing
from models.plan import Plan
from models.refusals import Refused
from models.register import Registered
from models.typed import is_id
from rules.access.deeds import no_post
from rules.words.clauses import cited
from rules.words.naming import Both, district_named
from rules.words.refusals import refuse

OF_ONE_DISTRICT: tuple[Role, ...] = ("inspector", "supervisor")
"""Who reaches the own district and no other: in a post of the whole city nothing could be done."""
_ONE_BUREAU: frozenset[Role] = frozenset({"inspector", "supervisor"})
"""Roles of one bureau, whose people stand in for each other in their district (A)."""


LONGEST_NAME = 100
"""Characters of a person's name (A)."""


def person_refused(name: str, login: str) -> Refused | None:
    """Why nobody is taken in by that name and login; logins that there are already go on as they are."""
    return name_refused(name) or login_refused(login)


def name_refused(name: str) -> Refused | None:
    """Why nobody is called so: it is too long."""
    if len(name) <= LONGEST_NAME:
        return None
    return refuse("line_too_long", field=Both("姓名", "the name"), most=LONGEST_NAME, length=len(name))


def login_refused(login: str) -> Refused | None:
    """Why nobody signs in by that, however wide its letters are written."""
    read = unicodedata.normalize("NFKC", login)
    return None if is_id(read) else refuse("unfit_login", login=read[:64])


def post_refused(plans: Sequence[Plan], post: Post) -> Refused | None:
    """Why nobody can hold such a post: no plan has the territory or the sector, the role needs one, or has no use."""
    who = Actor(role=post.role, name="-", territory=post.territory, sector=post.sector)
    first, *others = (no_post(plan, who) for plan in plans)
    if first and all(others):
        return cited(plans[0], first)
    if post.sector is not None and not any(s.id == post.sector for plan in plans for s in plan.sectors):
        return cited(plans[0], refuse("unknown_sector", sector=post.sector))
    if (post.role == "enterprise") != (post.subject_id is not None):
        return refuse("post_of_subject", role=post.role)
    if post.role in OF_ONE_DISTRICT and post.territory in {plan.city for plan in plans}:
        return refuse("post_of_district", role=post.role)
    return None


def subject_elsewhere(plans: Sequence[Plan], post: Post, subject: Registered) -> Refused | None:
    """Why the post is not one of that enterprise's people: it is of another territory than the enterprise (A)."""
    if post.territory == subject.district:
        return None
    plan = next((plan for plan in plans if any(d.id == subject.district for d in plan.districts)), None)
    named = district_named(plan, subject.district) if plan else Both(subject.district, subject.district)
    return refuse("post_of_elsewhere", subject=subject.name, registered=named)


def period_refused(since: datetime, until: datetime | None, now: datetime) -> Refused | None:
    """Why nothing is held in such a time: it is over, or ends before it begins."""
    if until is None:
        return None
    if until <= now:
        return refuse("over_already")
    return refuse("empty_period") if until <= since else None


def not_given(post: Post, own: Iterable[Post], now: datetime) -> Refused | None:
    """Why a post is not given to somebody with these posts: it would never be held, or is held already."""
    if no := period_refused(post.since_at, post.until_at, now):
        return no
    return refuse("held_already") if any(_is_same(post, one) and _overlap(post, one) for one in own) else None


def not_delegated(wanted: Delegation, of: Post, own: Sequence[Post], others: Iterable[Delegation]) -> Refused | None:
    """Why somebody with these posts does not act in that one; `others`: delegations that this person has already."""
    if of.person_id == wanted.delegate_id:
        return refuse("own_delegate")
    if wanted.until_at <= wanted.since_at:
        return refuse("empty_period")
    fitting = [post for post in own if stands_in(post, of)]
    if not fitting:
        return refuse("unfit_delegate")
    if not any(_holds_throughout(post, wanted) for post in fitting):
        last = max((p.until_at for p in fitting if p.until_at and p.since_at <= wanted.since_at), default=None)
        return refuse("delegate_leaves_before", last=say_due(last)) if last else refuse("unfit_delegate")
    same = (one for one in others if one.post_id == wanted.post_id)
    return refuse("delegated_already") if any(_overlap(one, wanted) for one in same) else None


def stands_in(own: Post, of: Post) -> bool:
    """Whether who holds one post may stand in for who holds the other (A).

    The same role, of an enterprise's people for the same subject; or both of one bureau in one district. So neither an
    enterprise's people nor those who only read, nor administrators, ever stand in for an official who decides.
    """
    if own.role == of.role:
        return own.subject_id == of.subject_id
    return {own.role, of.role} <= _ONE_BUREAU and own.territory == of.territory


def officers_for(inspectors: Iterable[Standing], sectors: Collection[str | None]) -> tuple[str, ...]:
    """Which of a district's inspectors may be in charge of cases in all these sectors, by name (domain §7)."""
    reached: dict[str, set[str | None]] = {}
    for one in inspectors:
        reached.setdefault(one.name, set()).add(one.post.sector)
    return tuple(name for name, own in reached.items() if None in own or own >= set(sectors))


def unknown_officer(
    officers: Iterable[str], inspectors: Sequence[Standing], sectors: Collection[str | None]
) -> Refused | None:
    """Who of the officers is no inspector with an account for these sectors; `inspectors`: of the district (A).

    Where nobody has such an account, nobody can tell of other names.
    """
    known = officers_for(inspectors, sectors)
    named = ", ".join(known)
    everybody = {one.name for one in inspectors}
    for name in officers:
        if name in everybody and name not in known:
            of_several = "officers_by_sector" if len(sectors) > 1 else "officer_of_other_sector"
            return refuse(of_several, name=name, known=Both(named or "无", named or "nobody"))
        if known and name not in known:
            return refuse("unknown_officer", name=name, known=named)
    return None


def locks_out(before: Sequence[datetime | None], after: Sequence[datetime | None]) -> Refused | None:
    """Whether a deed leaves the house without an administrator, at once or one day; until when each is one.

    None of an administrator without an end.
    """
    if before and (not after or (None in before and None not in after)):
        return refuse("last_administrator")
    return None


def _is_same(one: Post, other: Post) -> bool:
    mine = (one.role, one.territory, one.sector, one.subject_id)
    return mine == (other.role, other.territory, other.sector, other.subject_id)


def _overlap(one: Post | Delegation, other: Post | Delegation) -> bool:
    return (other.until_at is None or one.since_at < other.until_at) and (
        one.until_at is None or other.since_at < one.until_at
    )


def _holds_throughout(post: Post, wanted: Delegation) -> bool:
    return post.since_at <= wanted.since_at and (post.until_at is None or wanted.until_at <= post.until_at)
