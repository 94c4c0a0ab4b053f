"""Cases under the second plan, run as a person runs them: a script, `rectify try --json`."""

import json
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from cli.program import program

HERE = "650102"
INSPECTOR = f"inspector:Ai@{HERE}"
SUPERVISOR = f"supervisor:Bo@{HERE}"
GOVERNMENT = f"government:Chu@{HERE}"
OFFICE = "office:Dai@650100"
ENTERPRISE = f"enterprise:Er@{HERE}"
FINE = {"article": "by-goods-value", "base": 5000, "unit": 100000, "persons": [{"name": "Er", "amount": 20000}]}
Step = dict[str, Any]


def step(at: str, do: str, by: str = INSPECTOR, **fields: Any) -> Step:
    """A command on a day of 2026, at 09:00 unless a time is given."""
    return {"at": f"2026-{at}" if "T" in at else f"2026-{at}T09:00", "do": do, "by": by, **fields}


def record(at: str, ref: str, category: str, grade: str = "general", **flags: Any) -> Step:
    """A finding."""
    finding = {"ref": ref, "category": category, "grade": grade, "description": "seen", **flags}
    return step(at, "record_findings", findings=[finding])


def register(at: str, *refs: str) -> Step:
    """Registered with the plan's due date."""
    return step(at, "register", assignments=[{"ref": r, "responsible": "Er"} for r in refs])


def declare(at: str, *refs: str) -> Step:
    """Declared rectified by the enterprise."""
    return step(at, "declare_rectified", ENTERPRISE, refs=list(refs), evidence=["photo"])


def verdict(at: str, ref: str, passed: bool) -> Step:
    """Re-inspected."""
    return step(at, "reinspect", verdicts=[{"ref": ref, "passed": passed, "note": ""}])


def measure(at: str, must: str, by: str, details: dict[str, Any], **more: Any) -> list[Step]:
    """Proposed, approved and executed on one day."""
    return [
        step(f"{at}T10:00", "propose_measure", must=must, **more),
        step(f"{at}T11:00", "approve_measure", by, must=must),
        step(f"{at}T12:00", "record_execution", must=must, date=f"2026-{at}", details=details),
    ]


def run(folder: Path, *steps: Step, until: str | None = None, **head: Any) -> dict[str, Any]:
    """The answer of `rectify try --json`; exit 0."""
    subject = {"name": "A bakery", "district": HERE, "sector": "mooncake_making"}
    script: dict[str, Any] = {"plan": "food-safety-mid-autumn", "year": 2026, "subject": subject, "steps": list(steps)}
    script |= head | ({"until": f"2026-{until}"} if until else {})
    file = folder / "case.yaml"
    file.write_text(yaml.safe_dump(script, allow_unicode=True), encoding="utf-8")
    result = CliRunner().invoke(program(), ["try", str(file), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusals(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """The refused steps with their codes."""
    return [(line["do"], line["code"]) for line in answer["steps"] if not line["accepted"]]


def must(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """The one must of that kind."""
    (one,) = [m for m in answer["case"]["musts"] if m["must"] == kind]
    return one
