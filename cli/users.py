"""`rectify user`: tokens, by which officials are known over HTTP."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from cli.files import CAMPAIGNS, load_plan
from cli.filters import actor_meant, actor_written
from cli.names import TypedActor, actor_said, listed, sectors, territories
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say, table
from cli.services import services
from desk.tokens import holder_of, issue
from engine.connection import Services
from engine.operator import operator
from models.actors import Actor
from models.instants import say_instant, show_instant
from models.plan import Plan
from models.refusals import Refused
from models.typed import folded
from rules.access.deeds import reach
from rules.access.scope import ALL, WORDS, Scope, scope_in_chinese, unknown_words
from rules.words.running import TOKEN_STATES
from store.campaigns import campaigns
from store.tokens import IssuedToken, issued_tokens, revoke_tokens, token_state

app = typer.Typer(help="Users. 用户。", no_args_is_help=True)
_HAN_APART = re.compile(r"[\u3400-\u9fff]\s+[\u3400-\u9fff]")


@app.callback()
def users() -> None:
    """Users. 用户。"""


@app.command()
def token(
    who: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACTOR]",
            help="role:name@territory, /sector behind it for one alone. 角色:姓名@辖区，限一个领域的加“/领域”。",
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid. 有效天数。")] = 30,
    scope: Annotated[
        str,
        typer.Option(
            metavar="WORDS",
            help="What it is for: read, import, deeds, commas between; all: whatever the role may."
            " 使用范围：read、import 或事项代码，以逗号分隔；all 为角色的全部权限。",
        ),
    ] = "all",
    label: Annotated[str, typer.Option(help="Used by, as the list shows it. 用途说明。")] = "",
    post: Annotated[
        str | None,
        typer.Option(
            help="Instead of ACTOR: a post's id; the token ends with it. 岗位编号，代替 ACTOR；岗位免去即失效。"
        ),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Print a token of the API, which speaks as this official until it expires or is revoked. 签发接口令牌。"""
    if (who is None) is (post is None):
        zh, en = "请给出 ACTOR 或 --post 之一", "name either ACTOR or --post"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    wanted = _scope(scope, as_json=as_json)
    _require_label(label, as_json=as_json)
    typed = _typed(who, as_json=as_json) if who is not None else None
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=days)
    with services(as_json=as_json) as found:
        plans = plans_of(found, as_json=as_json)
        if typed is None:
            actor = _holder(found, str(post), now, as_json=as_json)
        else:
            actor = actor_meant(typed, plans, as_json=as_json, option="ACTOR")
        _require_territory(plans, actor, as_json=as_json)
        _require_sector(plans, actor, as_json=as_json)
        given, token_id = issue(found.owner, found.home, actor, expires_at, scope=wanted, label=label, post_id=post)
    if as_json:
        shown = {"token": given, "id": token_id, "actor": str(actor), "expires": show_instant(expires_at)}
        print_json({**shown, "scope": wanted, "label": label.strip(), "post": post})
        return
    out().print(given, markup=False, soft_wrap=True)
    if wanted == ALL:
        zh, en = (
            "· 该令牌可办理角色的全部事项；可用 --scope 收窄",
            "· it is for all that the role may; --scope narrows it",
        )
        err().print(say(zh, en), markup=False)


@app.command("tokens")
def list_tokens(as_json: AsJson = False, lang: Lang = None) -> None:
    """Every token that was issued, the newest first; never what makes it valid. 已签发的令牌。"""
    with services(as_json=as_json) as found:
        now = datetime.now(UTC)
        known = issued_tokens(found.engine)
        plans = [campaign.plan for campaign in campaigns(found.engine)]
    if as_json:
        print_json({"tokens": [_document(one, now) for one in known]})
        return
    table(
        say("令牌", "Tokens"),
        [say(*header) for header in _HEADERS],
        (
            (
                o.token_id, actor_said(o.actor, plans), o.label, say(scope_in_chinese(o.scope), ", ".join(o.scope)),
                f"{say_instant(o.issued_at)} {o.issued_by or ''}".strip(),
                say_instant(o.last_used_at) if o.last_used_at else "–", say_instant(o.ends_at),
                say(*TOKEN_STATES[token_state(o, now)]),
            )
            for o in known
        ),
        whole=(0,),
    )  # fmt: skip


