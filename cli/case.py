"""`rectify case`: open, list, show, do, timeline, explain."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.banner import banner
from cli.files import read_text
from cli.filters import require_place, require_word
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say, table
from cli.services import CaseId, campaign_named, case_named, no_case, role_name, run, services
from cli.shapes import input_problem
from cli.workdays import provisional_mark
from desk.connection import Services
from desk.submit import open_case, signal_result, submit
from models.case import Case
from models.commands import CLOCK_COMMANDS, COMMAND, AnyCommand, Open
from models.events import Transition
from models.instants import say_due, say_instant, show_instant
from models.refusals import Refused
from models.wire import Receipt
from rules.clock_words import duty, duty_said
from rules.credit_code import code_warning
from rules.deadlines import deadlines
from rules.explain import explain as explained
from rules.json_objects import NoObject, read_object
from rules.naming import Both
from rules.recount import provisional
from rules.refusals import refuse
from rules.sentences import sentences
from rules.stage import NAMES, next_actor, stage
from rules.urgency import colour
from rules.words import COLOURS, COMMANDS, GRADES, MUSTS, OUTCOMES, STATES
from store.campaigns import Campaign, campaign_of, campaigns, plans_from
from store.queries import list_cases
from store.queries import timeline as log_of
from store.rebuild import fold_case

app = typer.Typer(help="Cases. 案件。", no_args_is_help=True)


@app.command("open")
def open_one(
    by: Annotated[str, typer.Option(help="role:name@territory, an inspector or the office. 录入人。")],
    name: Annotated[str, typer.Option(help="The subject's name. 对象名称。")],
    district: Annotated[str, typer.Option(help="District code of the plan. 区划代码。")],
    sector: Annotated[str | None, typer.Option(help="Sector of the plan. 行业领域。")] = None,
    street: Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")] = None,
    kind: Annotated[str, typer.Option(help="enterprise, site, vehicle or person. 对象类型。")] = "enterprise",
    code: Annotated[str | None, typer.Option(help="Unified social credit code. 统一社会信用代码。")] = None,
    subject_id: Annotated[
        str | None, typer.Option("--id", help="The subject's id; made if left out. 对象编号。")
    ] = None,
    source: Annotated[str, typer.Option(help="Why it is opened. 来源。")] = "inspection",
    campaign: Annotated[str | None, typer.Option(help="The campaign; the newest if left out. 行动。")] = None,
    command_id: Annotated[str | None, typer.Option(help="To send the same opening again. 命令编号。")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Open a case of a subject. 纳入排查。"""
    subject: dict[str, Any] = {"id": subject_id or f"s-{uuid.uuid4().hex[:12]}", "name": name, "kind": kind}
    subject |= {"district": district, "sector": sector, "street": street, "code": code}
    facts = {
        "do": "open",
        "by": by,
        "source": source,
        "subject": subject,
        "command_id": command_id or str(uuid.uuid4()),
    }
    command = _command(facts, "open", as_json=as_json)
    assert isinstance(command, Open)
    if code and (warning := code_warning(code)):
        err().print(f"! {say(*warning)}", markup=False)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)

        async def hand_in() -> Receipt | Refused:
            return await open_case(await found.temporal(), found.engine, of, str(subject["id"]), command)

        _answer(run(hand_in()), command, as_json=as_json)


