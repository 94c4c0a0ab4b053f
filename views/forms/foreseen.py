"""What follows of itself from a command that is not given yet, for the form to say before it is: the real rules."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from models.actors import Actor
from models.case import Case
from models.commands import RescindFinding
from models.events import Transition
from models.plan import Plan
from rules.case.decide import decide
from rules.words.clock_words import about_words, several_said
from rules.words.naming import Both
from rules.words.sentences import sentence

_REASON = "—"
_AFTERWARDS = {
    "suspend": Both(
        "停产整顿送达后，整改期限重新计算，此前的申报失效，须重新申报。",
        "With its service the time counts anew, and what was declared before is to be declared again.",
    ),
    "close": Both("", ""),
}


def rescission_foreseen(
    plan: Plan, case: Case, who: Actor, refs: Sequence[str], command_id: str, now: datetime
) -> tuple[Both, ...]:
    """Of each finding that may be rescinded what its rescission brings with it; nothing of one that brings nothing."""
    return tuple(said for ref in refs if (said := _follows(plan, case, who, ref, command_id, now)))


def declaration_foreseen(case: Case, refs: Iterable[str]) -> tuple[Both, ...]:
    """What becomes of a declaration of findings that take no verdict before a measure on them is executed (3.2)."""
    asked, found = set(refs), list[Both]()
    for must in case.musts:
        of_it = [ref for ref in must.refs if must.blocks_verdicts and ref in asked]
        if not of_it:
            continue
        of, what, then = several_said(of_it), about_words(must.id), _AFTERWARDS[must.must]
        zh = f"{of.zh} 是{what.zh}的依据：申报记入案卷，但该措施执行前不复查，也不因申报而免予执行。{then.zh}"
        en = f"{of.en}: grounds of the {what.en}. The declaration goes into the file, but there is no "
        en += f"re-inspection before the measure is executed, and it is executed all the same. {then.en}"
        found.append(Both(zh, en))
    return tuple(found)


def closure_foreseen(case: Case) -> tuple[Both, ...]:
    """What an executed closure ends with it (domain §4): unsettled findings, suspensions, and in the end the case."""
    executed = next((m.id for m in case.musts_in("decided") if m.must == "close"), "")
    refs = [finding.ref for finding in case.findings if not finding.settled]
    others = [m.id for m in case.musts if m.is_owed and m.must != "suspend" and m.id != executed]
    zh = "登记执行后，尚未执行的停产整顿不再执行，已执行的随之解除"
    en = "Once executed, suspensions that are owed are executed no more, and one in force is lifted"
    if refs:
        of = several_said(refs)
        zh += f"；未办结的 {of.zh} 随关闭取缔终结，不再复查"
        en += f"; {of.en} end with it, without a re-inspection"
    if not others:
        return (Both(f"{zh}。案件随之结案（已关闭取缔）。", f"{en}. The case is closed: shut down."),)
    of = several_said(others)
    return (Both(f"{zh}。{of.zh}仍须办理，案件暂不结案。", f"{en}. To be done still: {of.en}; the case stays open."),)


def declared_foreseen(case: Case) -> tuple[Both, ...]:
    """The same of what was declared last."""
    declared = [finding for finding in case.findings if finding.state == "declared" and finding.declared_at]
    last = max((finding.declared_at for finding in declared if finding.declared_at), default=None)
    return declaration_foreseen(case, (finding.ref for finding in declared if finding.declared_at == last))


def _follows(plan: Plan, case: Case, who: Actor, ref: str, command_id: str, now: datetime) -> Both | None:
    command = RescindFinding(by=who, command_id=command_id, ref=ref, reason=_REASON)
    judged = decide(plan, case, command, now)
    if not isinstance(judged, Transition):
        return None
    beside = tuple(event for event in judged.events if event.kind != "finding_rescinded")
    if not beside:
        return None
    zh, en = sentence(plan, judged.model_copy(update={"events": beside}))
    return Both(f"撤销 {ref} 的，同时：{zh}", f"With {ref} rescinded: {en}")
