"""How much a command may bring and a case may hold, long before what a Temporal server takes (ADR 0020).

Judged at the door (`rules/case/door.py`), not by `decide`: what histories hold stays accepted.
"""

from collections.abc import Iterator
from typing import Any, cast

from models.case import Case
from models.commands import AnyCommand, LookBack, RecordFindings
from models.refusals import Refused
from rules.words.naming import Both
from rules.words.refusals import refuse

FINDINGS_A_COMMAND = 200
FINDINGS_A_CASE = 1_000
CHARACTERS_A_COMMAND = 100_000
CHARACTERS_A_CASE = 400_000
COMMANDS_A_CASE = 5_000
FILES_A_CASE = 500
# whoever may give one of these may give it again and again; no measure, verdict or deadline waits for it
_WITHOUT_END = {
    *("add_note", "attach", "assign_officers", "correct_finding", "reassign_responsible"),
    *("list_for_supervision", "delist", "stay_measure", "lift_stay", "transfer", "refuse_restart"),
}


def beyond_limits(case: Case | None, command: AnyCommand, held: int | None = None) -> Refused | None:
    """Why the case cannot take in the command, if so; `held`: its characters, where they are counted already."""
    findings = len(command.findings) if isinstance(command, RecordFindings | LookBack) else 0
    if findings > FINDINGS_A_COMMAND:
        return refuse("too_many_findings", most=FINDINGS_A_COMMAND, of=Both("一次提交", "a form"))
    brought = sum(map(len, _texts(command.model_dump(mode="json"))))
    if brought > CHARACTERS_A_COMMAND:
        return refuse("too_much_text", most=f"{CHARACTERS_A_COMMAND:,}", of=Both("一次提交", "a form"))
    if case is None:
        return None
    if findings + len(case.findings) > FINDINGS_A_CASE and findings:
        return refuse("too_many_findings", most=f"{FINDINGS_A_CASE:,}", of=Both("一个案件", "a case"))
    if command.files and len(case.files) + len(command.files) > FILES_A_CASE:
        return refuse("too_many_files", most=FILES_A_CASE)
    if len(case.handled) >= COMMANDS_A_CASE and command.do in _WITHOUT_END:
        return refuse("too_many_commands", most=f"{COMMANDS_A_CASE:,}")
    if (
        command.do not in ("add_note", "reinspect")
        and brought + (held_by(case) if held is None else held) > CHARACTERS_A_CASE
    ):
        return refuse("too_much_text", most=f"{CHARACTERS_A_CASE:,}", of=Both("一个案件", "a case"))
    return None


def held_by(case: Case) -> int:
    """The characters of what people wrote into the case and it carries on; notes and verdicts are in its log only."""
    of_findings = sum(len(f.description) + len(f.responsible or "") for f in case.findings)
    of_musts = (m.model_dump(mode="json", include={"fine", "details", "stayed_by"}) for m in case.musts)
    return of_findings + sum(len(text) for facts in of_musts for text in _texts(facts))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, Any]", value).values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _texts(item)
