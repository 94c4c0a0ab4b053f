"""What every way to sign in shares: forms that came from our own page, where to go on to, the cookies."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk import sign_in
from desk.sign_in import SignInRefused
from desk.tokens import ensure_token_key
from serving.backing import Backing
from serving.bodies import json_object
from serving.cookies import SESSION_COOKIE, keep, kept
from serving.forms import form_values
from serving.guard import foreign_page, is_foreign
from serving.problems import Trouble
from store.campaigns import Campaign, campaigns

DEVICE_COOKIE = "rectify_device"
_BROWSER_COOKIE = "rectify_browser"
_YEAR = 365 * 24 * 3600
_LARGEST = 16_384
_NOWHERE = ("/sign-in", "/sign-out", "/invited")
_STATUSES = {
    "too_many_failures": 429,
    "too_busy": 503,
    "too_many_passkeys": 409,
    "last_way_in": 409,
    "city_account_taken": 409,
    "city_not_linked": 403,
    "city_other_account": 403,
}


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a small form, each with one value; 403 for one that another page sent."""
    return {name: values[-1] for name, values in (await form_values(request, _LARGEST, 50)).items()}


async def own_json(request: Request) -> dict[str, Any]:
    """What a script of our own page sent; 403 for what another page did."""
    if is_foreign(request):
        raise foreign_page()
    return await json_object(request)


Fields = Annotated[dict[str, str], Depends(form_fields)]
Sent = Annotated[dict[str, Any], Depends(own_json)]


def status_of(refused: SignInRefused) -> int:
    """401, unless it is said otherwise."""
    return _STATUSES.get(refused.code, 401)


def trouble_of(refused: SignInRefused, *, at_least: int = 400) -> Trouble:
    """The refusal of a way in, as a page or a program is told it."""
    zh, en = refused.remedy or ("返回登录页重试", "try again from /sign-in")
    status = max(at_least, status_of(refused))
    return Trouble(status, refused.code, refused.zh, refused.en, remedy_zh=zh, remedy_en=en)


def onward_to(asked: object) -> str:
    """Where to go after signing in: a page of ours, else the board."""
    if not isinstance(asked, str) or not asked.startswith("/") or asked.startswith(("//", "/\\", *_NOWHERE)):
        return "/"
    return asked if asked.isprintable() else "/"


def with_session(request: Request, response: Response, token: str) -> Response:
    """The browser keeps the session's token."""
    keep(request, response, SESSION_COOKIE, token)
    response.headers["Cache-Control"] = "no-store"
    return response


async def with_device(request: Request, behind: Backing, response: Response, login: str) -> Response:
    """The browser is known from here on to have signed in by that login."""
    key = await run_in_threadpool(ensure_token_key, behind.services.home)
    if sign_in.device_of(key, kept(request, DEVICE_COOKIE), login) == sign_in.STRANGER:
        keep(request, response, DEVICE_COOKIE, sign_in.device_mark(key, login), seconds=_YEAR)
    return response


def browser_mark(request: Request) -> str:
    """What this browser keeps, and no other: what was begun here ends here. A new one where it has none."""
    return kept(request, _BROWSER_COOKIE) or sign_in.new_token()


def browser_holder(mark: str) -> str:
    """The browser of that mark, as the holder of what was begun in it."""
    return f"browser:{sign_in.hashed(mark)}"


def with_mark(request: Request, response: Response, mark: str) -> Response:
    """The browser keeps its mark."""
    keep(request, response, _BROWSER_COOKIE, mark)
    return response


def by_name(request: Request) -> str:
    """This address by the name of this machine: passkeys are for names, not for numbers."""
    return str(request.url.replace(hostname="localhost"))


def used_up() -> Trouble:
    """410: the link of an invitation was used, or is too old."""
    zh, en = "该链接已使用或已过期", "the link was used or is too old"
    remedy = {
        "remedy_zh": "已设置密码的，请直接登录；否则请系统管理员重新发送邀请",
        "remedy_en": "if you have set your password, sign in with it; else ask an administrator for a new link",
    }
    return Trouble(410, "invitation_used_up", zh, en, **remedy)


def newest(behind: Backing) -> Campaign | None:
    """The campaign in the head of these pages."""
    return next(iter(campaigns(behind.records)), None)
