"""`rectify try`: a case on paper, by the real rules, no server."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.files import load_script
from cli.names import districts, named
from cli.output import BAD_INPUT, AsJson, Lang, err, fail, out, print_json, say, table
from models.commands import Open
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.case.stage import NAMES
from rules.on_paper import Paper
from rules.subjects.credit_code import code_warning
from rules.words.terms import COMMANDS, MUSTS, OUTCOMES, STATES


def try_script(
    script: Annotated[
        Path, typer.Argument(readable=False, help="A YAML script: plan, year, subject, steps, until. 脚本（YAML）。")
    ],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Run a case on paper: the real rules, no server. 用规则试算一个案件。"""
    read, plan = load_script(script, as_json=as_json)
    paper = Paper(plan.plan, plan.digest, read)
    opens = any(isinstance(s.command, Open) for s in read.steps)
    if not opens and (refused := paper.refusal_of_opening()):
        fail(
            BAD_INPUT,
            {"code": refused.code, "rule": refused.rule, "zh": refused.zh, "en": refused.en},
            as_json=as_json,
        )
    result = paper.run()
    code = read.head.subject.code
    warning = code_warning(code) if code else None
    result["warnings"] = [{"zh": warning[0], "en": warning[1]}] if warning else []
    if as_json:
        print_json(result)
        return
    if warning:
        err().print(f"! {say(*warning)}", markup=False)
    _show(plan.plan, paper, result)


def _show(plan: Plan, paper: Paper, result: dict[str, Any]) -> None:
    subject = paper.script.head.subject
    console = out()
    place = named(districts([plan]), subject.district)
    title = f"{say('案件', 'Case')}  {subject.name}  {place}  {say(plan.zh, plan.en)}"
    console.print(title, markup=False, soft_wrap=True)
    headers = (
        ("时刻", "at"),
        ("事项", "what"),
        ("结果", "result"),
        ("状态", "stage"),
        ("最早期限", "due"),
        ("应采取", "owed"),
        ("暂缓适用", "pending"),
        ("已执行", "executed"),
    )
    table(say("办案经过", "Course of the case"), [say(*h) for h in headers], map(_row, result["steps"]), whole=(0, 4))
    case = result["case"]
    table(
        say("问题", "Findings"),
        (say("编号", "ref"), say("状态", "state"), say("期限", "due")),
        ((f["ref"], say(*STATES[f["state"]]), say_due(_instant(f["due"]))) for f in case["findings"]),
    )
    for explained in case["explain"]:
        text = say(explained["zh"], explained["en"])
        console.print(f"• [{explained['clause']}] {text}", markup=False)
    ending = say(*OUTCOMES[case["outcome"]]) if case["outcome"] else _stage(case["stage"])
    console.print(
        f"{say('现状', 'standing')}: {ending}  {say('最早期限', 'due')}: {say_due(_instant(case['due']))}",
        markup=False,
    )


def _row(line: dict[str, Any]) -> tuple[object, ...]:
    sentence = say(line["zh"], line["en"])
    result = f"✓ {sentence}" if line["accepted"] else f"✗ {say('不予受理：', 'refused: ')}{sentence}"
    late = " !" if line["overdue"] else ""
    stage = say(*OUTCOMES[line["outcome"]]) if line["outcome"] else _stage(line["stage"])
    musts = ((say("、", ", ").join(say(*MUSTS[m]) for m in line[k]) or None) for k in ("owed", "pending", "executed"))
    at, due = say_instant(_instant(line["at"])), say_due(_instant(line["due"]))
    return (at, say(*COMMANDS[line["do"]]), result, stage, due + late, *musts)


def _stage(stage: Any) -> str:
    return say(*NAMES[stage]) if stage else "–"


def _instant(shown: str | None) -> datetime | None:
    return datetime.fromisoformat(shown) if shown else None
