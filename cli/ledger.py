"""`rectify ledger`: template, import, export, undo."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.filters import FINDING_STATES, District, Sector, actor_meant, actor_written, meant, place_meant
from cli.jobs import no_job, results, show_job, through
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, filled, language, out, print_json, say, table
from cli.services import campaign_named, run, services
from desk.imports import ImportOrder, begin_import, check_import
from desk.ledger import OPERATOR, Source, create_undo, export_rows
from engine.operator import operator, operator_name
from ledgers.book import LedgerProblem
from ledgers.decisions import Decisions, NoPair, read_decisions
from ledgers.issues import grouped
from ledgers.planned import LedgerPlan
from ledgers.writing.annotate import write_annotated
from ledgers.writing.export import write_export
from ledgers.writing.template import write_template
from models.audit import AuditLine
from models.plan import Plan
from models.refusals import Refused
from rules.words.terms import SOURCES
from store.audit import noted
from store.campaigns import campaign_of
from store.jobs import items, job_of
from views.import_check import import_check
from views.plain import plain

app = typer.Typer(help="Ledgers, Excel and CSV. 台账。", no_args_is_help=True)
Named = Annotated[str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")]
_MOST_SHOWN = 40
_ORIGINS = {source: SOURCES[source] for source in ("self_inspection", "inspection")}
_CLOSED = {"skip": ("略过", "skip"), "import": ("导入", "import")}
_PAST_DUE = {"refuse": ("不予导入", "refuse"), "plan": ("按方案计算", "plan")}


@app.command("template")
def template(
    path: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Where to write it. 模板文件。")],
    campaign: Named = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write an empty ledger with lists to choose from and help. 生成台账模板。"""
    _require_suffix(path, (".xlsx",), as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
    _written(lambda: write_template(path, of.plan, of.phases), path, as_json=as_json)
    _tell({"file": str(path), "campaign": of.campaign_id}, f"模板已写入 {path}", f"written: {path}", as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(readable=False, help="An Excel or CSV file. 台账文件。")],
    campaign: Named = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, change nothing. 只检查。")] = False,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="HEADER=FIELD", help="Which field a column is. 列对应。")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="inspector:name@district; else the system, under a mandate. 导入人，缺省由系统受权录入。"),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            metavar="TEXT=MEANING",
            help="What a text in a cell means, such as FIRE=ID; no text: an empty cell; no meaning: as if empty. "
            "内容的含义，如 触电=类别编号；等号前空指空格，等号后空作空白。",
        ),
    ] = None,
    closed: Annotated[
        str,
        typer.Option(
            metavar="skip|import",
            help="Rows that the ledger calls closed: left out, or taken in. 已办结的行：略过或导入。",
        ),
    ] = "skip",
    past_due: Annotated[
        str,
        typer.Option(
            metavar="refuse|plan",
            help="Due dates gone by: refused, or the plan's taken. 期限已过：不予导入或按方案计算。",
        ),
    ] = "refuse",
    source: Annotated[
        str, typer.Option(help="self_inspection or inspection. 来源：自查自纠或检查。")
    ] = "self_inspection",
    skip_errors: Annotated[
        bool, typer.Option("--skip-errors", help="Apply the rows without errors. 跳过有错误的行。")
    ] = False,
    annotated: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the workbook back with what is wrong. 批注文件。")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check a ledger row by row, then apply it as a durable job. 导入台账。"""
    decided = _decisions(mapping or [], value or [], closed, past_due, as_json=as_json)
    typed = actor_written(by, as_json=as_json) if by else None
    origin = _source(source, as_json=as_json)
    if annotated is not None:
        _require_suffix(annotated, (".xlsx",), as_json=as_json)
    if not file.is_file():
        zh, en = f"没有文件 {file}", f"there is no file {file}"
        if file.is_dir():
            zh, en = f"{file} 是文件夹，请指明其中的文件", f"{file} is a folder: name a file in it"
        fail(BAD_INPUT, {"code": "file_unreadable", "zh": zh, "en": en}, as_json=as_json)
    if annotated is not None and _is_same_file(file, annotated):
        zh, en = (
            f"{annotated} 就是台账本身，不能覆盖；请另起文件名",
            f"{annotated} is the ledger itself: name another file",
        )
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        who = actor_meant(typed, [of.plan], as_json=as_json) if typed else None
        order = ImportOrder(who, origin, decided, _operator(), dry_run, skip_errors)
        plan = check_import(found.engine, of, file, order)
        if isinstance(plan, Refused):
            fail(REFUSED, plan.model_dump(), as_json=as_json)
        if isinstance(plan, LedgerProblem):
            fail(BAD_INPUT, _file_problem(plan), as_json=as_json)
        document: dict[str, Any] = plain(import_check(plan, language()))
        if annotated is not None:
            checked = replace(plan.checked, errors=plan.all_errors)
            kept = _written(lambda: write_annotated(file, annotated, checked), annotated, as_json=as_json)
            document["annotated"] = {"file": str(annotated), "workbook": kept}
        wrong = bool(plan.all_errors)
        begun = begin_import(found.engine, found.signer, of, plan, file.name, order)
        if isinstance(begun, Refused):
            fail(REFUSED, begun.model_dump(), as_json=as_json)
        if isinstance(begun, str) and begun != "nothing_new":
            _show_check(plan, document, of.plan, refused=begun == "errors", as_json=as_json)
            raise typer.Exit(BAD_INPUT if wrong else 0)
        if not as_json and (wrong or document["warnings"] or document["unknown_columns"]):
            _show_check(plan, document, of.plan, refused=False, as_json=False)
        if isinstance(begun, str):
            _nothing_new(plan, document, as_json=as_json)
            return
        job = run(through(found, begun, say("导入", "importing")))
        failed = list(items(found.engine, job.job_id, state="failed"))
    if as_json:
        print_json({**document, "job": job.job_id, "done": job.done, "failed": job.failed, "results": results(failed)})
    else:
        show_job(job, failed, as_json=False)
    if failed:
        raise typer.Exit(REFUSED)


