"""A case in each stage, told by the real rules: proposed and recorded by people who signed in, 秦 in charge of it."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import NamedTuple

from models.actors import Actor
from models.case import Case
from tests.cast import HERE, OFFICE, SUPERVISOR
from tests.rules.story import Story, h, illegal, v

PROPOSER = Actor(role="inspector", name="李", territory=HERE, person="p-li", principal="p-zhao", principal_name="赵")
RECORDER = Actor(role="inspector", name="马", territory=HERE, person="p-ma")


class Situation(NamedTuple):
    """A case at an instant."""

    case: Case
    now: datetime


def _four_musts() -> Story:
    """An illegal operation, conduct after an earlier order, a suspected crime."""
    found = (v("a"), illegal("c"), v("r", suspected_crime=True))
    return Story(id="ent-1", earlier=(("V05", "03-01"),)).at("06-10").record(*found).register("a", "c", "r")


def _plain() -> Story:
    return Story(id="ent-1").at("05-10").record(h("a"), h("b"))


def _suspended() -> Story:
    told = Story(id="ent-1").at("06-10").record(v("a")).register("a").carry_out("suspend")
    return told.declare("a").verdict(a=True)


def _all_proposed() -> Story:
    told = _four_musts()
    for must in ("suspend", "close", "fine", "refer"):
        told.propose(must)
    return told


def _major() -> Story:
    return Story(id="ent-1").at("05-10").record(h("a", grade="major"), h("b")).register("a", "b")


def _listed(level: str, by: str) -> Story:
    return _major().do("list_for_supervision", by, level=level, reason="x").settle("a")


STAGES: dict[str, Callable[[], Story]] = {
    "investigation": lambda: Story(id="ent-1").at("05-10").note(),
    "registration": _plain,
    "rectification": lambda: _plain().register("a", "b"),
    "reinspection": lambda: _plain().register("a", "b").declare("a", "b"),
    "escalation": _all_proposed,
    "consolidation": lambda: _plain().register("a", "b").settle("a", "b").at("11-05").note(),
    "closed": lambda: _four_musts().carry_out("refer").carry_out("fine").carry_out("close"),
}
"""A case in each stage: every question is asked of each."""
BESIDE: dict[str, Callable[[], Story]] = {
    "owed": _four_musts,
    "decided": lambda: _all_proposed().approve("suspend").approve("refer"),
    "stayed": lambda: _all_proposed().stay("suspend"),
    "restart awaited": _suspended,
    "extension requested": lambda: _plain().register("a").extend("a", "05-30"),
    "major": _major,
    "listed by the district": lambda: _listed("district", SUPERVISOR),
    "listed by the city": lambda: _listed("city", OFFICE),
}
"""More cases, so that each command is accepted in one of them."""


@cache
def situation(stage: str) -> Situation:
    """The case of a stage; proposed and recorded by people who signed in, 秦 in charge of it."""
    story = (STAGES | BESIDE)[stage]()
    case = (
        story.do("assign_officers", SUPERVISOR, officers=["秦"]).end().case if stage != "closed" else story.end().case
    )
    assert case is not None
    findings = tuple(f.model_copy(update={"recorded_by": RECORDER}) for f in case.findings)
    musts = tuple(m.model_copy(update={"proposed_by": PROPOSER}) if m.proposed_by else m for m in case.musts)
    return Situation(case.model_copy(update={"findings": findings, "musts": musts}), story.now)


@cache
def in_sector(stage: str, sector: str | None) -> Case:
    """The same of a subject of the sector."""
    case = situation(stage).case
    return case.model_copy(update={"subject": case.subject.model_copy(update={"sector": sector})})
