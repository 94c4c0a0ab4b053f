"""The chart as Helm renders it: `python -m tests.deploy.render` writes the golden renderings anew."""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from deploy.release.tree import ROOT
from tests.deploy.tools import HELM, tool

CHART = ROOT / "deploy" / "helm" / "rectify"
VALUES = ROOT / "tests" / "deploy" / "values"
GOLDEN = ROOT / "tests" / "deploy" / "golden"
CITIES = ("smallest", "city")


def helm(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Helm, without anything of its user's."""
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    return subprocess.run([tool(HELM), *words], env=env, capture_output=True, text=True, check=False)


def template(values: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Render the chart with a file of values."""
    return helm("template", "city", CHART, "--namespace", "rectify", "--values", VALUES / f"{values}.yaml", *more)


def rendered(values: str, *more: str) -> list[dict[str, Any]]:
    """What is made of these values, resource by resource."""
    said = template(values, *more)
    assert said.returncode == 0, said.stderr
    return [one for one in yaml.safe_load_all(said.stdout) if one]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for city in CITIES:
        (GOLDEN / f"{city}.yaml").write_text(template(city).stdout)
