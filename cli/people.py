"""`rectify user …` of people: who is here, in which post, who acts for whom, who has left, which posts are vacant."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from cli.filters import actor_meant, actor_written
from cli.names import named, roles, sectors, territories
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.services import services
from cli.users import app, plans_of
from desk import people as desk
from desk.people import Invited, NotDone
from engine.connection import Services
from engine.operator import operator
from models.instants import BEIJING, end_of_day, say_due, say_instant, show_instant
from models.people import Person, Post
from models.plan import Plan
from rules.access.posts import post_refused, subject_elsewhere
from rules.access.vacancies import vacancies as vacant
from store.people import LoginTaken, UnknownPerson, held_posts, people
from store.posts import acting_for
from store.subject_search import find_subject

T = TypeVar("T")
PostOf = Annotated[
    str,
    typer.Argument(
        metavar="POST", help="ROLE@TERRITORY, /sector behind it for one alone. 岗位：角色@辖区，限一个领域的加“/领域”。"
    ),
]
PersonId = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id; see rectify user list. 人员编号。")]
Subject = Annotated[
    str | None, typer.Option(help="Of an enterprise's people: its subject's id. 企业人员所属企业的编号。")
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The last day, until 24:00. 最后一日（至 24:00）。"),
]
From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; now if left out. 起始日。")
]


@app.command("add")
def add_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name. 姓名。")],
    post: PostOf,
    login: Annotated[str, typer.Option(help="The name to sign in by. 登录名。")],
    subject: Subject = None,
    until: Until = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Add somebody with a post, and print a link that sets the password once. 新增人员。"""
    with services(as_json=as_json) as found:
        held = _post(found, post, subject, None, until, as_json=as_json)
        try:
            invited = desk.add(found.engine, operator(), name, login, [held], datetime.now(UTC))
        except LoginTaken:
            zh, en = f"登录名 {login} 已有人使用", f"somebody signs in as {login} already"
            fail(REFUSED, {"code": "login_taken", "zh": zh, "en": en}, as_json=as_json)
        except NotDone as no:
            fail(REFUSED, no.refusal.model_dump(), as_json=as_json)
        _show_link(found, invited, as_json=as_json)


