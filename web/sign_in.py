"""`/sign-in`, `/me`: who comes in, in which post, on which devices; the link that sets a password once."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk import sign_in
from desk.sign_in import IDLE_FOR, LONGEST, SHORTEST, SignInRefused
from desk.tokens import ensure_token_key
from models.actors import ROLES, Actor
from models.people import Person
from rules.access.scope import named
from serving.actors import SignedIn, Visitor
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.cookies import SESSION_COOKIE, forget, kept
from serving.guard import site_of
from serving.problems import Trouble, nothing_here
from store import sessions
from store.city_links import links_of
from store.passkeys import passkeys_of
from store.people import people, standings
from store.posts import acting_for
from store.tokens import issued_tokens, revoke_tokens
from web.entry import DEVICE_COOKIE, Fields, by_name, newest, onward_to, status_of, used_up, with_device, with_session
from web.proof import city_of, has_password
from web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in_page(request: Request, behind: Behind, visit: Visitor) -> Response:
    """The form; of a demonstration also its people, to act as any of them."""
    onward = onward_to(request.query_params.get("next"))
    if visit is not None:
        return RedirectResponse(onward, 303)
    return _form(request, behind, onward, has_ended=kept(request, SESSION_COOKIE) is not None)


@router.post("/sign-in")
async def come_in(request: Request, behind: Behind, fields: Fields) -> Response:
    """A session for whom login and password prove; the form again, with a sentence, for anybody else."""
    onward, login = onward_to(fields.get("next")), fields.get("login", "").strip()
    key = await run_in_threadpool(ensure_token_key, behind.services.home)
    device = sign_in.device_of(key, kept(request, DEVICE_COOKIE), login)
    address = request.client.host if request.client else ""
    proof = sign_in.Proof(login[:200], fields.get("password", ""), fields.get("code", ""), address)
    try:
        found = await run_in_threadpool(_come_in, behind, proof, device, request.headers.get("user-agent", ""))
    except SignInRefused as refused:
        return await run_in_threadpool(_form, request, behind, onward, login=login, refused=refused)
    return await with_device(request, behind, with_session(request, RedirectResponse(onward, 303), found.token), login)


@router.post("/sign-in/as")
async def act_as(request: Request, behind: Behind, fields: Fields, visit: Visitor) -> Response:
    """Of a demonstration alone: be one of its people without a password."""
    if not behind.services.is_demo:
        raise nothing_here()
    onward, wanted = onward_to(fields.get("next")), fields.get("person", "")

    def begin() -> str | None:
        found = people(behind.records, person_id=wanted, is_here=True)
        accounts = [a for p in found if p.is_demo for a in p.accounts if a.closed_at is None]
        if not accounts:
            return None
        now, agent = datetime.now(UTC), request.headers.get("user-agent", "")
        if visit is not None:
            sign_in.sign_out(behind.records, visit, visit.session_id, now)
        return sign_in.begin(behind.records, accounts[0].account_id, wanted, agent, now, way="demonstration").token

    token = await run_in_threadpool(begin)
    if token is None:
        raise nothing_here()
    return with_session(request, RedirectResponse(onward, 303), token)


@router.post("/sign-out")
async def go_out(request: Request, behind: Behind, fields: Fields, visit: Visitor) -> Response:
    """The session ends."""
    if visit is not None:
        await run_in_threadpool(sign_in.sign_out, behind.records, visit, visit.session_id, datetime.now(UTC))
    response = RedirectResponse("/sign-in", 303)
    response.headers["Clear-Site-Data"] = '"cache"'  # pictures of cases do not stay on a machine that others use
    forget(request, response, SESSION_COOKIE)
    return response


@router.get("/me")
def me(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """Who you are, the posts that you may act in, your sessions."""
    now = datetime.now(UTC)
    tokens = issued_tokens(behind.records, in_force_at=now, of_posts=_own_posts(behind, visit.person_id, now))
    return page(
        request,
        "me.html",
        newest(behind),
        person=visit,
        standings=standings(behind.records, visit.person_id, now),
        delegated_until={
            one.delegation.delegation_id: one.until_at for one in acting_for(behind.records, visit.person_id)
        },
        has_codes=sessions.asks_for_codes(behind.records, visit.account_id),
        passkeys=passkeys_of(behind.records, visit.account_id),
        links=links_of(behind.records, visit.account_id),
        site=site_of(request),
        city=city_of(behind),
        has_password=has_password(behind, visit),
        done=request.query_params.get("done", ""),
        visits=sessions.visits_of(behind.records, visit.person_id, now, IDLE_FOR),
        tokens=[(one, tuple(map(named, one.scope))) for one in tokens],
    )


@router.post("/me/post")
async def change_post(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """Act in another post from here on."""
    post, delegation = fields.get("post", ""), fields.get("delegation") or None
    token = await run_in_threadpool(sign_in.change_post, behind.records, visit, post, delegation, datetime.now(UTC))
    if token is None:
        zh, en = "您目前不担任该岗位", "you do not hold that post at present"
        raise Trouble(403, "no_post", zh, en, rule="domain §7")
    return with_session(request, RedirectResponse("/", 303), token)


@router.post("/me/sessions/end")
async def end_session(behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """End one of the own sessions, or all of them."""
    which = fields.get("session") or None
    await run_in_threadpool(sign_in.sign_out, behind.records, visit, which, datetime.now(UTC))
    return RedirectResponse("/me", 303)


@router.post("/me/tokens/end")
async def end_token(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """Call back a token that speaks in the name of one's own post."""
    await run_in_threadpool(_end_token, request, behind, visit.person_id, fields.get("token"))
    return RedirectResponse("/me?done=token", 303)


