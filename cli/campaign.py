"""`rectify campaign`: start, open, status, move, complete, certificate."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.banner import banner
from cli.campaign_screen import last_move_line, next_boundary, next_lines, not_opened_lines, phase_bar
from cli.counts import show_counts
from cli.files import load_plan
from cli.filters import actor_meant, actor_written, as_written, meant
from cli.names import TypedActor, districts, named, phases
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say, table
from cli.progress import bar
from cli.services import campaign_named, run, services
from cli.shapes import input_problem, instant_option
from cli.stack import MARK
from desk.campaign import campaign_view, first_opening, pin, refused_start, steer
from engine.connection import Services
from models.campaign import CAMPAIGN_COMMAND, AnyCampaignCommand, CampaignView
from models.instants import day_of, say_due, say_instant, show_instant
from models.refusals import Refused
from rules.clocks.periods import phase_at
from rules.words.clock_words import about_words
from rules.words.terms import OUTCOMES
from store.campaign_log import calendar_moves, coverage, outlook
from store.campaigns import Campaign, campaign_of
from store.certificate import carried_over, certificate_of, opening_stock
from store.counts import case_counts

app = typer.Typer(help="Campaigns. 行动。", no_args_is_help=True)
Named = Annotated[str | None, typer.Argument(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")]
By = Annotated[str, typer.Option(help="office:name@territory, by id or name. 市安委会办公室经办人，编号或名称。")]
_EDGES = {"begins": ("开始", "begins"), "ends": ("结束", "ends")}
_AHEAD = timedelta(days=7)
_MOST_LISTED = 50


@app.command("start")
def start(
    plan: Annotated[Path, typer.Argument(readable=False, help="The plan, a TOML file. 方案文件。")],
    year: Annotated[
        int | None, typer.Option(min=1900, max=2200, help="This year if left out. 年份，缺省为今年。")
    ] = None,
    stock: Annotated[
        str | None, typer.Option(help="Earlier campaign to take over from; the one before if left out. 结转来源。")
    ] = None,
    by: Annotated[str | None, typer.Option(help="office:name@territory, by id or name. 启动人，编号或名称。")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the cases are open. 等待全部纳入排查。")] = True,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Pin a plan for a year, take over what an earlier campaign left, open a case of every subject. 启动一次行动。"""
    read = load_plan(plan, as_json=as_json)
    chosen = year or day_of(datetime.now(UTC)).year
    who = actor_written(by or f"office:市安委会办公室@{read.plan.city}", as_json=as_json)
    with services(as_json=as_json) as found:
        _require_no_demonstration(found, as_json=as_json)
        by_whom = actor_meant(who, [read.plan], as_json=as_json)
        if refused := refused_start(found.engine, read, chosen, by_whom, datetime.now(UTC)):
            fail(REFUSED, refused.model_dump(), as_json=as_json)
        try:
            started = pin(found.engine, read, chosen, _stock(found, stock, as_json=as_json))
        except ValueError as error:
            zh = f"该行动已按另一版方案启动：{error}"
            fail(REFUSED, {"code": "other_plan", "zh": zh, "en": str(error)}, as_json=as_json)
        campaign, taken = started.campaign, started.taken_over
        if started.unsettled is not None:
            earlier = started.unsettled.campaign_id
            zh = f"上一次行动 {earlier} 尚未办结，暂不结转；办结后请再次执行本命令"
            en = f"{earlier} is not settled, nothing was taken over; start again once it is"
            err().print(say(zh, en), markup=False)
        _hand_in(found, campaign, first_opening(campaign, by_whom), as_json=as_json)
        opened = _wait_for_cases(found, campaign) if wait else None
    if as_json:
        told = {"campaign": campaign.campaign_id, "digest": campaign.digest, "phases": _dates(campaign)}
        print_json({**told, "opening_stock": taken, "opened": opened})
        return
    zh, en = f"行动 {campaign.campaign_id} 已启动", f"the campaign {campaign.campaign_id} is started"
    if taken:
        zh, en = f"{zh}，结转案件 {taken} 件", f"{en}; {taken} cases taken over"
    out().print(say(zh, en), markup=False)
    if campaign.now() < campaign.phases[0].begins_at:
        begins = say_instant(campaign.phases[0].begins_at)
        out().print(say(f"将于 {begins} 纳入排查", f"cases will be opened at {begins}"), markup=False)


