"""`rectify case`: open, list, show, do, timeline, explain."""

import uuid
from datetime import datetime
from typing import Annotated, Any

import typer

from cli.banner import banner
from cli.case_do import do
from cli.case_screen import case_state, show_case, show_steps
from cli.commands import case_folded, command_of, note_answer, show_answer
from cli.erasure import erase
from cli.filters import (
    OUTCOMES_OR_OPEN,
    STAGES,
    SUBJECTS,
    District,
    Sector,
    StageOf,
    actor_meant,
    actor_written,
    as_written,
    meant,
    place_meant,
)
from cli.names import districts, named, sectors
from cli.output import AsJson, Lang, out, print_json, say, table
from cli.receipts import receipt
from cli.services import CaseId, campaign_named, role_name, run, services
from desk.like_names import like_name_said, named_alike
from engine.hand_in import open_case
from models.actors import Actor
from models.commands import Open
from models.instants import say_due, say_instant
from models.refusals import Refused
from models.wire import Receipt
from rules.case.explain import explain as explained
from rules.case.stage import next_actor
from rules.subjects.credit_code import code_warning
from rules.words.naming import Both
from rules.words.sentences import sentences
from rules.words.terms import COMMANDS, SOURCES
from store.campaign_log import calendar_moves
from store.campaigns import campaigns
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline as log_of
from views.case import case_document, next_steps_document
from views.lists import case_list
from views.plain import plain
from views.timeline import follows_moves, timeline_document

app = typer.Typer(help="Cases. 案件。", no_args_is_help=True)
app.command("do")(do)
app.command("receipt")(receipt)
app.command("erase")(erase)


