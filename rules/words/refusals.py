"""Every refusal: code, the clause or rule it rests on, the sentence in Chinese and in English.

A clause of the notice stands for the thing that it is about; under another plan `clauses.py` cites that plan's.
"""

import re

from models.refusals import Refused
from rules.words.naming import Both, finding_named
from rules.words.refusals_campaign import BEYOND_THE_CASE
from rules.words.terms import (
    EVERY_DEED,
    LEVELS,
    MUSTS,
    OUTCOMES,
    PHASES,
    REGISTER_STATES,
    ROLES,
    STATES,
)

REFUSALS: dict[str, tuple[str, str, str]] = {
    # -- the case and the command itself
    "clock_only": (
        "contracts §1",
        "“{do}”由系统按时限自动办理，不能人工提交",
        "{do} comes from durable timers and the campaign only",
    ),
    "command_id_reused": (
        "contracts §1",
        "该命令编号已用于另一条内容不同的命令",
        "This command_id was accepted with other content",
    ),
    "unclaimed": (
        "contracts §1",
        "无法确认该命令由何人提交（缺少签名声明），未予受理；请通过网页、接口或命令行重新提交",
        "Nobody proved to have asked for this command: it has no signed claim. Hand it in again by API or console",
    ),
    "claim_invalid": (
        "contracts §1",
        "该命令的签名声明无效：{why}；未予受理，请重新提交",
        "The signed claim of this command does not hold: {why}. Hand it in again",
    ),
    "out_of_scope": (
        "contracts §3",
        "该令牌的使用范围不含“{do}”，只限：{scope}",
        "This token is not for {do}; it is for: {scope}",
    ),
    "case_not_open": ("domain §2", "该对象尚未纳入排查，没有案件", "The case has not been opened"),
    "already_open": ("domain §2", "该对象在本次行动中已有在办案件", "The subject already has an open case"),
    "case_closed": ("domain §4", "案件已结案（{outcome}）", "The case is closed ({outcome})"),
    "campaign_not_running": (
        "domain §1",
        "行动期为{begins}至{ends}，目前不在行动期内",
        "The campaign runs from {begins} to {ends}; this is outside",
    ),
    "role_not_permitted": (
        "domain §7",
        "{role}不得办理“{do}”，应由{roles}办理",
        "The role {role} may not do this ({do}); it is for: {roles}",
    ),
    "wrong_territory": (
        "domain §7",
        "{district}不属于本辖区（{territory}）管辖范围",
        "The territory {territory} does not reach {district}",
    ),
    "wrong_sector": (
        "domain §7",
        "{there}不属于本部门行业领域（{sector}）",
        "The sector {sector} does not reach {there}",
    ),
    "not_own_subject": (
        "domain §7",
        "只能办理本单位的事项",
        "Whoever speaks for one subject acts in its own case alone",
    ),
    "second_inspector": ("domain §7", "另一名检查员{why_zh}", "The other inspector {why_en}"),
    "observed_out_of_range": (
        "domain §5",
        "实际发生（现场检查）时间不得晚于录入时间，两者最长间隔{period}",
        "The time of the event must not be later than its entry, nor more than {period} before it",
    ),
    "unknown_district": ("3.1.ledger", "方案中没有区划代码 {district}", "The plan has no district {district}"),
    "unknown_sector": ("2.1", "方案中没有行业领域“{sector}”", "The plan has no sector {sector}"),
    "same_district": ("domain §7", "案件现由{district}管辖，无需移交", "The case is in {district} already"),
    # -- findings
    "unknown_category": (
        "domain §2",
        "方案中没有问题类别“{category}”（{ref}）",
        "The plan has no category {category} (finding {ref})",
    ),
    "inspected_in_future": (
        "domain §2",
        "检查日期{day}晚于今天（{ref}）",
        "The day of inspection {day} is later than today (finding {ref})",
    ),
    "duplicate_ref": ("domain §3", "问题编号 {ref} 重复", "The ref {ref} occurs twice"),
    "unknown_ref": ("domain §3", "案件中没有编号为 {ref} 的问题", "The case has no finding {ref}"),
    "findings_exist": (
        "domain §3",
        "已有登记的问题，不能再记为“未发现问题”",
        "An empty list is for a case without findings; this one has some",
    ),
    "answers_incomplete": (
        "3.1.questions",
        "未发现问题而结案的，须填写全部“三问”，尚缺：{missing}",
        "Nothing found closes the case only with all three questions answered; missing: {missing}",
    ),
    "answers_against": (
        "3.1.questions",
        "“{against}”的检查情况表明存在问题，不能记为“未发现问题”",
        "The answer to “{against}” speaks against it: that is not “nothing found”",
    ),
    "answers_contradict": (
        "3.1.questions",
        "“{question}”的检查情况与问题 {ref} 矛盾，请更正该项检查情况或该问题",
        "The answer to “{question}” contradicts the finding {ref}: mend the answer or the finding",
    ),
    "nothing_to_correct": ("domain §3", "没有要更正的内容", "Nothing to correct was given"),
    "already_registered": ("3.1.register", "{ref} 已登记建档", "{ref} is registered already"),
    "not_registered": ("3.1.register", "{ref} 尚未登记建档", "{ref} is not registered yet"),
    "already_settled": ("domain §2", "{ref} 已办结（{state}）", "{ref} is settled ({state})"),
    "due_not_ahead": ("domain §3", "{ref} 的整改期限须晚于当前时间", "The due date of {ref} must lie ahead"),
    "due_past_cap": (
        "3.2",
        "{ref} 的整改期限不得晚于{cap}",
        "The due date of {ref} must not pass {cap}",
    ),
    "extension_used": (
        "domain §5",
        "每项问题只能申请一次延期，{ref} 已申请过",
        "One extension request per finding; {ref} had its own",
    ),
    "extension_too_late": (
        "domain §5",
        "{ref} 的延期须在到期前申请",
        "An extension of {ref} must be asked for before its due date",
    ),
    "extension_not_later": ("domain §5", "{ref} 的新期限须晚于原期限", "The new date of {ref} must be later"),
    "extension_too_long": (
        "domain §5",
        "{ref} 最迟可延期至{latest}",
        "The extension of {ref} reaches {latest} at most",
    ),
    "no_extension_requested": (
        "domain §5",
        "{ref} 没有待审批的延期申请",
        "{ref} has no open extension request",
    ),
    "already_declared": (
        "domain §3",
        "{ref} 已申报整改完成，等待复查",
        "{ref} is declared already and awaits its verdict",
    ),
    "not_awaiting_verdict": (
        "domain §3",
        "{ref} 不在待复查状态：尚未申报整改完成，也未到期",
        "{ref} awaits no verdict: neither declared nor past its due date",
    ),
    "measure_first": (
        "3.2",
        "{ref} 是“{must}”的依据，须先执行该措施",
        "{ref} is a ground of the {must}: the measure comes first",
    ),
    # -- the four musts
    "must_pending": (
        "3.2",
        "“{must}”在集中整治阶段开始前暂缓适用",
        "The {must} is pending until the musts begin with phase 2",
    ),
    "not_owed": ("3.2", "本案目前无须采取“{must}”", "The {must} is not owed"),
    "already_proposed": ("3.2", "“{must}”已提请审批", "The {must} is proposed already"),
    "not_proposed": ("3.2", "措施“{must}”{stands}", "The {must} {stands}"),
    "not_decided": ("3.2", "“{must}”尚未批准", "The {must} has not been decided"),
    "grounds_incomplete": (
        "3.2",
        "提请措施须列明全部依据：{grounds}",
        "A proposal names all grounds of its must: {grounds}",
    ),
    "fine_missing": ("3.2.must3", "提请罚款须列明处罚条款和金额", "A proposed fine names article and amounts"),
    "fine_foreign": ("3.2.must3", "只有上限处罚须列金额", "Only a fine carries amounts"),
    "unknown_article": ("3.2.must3", "方案中没有处罚条款“{article}”", "The plan has no article {article}"),
    "base_missing": ("3.2.must3", "“{article}”须给出罚款基数", "The article {article} needs a base"),
    "base_foreign": (
        "3.2.must3",
        "“{article}”为定额罚款，不用基数",
        "The article {article} is fixed and takes no base",
    ),
    "not_upper_limit": (
        "3.2.must3",
        "{who}的罚款须为上限 {limit} 元",
        "The fine of {who} is exactly the upper limit, {limit} yuan",
    ),
    "persons_differ": (
        "3.2.must3",
        "受处罚的个人须为各项依据的整改责任人，不得增减：{persons}",
        "Fined are exactly the responsible persons of the grounds: {persons}",
    ),
    "four_eyes": ("domain §4", "审批人不得是提请人", "The approver is not the proposer"),
    "shown_differs": (
        "domain §4",
        "“{must}”的提请内容在您查看之后已有变化，请重新查看后再审批",
        "The proposed {must} has changed since it was shown: look again, then decide",
    ),
    "own_finding": ("domain §4", "撤销人不得是记录人", "The rescinder is not the recorder"),
    "stayed": ("domain §4", "“{must}”已由{authority}决定中止执行", "The {must} is stayed ({authority})"),
    "not_stayable": ("domain §4", "没有可以中止执行的“{must}”", "There is no {must} that could be stayed"),
    "not_stayed": ("domain §4", "“{must}”未中止执行", "The {must} is not stayed"),
    "not_illegal_operation": (
        "3.2",
        "{ref} 不是以非法生产经营为由的依据",
        "{ref} is no ground as an illegal operation",
    ),
    "reclassify_foreign": (
        "3.2",
        "只有退回关闭取缔时才能更正定性",
        "Only the return of a close may reclassify",
    ),
    "date_out_of_range": (
        "domain §4",
        "执行日期不得早于批准之日（{decided}），不得晚于今日",
        "The date of execution lies between the decision ({decided}) and today",
    ),
    "executed_in_stay": (
        "domain §4",
        "执行日期在中止执行期间（{since}至{until}），中止期间不得执行",
        "On that day the measure was stayed (from {since} to {until}), and not to be executed",
    ),
    "supervision_missing": (
        "3.2.must1",
        "停产整顿须至少落实一项监管措施",
        "A suspension is served with at least one supervisory measure",
    ),
    "checks_missing": (
        "3.2.must2",
        "关闭取缔须一次核实全部事项，尚缺：{missing}",
        "Every closure check is to be verified at once; missing: {missing}",
    ),
    "unknown_check": (
        "3.2.must2",
        "关闭取缔事项中没有“{check}”，可选：{known}",
        "There is no closure check {check}; one of: {known}",
    ),
    "receipt_missing": ("3.2.must3", "须记录缴款凭证", "The receipt of the fine is recorded"),
    "referral_incomplete": (
        "3.2.must4",
        "须记录移送书及其回执",
        "The referral letter and its receipt are recorded",
    ),
    # -- restart, look-back, supervision, endings
    "no_restart_awaited": ("3.1.restart", "没有待验收的复工复产", "No restart is awaited"),
    "three_nos": (
        "3.1.restart",
        "{missing}，不得复工复产",
        "No restart while these are not met: {missing}",
    ),
    "conditions_wrong": (
        "3.1.restart",
        "验收条件须为：{conditions}",
        "The conditions are exactly: {conditions}",
    ),
    "conditions_met": (
        "3.1.restart",
        "验收条件全部达到，没有不予复工复产的理由",
        "All conditions are met: nothing to refuse",
    ),
    "two_signatories": ("3.1.restart", "须有两名不同的签字人", "Two different signatories sign"),
    "not_in_consolidation": ("3.3", "案件未转入巩固提高", "The case is not in consolidation"),
    "look_back_too_early": ("3.3", "“回头看”在巩固提高阶段才开展", "The look-back belongs to phase 3"),
    "recurred_needs_findings": ("3.3", "问题复发的，须列明问题", "A recurrence needs findings"),
    "findings_without_recurrence": (
        "3.3",
        "未复发的，不应列问题",
        "Without a recurrence there are no findings",
    ),
    "no_major_finding": ("domain §6", "没有未办结的重大隐患", "There is no unsettled major finding"),
    "already_listed": ("domain §6", "已由{level}级挂牌督办", "Listed at level {level} already"),
    "not_listed": ("domain §6", "未由{level}级挂牌督办", "Not listed at level {level}"),
    "major_findings_open": (
        "domain §6",
        "{ref} 尚未复查合格，不得摘牌",
        "{ref} has not passed its re-inspection: no de-listing",
    ),
    "already_attached": (
        "3.1.register",
        "“{name}”已作为同一问题的证据附卷，无须重复提交",
        "{name} is evidence of the same finding already: it need not be attached again",
    ),
    "must_was_owed": (
        "domain §4",
        "本案曾应当采取“{must}”，不得作废",
        "A {must} was owed once: the case cannot be void",
    ),
}

