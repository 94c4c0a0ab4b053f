"""`rectify evidence`: bringing photos and papers of cases from the folder to a bucket, or back."""

from typing import Annotated

import typer

from cli.output import BAD_INPUT, REFUSED, AsJson, Lang, err, fail, out, print_json, say
from cli.services import services, stack_settings
from embedded.account import account_of
from embedded.evidence_place import EvidencePlace, is_address
from embedded.settings import StackSettings
from embedded.staged_server import give_tree
from engine.connection import files_in
from engine.operator import operator
from models.audit import AuditLine
from store.audit import note
from store.files import FOLDER
from store.files_move import move_files
from store.installation import IsCopy, installation

app = typer.Typer(help="Photos and papers of cases. 证据文件。", no_args_is_help=True)
_FOLDER = "folder"


@app.callback()
def evidence() -> None:
    """Photos and papers of cases. 证据文件。"""


@app.command("move")
def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help="folder, or s3://bucket/prefix. folder 或存储桶地址。")],
    target: Annotated[str, typer.Argument(metavar="TO", help="folder, or s3://bucket/prefix. folder 或存储桶地址。")],
    remove: Annotated[
        bool,
        typer.Option(
            "--remove",
            help="Remove from FROM what is proven at TO, which this installation is to use already. 核对后从原处删除。",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Copy every file of the cases to TO, checked by hash; called again it goes on. 迁移证据文件。"""
    settings = stack_settings(as_json=as_json)
    places = [_place(settings, written, as_json=as_json) for written in (source, target)]
    if places[0] == places[1]:
        zh, en = "两处相同", "both places are the same"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    with services(as_json=as_json) as found:
        known = installation(found.engine)
        if known.state == "copy":
            raise IsCopy
        if remove and places[1] != found.endpoints.evidence:
            fail(REFUSED, _NOT_IN_USE, as_json=as_json)
        here, there = (files_in(found.home, place) for place in places)
        there.claim(known.installation_id, known.at)
        moved = move_files(found.engine, here, there, remove=remove, tell=_told)
        if places[1] is None:  # what root wrote there belongs to the account that the pages run under
            give_tree(found.home / FOLDER, account_of(settings))
        facts = {"what": "evidence", "brought": moved.brought, "removed": moved.removed}
        note(found.engine, AuditLine(kind="exported", by=operator(), file=target, facts=facts))
    if as_json:
        print_json(moved.model_dump())
    else:
        for d in moved.wrong:
            err().print(f"✗ {d.case_id}: {say(d.zh, d.what)}", markup=False, soft_wrap=True)
        zh = f"复制 {moved.brought} 个文件，原已存在 {moved.there} 个，从原处删除 {moved.removed} 个"
        en = f"{moved.brought} files were copied, {moved.there} were there, {moved.removed} were removed from {source}"
        out().print(say(zh, en), markup=False, soft_wrap=True)
    if moved.wrong:
        raise typer.Exit(REFUSED)


_NOT_IN_USE = {
    "code": "evidence_not_in_use",
    "zh": "本系统尚未使用目标位置，未作任何改动",
    "en": "this installation does not keep its files at TO yet; nothing was changed",
    "remedy_zh": "先不带 --remove 复制，设置 RECTIFY_EVIDENCE，再运行 rectify down 和 rectify up，然后带 --remove 重做",
    "remedy_en": "copy without --remove, set RECTIFY_EVIDENCE, run rectify down, then rectify up, and call again",
}


def _place(settings: StackSettings, written: str, *, as_json: bool) -> EvidencePlace | None:
    """The bucket of that address; None for the folder of the home. Exit 2 for anything else."""
    if written == _FOLDER:
        return None
    if is_address(written):
        return settings.bucket_at(written)
    problem = {
        "code": "invalid_option",
        "zh": f"“{written}”既不是 folder，也不是存储桶地址",
        "en": f"{written} is neither folder nor the address of a bucket",
        "remedy_zh": "写 folder 或 s3://存储桶/前缀",
        "remedy_en": "write folder, or s3://bucket/prefix",
    }
    fail(BAD_INPUT, problem, as_json=as_json)


def _told(count: int) -> None:
    err().print(say(f"· 已核对 {count} 个文件", f"· {count} files looked at"), markup=False)
