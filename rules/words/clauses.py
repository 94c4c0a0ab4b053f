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
_OWN_NAMES = {"domain": ("办理规则", "case rules"), "contracts": ("办理要求", "rules of a command")}


def clause_said(rule: str) -> Both:
    """A clause as a reader knows it: that of the notice by its number, one of ours by what it is of."""
    own = _OWN.fullmatch(rule)
    if own is None:
        return Both(rule, rule)
    zh, en = _OWN_NAMES[own[1]]
    return Both(f"{zh}第{own[2]}条", f"{en}, {own[2]}")


def clause_for(plan: Plan, rule: str) -> str:
    """The plan's own clause for one of the notice; what rests on the domain or the contracts stays as it is."""
    clause = CLAUSES.get(rule)
    return clause(plan) if clause else rule


def cited(plan: Plan, refused: Refused) -> Refused:
    """The refusal with the plan's own clause."""
    return refused.model_copy(update={"rule": clause_for(plan, refused.rule)})
