"""`rectify inbox`: who was told what; `inbox dead` names what could not be delivered, and sends it again."""

from typing import Annotated

import typer

from cli.banner import banner
from cli.filters import District, Sector, meant, place_meant
from cli.names import Words, actor_said, districts, named, roles
from cli.output import AsJson, Lang, out, print_json, say, table
from cli.services import campaign_named, role_name, services
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.words.announced import TOPIC_NAMES
from store.inbox import InboxFilter, dead_letters, inbox_page
from store.notices import retry_dead_letters
from views.inbox import DeadLetters, Notice, inbox_list
from views.plain import plain

app = typer.Typer(help="Who was told what, newest first. 通知，按时间倒序。", no_args_is_help=False)
TOPICS: Words = {topic: tuple(names) for topic, names in TOPIC_NAMES.items()}


@app.callback(invoke_without_command=True)
def inbox(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="What it is about, as measures. 事由，如待办、逾期。")] = None,
    role: Annotated[str | None, typer.Option(help="The role that was told. 接收单位，如检查员。")] = None,
    district: District = None,
    sector: Sector = None,
    officer: Annotated[str | None, typer.Option(help="Told by that name. 接收人姓名。")] = None,
    campaign: Annotated[
        str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Who was told what, newest first: whose turn it is, what was proposed, decided, judged, missed. 通知。"""
    if context.invoked_subcommand is not None:
        return
    which = {"topic": meant("--topic", topic, TOPICS, as_json=as_json), "officer": officer}
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        which |= place_meant([of.plan], district=district, sector=sector, as_json=as_json)
        which |= {"role": meant("--role", role, roles([of.plan]), as_json=as_json), "campaign_id": of.campaign_id}
        rows = inbox_page(found.engine, InboxFilter.model_validate(which), limit)
        listed = inbox_list(found.engine, of.campaign_id, rows, None)
    if as_json:
        print_json(plain(listed))
        return
    banner(of)
    headers = (
        ("时间", "told"), ("对象", "subject"), ("案件", "case"), ("通知", "what"), ("接收单位", "role"),
        ("接收人", "person"), ("区", "district"), ("期限", "due"),
    )  # fmt: skip
    table(
        say("通知", "Inbox"),
        [say(*h) for h in headers],
        (
            (
                say_instant(n.at), n.subject, n.case_id, _what(n, of.plan), role_name(of.plan, n.role),
                n.person, named(districts([of.plan]), n.district), say_due(n.due_at) if n.due_at else None,
            )
            for n in listed.inbox
        ),
        whole=(0, 2, 7),
    )  # fmt: skip
    if not rows:
        out().print(say("没有通知", "nobody was told anything"))


def _what(n: Notice, plan: Plan) -> str:
    told = say(n.zh, n.en) + (say(f"；理由：{n.reason}", f"; reason: {n.reason}") if n.reason else "")
    told += say(f"；内容：{n.words}", f": {n.words}") if n.words else ""
    sender = actor_said(n.sent_by, [plan]) if n.sent_by else ""
    return told + (say(f"（{sender}）", f" ({sender})") if sender else "")


@app.command("dead")
def dead(
    retry: Annotated[bool, typer.Option("--retry", help="Try all of them anew. 全部重新投递。")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Notices that could not be delivered and are tried no more; `--retry` tries them anew. 未能送达的通知。"""
    with services(as_json=as_json) as found:
        lines = dead_letters(found.engine, limit)
        retried = retry_dead_letters(found.engine) if retry else 0
    if as_json:
        print_json(plain(DeadLetters(dead=lines, retried=retried)))
        return
    headers = (
        ("编号", "line"), ("案件", "case"), ("步骤", "step"), ("事由", "topic"), ("次数", "tries"),
        ("错误代码", "error"), ("停止于", "given up"),
    )  # fmt: skip
    table(
        say("未能送达的通知", "Dead letters"),
        [say(*h) for h in headers],
        (
            (d.outbox_id, d.case_id, d.seq, named(TOPICS, d.topic), d.attempts, d.error, say_instant(d.dead_at))
            for d in lines
        ),
        whole=(1,),
    )
    if not lines:
        out().print(say("没有未能送达的通知", "there are no dead letters"))
    elif retry:
        out().print(say(f"已重新投递 {retried} 条", f"{retried} are tried anew"))
    else:
        out().print(say("→ 重新投递：rectify inbox dead --retry", "→ try them anew: rectify inbox dead --retry"))
