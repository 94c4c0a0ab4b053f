"""`rectify readmodel`, `workflow`: what operations need."""

from pathlib import Path
from typing import Annotated, Any

import typer
from temporalio.client import WorkflowHistory

from cli.files import read_text
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say
from cli.services import CaseId, case_named, no_case, run, services
from desk.heads import heads_of
from engine.connection import Services
from store.campaigns import plans_from
from store.differences import Difference, difference
from store.verify import BrokenLog, all_case_ids, rebuild_case
from workers.check import check_logs, compare_with_running
from workers.replay import replay_case, replay_history
from workers.restart import restart_case

readmodel_app = typer.Typer(help="The read model: a fold of the log. 读模型。", no_args_is_help=True)
workflow_app = typer.Typer(help="Temporal workflows. 工作流。", no_args_is_help=True)


@readmodel_app.command("rebuild")
def rebuild(as_json: AsJson = False, lang: Lang = None) -> None:
    """Write the read model anew from the logs; a log that was changed is told, not built from. 由日志重建读模型。"""
    done = 0
    with services(as_json=as_json) as found:
        plans_from(found.engine)
        differences = heads_of(found).check_and_sign(found.engine)
        cut = {d.case_id for d in differences}
        for case_id in all_case_ids(found.engine):
            if case_id in cut:
                continue
            try:
                rebuild_case(found.engine, case_id)
                done += 1
            except BrokenLog as broken:
                differences.append(broken.found)
            except LookupError:
                differences.append(difference("log_gone", case_id))
    if as_json:
        print_json({"rebuilt": done, "differences": [d.model_dump() for d in differences]})
    else:
        _list(differences)
        left = len(differences)
        out().print(say(f"已重建 {done} 个案件，{left} 个未重建", f"{done} cases rebuilt, {left} left as they are"))
    if differences:
        raise typer.Exit(REFUSED)


@readmodel_app.command("verify")
def verify(
    running: Annotated[
        bool, typer.Option(help="Compare with the running workflows too. 同时与运行中的工作流比对。")
    ] = True,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check signed heads, chains, rows and running workflows; sign the heads; exit 1 on any difference. 核对。"""
    with services(as_json=as_json) as found:
        plans_from(found.engine)
        checked, differences = check_logs(found.engine, heads_of(found), found.files, every_byte=True)
        if running:
            differences += run(_compare(found))
    _tell(checked, differences, as_json=as_json)


async def _compare(found: Services) -> list[Difference]:
    return await compare_with_running(await found.temporal(), found.engine)


def _tell(checked: int, differences: list[Difference], *, as_json: bool) -> None:
    if as_json:
        print_json({"checked": checked, "differences": [d.model_dump() for d in differences]})
    else:
        _list(differences)
        found = len(differences)
        out().print(say(f"核对 {checked} 个案件，{found} 处不一致", f"{checked} cases checked, {found} difference(s)"))
    if differences:
        raise typer.Exit(REFUSED)


def _list(differences: list[Difference]) -> None:
    for d in differences:
        where, remedy = f"{d.case_id}: " if d.case_id else "", say(d.remedy_zh, d.remedy_en)
        err().print(f"✗ {where}{say(d.zh, d.what)}" + (f"\n  → {remedy}" if remedy else ""), markup=False)


@workflow_app.callback()
def workflow() -> None:
    """Temporal workflows. 工作流。"""


@workflow_app.command("replay")
def replay(
    case: Annotated[
        str | None,
        typer.Argument(metavar="CASE", help="A case; all running ones if left out. 案件；缺省为全部。"),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(readable=False, help="A history as JSON instead. 历史文件（JSON）。")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Replay histories under the present code; exit 1 if one does not. 用当前代码重放历史。"""
    history = _history(file, case, as_json=as_json) if file is not None else None
    with services(as_json=as_json) as found:
        plans_from(found.engine)
        case_id = case if case is None or history else case_named(found, case, as_json=as_json)
        try:
            failures = run(replay_history(found, history) if history else replay_case(found, case_id))
        except LookupError:
            no_case(str(case_id), as_json=as_json)
    shown: list[dict[str, Any]] = [{"case_id": f.case_id, "what": f.what} for f in failures]
    if as_json:
        print_json({"failures": shown})
    else:
        for f in failures:
            err().print(f"✗ {f.case_id}: {f.what}", markup=False)
        out().print(say(f"{len(failures)} 处不能重放", f"{len(failures)} failure(s)"))
    if failures:
        raise typer.Exit(REFUSED)


@workflow_app.command("restart")
def restart(
    case: CaseId,
    leave_signals: Annotated[
        bool,
        typer.Option(
            "--leave-signals", help="Where a signal itself holds the case: leave those not handled. 不再递交信号。"
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """End a case's workflow that is stuck or lost, and let a new one go on from the log. 由记录重启案件工作流。"""
    with services(as_json=as_json) as found:
        plans_from(found.engine)
        case_id = case_named(found, case, as_json=as_json)
        try:
            refused = run(_restart(found, case_id, leave_signals))
        except LookupError:
            no_case(case_id, as_json=as_json)
    if refused is not None:
        problem = {"code": refused.code, "zh": refused.zh, "en": refused.what}
        remedy = {"remedy_zh": refused.remedy_zh, "remedy_en": refused.remedy_en}
        fail(REFUSED, {**problem, **{k: v for k, v in remedy.items() if v}}, as_json=as_json)
    if as_json:
        print_json({"case_id": case_id, "restarted": True})
    else:
        out().print(say(f"{case_id} 已由记录重启", f"{case_id} goes on from its record"), markup=False)


async def _restart(found: Services, case_id: str, leave_signals: bool) -> Difference | None:
    client, heads = await found.temporal(), heads_of(found)
    return await restart_case(client, found.engine, case_id, heads, leaving_signals=leave_signals)


def _history(file: Path, case: str | None, *, as_json: bool) -> WorkflowHistory:
    text = read_text(file, as_json=as_json)
    problem = {"code": "no_history", "zh": f"{file} 不是历史文件", "en": f"{file} is no history"}
    try:
        history = WorkflowHistory.from_json(case or "case/file/history", text)
    except Exception:  # whatever the file holds, it is no history
        fail(BAD_INPUT, problem, as_json=as_json)
    if not history.events or not history.events[0].HasField("workflow_execution_started_event_attributes"):
        fail(BAD_INPUT, problem, as_json=as_json)
    return history
