"""What somebody is told of a case, in Chinese and in English: sentences for the codes of the announcement table."""

from collections.abc import Sequence

from rules.words.clock_words import DUTIES, missed_said, several_said
from rules.words.naming import Both

TOPIC_NAMES: dict[str, Both] = {
    "turn": Both("待办", "whose turn"),
    "rectification": Both("责令整改", "orders to rectify"),
    "measure": Both("措施提请和审批", "measures"),
    "extension": Both("延期申请", "extensions"),
    "verdict": Both("复查结果", "verdicts"),
    "transfer": Both("移交辖区", "transfers"),
    "ending": Both("结案时有未办结事项", "closed with matters unmet"),
    "deadline": Both("逾期", "missed deadlines"),
    "assignment": Both("指派承办人", "officers in charge"),
    "reminder": Both("提醒", "reminders"),
}
# {stage}: by name; {about}: findings' refs, musts by name
_SENTENCES: dict[str, Both] = {
    "turn": Both("案件进入{stage}环节，待办理", "the case is at {stage}: to be dealt with"),
    "rectification_ordered": Both("责令限期整改：{about}", "ordered to rectify: {about}"),
    "rectification_counted_anew": Both(
        "停产整顿已送达，{about} 的整改期限重新计算", "suspension served, the time to rectify {about} counts anew"
    ),
    "measure_proposed": Both("已提请{about}，待审批", "{about} proposed, to be decided"),
    "measure_approved": Both("{about}已批准，待执行", "{about} approved, to be executed"),
    "measure_returned": Both("{about}提请被退回", "proposal of {about} returned"),
    "extension_requested": Both("{about} 申请延期，待审批", "extension of {about} requested, to be decided"),
    "extension_granted": Both("{about} 延期申请已审批：同意", "extension of {about} granted"),
    "extension_refused": Both("{about} 延期申请已审批：不同意", "extension of {about} refused"),
    "finding_passed": Both("{about} 复查合格", "{about} passed re-inspection"),
    "finding_failed": Both("{about} 复查不合格", "{about} failed re-inspection"),
    "case_transferred": Both("案件移交本辖区", "the case was transferred to this district"),
    "officers_assigned": Both("已指派您为承办人", "you were put in charge of the case"),
    "case_ended_unmet": Both("结案时未办结：{about}", "the case ended, unmet: {about}"),
    "case_ended_without_look_back": Both("结案时未开展“回头看”", "the case ended without a look-back"),
    "reminded": Both("提醒：案件处于{stage}环节，请尽快办理", "reminder: the case is at {stage}, please deal with it"),
}
SAID: tuple[str, ...] = (*_SENTENCES, *(f"missed_{of}" for of in DUTIES))


def announced_said(what: str, about: Sequence[str], stage: Both) -> Both:
    """The sentence; `stage`: by name, that of the case after the step. A code of a later version stays as it is."""
    if what.startswith("missed_") and (of := what.removeprefix("missed_")) in DUTIES:
        return missed_said(of, *about)
    zh, en = _SENTENCES.get(what, Both(what, what))
    named = several_said(about)
    return Both(zh.format(about=named.zh, stage=stage.zh), en.format(about=named.en, stage=stage.en))
