"""Is this commit a release? Each promise with what to do where it is not kept: `python -m deploy.release.check`."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from deploy.release.sbom import bill, page_packages, python_packages
from deploy.release.tree import ROOT, changed, newest_heading, tags, version
from deploy.release.wheel import build_wheel
from workers.version import digest_of

_LOCKS = ("requirements.txt", "requirements-dev.txt")
_LANGUAGES = ("en", "zh")


def names_differ(told: str, tagged: Collection[str], heading: str | None) -> Iterator[str]:
    """Version, tag and heading of the changelog are one."""
    if f"v{told}" not in tagged:
        yield f"the commit has no tag v{told}: git tag --annotate v{told}"
    if heading != told:
        yield f"CHANGELOG.md: its newest released heading is {heading}; write ## [{told}] - YYYY-MM-DD"


def chart_differs(told: str) -> Iterator[str]:
    """The chart and the trial name the image of this version."""
    chart = (ROOT / "deploy" / "helm" / "rectify" / "Chart.yaml").read_text()
    if re.findall(r"^(?:version|appVersion): (\S+)$", chart, re.MULTILINE) != [told, told]:
        yield f"deploy/helm/rectify/Chart.yaml: version and appVersion are to be {told}"
    if f"rectify:{told}}}" not in (ROOT / "deploy" / "container" / "compose.yaml").read_text():
        yield f"deploy/container/compose.yaml: the image is to be rectify:{told}"


def not_upgradable(told: str) -> Iterator[str]:
    """The handbook says in both languages what an upgrade to this version wants."""
    for language in _LANGUAGES:
        page = ROOT / "docs" / "handbook" / language / "upgrade.md"
        if not re.search(rf"^### {re.escape(told)}$", page.read_text() if page.exists() else "", re.MULTILINE):
            yield f"{page.relative_to(ROOT)}: there is no heading ### {told}"


def locks_are_old() -> Iterator[str]:
    """Locking again, with what is locked preferred, changes nothing."""
    if shutil.which("uv") is None:
        yield "uv is needed to see whether the locks are fresh: pip install uv"
        return
    with tempfile.TemporaryDirectory() as copy:
        for name in (*_LOCKS, "pyproject.toml", "Makefile"):
            shutil.copy2(ROOT / name, copy)
        said = subprocess.run(["make", "--silent", "lock"], cwd=copy, capture_output=True, text=True, check=False)
        if said.returncode:
            yield f"make lock: {said.stderr.strip()[-300:]}"
            return
        for name in _LOCKS:
            if (Path(copy) / name).read_bytes() != (ROOT / name).read_bytes():
                yield f"{name} is not what make lock makes of pyproject.toml: make lock"


def pages_are_unlocked(wanted: dict[str, Any], locked: dict[str, Any]) -> Iterator[str]:
    """The lock of the pages is of their package file."""
    if locked.get("packages", {}).get("", {}).get("dependencies") != wanted.get("dependencies"):
        yield "web/package-lock.json is not of web/package.json: npm --prefix web install"


def wheel_lacks(wheel: Path) -> Iterator[str]:
    """What is installed from the wheel is the code of this checkout, down to the last template."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
        if digest_of(Path(folder)) != digest_of(ROOT):
            yield "the wheel is not the code of the checkout: tests/deploy/test_wheel.py says which files"
        if not (Path(folder) / "web" / "build" / "htmx.min.js").exists():
            yield "the wheel lacks the packages of the pages: make setup"


def bill_lacks(told: dict[str, Any]) -> Iterator[str]:
    """Every package of both locks stands in the bill of materials, and what Temporal's programs are made of."""
    has = {(one["name"], one["version"]) for one in told["components"]}
    wanted = {*python_packages().items(), *((name, one["version"]) for name, one in page_packages().items())}
    for name, pinned in sorted(wanted - has):
        yield f"the bill of materials lacks {name} {pinned}"
    if not any(one["purl"].startswith("pkg:golang/") for one in told["components"]):
        yield "the bill of materials lacks Temporal's modules: make servers, with Go on the path"


def troubles() -> Iterator[str]:
    """Everything that keeps this commit from being a release."""
    if files := changed():
        yield f"{len(files)} file(s) are not committed: {files[0].strip()}"
    yield from names_differ(version(), tags(), newest_heading())
    yield from chart_differs(version())
    yield from not_upgradable(version())
    yield from locks_are_old()
    wanted, locked = ((ROOT / "web" / name).read_text() for name in ("package.json", "package-lock.json"))
    yield from pages_are_unlocked(json.loads(wanted), json.loads(locked))
    with tempfile.TemporaryDirectory() as folder:
        yield from wheel_lacks(build_wheel(Path(folder)))
    yield from bill_lacks(bill())


if __name__ == "__main__":
    found = list(troubles())
    for trouble in found:
        print(f"✗ {trouble}")  # noqa: T201 -- run by make
    print(f"{version()}: {f'{len(found)} to mend' if found else 'can be released'}")  # noqa: T201 -- run by make
    sys.exit(1 if found else 0)
