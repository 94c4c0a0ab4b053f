"""`/people/new`, `/people/{id}/do/{deed}`: who is added, given a post, delegated to, invited anew, and who leaves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk import people as desk
from desk.people import Invited
from models.actors import ROLE_NAMES, ROLES, Actor
from models.audit import audit_actor
from models.instants import day_of, end_of_day, parse_day, start_of_day
from models.people import Person, Post
from models.refusals import Refused
from rules.access.deeds import may_steer
from rules.words.naming import Both
from serving.actors import SignedIn
from serving.backing import Backing, Behind
from serving.guard import site_of
from serving.problems import Trouble, nothing_here, one_field, refused
from store.campaigns import Campaign, campaigns
from store.people import LoginTaken, UnknownPerson, people, person_of
from store.subject_search import find_subject
from views.forms.fields import FormField, Option
from views.forms.posted import Posted
from web.deeds.form import DeedForm, Done, HandedIn, Moved, carry_out, deed_page
from web.deeds.moved import person_moved, person_seen
from web.entry import newest
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
_ADD = Both("新增人员", "Add somebody")
_EFFECTS = {
    "delegate": Both(
        "代理人以被代理人名义办理，在审批中与其视为同一人。", "A delegate counts as the holder in four eyes."
    ),
    "end_post": Both("从下一次操作起，不能再以该岗位办理。", "From the next request on nothing is done in it."),
    "leave": Both(
        "岗位、代理、登录和全部会话立即终止。本操作不能撤回。",
        "Posts, delegations, logins and sessions end at once. This cannot be taken back.",
    ),
}


def manager(visit: SignedIn) -> Actor:
    """Who manages people, or 403."""
    if visit.standing is None:
        raise Trouble(403, "no_post", "您目前没有岗位", "you hold no post at present", rule="domain §7")
    if no := may_steer(visit.standing.actor, MANAGE):
        raise refused(no)
    return visit.standing.actor


class About(NamedTuple):
    """The person that a deed is about."""

    campaign: Campaign | None
    person: Person


def person_url(person_id: str) -> str:
    """The page of a person; ids of persons hold nothing that an address cannot."""
    return f"/people/{person_id}"


def offered(person: Person, now: datetime) -> tuple[tuple[str, Both], ...]:
    """What can be done with this person as it stands."""
    if person.left_at is not None:
        return ()
    out = set[str]() if _held(person, now) else {"end_post", "delegate"}
    out |= set[str]() if _delegations(person, now) else {"end_delegation"}
    out |= set[str]() if any(a.closed_at is None for a in person.accounts) else {"invite"}
    return tuple((do, names) for do, names in NAMES.items() if do not in out)


@router.get("/people/new")
def add_form(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form of somebody new."""
    manager(visit)
    campaign = newest(behind)
    return deed_page(request, campaign, _add_form(campaign))


