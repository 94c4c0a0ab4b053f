"""`rectify doctor`: what is missing and how to get it; how each process does, as whom, of which version."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import typer
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import RPCError

from cli.doctor_evidence import evidence_checks
from cli.output import REFUSED, AsJson, Lang, print_json, say, table
from cli.processes import WORKERS
from cli.services import run, stack_settings
from cli.web import refuses_foreign_names
from desk.time_stamps import failure_of, roots_in
from embedded import doctor as examination
from embedded import keeper
from embedded.account import account_name
from embedded.children import Child, Children, uid_of
from embedded.doctor import Check, check
from embedded.endpoints import Endpoints, endpoints_of
from embedded.errors import StackError
from embedded.ports import remembered
from embedded.service_doctor import examine_service
from embedded.service_manager import service_lives
from embedded.settings import StackSettings
from engine.claim_key_troubles import claim_key_troubles_now
from engine.connection import Services
from engine.keys import KeyTrouble
from engine.payload_keys import key_troubles_now
from engine.stuck import StuckCase, stuck_cases
from models.instants import say_instant, show_instant
from store.counts import outbox_dead
from store.installation import IsCopy, installation
from store.worker_beats import SeenBeat, living_workers
from workers.backup import last_backup
from workers.version import code_version

_UP_EN, _UP_ZH = "run rectify up", "运行 rectify up"
_RESTLESS = 3
"""So many starts in a row that did not last: something is wrong that starting does not mend."""


def doctor(as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what is missing and how to get it. 检查运行条件。"""
    settings = stack_settings(as_json=as_json)
    checks = [
        *examination.examine(settings),
        *examine_service(settings),
        *_processes(settings),
        *_elsewhere(settings),
        *_cases(settings),
        *_open(settings),
        *_keys(settings),
        *_dead_letters(settings),
        *_installation(settings),
        *evidence_checks(settings),
        _backup(settings),
        *_time_stamp(settings),
    ]
    if as_json:
        print_json({"ok": all(c.ok for c in checks), "checks": [c.model_dump() for c in checks]})
    else:
        table(
            say("检查", "Examination"),
            ("", say("项目", "what"), say("情况", "how it is"), say("办法", "remedy")),
            (
                (_sign(c), c.name, say(c.sentence_zh, c.sentence_en), say(c.remedy_zh, c.remedy_en) or None)
                for c in checks
            ),
        )
    if not all(c.ok for c in checks):
        raise typer.Exit(REFUSED)


def _sign(looked_at: Check) -> str:
    if not looked_at.ok:
        return "✗"
    return "!" if looked_at.warns else "✓"


def _processes(settings: StackSettings) -> list[Check]:
    children, known = Children(settings.home), keeper.state_of(settings.home)
    checks = [_worker(settings, children, name, queue) for name, queue in WORKERS.items()]
    if service_lives(settings.home):
        en, zh = "the service rectify starts again what dies", "系统服务 rectify 负责重启退出的进程"
        checks.append(check("keeper", True, en, zh, "", ""))
    elif settings.supervise:
        checks.append(_keeper(children))
    living = [child for child in children.all() if child.name != keeper.NAME]
    return [*checks, _accounts(living), _versions(living), _restarts(children, known)]


def _cases(settings: StackSettings) -> list[Check]:
    """Whether every case takes its steps; nothing is said while Temporal does not answer, which is told already."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    found = Services(endpoints)
    try:
        stuck = run(_stuck(found))
    except (RPCError, RuntimeError, ValueError, OSError, StackError):
        return []
    finally:
        found.close()
    named = "; ".join(f"{case.case_id} ({case.why})" for case in stuck)
    remedies = "; ".join(case.remedy for case in stuck)
    en, zh = (
        (f"stuck: {named}", f"无法继续办理的案件：{named}") if stuck else ("no case is stuck", "没有无法继续办理的案件")
    )
    return [check("stuck_cases", not stuck, en, zh, f"run {remedies}", f"运行 {remedies}")]


async def _stuck(found: Services) -> tuple[StuckCase, ...]:
    return await stuck_cases(await found.temporal())


def _worker(settings: StackSettings, children: Children, name: str, queue: str) -> Check:
    pid, log = children.alive(name), children.log_of(name)
    return check(
        f"worker_{queue}",
        pid is not None,
        f"the worker of {queue} runs (pid {pid})" if pid else f"no worker serves {queue}",
        f"{queue} 工作进程在运行（pid {pid}）" if pid else f"没有工作进程服务 {queue}",
        f"{_UP_EN}; see {log}",
        f"{_UP_ZH}；日志见 {log}",
    )


def _time_stamp(settings: StackSettings) -> list[Check]:
    """Whether the authority stamped the newest heads; nothing where none is set."""
    if settings.time_stamp_url is None:
        return []
    if not roots_in(settings.time_stamp_ca):
        en, zh = "RECTIFY_TIME_STAMP_CA names no certificates", "RECTIFY_TIME_STAMP_CA 未指明证书"
        do = (
            "name the PEM file of the authority; heads are not stamped before",
            "写明机构证书的 PEM 文件，否则不加盖时间戳",
        )
        return [_warning("time_stamp", en, zh, *do)]
    failed = failure_of(settings.home)
    en, zh = "the signed heads are stamped", "签名链首已加盖时间戳"
    if failed:
        en, zh = f"no time stamp since {failed.at}: {failed.why}", f"{failed.at} 起未取得时间戳：{failed.why}"
    do = (
        "see whether RECTIFY_TIME_STAMP_URL answers; each signing tries again",
        "检查 RECTIFY_TIME_STAMP_URL 是否应答；每次签名时重试",
    )
    return [_warning("time_stamp", en, zh, *do) if failed else check("time_stamp", True, en, zh, "", "")]


def _open(settings: StackSettings) -> list[Check]:
    """What others on this machine can reach; nothing while the stack is down."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    checks = [_open_temporal(endpoints)]
    port = remembered(settings.home).ui
    if (url := endpoints.ui_url) and port:
        guarded = refuses_foreign_names(port, endpoints.web_listener)
        shown = ("shows only, and answers our own names only", "仅供查阅，只应答本系统的主机名")
        bare = ("is not behind the gate of the web process", "未经网页服务保护")
        en, zh = shown if guarded else bare
        down = ("run rectify down, then rectify up", "先运行 rectify down，再运行 rectify up")
        checks.append(check("open_temporal_ui", guarded, f"{url} {en}", f"{url} {zh}", *down))
    return checks


