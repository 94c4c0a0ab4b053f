"""The city's own sign-in: the way there, and the address to which it leads back."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk import city_sign_in, sign_in
from desk.city_provider import CityAway, CityProvider, CityRefused, CityUser
from desk.passkeys import session_holder
from desk.sign_in import SignInRefused
from desk.tokens import ensure_token_key
from models.people import Visit
from serving.actors import SignedIn, Visitor, require_proof, sign_in_needed
from serving.backing import Backing, Behind
from serving.problems import Trouble, nothing_here
from store import sessions
from store.sign_in_steps import Purpose, Step
from web.entry import (
    Fields,
    browser_holder,
    browser_mark,
    onward_to,
    trouble_of,
    used_up,
    with_device,
    with_mark,
    with_session,
)
from web.render import page

router = APIRouter(include_in_schema=False)
_DEED = "change_ways_in"


@router.post("/sign-in/city")
async def come_in(request: Request, behind: Behind, fields: Fields) -> Response:
    """To the provider, to come in."""
    return await _lead(request, behind, "city_sign_in", None, onward=onward_to(fields.get("next")))


@router.post("/me/city")
async def link(request: Request, behind: Behind, visit: SignedIn, fields: Fields) -> Response:
    """To the provider, to link the account of whoever is signed in."""
    require_proof(request, _DEED)
    return await _lead(request, behind, "city_link", visit)


@router.post("/me/city/remove")
async def unlink(request: Request, behind: Behind, visit: SignedIn, fields: Fields) -> Response:
    """The account signs in by it no more; not the last way in."""
    require_proof(request, _DEED)
    which, now = fields.get("link", ""), datetime.now(UTC)
    try:
        await run_in_threadpool(city_sign_in.unlink, behind.records, visit, which, now)
    except SignInRefused as refused:
        raise trouble_of(refused) from None
    return RedirectResponse("/me/ways", 303)


@router.post("/prove/city")
async def prove(request: Request, behind: Behind, visit: SignedIn, fields: Fields) -> Response:
    """To the provider, to prove anew."""
    return await _lead(request, behind, "city_prove", visit, onward=onward_to(fields.get("next")))


@router.post("/invited/{token}/city")
async def invited(request: Request, behind: Behind, token: str, fields: Fields) -> Response:
    """To the provider, to link the invited account."""
    invitation = sign_in.hashed(token)
    if await run_in_threadpool(sessions.invited, behind.records, invitation, datetime.now(UTC)) is None:
        raise used_up()
    return await _lead(request, behind, "city_invited", None, onward=invitation)


@router.get("/sign-in/city/back")
async def back(request: Request, behind: Behind, visit: Visitor) -> Response:
    """Where the provider leads back to: whoever it names is looked up, linked or proven, as it was begun."""
    city, asked = _city(behind), request.query_params
    holders = (browser_holder(browser_mark(request)), *((session_holder(visit),) if visit else ()))
    key = await run_in_threadpool(ensure_token_key, behind.services.home)
    state, now = asked.get("state", "")[:200], datetime.now(UTC)
    try:
        step = await run_in_threadpool(city_sign_in.come_back, behind.records, state, holders, now)
        code = asked.get("code", "")
        if "error" in asked or not code:
            await run_in_threadpool(city_sign_in.refuse, behind.records, visit, "declined", city_sign_in.declined())
        user = await _named(behind, city, code, city_sign_in.going(key, state, _back(request)), visit)
        return await _ended(request, behind, step, user, visit)
    except SignInRefused as refused:
        raise trouble_of(refused, at_least=403) from None  # 401 would lead to the form and say nothing


async def _named(behind: Backing, city: CityProvider, code: str, going: Any, visit: Visit | None) -> CityUser:
    try:
        return await city.user(code[:4000], going)
    except CityAway:
        raise _away(city) from None
    except CityRefused as refused:
        refusal = city_sign_in.declined()
        await run_in_threadpool(city_sign_in.refuse, behind.records, visit, refused.why, refusal)
        raise


async def _ended(request: Request, behind: Backing, step: Step, user: CityUser, visit: Visit | None) -> Response:
    engine, now, agent = behind.records, datetime.now(UTC), request.headers.get("user-agent", "")
    if step.purpose in ("city_link", "city_prove"):
        if visit is None:
            raise sign_in_needed()
        if step.purpose == "city_link":
            await run_in_threadpool(city_sign_in.link, engine, visit, user)
            return RedirectResponse("/me/ways", 303)
        token = await run_in_threadpool(city_sign_in.prove_by, engine, visit, user, step.made_at, now)
        return with_session(request, RedirectResponse(step.onward, 303), token)
    if step.purpose == "city_invited":
        came = await run_in_threadpool(city_sign_in.accept_invitation, engine, step.onward, user, agent, now)
        if came is None:
            raise used_up()
        onward = "/"
    else:
        came, onward = await run_in_threadpool(city_sign_in.come_in, engine, user, agent, now), step.onward
    begun, login = came
    return await with_device(request, behind, with_session(request, RedirectResponse(onward, 303), begun.token), login)


async def _lead(
    request: Request, behind: Backing, purpose: Purpose, visit: Visit | None, *, onward: str = "/"
) -> Response:
    """A page that leads on by itself: a form may not lead to another host (`form-action 'self'`)."""
    city, mark = _city(behind), browser_mark(request)
    key = await run_in_threadpool(ensure_token_key, behind.services.home)
    holder, now = session_holder(visit) if visit else browser_holder(mark), datetime.now(UTC)

    def begin() -> Any:
        return city_sign_in.set_out(behind.records, key, purpose, holder, _back(request), now, onward=onward)

    going = await run_in_threadpool(begin)
    try:
        address = await city.address(going, anew=purpose == "city_prove")
    except CityAway:
        raise _away(city) from None
    return with_mark(request, page(request, "leading.html", None, address=address, city=city.client), mark)


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}/sign-in/city/back"


def _city(behind: Backing) -> CityProvider:
    if behind.city is None:
        raise nothing_here()
    return behind.city


def _away(city: CityProvider) -> Trouble:
    zh, en = f"{city.client.zh}没有应答", f"{city.client.en} does not answer"
    remedy = {"remedy_zh": "请稍后重试，或返回登录页用密码登录", "remedy_en": "try again later, or sign in by password"}
    return Trouble(503, "city_sign_in_away", zh, en, **remedy)
