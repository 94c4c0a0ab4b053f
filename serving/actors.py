"""Who asks: a bearer token's signed actor, or nobody, who gets nothing."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from desk.tokens import BadToken, ExpiredToken, read
from models.actors import Actor
from models.plan import Plan
from rules.access.deeds import covers
from rules.words.naming import district_named
from serving.backing import Behind
from serving.problems import Trouble
from store.tokens import is_in_force

_READERS = ("inspector", "supervisor", "government", "regulator", "office", "auditor")
_EVERYWHERE = ("regulator", "office", "auditor")
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
    if found.role not in _READERS:
        raise Trouble(
            403,
            "role_not_permitted",
            f"角色 {found.role} 暂不能使用本接口",
            f"the role {found.role} cannot use this interface yet",
            rule="domain §7",
        )
    request.state.actor = found
    return found


Official = Annotated[Actor, Depends(actor)]


def reach(plan: Plan, who: Actor) -> str | None:
    """The district that an official may read; None means all of them. 403 for a territory that the plan has not."""
    require_known(plan, who)
    if who.role in _EVERYWHERE or (who.role == "government" and who.territory == plan.city):
        return None
    return who.territory


def require_reach(plan: Plan, who: Actor, district: str) -> None:
    """403 unless the official may read the district."""
    require_known(plan, who)
    if who.role not in _EVERYWHERE and not covers(plan, who, district):
        there = district_named(plan, district)
        raise Trouble(
            403,
            "wrong_territory",
            f"无权查看{there.zh}的案件",
            f"the territory {who.territory} does not reach {district}",
            rule="domain §7",
        )


def require_known(plan: Plan, who: Actor) -> None:
    """403 for somebody of a territory that is neither the plan's city nor one of its districts."""
    if who.territory not in (plan.city, *(district.id for district in plan.districts)):
        zh, en = f"本行动没有区划 {who.territory}", f"the campaign has no territory {who.territory}"
        raise Trouble(403, "wrong_territory", zh, en, rule="domain §7")


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
