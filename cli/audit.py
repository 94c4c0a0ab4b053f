"""`rectify audit`: prove that nothing was changed, give a court one case, list what was done beside the cases."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from cli.filters import meant
from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say, table
from cli.services import CaseId, case_named, no_case, services
from desk.audit import RecordChecked, check_record
from desk.audit_export import export_case
from desk.heads import heads_of
from engine.operator import operator
from models.audit import LoggedAudit
from models.instants import Instant, say_instant
from rules.words.audited import AUDIT_KINDS, AUDIT_OUTCOMES
from store.audit import AuditFilter, audit_page
from store.campaigns import plans_from
from views.plain import plain

app = typer.Typer(help="The audit of the record. 审计。", no_args_is_help=True)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_HEADS_HELP = "Compare with a folder of heads kept elsewhere too. 同时与另存处的签名链首比对。"
_WHERE_HELP = "A new folder, or a new file .zip. 新文件夹，或新的 .zip 文件。"


@app.command("verify")
def verify(
    heads: Annotated[Path | None, typer.Option(metavar="FOLDER", readable=False, help=_HEADS_HELP)] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read every log beside the signed heads; exit 1 if anything was altered. Changes nothing. 核对记录未被改动。"""
    if heads is not None and not heads.is_dir():
        zh, en = f"--heads：没有文件夹 {heads}", f"--heads: there is no folder {heads}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    with services(as_json=as_json) as found:
        checked = check_record(found.engine, heads_of(found), heads)
    if as_json:
        print_json(plain(checked))
    else:
        _show(checked)
    if checked.differences:
        raise typer.Exit(REFUSED)


