"""Builds Go programs at a pinned version into a folder, which appears whole or not at all."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import build_failed, disk_full, no_go
from embedded.lock import FileLock
from embedded.progress import Voice

_TAIL_LINES = 6


@dataclass(frozen=True)
class GoProgram:
    """Packages of one module at one version, and what the programs are to be called."""

    module: str
    version: str
    packages: dict[str, str]
    """Name of the program here → package within the module (its last part is Go's name for the program)."""
    needs_go: str
    tags: str = ""
    """Of Go: what is left out."""

    @property
    def folder(self) -> str:
        """Name of the folder in the cache."""
        return f"{next(iter(self.packages))}-{self.version.lstrip('v')}"


def go_version() -> str | None:
    """Return the version of the Go on PATH, or None."""
    try:
        shown = subprocess.run(["go", "version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"go(\d+(?:\.\d+)+)", shown)
    return found[1] if found else None


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def can_build(program: GoProgram) -> bool:
    """True when the Go here, or one that it fetches for itself, can build the program."""
    found = go_version()
    if found is None:
        return False
    if numbers(found) >= numbers(program.needs_go):
        return True
    return numbers(found) >= (1, 21) and _go_env("GOTOOLCHAIN") != "local"


def build(program: GoProgram, cache: Path, voice: Voice) -> Path:
    """Return the folder with the built programs, building them if they are not there yet."""
    target = cache / program.folder
    if _is_whole(target, program):
        return target
    if not can_build(program):
        raise no_go(program.needs_go, go_version())
    waiting = ("another process is building the Temporal server", "另一进程正在编译 Temporal 服务")
    with FileLock(cache / "build.lock", within=1800, on_wait=lambda: voice.say(*waiting)):
        if _is_whole(target, program):
            return target
        for left in cache.glob(".building-*"):  # by a build that was interrupted: we hold the lock
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=".building-", dir=cache))
        try:
            _install(program, aside, voice)
            for name, package in program.packages.items():
                (aside / package.rsplit("/", 1)[-1]).rename(aside / name)
            aside.chmod(0o755)
            if target.exists():
                shutil.rmtree(target)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return target


def _install(program: GoProgram, folder: Path, voice: Voice) -> None:
    """Run `go install`, telling from time to time how far it is."""
    names = ", ".join(program.packages)
    voice.say(
        f"building {names} {program.version} with Go: up to nine minutes on two cores, once",
        f"正在用 Go 编译 {names} {program.version}，双核机器至多约需九分钟，仅首次需要",
    )
    packages = [f"{program.module}/{package}@{program.version}" for package in program.packages.values()]
    go = subprocess.Popen(
        ["go", "install", "-v", "-ldflags=-s -w", f"-tags={program.tags}", *packages],
        env=os.environ | {"GOBIN": str(folder)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert go.stderr is not None
    fetched = compiled = 0
    tail: list[str] = []
    told_at = time.monotonic()
    try:
        for line in go.stderr:
            tail = [*tail[-_TAIL_LINES + 1 :], line.strip()]
            if line.startswith("go: downloading"):
                fetched += 1
            else:
                compiled += 1
            if time.monotonic() - told_at > 2:
                told_at = time.monotonic()
                voice.say(
                    f"building: {fetched} modules fetched, {compiled} packages compiled",
                    f"编译中：已获取 {fetched} 个模块，已编译 {compiled} 个包",
                )
        if go.wait():
            if any("no space left" in line for line in tail):
                raise disk_full(folder.parent)
            raise build_failed(names, " ".join(tail))
    finally:
        go.stderr.close()
        if go.poll() is None:
            go.terminate()
            go.wait()


def _is_whole(folder: Path, program: GoProgram) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in program.packages)


def _go_env(name: str) -> str:
    return subprocess.run(["go", "env", name], capture_output=True, text=True, check=False, timeout=30).stdout.strip()