def _open_temporal(endpoints: Endpoints) -> Check:
    """Whom Temporal lets in; where that is everybody, commands are protected by themselves alone."""
    at, tls = endpoints.temporal_address, endpoints.temporal_tls
    closed = bool((tls and tls.certificate) or endpoints.temporal_api_key_file)
    en = f"every account that reaches {at} may speak to Temporal; commands that are not ours are refused"
    zh = f"能连接 {at} 的账户均可访问 Temporal；非本系统发出的指令一律拒收"
    if closed:
        en = f"Temporal at {at} lets in only who shows a certificate or a token"
        zh = f"访问 {at} 的 Temporal 须出示证书或令牌"
    return check("open_temporal", True, en, zh, "", "").model_copy(update={"warns": not closed})


def _keys(settings: StackSettings) -> list[Check]:
    """Whether every key that cases and commands need is there; nothing while the stack is down."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    found = Services(endpoints)
    payload = key_troubles_now(found.engine, found.keys_file)
    claim = claim_key_troubles_now(found.engine, found.home)
    found.close()
    return [
        _of_keys("payload_keys", payload, "every key that was ever used is there", "用过的载荷密钥齐全"),
        _of_keys("claim_keys", claim, "the keys that sign commands are there", "签署指令的密钥齐全"),
    ]


def _of_keys(name: str, troubles: Sequence[KeyTrouble], well_en: str, well_zh: str) -> Check:
    en = "; ".join(trouble.en for trouble in troubles) or well_en
    zh = "；".join(trouble.zh for trouble in troubles) or well_zh
    remedies = (troubles[0].remedy_en, troubles[0].remedy_zh) if troubles else ("", "")
    return check(name, not troubles, en, zh, *remedies)


def _dead_letters(settings: StackSettings) -> list[Check]:
    """Whether every notice was delivered; nothing is said while the database does not answer, which is told already."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    found = Services(endpoints)
    try:
        dead = outbox_dead(found.engine)
    except SQLAlchemyError:
        return []
    finally:
        found.close()
    en = f"{dead} notices could not be delivered" if dead else "no notice is undeliverable"
    zh = f"{dead} 条通知未能送达" if dead else "没有未能送达的通知"
    look = "rectify inbox dead"
    do_en, do_zh = f"{look} names them; {look} --retry tries them anew", f"{look} 查看；{look} --retry 重新投递"
    return [check("dead_letters", not dead, en, zh, do_en, do_zh)]


