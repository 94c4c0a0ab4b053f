"""Who asks: a bearer token's signed actor, or nobody, who gets nothing."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from desk.tokens import BadToken, ExpiredToken, read
from models.actors import Actor
from models.plan import Plan
from models.refusals import Refused
from rules.access import deeds as access
from rules.access.deeds import DEEDS, Place, Reach
from rules.words.naming import district_named, sector_named
from serving.backing import Behind
from serving.problems import Trouble
from store.tokens import is_in_force

_TOKEN = "rectify user token"
_bearer = HTTPBearer(auto_error=False, description="rectify user token ROLE:NAME@TERRITORY")


async def actor(
    request: Request, behind: Behind, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """The official whom the token names; 401 without one, 403 for whom no door is open yet."""
    if given is None:
        raise _unknown("no_token", "须出示令牌", "a bearer token is needed")
    try:
        signed = read(behind.token_key(), given.credentials)
        if not await asyncio.to_thread(is_in_force, behind.engine, signed.token_id):
            raise BadToken
        found = signed.actor
    except ExpiredToken:
        raise _unknown("token_expired", "令牌已过期", "the token has expired") from None
    except BadToken:
        raise _unknown("token_invalid", "令牌无效", "the token is not valid here") from None
    if found.role not in DEEDS["read"].roles:
        raise Trouble(
            403,
            "role_not_permitted",
            f"角色 {found.role} 暂不能使用本接口",
            f"the role {found.role} cannot use this interface yet",
            rule="domain §7",
        )
    request.state.actor, request.state.token_id = found, signed.token_id
    return found


Official = Annotated[Actor, Depends(actor)]


def reach(plan: Plan, who: Actor) -> Reach:
    """What an official may read; 403 for one who may read nothing of the campaign."""
    found = access.reach(plan, who)
    if not isinstance(found, Refused):
        return found
    if found.code == "no_sector":
        raise Trouble(403, "wrong_sector", found.zh, found.en, rule=found.rule)
    zh, en = f"本行动没有区划 {who.territory}", f"the campaign has no territory {who.territory}"
    raise Trouble(403, "wrong_territory", zh, en, rule="domain §7")


def require_reach(plan: Plan, who: Actor, place: Place) -> None:
    """403 unless the official may read the cases of the place; a case without a sector is nobody's who has one."""
    own = reach(plan, who)
    if own.district not in (None, place.district):
        there = district_named(plan, place.district or "")
        zh, en = f"无权查看{there.zh}的案件", f"the territory {who.territory} does not reach {place.district}"
        raise Trouble(403, "wrong_territory", zh, en, rule="domain §7")
    if own.sector not in (None, place.sector):
        there = sector_named(plan, place.sector)
        zh, en = f"无权查看其他行业领域的案件（{there.zh}）", f"the sector {own.sector} does not reach {there.en}"
        raise Trouble(403, "wrong_sector", zh, en, rule="domain §7")


def within(plan: Plan, who: Actor, wanted: Place) -> Place:
    """What is asked for, and where nothing is, what the official may read; 403 for what lies beyond it."""
    own = reach(plan, who)
    place = Place(wanted.district or own.district, wanted.sector or own.sector)
    require_reach(plan, who, place)
    return place


def _unknown(code: str, zh: str, en: str) -> Trouble:
    return Trouble(
        401,
        code,
        zh,
        en,
        remedy_zh=f"由管理员运行 {_TOKEN} 取得令牌，放入 Authorization: Bearer",
        remedy_en=f"have an administrator run {_TOKEN}, and send it as Authorization: Bearer",
        headers={"WWW-Authenticate": 'Bearer realm="rectify"'},
    )
