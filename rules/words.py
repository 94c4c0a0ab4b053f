"""The Chinese and English words for what happens to a case: one term each (domain §8)."""

from typing import Any, cast

from models.calendar_moved import CalendarMoved
from models.events import AnyEvent, Transition
from models.instants import say_due

COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("立案", "case filing"),
    "assign_officers": ("指派承办人", "officers assigned"),
    "record_findings": ("排查记录", "investigation"),
    "correct_finding": ("更正问题", "finding corrected"),
    "register": ("登记建档", "registration"),
    "reassign_responsible": ("变更整改责任人", "responsible person changed"),
    "request_extension": ("申请延期", "extension requested"),
    "decide_extension": ("延期审批", "extension decided"),
    "declare_rectified": ("申报整改完成", "rectification declared"),
    "reinspect": ("复查", "re-inspection"),
    "propose_measure": ("提请措施", "measure proposed"),
    "approve_measure": ("批准措施", "measure approved"),
    "return_measure": ("退回措施", "measure returned"),
    "record_execution": ("执行措施", "measure executed"),
    "stay_measure": ("中止执行", "measure stayed"),
    "lift_stay": ("恢复执行", "stay lifted"),
    "accept_restart": ("复工复产验收合格", "restart accepted"),
    "refuse_restart": ("复工复产验收不合格", "restart refused"),
    "list_for_supervision": ("挂牌督办", "listed supervision"),
    "delist": ("摘牌", "de-listing"),
    "look_back": ("回头看", "look-back"),
    "rescind_finding": ("撤销问题", "finding rescinded"),
    "transfer": ("移交辖区", "transfer"),
    "add_note": ("备注", "note"),
    "void": ("撤案", "void"),
    "deadline_passed": ("期限届满", "deadline passed"),
    "phase_began": ("进入新阶段", "phase began"),
    "calendar_moved": ("日程调整", "calendar moved"),
    "campaign_completed": ("行动结束", "campaign completed"),
}
MUSTS: dict[str, tuple[str, str]] = {
    "suspend": ("停产整顿", "suspension"),
    "close": ("关闭取缔", "closure"),
    "fine": ("上限处罚", "fine"),
    "refer": ("追责移送", "referral"),
}
CAMPAIGN_COMMANDS: dict[str, tuple[str, str]] = {
    "open_cases": ("为登记对象立案", "cases opened"),
    "move_boundary": ("调整阶段边界", "boundary moved"),
    "complete_now": ("提前结束行动", "completed now"),
    "publish_working_days": ("公布工作日安排", "working days published"),
}
DEEDS: dict[str, tuple[str, str]] = {
    "add": ("登记", "entered"),
    "change": ("变更登记", "changed"),
    "licence": ("登记证照", "licence"),
    "person": ("登记责任人", "responsible person"),
    "cease": ("停业", "ceased"),
    "resume": ("恢复经营", "resumed"),
    "move": ("迁移辖区", "moved"),
    "merge": ("合并", "merged"),
}
ROLES: dict[str, tuple[str, str]] = {
    "inspector": ("检查员", "inspector"),
    "supervisor": ("监管部门负责人", "supervisor"),
    "government": ("政府", "district government"),
    "regulator": ("行业主管部门", "sector regulator"),
    "office": ("安委会办公室", "city office"),
    "enterprise": ("企业", "enterprise"),
    "public": ("公众", "public"),
    "auditor": ("审计员", "auditor"),
    "admin": ("系统管理员", "administrator"),
}
REGISTER_STATES: dict[str, tuple[str, str]] = {
    "active": ("在营", "active"),
    "ceased": ("停业", "ceased"),
    "merged": ("已并入", "merged"),
}
LEVELS: dict[str, tuple[str, str]] = {"district": ("区", "district"), "city": ("市", "city")}
OUTCOMES: dict[str, tuple[str, str]] = {
    "compliant": ("合规", "compliant"),
    "rectified": ("整改合格", "rectified"),
    "shut_down": ("已关闭取缔", "shut down"),
    "referred": ("已移送", "referred"),
    "carried_over": ("结转下期", "carried over"),
    "void": ("撤案", "void"),
}
CLOCKS: dict[str, tuple[str, str]] = {
    "investigation": ("排查", "investigation"),
    "registration": ("登记建档", "registration"),
    "rectification": ("限期整改", "rectification"),
    "extension": ("延期审批", "extension decision"),
    "reinspection": ("复查", "re-inspection"),
    "restart": ("复工复产验收", "restart acceptance"),
    "decision": ("措施审批", "decision"),
    "execution": ("措施执行", "execution"),
    "look_back": ("回头看", "look-back"),
}
COLOURS: dict[str, tuple[str, str]] = {
    "green": ("", ""),
    "yellow": ("将到期", "due soon"),
    "red": ("逾期", "overdue"),
}
GRADES: dict[str, tuple[str, str]] = {"general": ("一般", "general"), "major": ("重大", "major")}
STATES: dict[str, tuple[str, str]] = {
    "recorded": ("已记录", "recorded"),
    "registered": ("限期整改中", "registered"),
    "declared": ("已申报", "declared"),
    "failed": ("复查不合格", "failed"),
    "verified": ("已销号", "verified"),
    "rescinded": ("已撤销", "rescinded"),
    "absorbed": ("并入关闭取缔", "absorbed"),
    "pending": ("待定", "pending"),
    "owed": ("应当采取", "owed"),
    "proposed": ("已提请", "proposed"),
    "decided": ("已批准", "decided"),
    "executed": ("已执行", "executed"),
    "withdrawn": ("已撤回", "withdrawn"),
    "carried_over": ("结转下期", "carried over"),
}
# An event's sentence; {field} is filled from the event, {must} from its must's id, {due} as a day.
EVENTS: dict[str, tuple[str, str]] = {
    "case_opened": ("对 {subject_name} 立案", "case opened on {subject_name}"),
    "officers_assigned": ("承办人：{officers}", "officers: {officers}"),
    "answers_recorded": ("三问已作答", "the three questions answered"),
    "finding_recorded": ("发现 {ref}（{category}）：{description}", "found {ref} ({category}): {description}"),
    "finding_corrected": ("{ref} 更正为 {category}：{description}", "{ref} corrected to {category}: {description}"),
    "finding_registered": (
        "{ref} 由 {responsible} 于 {due} 前整改",
        "{ref} to be rectified by {responsible} before {due}",
    ),
    "responsible_reassigned": ("{ref} 责任人改为 {responsible}", "{ref} now with {responsible}"),
    "extension_requested": ("{ref} 申请延期至 {due}", "{ref}: extension to {due} requested"),
    "extension_decided": ("{ref} 延期申请已决定", "{ref}: extension decided"),
    "rectification_declared": ("{ref} 申报整改完成", "{ref} declared rectified"),
    "verdict_given": ("{ref} 复查{passed}", "{ref} {passed}"),
    "due_date_set": ("{ref} 新期限 {due}", "{ref}: new due date {due}"),
    "finding_rescinded": ("{ref} 撤销：{reason}", "{ref} rescinded: {reason}"),
    "finding_absorbed": ("{ref} 并入关闭取缔", "{ref} absorbed by the closure"),
    "finding_reclassified": ("{ref} 改定性为非“非法经营”", "{ref} reclassified: no illegal operation"),
    "must_pended": ("{must}待定（依据 {refs}）", "{must} pending on {refs}"),
    "must_arose": ("应当{must}（依据 {refs}）", "{must} is owed on {refs}"),
    "grounds_joined": ("{must}增加依据 {refs}", "{must}: grounds {refs} joined"),
    "grounds_dropped": ("{must}依据 {refs} 消灭", "{must}: grounds {refs} fell away"),
    "must_withdrawn": ("{must}因依据消灭而撤回", "{must} withdrawn: its grounds are gone"),
    "must_absorbed": ("{must}并入关闭取缔", "{must} absorbed by the closure"),
    "measure_proposed": ("提请{must}", "{must} proposed"),
    "measure_approved": ("批准{must}", "{must} approved"),
    "measure_returned": ("退回{must}", "{must} returned"),
    "measure_executed": ("{must}已于 {on} 执行", "{must} executed on {on}"),
    "measure_stayed": ("{must}由{authority}中止", "{must} stayed by {authority}"),
    "stay_lifted": ("{must}恢复执行", "stay of {must} lifted"),
    "restart_fell_due": ("应于 {due} 前复工复产验收", "restart acceptance due before {due}"),
    "restart_accepted": ("准予复工复产，签字：{signatories}", "restart accepted, signed by {signatories}"),
    "restart_refused": ("不予复工复产：{reason}", "restart refused: {reason}"),
    "suspension_lifted": ("{must}随关闭取缔解除", "{must} lifted by the closure"),
    "listed_for_supervision": ("挂牌督办（{level}）：{reason}", "listed for supervision ({level}): {reason}"),
    "delisted": ("摘牌：{reason}", "de-listed: {reason}"),
    "consolidation_entered": ("转入巩固提高，{due} 前“回头看”", "consolidation; look-back due before {due}"),
    "consolidation_left": ("离开巩固提高", "left consolidation"),
    "looked_back": ("已“回头看”", "looked back"),
    "transferred": ("移交 {district}：{reason}", "transferred to {district}: {reason}"),
    "note_added": ("{text}", "{text}"),
    "deadline_passed": ("逾期：{missed}", "missed: {missed}"),
    "phase_began": ("进入阶段 {phase}", "phase {phase} began"),
    "calendar_moved": ("行动日程已调整", "the calendar was moved"),
    "command_refused": ("不予受理：{refusal}", "refused: {refusal}"),
    "case_closed": ("结案：{outcome}", "closed: {outcome}"),
}


