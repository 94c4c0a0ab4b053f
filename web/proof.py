"""`/prove`, `/me/password`, `/me/codes`: who somebody is, proven anew; the own password and one-time codes changed."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from desk import one_time_codes, sign_in
from desk.city_provider import CityClient
from desk.sign_in import LONGEST, SHORTEST, SignInRefused
from models.people import Visit
from rules.access.deeds import DEEDS
from rules.access.scope import WHOLE_UNDERTAKINGS, named
from rules.words.naming import Both
from serving.actors import PROVEN_WITHIN, SignedIn, require_proof
from serving.backing import Backing, Behind
from serving.guard import site_of
from serving.problems import Trouble
from store import sessions
from store.city_links import links_of
from store.passkeys import passkeys_of
from web.entry import Fields, newest, onward_to, status_of, with_session
from web.render import page

router = APIRouter(include_in_schema=False)
PROVEN = "/prove/done"
"""Where a proof leads that was asked for in the middle of a form, which stays open beside it."""
_HERE = f"{PROVEN}?here=true"
"""The same, of one that is given within the page of the form (`proof_parts.html`)."""


@router.get("/prove")
def prove_page(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form by which somebody proves anew to be that person, before a deed that asks for it."""
    asked = request.query_params
    return _prove_form(request, behind, visit, (onward_to(asked.get("next")), asked.get("do", "")), None)


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
        for_what = (onward, fields.get("do", ""))
        return await run_in_threadpool(_prove_form, request, behind, visit, for_what, refused)
    return with_session(request, RedirectResponse(onward, 303), token)


@router.get(PROVEN)
def proven(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form that asked for the proof stands in another tab, or around this, with what was typed."""
    until, is_here = visit.proven_at + PROVEN_WITHIN, request.query_params.get("here") == "true"
    return page(request, "proven.html", newest(behind), until=until, is_here=is_here)


@router.get("/me/password")
def password_page(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form by which somebody changes the own password."""
    _require_password(behind, visit)
    return _password_form(request, behind, visit)


@router.post("/me/password")
async def change_password(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """Another password, proven by the old one; whoever is signed in elsewhere is out."""
    await run_in_threadpool(_require_password, behind, visit)
    new, now = fields.get("password", ""), datetime.now(UTC)
    wrong = sign_in.weak(new, visit.login)
    if wrong is None and new != fields.get("again", ""):
        wrong = ("两次输入的密码不一致，请重新输入", "the two passwords differ: type both once more")
    if wrong is None and new == fields.get("old", ""):
        wrong = ("新密码与原密码相同", "that is the old password")
    if wrong is not None:
        return await run_in_threadpool(_password_form, request, behind, visit, Both(*wrong), 422)
    old, code = fields.get("old", ""), fields.get("code", "")

    def change() -> str:
        return sign_in.change_password(behind.records, behind.services.keys, visit, old, code, new, now)

    try:
        token = await run_in_threadpool(change)
    except SignInRefused as no:
        is_old = no.code == "wrong_password"
        told = Both("原密码或动态口令不正确", "the old one is wrong") if is_old else Both(no.zh, no.en)
        return await run_in_threadpool(_password_form, request, behind, visit, told, status_of(no))
    return with_session(request, RedirectResponse("/me?done=password", 303), token)


@router.get("/me/codes")
def codes(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """A secret for the person's device, to be taken up with a first code."""
    require_proof(request, "take_up_codes")
    return _codes(request, behind, visit, None)


@router.post("/me/codes")
async def take_up_codes(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """The account asks for a code from here on; a wrong one leaves the secret as it was shown."""
    require_proof(request, "take_up_codes")
    sealed, code, account = fields.get("sealed", ""), fields.get("code", ""), visit.account_id

    def take_up() -> bool:
        return one_time_codes.take_up(behind.records, behind.services.keys, account, sealed, code, datetime.now(UTC))

    if not await run_in_threadpool(take_up):
        return await run_in_threadpool(_codes, request, behind, visit, sealed)
    return RedirectResponse("/me?done=codes", 303)


@router.get("/me/codes/off")
def give_up_page(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """Whether the account is to ask for no code any more."""
    require_proof(request, "take_up_codes")
    return page(request, "codes_off.html", newest(behind))


@router.post("/me/codes/off")
async def give_up_codes(request: Request, behind: Behind, fields: Fields, visit: SignedIn) -> Response:
    """The account asks for none any more."""
    require_proof(request, "take_up_codes")
    await run_in_threadpool(one_time_codes.give_up, behind.records, visit.account_id)
    return RedirectResponse("/me?done=codes_off", 303)


def has_password(behind: Backing, visit: Visit) -> bool:
    """Whether the account has one; some come in by passkey or by the city's sign-in alone."""
    known = sessions.credentials(behind.records, visit.login)
    return known is not None and known.password_hash is not None


def city_of(behind: Backing) -> CityClient | None:
    """The city's own sign-in, where there is one."""
    return behind.city.client if behind.city else None


def _require_password(behind: Backing, visit: Visit) -> None:
    if not has_password(behind, visit):
        zh, en = "本账号没有密码", "this account has no password"
        remedy = {"remedy_zh": "请系统管理员发送邀请链接", "remedy_en": "ask an administrator for a link that sets one"}
        raise Trouble(409, "no_password", zh, en, **remedy)


def _prove_form(
    request: Request, behind: Backing, visit: Visit, for_what: tuple[str, str], refused: SignInRefused | None
) -> Response:
    (onward, do), site = for_what, site_of(request)
    mine = [one for one in passkeys_of(behind.records, visit.account_id) if site and one.host == site.host]
    facts: dict[str, Any] = {"onward": onward, "refused": refused, "has_passkey": bool(mine), "city": city_of(behind)}
    facts["has_password"] = has_password(behind, visit)
    facts["has_link"] = bool(links_of(behind.records, visit.account_id))
    is_known = do in DEEDS or do in WHOLE_UNDERTAKINGS
    facts |= {"do": do if is_known else "", "deed": named(do) if is_known else None}
    facts |= {"minutes": int(PROVEN_WITHIN.total_seconds() // 60), "is_beside": onward == PROVEN}
    facts["is_here"] = onward == _HERE
    return page(request, "prove.html", newest(behind), status=status_of(refused) if refused else 200, **facts)


def _password_form(
    request: Request, behind: Backing, visit: Visit, wrong: Both | None = None, status: int = 200
) -> Response:
    facts: dict[str, Any] = {"login": visit.login, "wrong": wrong, "shortest": SHORTEST, "longest": LONGEST}
    facts["has_codes"] = sessions.asks_for_codes(behind.records, visit.account_id)
    return page(request, "own_password.html", newest(behind), status=status, **facts)


def _codes(request: Request, behind: Backing, visit: Visit, sealed: str | None) -> Response:
    """`sealed`: the secret that was shown before a wrong code."""
    ring, account = behind.services.keys, visit.account_id
    secret, kept = one_time_codes.offered_again(ring, account, sealed or "")
    facts: dict[str, Any] = {"secret": secret, "sealed": kept, "wrong": sealed is not None}
    facts["picture"] = one_time_codes.picture(secret, visit.login)
    return page(request, "codes.html", newest(behind), status=200 if sealed is None else 422, **facts)
