"""`rectify db`: the schema, backups, putting one back, and saying that a copy is the live installation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import RPCError

from cli.filters import By, actor_meant, actor_written
from cli.output import BAD_INPUT, REFUSED, UNREACHABLE, AsJson, Lang, err, fail, out, print_json, say, table
from cli.services import run, services, stack_problem, stack_settings, voice_of
from desk.installation import declare_live
from embedded.backup_errors import BackupRefused
from embedded.backup_key import secret_in
from embedded.backup_manifest import Manifest, backups_in, check_backup, read_manifest, the_backup_at
from embedded.errors import StackError
from embedded.settings import StackSettings
from engine.claim_keys import keep_claim_keys
from engine.connection import Services
from engine.operator import operator
from models.audit import AuditLine
from models.instants import say_instant
from models.refusals import Refused
from rules.retention import EXPIRES
from rules.words.audited import EXPIRED
from store.audit import note
from store.campaigns import campaigns
from store.differences import Difference
from store.installation import is_copy
from store.migrate import migrate, revision_of
from store.retention import delete_expired
from store.sealed_fields import seal_older
from workers.backup import make_backup, remove_older
from workers.evidence_kept import EvidenceChecked, check_evidence
from workers.restore import key_for, restore_backup

app = typer.Typer(help="The database, backups. 数据库与备份。", no_args_is_help=True)
KeyFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="The key that seals backups, - for standard input; RECTIFY_BACKUP_KEY if left out. 备份密钥文件。",
    ),
]
_BAD_INPUT = {"backup_key_unreadable", "backup_key_weak", "backup_key_needed"}


@app.callback()
def database() -> None:
    """The database, backups. 数据库与备份。"""


@app.command("migrate")
def migrate_database(as_json: AsJson = False, lang: Lang = None) -> None:
    """Bring the database to the newest schema. 升级数据库结构。"""
    with services(as_json=as_json) as found:
        migrate(found.owner)
        keep_claim_keys(found.owner, found.home)
        can_seal = found.keys_file.exists() and not is_copy(found.engine)
        sealed = seal_older(found.owner, found.sealing) if can_seal else 0
        stands = revision_of(found.owner)
    if as_json:
        print_json({"revision": stands, "sealed": sealed})
    else:
        out().print(say(f"数据库结构为 {stands}", f"the database stands at {stands}"))


@app.command("expire")
def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and delete nothing. 只统计，不删除。")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Delete what is past its time, as each night at 03:30. 清理到期数据。"""
    with services(as_json=as_json) as found:
        days = {what: kept.days for what, kept in EXPIRES.items()}
        gone = delete_expired(found.engine, days, datetime.now(UTC), operator(), found.files, dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "deleted": gone})
        return
    headers = (("内容", "what"), ("保存天数", "days"), ("条数", "rows"))
    rows = ((say(*EXPIRED[what]), EXPIRES[what].days, count) for what, count in gone.items())
    table(say("到期数据", "Past its time"), [say(*h) for h in headers], rows)


