"""`/admin/tokens`: which tokens of the API there are; one is issued, its secret shown once, or revoked."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk.tokens import holder_of, issue
from models.actors import ROLES, Actor, Role
from models.instants import day_of, end_of_day, parse_day, say_due, say_instant
from models.people import Person, Post
from models.plan import Plan
from rules.access.deeds import DEEDS
from rules.access.scope import OF_PAGES, named, of_no_use
from rules.words.naming import Both
from rules.words.running import TOKEN_STATES
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.problems import Trouble, all_checked, needed, one_field
from store.campaigns import Campaign
from store.people import held_posts, people
from store.tokens import IssuedToken, issued_token, issued_tokens, revoke_tokens, token_state
from views.forms.fields import FormField, Option
from web.admin.door import Issuing, tabs
from web.deeds.form import DeedForm, Done, HandedIn, carry_out, deed_page
from web.deeds.people_fields import place_in_words, post_in_words, role_in_words, subject_names
from web.entry import newest
from web.queries import TokensQuery
from web.render import link, named_actor, page

router = APIRouter(include_in_schema=False)
_HERE = "/admin/tokens"
_ROWS = 200
_LASTS, _LONGEST = timedelta(days=30), timedelta(days=366)
_SHOWN_FOR = timedelta(minutes=10)
"""A form sent twice shows its token again so long, and not once it was used."""
_ANOTHER = {
    "remedy_zh": "未抄录的，请收回该令牌，重新打开本页签发",
    "remedy_en": "if it was not copied, revoke it and open this page anew to issue another",
}
_ISSUE = Both("签发令牌", "Issue a token")
_REVOKE = Both("收回令牌", "Revoke a token")
_REVOKED = Both("收回令牌", "the token is revoked")
_EFFECT = Both(
    "令牌只显示一次。凭令牌可在所选范围内以该岗位人员名义使用接口，岗位免去即失效。",
    "The token is shown once. Whoever has it uses the API in the name of the post's holder, within what is chosen; it"
    " ends with the post.",
)


_WHOSE = Both(
    "括号内为可办理的岗位，只勾选所选岗位可办理的",
    "In brackets are the posts that can do it: tick what the chosen post can",
)


class Row(NamedTuple):
    """A token as the list shows it."""

    token: IssuedToken
    speaks_as: Both
    state: str
    scope: tuple[Both, ...]


@router.get(_HERE)
def tokens(request: Request, who: Issuing, behind: Behind, query: Annotated[TokensQuery, Query()]) -> Response:
    """Those in force, or all that are still known, the newest first; never what makes one valid."""
    now = datetime.now(UTC)
    found = issued_tokens(behind.records, limit=_ROWS + 1, in_force_at=None if query.ended else now)
    campaign = newest(behind)
    plan = campaign.plan if campaign else None
    rows = [
        Row(one, _speaks_as(one.actor, plan), token_state(one, now), tuple(map(named, one.scope)))
        for one in found[:_ROWS]
    ]
    facts: dict[str, Any] = {"rows": rows, "states": TOKEN_STATES, "query": query, "more": len(found) > _ROWS}
    done = {"revoke": _REVOKED}.get(query.done or "")
    return page(request, "admin_tokens.html", campaign, tabs=tabs(who), done=done, **facts)


@router.get("/admin/tokens/new")
def issue_form(request: Request, who: Issuing, behind: Behind) -> Response:
    """The form of a new token."""
    campaign = newest(behind)
    return deed_page(request, campaign, _issue_form(behind, campaign.plan if campaign else None))


@router.post("/admin/tokens/new")
async def issue_one(request: Request, who: Issuing, behind: Behind) -> Response:
    """The token, shown once; the form sent twice is one token."""
    campaign = await run_in_threadpool(newest, behind)
    form = await run_in_threadpool(_issue_form, behind, campaign.plan if campaign else None)

    async def deed(handed: HandedIn) -> Done:
        return await run_in_threadpool(_issued, request, behind, who, handed)

    return await carry_out(request, behind, who, campaign, form, deed)


@router.get("/admin/tokens/{token_id}/revoke")
def revoke_form(request: Request, who: Issuing, behind: Behind, token_id: str) -> Response:
    """The token that would be called back; 409 for one that was."""
    campaign, token = newest(behind), issued_token(behind.records, token_id)
    if token is not None and token.revoked_at is not None:
        at = say_instant(token.revoked_at)
        remedy = {"remedy_zh": "不必再办理", "remedy_en": "nothing is left to do"}
        raise Trouble(409, "revoked_already", f"该令牌已于 {at} 收回", f"it was revoked on {at}", **remedy)
    return deed_page(request, campaign, _revoke_form(behind, campaign, token_id))


@router.post("/admin/tokens/{token_id}/revoke")
async def revoke(request: Request, who: Issuing, behind: Behind, token_id: str) -> Response:
    """From the next request on it is none; called back twice it is called back once."""
    campaign = await run_in_threadpool(newest, behind)
    form = await run_in_threadpool(_revoke_form, behind, campaign, token_id)

    async def deed(_: HandedIn) -> Done:
        await run_in_threadpool(revoke_tokens, behind.records, token_id, asked_by(request, who))
        return link(_HERE, done="revoke")

    return await carry_out(request, behind, who, campaign, form, deed)


def _issued(request: Request, behind: Backing, who: Actor, handed: HandedIn) -> Response:
    now, facts = datetime.now(UTC), handed.facts
    post_id, scope = str(facts.get("post_id", "")), tuple(facts.get("scope") or ())
    label, held = str(facts.get("label", "")), holder_of(behind.records, post_id, now) if post_id else None
    post = next((one for one in held_posts(behind.records, now) if one.post_id == post_id), None)
    all_checked(
        lambda: needed(facts, "label"),
        lambda: _holder(held),
        lambda: _require_of_use(scope, held),
        lambda: _require_short(label),
        lambda: _ends(facts, now, post),
    )
    holder, ends = _holder(held), _ends(facts, now, post)
    token_id = hashlib.sha256(f"{who.person}/{handed.command_id}".encode()).hexdigest()[:12]
    engine, home, by = behind.records, behind.services.home, asked_by(request, who)
    secret, _ = issue(engine, home, holder, ends, by, scope=scope, label=label, post_id=post_id, token_id=token_id)
    kept = issued_token(engine, token_id)
    if kept is None or kept.revoked_at or kept.last_used_at or now - kept.issued_at > _SHOWN_FOR:
        zh, en = "该令牌已签发，不再显示", "this token was issued already, and is shown no more"
        raise Trouble(409, "issued_already", zh, en, **_ANOTHER)
    if (kept.post_id, set(kept.scope), kept.expires_at) != (post_id, set(scope), ends):
        zh, en = "本表已按其他内容签发令牌", "this form has issued a token for something else"
        raise Trouble(409, "issued_otherwise", zh, en, **_ANOTHER)
    campaign = newest(behind)
    speaks_as = _speaks_as(kept.actor, campaign.plan if campaign else None)
    response = page(request, "admin_token.html", campaign, secret=secret, token=kept, speaks_as=speaks_as)
    response.headers["Cache-Control"] = "no-store"
    return response


def _holder(held: Actor | None) -> Actor:
    """Who speaks; 422 for a post that nobody holds, and for one that the API does not know."""
    if held is None or not (held.role in DEEDS["read"].roles or held.subject is not None):
        raise one_field("post_id", "须选择在任岗位", "is to be a post that somebody holds")
    return held


def _require_of_use(scope: tuple[str, ...], held: Actor | None) -> None:
    """422 for no scope at all, and for what the post cannot do."""
    if not scope or set(scope) - set(OF_PAGES):
        raise one_field("scope", "须选择使用范围", "is to be chosen")
    useless = [named(word) for word in of_no_use(scope, cast("Role", held.role))] if held else []
    if useless:
        zh, en = "、".join(one.zh for one in useless), ", ".join(one.en for one in useless)
        trouble = one_field(
            "scope", f"该岗位不能办理：{zh}", f"of no use in that post: {en}", "请勿选择", "leave it out"
        )
        trouble.noted = "scope_of_no_use"
        raise trouble


def _require_short(label: str) -> None:
    if len(label) > 100:
        raise one_field("label", "至多 100 字", "has at most 100 characters")


def _ends(facts: dict[str, Any], now: datetime, post: Post | None) -> datetime:
    """422 for no day, one gone by or too far away, and one on which the post is held no more."""
    try:
        ends = end_of_day(parse_day(str(facts.get("until", ""))))
    except ValueError:
        raise one_field("until", "须为日期", "is to be a day", "如 2027-06-30", "as 2027-06-30") from None
    if not now < ends <= now + _LONGEST:
        raise one_field("until", "须在今日之后一年之内", "is to be within a year from today")
    if post is not None and post.until_at is not None and ends > post.until_at:
        last = say_due(post.until_at)
        zh, en = f"所选岗位任至 {last}", f"the post is held until {last}"
        raise one_field("until", zh, en, "请选择不晚于该日的日期", "choose that day or one before it")
    return ends


def _issue_form(behind: Backing, plan: Plan | None) -> DeedForm:
    now = datetime.now(UTC)
    held = [
        (person, post)
        for person in people(behind.records, is_here=True)
        for post in person.posts
        if post.is_held(now) and (post.role in DEEDS["read"].roles or post.subject_id)
    ]
    held.sort(key=lambda one: (one[1].territory, ROLES.index(one[1].role), one[0].name, one[1].post_id))
    subjects = subject_names(behind, (post for _, post in held))
    posts = tuple(_option(person, post, plan, subjects) for person, post in held)
    scope = tuple(_scope_option(word, {post.role for _, post in held}, plan) for word in OF_PAGES)
    until = (day_of(now + _LASTS).isoformat(),)
    label = Both("用途说明", "Used by (shown in the list)")
    fields = (
        FormField("post_id", "choice", Both("以何岗位使用", "In which post"), True, posts),
        FormField("label", "line", label, True),
        FormField("until", "day", Both("有效至（含当日）", "Last day of validity"), True, value=until),
        FormField("scope", "ticks", Both("使用范围", "What it is for"), True, scope, value=("read",), hint=_WHOSE),
    )
    return DeedForm("manage_tokens", _ISSUE, "/admin/tokens/new", _HERE, "", fields, None, _EFFECT)


def _scope_option(word: str, roles: set[Role], plan: Plan | None) -> Option:
    """The deed with the roles, of those that hold a post, that it is of use to; without where it is to all of them."""
    names, users = named(word), [role for role in ROLES if not of_no_use((word,), role)]
    if roles <= set(users):
        return Option(word, *names)
    said = [role_in_words(cast("Role", role), plan) for role in users]
    zh, en = "、".join(one.zh for one in said), ", ".join(one.en for one in said)
    return Option(word, f"{names.zh}（{zh}）", f"{names.en} ({en})")


def _speaks_as(by: str, plan: Plan | None) -> Both:
    """The holder by name, role, place and sector; an actor of another shape as it is written."""
    who = named_actor(by)
    if who is None or who.role == "system":
        return Both(by, by)
    parts = [Both(who.name, who.name), role_in_words(who.role, plan), place_in_words(who.territory, plan)]
    parts += [Both(s.zh, s.en) for s in (plan.sectors if plan else ()) if s.id == who.sector]
    return Both(" · ".join(one.zh for one in parts), " · ".join(one.en for one in parts))


def _option(person: Person, post: Post, plan: Plan | None, subjects: dict[str, str]) -> Option:
    """Each told apart by the login: several may have one name."""
    words = post_in_words(post, plan, subjects)
    login = next((a.login for a in person.accounts if a.closed_at is None), person.person_id)
    return Option(post.post_id, f"{words.zh} · {person.name}（{login}）", f"{words.en} · {person.name} ({login})")


def _revoke_form(behind: Backing, campaign: Campaign | None, token_id: str) -> DeedForm:
    token = issued_token(behind.records, token_id)
    if token is None:
        raise Trouble(404, "unknown_token", f"没有令牌 {token_id}", f"there is no token {token_id}")
    who = _speaks_as(token.actor, campaign.plan if campaign else None)
    zh, en = (" · ".join(one for one in (token.token_id, said, token.label) if one) for said in who)
    effect = Both(f"从下一次请求起即失效：{zh}。", f"From the next request on it is none: {en}.")
    return DeedForm("manage_tokens", _REVOKE, f"{_HERE}/{token_id}/revoke", _HERE, token_id, (), None, effect)
