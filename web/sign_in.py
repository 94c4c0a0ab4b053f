"""`/sign-in`, `/me`: who comes in, in which post, on which devices; the link that sets a password once."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk import one_time_codes, sign_in
from desk.city_provider import CityClient
from desk.sign_in import IDLE_FOR, LONGEST, SHORTEST, SignInRefused
from desk.tokens import ensure_token_key
from models.actors import ROLES
from models.people import Person, Visit
from serving.actors import SignedIn, Visitor, require_proof
from serving.backing import Backing, Behind
from serving.cookies import SESSION_COOKIE, forget, kept
from serving.guard import site_of
from serving.problems import Trouble, nothing_here
from store import sessions
from store.city_links import links_of
from store.passkeys import passkeys_of
from store.people import people, standings
from web.entry import DEVICE_COOKIE, Fields, by_name, newest, onward_to, status_of, used_up, with_device, with_session
from web.render import page

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in_page(request: Request, behind: Behind, visit: Visitor) -> Response:
    """The form; of a demonstration also its people, to act as any of them."""
    onward = onward_to(request.query_params.get("next"))
    if visit is not None:
        return RedirectResponse(onward, 303)
    return _form(request, behind, onward)


@router.post("/sign-in")
async def come_in(request: Request, behind: Behind, fields: Fields) -> Response:
    """A session for whom login and password prove; the form again, with a sentence, for anybody else."""
    onward, login = onward_to(fields.get("next")), fields.get("login", "").strip()
    key = await run_in_threadpool(ensure_token_key, behind.services.home)
    device = sign_in.device_of(key, kept(request, DEVICE_COOKIE), login)
    proof = sign_in.Proof(login[:200], fields.get("password", ""), fields.get("code", ""))
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
        return sign_in.begin(behind.records, accounts[0].account_id, wanted, agent, now).token

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
    forget(request, response, SESSION_COOKIE)
    return response


@router.get("/me")
def me(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """Who you are, the posts that you may act in, your sessions."""
    now = datetime.now(UTC)
    return page(
        request,
        "me.html",
        newest(behind),
        person=visit,
        standings=standings(behind.records, visit.person_id, now),
        has_codes=sessions.asks_for_codes(behind.records, visit.account_id),
        passkeys=passkeys_of(behind.records, visit.account_id),
        links=links_of(behind.records, visit.account_id),
        site=site_of(request),
        city=_city(behind),
        visits=sessions.visits_of(behind.records, visit.person_id, now, IDLE_FOR),
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


@router.get("/prove")
def prove_page(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form by which somebody proves anew to be that person, before a deed that asks for it."""
    return _prove_form(request, behind, visit, onward_to(request.query_params.get("next")), None)


