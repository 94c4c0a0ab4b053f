"""Why each must is owed: by which clause and grounds, since when, until when, who acts next."""

from datetime import datetime
from typing import Any

from models.base import Frozen
from models.case import Case, Ground, Must
from models.instants import say_due, say_due_in_chinese, show_instant
from models.plan import Plan
from rules.case.stage import must_actor
from rules.clocks.recount import provisional

_REASONS: dict[str, tuple[str, str]] = {
    "unlawful_conduct": ("存在违法生产经营建设行为", "unlawful conduct was registered"),
    "hazard_failed": (
        "隐患复查不合格，按拒不执行监管监察指令处理（{hazard_failed}，系统暂按此理解）",
        "the hazard failed re-inspection, which is {hazard_failed} (our reading)",
    ),
    "imminent_danger": ("有发生事故的现实危险（暂定值，待本市确认）", "imminent danger was recorded (assumption)"),
    "illegal_operation": ("属非法生产经营建设", "an illegal operation was registered"),
    "suspension_failed": ("停产整顿后仍未达到要求", "it failed re-inspection during the suspension"),
    "still_going_on": ("责令整改后违法行为仍在继续", "after an order the conduct still goes on"),
    "again": ("责令整改后再次发生违法行为", "after an order such conduct was found again"),
    "suspected_crime": ("涉嫌犯罪", "a crime is suspected"),
}
_STATES = {
    "pending": ("暂缓适用，自集中整治阶段起应当采取", "pending until phase 2 begins"),
    "owed": ("应当采取，尚未提请", "owed, to be proposed"),
    "proposed": ("已提请，尚未审批", "proposed, to be decided"),
    "decided": ("已批准，尚未执行", "decided, to be executed"),
    "executed": ("已执行", "executed"),
    "absorbed": ("已并入关闭取缔", "absorbed by the executed close"),
    "withdrawn": ("依据消除，已撤回", "withdrawn: its grounds are gone"),
    "carried_over": ("结转下期行动", "carried over to the next campaign"),
}


class GroundExplained(Frozen):
    """One ground: the finding, the clause that makes it one, since when."""

    ref: str
    reason: str
    clause: str
    since: str
    zh: str
    en: str


class Explanation(Frozen):
    """One must explained; `until` is its next due instant, `next_actor` the role whose turn it is.

    `provisional`: that instant is counted over a year whose official calendar is not published.
    """

    id: str
    must: str
    state: str
    clause: str
    source: str
    since: str
    until: str | None
    provisional: bool = False
    next_actor: str | None
    grounds: tuple[GroundExplained, ...]
    zh: str
    en: str


def explain(plan: Plan, case: Case) -> tuple[Explanation, ...]:
    """Every must of the case, in the order in which they arose."""
    unsure = {about for clock, about in provisional(plan, case) if clock in ("decision", "execution")}
    return tuple(_explained(plan, must, unsure=must.id in unsure) for must in case.musts)


def _explained(plan: Plan, must: Must, *, unsure: bool) -> Explanation:
    terms = plan.must(must.must)
    until = _until(must)
    actor = must_actor(plan, must)
    grounds = tuple(_ground(plan, must, g) for g in must.grounds)
    state_zh, state_en = _STATES[must.state]
    stayed_zh = f"；{must.stayed_by}已决定中止执行" if must.stayed_at else ""
    stayed_en = f"; stayed by {must.stayed_by}" if must.stayed_at else ""
    names: dict[str, Any] = {r.id: r for r in plan.roles}
    turn_zh = f"；待办：{names[actor].zh}" if actor else ""
    turn_en = f"; next: {names[actor].en}" if actor else ""
    unsure_zh, unsure_en = ("（暂定）", " (provisional)") if unsure else ("", "")
    until_zh = f"，应于{say_due_in_chinese(until)}前办理{unsure_zh}" if until else ""
    until_en = f", due {say_due(until)}{unsure_en}" if until else ""
    return Explanation(
        id=must.id,
        must=must.must,
        state=must.state,
        clause=terms.clause,
        source=terms.source,
        since=show_instant(must.arose_at) or "",
        until=show_instant(until),
        provisional=unsure,
        next_actor=actor,
        grounds=grounds,
        zh=f"{terms.zh}：{'；'.join(f'{g.ref} {g.zh}' for g in grounds)}。{state_zh}{until_zh}{stayed_zh}{turn_zh}",
        en=f"{terms.en}: {'; '.join(f'{g.ref} {g.en}' for g in grounds)}. {state_en}{until_en}{stayed_en}{turn_en}",
    )


def _until(must: Must) -> datetime | None:
    if must.state in ("owed", "proposed"):
        return must.decide_by
    return must.execute_by if must.state == "decided" else None


def _ground(plan: Plan, must: Must, ground: Ground) -> GroundExplained:
    zh, en = (text.format(hazard_failed=plan.readings.hazard_failed) for text in _REASONS[ground.reason])
    clause = _clause(plan, must, ground)
    since = show_instant(ground.since) or ""
    return GroundExplained(ref=ground.ref, reason=ground.reason, clause=clause, since=since, zh=zh, en=en)


def _clause(plan: Plan, must: Must, ground: Ground) -> str:
    """The must's own clause; a hazard that failed stands under that of the conduct it counts as."""
    if ground.reason == "hazard_failed":
        return next(c.clause for c in plan.illegal_conduct if c.id == plan.readings.hazard_failed)
    return plan.must(must.must).clause
