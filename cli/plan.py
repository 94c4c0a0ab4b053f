"""`rectify plan check`: is this plan valid, and what in it do we assume?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.files import load_plan
from cli.output import AsJson, Lang, out, print_json, say, table
from models.instants import say_due, say_instant, show_instant
from rules.files.plan_check import PlanFile, assumptions
from rules.words.terms import STATES

app = typer.Typer(help="Campaign plans. 行动方案。", no_args_is_help=True)


@app.callback()
def plan() -> None:
    """Campaign plans. 行动方案。"""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(readable=False, help="The plan, a TOML file. 方案文件（TOML）。")],
    year: Annotated[
        int | None, typer.Option(min=1900, max=2200, help="Show the phases of this year. 显示该年的各阶段。")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Validate a plan; a wrong one is refused with file, line, field and remedy. 校验方案。"""
    read = load_plan(file, as_json=as_json)
    if as_json:
        print_json(plan_facts(read, year))
        return
    _show(read, year)


def plan_facts(read: PlanFile, year: int | None) -> dict[str, Any]:
    """The answer of `plan check --json` (contracts §2)."""
    plan = read.plan
    facts: dict[str, Any] = {
        "id": plan.id,
        "digest": read.digest,
        "phases": [{"id": p.id, "begins": p.begins, "ends": p.ends} for p in plan.phases],
        "illegal_conduct": len(plan.illegal_conduct),
        "hazards": len(plan.hazards),
        "musts": len(plan.musts),
        "districts": len(plan.districts),
        "sectors": len(plan.sectors),
        "special_governance": sum(s.special_governance for s in plan.sectors),
        "articles": [a.id for a in plan.articles],
        "assumptions": list(assumptions(plan)),
    }
    if year is not None:
        facts["calendar"] = [
            {"id": d.id, "begins_at": show_instant(d.begins_at), "ends_at": show_instant(d.ends_at)}
            for d in plan.calendar(year)
        ]
    return facts


def _show(read: PlanFile, year: int | None) -> None:
    plan, facts = read.plan, plan_facts(read, year)
    console = out()
    console.print(f"{say(plan.zh, plan.en)}  {plan.id}  {plan.notice}", markup=False)
    calendar = plan.calendar(year) if year is not None else ()
    dates = {d.id: f"{say_instant(d.begins_at)} – {say_due(d.ends_at)}" for d in calendar}
    table(
        say("阶段", "Phases"),
        (say("阶段", "phase"), say("期间", "dates"), say("四个一律", "musts"), say("条款", "clause")),
        (
            (say(p.zh, p.en), dates.get(p.id, f"{p.begins} – {p.ends}"), say(*STATES[p.musts]), p.clause)
            for p in plan.phases
        ),
    )
    table(
        say("内容", "Contents"),
        (say("项目", "what"), say("数量", "number")),
        (
            (say("非法违法行为", "kinds of illegal conduct"), facts["illegal_conduct"]),
            (say("隐患与制度缺陷", "hazards"), facts["hazards"]),
            (say("四个一律", "musts"), facts["musts"]),
            (say("区", "districts"), facts["districts"]),
            (say("行业领域（含专项治理）", "sectors, special governance included"), facts["sectors"]),
        ),
    )
    table(
        say("暂定值（A），本市可调整", "Assumptions (A), for the city to change"),
        (say("项目", "value"),),
        ((a,) for a in facts["assumptions"]),
    )
    console.print(f"[green]✓[/] {say('方案有效', 'the plan is valid')}")