@app.command("export")
def export(
    case: CaseId,
    where: Annotated[Path, typer.Argument(metavar="WHERE", help=_WHERE_HELP)],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write one case for a court, with proof that nothing was changed and a script that checks it. 导出供司法核验。"""
    with services(as_json=as_json) as found:
        plans_from(found.engine)
        case_id = case_named(found, case, as_json=as_json)
        try:
            done = export_case(found.engine, heads_of(found), case_id, where, operator())
        except LookupError:
            no_case(case_id, as_json=as_json)
        except FileExistsError:
            zh, en = f"{where} 已存在", f"{where} is there already"
            remedy = {"remedy_zh": "请另选新的文件夹或 .zip 文件", "remedy_en": "name a new folder or .zip file"}
            fail(BAD_INPUT, {"code": "file_exists", "zh": zh, "en": en, **remedy}, as_json=as_json)
        except OSError as error:
            reason = error.strerror or str(error)
            zh, en = f"无法写入 {where}：{reason}", f"cannot write {where}: {reason}"
            fail(BAD_INPUT, {"code": "file_unwritable", "zh": zh, "en": en}, as_json=as_json)
    if as_json:
        print_json(plain(done))
        return
    signed_at = say_instant(done.signed_at)
    told = (
        say(f"已导出 {case_id}，共 {done.lines} 行，至 {where}", f"{case_id}, {done.lines} lines, written to {where}"),
        say(f"签名时间：{signed_at}　公钥：{done.public_key}", f"signed at {signed_at} by key {done.public_key}"),
        say(
            "核验：python3 verify_case.py；公钥请另行告知",
            "to check: python3 verify_case.py; hand the key over by another way",
        ),
    )
    for line in told:
        out().print(line, markup=False, soft_wrap=True)


@app.command("list")
def list_all(
    kind: Annotated[str | None, typer.Option(help="What was done. 事项，如登录、导出、未予受理。")] = None,
    person: Annotated[str | None, typer.Option(help="Id of a person, account or token. 人员、账号或令牌编号。")] = None,
    case: Annotated[str | None, typer.Option(help="About this case. 案件。")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From this day or instant on. 起始时间。")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before this day or instant. 截止时间（不含）。")] = None,
    after: Annotated[int | None, typer.Option(min=1, help="Continue after this line. 从该行之后继续。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What was done beside the cases, newest first: refusals, sign-ins, permissions, exports, keys. 审计日志。"""
    facts = {"kind": meant("--kind", kind, AUDIT_KINDS, as_json=as_json), "person": person}
    facts |= {"since": _instant("--from", since, as_json=as_json), "until": _instant("--to", until, as_json=as_json)}
    with services(as_json=as_json) as found:
        about = case_named(found, case, as_json=as_json) if case is not None else None
        which = AuditFilter.model_validate({**facts, "case_id": about})
        lines = audit_page(found.engine, which, limit + 1, after)
    lines, more = lines[:limit], lines[limit:]
    following = lines[-1].seq if more else None
    if as_json:
        print_json({"lines": [_document(line) for line in lines], "next": following})
        return
    headers = (
        *(("#", "#"), ("时间", "at"), ("事项", "kind"), ("经办", "by"), ("关于", "about")),
        *(("结果", "outcome"), ("说明", "facts")),
    )
    table(say("审计日志", "Audit log"), [say(*h) for h in headers], map(_row, lines), whole=(0, 1))
    if following:
        out().print(say(f"继续：--after {following}", f"more: --after {following}"), markup=False)


def _show(checked: RecordChecked) -> None:
    for d in checked.differences:
        where = f"{d.case_id}: " if d.case_id else ""
        err().print(f"✗ {where}{say(d.zh, d.what)}\n  → {say(d.remedy_zh, d.remedy_en)}", markup=False, soft_wrap=True)
    zh = f"核对 {checked.cases} 个案件 {checked.lines} 行、行动日志 {checked.campaign_lines} 行、"
    zh += f"审计日志 {checked.audit_lines} 行"
    en = f"{checked.cases} cases with {checked.lines} lines, {checked.campaign_lines} lines of the campaigns and "
    en += f"{checked.audit_lines} of the audit log checked"
    if checked.before_chaining:
        zh += f"（另有建链之前的行动日志 {checked.before_chaining} 行，由首行锁定）"
        en += f" (and {checked.before_chaining} of campaigns from before chaining, held by the first chained line)"
    if checked.claims:
        zh += f"、签名声明 {checked.claims.claimed} 条"
        en += f", and {checked.claims.claimed} signed claims"
    if checked.register_changes:
        zh += f"、登记簿变更 {checked.register_changes} 次"
        en += f", {checked.register_changes} changes of the register"
    for one in checked.erased:
        at = say_instant(one.erased_at)
        told = say(f"{one.case_id} 的案卷已于 {at} 到期销毁", f"{one.case_id}: erased after its retention, {at}")
        out().print(f"· {told}", markup=False, soft_wrap=True)
    if checked.signed_at:
        zh += f"，对照 {checked.heads} 份签名链首（最新 {say_instant(checked.signed_at)}）"
        en += f" against {checked.heads} signed heads (newest of {say_instant(checked.signed_at)})"
        if checked.time_stamps:
            zh += f"，时间戳 {checked.time_stamps} 个"
            en += f", {checked.time_stamps} time stamps"
    else:
        zh, en = f"{zh}；尚无签名链首", f"{en}; no heads were signed yet"
    wrong = len(checked.differences)
    out().print(say(f"{zh}：{wrong} 处不一致", f"{en}: {wrong} difference(s)"), markup=False, soft_wrap=True)


def _instant(option: str, given: str | None, *, as_json: bool) -> datetime | None:
    try:
        return None if given is None else _INSTANT.validate_python(given)
    except ValidationError:
        zh, en = f"{option}：写法如 2027-06-30 或 2027-06-30T09:00", f"{option}: as 2027-06-30 or 2027-06-30T09:00"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)


def _document(line: LoggedAudit) -> dict[str, object]:
    return plain(line) | {"zh": AUDIT_KINDS[line.kind][0], "en": AUDIT_KINDS[line.kind][1]}


def _row(line: LoggedAudit) -> tuple[object, ...]:
    office = "@".join(part for part in (line.by.role, line.by.territory) if part)
    by = " ".join(part for part in (line.by.id or line.by.name, office) if part)
    about = " ".join(part for part in (line.case_id, line.about_person, line.file) if part)
    facts = " ".join(f"{name}={value}" for name, value in line.facts.items())
    outcome = say(*AUDIT_OUTCOMES[line.outcome])
    return (line.seq, say_instant(line.at), say(*AUDIT_KINDS[line.kind]), by, about or None, outcome, facts)