@app.command("invite")
def invite_again(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The name to sign in by. 登录名。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Print a new link that sets the password once; an earlier one is none any more. 重新发送邀请链接。"""
    with services(as_json=as_json) as found:
        invited = desk.invite_again(found.engine, operator(), login, datetime.now(UTC))
        if invited is None:
            zh, en = f"没有可用的登录名 {login}", f"nobody signs in as {login}"
            fail(REFUSED, {"code": "unknown_login", "zh": zh, "en": en, **_LIST}, as_json=as_json)
        _show_link(found, invited, as_json=as_json)


@app.command("list")
def list_people(
    gone: Annotated[bool, typer.Option("--all", help="Those too who have left. 包括已离岗人员。")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Everybody, with posts and logins. 人员名单。"""
    with services(as_json=as_json) as found:
        known, plans = people(found.engine, is_here=not gone), plans_of(found, as_json=as_json)
    now = datetime.now(UTC)
    if as_json:
        print_json({"people": [_document(person) for person in known]})
        return
    headers = (("编号", "id"), ("姓名", "name"), ("岗位", "posts"), ("登录名", "logins"), ("状态", "state"))
    table(
        say("人员", "People"),
        [say(*header) for header in headers],
        (
            (p.person_id, p.name, _posts_said(p, plans, now), ", ".join(a.login for a in p.accounts), _state_said(p))
            for p in known
        ),
        whole=(0,),
    )


@app.command("show")
def show_one(person: PersonId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Everything that was ever given to somebody. 人员详情。"""
    with services(as_json=as_json) as found:
        known = next(iter(people(found.engine, person_id=person)), None)
        if known is None:
            _unknown(person, as_json=as_json)
        plans, acting = plans_of(found, as_json=as_json), acting_for(found.engine, person)
    if as_json:
        print_json(_document(known))
        return
    out().print(f"{known.person_id}  {known.name}  {_state_said(known)}", markup=False)
    rows = ((o.post_id, post_said(o, plans), say_instant(o.since_at), _until_said(o.until_at)) for o in known.posts)
    headers = (("编号", "id"), ("岗位", "post"), ("自", "since"), ("至", "until"))
    table(say("岗位", "Posts"), [say(*header) for header in headers], rows, whole=(0,))
    headers = (("编号", "id"), ("岗位", "post"), ("由", "who acts"), ("代", "for"), ("自", "since"), ("至", "until"))
    rows = (
        (
            *(of.delegation.delegation_id, post_said(of.post, plans), of.delegate, of.holder),
            *(say_instant(of.delegation.since_at), _until_said(of.until_at)),
        )
        for of in acting
    )
    table(say("代理", "Delegations"), [say(*header) for header in headers], rows, whole=(0,))


@app.command("post")
def give_post(
    person: PersonId,
    post: PostOf,
    subject: Subject = None,
    since: From = None,
    until: Until = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Give somebody one more post. 增加岗位。"""
    with services(as_json=as_json) as found:
        held = _post(found, post, subject, since, until, as_json=as_json)
        post_id = _known(person, lambda: desk.give_post(found.engine, operator(), person, held), as_json=as_json)
    _say_done({"post": post_id}, f"已增加岗位 {post_id}", f"post {post_id} given", as_json=as_json)


@app.command("end-post")
def end_post(
    post: Annotated[str, typer.Argument(metavar="POST", help="The post's id; see rectify user show. 岗位编号。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a post: from the next request on nothing is done in it. 免去岗位。"""
    with services(as_json=as_json) as found:
        _known(post, lambda: desk.end_post(found.engine, operator(), post, datetime.now(UTC)), as_json=as_json)
    _say_done({"ended": post}, f"岗位 {post} 已免去", f"post {post} ended", as_json=as_json)


@app.command()
def delegate(
    post: Annotated[str, typer.Argument(metavar="POST", help="The post's id; see rectify user show. 岗位编号。")],
    person: PersonId,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day, until 24:00. 最后一日（至 24:00）。")
    ],
    since: From = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Have somebody act in a post for a time, counted as its holder. 委托代理（AB角）。"""
    with services(as_json=as_json) as found:
        begins, ends = _begins(since), _ends(until)
        given = _known(
            post, lambda: desk.delegate(found.engine, operator(), post, person, begins, ends), as_json=as_json
        )
    _say_done({"delegation": given}, f"已委托代理 {given}", f"delegation {given} made", as_json=as_json)


@app.command("end-delegation")
def end_delegation(
    delegation: Annotated[str, typer.Argument(metavar="DELEGATION", help="Its id. 代理编号。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a delegation at once. 收回代理。"""
    with services(as_json=as_json) as found:
        _known(
            delegation,
            lambda: desk.end_delegation(found.engine, operator(), delegation, datetime.now(UTC)),
            as_json=as_json,
        )
    _say_done({"ended": delegation}, f"代理 {delegation} 已收回", f"delegation {delegation} ended", as_json=as_json)


@app.command()
def leave(person: PersonId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Somebody leaves: posts, sessions and accounts end at once. What is in that name is listed. 人员离岗。"""
    with services(as_json=as_json) as found:
        left = _known(person, lambda: desk.leave(found.engine, operator(), person, datetime.now(UTC)), as_json=as_json)
        in_charge, plans = desk.cases_in_charge(found.engine, left), plans_of(found, as_json=as_json)
    count = sum(one.cases for one in in_charge)
    shown = {"person": person, "cases": count, "in_charge": [one._asdict() for one in in_charge]}
    places = ", ".join(f"{named(territories(plans), one.district)} {one.cases}" for one in in_charge)
    hand_over = "; ".join(f"rectify bulk reassign --district {o.district} --from {left.name} --to …" for o in in_charge)
    zh = f"{left.name} 已离岗，其承办的在办案件 {count} 件" + (f"（{places}）；移交：{hand_over}" if count else "")
    en = f"{left.name} has left; {count} open cases are in that charge" + (
        f" ({places}); hand them over: {hand_over}" if count else ""
    )
    _say_done(shown, zh, en, as_json=as_json)


@app.command("vacancies")
def list_vacancies(as_json: AsJson = False, lang: Lang = None) -> None:
    """Posts that the campaign needs and nobody holds: duties without a holder. 空缺岗位。"""
    with services(as_json=as_json) as found:
        held, plans = held_posts(found.engine, datetime.now(UTC)), plans_of(found, as_json=as_json)
    missing = [one for plan in plans[:1] for one in vacant(plan, held)]
    if as_json:
        print_json({"vacancies": [one._asdict() for one in missing]})
        return
    headers = (("岗位", "role"), ("辖区", "territory"), ("现有", "held"), ("需要", "needed"))
    rows = (
        (named(roles(plans), one.role), named(territories(plans), one.territory), str(one.held), str(one.needed))
        for one in missing
    )
    table(say("空缺岗位", "Vacant posts"), [say(*header) for header in headers], rows)


_LIST = {"remedy_zh": "rectify user list 列出全部人员", "remedy_en": "rectify user list names everybody"}


def post_said(post: Post, plans: Sequence[Plan]) -> str:
    """`ROLE@TERRITORY` by names; with the sector or subject."""
    place = named(territories(plans), post.territory)
    more = [named(sectors(plans), post.sector) or "", post.subject_id or ""]
    return f"{named(roles(plans), post.role)}@{'/'.join([place or '', *(one for one in more if one)])}"


def _post(
    found: Services, text: str, subject: str | None, since: datetime | None, until: datetime | None, *, as_json: bool
) -> Post:
    role, _, place = text.partition("@")
    plans = plans_of(found, as_json=as_json)
    typed = actor_written(f"{role}:-@{place}", as_json=as_json, option="POST", code="invalid_post")
    who = actor_meant(typed, plans, as_json=as_json, option="POST")
    facts: dict[str, Any] = {"role": who.role, "territory": who.territory, "sector": who.sector, "subject_id": subject}
    facts |= {"since_at": _begins(since), "until_at": _ends(until) if until else None}
    post = Post(post_id="", person_id="", **facts)
    of = find_subject(found.engine, subject) if subject else None
    if refused := post_refused(plans, post) or (subject_elsewhere(plans, post, of) if of else None):
        fail(
            BAD_INPUT, {"code": refused.code, "zh": f"POST：{refused.zh}", "en": f"POST: {refused.en}"}, as_json=as_json
        )
    return post


def _begins(day: datetime | None) -> datetime:
    return day.replace(tzinfo=BEIJING) if day else datetime.now(UTC)


def _ends(day: datetime) -> datetime:
    return end_of_day(day.date())


def _known(name: str, deed: Callable[[], T], *, as_json: bool) -> T:
    try:
        return deed()
    except UnknownPerson:
        _unknown(name, as_json=as_json)
    except NotDone as no:
        fail(REFUSED, no.refusal.model_dump(), as_json=as_json)


def _unknown(name: str, *, as_json: bool) -> NoReturn:
    zh, en = f"没有 {name}，或已不在岗", f"there is no {name}, or not any more"
    fail(REFUSED, {"code": "unknown_person", "zh": zh, "en": en, **_LIST}, as_json=as_json)


def _show_link(found: Services, invited: Invited, *, as_json: bool) -> None:
    link = f"{(found.endpoints.web_url or 'http://127.0.0.1').rstrip('/')}/invited/{invited.token}"
    if as_json:
        shown = {"person": invited.person_id, "login": invited.login, "link": link}
        print_json({**shown, "expires": show_instant(invited.expires_at)})
        return
    until = say_instant(invited.expires_at)
    out().print(
        say(f"{invited.person_id}，登录名 {invited.login}", f"{invited.person_id}, login {invited.login}"), markup=False
    )
    out().print(say(f"设置密码（只能用一次，{until} 前有效）：", f"to set the password, once and until {until}:"))
    out().print(link, markup=False, soft_wrap=True)


def _say_done(shown: dict[str, Any], zh: str, en: str, *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        out().print(say(zh, en), markup=False)


def _document(person: Person) -> dict[str, Any]:
    return person.model_dump(mode="json")


def _posts_said(person: Person, plans: Sequence[Plan], now: datetime) -> str:
    return ", ".join(post_said(post, plans) for post in person.posts if post.is_held(now))


def _until_said(instant: datetime | None) -> str:
    return say_due(instant) if instant else "–"


def _state_said(person: Person) -> str:
    return say("已离岗", "has left") if person.left_at else say("在岗", "here")
