"""`rectify schedule`: what the office does by the clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer

from cli.filters import REMINDED, District, meant, place_meant
from cli.names import actor_said, districts, id_meant, listed, named, roles
from cli.output import BAD_INPUT, AsJson, Lang, fail, out, print_json, say, table
from cli.services import run, services
from desk.schedules import pause_chore, resume_chore, run_chore
from engine.connection import Services
from engine.operator import operator
from engine.schedules import Planned, planned
from models.housekeeping import CHORES, Chore
from models.instants import say_due, say_instant, show_instant
from models.plan import Plan
from rules.words.clock_words import duty, missed_said
from rules.words.running import CHORE_NAMES, CHORE_TIMES
from store.campaigns import campaigns
from store.reminders import reminders
from store.reports import reports

_Deed = Callable[..., Awaitable[object]]
app = typer.Typer(help="Schedules: reminders, digest, verification. 定时任务。", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help=f"One of: {', '.join(CHORES)}. 任务：{'、'.join(CHORES)}。")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log. 原因，记入审计日志。")]


@app.command("status")
def status(as_json: AsJson = False, lang: Lang = None) -> None:
    """Each schedule: next and last run, a pause, what was missed, the last report. 定时任务概况。"""
    with services(as_json=as_json) as found:
        plans = run(_planned(found))
        last = {kind: next(iter(reports(found.engine, kind=kind, limit=1)), None) for kind in ("digest", "verify")}
    if as_json:
        print_json(
            {
                "schedules": [_facts(p) for p in plans],
                "reports": {
                    kind: {**r.model_dump(), "at": show_instant(r.at)} if r else None for kind, r in last.items()
                },
            }
        )
        return
    table(
        say("定时任务", "Schedules"),
        [say("名称", "name"), say("任务", "what"), say("下次", "next"), say("上次", "last"), say("状态", "state")],
        (
            (
                p.chore,
                _with_time(p.chore),
                say_instant(p.next_at),
                say_instant(p.last_at),
                _state(p),
            )
            for p in plans
        ),
    )
    if verified := last["verify"]:
        wrong = len(verified.body["differences"])
        at = say_instant(verified.at)
        zh = f"最近核对 {at}：{verified.body['checked']} 个案件，{wrong} 处不一致"
        en = f"last verification {at}: {verified.body['checked']} cases, {wrong} difference(s)"
        out().print(say(zh, en), markup=False)


def _facts(p: Planned) -> dict[str, Any]:
    instants = {"next": p.next_at, "last": p.last_at, "missed": p.missed_at, "failing": p.failing_since}
    shown = {name: show_instant(at) for name, at in instants.items()}
    return {"name": p.chore, **shown, "paused": p.paused, "too_late": p.too_late, "skipped": p.skipped}


def _state(p: Planned) -> str:
    """What an operator is to know of it; that it goes by the clock, if that is all."""
    told: list[str] = []
    if not p.is_there:
        told.append(say("尚未登记，通知服务启动后自动登记", "not registered yet: the worker of notices does it"))
    if p.paused:
        told.append(say("已暂停，原因见审计日志", "paused; the audit log says why"))
    if p.missed_at is not None:
        told.append(say(f"{say_instant(p.missed_at)} 应执行而未执行", f"due {say_instant(p.missed_at)}, not run since"))
    if p.failing_since is not None:
        since = say_instant(p.failing_since)
        told.append(say(f"{since} 起反复失败，仍在重试", f"fails again and again since {since}, and is tried on"))
    if p.too_late:
        told.append(say(f"累计 {p.too_late} 次错过补办期", f"{p.too_late} too late to be made good, in all"))
    if p.skipped:
        told.append(
            say(f"累计 {p.skipped} 次因上次未完而略过", f"{p.skipped} left out, the one before still ran, in all")
        )
    return say("；", "; ").join(told) or say("正常", "as planned")


@app.command("run")
def run_one(name: Name, as_json: AsJson = False, lang: Lang = None) -> None:
    """Run a chore out of its turn. 立即执行。"""
    chore = _chore(name, as_json=as_json)
    with services(as_json=as_json) as found:
        run(_asked(found, run_chore, chore))
    if as_json:
        print_json({"started": chore})
    else:
        out().print(say(f"已启动{_named(chore)}", f"{_named(chore)} started"), markup=False)


@app.command("pause")
def pause_one(name: Name, reason: Reason, as_json: AsJson = False, lang: Lang = None) -> None:
    """Run a chore no more until it is resumed, even after a restart. 暂停任务，重启后仍暂停。"""
    _set(name, pause_chore, reason, ("{}已暂停", "{} is paused"), as_json=as_json)


@app.command("resume")
def resume_one(name: Name, reason: Reason, as_json: AsJson = False, lang: Lang = None) -> None:
    """Run a chore by the clock again. 恢复任务。"""
    _set(name, resume_chore, reason, ("{}已恢复", "{} runs by the clock again"), as_json=as_json)


def _set(name: str, what: _Deed, reason: str, told: tuple[str, str], *, as_json: bool) -> None:
    chore = _chore(name, as_json=as_json)
    with services(as_json=as_json) as found:
        is_new, plans = run(_set_and_planned(found, what, chore, reason))
    if as_json:
        print_json(_facts(next(p for p in plans if p.chore == chore)))
    else:
        before = "" if is_new else say("（此前已是如此，未再记入审计日志）", " (it was so before: nothing is noted)")
        out().print(say(*told).format(_named(chore)) + before, markup=False)


def _named(chore: Chore) -> str:
    return say(*CHORE_NAMES[chore])


def _with_time(chore: Chore) -> str:
    zh, en = CHORE_TIMES[chore]
    return _named(chore) + say(f"（{zh}）", f" ({en})")


def _chore(name: str, *, as_json: bool) -> Chore:
    """The chore of that name, or exit 2 naming those that there are."""
    meant_one = id_meant(name, CHORE_NAMES)
    chore: Chore | None = next((c for c in CHORES if c == meant_one), None)
    if chore is None:
        known_zh, known_en = listed(CHORE_NAMES)
        zh, en = f"没有任务 {name}；可选：{known_zh}", f"no chore {name}; known: {known_en}"
        fail(BAD_INPUT, {"code": "unknown_chore", "zh": zh, "en": en}, as_json=as_json)
    return chore


@app.command("reminders")
def list_reminders(
    level: Annotated[
        str | None, typer.Option(help="inspector, supervisor or office. 提醒至：检查员、区安监局负责人或安委会办公室。")
    ] = None,
    district: District = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Reminders that were told, newest first. 已发提醒。"""
    told_to = meant("--level", level, REMINDED, as_json=as_json)
    with services(as_json=as_json) as found:
        plans = [one.plan for one in campaigns(found.engine)]
        here = place_meant(plans, district=district, as_json=as_json)["district"]
        rows: list[dict[str, Any]] = reminders(found.engine, level=told_to, district=here, limit=limit)
    if as_json:
        print_json(
            {"reminders": [{**r, "due_at": show_instant(r["due_at"]), "at": show_instant(r["at"])} for r in rows]}
        )
        return
    headers = (("案件", "case"), ("事项", "what"), ("提醒对象", "told"), ("区", "district"), ("期限", "due"))
    table(
        say("逾期提醒", "Reminders"),
        [say(*h) for h in headers],
        (
            (
                r["case_id"], _what(r, plans), named(roles(plans), r["level"]),
                named(districts(plans), r["district"]), say_due(r["due_at"]),
            )
            for r in rows
        ),
        whole=(0,),
    )  # fmt: skip


def _what(reminder: dict[str, Any], plans: Sequence[Plan]) -> str:
    """The missed deadline; of a reminder by hand what was said, and by whom."""
    if reminder["clock"] == "by_hand":
        return (
            say(f"人工提醒：{reminder['words'] or ''}", f"by hand: {reminder['words'] or ''}")
            + f" {actor_said(reminder['by'] or '', plans)}"
        )
    return say(*missed_said(duty(reminder["clock"], reminder["role"] or ""), reminder["about"]))


async def _asked(found: Services, what: _Deed, *facts: str) -> object:
    return await what(await found.temporal(), found.engine, operator(), *facts)


async def _set_and_planned(found: Services, what: _Deed, chore: Chore, reason: str) -> tuple[bool, Sequence[Planned]]:
    return bool(await _asked(found, what, chore, reason)), await _planned(found)


async def _planned(found: Services) -> list[Planned]:
    return await planned(await found.temporal())
