"""Looks at the machine and the stack and says what is missing and how to get it; prints nothing."""

import asyncio
import platform
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pydantic import BaseModel, ConfigDict

from embedded.children import Children
from embedded.databases import Login
from embedded.endpoints import Endpoints, endpoints_of
from embedded.engine import TRIAL_EN, TRIAL_ZH, engine_for, engine_of_home
from embedded.errors import StackError, no_go, temporal_refuses
from embedded.frontends import addresses, split
from embedded.given_certificates import certificates_now, elsewhere
from embedded.go_build import can_build, go_version
from embedded.namespace import reaches
from embedded.ports import answers, is_free, remembered
from embedded.postgres_binary import bundled_folder
from embedded.server_binary import SERVER, SERVER_BUILD, UI_BUILD, UI_SERVER
from embedded.settings import StackSettings
from embedded.stack import status
from embedded.tls_refusal import refusal_of
from embedded.trial import find_cli
from embedded.web_listener import ends_at, listener_of

_OLDEST_PYTHON = (3, 11)
_OLDEST_GLIBC = (2, 35)
_COMFORTABLE_BYTES = 2_000_000_000
_SOON = timedelta(days=60)
_SOON_WEB, _WARNED_WEB = timedelta(days=7), timedelta(days=30)
_UP_EN, _UP_ZH = "Run rectify up.", "请运行 rectify up。"


class Check(BaseModel):
    """One thing looked at; the remedies are empty when all is well."""

    model_config = ConfigDict(frozen=True)

    name: str
    ok: bool
    warns: bool = False
    """Nothing is wrong, and yet somebody should know it."""
    sentence_en: str
    sentence_zh: str
    remedy_en: str = ""
    remedy_zh: str = ""


def examine(settings: StackSettings) -> list[Check]:
    """Check the machine, the binaries, the ports and the services; from async code, call it in a thread."""
    endpoints = endpoints_of(settings)
    checks = [_python(), _disk(settings), _glibc(settings), _postgres_binaries(settings), _engine(settings)]
    if settings.embeds_temporal and _is_trial(settings):
        checks.append(_trial_program(settings))
    else:
        checks += [_server_binary(settings), _go(settings), _ui_binary(settings)]
    checks += [*_ports(settings), _postgres(settings, endpoints), _temporal(settings, endpoints)]
    if settings.embeds_temporal or endpoints:
        checks.append(_certificates(settings, endpoints))
    if settings.ui and settings.embeds_temporal:
        checks.append(_ui(settings))
    if settings.web:
        checks += [_served(settings, "web", "web"), _web_certificate(settings)]
    return checks


def check(name: str, ok: bool, en: str, zh: str, do_en: str, do_zh: str) -> Check:
    """One thing looked at, with the remedies only where it needs them."""
    if ok:
        do_en = do_zh = ""
    return Check(name=name, ok=ok, sentence_en=en, sentence_zh=zh, remedy_en=do_en, remedy_zh=do_zh)


def _told(name: str, trouble: StackError) -> Check:
    en, zh = trouble.sentence_en, trouble.sentence_zh
    return check(name, False, en, zh, trouble.remedy_en, trouble.remedy_zh)


def _python() -> Check:
    version = platform.python_version()
    ok = sys.version_info[:2] >= _OLDEST_PYTHON
    return check(
        "python",
        ok,
        f"Python {version}",
        f"Python {version}",
        "Install Python 3.11+.",
        "请安装 Python 3.11 以上版本。",
    )


def _disk(settings: StackSettings) -> Check:
    folder = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    gigabytes = f"{free / 1e9:.1f} GB"
    return check(
        "disk",
        free >= _COMFORTABLE_BYTES,
        f"{gigabytes} free for {settings.home}",
        f"{settings.home} 可用空间 {gigabytes}",
        "Free at least 2 GB, or set RECTIFY_HOME to another disk.",
        "请至少留出 2 GB，或将 RECTIFY_HOME 设到其他磁盘。",
    )


