"""What stands in the rules and dashboards, read as text."""

import json
import re
from typing import Any

import yaml

from tests.docs.documents import ROOT

OBSERVE = ROOT / "deploy" / "observe"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((OBSERVE / "rules.yaml").read_text())["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((OBSERVE / "dashboards").glob("*.json"))}
_SELECTED = re.compile(r"\b(?:rectify|temporal|process)_[a-z0-9_]+\b|\brectify:[a-z0-9_:]+")


def asked() -> list[str]:
    """Every question of rules and dashboards."""
    panels = [panel for board in DASHBOARDS.values() for panel in board["panels"]]
    return [rule["expr"] for rule in RULES] + [one["expr"] for panel in panels for one in panel["targets"]]


def names(expr: str) -> set[str]:
    """The metrics that a question names, without what stands in braces and the labels that it groups by."""
    bare = re.sub(r"\{[^}]*\}|\bby \([^)]*\)", " ", expr)
    return set(_SELECTED.findall(bare))


def exported(page: str) -> set[str]:
    """The names of the series that a page of metrics tells, those of counters and histograms as Prometheus has them."""
    found = set[str]()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE):
        found |= {f"{name}_{end}" for end in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return found
