"""`/people/{id}/do/{deed}`: who is given a post, delegated to, invited anew, and who leaves."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk import people as desk
from desk.people import Invited, NotDone
from models.actors import Actor
from models.audit import audit_actor
from models.instants import say_instant
from models.people import Person, Post
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import may_steer
from rules.access.posts import post_refused, subject_elsewhere
from rules.words.naming import Both
from serving.actors import SignedIn, no_post
from serving.audited import refusals_noted
from serving.backing import Backing, Behind
from serving.guard import site_of
from serving.problems import Trouble, needed, nothing_here, one_field, refused, refused_at
from store.campaigns import Campaign, campaigns
from store.people import UnknownPerson, person_of
from store.posts import ActingFor, acting_for
from store.subject_search import Matches, find_subject, search_subjects
from views.forms.fields import FormField
from views.forms.posted import Posted
from web.deeds.choosing import choosing
from web.deeds.form import DeedForm, Done, HandedIn, Moved, NotYet, ask_again, carry_out, deed_page
from web.deeds.moved import person_moved, person_seen
from web.deeds.people_fields import (
    FOUND,
    LAST_DAY,
    delegate_fields,
    delegation_choice,
    held_posts_of,
    last_day_of,
    lasting,
    post_choice,
    post_fields,
    post_in_words,
    several_meant,
    since_of,
    subject_names,
    territory_of,
    until_of,
)
from web.deeds.what_ends import ends_with_each_post, what_ends
from web.entry import newest
from web.queries import Short
from web.render import link, page

router = APIRouter(include_in_schema=False)
MANAGE = "manage_people"
NAMES = {
    "post": Both("增加岗位", "Give a post"),
    "delegate": Both("委托代理（AB角）", "Have somebody act for a time"),
    "end_post": Both("免去岗位", "End a post"),
    "end_delegation": Both("收回代理", "End a delegation"),
    "invite": Both("重新发送邀请", "Invite again"),
    "leave": Both("办理离岗", "This person leaves"),
}
_EFFECTS = {
    "delegate": Both(
        "代理人以被代理人名义办理，在审批中与其视为同一人。",
        "A delegate acts in the holder's name; where two different people must act, the two count as one.",
    ),
    "end_post": Both(
        "免去之后，不能再以该岗位办理：不填最后一日的，从下一次操作起。",
        "Once it has ended this person can no longer act in the post: at once, where no last day is set.",
    ),
    "invite": Both(
        "本人用新链接设置新密码之前，原密码仍可登录；设置之后原密码作废，已登录的会话全部终止。此前发出的链接立即作废。",
        "The present password stays good until a new one is set by the new link; then it is void, and all sessions end."
        " An earlier link is void at once.",
    ),
    "leave": Both(
        "岗位、代理、登录和全部会话立即终止。本操作不能撤回。",
        "Posts, delegations, logins and sessions end at once. This cannot be taken back.",
    ),
}
HANDS_OVER = ("end_post", "leave")
"""What leaves cases to others, and may leave a post vacant."""
_LEAVES = FormField("certain", "tick", Both("确认此人离岗", "Yes, this person leaves"), True)
OF_A_POST = ("role", "territory")
"""What every post has."""
_AT = {
    **{"line_too_long": "name", "unfit_login": "login"},
    **{"empty_period": "until", "over_already": "until", "held_already": "role", "post_of_district": "territory"},
    "post_of_elsewhere": "territory",
    "own_appointment": "role",
    **{"unknown_district": "territory", "unknown_sector": "sector", "no_sector": "sector"},
    **{"post_of_subject": "subject_id", "unfit_delegate": "delegate_id", "own_delegate": "delegate_id"},
    **{"delegated_already": "delegate_id", "delegate_leaves_before": "until"},
}
"""The field at which a refusal is told."""


def manager(visit: SignedIn) -> Actor:
    """Who manages people, or 403."""
    if visit.standing is None:
        raise no_post()
    if no := may_steer(visit.standing.actor, MANAGE):
        raise refused(no)
    return visit.standing.actor


async def managing(request: Request, behind: Backing, visit: SignedIn) -> Actor:
    """The same of whoever hands in a form: that it is somebody else is noted."""
    if visit.standing is None:
        raise no_post()
    async with refusals_noted(request, behind.records, visit.standing.actor, MANAGE):
        return manager(visit)


class About(NamedTuple):
    """The person that a deed is about."""

    campaign: Campaign | None
    person: Person
    acting: tuple[ActingFor, ...] = ()

    @property
    def plan(self) -> Plan | None:
        """By which places and sectors are named."""
        return self.campaign.plan if self.campaign else None


def person_url(person_id: str) -> str:
    """The page of a person; ids of persons hold nothing that an address cannot."""
    return f"/people/{person_id}"


def offered(about: About, now: datetime) -> tuple[tuple[str, Both], ...]:
    """What can be done with this person as it stands."""
    person = about.person
    if person.left_at is not None:
        return ()
    out = set[str]() if held_posts_of(person, now) else {"end_post", "delegate"}
    out |= set[str]() if lasting(about.acting, now) else {"end_delegation"}
    out |= set[str]() if any(a.closed_at is None for a in person.accounts) else {"invite"}
    return tuple((do, names) for do, names in NAMES.items() if do not in out)


@router.get("/people/subjects")
def subjects_found(
    request: Request, behind: Behind, visit: SignedIn, subject_id: Short = None, territory: Short = None
) -> Response:
    """Subjects of the register that fit what is typed into the field, to be chosen from; those of the territory."""
    manager(visit)
    campaign = newest(behind)
    there = territory_of(campaign.plan if campaign else None, territory)
    found = search_subjects(behind.records, subject_id, limit=FOUND, district=there) if subject_id else ()
    return page(request, "subjects_found.html", campaign, found=found)


@router.get("/people/{person_id}/do/{do}")
def form(request: Request, behind: Behind, visit: SignedIn, person_id: str, do: str) -> Response:
    """The form of the deed."""
    manager(visit)
    about = about_person(behind, person_id)
    if do in NAMES:
        _require_offered(about, do)
    return deed_page(request, about.campaign, _form(behind, about, do))


@router.post("/people/{person_id}/do/{do}")
async def hand_in(request: Request, behind: Behind, visit: SignedIn, person_id: str, do: str) -> Response:
    """Done, and the person's page says so; of an invitation the link, shown once."""
    who = await managing(request, behind, visit)
    about = await run_in_threadpool(about_person, behind, person_id)
    asked = await run_in_threadpool(_form, behind, about, do)

    async def deed(handed: HandedIn) -> Done:
        _require_offered(about, do)
        if do == "post" and (several := await run_in_threadpool(several_meant, behind, handed.facts)):
            return await run_in_threadpool(ask_which, request, about.campaign, asked, several, handed)
        try:
            answer = await run_in_threadpool(_done, behind, about, who, do, handed.facts)
        except UnknownPerson:
            zh, en = "岗位、代理或人员已不在", "that post, delegation or person is there no more"
            raise Trouble(409, "unknown_person", zh, en) from None
        except NotDone as no:
            raise not_done(no.refusal) from None
        if isinstance(answer, Invited):
            return await run_in_threadpool(link_page, request, behind, about.campaign, answer)
        is_own = person_id == visit.person_id and do in HANDS_OVER
        return "/me" if is_own else link(person_url(person_id), done=do)

    def moving(posted: Posted, _: str) -> Moved | None:
        return person_moved(behind, about.plan, about.person, datetime.now(UTC), posted) if do != "invite" else None

    return await carry_out(request, behind, who, about.campaign, asked, deed, moving)


