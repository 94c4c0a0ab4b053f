"""Passkeys: the addresses that `static/passkeys.js` asks, and the page on which somebody keeps the own ones."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from desk import passkeys
from desk.passkeys import LONGEST_NAME, Answer, Site, session_holder
from desk.sign_in import SignInRefused
from models.people import Visit
from serving.actors import SignedIn, require_proof
from serving.backing import Backing, Behind
from serving.guard import site_of
from serving.problems import Trouble
from store.city_links import links_of
from store.passkeys import passkeys_of
from web.entry import (
    Fields,
    Sent,
    browser_holder,
    browser_mark,
    by_name,
    newest,
    onward_to,
    trouble_of,
    with_device,
    with_mark,
    with_session,
)
from web.render import page

router = APIRouter(include_in_schema=False)
_DEED = "change_ways_in"


@router.post("/sign-in/passkey/begin")
async def ask(request: Request, behind: Behind, sent: Sent) -> Response:
    """A challenge for whoever has a passkey for this host."""
    mark, site, now = browser_mark(request), _site(request), datetime.now(UTC)
    asked = await run_in_threadpool(passkeys.ask, behind.records, site, "passkey_sign_in", browser_holder(mark), now)
    return with_mark(request, Response(asked, media_type="application/json"), mark)


@router.post("/sign-in/passkey")
async def come_in(request: Request, behind: Behind, sent: Sent) -> Response:
    """A session for whose passkey has answered the challenge."""
    answer = Answer(_credential(sent), browser_holder(browser_mark(request)))
    agent = request.headers.get("user-agent", "")
    try:
        begun, login = await run_in_threadpool(
            passkeys.sign_in_by, behind.records, _site(request), answer, agent, datetime.now(UTC)
        )
    except SignInRefused as refused:
        raise trouble_of(refused) from None
    response = with_session(request, JSONResponse({"onward": onward_to(sent.get("next"))}), begun.token)
    return await with_device(request, behind, response, login)


@router.post("/prove/passkey/begin")
async def ask_again(request: Request, behind: Behind, visit: SignedIn, sent: Sent) -> Response:
    """A challenge for a passkey of whoever is signed in."""
    site, now, holder = _site(request), datetime.now(UTC), session_holder(visit)
    asked = await run_in_threadpool(passkeys.ask, behind.records, site, "passkey_prove", holder, now, visit)
    return Response(asked, media_type="application/json")


@router.post("/prove/passkey")
async def prove(request: Request, behind: Behind, visit: SignedIn, sent: Sent) -> Response:
    """Proven for some minutes, under a new token."""
    site, now = _site(request), datetime.now(UTC)
    try:
        token = await run_in_threadpool(passkeys.prove_by, behind.records, site, visit, _credential(sent), now)
    except SignInRefused as refused:
        raise trouble_of(refused) from None
    return with_session(request, JSONResponse({"onward": onward_to(sent.get("next"))}), token)


@router.get("/me/ways")
def own(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The own ways to sign in: passkeys, and the account with the city's sign-in."""
    require_proof(request, _DEED)
    return _own(request, behind, visit, None)


@router.post("/me/passkeys/begin")
async def ask_for_new(request: Request, behind: Behind, visit: SignedIn, sent: Sent) -> Response:
    """What the browser needs to make one."""
    require_proof(request, _DEED)
    try:
        asked = await run_in_threadpool(passkeys.ask_for_new, behind.records, _site(request), visit, datetime.now(UTC))
    except SignInRefused as refused:
        raise trouble_of(refused) from None
    return Response(asked, media_type="application/json")


@router.post("/me/passkeys")
async def add(request: Request, behind: Behind, visit: SignedIn, sent: Sent) -> Response:
    """The account has one more."""
    require_proof(request, _DEED)
    site, name = _site(request), str(sent.get("name") or "")
    adding = partial(passkeys.add, behind.records, site, visit, _credential(sent), name, datetime.now(UTC))
    try:
        await run_in_threadpool(adding)
    except SignInRefused as refused:
        raise trouble_of(refused) from None
    return JSONResponse({"onward": "/me/ways"})


@router.post("/me/passkeys/remove")
async def remove(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """It is none any more; not the last way in."""
    require_proof(request, _DEED)
    removing = partial(passkeys.remove, behind.records, visit, fields.get("passkey", ""), datetime.now(UTC))
    try:
        await run_in_threadpool(removing)
    except SignInRefused as refused:
        return await run_in_threadpool(_own, request, behind, visit, refused)
    return RedirectResponse("/me/ways", 303)


def _own(request: Request, behind: Backing, visit: Visit, refused: SignInRefused | None) -> Response:
    facts: dict[str, Any] = {"passkeys": passkeys_of(behind.records, visit.account_id), "refused": refused}
    facts |= {"links": links_of(behind.records, visit.account_id), "city": behind.city.client if behind.city else None}
    facts |= {"site": site_of(request), "by_name": by_name(request), "longest": LONGEST_NAME}
    return page(request, "ways.html", newest(behind), status=409 if refused else 200, **facts)


def _site(request: Request) -> Site:
    site = site_of(request)
    if site is None:
        zh, en = "通行密钥须以主机名打开本系统后使用，不能用数字地址", "passkeys are for a host name, not for a number"
        remedy = {"remedy_zh": "改用 localhost 打开", "remedy_en": "open it by localhost"}
        raise Trouble(409, "passkeys_need_a_name", zh, en, **remedy)
    return site


def _credential(sent: dict[str, Any]) -> dict[str, Any]:
    found = sent.get("credential")
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType] -- judged whole below
