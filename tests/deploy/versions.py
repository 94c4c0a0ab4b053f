"""Versions of the product laid out in folders, and their processes: what an upgrade has side by side."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from embedded.endpoints import Endpoints
from workers.version import ROOMS

ROOT = Path(__file__).parents[2]
_BESIDE = ("tests", "bench")
_LEFT = shutil.ignore_patterns("node_modules", "results", "histories")


def this_version(folder: Path) -> Path:
    """This checkout again; a file may be that of here: whoever changes one puts his own in its place."""
    for room in (*ROOMS, *_BESIDE):
        shutil.copytree(ROOT / room, folder / room, ignore=_LEFT, copy_function=_linked)
    return folder


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


def of_commit(folder: Path, commit: str) -> Path:
    """The product as it was then, with the front-end packages of today, which are not in the repository."""
    told = subprocess.run(["git", "archive", commit, *ROOMS], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(told.stdout)) as archive:
        archive.extractall(folder, filter="data")
    (folder / "web" / "build").symlink_to(ROOT / "web" / "build")
    return folder


def home_of(endpoints: Endpoints, folder: Path) -> Path:
    """A home that both versions share: where the services are, and the keys of the installation."""
    folder.mkdir(parents=True)
    for kept in endpoints.home.iterdir():
        if kept.is_file():
            shutil.copy(kept, folder / kept.name)
        elif kept.name == "claims":
            shutil.copytree(kept, folder / kept.name)
    (folder / "endpoints.json").write_text(endpoints.model_copy(update={"home": folder}).model_dump_json())
    return folder


@dataclass
class Version:
    """One version's code, at work in a home."""

    name: str
    tree: Path
    home: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, subprocess.Popen[bytes]])

    def env(self, **more: str) -> dict[str, str]:
        """Its own modules, whatever this process has."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RECTIFY_", "PYTHON"))}
        told = {"PYTHONPATH": str(self.tree), "RECTIFY_HOME": str(self.home), "LANG": "C.UTF-8"}
        return inherited | told | more

    def says(
        self, *words: str, module: str = "cli.main", stdin: str = "", within: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """A verb, to its end."""
        argv = [sys.executable, "-P", "-m", module, *words]
        return subprocess.run(
            argv,
            env=self.env(),
            cwd=self.tree,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """A process that serves; what it says lies beside the home."""
        argv = [sys.executable, "-P", "-m", "cli.main", *words]
        with self.log(*words).open("ab") as log:
            process = subprocess.Popen(argv, env=self.env(**settings), cwd=self.tree, stdout=log, stderr=log)
        self.running[" ".join(words)] = process
        return process

    def log(self, *words: str) -> Path:
        """What the process has said."""
        return self.home.parent / f"{self.name}-{'-'.join(words)}.log"

    def stop(self, words: str, by: signal.Signals = signal.SIGTERM) -> None:
        """In order, or however the signal has it."""
        process = self.running.pop(words)
        process.send_signal(by)
        process.wait(60)

    def stop_all(self) -> None:
        """Everything that still runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(60)
        self.running.clear()
