"""The bill of materials (CycloneDX, JSON): every package of the locks and every Go module of Temporal's programs.

What is named is what is delivered, by name, version, package URL, and licence where its maker tells one.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.release.tree import ROOT, git, version
from embedded.server_binary import SERVER_BUILD, UI_BUILD
from embedded.settings import StackSettings

_PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_MODULE = re.compile(r"^\t(?:dep|mod|=>)\t(?P<name>\S+)\t(?P<version>v\S+)", re.MULTILINE)
_LICENCE = "License :: OSI Approved :: "
_LONGEST_NAME = 80
"""A longer one is the text of the licence."""


def python_packages() -> dict[str, str]:
    """Version by name, of the lock of the product."""
    return dict(_PINNED.findall((ROOT / "requirements.txt").read_text()))


def page_packages() -> dict[str, dict[str, Any]]:
    """What the lock of the pages says of each package, by name."""
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    return {path.removeprefix("node_modules/"): facts for path, facts in locked.items() if path}


def go_modules(program: Path) -> dict[str, str]:
    """Version by name, of the modules that a program was built of; none where there is no Go to ask."""
    try:
        told = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True, check=False).stdout
    except OSError:
        return {}
    return dict(_MODULE.findall(told))


def bill() -> dict[str, Any]:
    """The bill of this checkout, dated by its last commit."""
    ours = {"type": "application", "name": "rectify", "version": version(), "bom-ref": f"rectify@{version()}"}
    parts = list(_components())
    made_at = datetime.fromtimestamp(int(git("log", "-1", "--format=%ct")), UTC)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": made_at.isoformat(), "component": ours},
        "components": parts,
        "dependencies": [{"ref": ours["bom-ref"], "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def write_sbom(file: Path) -> None:
    """Write it as JSON, with line breaks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill(), ensure_ascii=False, indent=1) + "\n")


def _components() -> Iterator[dict[str, Any]]:
    for name, pinned in python_packages().items():
        yield _component("pypi", name, pinned, _licences_of(name))
    for name, facts in page_packages().items():
        yield _component("npm", name, facts["version"], [{"expression": facts["license"]}])
    cache, modules = StackSettings().cache, set[tuple[str, str]]()
    for build in (SERVER_BUILD, UI_BUILD):
        for program in build.packages:
            modules |= set(go_modules(cache / build.folder / program).items())
    for name, pinned in sorted(modules):
        yield _component("golang", name, pinned, [])


def _component(kind: str, name: str, pinned: str, licences: list[dict[str, Any]]) -> dict[str, Any]:
    url = f"pkg:{kind}/{quote(name, safe='/')}@{quote(pinned, safe='')}"
    found: dict[str, Any] = {"type": "library", "name": name, "version": pinned, "purl": url, "bom-ref": url}
    return found | ({"licenses": licences} if licences else {})


def _licences_of(package: str) -> list[dict[str, Any]]:
    """What an installed package says of its licence; nothing for one that is not installed here."""
    try:
        told = metadata(package).json
    except PackageNotFoundError:
        return []
    if expression := told.get("license_expression"):
        return [{"expression": expression}]
    classes = [one.removeprefix(_LICENCE) for one in told.get("classifier", ()) if one.startswith(_LICENCE)]
    named = str(told.get("license", ""))
    words = classes or ([named] if named and len(named) < _LONGEST_NAME and "\n" not in named else [])
    return [{"license": {"name": one}} for one in words]