@router.post("/prove")
async def prove(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """Proven for some minutes, under a new token."""
    onward, now = onward_to(fields.get("next")), datetime.now(UTC)
    password, code = fields.get("password", ""), fields.get("code", "")

    def again() -> str:
        return sign_in.prove(behind.records, behind.services.keys, visit, password, code, now)

    try:
        token = await run_in_threadpool(again)
    except SignInRefused as refused:
        return await run_in_threadpool(_prove_form, request, behind, visit, onward, refused)
    return with_session(request, RedirectResponse(onward, 303), token)


@router.get("/me/codes")
def codes(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """A secret for the person's device, to be taken up with a first code."""
    require_proof(request, "take_up_codes")
    return _codes(request, behind, visit, wrong=False)


@router.post("/me/codes")
async def take_up_codes(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """The account asks for a code from here on, or for none any more where the form holds no secret."""
    require_proof(request, "take_up_codes")
    sealed, code, account = fields.get("sealed", ""), fields.get("code", ""), visit.account_id

    def change() -> bool:
        if not sealed:
            one_time_codes.give_up(behind.records, account)
            return True
        return one_time_codes.take_up(behind.records, behind.services.keys, account, sealed, code, datetime.now(UTC))

    if not await run_in_threadpool(change):
        return await run_in_threadpool(partial(_codes, request, behind, visit, wrong=True))
    return RedirectResponse("/me", 303)


@router.get("/invited/{token}")
def invited(request: Request, behind: Behind, token: str) -> Response:
    """The form that sets a password; the link is good once, and for three days."""
    found = sessions.invited(behind.records, sign_in.hashed(token), datetime.now(UTC))
    if found is None:
        raise used_up()
    return _password_form(request, behind, found[1], None)


@router.post("/invited/{token}")
async def set_password(request: Request, behind: Behind, token: str, fields: Fields) -> Response:
    """The password is set; the link is none any more."""
    found = await run_in_threadpool(sessions.invited, behind.records, sign_in.hashed(token), datetime.now(UTC))
    if found is None:
        raise used_up()
    password, login = fields.get("password", ""), found[1]
    wrong = sign_in.weak(password, login)
    if wrong is None and password != fields.get("again", ""):
        wrong = ("两次输入的密码不一致", "the two passwords differ")
    if wrong is not None:
        return _password_form(request, behind, login, wrong)
    given = await run_in_threadpool(sign_in.accept_invitation, behind.records, token, password, datetime.now(UTC))
    if given is None:
        raise used_up()
    return RedirectResponse("/sign-in", 303)


def _come_in(behind: Backing, proof: sign_in.Proof, device: str, agent: str) -> sign_in.SignedIn:
    return sign_in.sign_in(behind.records, behind.services.keys, proof, device, agent, datetime.now(UTC))


def _prove_form(
    request: Request, behind: Backing, visit: Visit, onward: str, refused: SignInRefused | None
) -> Response:
    site = site_of(request)
    mine = [one for one in passkeys_of(behind.records, visit.account_id) if site and one.host == site.host]
    facts: dict[str, Any] = {"onward": onward, "refused": refused, "has_passkey": bool(mine), "city": _city(behind)}
    known = sessions.credentials(behind.records, visit.login)
    facts["has_password"] = known is not None and known.password_hash is not None
    facts["has_link"] = bool(links_of(behind.records, visit.account_id))
    return page(request, "prove.html", newest(behind), status=status_of(refused) if refused else 200, **facts)


def _codes(request: Request, behind: Backing, visit: Visit, *, wrong: bool) -> Response:
    secret, sealed = one_time_codes.offer(behind.services.keys, visit.account_id)
    facts: dict[str, Any] = {"secret": secret, "sealed": sealed, "wrong": wrong}
    facts["picture"] = one_time_codes.picture(secret, visit.login)
    return page(request, "codes.html", newest(behind), status=422 if wrong else 200, **facts)


def _form(
    request: Request, behind: Backing, onward: str, *, login: str = "", refused: SignInRefused | None = None
) -> Response:
    is_demo = behind.services.is_demo
    return page(
        request,
        "sign_in.html",
        newest(behind) if is_demo else None,
        status=status_of(refused) if refused else 200,
        onward=onward,
        login=login,
        refused=refused,
        site=site_of(request),
        city=_city(behind),
        by_name=by_name(request),
        cast=sorted((p for p in people(behind.records, is_here=True) if p.is_demo), key=_by_post) if is_demo else [],
    )


def _by_post(person: Person) -> tuple[str, int, str]:
    """Those of the whole city first, then district by district, in the order of the roles."""
    post = person.posts[0] if person.posts else None
    return (post.territory, ROLES.index(post.role), person.name) if post else ("", 0, person.name)


def _password_form(request: Request, behind: Backing, login: str, wrong: tuple[str, str] | None) -> Response:
    facts: dict[str, Any] = {"login": login, "wrong": wrong, "shortest": SHORTEST, "longest": LONGEST}
    facts["city"] = _city(behind)
    return page(request, "invited.html", None, status=422 if wrong else 200, **facts)


def _city(behind: Backing) -> CityClient | None:
    return behind.city.client if behind.city else None
