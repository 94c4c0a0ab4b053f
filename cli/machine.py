"""`rectify machine`: an installation on several machines, with PostgreSQL and Temporal as servers of their own."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli import processes
from cli.files import read_text
from cli.output import BAD_INPUT, REFUSED, UNREACHABLE, AsJson, Lang, fail, out, print_json, say
from cli.services import run, services, stack_problem, stack_settings, tell_progress, voice_of
from embedded.account import write_private
from embedded.errors import StackError
from embedded.machine_errors import no_machine_file
from engine.keys import KeyTrouble
from engine.operator import operator
from models.audit import AuditLine
from store.audit import note
from store.migrate import SchemaTrouble
from workers.machines import Also, MachineFile, folders_to_share, join, pack

app = typer.Typer(help="Several machines: make ready, pack, join. 多台机器：准备、打包、加入。", no_args_is_help=True)


@app.command("prepare")
def prepare(as_json: AsJson = False, lang: Lang = None) -> None:
    """Roles, tables, namespace and keys as `up` makes them, without workers and pages. 只建库建表、生成密钥。"""
    settings = stack_settings(as_json=as_json)
    try:
        endpoints = run(processes.prepare(settings, tell_progress))
    except SchemaTrouble as trouble:
        fail(REFUSED, trouble.problem, as_json=as_json)
    except KeyTrouble as trouble:
        fail(UNREACHABLE, trouble.problem, as_json=as_json)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    if as_json:
        print_json({"home": str(endpoints.home), "temporal": endpoints.temporal_address})
    else:
        zh, en = "已就绪，可用 rectify machine pack 打包", "ready: rectify machine pack writes the file to join by"
        out().print(say(f"{endpoints.home} {zh}", f"{endpoints.home} is {en}"), markup=False, soft_wrap=True)


@app.command("pack")
def pack_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Written anew, mode 0600. 写入的文件，仅本人可读。")],
    with_owner: Annotated[
        bool, typer.Option("--with-owner", help="And the database owner's URL, to migrate with. 含数据库所有者账号。")
    ] = False,
    with_heads: Annotated[
        bool,
        typer.Option(
            "--with-heads",
            help="And the key of the signed heads, for the one machine that serves the queue notices. "
            "含日志签名密钥，仅供运行 notices 队列的那台机器。",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the file by which another machine joins; it holds keys: keep it as a password. 生成加入文件（含密钥）。"""
    settings, also = stack_settings(as_json=as_json), list[Also]()
    if with_owner:
        also.append("owner")
    if with_heads:
        also.append("heads")
    with services(as_json=as_json) as found:
        try:
            packed = pack(found, settings, tuple(also))
            write_private(file.absolute(), packed.model_dump_json(indent=1).encode())
        except StackError as error:
            fail(REFUSED, stack_problem(error), as_json=as_json)
        except OSError as error:
            zh, en = f"无法写入 {file}：{error.strerror}", f"cannot write {file}: {error.strerror}"
            fail(BAD_INPUT, {"code": "file_unwritable", "zh": zh, "en": en}, as_json=as_json)
        facts = {"what": "machine", "also": ", ".join(also)}
        note(found.engine, AuditLine(kind="exported", by=operator(), file=file.name, facts=facts))
    if as_json:
        print_json({"file": str(file), "files": [one.path for one in packed.files], "also": list(packed.also)})
        return
    zh = f"已写入 {file}：含密钥，请按密码保管；在另一台机器上运行 rectify machine join {file.name}"
    en = f"{file} is written: it holds keys, keep it as a password; there, run rectify machine join {file.name}"
    out().print(say(zh, en), markup=False, soft_wrap=True)


@app.command("join")
def join_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As packed on the first machine. 首台机器生成的文件。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make this machine's home a member's; once more to bring newer keys. 本机加入系统；密钥更新后再次运行。"""
    settings = stack_settings(as_json=as_json)
    text = read_text(file, as_json=as_json)
    try:
        member = join(settings, _machine_file(file, text), voice_of(settings))
    except StackError as error:
        fail(REFUSED, stack_problem(error), as_json=as_json)
    alone = [str(folder) for folder in folders_to_share(settings)]
    if as_json:
        print_json({**member.model_dump(mode="json"), "folders_to_share": alone})
        return
    zh, en = (
        "已加入；可运行 rectify web 和 rectify worker 队列",
        "is a member: run rectify web and rectify worker QUEUE",
    )
    out().print(say(f"{settings.home} {zh}", f"{settings.home} {en}"), markup=False, soft_wrap=True)
    if alone:
        zh = f"运行网页的机器不止一台时，须先将下列目录挂载为共享磁盘：{'、'.join(alone)}"
        en = f"where several machines have pages, mount a disk that they share first: {', '.join(alone)}"
        out().print(say(zh, en), markup=False, soft_wrap=True)


def _machine_file(file: Path, text: str) -> MachineFile:
    try:
        return MachineFile.model_validate_json(text)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise no_machine_file(file, f"{where}: {first['msg']}", f"{where} 不正确") from None
