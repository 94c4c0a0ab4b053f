"""`rectify demo`: the stack with the Karamay plan in full swing; `demo advance` moves its clock on."""

import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import overdue
from cli.banner import banner
from cli.counts import show_counts
from cli.files import CAMPAIGNS, load_plan
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say
from cli.progress import bar
from cli.services import campaign_named, run, services, stack_settings
from cli.stack import start
from demo.people import make_people
from demo.play import Stage
from demo.stories import stories
from desk.heads import heads_of
from embedded.engine import TRIAL_EN, TRIAL_ZH, engine_of_home
from embedded.settings import StackSettings
from embedded.stack import Endpoints
from engine.connection import MARK, Services
from models.instants import BEIJING, day_of, say_instant, show_instant
from store.campaigns import Campaign, add_campaign, campaign_id_of, campaigns, move_clock
from store.counts import case_counts
from store.overdue import OverdueFilter, overdue_count, overdue_page

app = typer.Typer(help="The stack in full swing, on virtual dates. 演示。", no_args_is_help=False)
PLAN = CAMPAIGNS / "karamay-2013.toml"
_MONTH, _DAY, _HOUR = 8, 15, 9
_ROWS = 20


@app.callback(invoke_without_command=True)
def demo(context: typer.Context, as_json: AsJson = False, lang: Lang = None) -> None:
    """Start the stack and play some 200 subjects to 15 August; called again it finishes and shows. 启动演示。"""
    if context.invoked_subcommand is not None:
        return
    began = time.monotonic()
    settings = stack_settings(as_json=as_json)
    _refuse_a_real_home(settings, as_json=as_json)
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / MARK).touch()
    engine = settings.engine or engine_of_home(settings.home) or "trial"
    endpoints = start(settings.model_copy(update={"time_skipping": True, "engine": engine}), as_json=as_json)
    with services(as_json=as_json) as found:
        campaign = _play(found, as_json=as_json)
        heads_of(found).check_and_sign(found.engine)
        password = secrets.token_urlsafe(9)
        is_new = make_people(found.engine, campaign.plan, password, datetime.now(UTC))
        told = password if is_new else None
        _show(found, endpoints, campaign, time.monotonic() - began, told, as_json=as_json)


