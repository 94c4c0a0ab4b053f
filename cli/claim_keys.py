"""`rectify keys claims`: the keys that sign who asks for a command, and how one is replaced."""

from typing import Annotated, NoReturn

import typer

from cli.filters import meant
from cli.output import REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.services import services
from engine.claim_keys import (
    ClaimKeyInUse,
    NoSuchClaimKey,
    add_claim_key,
    claim_key_statuses,
    retire_claim_key,
    use_claim_key,
)
from models.claims import Purpose

app = typer.Typer(help="Keys that sign who asks for a command. 命令签名密钥。", no_args_is_help=True)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id. 密钥编号。")]
_LISTING = "rectify keys claims status"
_PURPOSES: dict[str, tuple[str, str]] = {"door": ("受理", "door"), "work": ("批量办理", "work")}
_COLUMNS = (
    *(("编号", "id"), ("用途", "purpose"), ("现用", "current"), ("本机持有", "held here")),
    *(("生成时间", "made"), ("停用时间", "retired")),
)


@app.command("status")
def status(as_json: AsJson = False, lang: Lang = None) -> None:
    """Each key: what for, current, held here, since when, until when. 密钥概况。"""
    with services(as_json=as_json) as found:
        keys = claim_key_statuses(found.engine, found.home)
    if as_json:
        print_json({"keys": [key.model_dump() for key in keys]})
        return
    table(
        say("命令签名密钥", "Keys that sign commands"),
        [say(*words) for words in _COLUMNS],
        (
            (
                *(k.key_id, say(*_PURPOSES[k.purpose]), "✓" if k.current else "", "✓" if k.in_home else ""),
                *(k.made_at, k.retired_at),
            )
            for k in keys
        ),
        whole=(0,),
    )


@app.command("add")
def add(
    purpose: Annotated[str, typer.Option(help="door or work: of doors or of workers. 用途：受理或批量办理。")] = "door",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a new key beside the others; it signs nothing yet. 新增密钥（尚不启用）。"""
    wanted: Purpose = "work" if meant("--purpose", purpose, _PURPOSES, as_json=as_json) == "work" else "door"
    with services(as_json=as_json) as found:
        key_id = add_claim_key(found.owner, found.home, wanted)
    if as_json:
        print_json({"key_id": key_id})
        return
    use = f"rectify keys claims use {key_id}"
    zh = f"已新增密钥 {key_id}；分发 claims 目录到各台机器后，运行 {use}"
    out().print(
        say(zh, f"key {key_id} was added; bring the folder claims to every machine, then run {use}"), markup=False
    )


@app.command("use")
def use(key_id: KeyId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Sign with this key from now on; what the others signed still holds. 启用密钥。"""
    with services(as_json=as_json) as found:
        try:
            use_claim_key(found.home, key_id)
        except NoSuchClaimKey:
            no_such_key(key_id, "unknown_claim_key", _LISTING, as_json=as_json)
    say_current(key_id, as_json=as_json)


@app.command("retire")
def retire(key_id: KeyId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Take nothing more that this key signs, at once. 停用密钥，立即生效。"""
    with services(as_json=as_json) as found:
        try:
            retire_claim_key(found.owner, found.home, key_id)
        except NoSuchClaimKey:
            no_such_key(key_id, "unknown_claim_key", _LISTING, as_json=as_json)
        except ClaimKeyInUse:
            problem = {
                "code": "claim_key_in_use",
                "zh": f"密钥 {key_id} 正在使用",
                "en": f"key {key_id} is the one that signs",
                "remedy_zh": "先运行 rectify keys claims add，再以 rectify keys claims use 启用新密钥",
                "remedy_en": "run rectify keys claims add, then rectify keys claims use with the new one",
            }
            fail(REFUSED, problem, as_json=as_json)
    if as_json:
        print_json({"retired": key_id})
        return
    zh = f"已停用密钥 {key_id}；用它签署的批量任务，请以 rectify job retry 重新签署"
    en = f"key {key_id} was retired; rectify job retry signs anew the order of a job that it had signed"
    out().print(say(zh, en), markup=False)


def say_current(key_id: str, *, as_json: bool) -> None:
    """The key is current from now on, payload or claim."""
    if as_json:
        print_json({"current": key_id})
    else:
        out().print(say(f"已启用密钥 {key_id}", f"key {key_id} is current"), markup=False)


def no_such_key(key_id: str, code: str, listing: str, *, as_json: bool) -> NoReturn:
    """Exit 1 for an id that no key has; `listing`: the command that names them all."""
    problem = {
        "code": code,
        "zh": f"没有密钥 {key_id}",
        "en": f"there is no key {key_id}",
        "remedy_zh": f"{listing} 列出全部",
        "remedy_en": f"{listing} names them all",
    }
    fail(REFUSED, problem, as_json=as_json)