@app.command("open")
def open_one(
    by: Annotated[
        str, typer.Option(help="role:name@territory, an inspector or the office. 录入人：检查员或安委会办公室。")
    ],
    name: Annotated[str, typer.Option(help="The subject's name. 对象名称。")],
    district: Annotated[str, typer.Option(help="District, by code or name. 区划，代码或名称。")],
    sector: Sector = None,
    street: Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")] = None,
    kind: Annotated[
        str, typer.Option(help="enterprise, site, vehicle or person. 企业、场所（工地）、车辆或个人。")
    ] = "enterprise",
    code: Annotated[str | None, typer.Option(help="Unified social credit code. 统一社会信用代码。")] = None,
    subject_id: Annotated[
        str | None, typer.Option("--id", help="The subject's id; made if left out. 对象编号，缺省自动生成。")
    ] = None,
    source: Annotated[str, typer.Option(help="Why it is opened. 来源，如检查、举报、联合执法。")] = "inspection",
    campaign: Annotated[
        str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")
    ] = None,
    command_id: Annotated[str | None, typer.Option(help="To send the same opening again. 命令编号。")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Open a case of a subject. 纳入排查。"""
    who = actor_written(by, as_json=as_json)
    subject: dict[str, Any] = {"id": subject_id or f"s-{uuid.uuid4().hex[:12]}", "name": name}
    subject |= {"kind": meant("--kind", kind, SUBJECTS, as_json=as_json), "code": code}
    subject |= {"district": district, "sector": sector, "street": street}
    facts: dict[str, Any] = {
        "do": "open",
        "source": meant("--source", source, SOURCES, as_json=as_json),
        "subject": subject,
        "command_id": command_id or str(uuid.uuid4()),
    }
    # all but the words of the plan, before anything is reached
    anybody = Actor(role="inspector", name=who.name, territory=who.territory)
    command_of({**facts, "by": anybody}, "open", as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        subject["district"] = as_written(district, districts([of.plan]))
        subject["sector"] = as_written(sector, sectors([of.plan]))
        facts["by"] = actor_meant(who, [of.plan], as_json=as_json)
        command = command_of(facts, "open", as_json=as_json)
        assert isinstance(command, Open)
        known = named_alike(found.engine, command)

        async def hand_in() -> Receipt | Refused:
            return await open_case(await found.temporal(), found.engine, of, str(subject["id"]), command)

        answer = run(hand_in())
        note_answer(found, answer, command, subject_id=str(subject["id"]))
    warnings = [code_warning(code)] if code else []
    warnings += [like_name_said(of.plan, known, str(subject["id"]))] if known else []
    show_answer(answer, command, [Both(*warning) for warning in warnings if warning], as_json=as_json)


@app.command("list")
def list_all(
    campaign: Annotated[str | None, typer.Option(help="One campaign. 行动。")] = None,
    district: District = None,
    sector: Sector = None,
    stage_: StageOf = None,
    outcome: Annotated[str | None, typer.Option(help="An outcome, or `open`. 结果；在办的写 open 或“在办”。")] = None,
    after: Annotated[str, typer.Option(help="Continue after this case (`next`). 从该案件之后继续。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List cases. 案件列表。"""
    reached = meant("--stage", stage_, STAGES, as_json=as_json)
    ended = meant("--outcome", outcome, OUTCOMES_OR_OPEN, as_json=as_json)
    with services(as_json=as_json) as found:
        of = [campaign_named(found, campaign, as_json=as_json)] if campaign is not None else campaigns(found.engine)
        plans = [one.plan for one in of]
        place = place_meant(plans, district=district, sector=sector, as_json=as_json)
        which = CaseFilter.model_validate({**place, "campaign_id": campaign, "stage": reached, "outcome": ended})
        rows = cases_by_id(found.engine, which, limit + 1, after)
    rows, more = rows[:limit], rows[limit:]
    following = rows[-1].case_id if more else None
    if as_json:
        print_json(plain(case_list(rows, {c.campaign_id: c.now() for c in of}, following)))
        return
    headers = (
        ("案件", "case"),
        ("对象", "subject"),
        ("区", "district"),
        ("状态", "stage"),
        ("待办单位", "next"),
        ("期限", "due"),
    )
    table(
        say("案件", "Cases"),
        [say(*h) for h in headers],
        (
            (
                r.case_id,
                r.subject_name,
                named(districts(plans), r.district),
                case_state(r.stage, r.outcome),
                role_name(of[0].plan, r.next_role),
                say_due(r.due_at),
            )
            for r in rows
        ),
    )
    if following:
        out().print(say(f"继续：--after {following}", f"more: --after {following}"), markup=False)


@app.command()
def show(case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show a case with findings, musts and deadlines. 查看案件。"""
    with services(as_json=as_json) as found:
        campaign, folded = case_folded(found, case, as_json=as_json)
    if as_json:
        print_json(plain(case_document(campaign, folded)) | {"next": next_actor(campaign.plan, folded, campaign.now())})
        return
    banner(campaign)
    show_case(campaign.plan, folded, campaign.now())


@app.command()
def timeline(case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Everything that happened, oldest first, in both languages. 案件经过。"""
    with services(as_json=as_json) as found:
        campaign, folded = case_folded(found, case, as_json=as_json)
        log = log_of(found.engine, folded.case_id)
        moves = calendar_moves(found.engine, campaign.campaign_id) if follows_moves(log) else ()
    if as_json:
        print_json(plain(timeline_document(campaign.plan, folded.case_id, log, moves)))
        return
    said = sentences(campaign.plan, log)
    table(
        f"{say('案件经过', 'Timeline')}  {folded.case_id}",
        ("#", say("时刻", "at"), say("事项", "what"), say("经办", "by"), "中文", "English"),
        (
            (seq, say_instant(t.at), say(*COMMANDS[t.do]), t.by.name if t.by else say("系统", "clock"), *both)
            for seq, (t, both) in enumerate(zip(log, said, strict=True), start=1)
        ),
    )


@app.command("steps")
def list_steps(
    case: CaseId,
    by: Annotated[
        str,
        typer.Option(help="Who: role:name@territory. 人员：角色:姓名@辖区。"),
    ],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What an official may do in a case now, and what not, with why. 当前可办理事项。"""
    typed = actor_written(by, as_json=as_json)
    with services(as_json=as_json) as found:
        campaign, folded = case_folded(found, case, as_json=as_json)
        who = actor_meant(typed, [campaign.plan], as_json=as_json)
    document = next_steps_document(campaign, folded, who)
    if as_json:
        print_json(plain(document))
    else:
        show_steps(document.steps)


@app.command()
def explain(case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Why each must is owed: clause, grounds, since when, until when, who acts next. 说明各项措施。"""
    with services(as_json=as_json) as found:
        campaign, folded = case_folded(found, case, as_json=as_json)
    told_musts = explained(campaign.plan, folded)
    if as_json:
        print_json({"case_id": folded.case_id, "musts": [e.model_dump(mode="json") for e in told_musts]})
        return
    for e in told_musts:
        out().print(f"• [{e.clause} {e.source}] {say(e.zh, e.en)}", markup=False)
        for g in e.grounds:
            since = say_instant(datetime.fromisoformat(g.since))
            out().print(f"    {g.ref}  [{g.clause}]  {say('自', 'since')} {since}  {say(g.zh, g.en)}", markup=False)
    if not told_musts:
        out().print(say("暂无须采取的措施", "no must is owed or pending"))