def _glibc(settings: StackSettings) -> Check:
    name, version = platform.libc_ver()
    if name != "glibc":
        shown = platform.platform()
        return check("glibc", True, f"not needed here ({shown})", f"本平台不需要（{shown}）", "", "")
    recent = tuple(int(part) for part in version.split(".")[:2]) >= _OLDEST_GLIBC
    return check(
        "glibc",
        recent or bool(settings.postgres_bin) or not settings.embeds_postgres,
        f"glibc {version}",
        f"glibc {version}",
        "The bundled PostgreSQL needs 2.35: set RECTIFY_POSTGRES_BIN or RECTIFY_DATABASE_URL.",
        "内置 PostgreSQL 需要 2.35：请设置 RECTIFY_POSTGRES_BIN 或 RECTIFY_DATABASE_URL。",
    )


def _in_cache(name: str, program: Path | None, do_en: str, do_zh: str) -> Check:
    if program and program.exists():
        return check(name, True, str(program), str(program), "", "")
    return check(name, False, "not in the cache yet", "缓存中尚无该程序", do_en, do_zh)


def _postgres_binaries(settings: StackSettings) -> Check:
    if not settings.embeds_postgres:
        return check("postgres_binaries", True, "not needed: external", "使用外部数据库，无需本地程序", "", "")
    bundle = bundled_folder(settings)
    program = settings.postgres_bin or (bundle / "bin" if bundle else None)
    return _in_cache(
        "postgres_binaries",
        program / "postgres" if program else None,
        "rectify up unpacks them in seconds.",
        "rectify up 会在数秒内解压。",
    )


def _is_trial(settings: StackSettings) -> bool:
    return (engine_of_home(settings.home) or settings.engine) == "trial"


def _engine(settings: StackSettings) -> Check:
    if not settings.embeds_temporal:
        return check("engine", True, "a Temporal server elsewhere", "外部 Temporal 服务", "", "")
    try:
        engine = engine_for(settings)
    except StackError as trouble:
        return _told("engine", trouble)
    if engine == "trial":
        return check("engine", True, TRIAL_EN, TRIAL_ZH, "", "")
    return check("engine", True, "Temporal on PostgreSQL", "Temporal 使用 PostgreSQL", "", "")


def _trial_program(settings: StackSettings) -> Check:
    try:
        program = find_cli(settings)
    except StackError as trouble:
        return _told("temporal_cli", trouble)
    return check("temporal_cli", True, str(program), str(program), "", "")


def _server_binary(settings: StackSettings) -> Check:
    if not settings.embeds_temporal:
        return check("temporal_server", True, "not needed: external", "使用外部 Temporal，无需本地程序", "", "")
    built = settings.cache / SERVER_BUILD.folder / SERVER
    on_path = shutil.which(SERVER)
    program = settings.temporal_server or settings.temporal_archive or (Path(on_path) if on_path else built)
    return _in_cache(
        "temporal_server",
        program,
        "rectify up builds it with Go: seven to nine minutes on two cores.",
        "rectify up 会用 Go 编译，双核机器约需七至九分钟。",
    )


def _go(settings: StackSettings) -> Check:
    found = go_version()
    needed = settings.embeds_temporal and not _server_binary(settings).ok
    trouble = no_go(SERVER_BUILD.needs_go, found)
    return check(
        "go",
        not needed or can_build(SERVER_BUILD),
        f"Go {found or 'absent'}" + ("" if needed else ", not needed"),
        f"Go {found or '未安装'}" + ("" if needed else "，当前不需要"),
        trouble.remedy_en,
        trouble.remedy_zh,
    )