@app.command("backup")
def backup(
    where: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder of backups, or a new name. 备份目录，或新的名称。")
    ],
    key_file: KeyFile = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="Unsealed, without keys.json and heads.key: whoever has it reads the record, and running cases need "
            "the keys from elsewhere. 不加密且不含密钥：得到备份的人可读全部记录，恢复在办案件须另备密钥。",
        ),
    ] = False,
    with_evidence: Annotated[
        bool,
        typer.Option(
            "--with-evidence",
            help="Copy photos and papers from their bucket too; else they are listed. 同时复制存储桶中的证据文件。",
        ),
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Afterwards remove all but the newest so many there. 只保留最新的几份。"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Save the record, Temporal's state and the keys at one moment, while work goes on; sealed, signed. 备份。"""
    settings = stack_settings(as_json=as_json)
    secret = None if plain else _secret(settings, key_file, as_json=as_json)
    with services(as_json=as_json) as found:
        try:
            version = run(_temporal_version(found)) if settings.embeds_temporal else None
            made = make_backup(
                *(found, settings, where.absolute(), secret, version, voice_of(settings)),
                plain=plain,
                with_evidence=with_evidence,
            )
            facts = {"what": "backup", "sealed": not plain}
            note(found.engine, AuditLine(kind="exported", by=operator(), file=made.where.name, facts=facts))
            removed = remove_older(made, keep) if keep else []
        except StackError as error:
            _refuse(error, as_json=as_json)
    if as_json:
        told = [d.model_dump() for d in made.differences]
        print_json(
            {
                "backup": str(made.where),
                **_document(made.manifest),
                "differences": told,
                "removed": [str(r) for r in removed],
            }
        )
        return
    _list(made.differences)
    size = f"{made.manifest.size / 1e6:.1f} MB"
    out().print(
        say(f"已备份到 {made.where}（{size}）", f"saved to {made.where} ({size})"), markup=False, soft_wrap=True
    )
    if removed:
        number = len(removed)
        out().print(say(f"已删除较早的备份 {number} 份", f"older backups removed: {number}"))
    if plain:
        zh = "此备份未加密，且不含密钥：请妥善保管，并另行备份主目录中的 keys.json 和 heads.key"
        en = "it is not sealed and has no keys: guard it, and save keys.json and heads.key of the home elsewhere"
        err().print(say(zh, en), markup=False, soft_wrap=True)


@app.command("list")
def list_backups(
    where: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of backups. 备份目录。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """The backups in a folder: when, of which installation, how large. 列出备份。"""
    rows: list[tuple[Path, Manifest | StackError]] = []
    for one in backups_in(where):
        try:
            rows.append((one, read_manifest(one)))
        except StackError as error:
            rows.append((one, error))
    if as_json:
        print_json({"backups": [{"backup": str(one), **_document(found)} for one, found in rows]})
        return
    table(
        say("备份", "Backups"),
        [say(*h) for h in _HEADERS],
        (_row(one, found) for one, found in rows),
        whole=(1,),
    )


@app.command("check")
def check(
    where: Annotated[Path, typer.Argument(metavar="BACKUP", help="A backup. 备份。")],
    key_file: KeyFile = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check signature and every file of a backup; with the key, who sealed it, and what its bucket holds. 校验备份。"""
    settings = stack_settings(as_json=as_json)
    try:
        folder = the_backup_at(where)
        secret = secret_in(name) if (name := key_file or _named_key(settings)) else None
        key = key_for(folder, secret) if secret else None
        manifest = check_backup(folder, key)
        evidence = check_evidence(settings, folder, manifest, key)
    except StackError as error:
        _refuse(error, as_json=as_json)
    if as_json:
        told = {"key_checked": secret is not None, "evidence_checked": evidence.checked}
        lacking = [one._asdict() for one in evidence.lacking]
        print_json({"backup": str(folder), **_document(manifest), **told, "lacking": lacking})
    else:
        _tell_checked(manifest, evidence, key_given=secret is not None)
    if evidence.lacking:
        raise typer.Exit(REFUSED)


def _tell_checked(manifest: Manifest, evidence: EvidenceChecked, *, key_given: bool) -> None:
    for one in evidence.lacking:
        zh, en = ("大小不符", "has another size") if one.is_there else ("缺失", "is missing")
        err().print(f"✗ {one.key}: {say(zh, en)}", markup=False, soft_wrap=True)
    signer = manifest.signer[:16]
    at = say_instant(manifest.made_at)
    zh, en = f"备份完好：{at}，签名密钥 {signer}…", f"the backup is whole: {at}, signed by {signer}…"
    if not key_given and manifest.sealed:
        zh, en = f"{zh}；未给出密钥，未验证由谁加密", f"{en}; no key was given, so not who sealed it"
    if manifest.evidence and evidence.checked is None:
        place = manifest.evidence
        zh, en = f"{zh}；未核对 {place} 中的照片和材料", f"{en}; photos and papers in {place} were not looked for"
    elif manifest.evidence:
        lacking = len(evidence.lacking)
        zh = f"{zh}；{manifest.evidence} 中核对 {evidence.checked} 个文件，{lacking} 个缺失或不符"
        en = f"{en}; of {evidence.checked} files in {manifest.evidence}, {lacking} are missing or changed"
    out().print(say(zh, en), markup=False, soft_wrap=True)


@app.command("restore")
def restore(
    where: Annotated[Path, typer.Argument(metavar="BACKUP", help="A backup. 备份。")],
    key_file: KeyFile = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Move an installation that is there aside. 将原有系统移到一旁。"),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Put a backup into an empty home, as a copy: checked, verified, and not yet live. 恢复备份（副本）。"""
    settings = stack_settings(as_json=as_json)
    try:
        folder = the_backup_at(where)
        secret = _secret(settings, key_file, as_json=as_json) if read_manifest(folder).sealed else None
        done = restore_backup(settings, folder, secret, voice_of(settings), replace=replace)
    except StackError as error:
        _refuse(error, as_json=as_json)
    if as_json:
        shown = json.loads(done.model_dump_json(include={"checked", "differences", "lost", "aside"}))
        print_json({"home": str(settings.home), **_document(done.manifest), **shown, "copy": True})
    else:
        _list((*done.differences, *done.lost))
        wrong, at = len(done.differences), say_instant(done.manifest.made_at)
        zh = f"已将 {at} 的备份恢复到 {settings.home}：核对 {done.checked} 个案件，{wrong} 处不一致"
        en = f"the backup of {at} is restored into {settings.home}: {done.checked} cases checked, {wrong} difference(s)"
        lines = [(zh, en)]
        if done.aside:
            lines.append((f"原有内容移至 {done.aside}", f"what was there is in {done.aside}"))
        if not done.manifest.keys:
            keys = settings.home / "keys.json"
            lines.append(
                (f"备份不含密钥：请先将 keys.json 放到 {keys}", f"it has no keys: put keys.json at {keys} first")
            )
        zh = "现为副本，只供查阅。运行 rectify up 启动；确认原系统不再运行后，运行 rectify db live --by 经办人"
        en = "it is a copy, to be read only. rectify up starts it; rectify db live --by ACTOR makes it the live one"
        for line in (*lines, (zh, en)):
            out().print(say(*line), markup=False, soft_wrap=True)
    if done.differences:
        raise typer.Exit(REFUSED)


@app.command("live")
def live(
    by: By,
    note: Annotated[str, typer.Option(help="Why; it is noted. 说明，记入记录。")] = "",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Declare that this copy is the live installation, and no other runs: clocks and notices go on. 确认为正式系统。"""
    typed = actor_written(by, as_json=as_json)
    settings = stack_settings(as_json=as_json)
    with services(as_json=as_json) as found:
        who = actor_meant(typed, [one.plan for one in campaigns(found.engine)], as_json=as_json)
        answer = declare_live(found, settings, who, note)
    if isinstance(answer, Refused):
        fail(REFUSED, answer.model_dump(), as_json=as_json)
    known = answer.installation
    if as_json:
        lost = [d.model_dump() for d in answer.lost]
        print_json({**json.loads(known.model_dump_json()), "new": answer.new, "lost": lost})
        return
    _list(answer.lost)
    at = say_instant(known.at)
    zh, en = f"自 {at} 起为正式系统（{known.by}）", f"the live installation since {at} ({known.by})"
    out().print(say(zh, en), markup=False, soft_wrap=True)
    if answer.new:
        zh = "数秒内恢复计时和发送通知。请运行 rectify readmodel verify 核对在办案件，并重新签发接口令牌"
        en = "clocks and notices go on within seconds. Compare the running cases (rectify readmodel verify), and issue "
        out().print(say(zh, f"{en}the tokens of the API anew"), markup=False, soft_wrap=True)


_HEADERS = (("时间", "made"), ("备份", "backup"), ("系统", "installation"), ("大小", "size"), ("加密", "sealed"))


def _row(where: Path, found: Manifest | StackError) -> tuple[str | None, ...]:
    if isinstance(found, StackError):
        return None, where.name, say(found.sentence_zh, found.sentence_en), None, None
    size = f"{found.size / 1e6:.1f} MB"
    kind = say("（副本）", " (copy)") if found.state == "copy" else ""
    return say_instant(found.made_at), where.name, found.installation_id + kind, size, "✓" if found.sealed else "✗"


def _document(found: Manifest | StackError) -> dict[str, Any]:
    """The manifest without how its key is stretched; of one that cannot be read, why not."""
    if isinstance(found, StackError):
        return {"error": stack_problem(found)}
    shown = json.loads(found.model_dump_json(exclude={"sealed", "demonstration"}))
    return {**shown, "sealed": found.sealed is not None, "size": found.size}


def _named_key(settings: StackSettings) -> str | None:
    return str(settings.backup_key) if settings.backup_key else None


def _secret(settings: StackSettings, key_file: str | None, *, as_json: bool) -> bytes | None:
    """What seals; None where nothing names it, which is refused further on."""
    name = key_file or _named_key(settings)
    try:
        return secret_in(name) if name else None
    except StackError as error:
        _refuse(error, as_json=as_json)


def _refuse(error: StackError, *, as_json: bool) -> NoReturn:
    """Exit 2 for a key that cannot be had, 1 for a refusal, 3 where a service or the machine did not do its part."""
    code = BAD_INPUT if error.code in _BAD_INPUT else REFUSED if isinstance(error, BackupRefused) else UNREACHABLE
    fail(code, stack_problem(error), as_json=as_json)


def _list(differences: tuple[Difference, ...]) -> None:
    for d in differences:
        err().print(f"✗ {d.case_id}: {say(d.zh, d.what)}", markup=False, soft_wrap=True)


async def _temporal_version(found: Services) -> str | None:
    """Of the server that runs; None while it does not answer, without which a backup is made all the same."""
    try:
        client = await found.temporal()
        return (await client.workflow_service.get_system_info(GetSystemInfoRequest())).server_version
    except (RPCError, RuntimeError):
        return None
