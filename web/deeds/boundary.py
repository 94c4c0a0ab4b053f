"""A boundary that is to be moved: what that does is looked at first, and confirmed again beyond the campaign's end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from models.actors import Actor
from models.campaign import MoveBoundary
from models.instants import day_of
from models.refusals import Refused
from rules.campaign.decide import boundary, moved
from rules.words.boundaries import boundaries_said
from rules.words.naming import Both
from serving.backing import Backing
from serving.problems import Trouble, one_field, refused, refused_at
from store.campaigns import Campaign
from store.counts import HangingOn, hanging_on
from views.forms.fields import FormField
from web.deeds.form import DeedForm, HandedIn
from web.deeds.looked_at import LOOKED_AT

_OF_THE_DAY = ("boundary_not_ahead", "boundary_order", "boundary_unchanged")
MOVE_LOOKED_AT = (LOOKED_AT, FormField("beyond", "hidden", Both("", "")))
_BEYOND = FormField("beyond", "tick", Both("确认超出方案规定的行动期间", "Yes, beyond the campaign's period"))
_BEYOND_WHY = Both(
    "调整后的日期超出本次行动的结束日期或年度，须勾选确认。",
    "That lies beyond the campaign's last day, or its year: confirm it below.",
)
_INSTANT = timedelta(microseconds=1)


class Look(NamedTuple):
    """What a move would do. `mark`: which move; `beyond`: past the campaign's last day or year."""

    mark: str
    said: Both
    follows: HangingOn
    beyond: bool


def not_moved(refusal: Refused, *, is_noted: bool = False) -> Trouble:
    """The refusal, at the day where it is the day that is to be another."""
    return (
        refused_at("to", refusal, is_noted=is_noted)
        if refusal.code in _OF_THE_DAY
        else refused(refusal, is_noted=is_noted)
    )


def look_at(behind: Backing, campaign: Campaign, who: Actor, handed: HandedIn) -> Look | None:
    """What the move would do, to be looked at before it is done; None once just that was looked at and confirmed."""
    facts = move_of(dict(handed.facts))
    if not facts.get("reason"):
        return None  # what is left out is told first
    command = MoveBoundary.model_validate({**facts, "by": who, "command_id": handed.command_id})
    old = boundary(campaign.phases, command.phase, command.edge)
    judged = moved(campaign.phases, command.phase, command.edge, command.to, campaign.now())
    if isinstance(judged, Refused):
        raise not_moved(judged)
    assert old is not None
    last = campaign.phases[-1].ends_at
    beyond = command.to > last or day_of(command.to - _INSTANT).year != campaign.year
    mark = f"{handed.facts.get('boundary')} {handed.facts.get('to')}"
    if handed.facts.get("looked_at") == mark and (not beyond or handed.facts.get("beyond") == "true"):
        return None
    follows = hanging_on(behind.records, campaign.campaign_id, old, command.to)
    said = boundaries_said(campaign.plan, campaign.phases, judged)
    return Look(mark, said, follows, beyond)


def asking(asked: DeedForm, look: Look) -> DeedForm:
    """The form once more, filled in: what moves from when to when, and how much follows it."""
    cases, deadlines = look.follows.cases, look.follows.deadlines
    zh = f"{look.said.zh}。{cases} 件在办案件随之调整，其中按该日期计算的期限 {deadlines} 项。请核对后再次点击办理。"
    en = f"{look.said.en}. Open cases that follow: {cases}; their deadlines counted from this date: {deadlines}."
    en += " Check it, then press the button again."
    instead = [replace(LOOKED_AT, value=(look.mark,))]
    if look.beyond:
        instead.append(_BEYOND)
        zh, en = zh + _BEYOND_WHY.zh, f"{en} {_BEYOND_WHY.en}"
    return asked.with_fields(*instead, effect=Both(zh, en))


def move_of(facts: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in facts.items() if name not in ("looked_at", "beyond")}
    phase, _, edge = str(facts.pop("boundary", "")).partition(" ")
    if not phase:
        raise one_field("boundary", "须选择", "is to be chosen")
    to = str(facts.get("to", ""))
    return {**facts, "phase": phase, "edge": edge, "to": f"{to}T24:00" if edge == "ends" else to}