def _ui_binary(settings: StackSettings) -> Check:
    if not settings.ui or not settings.embeds_temporal:
        return check("temporal_ui_server", True, "not wanted", "未启用", "", "")
    on_path = shutil.which(UI_SERVER)
    program = settings.temporal_ui_server or (
        Path(on_path) if on_path else settings.cache / UI_BUILD.folder / UI_SERVER
    )
    return _in_cache(
        "temporal_ui_server",
        program,
        "rectify up builds it with Go; without it the rest works.",
        "rectify up 会用 Go 编译；没有它其余功能照常。",
    )


def _ports(settings: StackSettings) -> list[Check]:
    children = Children(settings.home)
    wanted = (
        ("postgres", settings.postgres_port, settings.embeds_postgres),
        ("temporal", settings.temporal_port, settings.embeds_temporal),
        ("ui", settings.ui_port, settings.ui and settings.embeds_temporal),
        ("web", settings.web_port, settings.web),
    )
    checks: list[Check] = []
    for name, port, is_ours in wanted:
        if not is_ours:
            continue
        child = children.find("web" if name == "ui" else name)  # the web process hands the UI on
        if child:
            ours = remembered(settings.home).ui if name == "ui" else child.port
            ok, en, zh = True, f"port {ours} is ours", f"端口 {ours} 由本系统使用"
        elif not port:
            ok, en, zh = True, "a free port will be picked", "将自动选择空闲端口"
        elif is_free(port):
            ok, en, zh = True, f"port {port} is free", f"端口 {port} 空闲"
        elif settings.names_port(name):
            ok, en, zh = False, f"port {port} is taken", f"端口 {port} 已被占用"
        else:
            ok, en, zh = True, f"port {port} is taken: a free one will be picked", f"端口 {port} 已被占用，将自动选择"
        setting = f"RECTIFY_{name.upper()}_PORT"
        checks.append(
            check(
                f"{name}_port",
                ok,
                en,
                zh,
                f"Set {setting} to another port, or 0.",
                f"请将 {setting} 设为其他端口或 0。",
            )
        )
    return checks


def _alive(name: str, ok: bool, where: str, do_en: str, do_zh: str) -> Check:
    en = f"{where} answers" if ok else f"{where} does not answer"
    zh = f"{where} 正常" if ok else f"{where} 无响应"
    return check(name, ok, en, zh, do_en, do_zh)


def _postgres(settings: StackSettings, endpoints: Endpoints | None) -> Check:
    url = settings.database_url or (endpoints.database_url if endpoints else None)
    if url is None:
        return _alive("postgres", False, "PostgreSQL", _UP_EN, _UP_ZH)
    login = Login.of_url(url)
    try:
        psycopg.connect(login.url.replace("+psycopg", "", 1), connect_timeout=5).close()
        ok = True
    except psycopg.OperationalError:
        ok = False
    where = f"PostgreSQL {login.host}:{login.port}"
    if settings.embeds_postgres:
        return _alive("postgres", ok, where, _UP_EN, _UP_ZH)
    return _alive("postgres", ok, where, "Check RECTIFY_DATABASE_URL.", "请检查 RECTIFY_DATABASE_URL。")


def _temporal(settings: StackSettings, endpoints: Endpoints | None) -> Check:
    at = endpoints.temporal if endpoints else None
    if at is None and settings.temporal_address:
        try:
            at = elsewhere(settings)
        except StackError as trouble:
            return _told("temporal", trouble)
    if at is None:
        return _alive("temporal", False, "Temporal", _UP_EN, _UP_ZH)
    ok, address = asyncio.run(reaches(at)), at.address
    if not ok and (why := refusal_of(at)):
        return _told("temporal", temporal_refuses(address, why))
    if settings.embeds_temporal:
        return _alive("temporal", ok, f"Temporal {address}", _UP_EN, _UP_ZH)
    do_en, do_zh = "Check RECTIFY_TEMPORAL_ADDRESS.", "请检查 RECTIFY_TEMPORAL_ADDRESS。"
    away = [one for one in addresses(address) for host, port in [split(one)] if not answers(port, host)]
    if ok and away:
        names = ", ".join(away)
        en, zh = f"Temporal answers, but not at {names}", f"Temporal 正常，但 {names} 无响应"
        return check("temporal", True, en, zh, do_en, do_zh).model_copy(update={"warns": True})
    return _alive("temporal", ok, f"Temporal {address}", do_en, do_zh)