def about_person(behind: Backing, person_id: str) -> About:
    """Somebody, and who acts for whom; 404 for nobody."""
    try:
        person = person_of(behind.records, person_id)
        return About(newest(behind), person, acting_for(behind.records, person_id))
    except UnknownPerson:
        zh, en = f"没有人员 {person_id}", f"there is no person {person_id}"
        raise Trouble(404, "unknown_person", zh, en) from None


def require(refusal: Refused | None) -> None:
    """Trouble for a refusal, at its field."""
    if refusal is not None:
        raise not_done(refusal)


def not_done(refusal: Refused) -> Trouble:
    """The refusal, at the field that is to be mended where there is one."""
    name = _AT.get(refusal.code)
    return refused_at(name, refusal) if name else refused(refusal)


def _done(behind: Backing, about: About, who: Actor, do: str, facts: dict[str, Any]) -> object:
    engine, by, now, person = behind.records, audit_actor(who), datetime.now(UTC), about.person.person_id
    held = (post.post_id for post in held_posts_of(about.person, now))
    match do:
        case "post":
            return desk.give_post(engine, by, person, post_of(behind, facts))
        case "end_post":
            return desk.end_post(engine, by, _own(facts, "post_id", held), last_day_of(facts, about.person, now) or now)
        case "delegate":
            needed(facts, "post_id", "delegate_id", "until")
            begins, ends = since_of(facts, now), until_of(facts)
            assert ends is not None, "which is needed"
            post = _own(facts, "post_id", held)
            return desk.delegate(engine, by, post, str(facts["delegate_id"]), begins, ends)
        case "end_delegation":
            known = (one.delegation.delegation_id for one in about.acting)
            return desk.end_delegation(engine, by, _own(facts, "delegation_id", known), now)
        case "invite":
            login = next((a.login for a in about.person.accounts if a.closed_at is None), "")
            return desk.invite_again(engine, by, login, now)
        case _:
            needed(facts, "certain")
            return desk.leave(engine, by, person, now)


