"""Two courses of a case, as commands: the happy one, and the one through suspension to closure and fine."""

import uuid
from typing import Any

from models.commands import COMMAND, AnyCommand
from models.plan import Plan

INSPECTOR = "inspector:检查员1@650203"
SUPERVISOR = "supervisor:区局负责人@650203"
GOVERNMENT = "government:区政府@650203"
ENTERPRISE = "enterprise:企业经办人@650203"


def _command(**facts: Any) -> AnyCommand:
    return COMMAND.validate_python({"command_id": str(uuid.uuid4()), **facts})


def opening(subject_id: str) -> AnyCommand:
    """The opening of a subject's case."""
    subject = {"id": subject_id, "name": "某厂", "district": "650203", "sector": "fire_safety"}
    return _command(do="open", by=INSPECTOR, subject=subject)


def _begin(category: str) -> list[AnyCommand]:
    finding = {"ref": "F1", "category": category, "grade": "general", "description": "现场发现的问题"}
    return [
        _command(do="record_findings", by=INSPECTOR, findings=[finding]),
        _command(do="register", by=INSPECTOR, assignments=[{"ref": "F1", "responsible": "整改责任人"}]),
    ]


def _judged(passed: bool) -> list[AnyCommand]:
    return [
        _command(do="declare_rectified", by=ENTERPRISE, refs=["F1"], evidence=["整改照片"]),
        _command(do="reinspect", by=INSPECTOR, verdicts=[{"ref": "F1", "passed": passed, "note": "现场复查"}]),
    ]


def happy() -> list[AnyCommand]:
    """Found, registered, rectified, verified, looked back on (the campaign stands in phase 3)."""
    return [*_begin("H07"), *_judged(True), _command(do="look_back", by=INSPECTOR, recurred=False)]


def escalated(plan: Plan, day: str) -> list[AnyCommand]:
    """Unlawful conduct, suspended, failed; closed and fined."""
    article = next(a for a in plan.articles if a.unit.fixed and a.person.fixed)
    persons = [{"name": "整改责任人", "amount": str(article.person.fixed)}]
    fine = {"article": article.id, "unit": str(article.unit.fixed), "persons": persons}
    proofs: dict[str, dict[str, Any]] = {
        "suspend": {"supervision": ["驻点监管"]},
        "close": {"checks": [c.id for c in plan.closure_checks]},
        "fine": {"receipt": "缴款凭证"},
    }

    def measure(must: str) -> list[AnyCommand]:
        by = GOVERNMENT if must == "close" else SUPERVISOR
        more = {"fine": fine} if must == "fine" else {}
        return [
            _command(do="propose_measure", by=INSPECTOR, must=must, **more),
            _command(do="approve_measure", by=by, must=must),
            _command(do="record_execution", by=INSPECTOR, must=must, date=day, details=proofs[must]),
        ]

    return [*_begin("V04"), *measure("suspend"), *_judged(False), *measure("close"), *measure("fine")]
