"""Where the Temporal server, its schema tool and its web UI come from."""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError, bad_archive, bad_binary
from embedded.go_build import GoProgram, build, can_build, numbers
from embedded.progress import Voice
from embedded.settings import StackSettings

SERVER = "temporal-server"
SCHEMA_TOOL = "temporal-sql-tool"
UI_SERVER = "temporal-ui-server"
OLDEST_SERVER = "1.30.4"
"""Older ones have published vulnerabilities."""

SERVER_BUILD = GoProgram(
    module="go.temporal.io/server",
    version="v1.32.0",
    packages={SERVER: "cmd/server", SCHEMA_TOOL: "cmd/tools/sql"},
    needs_go="1.26.8",
)
UI_BUILD = GoProgram(
    module="github.com/temporalio/ui-server/v2",
    version="v2.54.1",
    packages={UI_SERVER: "cmd/server"},
    needs_go="1.23",
)


@dataclass(frozen=True)
class ServerBinaries:
    """The server and the schema tool of the same version, from the same folder."""

    server: Path
    schema_tool: Path


def find_server(settings: StackSettings, voice: Voice) -> ServerBinaries:
    """Return the binaries: named in a setting, from the user's archive, on PATH, built before or now."""
    if settings.temporal_server:
        return _named(settings.temporal_server)
    if settings.temporal_archive:
        return _pair(_unpack(settings.temporal_archive, settings.temporal_archive_sha256, settings.cache, voice))
    on_path = shutil.which(SERVER)
    if on_path:
        try:
            return _named(Path(on_path).resolve())
        except StackError as trouble:
            voice.say(trouble.sentence_en, trouble.sentence_zh)
    return _pair(build(SERVER_BUILD, settings.cache, voice))


def planned_server(settings: StackSettings) -> Path:
    """Where the server's binary is, or will be once it is built or unpacked."""
    if settings.temporal_server:
        return settings.temporal_server
    if settings.temporal_archive:
        return settings.cache / _archive_folder(settings.temporal_archive_sha256 or "") / SERVER
    on_path = shutil.which(SERVER)
    return Path(on_path).resolve() if on_path else settings.cache / SERVER_BUILD.folder / SERVER


def planned_ui(settings: StackSettings) -> Path:
    """Where the UI's binary is, or will be once it is built."""
    on_path = shutil.which(UI_SERVER)
    built = settings.cache / UI_BUILD.folder / UI_SERVER
    return settings.temporal_ui_server or (Path(on_path) if on_path else built)


def _archive_folder(sha256: str) -> str:
    return f"temporal-archive-{sha256.strip().lower()[:16]}"


def can_have_server(settings: StackSettings) -> bool:
    """Whether a server on PostgreSQL is named, here, built, or can be built."""
    named = settings.temporal_address or settings.temporal_server or settings.temporal_archive
    built = settings.cache / SERVER_BUILD.folder / SERVER
    return bool(named or shutil.which(SERVER) or built.exists() or can_build(SERVER_BUILD))


def find_ui(settings: StackSettings, voice: Voice) -> Path | None:
    """Return the UI's binary, or None when there is none to be had: the rest works without it."""
    if settings.temporal_ui_server:
        if not settings.temporal_ui_server.is_file():
            raise bad_binary(settings.temporal_ui_server, "there is no such file", "文件不存在")
        return settings.temporal_ui_server
    on_path = shutil.which(UI_SERVER)
    if on_path:
        return Path(on_path)
    try:
        return build(UI_BUILD, settings.cache, voice) / UI_SERVER
    except StackError as trouble:
        if trouble.code not in ("no_go", "go_too_old", "build_failed"):
            raise
        voice.say("going on without the Temporal web UI", "将在没有 Temporal 网页界面的情况下继续")
        return None


def _pair(folder: Path) -> ServerBinaries:
    return ServerBinaries(folder / SERVER, folder / SCHEMA_TOOL)


def _named(server: Path) -> ServerBinaries:
    """Check a server binary that we did not build, and find the schema tool beside it."""
    try:
        asked = subprocess.run([server, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        raise bad_binary(server, "it does not run on this machine", "该程序无法在本机运行") from None
    version = re.search(r"(\d+\.\d+\.\d+)", asked.stdout + asked.stderr)
    if version is None:
        raise bad_binary(server, "it does not tell a version", "无法取得版本号")
    if numbers(version[1]) < numbers(OLDEST_SERVER):
        raise bad_binary(
            server,
            f"version {version[1]} is older than {OLDEST_SERVER}",
            f"版本 {version[1]} 低于 {OLDEST_SERVER}",
        )
    tool = server.parent / SCHEMA_TOOL
    if not tool.is_file():
        raise bad_binary(server, f"{SCHEMA_TOOL} is not beside it", f"同目录下没有 {SCHEMA_TOOL}")
    return ServerBinaries(server, tool)


def _unpack(archive: Path, sha256: str | None, cache: Path, voice: Voice) -> Path:
    """Check the archive against its checksum and unpack the two programs into the cache."""
    if not archive.is_file():
        raise bad_archive(archive, "there is no such file", "文件不存在")
    if not sha256:
        raise bad_archive(
            archive, "RECTIFY_TEMPORAL_ARCHIVE_SHA256 is not set", "未设置 RECTIFY_TEMPORAL_ARCHIVE_SHA256"
        )
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.strip().lower():
        raise bad_archive(archive, f"its sha256 is {found}, not {sha256}", f"其 sha256 为 {found}，而非 {sha256}")
    target = cache / _archive_folder(found)
    if target.is_dir():
        return target
    voice.say("unpacking the Temporal server", "正在解压 Temporal 服务")
    aside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
    try:
        with tarfile.open(archive) as pack:
            for member in pack:
                name = Path(member.name).name
                source = pack.extractfile(member) if member.isfile() and name in (SERVER, SCHEMA_TOOL) else None
                if source:
                    with source, (aside / name).open("wb") as program:
                        shutil.copyfileobj(source, program)
                    (aside / name).chmod(0o755)
        _named(aside / SERVER)
        aside.chmod(0o755)
        aside.rename(target)
    except (tarfile.TarError, EOFError) as trouble:
        raise bad_archive(archive, f"it cannot be read ({trouble})", f"无法读取（{trouble}）") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target
