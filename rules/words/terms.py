"""The Chinese and English words for what happens to a case: one term each (domain §8)."""

from models.actors import ROLE_NAMES

COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("纳入排查", "case opened"),
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
    "record_execution": ("登记措施执行", "measure executed"),
    "stay_measure": ("登记中止执行", "measure stayed"),
    "lift_stay": ("登记恢复执行", "stay lifted"),
    "accept_restart": ("复工复产验收合格", "restart accepted"),
    "refuse_restart": ("复工复产验收不合格", "restart refused"),
    "list_for_supervision": ("挂牌督办", "listed supervision"),
    "delist": ("摘牌", "de-listing"),
    "look_back": ("回头看", "look-back"),
    "rescind_finding": ("撤销问题", "finding rescinded"),
    "transfer": ("移交辖区", "transfer"),
    "add_note": ("备注", "note"),
    "attach": ("补充证据材料", "evidence attached"),
    "void": ("作废", "void"),
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
    "open_cases": ("登记对象纳入排查", "cases opened"),
    "move_boundary": ("调整阶段日期", "boundary moved"),
    "complete_now": ("提前结束行动", "completed now"),
    "publish_working_days": ("公布工作日安排", "working days published"),
}
DEEDS: dict[str, tuple[str, str]] = {
    "add": ("登记", "entered"),
    "change": ("变更登记", "changed"),
    "licence": ("登记证照", "licence"),
    "person": ("登记责任人", "responsible person"),
    "cease": ("停止经营", "ceased"),
    "resume": ("恢复经营", "resumed"),
    "move": ("迁移辖区", "moved"),
    "merge": ("合并", "merged"),
}
EVERY_DEED: dict[str, tuple[str, str]] = {  # of the table of deeds, and the clock's
    **DEEDS,
    **COMMANDS,
    **CAMPAIGN_COMMANDS,
    "declare_live": ("确认为正式系统", "declared the live installation"),
    "erase_case": ("销毁到期案卷", "erasing a case after its retention"),
    "manage_people": ("人员和岗位管理", "people and their posts"),
    "take_up_codes": ("启用动态口令", "taking up one-time codes"),
    "change_ways_in": ("变更登录方式", "changing how one signs in"),
    "operate": ("查看系统运行", "looking at how the system runs"),
    "maintain": ("运行维护", "keeping the system running"),
    "manage_tokens": ("接口令牌管理", "tokens of the API"),
    "read_audit": ("查看审计日志", "reading the audit log"),
    "read_sealed": ("查看责任人电话", "reading phone numbers of responsible persons"),
    "read_own": ("查看本单位案件", "reading the own case"),
    "self_inspect": ("登记自查自纠台账", "keeping the own self-inspection ledger"),
    "read": ("查看案件", "reading"),
}
ROLES: dict[str, tuple[str, str]] = {**ROLE_NAMES}
REGISTER_STATES: dict[str, tuple[str, str]] = {
    "active": ("在营", "active"),
    "ceased": ("已停止经营", "ceased"),
    "merged": ("已并入", "merged"),
}
LEVELS: dict[str, tuple[str, str]] = {"district": ("区", "district"), "city": ("市", "city")}
OUTCOMES: dict[str, tuple[str, str]] = {
    "compliant": ("未发现问题", "compliant"),
    "rectified": ("整改合格", "rectified"),
    "shut_down": ("已关闭取缔", "shut down"),
    "referred": ("已移送", "referred"),
    "carried_over": ("结转下期", "carried over"),
    "void": ("作废", "void"),
}
OVERDUE_KINDS: dict[str, tuple[str, str]] = {
    "rectification": ("整改逾期", "overdue rectification"),
    "duty": ("履职逾期", "overdue duty"),
}
SUBJECT_KINDS: dict[str, tuple[str, str]] = {
    "enterprise": ("企业", "enterprise"),
    "site": ("场所（工地）", "site"),
    "vehicle": ("车辆", "vehicle"),
    "person": ("个人", "person"),
}
SOURCES: dict[str, tuple[str, str]] = {
    "inspection": ("检查", "inspection"),
    "self_inspection": ("自查自纠", "self-inspection"),
    "tip_off": ("举报", "tip-off"),
    "unannounced_visit": ("暗访", "unannounced visit"),
    "joint_enforcement": ("联合执法", "joint enforcement"),
    "restart": ("复工复产验收", "restart acceptance"),
    "look_back": ("回头看", "look-back"),
}
CLOCKS: dict[str, tuple[str, str]] = {
    "investigation": ("排查", "investigation"),
    "registration": ("登记建档", "registration"),
    "rectification": ("限期整改", "rectification"),
    "extension": ("延期审批", "extension decision"),
    "reinspection": ("复查", "re-inspection"),
    "restart": ("复工复产验收", "restart acceptance"),
    "decision": ("措施提请和审批", "decision"),
    "execution": ("措施执行", "execution"),
    "look_back": ("回头看", "look-back"),
}
DUTIES: dict[str, tuple[str, str]] = {  # a clock as one role meets it: a decision is proposed first
    **CLOCKS,
    "proposal": ("措施提请", "proposal"),
    "decision": ("措施决定", "decision"),
}
UNITS: dict[str, tuple[str, str]] = {
    "days": ("天", "days"),
    "working_days": ("个工作日", "working days"),
    "hours": ("小时", "hours"),
    "seconds": ("秒", "seconds"),
}
PHASES: dict[str, tuple[str, str]] = {  # where no plan is at hand that names them
    "investigation": ("排查摸底阶段", "investigation"),
    "rectification": ("集中整治阶段", "concentrated rectification"),
    "consolidation": ("巩固提高阶段", "consolidation"),
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
    "pending": ("暂缓适用", "pending"),
    "owed": ("应当采取", "owed"),
    "proposed": ("已提请", "proposed"),
    "decided": ("已批准", "decided"),
    "executed": ("已执行", "executed"),
    "withdrawn": ("已撤回", "withdrawn"),
    "carried_over": ("结转下期", "carried over"),
}
# An event's sentence; `sentences.py` fills {field} from the event, {must} from its must's id, {due} as a day.
EVENTS: dict[str, tuple[str, str]] = {
    "case_opened": ("{subject_name} 纳入排查", "case opened on {subject_name}"),
    "officers_assigned": ("承办人：{officers}", "officers: {officers}"),
    "answers_recorded": ("已填写“三问”检查情况：{answers}", "the three questions answered: {answers}"),
    "finding_recorded": ("发现 {ref}：{description}（{category}）", "found {ref}: {description} ({category})"),
    "finding_corrected": ("{ref} 更正为：{description}（{category}）", "{ref} corrected: {description} ({category})"),
    "finding_registered": (
        "责令 {ref} 于{due}前整改到位，整改责任人：{responsible}",
        "{ref} to be rectified by {responsible} before {due}",
    ),
    "responsible_reassigned": ("{ref} 整改责任人变更为 {responsible}", "{ref} now with {responsible}"),
    "extension_requested": ("{ref} 申请延期至{due}", "{ref}: extension to {due} requested"),
    "extension_decided": ("{ref} 延期申请已审批：{granted}", "{ref}: extension {granted}"),
    "rectification_declared": ("{ref} 申报整改完成", "{ref} declared rectified"),
    "verdict_given": ("{ref} 复查{passed}", "{ref} {passed}"),
    "due_date_set": ("{ref} 整改期限改为{due}前", "{ref}: new due date {due}"),
    "finding_rescinded": ("{ref} 撤销：{reason}", "{ref} rescinded: {reason}"),
    "finding_absorbed": ("{ref} 并入关闭取缔", "{ref} absorbed by the closure"),
    "finding_reclassified": ("{ref} 定性更正：不属于非法生产经营", "{ref} reclassified: no illegal operation"),
    "must_pended": ("{must}暂缓适用（依据 {refs}）", "{must} pending on {refs}"),
    "must_arose": ("应当{must}（依据 {refs}）", "{must} is owed on {refs}"),
    "grounds_joined": ("{must}增加依据 {refs}", "{must}: grounds {refs} joined"),
    "grounds_dropped": ("{must}依据 {refs} 已消除", "{must}: grounds {refs} fell away"),
    "must_withdrawn": ("{must}因依据消除，予以撤回", "{must} withdrawn: its grounds are gone"),
    "must_absorbed": ("{must}并入关闭取缔", "{must} absorbed by the closure"),
    "measure_proposed": ("提请{must}", "{must} proposed"),
    "measure_approved": ("批准{must}", "{must} approved"),
    "measure_returned": ("退回{must}", "{must} returned"),
    "measure_executed": ("{must}已于{on}执行", "{must} executed on {on}"),
    "measure_stayed": ("{authority}决定中止执行{must}", "{must} stayed by {authority}"),
    "stay_lifted": ("{must}恢复执行", "stay of {must} lifted"),
    "restart_fell_due": ("应于{due}前进行复工复产验收", "restart acceptance due before {due}"),
    "restart_accepted": ("准予复工复产，签字：{signatories}", "restart accepted, signed by {signatories}"),
    "restart_refused": ("不予复工复产：{reason}", "restart refused: {reason}"),
    "suspension_lifted": ("{must}随关闭取缔解除", "{must} lifted by the closure"),
    "listed_for_supervision": ("挂牌督办（{level}级）：{reason}", "listed for supervision ({level}): {reason}"),
    "delisted": ("摘牌：{reason}", "de-listed: {reason}"),
    "consolidation_entered": ("转入巩固提高，应于{due}前开展“回头看”", "consolidation; look-back due before {due}"),
    "consolidation_left": ("退出巩固提高，恢复办理", "left consolidation"),
    "looked_back": ("已开展“回头看”：{recurred}", "looked back: {recurred}"),
    "transferred": ("移交{district}：{reason}", "transferred to {district}: {reason}"),
    "note_added": ("{text}", "{text}"),
    "files_attached": ("附证据材料：{names}", "evidence attached: {names}"),
    "deadline_passed": ("{missed}", "missed: {missed}"),
    "phase_began": ("进入{phase}", "{phase} began"),
    "calendar_moved": ("行动日程已调整", "the calendar was moved"),
    "command_refused": ("不予受理：{refusal}", "refused: {refusal}"),
    "case_closed": ("结案：{outcome}", "closed: {outcome}"),
}