@app.command("open")
def open_newcomers(campaign: Named = None, *, by: By, as_json: AsJson = False, lang: Lang = None) -> None:
    """Open a case of every subject that came into the register since. 将新登记的对象纳入排查。"""
    who = actor_written(by, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        _steer(found, of, who, {"do": "open_cases"}, as_json=as_json)
        opened = _wait_for_cases(found, of)
    if as_json:
        print_json({"campaign": of.campaign_id, "opened": opened})
    else:
        out().print(say(f"累计纳入排查 {opened} 件", f"{opened} cases opened so far"), markup=False)


@app.command("move")
def move(
    campaign: Named = None,
    *,
    phase: Annotated[str, typer.Option(help="The phase, by id or name. 阶段，编号或名称。")],
    to: Annotated[str, typer.Option(help="A day (begins 00:00, ends 24:00) or an instant. 新日期或时刻。")],
    edge: Annotated[str, typer.Option(help="begins or ends. 开始或结束。")] = "ends",
    by: By,
    reason: Annotated[str, typer.Option(help="By which decision. 依据。")],
    command_id: Annotated[str | None, typer.Option(help="To send the same order again. 命令编号。")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Move a boundary that lies ahead; running cases follow. 调整阶段日期。"""
    who, side = actor_written(by, as_json=as_json), meant("--edge", edge, _EDGES, as_json=as_json)
    instant = instant_option("--to", to, a_date_means="end" if side == "ends" else "start", as_json=as_json)
    facts: dict[str, Any] = {"do": "move_boundary", "edge": side, "to": instant, "reason": reason}
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        facts |= {"command_id": command_id} if command_id else {}
        facts |= {"phase": as_written(phase, phases([of.plan]))}
        _steer(found, of, who, facts, as_json=as_json)
        moved = campaign_of(found.engine, of.campaign_id)
    _show_calendar(moved, as_json=as_json)


@app.command("complete")
def complete(
    campaign: Named = None,
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="By which decision. 依据。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End the campaign now: every open case settles as on its last day (office only). 提前结束行动。"""
    who = actor_written(by, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        _steer(found, of, who, {"do": "complete_now", "reason": reason}, as_json=as_json)
        moved = campaign_of(found.engine, of.campaign_id)
    _show_calendar(moved, as_json=as_json)


@app.command("certificate")
def certificate(
    campaign: Named = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many. 最多条数。")] = _MOST_LISTED,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """The account of a campaign that is over: opened = ended, and what is carried over. 行动结束证明。"""
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        issued = certificate_of(found.engine, of.campaign_id)
        left = carried_over(found.engine, of.campaign_id, limit=limit)
    if issued is None:
        ends = say_due(of.phases[-1].ends_at)
        zh, en = f"行动尚未办结（{ends} 结束）", f"the campaign is not settled yet (it ends at {ends})"
        fail(REFUSED, {"code": "not_certified", "zh": zh, "en": en}, as_json=as_json)
    if as_json:
        print_json(
            {
                **issued.model_dump(exclude={"at"}),
                "at": show_instant(issued.at),
                "carried_over": [c.model_dump() for c in left],
            }
        )
        return
    banner(of)
    ended = "  ".join(f"{say(*OUTCOMES[o])} {issued.outcomes[o]}" for o in OUTCOMES if o in issued.outcomes)
    zh, en = f"纳入排查 {issued.opened} 件，全部办结：{ended}", f"{issued.opened} cases opened, all ended: {ended}"
    out().print(f"{of.campaign_id}  {say_instant(issued.at)}  {say(zh, en)}", markup=False)
    if issued.without_case:
        said = say("登记在册而未纳入排查", "in the register, without a case")
        out().print(f"{said}: {issued.without_case}", markup=False)
    out().print(f"sha256 {issued.digest}", markup=False)
    names = districts([of.plan])
    headers = (
        *(("案件", "case"), ("对象", "subject"), ("区", "district")),
        *(("未执行措施", "unmet musts"), ("未解除停产", "suspensions not lifted"), ("逾期问题", "overdue findings")),
    )
    table(
        say("结转案件", "Carried over"),
        [say(*h) for h in headers],
        (
            (
                *(c.case_id, c.subject_name, named(names, c.district)),
                *(_musts(c.musts), _musts(c.suspensions), " ".join(c.overdue_findings) or None),
            )
            for c in left
        ),
        whole=(0,),
    )


@app.command("status")
def status(campaign: Named = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """The phase of today, cases by district and stage, and what happens next. 行动概况。"""
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        now = of.now()
        rows = case_counts(found.engine, of.campaign_id)
        ahead = outlook(found.engine, of.campaign_id, now, now + _AHEAD)
        moves = calendar_moves(found.engine, of.campaign_id)
        issued = certificate_of(found.engine, of.campaign_id)
        stock = opening_stock(found.engine, of.campaign_id)
    phase = phase_at(of.phases, now)
    following = next_boundary(of, now)
    if as_json:
        print_json(
            {
                "campaign": of.campaign_id,
                "now": show_instant(now),
                "phase": phase,
                "phases": _dates(of),
                "next": {"what": following[1], "at": show_instant(following[0])} if following else None,
                "counts": [row.model_dump() for row in rows],
                "opening_stock": stock,
                **ahead.model_dump(),
                "moves": [{k: show_instant(v) if k.endswith("_at") else v for k, v in m.items()} for m in moves],
                "certificate": issued.digest if issued else None,
            }
        )
        return
    banner(of)
    out().print(f"{of.campaign_id}  {say_instant(now)}", markup=False)
    out().print(phase_bar(of, now))
    show_counts(of, rows)
    for line in next_lines(of, now, following, ahead.due_soon, ahead.overdue):
        out().print(f"• {line}", markup=False)
    if ahead.with_case < ahead.subjects and issued is None:
        done = f"{ahead.with_case}/{ahead.subjects}"
        out().print(f"• {say(f'已纳入排查的对象 {done}', f'subjects with a case: {done}')}", markup=False)
    for line in not_opened_lines(ahead.not_opened):
        out().print(f"• {line}", markup=False)
    if moves:
        out().print(f"• {last_move_line(moves, of.plan)}", markup=False)
    if issued:
        zh, en = "行动已办结，证书见 rectify campaign certificate", "settled; see rectify campaign certificate"
        out().print(f"• {say(zh, en)}", markup=False)


def _require_no_demonstration(found: Services, *, as_json: bool) -> None:
    """A home of a demonstration has one campaign, whose clock is moved; another would be taken for it."""
    if not (found.home / MARK).exists():
        return
    problem = {
        "code": "home_of_a_demonstration",
        "zh": f"{found.home} 是演示环境，不能启动正式行动",
        "en": f"{found.home} belongs to a demonstration: no campaign is started there",
        "remedy_zh": "运行 make down，设 RECTIFY_HOME 为另一目录，再运行 rectify up",
        "remedy_en": "run make down, set RECTIFY_HOME to another folder, then rectify up",
    }
    fail(REFUSED, problem, as_json=as_json)


def _musts(ids: tuple[str, ...]) -> str | None:
    return say("、", ", ").join(say(*about_words(one)) for one in ids) or None


def _stock(found: Services, named: str | None, *, as_json: bool) -> Campaign | None:
    """The earlier campaign that is named; exit 1 for one that is not settled."""
    if named is None:
        return None
    earlier = campaign_named(found, named, as_json=as_json)
    if certificate_of(found.engine, named) is None:
        zh, en = f"行动 {named} 尚未办结，不能结转", f"the campaign {named} is not settled: nothing to take over"
        fail(REFUSED, {"code": "not_certified", "zh": zh, "en": en}, as_json=as_json)
    return earlier


def _steer(found: Services, of: Campaign, who: TypedActor, facts: dict[str, Any], *, as_json: bool) -> CampaignView:
    by = actor_meant(who, [of.plan], as_json=as_json)
    command = _command({"command_id": str(uuid.uuid4()), **facts, "by": by}, as_json=as_json)
    return _hand_in(found, of, command, as_json=as_json)


def _hand_in(found: Services, of: Campaign, command: AnyCampaignCommand, *, as_json: bool) -> CampaignView:
    async def hand_in() -> CampaignView | Refused:
        return await steer(await found.temporal(), found.engine, of, command)

    answer = run(hand_in())
    if isinstance(answer, Refused):
        fail(REFUSED, answer.model_dump(), as_json=as_json)
    return answer


def _command(facts: dict[str, Any], *, as_json: bool) -> AnyCampaignCommand:
    try:
        return CAMPAIGN_COMMAND.validate_python(facts)
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(f"campaign {facts['do']}", error), as_json=as_json)


def _wait_for_cases(found: Services, of: Campaign) -> int:
    """Until the opening is through, with a bar; it goes on without us, so leaving early loses nothing."""

    async def wait() -> int:
        client = await found.temporal()
        reached = coverage(found.engine, of.campaign_id)
        with bar(say("纳入排查", "opening cases"), reached.subjects) as told:
            while True:
                view = await campaign_view(client, of.campaign_id)
                if view is None:
                    return 0
                told(view.state.opened)
                if view.state.opening is None or view.now < of.phases[0].begins_at or view.ended:
                    return view.state.opened
                await asyncio.sleep(0.3)

    return run(wait())


def _dates(of: Campaign) -> list[dict[str, str | None]]:
    return [{"id": p.id, "begins": show_instant(p.begins_at), "ends": show_instant(p.ends_at)} for p in of.phases]


def _show_calendar(of: Campaign, *, as_json: bool) -> None:
    if as_json:
        print_json({"campaign": of.campaign_id, "calendar": of.calendar, "phases": _dates(of)})
        return
    table(
        f"{say('日程', 'Calendar')}  {of.campaign_id}",
        [say(*h) for h in (("阶段", "phase"), ("开始", "begins"), ("结束", "ends"))],
        ((named(phases([of.plan]), p.id), say_instant(p.begins_at), say_due(p.ends_at)) for p in of.phases),
    )