@app.command("export")
def export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="An .xlsx or .csv to write. 导出文件。")],
    campaign: Named = None,
    district: District = None,
    street: Annotated[str | None, typer.Option(help="Street or town. 街道（乡镇）。")] = None,
    sector: Sector = None,
    state: Annotated[str | None, typer.Option(help="State of the finding. 问题状态，如限期整改中、已销号。")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the campaign's findings as a ledger that can be edited and imported again. 导出台账。"""
    _require_suffix(path, (".xlsx", ".csv"), as_json=as_json)
    stands = meant("--state", state, FINDING_STATES, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        which = place_meant([of.plan], district=district, sector=sector, as_json=as_json)
        rows = export_rows(found.engine, of, street=street, state=stands, **which)
        facts = {"what": "ledger", "campaign": of.campaign_id, **{name: one for name, one in which.items() if one}}
        with noted(found.engine, AuditLine(kind="exported", by=operator(), file=path.name, facts=facts)):
            count = _written(lambda: write_export(path, of.plan, of.phases, rows), path, as_json=as_json)
    told = {"file": str(path), "rows": count}
    _tell(told, f"已导出 {count} 行到 {path}", f"{count} rows written to {path}", as_json=as_json)


@app.command("undo")
def undo(
    job: Annotated[str, typer.Argument(metavar="JOB", help="The import, as it was told. 导入编号。")],
    reason: Annotated[str, typer.Option(help="Why. 理由。", callback=filled)],
    by: Annotated[
        str | None, typer.Option(help="supervisor:name@district, by id or name. 撤销人：区安监局负责人。")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Take back what an import did, where nobody acted since. 撤销导入。"""
    typed = actor_written(by, as_json=as_json) if by else None
    with services(as_json=as_json) as found:
        imported = job_of(found.engine, job)
        if imported is None or imported.kind != "import":
            no_job(job, as_json=as_json, what=("导入", "import"))
        plan = campaign_of(found.engine, imported.campaign_id).plan
        who = actor_meant(typed, [plan], as_json=as_json) if typed else None
        undoing = create_undo(found.engine, found.signer, imported, who, reason, _operator())
        if isinstance(undoing, Refused):
            fail(REFUSED, undoing.model_dump(), as_json=as_json)
        undone = run(through(found, undoing, say("撤销", "undoing")))
        failed = list(items(found.engine, undone.job_id, state="failed"))
    show_job(undone, failed, as_json=as_json)
    if failed:
        raise typer.Exit(REFUSED)


def _operator() -> str:
    """The account of the machine whose command line this is, for a mandate that names no official."""
    return f"{OPERATOR}:{operator_name()}"


def _show_check(plan: LedgerPlan, document: dict[str, Any], campaign: Plan, *, refused: bool, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    console = out()
    c = plan.checked
    zh = (
        f"共 {c.rows} 行：问题 {c.findings} 项，对象 {c.subjects} 个（新 {c.new_subjects}），"
        f"新纳入排查 {plan.opens} 件，更改 {plan.changes} 行，跳过 {document['skipped']} 行"
        + (f"，已办结 {c.closed} 行" if c.closed else "")
    )
    en = (
        f"{c.rows} rows: {c.findings} findings, {c.subjects} subjects ({c.new_subjects} new), "
        f"{plan.opens} cases to open, {plan.changes} rows changed, {document['skipped']} skipped"
        + (f", {c.closed} closed" if c.closed else "")
    )
    console.print(say(zh, en), markup=False)
    if document["unknown_columns"]:
        listed = "、".join(document["unknown_columns"])
        console.print(say(f"未识别的列：{listed}", f"columns not understood: {listed}"), markup=False)
    for issues, title in (
        (plan.all_errors, say("错误", "Errors")),
        (c.warnings, say("提示", "Warnings")),
    ):
        groups = grouped(issues)
        if groups:
            headers = (("工作表", "sheet"), ("行", "row"), ("列", "column"), ("说明", "what"))
            shown = (
                (g.first.sheet, g.shown_rows or None, g.first.column, say(g.zh, g.en)) for g in groups[:_MOST_SHOWN]
            )
            table(f"{title} {len(issues)}", [say(*h) for h in headers], shown)
            if len(groups) > _MOST_SHOWN:
                more = len(groups) - _MOST_SHOWN
                console.print(say(f"另有 {more} 条，见 --json 或 --annotated", f"{more} more: --json, --annotated"))
    if any(one.code == "category_unknown" for one in c.errors):
        named = (*campaign.illegal_conduct, *campaign.hazards, campaign.other)
        listed = say("；".join(f"{n.id} {n.zh}" for n in named), "; ".join(f"{n.id} {n.en}" for n in named))
        console.print(say(f"类别编号：{listed}", f"categories: {listed}"), markup=False)
    if "annotated" in document:
        file = document["annotated"]["file"]
        zh, en = f"批注文件：{file}，原表各部分均保留", f"annotated: {file}, with every part of the sender's workbook"
        if document["annotated"]["workbook"] == "fresh":
            zh = f"批注文件：{file}，是新建的表，只有读入的内容；原表的格式、图片、文本框不在其中"
            en = f"annotated: {file}, a new workbook with what was read; formats, pictures, text boxes are not in it"
        console.print(say(zh, en), markup=False, soft_wrap=True)
    if refused:
        zh = "有错误，未导入任何一行；可改正后重试，或加 --skip-errors"
        en = "nothing was imported; mend it, or --skip-errors"
        err().print(f"✗ {say(zh, en)}", markup=False)


def _nothing_new(plan: LedgerPlan, document: dict[str, Any], *, as_json: bool) -> None:
    """Every row was imported before, or is as it was exported: no job is made of nothing."""
    zh = f"没有需要导入的行：{plan.repeated} 行此前已导入，其余没有变化"
    en = f"nothing to import: {plan.repeated} row(s) were imported before, the others are unchanged"
    _tell({**document, "job": None, "done": 0, "failed": 0, "results": []}, zh, en, as_json=as_json)


def _file_problem(problem: LedgerProblem) -> dict[str, Any]:
    zh, en = problem.sentence()
    where = {"sheet": problem.sheet, "row": problem.row, "column": problem.column}
    return {"code": problem.code, "zh": zh, "en": en, **where}


def _decisions(columns: list[str], values: list[str], closed: str, past_due: str, *, as_json: bool) -> Decisions:
    takes_closed = meant("--closed", closed, _CLOSED, as_json=as_json) == "import"
    takes_plan = meant("--past-due", past_due, _PAST_DUE, as_json=as_json) == "plan"
    try:
        return read_decisions(columns, values, "import" if takes_closed else "skip", "plan" if takes_plan else "refuse")
    except NoPair as wrong:
        zh, en = f"--{wrong.option}：{wrong.zh}", f"--{wrong.option}: {wrong.en}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)


def _is_same_file(one: Path, other: Path) -> bool:
    """Whether both names lead to one file, by whatever link."""
    return other.exists() and one.samefile(other)


def _source(given: str, *, as_json: bool) -> Source:
    return "inspection" if meant("--source", given, _ORIGINS, as_json=as_json) == "inspection" else "self_inspection"


def _require_suffix(path: Path, suffixes: tuple[str, ...], *, as_json: bool) -> None:
    if path.suffix.lower() not in suffixes:
        known = " ".join(suffixes)
        zh, en = f"{path}：文件名须以 {known} 结尾", f"{path}: the name should end in {known}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)


def _written(write: Any, path: Path, *, as_json: bool) -> Any:
    try:
        answer = write()
    except OSError as error:
        reason = error.strerror or str(error)
        zh, en = f"无法写入 {path}：{reason}", f"cannot write {path}: {reason}"
        fail(BAD_INPUT, {"code": "file_unwritable", "zh": zh, "en": en}, as_json=as_json)
    if isinstance(answer, LedgerProblem):
        fail(BAD_INPUT, _file_problem(answer), as_json=as_json)
    return answer


def _tell(document: dict[str, Any], zh: str, en: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        out().print(say(zh, en), markup=False, soft_wrap=True)