_WORDS_OF = {
    "role": ROLES,
    "roles": ROLES,
    "do": EVERY_DEED,
    "must": MUSTS,
    "outcome": OUTCOMES,
    "level": LEVELS,
    "phase": PHASES,
    "state": {**STATES, **REGISTER_STATES},
}


FACT = re.compile(r"\{(\w+)\}")
"""A fact in a sentence, by its name."""
_ALONE = re.compile(r"(?<!问题 )(?<!编号 )(?<!编号为 )(?<!（)(?<!finding )(?<!ref )\{ref\}")
"""A finding of which the sentence does not say that it is one."""


def facts_told(code: str) -> frozenset[str]:
    """The names of the facts that the sentence of the code tells."""
    found = REFUSALS.get(code) or BEYOND_THE_CASE.get(code)
    return frozenset(FACT.findall(found[1] + found[2])) if found else frozenset()


def refuse(code: str, **facts: object) -> Refused:
    """The refusal of that code with its facts filled in; KeyError for an unknown code.

    A fact that differs by language is a `Both` (`rules/words/naming.py`); a known identifier has its Chinese word.
    """
    rule, zh, en = REFUSALS[code] if code in REFUSALS else BEYOND_THE_CASE[code]
    if "ref" in facts:
        named = finding_named(str(facts["ref"]))
        zh, en = (_ALONE.sub(said, sentence) for sentence, said in zip((zh, en), named, strict=True))
    in_chinese = {name: _in_chinese(name, value) for name, value in facts.items()}
    in_english = {name: _in_english(name, value) for name, value in facts.items()}
    return Refused(code=code, rule=rule, zh=zh.format(**in_chinese), en=en.format(**in_english))


def _in_english(name: str, value: object) -> object:
    """A measure by its name; every other identifier is English already."""
    if isinstance(value, Both):
        return value.en
    return MUSTS[str(value)][1] if name == "must" and str(value) in MUSTS else value


def _in_chinese(name: str, value: object) -> object:
    """The Chinese word of an identifier, of each in a list; what has none stays as it is."""
    if isinstance(value, Both):
        return value.zh
    words = _WORDS_OF.get(name)
    if words is None:
        return value
    return "、".join(words[one][0] if one in words else one for one in str(value).split(", "))
