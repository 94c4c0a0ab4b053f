"""`/admin/schedules`: what is done by the clock; each run now, paused with a reason, resumed."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from temporalio.service import RPCError

from desk.schedules import pause_chore, resume_chore, run_chore
from engine.schedules import Planned, planned
from engine.unreachable import Unreachable
from models.housekeeping import CHORES, Chore
from rules.words.naming import Both
from rules.words.running import CHORE_NAMES, CHORE_TIMES
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.problems import Trouble, nothing_here, one_field
from store.audit import why_paused
from views.forms.fields import FormField
from web.admin.door import Maintaining, Watching, maintains, tabs
from web.deeds.form import DeedForm, HandedIn, carry_out, deed_page
from web.entry import newest
from web.render import link, page

router = APIRouter(include_in_schema=False)
_WITHIN = 6.0
_LONGEST = 300
HERE = "/admin/schedules"
NAMES = {"run": Both("立即执行", "Run now"), "pause": Both("暂停", "Pause"), "resume": Both("恢复", "Resume")}
_EFFECTS = {
    "run": Both("除按时执行外，另执行一次。", "It runs once now, in addition to its schedule."),
    "pause": Both(
        "在恢复之前不再执行，重启和升级后仍暂停。",
        "It does not run until resumed, even after a restart or an upgrade.",
    ),
    "resume": Both("恢复按时执行。", "It runs on schedule again."),
}


@router.get(HERE)
async def schedules(request: Request, who: Watching, behind: Behind, done: str = "", of: str = "") -> Response:
    """Every schedule with its next and last run, or that Temporal does not tell."""
    plans = await schedules_now(behind)
    is_paused = any(one.paused for one in plans or ())
    paused = await run_in_threadpool(why_paused, behind.records) if is_paused else {}
    return await run_in_threadpool(
        page,
        request,
        "admin_schedules.html",
        await run_in_threadpool(newest, behind),
        tabs=tabs(who),
        plans=plans,
        paused=paused,
        chores=CHORES,
        names=CHORE_NAMES,
        times=CHORE_TIMES,
        steers=maintains(who),
        done=_named(done, of),
    )


@router.get("/admin/schedules/{chore}/do/{do}")
def form(request: Request, who: Maintaining, behind: Behind, chore: str, do: str) -> Response:
    """The form of the deed."""
    return deed_page(request, newest(behind), _form(chore, do))


@router.post("/admin/schedules/{chore}/do/{do}")
async def hand_in(request: Request, who: Maintaining, behind: Behind, chore: str, do: str) -> Response:
    """Temporal's schedule is changed, and the list says so."""
    asked, campaign = _form(chore, do), await run_in_threadpool(newest, behind)

    async def deed(handed: HandedIn) -> str:
        reason = _reason(handed.facts, do)
        client, by, which = await behind.temporal(), asked_by(request, who), _chore(chore)
        match do:
            case "run":
                await run_chore(client, behind.records, by, which)
                is_changed = True
            case "pause":
                is_changed = await pause_chore(client, behind.records, by, which, reason)
            case _:
                is_changed = await resume_chore(client, behind.records, by, which, reason)
        if not is_changed:
            raise _set_already(which, do)
        return link(HERE, done=do, of=which)

    async def told(handed: HandedIn) -> str:
        try:
            return await deed(handed)
        except (Unreachable, RPCError):
            raise away() from None

    return await carry_out(request, behind, who, campaign, asked, told)


async def schedules_now(behind: Backing) -> Sequence[Planned] | None:
    """None while Temporal does not answer."""
    try:
        async with asyncio.timeout(_WITHIN):
            return await planned(await behind.temporal())
    except (Unreachable, RPCError, TimeoutError):
        return None


def away() -> Trouble:
    """503: Temporal does not answer."""
    zh, en = "案件服务（Temporal）没有应答", "Temporal does not answer"
    remedy_zh, remedy_en = "请稍后重新提交；运行状态页列出异常部分", "send it again later; the page of health says more"
    return Trouble(503, "temporal_unreachable", zh, en, remedy_zh=remedy_zh, remedy_en=remedy_en)


def _set_already(chore: Chore, do: str) -> Trouble:
    """409: somebody has done it meanwhile, or the form was sent twice."""
    name = Both(*CHORE_NAMES[chore])
    zh, en = (
        ("已暂停", "is paused already") if do == "pause" else ("未暂停，按时执行", "is not paused: it runs on schedule")
    )
    remedy_zh, remedy_en = (
        "不必再提交；暂停的原因见审计日志",
        "nothing is left to do; the audit log says who paused it and why",
    )
    facts = {"remedy_zh": remedy_zh, "remedy_en": remedy_en}
    return Trouble(409, "set_already", f"“{name.zh}”{zh}", f"“{name.en}” {en}", **facts)


def _chore(name: str) -> Chore:
    chore: Chore | None = next((one for one in CHORES if one == name), None)
    if chore is None:
        raise Trouble(404, "unknown_chore", f"没有定时任务 {name}", f"there is no schedule {name}")
    return chore


def _reason(facts: dict[str, Any], do: str) -> str:
    reason = str(facts.get("reason", ""))
    if do != "run" and not reason:
        raise one_field("reason", "不得为空", "is needed")
    if len(reason) > _LONGEST:
        raise one_field("reason", f"至多 {_LONGEST} 字", f"has at most {_LONGEST} characters")
    return reason


def _named(do: str, chore: str) -> Both | None:
    """The deed and the schedule that it is about; None where there is no such deed, or none of such a schedule."""
    verb, which = NAMES.get(do), next((one for one in CHORES if one == chore), None)
    if verb is None or which is None:
        return None
    name = Both(*CHORE_NAMES[which])
    return Both(f"{verb.zh}：{name.zh}", f"{verb.en}: {name.en}")


def _form(chore: str, do: str) -> DeedForm:
    which = _chore(chore)
    if do not in NAMES:
        raise nothing_here()
    names = _named(do, which)
    assert names is not None
    fields = () if do == "run" else (FormField("reason", "line", Both("原因", "Why"), required=True),)
    return DeedForm("maintain", names, f"{HERE}/{which}/do/{do}", HERE, "", fields, None, _EFFECTS[do])