@app.command("advance")
def advance(
    days: Annotated[int, typer.Option(min=0, max=400, help="Days to move on; 0 finishes a move that was cut. 天数。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Move the demo's clock, and every open case, on by some days. 拨快演示时钟。"""
    with services(as_json=as_json) as found:
        if not (found.home / MARK).exists():
            zh, en = "这不是演示环境，时钟不可拨动", "this is no demonstration: its clock cannot be moved"
            fail(REFUSED, {"code": "not_a_demo", "zh": zh, "en": en}, as_json=as_json)
        campaign = campaign_named(found, None, as_json=as_json)
        since = campaign.now()
        was = overdue_count(found.engine, since, _of(campaign), now=since)

        async def move() -> tuple[Campaign, dict[str, str]]:
            stage = Stage(await found.temporal(), found.engine, campaign)
            with bar(say("拨快各案件时钟", "moving the clocks"), None) as told:
                return await stage.advance(timedelta(days=days), told), stage.held_back

        moved, held_back = run(move())
        now = show_instant(moved.now())
        if as_json:
            print_json({"campaign": moved.campaign_id, "now": now, "held_back": held_back})
            return
        for case_id, why in held_back.items():
            zh, en = f"{case_id} 的时钟未能拨动：{why}", f"the clock of {case_id} could not be moved: {why}"
            remedy = f"rectify workflow restart {case_id}"
            err().print(say(f"✗ {zh}\n  → 运行 {remedy}", f"✗ {en}\n  → run {remedy}"), markup=False)
        at = moved.now()
        missed = overdue_page(found.engine, moved.plan, at, _of(moved), _ROWS, now=at)
        late = overdue_count(found.engine, at, _of(moved), now=at)
    banner(moved)
    zh = f"{say_instant(since)} → {say_instant(at)}，逾期事项 {was} → {late}"
    en = f"{say_instant(since)} → {say_instant(at)}, overdue {was} → {late}"
    out().print(say(zh, en), markup=False)
    overdue.show(moved.plan, missed, moved.now())


def _refuse_a_real_home(settings: StackSettings, *, as_json: bool) -> None:
    """The demonstration never mixes with a real campaign: its cases have clocks of their own."""
    if (settings.home / MARK).exists() or not (settings.home / "passwords.json").exists():
        return
    problem = {
        "code": "home_in_use",
        "zh": f"{settings.home} 已是正式环境，不能用于演示",
        "en": f"{settings.home} belongs to a real installation, not to a demonstration",
        "remedy_zh": "设 RECTIFY_HOME 为另一目录后再运行",
        "remedy_en": "set RECTIFY_HOME to another folder and run again",
    }
    fail(BAD_INPUT, problem, as_json=as_json)


def coming_year(now: datetime) -> int:
    """The year of the next 5 May: the demonstration plays in the future, so that nothing of it looks real."""
    return day_of(now).year + 1


def _play(found: Services, *, as_json: bool) -> Campaign:
    """The campaign at 15 August, or later where its clock was moved on since."""
    read = load_plan(PLAN, as_json=as_json)
    wall = datetime.now(UTC)
    year = next((c.year for c in campaigns(found.engine) if c.plan.id == read.plan.id), coming_year(wall))
    until = datetime(year, _MONTH, _DAY, _HOUR, tzinfo=BEIJING)
    offset = int((until - wall).total_seconds())
    known = {c.campaign_id: c for c in campaigns(found.engine)}
    campaign = known.get(campaign_id_of(read.plan, year)) or add_campaign(found.engine, read, year, offset)
    told = stories(campaign.plan, year)
    if _is_played(found.home):
        return campaign

    async def play() -> None:
        with bar(say("办理案件", "working the cases"), len(told)) as progress:
            await Stage(await found.temporal(), found.engine, campaign).play(told, until, progress)

    run(play())
    # the clock begins to run from 15 August when the playing ends
    late = int((until - datetime.now(UTC)).total_seconds()) - campaign.clock_offset
    campaign = move_clock(found.engine, campaign.campaign_id, timedelta(seconds=late))

    async def hold() -> None:
        await Stage(await found.temporal(), found.engine, campaign).hold()

    run(hold())
    (found.home / MARK).write_text("played\n")
    return campaign


def _is_played(home: Path) -> bool:
    return (home / MARK).read_text() == "played\n"


def _show(
    found: Services, endpoints: Endpoints, campaign: Campaign, seconds: float, password: str | None, *, as_json: bool
) -> None:
    now = campaign.now()
    missed = overdue_page(found.engine, campaign.plan, now, _of(campaign), _ROWS, now=now)
    rows = case_counts(found.engine, campaign.campaign_id)
    if as_json:
        print_json(
            {
                "campaign": campaign.campaign_id,
                "now": show_instant(now),
                "cases": sum(row.cases for row in rows),
                "counts": [row.model_dump() for row in rows],
                "overdue": [m.model_dump(mode="json") for m in missed],
                "engine": endpoints.engine,
                "temporal_ui": endpoints.ui_url,
                "web": endpoints.web_url,
                "seconds": round(seconds, 1),
                "password": password,
            }
        )
        return
    banner(campaign)
    overdue.show(campaign.plan, missed, now)
    show_counts(campaign, rows)
    example = next((m.case_id for m in missed if m.clock == "decision"), missed[0].case_id if missed else "CASE")
    district = campaign.plan.districts[0].id
    called = sys.argv[0]  # as whoever reads this called it: in a checkout, or where it was installed
    places = (
        (say("网页", "the pages"), endpoints.web_url or "–"),
        (say("Temporal 界面", "Temporal UI"), endpoints.ui_url or "–"),
        (say("逾期事项", "what is overdue"), f"{called} overdue --district {district}"),
        (say("一个案件", "one case"), f"{called} case show {example}"),
        (say("案件经过", "its timeline"), f"{called} case timeline {example}"),
        (say("为何应采取措施", "why a must is owed"), f"{called} case explain {example}"),
        (
            say("自行纳入一个对象", "open one yourself"),
            f"{called} case open --by inspector:检查员1@{district} --name 某厂 --district {district}",
        ),
        (say("拨快时钟", "move the clock on"), f"{called} demo advance --days 7"),
        (say("停止", "stop"), f"{called} down"),
    )
    console = out()
    took = round(seconds)
    console.print(say(f"\n用时 {took} 秒，系统继续运行。可看：", f"\nDone in {took} s; the stack stays up. Look at:"))
    for what, where in places:
        console.print(f"  {what:<18} {where}", markup=False)
    if password:
        zh = (
            f"\n演示人员可在登录页直接选用；也可用登录名（如 inspector1-{district}）和密码 {password} 登录。"
            "密码只显示这一次。"
        )
        en = (
            f"\nOn the sign-in page choose any of the people, or sign in as inspector1-{district}, or another of them,"
            f" with the password {password}, which is shown this once."
        )
        console.print(say(zh, en), markup=False)
    if endpoints.engine == "trial":
        console.print(say(f"\n{TRIAL_ZH}", f"\n{TRIAL_EN}"), markup=False)


def _of(campaign: Campaign) -> OverdueFilter:
    return OverdueFilter(campaign_id=campaign.campaign_id)
