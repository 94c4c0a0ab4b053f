"""`rectify keys`: the keys with which Temporal's payloads are sealed, and how one is replaced."""

import typer

from cli.claim_keys import KeyId, no_such_key, say_current
from cli.claim_keys import app as claim_keys
from cli.output import REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.services import run, services
from engine.connection import Services
from engine.key_rotation import KeyInUse, KeyStatus, NoSuchKey, add_key, key_statuses, retire_unused_key, use_key
from engine.payload_keys import key_troubles_now

app = typer.Typer(help="Payload keys, and those that sign commands. 载荷密钥与签名密钥。", no_args_is_help=True)
app.add_typer(claim_keys, name="claims")
_COLUMNS = (
    *(("编号", "id"), ("现用", "current"), ("keys.json", "keys.json"), ("首次使用", "first used")),
    *(("停用时间", "superseded"), ("撤除时间", "retired")),
)


@app.command("status")
def status(as_json: AsJson = False, lang: Lang = None) -> None:
    """Each key: current, in keys.json, since when, until when; and what is wrong. 密钥概况。"""
    with services(as_json=as_json) as found:
        keys = key_statuses(found.engine, found.keys_file)
        troubles = key_troubles_now(found.engine, found.keys_file)
    if as_json:
        print_json({"keys": [key.model_dump() for key in keys], "troubles": [t.problem for t in troubles]})
    else:
        table(
            say("载荷密钥", "Payload keys"),
            [say(*words) for words in _COLUMNS],
            (_row(key) for key in keys),
            whole=(0,),
        )
        for trouble in troubles:
            out().print(f"✗ {say(trouble.zh, trouble.en)}", markup=False)
    if troubles:
        raise typer.Exit(REFUSED)


@app.command("add")
def add(as_json: AsJson = False, lang: Lang = None) -> None:
    """Make a new key beside the others; it seals nothing yet. 新增密钥（尚不启用）。"""
    with services(as_json=as_json) as found:
        key_id = add_key(found.engine, found.keys_file)
    if as_json:
        print_json({"key_id": key_id})
    else:
        zh = f"已新增密钥 {key_id}；分发 keys.json 到各台机器后，运行 rectify keys use {key_id}"
        en = f"key {key_id} was added; bring keys.json to every machine, then run rectify keys use {key_id}"
        out().print(say(zh, en), markup=False)


@app.command("use")
def use(key_id: KeyId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Seal with this key from now on; the others still open what they sealed. 启用密钥。"""
    with services(as_json=as_json) as found:
        try:
            use_key(found.engine, found.keys_file, key_id)
        except NoSuchKey:
            no_such_key(key_id, "unknown_payload_key", "rectify keys status", as_json=as_json)
    say_current(key_id, as_json=as_json)


@app.command("retire")
def retire(key_id: KeyId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Take a key away that nothing running needs any more. 撤除不再使用的密钥。"""
    with services(as_json=as_json) as found:
        try:
            run(_retire(found, key_id))
        except NoSuchKey:
            no_such_key(key_id, "unknown_payload_key", "rectify keys status", as_json=as_json)
        except KeyInUse as error:
            number = error.workflows
            zh, en = f"密钥 {key_id} 仍在使用", f"key {key_id} is still in use"
            if number == 0:
                zh, en = f"{zh}：停用未满 5 分钟", f"{en}: it was superseded less than 5 minutes ago"
            elif number:
                zh, en = f"{zh}：{number} 个在办流程可能用它加密", f"{en}: {number} running workflow(s) may need it"
            problem = {
                "code": "payload_key_in_use",
                "zh": zh,
                "en": en,
                "remedy_zh": "先启用其他密钥，待此前开始的流程全部结束后再撤除",
                "remedy_en": "use another key first, and wait until every workflow has ended that began before",
            }
            fail(REFUSED, problem, as_json=as_json)
    if as_json:
        print_json({"retired": key_id})
    else:
        out().print(say(f"已撤除密钥 {key_id}", f"key {key_id} was retired"), markup=False)


def _row(key: KeyStatus) -> tuple[str | None, ...]:
    marks = ("✓" if key.current else "", "✓" if key.in_file else "✗")
    return (key.key_id, *marks, key.first_seen_at, key.superseded_at, key.retired_at)


async def _retire(found: Services, key_id: str) -> None:
    await retire_unused_key(await found.temporal(), found.owner, found.keys_file, key_id)