def _certificates(settings: StackSettings, endpoints: Endpoints | None) -> Check:
    """Whether those of Temporal are there, are those that the server was started with, and last."""
    name, at = "temporal_certificates", endpoints.temporal if endpoints else None
    if settings.embeds_temporal and _is_trial(settings):
        en, zh = "the trial engine asks nobody for a certificate", "试用引擎不校验客户端证书"
        return check(name, True, en, zh, "", "").model_copy(update={"warns": True})
    if at and not settings.embeds_temporal and not (at.tls and at.tls.certificate):
        en, zh = "the Temporal server elsewhere gets none from us", "未向外部 Temporal 服务出示证书"
        return check(name, True, en, zh, "", "").model_copy(update={"warns": not at.api_key_file})
    try:
        found = certificates_now(settings)
    except StackError as trouble:
        return _told(name, trouble)
    if found is None:
        return check(name, True, "the first start makes them", "首次启动时签发", "", "")
    fingerprint, ends_at = found
    if at and (at.tls is None or at.tls.fingerprint != fingerprint):
        en, zh = "the server was started with others, or none", "服务启动时所用的证书与现有证书不同，或未使用证书"
        return check(name, False, en, zh, _UP_EN, _UP_ZH)
    en, zh = f"they last until {ends_at:%Y-%m-%d}", f"有效期至{ends_at:%Y-%m-%d}"
    do_en, do_zh = ("Replace your files, then run rectify up.", "请更换证书文件，再运行 rectify up。")
    do = (_UP_EN, _UP_ZH) if not settings.temporal_tls_certificate else (do_en, do_zh)
    return check(name, ends_at - datetime.now(UTC) > _SOON, en, zh, *do)


def _web_certificate(settings: StackSettings) -> Check:
    """Who may reach the pages, and how long their certificate lasts; read anew, as the web process does."""
    name = "web_certificate"
    try:
        listener = listener_of(settings)
    except StackError as trouble:
        return _told(name, trouble)
    if not listener.names:
        return check(name, True, "none: the pages answer this machine alone", "无：网页仅供本机访问", "", "")
    names_en, names_zh = ", ".join(listener.names), "、".join(listener.names)
    if listener.pair is None:
        how_en, how_zh = ("the proxy in front has it", "由前置代理负责") if listener.proxies else ("none", "无")
        return check(name, True, f"{names_en}: {how_en}", f"{names_zh}：{how_zh}", "", "")
    end = ends_at(listener.pair)
    left = end - datetime.now(UTC)
    do_en, do_zh = "Put the renewed certificate and key in their place.", "请换上续期后的证书和私钥，无需重启。"
    en, zh = f"{names_en}: it lasts until {end:%Y-%m-%d}", f"{names_zh}：有效期至{end:%Y-%m-%d}"
    judged = check(name, left > _SOON_WEB, en, zh, do_en, do_zh)
    if not judged.ok or left > _WARNED_WEB:
        return judged
    return judged.model_copy(update={"warns": True, "remedy_en": do_en, "remedy_zh": do_zh})


def _ui(settings: StackSettings) -> Check:
    found = next(service for service in status(settings) if service.name == "ui")
    return _alive("ui", found.answers, f"Temporal UI {found.address or ''}".strip(), _UP_EN, _UP_ZH)


def _served(settings: StackSettings, name: str, where: str) -> Check:
    child = Children(settings.home).find(name)
    ok = bool(child and child.port and answers(child.port))
    return _alive(name, ok, f"{where} 127.0.0.1:{child.port}" if ok and child else where, _UP_EN, _UP_ZH)