@app.command()
def revoke(
    token_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The token's id; see rectify user tokens. 令牌编号。")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All tokens at once. 全部令牌。")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Revoke a token: from the next request on it is none. 收回令牌。"""
    if (token_id is None) is not every:
        zh, en = "请给出令牌编号，或用 --all 收回全部", "name a token, or --all of them"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    with services(as_json=as_json) as found:
        revoked = revoke_tokens(found.owner, token_id, operator())
    if token_id is not None and not revoked:
        zh, en = f"没有有效的令牌 {token_id}", f"no token {token_id} is in force"
        remedy = {"remedy_zh": "rectify user tokens 列出全部", "remedy_en": "rectify user tokens names them all"}
        fail(REFUSED, {"code": "unknown_token", "zh": zh, "en": en, **remedy}, as_json=as_json)
    if as_json:
        print_json({"revoked": revoked})
    else:
        out().print(say(f"已收回 {revoked} 个令牌", f"{revoked} token(s) revoked"))


_HEADERS = (
    *(("编号", "id"), ("人员", "official"), ("用途", "label"), ("范围", "scope")),
    *(("签发", "issued"), ("最近使用", "last used"), ("到期", "expires"), ("状态", "state")),
)


def _document(one: IssuedToken, now: datetime) -> dict[str, Any]:
    return {
        "id": one.token_id,
        "actor": one.actor,
        "label": one.label,
        "scope": one.scope,
        "post": one.post_id,
        "issued": show_instant(one.issued_at),
        "issued_by": one.issued_by,
        "last_used": show_instant(one.last_used_at) if one.last_used_at else None,
        "expires": show_instant(one.expires_at),
        "state": token_state(one, now),
    }


def _scope(text: str, *, as_json: bool) -> Scope:
    """The words; exit 2 for one that names no deed and no group."""
    scope = tuple(dict.fromkeys(word for one in text.split(",") if (word := one.strip())))
    wrong = unknown_words(scope)
    if wrong or not scope:
        known = ", ".join(WORDS)
        problem = {
            "code": "invalid_option",
            "zh": f"--scope：没有 {'、'.join(wrong) or '任何事项'}",
            "en": f"--scope: there is no {', '.join(wrong) or 'word in it'}",
            "remedy_zh": f"可选：{known}",
            "remedy_en": f"use: {known}",
        }
        fail(BAD_INPUT, problem, as_json=as_json)
    return scope


def _require_label(label: str, *, as_json: bool) -> None:
    if len(label) > 100 or not label.isprintable():
        zh, en = "--label：至多 100 个可见字符", "--label: at most 100 signs that can be seen"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)


def _typed(who: str, *, as_json: bool) -> TypedActor:
    typed = actor_written(who, as_json=as_json, option="ACTOR", code="invalid_actor")
    if folded(who) != who or _HAN_APART.search(typed.name):
        zh = "姓名中有空格或看不见的符号，会与另一写法混为两人"
        en = "the name has signs that nobody sees, or spaces between Chinese characters: two spellings of one person"
        fail(BAD_INPUT, {"code": "invalid_actor", "zh": f"ACTOR：{zh}", "en": f"ACTOR: {en}"}, as_json=as_json)
    return typed


def _holder(found: Services, post_id: str, now: datetime, *, as_json: bool) -> Actor:
    """Whoever holds the post; exit 1 where nobody does."""
    holder = holder_of(found.engine, post_id, now)
    if holder is None:
        zh, en = f"没有人担任岗位 {post_id}", f"nobody holds the post {post_id}"
        remedy = {
            "remedy_zh": "rectify user show 人员编号 列出岗位",
            "remedy_en": "rectify user show PERSON names posts",
        }
        fail(REFUSED, {"code": "unknown_post", "zh": zh, "en": en, **remedy}, as_json=as_json)
    return holder


def _require_territory(plans: Sequence[Plan], actor: Actor, *, as_json: bool) -> None:
    """Exit 2 for a territory that no plan has: nobody would know what it may read."""
    known = territories(plans)
    if actor.territory not in known:
        may_be_zh, may_be_en = listed(known)
        problem = {
            "code": "unknown_territory",
            "zh": f"没有方案包含区划 {actor.territory}",
            "en": f"no plan has the territory {actor.territory}",
            "remedy_zh": f"可选：{may_be_zh}",
            "remedy_en": f"use one of: {may_be_en}",
        }
        fail(BAD_INPUT, problem, as_json=as_json)


def _require_sector(plans: Sequence[Plan], actor: Actor, *, as_json: bool) -> None:
    """Exit 2 for a regulator without a sector, who may read nothing (domain §7)."""
    reaches = [reach(plan, actor) for plan in plans]
    if any(isinstance(found, Refused) and found.code == "no_sector" for found in reaches):
        may_be_zh, may_be_en = listed(sectors(plans))
        problem = {
            "code": "no_sector",
            "zh": "行业主管部门须注明行业领域",
            "en": "a regulator needs a sector",
            "remedy_zh": f"写作 regulator:姓名@辖区/行业领域；可选：{may_be_zh}",
            "remedy_en": f"write regulator:NAME@TERRITORY/SECTOR; use one of: {may_be_en}",
        }
        fail(BAD_INPUT, problem, as_json=as_json)


def plans_of(found: Services, *, as_json: bool) -> list[Plan]:
    """Those of the campaigns that were started, else the shipped ones."""
    started = [campaign.plan for campaign in campaigns(found.engine)]
    return started or [load_plan(file, as_json=as_json).plan for file in sorted(CAMPAIGNS.glob("*.toml"))]
