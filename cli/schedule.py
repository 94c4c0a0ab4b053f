"""`rectify schedule`: what the office does by the clock."""

from typing import Annotated, Any

import typer

from cli.filters import require_word
from cli.output import BAD_INPUT, AsJson, Lang, fail, out, print_json, say, table
from cli.services import run, services
from desk.connection import Services
from desk.schedules import Planned, planned, run_now
from models.housekeeping import CHORES, Chore
from models.instants import say_due, say_instant, show_instant
from rules.words import CLOCKS, ROLES, about_words
from store.housekeeping import reminders, reports

app = typer.Typer(help="Schedules: reminders, digest, verification. 定时任务。", no_args_is_help=True)
_NAMES = {
    "remind": ("逾期提醒（每日 07:30）", "reminder ladder (daily 07:30)"),
    "digest": ("每周汇总（周一 08:00）", "weekly digest (Monday 08:00)"),
    "verify": ("每夜核对（02:30）", "nightly verification (02:30)"),
    "seal": ("日志链首签名（每小时）", "seal of the logs (hourly)"),
}


@app.command("status")
def status(as_json: AsJson = False, lang: Lang = None) -> None:
    """Each schedule with its next and last run, and what it last reported. 定时任务概况。"""
    with services(as_json=as_json) as found:
        plans = run(_planned(found))
        last = {kind: next(iter(reports(found.engine, kind=kind, limit=1)), None) for kind in ("digest", "verify")}
    if as_json:
        print_json(
            {
                "schedules": [
                    {"name": p.chore, "next": show_instant(p.next_at), "last": show_instant(p.last_at)} for p in plans
                ],
                "reports": {
                    kind: {**r.model_dump(), "at": show_instant(r.at)} if r else None for kind, r in last.items()
                },
            }
        )
        return
    table(
        say("定时任务", "Schedules"),
        [say("名称", "name"), say("任务", "what"), say("下次", "next"), say("上次", "last")],
        ((p.chore, say(*_NAMES[p.chore]), say_instant(p.next_at), say_instant(p.last_at)) for p in plans),
    )
    if verified := last["verify"]:
        wrong = len(verified.body["differences"])
        at = say_instant(verified.at)
        zh = f"最近核对 {at}：{verified.body['checked']} 个案件，{wrong} 处不一致"
        en = f"last verification {at}: {verified.body['checked']} cases, {wrong} difference(s)"
        out().print(say(zh, en), markup=False)


@app.command("run")
def run_one(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(CHORES)}. 任务。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Run a chore out of its turn. 立即执行。"""
    chore: Chore | None = next((c for c in CHORES if c == name), None)
    if chore is None:
        known = ", ".join(CHORES)
        zh, en = f"没有任务 {name}；可用：{known}", f"no chore {name}; known: {known}"
        fail(BAD_INPUT, {"code": "unknown_chore", "zh": zh, "en": en}, as_json=as_json)

    with services(as_json=as_json) as found:
        run(_trigger(found, chore))
    if as_json:
        print_json({"started": name})
    else:
        out().print(say(f"已启动 {name}", f"{name} started"), markup=False)


@app.command("reminders")
def told(
    level: Annotated[str | None, typer.Option(help="inspector, supervisor or office. 层级。")] = None,
    district: Annotated[str | None, typer.Option(help="District code. 区划代码。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Reminders that were told, newest first. 已发提醒。"""
    require_word(as_json=as_json, level=level)
    with services(as_json=as_json) as found:
        rows: list[dict[str, Any]] = reminders(found.engine, level=level, district=district, limit=limit)
    if as_json:
        print_json(
            {"reminders": [{**r, "due_at": show_instant(r["due_at"]), "at": show_instant(r["at"])} for r in rows]}
        )
        return
    headers = (("案件", "case"), ("事项", "what"), ("提醒对象", "told"), ("区", "district"), ("期限", "due"))
    table(
        say("逾期提醒", "Reminders"),
        [say(*h) for h in headers],
        ((r["case_id"], _what(r), say(*ROLES[r["level"]]), r["district"], say_due(r["due_at"])) for r in rows),
        whole=(0,),
    )


def _what(reminder: dict[str, Any]) -> str:
    """The missed deadline; of a reminder by hand what was said, and by whom."""
    if reminder["clock"] == "by_hand":
        return (
            say(f"人工提醒：{reminder['words'] or ''}", f"by hand: {reminder['words'] or ''}")
            + f" {reminder['by'] or ''}"
        )
    return f"{say(*CLOCKS[reminder['clock']])} {say(*about_words(reminder['about']))}".strip()


async def _trigger(found: Services, chore: Chore) -> None:
    await run_now(await found.temporal(), chore)


async def _planned(found: Services) -> list[Planned]:
    return await planned(await found.temporal())