@router.post("/people/new")
async def add(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The link by which the person sets a password, shown once."""
    who = manager(visit)
    campaign = await run_in_threadpool(newest, behind)

    async def deed(handed: HandedIn) -> Done:
        facts = handed.facts
        post = await run_in_threadpool(_post, behind, facts)
        name, login = str(facts.get("name", "")), str(facts.get("login", ""))
        if not name or not login:
            raise one_field("name" if not name else "login", "不能为空", "is needed")
        by, now = audit_actor(who), datetime.now(UTC)
        try:
            invited = await run_in_threadpool(desk.add, behind.records, by, name, login, [post], now)
        except LoginTaken:
            raise one_field("login", "已有人使用", "somebody signs in so", "换一个登录名", "take another") from None
        return await run_in_threadpool(_link_page, request, campaign, invited)

    return await carry_out(request, behind, who, campaign, _add_form(campaign), deed)


@router.get("/people/{person_id}/do/{do}")
def form(request: Request, behind: Behind, visit: SignedIn, person_id: str, do: str) -> Response:
    """The form of the deed."""
    manager(visit)
    about = _about(behind, person_id)
    if do in NAMES:
        _require_offered(about, do)
    return deed_page(request, about.campaign, _form(behind, about, do))


@router.post("/people/{person_id}/do/{do}")
async def hand_in(request: Request, behind: Behind, visit: SignedIn, person_id: str, do: str) -> Response:
    """Done, and the person's page says so; of an invitation the link, shown once."""
    who = manager(visit)
    about = await run_in_threadpool(_about, behind, person_id)
    asked = await run_in_threadpool(_form, behind, about, do)

    async def deed(handed: HandedIn) -> Done:
        _require_offered(about, do)
        try:
            answer = await run_in_threadpool(_done, behind, about, who, do, handed.facts)
        except UnknownPerson:
            zh, en = "岗位、代理或人员已不在", "that post, delegation or person is there no more"
            raise Trouble(409, "unknown_person", zh, en) from None
        if isinstance(answer, Refused):
            raise refused(answer)
        if isinstance(answer, Invited):
            return await run_in_threadpool(_link_page, request, about.campaign, answer)
        return link(person_url(person_id), done=do)

    def moving(posted: Posted, _: str) -> Moved | None:
        plan = about.campaign.plan if about.campaign else None
        return person_moved(behind, plan, about.person, datetime.now(UTC), posted) if do != "invite" else None

    return await carry_out(request, behind, who, about.campaign, asked, deed, moving)


def _about(behind: Backing, person_id: str) -> About:
    try:
        return About(newest(behind), person_of(behind.records, person_id))
    except UnknownPerson:
        zh, en = f"没有人员 {person_id}", f"there is no person {person_id}"
        raise Trouble(404, "unknown_person", zh, en) from None


def _done(behind: Backing, about: About, who: Actor, do: str, facts: dict[str, Any]) -> object:
    engine, by, now, person = behind.records, audit_actor(who), datetime.now(UTC), about.person.person_id
    match do:
        case "post":
            return desk.give_post(engine, by, person, _post(behind, facts))
        case "end_post":
            return desk.end_post(engine, by, _own(facts, "post_id", (p.post_id for p in _held(about.person, now))), now)
        case "delegate":
            post = _own(facts, "post_id", (p.post_id for p in _held(about.person, now)))
            begins, ends = _since(facts, now), _until(facts)
            return desk.delegate(engine, by, post, str(facts.get("delegate_id", "")), begins, ends or begins)
        case "end_delegation":
            known = (d.delegation_id for d in about.person.delegations)
            return desk.end_delegation(engine, by, _own(facts, "delegation_id", known), now)
        case "invite":
            login = next((a.login for a in about.person.accounts if a.closed_at is None), "")
            return desk.invite_again(engine, by, login, now)
        case _:
            return desk.leave(engine, by, person, now)


def _own(facts: dict[str, Any], name: str, known: Any) -> str:
    """One of this person's, and nobody else's."""
    wanted = str(facts.get(name, ""))
    if wanted not in set(known):
        raise one_field(name, "须选择", "is to be chosen")
    return wanted


def _post(behind: Backing, facts: dict[str, Any]) -> Post:
    """The post as the form says it; Trouble where nobody can hold it."""
    now = datetime.now(UTC)
    subject = facts.get("subject_id")
    given: dict[str, Any] = {n: facts.get(n) for n in ("role", "territory", "sector")}
    if given["role"] is None or given["territory"] is None:
        name = "role" if given["role"] is None else "territory"
        raise one_field(name, "须选择", "is to be chosen")
    if subject is not None and find_subject(behind.records, str(subject)) is None:
        raise one_field("subject_id", f"登记簿中没有对象 {subject}", f"there is no subject {subject}")
    post = Post(
        post_id="", person_id="", subject_id=subject, since_at=_since(facts, now), until_at=_until(facts), **given
    )
    if no := desk.post_refused([c.plan for c in campaigns(behind.records)], post):
        raise refused(no)
    return post


def _since(facts: dict[str, Any], now: datetime) -> datetime:
    day = _day(facts, "since")
    return now if day is None or day == day_of(now) else start_of_day(day)


def _until(facts: dict[str, Any]) -> datetime | None:
    day = _day(facts, "until")
    return None if day is None else end_of_day(day)


def _day(facts: dict[str, Any], name: str) -> Any:
    if facts.get(name) is None:
        return None
    try:
        return parse_day(facts[name])
    except ValueError:
        raise one_field(name, "须为日期", "is to be a day", "如 2027-06-30", "as 2027-06-30") from None


def _form(behind: Backing, about: About, do: str) -> DeedForm:
    if do not in NAMES:
        raise nothing_here()
    address, person = person_url(about.person.person_id), about.person
    fields, seen = _FIELDS[do](behind, about), person_seen(person, datetime.now(UTC))
    return DeedForm(MANAGE, NAMES[do], f"{address}/do/{do}", address, person.name, fields, None, _EFFECTS.get(do), seen)


def _require_offered(about: About, do: str) -> None:
    """409 where there is nothing of the kind to do with the person."""
    if do not in dict(offered(about.person, datetime.now(UTC))):
        zh, en = "该人员目前没有可办理的此类事项", "there is nothing of that kind to do with this person now"
        raise Trouble(409, "nothing_to_do", zh, en)


def _add_form(campaign: Campaign | None) -> DeedForm:
    fields = (
        FormField("name", "line", Both("姓名", "Name"), True),
        FormField("login", "line", Both("登录名", "Login"), True),
        *_post_fields(campaign),
    )
    return DeedForm(MANAGE, _ADD, "/people/new", "/people", "", fields)


def _post_fields(campaign: Campaign | None) -> tuple[FormField, ...]:
    plan = campaign.plan if campaign else None
    territories = (Option(plan.city, "全市", "the whole city"),) if plan else ()
    territories += tuple(Option(d.id, d.zh, d.en) for d in plan.districts) if plan else ()
    sectors = tuple(Option(s.id, s.zh, s.en) for s in plan.sectors) if plan else ()
    roles = tuple(Option(role, *ROLE_NAMES[role]) for role in ROLES if role != "public")
    return (
        FormField("role", "choice", Both("角色", "Role"), True, roles),
        FormField("territory", "choice", Both("辖区", "Territory"), True, territories),
        FormField("sector", "choice", Both("只管一个行业领域的，选择该领域", "Of one sector alone"), options=sectors),
        FormField("subject_id", "line", Both("企业人员：所属对象编号", "Of an enterprise's people: its subject's id")),
        FormField("since", "day", Both("自（不填为现在）", "From; now if left out")),
        FormField("until", "day", Both("至（含当日；不填为长期）", "Until the end of; for good if left out")),
    )


def _posts_of(about: About) -> FormField:
    options = tuple(_post_option(about.campaign, post) for post in _held(about.person, datetime.now(UTC)))
    only = (options[0].value,) if len(options) == 1 else ()
    return FormField("post_id", "choice", Both("岗位", "Post"), True, options, value=only)


def _post_option(campaign: Campaign | None, post: Post) -> Option:
    zh, en = ROLE_NAMES[post.role]
    there = next((d for d in campaign.plan.districts if d.id == post.territory), None) if campaign else None
    place = (there.zh, there.en) if there else ("全市", "the whole city")
    more = "".join(f" {one}" for one in (post.sector, post.subject_id) if one)
    return Option(post.post_id, f"{zh} · {place[0]}{more}", f"{en} · {place[1]}{more}")


def _delegate_fields(behind: Backing, about: About) -> tuple[FormField, ...]:
    others = (p for p in people(behind.records, is_here=True) if p.person_id != about.person.person_id)
    options = tuple(Option(p.person_id, f"{p.name} {p.person_id}", f"{p.name} {p.person_id}") for p in others)
    until = (day_of(datetime.now(UTC) + timedelta(days=7)).isoformat(),)
    return (
        _posts_of(about),
        FormField("delegate_id", "choice", Both("代理人", "Who acts"), True, options),
        FormField("since", "day", Both("自（不填为现在）", "From; now if left out")),
        FormField("until", "day", Both("至（含当日）", "Until the end of"), True, value=until),
    )


def _delegation_field(about: About) -> FormField:
    options = tuple(
        Option(d.delegation_id, d.delegation_id, d.delegation_id) for d in _delegations(about.person, datetime.now(UTC))
    )
    return FormField("delegation_id", "choice", Both("代理", "Delegation"), True, options)


_FIELDS: dict[str, Callable[[Backing, About], tuple[FormField, ...]]] = {
    "post": lambda _, about: _post_fields(about.campaign),
    "delegate": _delegate_fields,
    "end_post": lambda _, about: (_posts_of(about),),
    "end_delegation": lambda _, about: (_delegation_field(about),),
    "invite": lambda _, __: (),
    "leave": lambda _, __: (),
}


def _held(person: Person, now: datetime) -> tuple[Post, ...]:
    return tuple(post for post in person.posts if post.until_at is None or post.until_at > now)


def _delegations(person: Person, now: datetime) -> tuple[Any, ...]:
    return tuple(d for d in person.delegations if d.until_at > now)


def _link_page(request: Request, campaign: Campaign | None, invited: Invited) -> Response:
    """The link, once: nobody reads it later."""
    site = site_of(request)
    origin = site.origin if site else str(request.base_url).rstrip("/")
    address = f"{origin}/invited/{invited.token}"
    response = page(request, "invitation.html", campaign, invited=invited, address=address)
    response.headers["Cache-Control"] = "no-store"
    return response
