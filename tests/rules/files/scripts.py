"""Scripts as people write them, and what becomes of one: errors with lines, or a course on paper."""

from typing import Any

import yaml

from models.commands import Open
from models.refusals import Refused
from rules.files.script import Script, ScriptError, read_script
from rules.on_paper import Paper
from tests.cast import attached, plan, plan_file

FILE = "case.yaml"
AT = "2013-06-03T09:00"
FINDING = {"ref": "a", "category": "V04", "grade": "general", "description": "seen"}
Answer = dict[str, Any] | Refused | tuple[ScriptError, ...]

BY: dict[str, str] = {
    "assign_officers": "supervisor:Wang@650203",
    "decide_extension": "supervisor:Wang@650203",
    "approve_measure": "supervisor:Wang@650203",
    "return_measure": "supervisor:Wang@650203",
    "stay_measure": "supervisor:Wang@650203",
    "lift_stay": "supervisor:Wang@650203",
    "list_for_supervision": "supervisor:Wang@650203",
    "delist": "supervisor:Wang@650203",
    "rescind_finding": "supervisor:Wang@650203",
    "void": "supervisor:Wang@650203",
    "transfer": "office:Qian@650200",
}
CONDITIONS = {"measures": True, "licences": True, "safety": True}
STAY = {"must": "suspend", "authority": "court", "reason": "suit"}
LISTING = {"level": "district", "reason": "major"}
# every command with all the fields that it needs (contracts §1)
COMMANDS: dict[str, dict[str, Any]] = {
    "open": {"subject": {"name": "A factory", "district": "650203"}, "source": "inspection"},
    "assign_officers": {"officers": ["Li"]},
    "record_findings": {"findings": [FINDING]},
    "correct_finding": {"ref": "a"},
    "register": {"assignments": [{"ref": "a", "responsible": "Sun"}]},
    "reassign_responsible": {"ref": "a", "responsible": "Sun"},
    "request_extension": {"ref": "a", "due": "2013-07-01", "reason": "parts"},
    "decide_extension": {"ref": "a", "granted": True, "reason": "seen"},
    "declare_rectified": {"refs": ["a"], "evidence": ["photo"]},
    "reinspect": {"verdicts": [{"ref": "a", "passed": True}]},
    "propose_measure": {"must": "suspend"},
    "approve_measure": {"must": "suspend"},
    "return_measure": {"must": "suspend"},
    "record_execution": {"must": "suspend", "date": "2013-06-03", "details": {"supervision": ["visits"]}},
    "stay_measure": STAY,
    "lift_stay": STAY,
    "accept_restart": {"conditions": CONDITIONS, "signatories": ["Li", "Ma"]},
    "refuse_restart": {"conditions": CONDITIONS, "reason": "no"},
    "list_for_supervision": LISTING,
    "delist": LISTING,
    "look_back": {"recurred": False},
    "rescind_finding": {"ref": "a", "reason": "error"},
    "transfer": {"district": "650202", "reason": "moved"},
    "add_note": {"text": "noted"},
    "attach": {"files": [attached("a")]},
    "void": {"reason": "error"},
}


def step(do: str, **fields: Any) -> dict[str, Any]:
    """A valid step of that kind, with fields changed."""
    return {"at": AT, "do": do, "by": BY.get(do, "inspector:Li@650203"), **COMMANDS[do], **fields}


def script(*steps: Any, **head: Any) -> dict[str, Any]:
    """A script; without steps one note."""
    subject = {"name": "A factory", "district": "650203"}
    return {
        "plan": "karamay-2013",
        "year": 2013,
        "subject": subject,
        "steps": list(steps or [step("add_note")]),
        **head,
    }


def text_of(content: Any) -> str:
    """As YAML."""
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def answer_to(text: str) -> Answer:
    """What `rectify try` makes of it: errors, a refused opening, or the course of the case."""
    read = read_script(text, FILE)
    if not isinstance(read, Script):
        return read
    paper = Paper(plan(), plan_file().digest, read)
    opens = any(isinstance(s.command, Open) for s in read.steps)
    if not opens and (refused := paper.refusal_of_opening()):
        return refused
    return paper.run()


def errors_of(content: Any) -> tuple[ScriptError, ...]:
    """The errors of a script that cannot be read."""
    answer = answer_to(content if isinstance(content, str) else text_of(content))
    assert isinstance(answer, tuple), answer
    return answer


def ran(content: Any) -> dict[str, Any]:
    """The course of a script that can."""
    answer = answer_to(content if isinstance(content, str) else text_of(content))
    assert isinstance(answer, dict), answer
    return answer


def well_formed(answer: Answer, text: str) -> bool:
    """A course, a refusal with its code, or errors with lines of the file, fields and two sentences."""
    if isinstance(answer, dict):
        return {"steps", "case"} <= set(answer)
    if isinstance(answer, Refused):
        return bool(answer.code and answer.zh and answer.en)
    lines = len(text.splitlines()) + 1
    return bool(answer) and all(1 <= e.line <= max(lines, 1) and e.field and e.zh and e.en for e in answer)