_PUBLISHED = ("{year} 年工作日安排已公布（{source}）", "the working days of {year} were published ({source})")
_COMMA = ("、", ", ")


def told(transition: Transition) -> tuple[str, str]:
    """What a transition did, in Chinese and in English: its events, one after the other."""
    sentences = [_sentence(event) for event in transition.events]
    return "；".join(zh for zh, _ in sentences), "; ".join(en for _, en in sentences)


def about_words(about: str) -> tuple[str, str]:
    """A finding's ref as it is; `close-1` by the must's name, with its number from the second on."""
    must, _, number = about.rpartition("-")
    if must not in MUSTS or not number.isdigit():
        return ("", "") if about == "case" else (about, about)
    zh, en = MUSTS[must]
    return (zh, en) if number == "1" else (f"{zh} {number}", f"{en} {number}")


def _sentence(event: AnyEvent) -> tuple[str, str]:
    zh, en = EVENTS[event.kind]
    if isinstance(event, CalendarMoved) and event.working_days:
        facts = event.working_days.model_dump()
        return _PUBLISHED[0].format(**facts), _PUBLISHED[1].format(**facts)
    return zh.format(**_facts(event, 0)), en.format(**_facts(event, 1))


def _facts(event: AnyEvent, language: int) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in type(event).model_fields:
        value: Any = getattr(event, name)
        listed = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else None
        facts[name] = value if listed is None else _COMMA[language].join(map(str, listed))
    match event.kind:
        case "case_opened":
            facts["subject_name"] = event.subject.name
        case "verdict_given":
            facts["passed"] = (("不合格", "failed"), ("合格", "passed"))[event.passed][language]
        case "deadline_passed":
            missed = [f"{CLOCKS[m.clock][language]} {about_words(m.about)[language]}" for m in event.missed]
            facts["missed"] = _COMMA[language].join(m.strip() for m in missed)
        case "command_refused":
            facts["refusal"] = (event.refusal.zh, event.refusal.en)[language]
        case "case_closed":
            facts["outcome"] = OUTCOMES[event.outcome][language]
        case "must_pended" | "must_arose" | "grounds_joined":
            facts["refs"] = _COMMA[language].join(g.ref for g in event.grounds)
        case _:
            pass
    if isinstance(must_id := facts.get("id"), str):
        facts["must"] = MUSTS[must_id.rsplit("-", 1)[0]][language]
    due = facts.get("due_at") or facts.get("look_back_due_at")
    facts["due"] = say_due(due) if due else ""
    return facts
