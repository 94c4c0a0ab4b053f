"""Who asks: whoever signed in, a bearer token's signed actor, or nobody, who gets nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from desk import sign_in
from desk.refusals import note_refused
from desk.tokens import BadToken, ExpiredToken, read
from engine.claims import Speaker, speaks
from models.actors import ROLE_NAMES, Actor
from models.audit import audit_actor
from models.commands import AnyCommand, ApproveMeasure, Reinspect, ReturnMeasure
from models.people import Visit
from models.refusals import Refused
from rules.access import deeds as access
from rules.access.deeds import DEEDS, Place, Reach
from rules.access.scope import Scope, named, out_of_scope
from rules.words.naming import Both, district_named, sector_named
from serving.backing import Backing, Behind
from serving.cookies import SESSION_COOKIE, kept
from serving.guard import foreign_page, is_foreign
from serving.problems import Trouble, WrongField
from store.campaigns import Campaign, UnreadablePlan, campaigns
from store.reading import NOWHERE, Reading, reading_now, reads
from store.saved_views import shared_with
from store.tokens import token_in_force

SIGN_IN_NEEDED = "sign_in_needed"
PROVE_AGAIN = "prove_again"
NO_POST = "no_post"
PROVEN_WITHIN = timedelta(minutes=10)  # (A)
_TOKEN = "rectify user token"
_bearer = HTTPBearer(auto_error=False, description="rectify user token ROLE:NAME@TERRITORY")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def visitor(request: Request, behind: Behind) -> Visit | None:
    """The session of whoever signed in in this browser; 403 for what another page makes the browser send."""
    token = kept(request, SESSION_COOKIE)
    if token is None:
        return None
    if is_foreign(request):
        raise foreign_page()
    found = await asyncio.to_thread(sign_in.visit, behind.records, token, datetime.now(UTC))
    request.state.visit = found
    return found


Visitor = Annotated[Visit | None, Depends(visitor)]


async def signed_in(visit: Visitor) -> Visit:
    """The session, in a post or in none; 401 without one."""
    if visit is None:
        raise sign_in_needed()
    return visit


SignedIn = Annotated[Visit, Depends(signed_in)]


async def actor(request: Request, behind: Behind, bearer: Bearer, visit: Visitor) -> Actor:
    """The official who signed in, or whom the token names; 401 without either, 403 for whom no door is open yet."""
    if bearer is not None:
        who = await _of_token(request, behind, bearer.credentials)
        door = f"token:{request.state.token_id}"
        if request.method in ("GET", "HEAD"):
            await require_scope(request, behind, who, "read")
    elif visit is not None:
        if visit.standing is None:
            raise no_post()
        who, door = visit.standing.actor, f"session:{visit.session_id}"
    elif kept(request, SESSION_COOKIE) or "text/html" in request.headers.get("accept", ""):
        raise sign_in_needed()
    else:
        raise _unknown("no_token", "须出示令牌", "a bearer token is needed")
    if who.role not in DEEDS["read"].roles and not (who.subject and who.role in DEEDS["read_own"].roles):
        raise Trouble(
            403,
            "role_not_permitted",
            f"{ROLE_NAMES[who.role][0]}岗位不查看、不办理案件",
            f"the role {ROLE_NAMES[who.role][1]} reads no cases and acts in none",
            rule="domain §7",
        )
    await lets_in(request, behind, who, door)
    return who


async def lets_in(request: Request, behind: Backing, who: Actor, door: str) -> None:
    """From here on it is this official who asks, speaks and reads."""
    request.state.actor = who
    speaks(Speaker(who, door))
    reads(await asyncio.to_thread(_reader, behind, who))


Official = Annotated[Actor, Depends(actor)]


async def require_scope(request: Request, behind: Backing, who: Actor, do: str) -> None:
    """403, and noted, where the token that asks is not for this deed. A session has no scope; neither have old tokens.

    Reading is asked for here; whoever lets a token do more asks for that.
    """
    scope: Scope | None = getattr(request.state, "scope", None)
    if scope is None or (refusal := out_of_scope(scope, do[:100])) is None:
        return
    by = audit_actor(who, token=request.state.token_id)
    await asyncio.to_thread(note_refused, behind.records, by, refusal.code, do, said=Both(refusal.zh, refusal.en))
    remedy = {
        "remedy_zh": f"由管理员运行 {_TOKEN} --scope 签发范围更大的令牌",
        "remedy_en": f"have an administrator run {_TOKEN} --scope for a token that is for it",
    }
    raise Trouble(403, refusal.code, refusal.zh, refusal.en, rule=refusal.rule, **remedy)


def _reader(behind: Backing, who: Actor) -> Reading:
    """Before a campaign is named: its own orders, and everything for whoever reads everything in every campaign."""
    try:
        known = behind.lately(("campaigns",), lambda: campaigns(behind.records))
    except UnreadablePlan:  # what it would let read is asked campaign by campaign
        known = ()
    everywhere = tuple(c.campaign_id for c in known if access.reach(c.plan, who) == Reach(None, None))
    is_all = 0 < len(known) == len(everywhere)
    shares = tuple(shared_with(who).values())
    return Reading(actor=str(who), everywhere=everywhere, is_all=is_all, person=who.person or "", shares=shares)


async def _of_token(request: Request, behind: Backing, token: str) -> Actor:
    try:
        signed = read(behind.token_key(), token)
        found = await asyncio.to_thread(token_in_force, behind.records, signed.token_id, datetime.now(UTC))
        if found is None:
            raise BadToken
    except ExpiredToken:
        raise _unknown("token_expired", "令牌已过期", "the token has expired") from None
    except BadToken:
        raise _unknown("token_invalid", "令牌无效", "the token is not valid here") from None
    request.state.token_id, request.state.scope = signed.token_id, found.scope
    return found.actor or signed.actor


def require_proof(request: Request, do: str, *, within: str | None = None) -> None:
    """403 where the deed asks whoever signed in for a proof anew, and the last one is older than some minutes.

    `within`: the undertaking that it is a part of, which is named instead.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None or not DEEDS[do].proven or datetime.now(UTC) - visit.proven_at <= PROVEN_WITHIN:
        return
    minutes = int(PROVEN_WITHIN.total_seconds() // 60)
    name = named(within or do)
    zh, en = (
        f"办理“{name.zh}”前须再次验证身份，{minutes} 分钟内有效",
        f"this asks you to prove again who you are, which then holds for {minutes} minutes: {name.en}",
    )
    remedy = {"remedy_zh": "在 /prove 验证身份后重新提交", "remedy_en": "prove it at /prove, then send this again"}
    raise Trouble(403, PROVE_AGAIN, zh, en, rule="domain §4", deed=within or do, **remedy)


def require_shown(request: Request, command: AnyCommand) -> None:
    """422 where whoever signed in decides a proposal without the hash of what was shown of it."""
    if getattr(request.state, "visit", None) is None or not DEEDS[command.do].shown:
        return
    if isinstance(command, ApproveMeasure | ReturnMeasure) and command.shown is None:
        zh, en = "审批须载明所查看的提请内容", "a decision carries the hash of the proposal that it was shown"
        remedy = {
            "remedy_zh": "请在案件页面查看后审批；shown 见该案件的 next-steps",
            "remedy_en": "decide on the page of the case; `shown` stands in its next-steps",
        }
        raise Trouble(422, "not_shown", zh, en, rule="domain §4", **remedy)


def require_reasons(request: Request, command: AnyCommand) -> None:
    """422 where whoever signed in finds that something is not rectified, and does not say why (A)."""
    if getattr(request.state, "visit", None) is None or not isinstance(command, Reinspect):
        return
    bare = [n for n, verdict in enumerate(command.verdicts) if not verdict.passed and not verdict.note.strip()]
    if bare:
        zh, en = "复查不合格的须填写复查意见", "a failed verdict says why"
        remedy = {"remedy_zh": "写明哪里未整改到位", "remedy_en": "say what was not put right"}
        wrong = [WrongField(field=f"verdicts.{n}.note", zh=zh, en=en, **remedy) for n in bare]
        raise Trouble(422, "invalid_input", zh, en, rule="3.1.register", errors=wrong, **remedy)


def reading_of(campaign: Campaign, who: Actor) -> Reach | Refused:
    """What somebody may read of the campaign; from here on PostgreSQL shows that and nothing else."""
    found, before = access.reach(campaign.plan, who), reading_now()
    own = NOWHERE if isinstance(found, Refused) else found
    is_all = before.is_all and own == Reach(None, None)
    reads(before._replace(campaign=campaign.campaign_id, reach=own, is_all=is_all))
    return found


def reach(campaign: Campaign, who: Actor) -> Reach:
    """What somebody may read of the campaign, as `reading_of`; 403 for one who may read nothing."""
    found = reading_of(campaign, who)
    if not isinstance(found, Refused):
        return found
    if found.code != "unknown_district":
        code = "wrong_sector" if found.code == "no_sector" else found.code
        raise Trouble(403, code, found.zh, found.en, rule=found.rule)
    zh, en = f"本行动没有区划 {who.territory}", f"the campaign has no territory {who.territory}"
    raise Trouble(403, "wrong_territory", zh, en, rule="domain §7")


def within(campaign: Campaign, who: Actor, wanted: Place) -> Place:
    """What a list is asked for, and where nothing is, what somebody may read; 403 for a filter that leads beyond."""
    own = reach(campaign, who)
    place = Place(wanted.district or own.district, wanted.sector or own.sector, wanted.subject or own.subject)
    if own.district not in (None, place.district):
        there, here = (district_named(campaign.plan, one) for one in (place.district or "", who.territory))
        zh, en = f"无权查看{there.zh}的案件", f"the territory {here.en} does not reach {there.en}"
        raise Trouble(403, "wrong_territory", zh, en, rule="domain §7")
    if not own.holds(place):
        there, here = sector_named(campaign.plan, place.sector), sector_named(campaign.plan, own.sector)
        zh, en = f"无权查看其他行业领域的案件（{there.zh}）", f"the sector {here.en} does not reach {there.en}"
        raise Trouble(403, "wrong_sector", zh, en, rule="domain §7")
    return place


def within_all(of: Sequence[Campaign], who: Actor, wanted: Place) -> Place:
    """The same of a list over these campaigns: what may be read in every one of them."""
    for campaign in of:
        wanted = within(campaign, who, wanted)
    if len(of) != 1:
        reads(reading_now()._replace(campaign=None, reach=Reach(*wanted) if of else NOWHERE))
    return wanted


def officials_only(campaign: Campaign, who: Actor, wanted: Place) -> Place:
    """The same of a list that is about more than one subject: 403 for whoever speaks for one."""
    if who.subject is not None:
        zh, en = "企业人员只能查看本单位的案件", "whoever speaks for one subject reads its cases alone"
        raise Trouble(403, "role_not_permitted", zh, en, rule="domain §7")
    return within(campaign, who, wanted)


def sign_in_needed() -> Trouble:
    """401: nobody has signed in in this browser, or not for some time."""
    zh, en = "请先登录", "sign in first"
    remedy = {"remedy_zh": "打开 /sign-in 登录", "remedy_en": "open /sign-in"}
    return Trouble(401, SIGN_IN_NEEDED, zh, en, **remedy, headers={"WWW-Authenticate": 'Session realm="rectify"'})


def no_post() -> Trouble:
    """403: whoever signed in holds no post."""
    zh, en = "您目前没有岗位，不能查看或办理案件", "you hold no post at present: nothing can be read or done"
    remedy = {"remedy_zh": "请联系系统管理员", "remedy_en": "ask an administrator"}
    return Trouble(403, NO_POST, zh, en, rule="domain §7", **remedy)


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