def _own(facts: dict[str, Any], name: str, known: Any) -> str:
    """One of this person's, and nobody else's."""
    wanted = str(facts.get(name, ""))
    if wanted not in set(known):
        raise one_field(name, "须选择", "is to be chosen")
    return wanted


def post_of(behind: Backing, facts: dict[str, Any]) -> Post:
    """The post as the form says it; Trouble where nobody can hold it."""
    now = datetime.now(UTC)
    given: dict[str, Any] = {n: facts.get(n) for n in ("role", "territory", "sector", "subject_id")}
    needed(facts, *OF_A_POST)
    post = Post(post_id="", person_id="", since_at=since_of(facts, now), until_at=until_of(facts), **given)
    plans = [c.plan for c in campaigns(behind.records)]
    of = find_subject(behind.records, post.subject_id) if post.subject_id else None
    if no := post_refused(plans, post) or (subject_elsewhere(plans, post, of) if of else None):
        raise not_done(no)
    return post


def ask_which(
    request: Request, campaign: Campaign | None, form: DeedForm, several: Matches, handed: HandedIn
) -> NotYet:
    """The form once more, with the enterprises that the words fit to be chosen from."""
    asked = choosing(form, "subject_id", campaign.plan if campaign else None, handed.facts["subject_id"], several)
    return ask_again(request, campaign, asked, handed)


def _form(behind: Backing, about: About, do: str) -> DeedForm:
    if do not in NAMES:
        raise nothing_here()
    address, person = person_url(about.person.person_id), about.person
    fields, effect = _FIELDS[do](behind, about), _EFFECTS.get(do)
    if do in HANDS_OVER and effect is not None:
        for more in _ending(behind, about, do):
            effect = Both(effect.zh + more.zh, f"{effect.en} {more.en}")
    seen = person_seen(person, datetime.now(UTC))
    logins = "、".join(account.login for account in person.accounts if account.closed_at is None)
    named = f"{person.name} · {logins}" if logins else person.name
    asked = DeedForm(MANAGE, NAMES[do], f"{address}/do/{do}", address, named, fields, None, effect, seen)
    return asked._replace(person_id=person.person_id)


def _ending(behind: Backing, about: About, do: str) -> tuple[Both, ...]:
    """What ends with whoever leaves; with each post, of which one is to be ended."""
    if do == "leave":
        return what_ends(behind, about.person, about.plan, about.acting)
    return ends_with_each_post(behind, about.person, about.plan, about.acting, _subjects(behind, about))


def _require_offered(about: About, do: str) -> None:
    """409 where there is nothing of the kind to do with the person."""
    if about.person.left_at is not None:
        left = say_instant(about.person.left_at)
        raise Trouble(409, "nothing_to_do", f"该人员已于 {left} 离岗", f"this person has left, on {left}")
    if do not in dict(offered(about, datetime.now(UTC))):
        zh, en = "该人员目前没有可办理的此类事项", "there is nothing of that kind to do with this person now"
        raise Trouble(409, "nothing_to_do", zh, en)


def _subjects(behind: Backing, about: About) -> dict[str, str]:
    return subject_names(behind, (*about.person.posts, *(one.post for one in about.acting)))


def _delegation(behind: Backing, about: About) -> FormField:
    lasts = lasting(about.acting, datetime.now(UTC))
    return delegation_choice(lasts, about.plan, _subjects(behind, about))


_FIELDS: dict[str, Callable[[Backing, About], tuple[FormField, ...]]] = {
    "post": lambda _, about: post_fields(about.plan),
    "delegate": lambda behind, about: delegate_fields(behind, about.person, about.plan, _subjects(behind, about)),
    "end_post": lambda behind, about: (post_choice(about.person, about.plan, _subjects(behind, about)), LAST_DAY),
    "end_delegation": lambda behind, about: (_delegation(behind, about),),
    "invite": lambda _, __: (),
    "leave": lambda _, __: (_LEAVES,),
}


def link_page(request: Request, behind: Backing, campaign: Campaign | None, invited: Invited) -> Response:
    """The link, once: nobody reads it later; and for which posts it is."""
    about = About(campaign, person_of(behind.records, invited.person_id))
    subjects = _subjects(behind, about)
    posts = [post_in_words(post, about.plan, subjects) for post in held_posts_of(about.person, datetime.now(UTC))]
    site = site_of(request)
    origin = site.origin if site else str(request.base_url).rstrip("/")
    address = f"{origin}/invited/{invited.token}"
    facts: dict[str, Any] = {"invited": invited, "person": about.person, "posts": posts, "address": address}
    response = page(request, "invitation.html", campaign, **facts)
    response.headers["Cache-Control"] = "no-store"
    return response
