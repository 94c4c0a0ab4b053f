"""What a plan assumes (A), as its readers say it: neither notice nor law says so; a city confirms or changes it."""

from collections.abc import Iterable, Iterator

from models.plan import Named, Period, Plan
from rules.words.naming import Both
from rules.words.terms import MUSTS, ROLES

_NAMED = {
    "closure_checks": Both("关闭取缔逐项核实的事项", "What is verified at a closure"),
    "restart_conditions": Both("复工复产条件", "Conditions of a restart"),
    "questions": Both("排查须答的问题", "Questions of an investigation"),
    "articles": Both("处罚条款", "Articles of fines"),
    "phases": Both("阶段", "Phases"),
    "illegal_conduct": Both("非法违法行为", "Kinds of illegal conduct"),
    "hazards": Both("隐患", "Kinds of hazards"),
    "musts": Both("措施", "Measures"),
    "sectors": Both("行业领域", "Sectors"),
    "districts": Both("辖区", "Districts"),
    "roles": Both("角色", "Roles"),
    "targets": Both("控制目标", "Targets"),
    "principles": Both("原则", "Principles"),
}
Assumed = tuple[Both, Both]
"""What about, and what is assumed."""


def assumed_said(plan: Plan) -> tuple[Assumed, ...]:
    """The assumptions of the plan but its periods, which stand in the table of clocks; those alike in one line."""
    return tuple((about, value) for about, value in _assumed(plan) if value.zh)


def _assumed(plan: Plan) -> Iterator[Assumed]:
    conduct = [kind for kind in plan.illegal_conduct if kind.illegal_operation_source == "A"]
    yield (
        Both("缺省视为非法生产经营（关闭取缔）", "Illegal operation unless said otherwise (closure)"),
        _joined(Both(kind.id, kind.id) for kind in conduct if kind.illegal_operation),
    )
    yield (
        Both("缺省不视为非法生产经营（停产整顿）", "No illegal operation unless said otherwise (suspension)"),
        _joined(Both(kind.id, kind.id) for kind in conduct if not kind.illegal_operation),
    )
    if plan.readings.source == "A":
        yield Both("视同", "Read as"), _readings(plan)
    for must in plan.musts:
        if must.decided_by_source == "A":
            zh, en = MUSTS[must.id]
            yield Both(f"{zh}由谁审批", f"Who decides the {en}"), Both(*ROLES[must.decided_by])
    if plan.plan_due_source == "A":
        yield Both("实施方案报送期限", "When implementation plans are due"), Both(plan.plan_due, plan.plan_due)
    for field, about in _NAMED.items():
        yield about, _named(getattr(plan, field))


def assumed_periods(plan: Plan) -> int:
    """How many periods of the plan are assumed."""
    of_clocks = (getattr(plan.clocks, name) for name in type(plan.clocks).model_fields)
    of_musts = (period for must in plan.musts for period in (must.decided, must.executed))
    return sum(isinstance(one, Period) and one.source == "A" for one in (*of_clocks, *of_musts))


def _readings(plan: Plan) -> Both:
    of = plan.readings
    return _joined(
        (
            Both(f"隐患复查不合格为 {of.hazard_failed}", f"a hazard that fails re-inspection, {of.hazard_failed}"),
            Both(f"取缔后死灰复燃为 {of.resurgence}", f"a resurgence after a closure, {of.resurgence}"),
            Both(f"无证经营为 {of.unlicensed}", f"operating without a licence, {of.unlicensed}"),
        )
    )


def _named(some: Iterable[Named]) -> Both:
    return _joined(Both(one.zh, one.en) for one in some if one.source == "A")


def _joined(some: Iterable[Both]) -> Both:
    said = tuple(some)
    return Both("、".join(one.zh for one in said), "; ".join(one.en for one in said))