def _installation(settings: StackSettings) -> list[Check]:
    """Whether this is the live one or a copy; nothing is said while the database does not answer."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    found = Services(endpoints)
    try:
        known = installation(found.engine)
    except SQLAlchemyError:
        return []
    finally:
        found.close()
    since = say_instant(known.at)
    if known.state == "copy":
        told = IsCopy.problem
        return [_warning("installation", told["en"], told["zh"], told["remedy_en"], told["remedy_zh"])]
    en, zh = f"{known.installation_id}, live since {since}", f"{known.installation_id}，{since} 起为正式系统"
    return [check("installation", True, f"{en} ({known.by})", f"{zh}（{known.by}）", "", "")]


def _backup(settings: StackSettings) -> Check:
    """When the last backup was made here; a warning where that is longer ago than RECTIFY_BACKUP_EVERY hours."""
    last, make = last_backup(settings.home), "rectify db backup"
    do_en, do_zh = f"{make} FOLDER makes one; see keys-and-backups", f"运行 {make} 目录；参见“密钥、令牌与备份”"
    if last is None:
        en, zh = "no backup was made here", "尚未备份"
        return (
            _warning("backup", en, zh, do_en, do_zh) if settings.backup_every else check("backup", True, en, zh, "", "")
        )
    en, zh = f"last made {say_instant(last.at)}: {last.where}", f"最近备份 {say_instant(last.at)}：{last.where}"
    if settings.backup_every and datetime.now(UTC) - last.at > timedelta(hours=settings.backup_every):
        hours = settings.backup_every
        en, zh = f"{en}, more than {hours} hours ago", f"{zh}，已超过 {hours} 小时"
        return _warning("backup", en, zh, do_en, do_zh)
    return check("backup", True, en, zh, "", "")


def _warning(name: str, en: str, zh: str, do_en: str, do_zh: str) -> Check:
    return Check(name=name, ok=True, warns=True, sentence_en=en, sentence_zh=zh, remedy_en=do_en, remedy_zh=do_zh)


def _keeper(children: Children) -> Check:
    pid = children.alive(keeper.NAME)
    return check(
        "keeper",
        pid is not None,
        f"the keeper starts again what dies (pid {pid})" if pid else "nothing that dies is started again: no keeper",
        f"守护进程在运行，进程退出后自动重启（pid {pid}）" if pid else "守护进程未运行，进程退出后不会自动重启",
        _UP_EN,
        _UP_ZH,
    )


def _accounts(living: list[Child]) -> Check:
    """Whom each process runs as; root is nobody's wish."""
    uids = {child.name: uid for child in living if (uid := uid_of(child.pid)) is not None}
    as_root = [name for name, uid in uids.items() if uid == 0]
    names = ", ".join(sorted({account_name(uid) for uid in uids.values()}))
    interpreter = "make PYTHON=/usr/bin/python3 setup"
    return check(
        "account",
        not as_root,
        f"run as root: {', '.join(as_root)}" if as_root else f"everything runs as {names}" if uids else "nothing runs",
        f"以 root 身份运行：{'、'.join(as_root)}"
        if as_root
        else f"全部进程以账户 {names} 运行"
        if uids
        else "没有进程在运行",
        f"the account cannot read {sys.prefix}: install into a folder that it can read, with an interpreter that it"
        f" can read ({interpreter}), then {_UP_EN}",
        f"服务账户无法读取 {sys.prefix}：请在该账户可读的目录中以其可读的解释器安装（{interpreter}），再{_UP_ZH}",
    )


def _versions(living: list[Child]) -> Check:
    """Whether what runs of our own code is this code."""
    ours, now = [child for child in living if child.name in WORKERS or child.name == "web"], code_version()
    old = [f"{child.name} ({child.version or '?'})" for child in ours if child.version != now]
    return check(
        "version",
        not old,
        f"this is {now}; another version runs: {', '.join(old)}" if old else f"version {now}",
        f"当前版本为 {now}，运行中的其他版本：{'、'.join(old)}" if old else f"版本 {now}",
        f"{_UP_EN}: it restarts them",
        f"{_UP_ZH}，将自动重启",
    )


def _elsewhere(settings: StackSettings) -> list[Check]:
    """What the workers of all machines run; nothing is said while the database does not answer."""
    endpoints = endpoints_of(settings)
    if endpoints is None:
        return []
    found = Services(endpoints)
    try:
        return [workers_versions(living_workers(found.engine))]
    except SQLAlchemyError:
        return []
    finally:
        found.close()


def workers_versions(workers: Sequence[SeenBeat]) -> Check:
    """A warning while workers of several versions share the cases, as they do during an upgrade, and then no more."""
    now = code_version()
    others = [f"{one.queue} on {one.host} ({one.version})" for one in workers if one.version != now]
    if not others:
        return check("worker_versions", True, f"all workers run {now}", f"各工作进程均为版本 {now}", "", "")
    en, zh = f"workers of another version: {', '.join(others)}", f"其他版本的工作进程：{'、'.join(others)}"
    do_en = "bring them to this version too; cases that this one has touched may stop with an older one"
    do_zh = "将其升级到本版本；本版本办理过的案件，较旧的版本可能无法继续办理"
    return _warning("worker_versions", en, zh, do_en, do_zh)


def _restarts(children: Children, known: keeper.KeeperState) -> Check:
    """Who died since the stack was started, how often, and when the next try is."""
    now = datetime.now(UTC)
    en, zh, restless = list[str](), list[str](), list[str]()
    for name, told in sorted(known.children.items()):
        if not told.deaths:
            continue
        last = show_instant(told.last_at)
        times = f"{told.deaths} times" if told.deaths > 1 else "once"
        line_en, line_zh = f"{name} died {times}, last {last}", f"{name} 退出 {told.deaths} 次，最近 {last}"
        if children.alive(name) is None:
            wait = max(0, round((told.next_at - now).total_seconds())) if told.next_at else 0
            line_en, line_zh = f"{line_en}, next try in {wait} s", f"{line_zh}，{wait} 秒后重试"
            if told.tries >= _RESTLESS:
                restless.append(str(children.log_of(name)))
        en.append(line_en)
        zh.append(line_zh)
    return check(
        "restarts",
        not restless,
        "; ".join(en) or "nothing has died",
        "；".join(zh) or "没有进程意外退出",
        f"read {', '.join(restless)}",
        f"请查看 {'、'.join(restless)}",
    )