@router.get("/invited/{token}")
def invited(request: Request, behind: Behind, token: str) -> Response:
    """The form that sets a password; the link is good once, and for three days."""
    found = sessions.invited(behind.records, sign_in.hashed(token), datetime.now(UTC))
    if found is None:
        raise used_up()
    return _password_form(request, behind, found[1], None)


@router.post("/invited/{token}")
async def set_password(request: Request, behind: Behind, token: str, fields: Fields) -> Response:
    """The password is set, the link is none any more, and this device is known: nobody's guesses lock it out."""
    found = await run_in_threadpool(sessions.invited, behind.records, sign_in.hashed(token), datetime.now(UTC))
    if found is None:
        raise used_up()
    password, login = fields.get("password", ""), found[1]
    wrong = sign_in.weak(password, login)
    if wrong is None and password != fields.get("again", ""):
        wrong = ("两次输入的密码不一致，请重新输入", "the two passwords differ: type both once more")
    if wrong is not None:
        return _password_form(request, behind, login, wrong)
    given = await run_in_threadpool(sign_in.accept_invitation, behind.records, token, password, datetime.now(UTC))
    if given is None:
        raise used_up()
    return await with_device(request, behind, RedirectResponse("/sign-in?done=password", 303), given)


def _own_posts(behind: Backing, person_id: str, now: datetime) -> dict[str, Actor]:
    """By the post's id, whom a token of it speaks as; not those that somebody lent."""
    held = standings(behind.records, person_id, now)
    return {one.post.post_id: one.actor for one in held if one.delegation_id is None}


def _end_token(request: Request, behind: Backing, person_id: str, token_id: str | None) -> None:
    now = datetime.now(UTC)
    own = _own_posts(behind, person_id, now)
    found = issued_tokens(behind.records, in_force_at=now, of_posts=own, token_id=token_id or "")
    for token in found:
        revoke_tokens(behind.records, token.token_id, asked_by(request, own[str(token.post_id)]))
    if not found:
        raise nothing_here()


def _come_in(behind: Backing, proof: sign_in.Proof, device: str, agent: str) -> sign_in.SignedIn:
    return sign_in.sign_in(behind.records, behind.services.keys, proof, device, agent, datetime.now(UTC))


def _form(
    request: Request,
    behind: Backing,
    onward: str,
    *,
    login: str = "",
    refused: SignInRefused | None = None,
    has_ended: bool = False,
) -> Response:
    """`has_ended`: the browser brought a session, and it is none any more."""
    is_demo = behind.services.is_demo
    return page(
        request,
        "sign_in.html",
        newest(behind) if is_demo else None,
        status=status_of(refused) if refused else 200,
        onward=onward,
        login=login,
        refused=refused,
        has_ended=has_ended,
        site=site_of(request),
        city=city_of(behind),
        by_name=by_name(request),
        is_set=request.query_params.get("done") == "password",
        cast=sorted((p for p in people(behind.records, is_here=True) if p.is_demo), key=_by_post) if is_demo else [],
    )


def _by_post(person: Person) -> tuple[str, int, str]:
    """Those of the whole city first, then district by district, in the order of the roles."""
    post = person.posts[0] if person.posts else None
    return (post.territory, ROLES.index(post.role), person.name) if post else ("", 0, person.name)


def _password_form(request: Request, behind: Backing, login: str, wrong: tuple[str, str] | None) -> Response:
    facts: dict[str, Any] = {"login": login, "wrong": wrong, "shortest": SHORTEST, "longest": LONGEST}
    facts["city"] = city_of(behind)
    return page(request, "invited.html", None, status=422 if wrong else 200, **facts)