@app.command()
def do(
    case: CaseId,
    file: Annotated[
        Path,
        typer.Argument(
            readable=False, metavar="COMMAND.json", help="A command (contracts §1); - reads stdin. 命令文件。"
        ),
    ],
    by_signal: Annotated[
        bool, typer.Option("--signal", help="Send as inspection_result; no answer is awaited. 以信号发送。")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Hand a command to a case. 办理案件。"""
    text = read_text(file, as_json=as_json)
    command = _command(_object(text, str(file), as_json=as_json), str(file), as_json=as_json)
    with services(as_json=as_json) as found:
        case_id = case_named(found, case, as_json=as_json)

        async def hand_in() -> Receipt | Refused | None:
            client = await found.temporal()
            if by_signal:
                await signal_result(client, case_id, command)
                return None
            return await submit(client, found.engine, case_id, command)

        try:
            answer = run(hand_in())
        except LookupError:
            no_case(case_id, as_json=as_json)
    if answer is not None:
        _answer(answer, command, as_json=as_json)
    elif as_json:
        print_json({"sent": True, "command_id": command.command_id})
    else:
        out().print(say("已发送", "sent"))


@app.command("list")
def list_all(
    campaign: Annotated[str | None, typer.Option(help="One campaign. 行动。")] = None,
    district: Annotated[str | None, typer.Option(help="District code. 区划代码。")] = None,
    sector: Annotated[str | None, typer.Option(help="Sector. 行业领域。")] = None,
    stage_: Annotated[str | None, typer.Option("--stage", help="Stage. 状态。")] = None,
    outcome: Annotated[str | None, typer.Option(help="An outcome, or `open`. 结果，或 open。")] = None,
    after: Annotated[str, typer.Option(help="Continue after this case (`next`). 从该案件之后继续。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List cases. 案件列表。"""
    require_word(as_json=as_json, stage=stage_, outcome=outcome)
    with services(as_json=as_json) as found:
        of = [campaign_named(found, campaign, as_json=as_json)] if campaign is not None else campaigns(found.engine)
        require_place(of, as_json=as_json, district=district, sector=sector)
        which = {"campaign_id": campaign, "district": district, "sector": sector, "stage": stage_}
        rows = list_cases(found.engine, limit=limit + 1, after=after, outcome=outcome, **which)
    rows, more = rows[:limit], rows[limit:]
    following = rows[-1]["case_id"] if more else None
    if as_json:
        shown = [{k: show_instant(v) if k.endswith("_at") else v for k, v in row.items()} for row in rows]
        print_json({"cases": shown, "next": following})
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
                r["case_id"],
                r["subject_name"],
                r["district"],
                _stage(r["stage"], r["outcome"]),
                role_name(of[0].plan, r["next_role"]),
                say_due(r["due_at"]),
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
        campaign, folded = _folded(found, case, as_json=as_json)
    plan, now = campaign.plan, campaign.now()
    running, by = deadlines(plan, folded), folded.working_days
    unsure = provisional(plan, folded)
    if as_json:
        facts = folded.model_dump(mode="json", exclude={"handled", "phases"})
        shown = {"stage": stage(folded, now), "next": next_actor(plan, folded, now), "now": show_instant(now)}
        due = [
            {
                **d.model_dump(mode="json"),
                "colour": colour(plan, d.due_at, now, by),
                "provisional": (d.clock, d.about) in unsure,
            }
            for d in running
        ]
        print_json({**facts, **shown, "deadlines": due})
        return

    def day(at: datetime | None, clock: str, about: str) -> str | None:
        return f"{say_due(at)}{provisional_mark((clock, about) in unsure)}" if at else None

    banner(campaign)
    console = out()
    subject = folded.subject
    state = _stage(stage(folded, now), folded.outcome)
    console.print(f"{subject.name}  {folded.case_id}  {folded.district} {subject.street or ''}  {state}", markup=False)
    table(
        say("问题", "Findings"),
        [
            say(*h)
            for h in (
                ("编号", "ref"),
                ("类别", "category"),
                ("等级", "grade"),
                ("状态", "state"),
                ("责任人", "responsible"),
                ("期限", "due"),
            )
        ],
        (
            (
                f.ref,
                f.category,
                say(*GRADES[f.grade]),
                say(*STATES[f.state]),
                f.responsible,
                day(f.due_at, "rectification", f.ref),
            )
            for f in folded.findings
        ),
    )
    table(
        say("四个一律", "Four musts"),
        [
            say(*h)
            for h in (
                ("措施", "must"),
                ("状态", "state"),
                ("依据", "grounds"),
                ("提请和审批时限", "decide by"),
                ("执行时限", "execute by"),
            )
        ],
        (
            (
                say(*MUSTS[m.must]),
                say(*STATES[m.state]),
                " ".join(m.refs),
                day(m.decide_by, "decision", m.id),
                day(m.execute_by, "execution", m.id),
            )
            for m in folded.musts
        ),
    )
    table(
        say("待办时限", "Unmet deadlines"),
        [say(*h) for h in (("事项", "what"), ("待办单位", "role"), ("时限", "due"), ("缓急", "urgency"))],
        (
            (
                say(*duty_said(duty(d.clock, d.role), d.about)),
                role_name(plan, d.role),
                day(d.due_at, d.clock, d.about),
                say(*COLOURS[colour(plan, d.due_at, now, by)]),
            )
            for d in running
        ),
    )


@app.command()
def timeline(case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Everything that happened, oldest first, in both languages. 案件经过。"""
    with services(as_json=as_json) as found:
        campaign, folded = _folded(found, case, as_json=as_json)
        log = log_of(found.engine, folded.case_id)
    said = sentences(campaign.plan, log)
    if as_json:
        print_json(
            {
                "case_id": folded.case_id,
                "timeline": [_line(seq, t, both) for seq, (t, both) in enumerate(zip(log, said, strict=True), start=1)],
            }
        )
        return
    table(
        f"{say('案件经过', 'Timeline')}  {folded.case_id}",
        ("#", say("时刻", "at"), say("事项", "what"), say("经办", "by"), "中文", "English"),
        (
            (seq, say_instant(t.at), say(*COMMANDS[t.do]), t.by.name if t.by else say("系统", "clock"), *both)
            for seq, (t, both) in enumerate(zip(log, said, strict=True), start=1)
        ),
    )


@app.command()
def explain(case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Why each must is owed: clause, grounds, since when, until when, who acts next. 说明各项措施。"""
    with services(as_json=as_json) as found:
        campaign, folded = _folded(found, case, as_json=as_json)
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


def _folded(found: Services, typed: str, *, as_json: bool) -> tuple[Campaign, Case]:
    plans_from(found.engine)
    case_id = case_named(found, typed, as_json=as_json)
    try:
        case = fold_case(found.engine, case_id).case
    except LookupError:
        no_case(case_id, as_json=as_json)
    return campaign_of(found.engine, case.campaign_id), case


def _line(seq: int, t: Transition, said: Both) -> dict[str, Any]:
    zh, en = said
    by = str(t.by) if t.by else "clock"
    events = [e.model_dump(mode="json") for e in t.events]
    return {"seq": seq, "at": show_instant(t.at), "do": t.do, "by": by, "zh": zh, "en": en, "events": events}


def _object(text: str, file: str, *, as_json: bool) -> dict[str, Any]:
    found = read_object(text)
    if isinstance(found, NoObject):
        zh, en = f"{file}:{found.line}: {found.zh}", f"{file}:{found.line}: {found.en}"
        fail(BAD_INPUT, {"code": "invalid_json", "zh": zh, "en": en}, as_json=as_json)
    return found


def _command(facts: dict[str, Any], file: str, *, as_json: bool) -> AnyCommand:
    if facts.get("do") in CLOCK_COMMANDS:
        fail(REFUSED, refuse("clock_only", do=facts["do"]).model_dump(), as_json=as_json)
    facts = {"command_id": str(uuid.uuid4()), **facts}
    try:
        return COMMAND.validate_python(facts)
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(file, error), as_json=as_json)


def _answer(answer: Receipt | Refused, command: AnyCommand, *, as_json: bool) -> None:
    if isinstance(answer, Refused):
        fail(REFUSED, {**answer.model_dump(), "command_id": command.command_id}, as_json=as_json)
    shown = {
        "accepted": True,
        "case_id": answer.case_id,
        "command_id": command.command_id,
        "seq": answer.seq,
        "stage": answer.stage,
        "outcome": answer.outcome,
        "due": show_instant(answer.due_at),
    }
    if as_json:
        print_json(shown)
        return
    state, due = _stage(answer.stage, answer.outcome), say_due(answer.due_at)
    accepted = f"✓ {say('受理', 'accepted')}  {answer.case_id}  {state}  {say('期限', 'due')} {due}"
    out().print(accepted, markup=False, soft_wrap=True)


def _stage(reached: Any, outcome: Any) -> str:
    return say(*OUTCOMES[outcome]) if outcome else say(*NAMES[reached])
