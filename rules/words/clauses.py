"""Which clause a refusal rests on under the plan at hand: another city's plan has other clauses (contracts §1).

Whoever has the plan cites, once: `refuse` itself knows none.
"""

import re
from collections.abc import Callable

from models.plan import Plan
from models.refusals import Refused
from rules.words.naming import Both

# a clause of the notice (domain §1) -> the clause that the plan gives for the same thing
CLAUSES: dict[str, Callable[[Plan], str]] = {
    "2.1": lambda plan: plan.sectors[0].clause,
    "3.1.ledger": lambda plan: plan.districts[0].clause,
    "3.1.questions": lambda plan: plan.questions[0].clause,
    "3.1.register": lambda plan: plan.clocks.registration.clause,
    "3.1.restart": lambda plan: plan.restart_conditions[0].clause,
    "3.2": lambda plan: next(p.clause for p in plan.phases if p.musts == "owed"),
    "3.2.must1": lambda plan: plan.must("suspend").clause,
    "3.2.must2": lambda plan: plan.must("close").clause,
    "3.2.must3": lambda plan: plan.must("fine").clause,
    "3.2.must4": lambda plan: plan.must("refer").clause,
    "3.3": lambda plan: next(p.clause for p in plan.phases if p.look_back),
}


_OWN = re.compile(r"(domain|contracts) §(\d+)")
_OWN_NAMES = {
    "domain 1": Both("行动方案规定", "on the campaign and its plan"),
    "domain 2": Both("对象和案件登记要求", "on subjects and cases"),
    "domain 3": Both("办理环节要求", "on the steps of a case"),
    "domain 4": Both("措施办理要求", "on measures"),
    "domain 5": Both("时限规定", "on time limits"),
    "domain 6": Both("专项程序", "on special procedures"),
    "domain 7": Both("岗位权限", "on posts and what they may do"),
    "contracts 1": Both("提交要求", "on handing in"),
    "contracts 3": Both("接口使用要求", "on what may be sent"),
}
_OTHER = Both("办理要求", "on how cases are handled")
_NOTICE_NAMES = {
    "1.goal": Both("工作目标", "1, its goal"),
    "3.1.questions": Both("3.1“三问”", "3.1, the three questions"),
    "3.1.register": Both("3.1 登记建档", "3.1, registration"),
    "3.1.ledger": Both("3.1 自查自纠台账", "3.1, ledgers of self-inspection"),
    "3.1.restart": Both("3.1 复工复产验收", "3.1, restart acceptance"),
    "3.2.must1": Both("3.2“四个一律”第一项", "3.2, the first of the four musts"),
    "3.2.must2": Both("3.2“四个一律”第二项", "3.2, the second of the four musts"),
    "3.2.must3": Both("3.2“四个一律”第三项", "3.2, the third of the four musts"),
    "3.2.must4": Both("3.2“四个一律”第四项", "3.2, the fourth of the four musts"),
    "3.2.integration": Both("3.2 与产业政策结合", "3.2, integration with industry policy"),
}


def clause_said(rule: str) -> Both:
    """A clause as a reader knows it: that of the notice by its number, one of ours by what it is of."""
    own = _OWN.fullmatch(rule)
    if own is None:
        return _NOTICE_NAMES.get(rule) or Both(rule, rule)
    return _OWN_NAMES.get(f"{own[1]} {own[2]}", _OTHER)


def clause_for(plan: Plan, rule: str) -> str:
    """The plan's own clause for one of the notice; what rests on the domain or the contracts stays as it is."""
    clause = CLAUSES.get(rule)
    return clause(plan) if clause else rule


def cited(plan: Plan, refused: Refused) -> Refused:
    """The refusal with the plan's own clause."""
    return refused.model_copy(update={"rule": clause_for(plan, refused.rule)})
