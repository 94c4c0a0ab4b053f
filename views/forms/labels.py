"""What the fields of a command are called on a form, in Chinese and in English."""

from rules.words.naming import Both

_NAMES: dict[str, tuple[str, str]] = {
    "answers": ("排查三问", "The three questions"),
    "article": ("处罚条款", "Article"),
    "assignments": ("整改责任人和期限", "Who rectifies, until when"),
    "authority": ("决定机关（复议机关或人民法院）", "Authority (reconsideration organ or court)"),
    "base": ("罚款基数（元）", "Base of the fine, yuan"),
    "category": ("问题类别", "Category"),
    "checks": ("已核实的关闭事项", "Verified at the closure"),
    "conditions": ("复工复产条件", "Conditions of the restart"),
    "date": ("执行日期", "Day of execution"),
    "description": ("问题描述", "Description"),
    "district": ("移交至", "To the district"),
    "due": ("整改期限", "Due"),
    "evidence": ("整改情况和证明材料（每行一项）", "What was done, and what proves it; one a line"),
    "files": ("照片和证明材料", "Photos and papers"),
    "findings": ("发现的问题", "Findings"),
    "fine": ("上限处罚", "Fine at the upper limit"),
    "grade": ("等级", "Grade"),
    "granted": ("是否同意", "Granted"),
    "illegal_operation": ("属非法生产经营建设", "Illegal operation"),
    "imminent_danger": ("有发生事故的现实危险", "Imminent danger"),
    "inspected_on": ("检查日期（当日检查的不填）", "Day of inspection, if not today"),
    "letter": ("移送书文号", "Number of the letter"),
    "level": ("督办级别", "Level"),
    "must": ("措施", "Measure"),
    "note": ("备注", "Note"),
    "observed_at": ("实际发生时间（补录时填写）", "When it happened, if not now"),
    "officers": ("承办人", "Officers in charge"),
    "passed": ("复查结论", "Verdict"),
    "reason": ("理由", "Reason"),
    "receipt": ("缴款凭证号", "Number of the receipt"),
    "recurred": ("问题是否复发", "Has it come back?"),
    "reclassify": (
        "经审查不属于非法生产经营建设的（在下列依据中勾选）",
        "Which of these grounds are not an illegal operation",
    ),
    "ref": ("编号", "Number"),
    "refs": ("涉及的问题", "Findings"),
    "responsible": ("整改责任人", "Responsible person"),
    "signatories": ("验收签字人", "Signatories"),
    "supervision": ("停产期间的监管措施（每行一项）", "Supervision during the suspension, one a line"),
    "suspected_crime": ("涉嫌犯罪", "Suspected crime"),
    "text": ("内容", "Text"),
    "verdicts": ("复查结论", "Verdicts"),
    "with": ("另一名检查员", "The other inspector"),
}
BUTTONS: dict[str, tuple[str, str]] = {  # what pressing the button does
    "assign_officers": ("指派承办人", "Assign officers"),
    "record_findings": ("排查记录", "Record the investigation"),
    "correct_finding": ("更正问题", "Correct a finding"),
    "register": ("登记建档", "Register"),
    "reassign_responsible": ("变更整改责任人", "Change the responsible person"),
    "request_extension": ("申请延期", "Ask for an extension"),
    "decide_extension": ("延期审批", "Decide on the extension"),
    "declare_rectified": ("申报整改完成", "Declare rectified"),
    "reinspect": ("复查", "Re-inspect"),
    "propose_measure": ("提请措施", "Propose"),
    "approve_measure": ("批准措施", "Approve"),
    "return_measure": ("退回措施", "Return"),
    "record_execution": ("登记措施执行", "Record the execution"),
    "stay_measure": ("登记中止执行", "Record a stay"),
    "lift_stay": ("登记恢复执行", "Record that a stay was lifted"),
    "accept_restart": ("复工复产验收", "Restart acceptance"),
    "refuse_restart": ("复工复产验收不合格", "Refuse the restart"),
    "list_for_supervision": ("挂牌督办", "List for supervision"),
    "delist": ("摘牌", "De-list"),
    "look_back": ("回头看", "Look back"),
    "rescind_finding": ("撤销问题", "Rescind a finding"),
    "transfer": ("移交辖区", "Transfer to another district"),
    "add_note": ("添加备注", "Add a note"),
    "attach": ("补充证据材料", "Attach evidence"),
    "void": ("作废案件", "Void the case"),
}
_OF_ONE: dict[tuple[str, str], tuple[str, str]] = {
    ("request_extension", "due"): ("申请延期至", "Extended until"),
    ("refer", "receipt"): ("公安机关回执文号", "Receipt of the police"),
    ("correct_finding", "ref"): ("要更正的问题", "Finding"),
    ("reassign_responsible", "ref"): ("问题", "Finding"),
    ("reassign_responsible", "responsible"): ("新的整改责任人", "New responsible person"),
    ("rescind_finding", "ref"): ("要撤销的问题", "Finding"),
    ("request_extension", "ref"): ("问题", "Finding"),
    ("decide_extension", "ref"): ("问题", "Finding"),
    ("refuse_restart", "reason"): ("不予通过的理由（有一项不符合的填写）", "Why it is refused, where one is not met"),
    ("approve_measure", "reason"): ("审批意见", "Reason"),
    ("return_measure", "reason"): ("审批意见", "Reason"),
    ("findings", "files"): ("本项问题的照片和材料", "Photos and papers of this finding"),
    ("verdicts", "files"): ("复查照片", "Photos of now"),
    ("verdicts", "note"): ("复查意见（不合格的必填）", "Remark; of a failed verdict why"),
}
_HINTS: dict[str, tuple[str, str]] = {
    "base": ("按固定数额罚款的条款不填", "Only for an article that multiplies it"),
    "checks": (
        "各项均须核实并勾选；没有证照可吊销的，核实无证照后勾选",
        "All are to be verified and ticked; where there is no licence, that there is none",
    ),
    "reclassify": (
        "勾选后撤回关闭取缔，改为应当停产整顿",
        "With a tick the closure is withdrawn, and a suspension is owed instead",
    ),
    "due": ("不填的，按方案规定的期限", "Left empty: the date of the plan"),
    "evidence": ("已上传照片的可不填", "May be left empty where photos are sent"),
    "files": (
        "照片、PDF、xlsx、docx；每个不超过 20 MB，一次最多 20 个",
        "Photos, PDF, xlsx, docx; at most 20 MB each, 20 at once",
    ),
    "fine": ("单位和各责任人的罚款按条款上限自动计算", "The amounts of unit and persons follow from the article"),
    "illegal_operation": ("未填的，按问题类别判断", "Not said: as the category has it"),
    "signatories": ("合计至少两人，含本人", "At least two in all, yourself among them"),
    "verdicts": ("本次未复查的，结论不填", "Leave out what was not looked at"),
    "assignments": (
        "登记的，须填写整改责任人；暂不登记的，责任人不填",
        "What is registered needs somebody responsible; leave out what is not registered yet",
    ),
}
_ONLY = {"due": {"register"}}  # hints of one form alone


def label(of: str, name: str) -> Both:
    """What the field is called; `of`: the command, the must, or the part that it is a field of."""
    return Both(*(_OF_ONE.get((of, name)) or _NAMES[name]))


def field_label(place: str) -> Both | None:
    """What a field is called by its place in a command, as `findings.0.grade`; None for what no form asks for."""
    names = [name for name in reversed(place.split(".")) if name in _NAMES]
    return Both(*_NAMES[names[0]]) if names else None


def hint(do: str, name: str) -> Both | None:
    """What to know before filling it in."""
    known = _HINTS.get(name)
    return Both(*known) if known and do in _ONLY.get(name, {do}) else None
