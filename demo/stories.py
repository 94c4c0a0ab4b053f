"""About two hundred subjects and what happens to each: a seeded, realistic mix. Pure; no person is named."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from models.actors import Actor, parse_actor
from models.base import Frozen
from models.commands import COMMAND, AnyCommand, Open, Subject
from models.instants import BEIJING
from models.plan import Plan

SEED = 20130513  # the day of the notice
_SPACE = uuid.UUID("6f1c6a5e-3a55-4f6e-9d0e-2013050531ff")
_TRADES = {
    "road_transport": "运输队",
    "non_coal_mines": "采石场",
    "hazardous_chemicals": "化工经营部",
    "fireworks": "烟花爆竹零售点",
    "construction": "建筑工地",
    "fire_safety": "商场",
    "special_equipment": "锅炉房",
    "civil_explosives": "民爆库",
    "catering_gas": "餐馆",
}
_HAZARDS = {
    "H02": "操作规程未上墙、未落实",
    "H03": "特种作业人员无证上岗",
    "H05": "应急预案未备案、未演练",
    "H07": "压力容器超期未检",
    "H08": "疏散通道堵塞",
    "H09": "可燃气体报警器失效",
    "H12": "动火作业无票证",
}
_VIOLATIONS = {"V04": "超许可范围经营", "V05": "违法分包", "V06": "未执行“三同时”", "V09": "使用未签合同人员"}
Step = tuple[datetime, dict[str, Any]]
Steps = Iterator[Step]


class Story(Frozen):
    """One subject's case: its opening, and commands at instants of campaign time, in order."""

    subject_id: str
    kind: str
    opened_at: datetime
    opening: Open
    steps: tuple[tuple[datetime, AnyCommand], ...]


class _Scene:
    """Where a story plays: its officials are known by office and number only."""

    def __init__(self, plan: Plan, year: int, number: int, chance: random.Random) -> None:
        self.plan, self.year, self.number, self.chance = plan, year, number, chance
        self.district = plan.districts[number % len(plan.districts)]
        self.sector = plan.sectors[chance.randrange(len(plan.sectors))]
        self.inspector = f"inspector:检查员{number % 3 + 1}@{self.district.id}"
        self.supervisor = f"supervisor:区局负责人@{self.district.id}"
        self.government = f"government:区政府@{self.district.id}"
        self.enterprise = f"enterprise:企业经办人@{self.district.id}"
        self.responsible = f"整改责任人{number:03d}"

    def at(self, month: int, day: int, hour: int = 10) -> datetime:
        minute = self.chance.randrange(50)
        return datetime(self.year, month, day, hour, minute, tzinfo=BEIJING)

    def day_in_may(self) -> int:
        return self.chance.choice([6, 7, 10, 11, 12, 13, 14, 17, 18, 19])

    def hazard(self, ref: str = "F1", grade: str = "general", **flags: Any) -> dict[str, Any]:
        category = self.chance.choice(sorted(_HAZARDS))
        return {"ref": ref, "category": category, "grade": grade, "description": _HAZARDS[category], **flags}

    def violation(self, ref: str = "F1", **flags: Any) -> dict[str, Any]:
        category = self.chance.choice(sorted(_VIOLATIONS))
        return {"ref": ref, "category": category, "grade": "general", "description": _VIOLATIONS[category], **flags}

    def unlicensed(self, ref: str = "F1", **flags: Any) -> dict[str, Any]:
        return {"ref": ref, "category": "V01", "grade": "major", "description": "无证无照从事经营", **flags}

    def in_charge(self, command_id: str) -> AnyCommand:
        """The inspector who opened the case is put in charge of it."""
        officers = [self.inspector.removeprefix("inspector:").partition("@")[0]]
        facts = {"do": "assign_officers", "by": self.supervisor, "officers": officers, "command_id": command_id}
        return COMMAND.validate_python(facts)

    # -- single acts
    def record(self, at: datetime, *findings: dict[str, Any]) -> Step:
        return at, {"do": "record_findings", "by": self.inspector, "findings": list(findings)}

    def register(self, at: datetime, *refs: str) -> Step:
        assignments = [{"ref": ref, "responsible": self.responsible} for ref in refs]
        return at, {"do": "register", "by": self.inspector, "assignments": assignments}

    def declare(self, at: datetime, *refs: str) -> Step:
        return at, {"do": "declare_rectified", "by": self.enterprise, "refs": list(refs), "evidence": ["整改照片"]}

    def judge(self, at: datetime, passed: bool, *refs: str) -> Step:
        verdicts = [{"ref": ref, "passed": passed, "note": "现场复查"} for ref in refs]
        return at, {"do": "reinspect", "by": self.inspector, "verdicts": verdicts}

    def propose(self, at: datetime, must: str, **more: Any) -> Step:
        return at, {"do": "propose_measure", "by": self.inspector, "must": must, **more}

    def approve(self, at: datetime, must: str) -> Step:
        by = self.government if must == "close" else self.supervisor
        return at, {"do": "approve_measure", "by": by, "must": must}

    def execute(self, at: datetime, must: str, **details: Any) -> Step:
        day = at.date().isoformat()
        return at, {"do": "record_execution", "by": self.inspector, "must": must, "date": day, "details": details}

    def fine(self, at: datetime) -> Step:
        article = next(a for a in self.plan.articles if a.unit.fixed and a.person.fixed)
        persons = [{"name": self.responsible, "amount": str(article.person.fixed)}]
        fine = {"article": article.id, "unit": str(article.unit.fixed), "persons": persons}
        return self.propose(at, "fine", fine=fine)

    def suspended(self, month: int, day: int, *refs: str) -> Steps:
        """Proposed, approved and served within three days."""
        yield self.propose(self.at(month, day, 9), "suspend")
        yield self.approve(self.at(month, day + 1, 9), "suspend")
        yield self.execute(self.at(month, day + 2, 9), "suspend", supervision=["驻点监管", "每日巡查"])

    def checks(self) -> list[str]:
        return [c.id for c in self.plan.closure_checks]


def _clean(s: _Scene) -> Steps:
    answers = {"licensed": True, "major_hazard": False, "lawful": True}
    at, command = s.record(s.at(5, s.day_in_may()))
    yield at, {**command, "answers": answers}


def _fixed_in_time(s: _Scene) -> Steps:
    day = s.day_in_may()
    yield s.record(s.at(5, day), s.hazard())
    yield s.register(s.at(5, day + 1), "F1")
    yield s.declare(s.at(5, day + 7), "F1")
    yield s.judge(s.at(5, day + 9), True, "F1")


def _in_rectification(s: _Scene) -> Steps:
    yield s.record(s.at(8, 6), s.hazard(), s.hazard("F2", "major"))
    yield s.register(s.at(8, 9), "F1", "F2")


def _never_rectified(s: _Scene) -> Steps:
    yield s.record(s.at(7, 5), s.hazard())
    yield s.register(s.at(7, 6 + s.number % 12), "F1")


def _declared(s: _Scene) -> Steps:
    yield s.record(s.at(7, 26), s.hazard())
    yield s.register(s.at(7, 27), "F1")
    yield s.declare(s.at(8, 9 + s.number % 4), "F1")


def _hazard_failed(s: _Scene) -> Steps:
    yield s.record(s.at(7, 12), s.hazard())
    yield s.register(s.at(7, 13), "F1")
    yield s.declare(s.at(7, 27), "F1")
    yield s.judge(s.at(8, 4 + s.number % 7), False, "F1")
    if s.number % 2:
        yield s.propose(s.at(8, 13), "suspend")


def _suspended_and_restarted(s: _Scene) -> Steps:
    yield s.record(s.at(6, 7), s.violation())
    yield s.register(s.at(6, 8), "F1")
    yield from s.suspended(6, 9, "F1")
    yield s.declare(s.at(6, 20), "F1")
    yield s.judge(s.at(6, 24), True, "F1")
    conditions = {"measures": True, "licences": True, "safety": True}
    signatories = ["检查员1", "检查员2"]
    yield s.at(6, 29), {"do": "accept_restart", "by": s.inspector, "conditions": conditions, "signatories": signatories}


def _restart_awaited(s: _Scene) -> Steps:
    yield s.record(s.at(7, 19), s.violation())
    yield s.register(s.at(7, 20), "F1")
    yield from s.suspended(7, 21, "F1")
    yield s.declare(s.at(8, 2), "F1")
    yield s.judge(s.at(8, 10), True, "F1")


def _under_suspension(s: _Scene) -> Steps:
    yield s.record(s.at(8, 2), s.violation())
    yield s.register(s.at(8, 3), "F1")
    yield from s.suspended(8, 4, "F1")


def _suspension_failed(s: _Scene) -> Steps:
    yield s.record(s.at(6, 14), s.violation())
    yield s.register(s.at(6, 15), "F1")
    yield from s.suspended(6, 16, "F1")
    yield s.declare(s.at(6, 28), "F1")
    yield s.judge(s.at(7, 2), False, "F1")
    if s.number % 2:
        yield s.propose(s.at(7, 9), "close")
        yield s.fine(s.at(7, 9, 11))
        yield s.approve(s.at(7, 15), "fine")


def _closure_under_way(s: _Scene) -> Steps:
    yield s.record(s.at(7, 19), s.unlicensed())
    yield s.register(s.at(7, 20), "F1")
    yield s.propose(s.at(7, 23), "close")
    if s.number % 3:
        yield s.approve(s.at(8, 9), "close")


def _shut_down(s: _Scene) -> Steps:
    yield s.record(s.at(5, 18), s.unlicensed())
    yield s.register(s.at(5, 19), "F1")
    yield s.propose(s.at(6, 3), "close")
    yield s.approve(s.at(6, 10), "close")
    yield s.execute(s.at(6, 16), "close", checks=s.checks())


def _repeater(s: _Scene) -> Steps:
    yield s.record(s.at(6, 7), s.violation())
    yield s.register(s.at(6, 8), "F1")
    yield from s.suspended(6, 9, "F1")
    yield s.declare(s.at(6, 21), "F1")
    yield s.judge(s.at(6, 24), True, "F1")
    yield s.record(s.at(7, 20), s.violation("F2"))
    yield s.register(s.at(7, 21), "F2")
    yield s.fine(s.at(7, 26))


def _suspected_crime(s: _Scene) -> Steps:
    yield s.record(s.at(8, 3), s.unlicensed(suspected_crime=True))
    yield s.register(s.at(8, 4), "F1")
    if s.number % 2:
        yield s.propose(s.at(8, 4, 15), "refer")
        yield s.approve(s.at(8, 5), "refer")
        yield s.execute(s.at(8, 5, 16), "refer", letter="案件移送书", receipt="送达回执")


def _imminent_danger(s: _Scene) -> Steps:
    yield s.record(s.at(8, 11), s.hazard(grade="major", imminent_danger=True))
    yield s.register(s.at(8, 11, 14), "F1")
    reason = "重大隐患"
    yield s.at(8, 11, 15), {"do": "list_for_supervision", "by": s.supervisor, "level": "district", "reason": reason}


def _extended(s: _Scene) -> Steps:
    yield s.record(s.at(7, 26), s.hazard())
    yield s.register(s.at(7, 28), "F1")
    due = f"{s.year}-08-24"
    yield (
        s.at(8, 9),
        {"do": "request_extension", "by": s.enterprise, "ref": "F1", "due": due, "reason": "设备采购未到货"},
    )
    if s.number % 2:
        granted = {"do": "decide_extension", "by": s.supervisor, "ref": "F1", "granted": True, "reason": "情况属实"}
        yield s.at(8, 11), granted


def _stayed(s: _Scene) -> Steps:
    yield s.record(s.at(7, 12), s.violation())
    yield s.register(s.at(7, 13), "F1")
    yield s.propose(s.at(7, 14), "suspend")
    stay = {"must": "suspend", "authority": "市政府行政复议机构", "reason": "行政复议期间中止执行"}
    yield s.at(7, 16), {"do": "stay_measure", "by": s.supervisor, **stay}


def _rescinded(s: _Scene) -> Steps:
    yield s.record(s.at(6, 28), s.violation(), s.hazard("F2"))
    yield s.register(s.at(6, 29), "F1", "F2")
    yield s.at(6, 30), {"do": "rescind_finding", "by": s.supervisor, "ref": "F1", "reason": "证据不足"}
    yield s.declare(s.at(7, 9), "F2")
    yield s.judge(s.at(7, 12), True, "F2")


def _not_registered(s: _Scene) -> Steps:
    yield s.record(s.at(8, 3 + s.number % 9), s.hazard())


def _not_investigated(s: _Scene) -> Steps:
    yield from ()


_MIX: tuple[tuple[str, int, Callable[[_Scene], Steps], tuple[int, int]], ...] = (
    ("clean", 58, _clean, (5, 6)),
    ("fixed in time", 38, _fixed_in_time, (5, 6)),
    ("in rectification", 16, _in_rectification, (8, 5)),
    ("never rectified", 11, _never_rectified, (7, 2)),
    ("declared", 9, _declared, (7, 23)),
    ("hazard failed", 8, _hazard_failed, (7, 9)),
    ("suspended and restarted", 6, _suspended_and_restarted, (5, 20)),
    ("restart awaited", 4, _restart_awaited, (7, 16)),
    ("under suspension", 6, _under_suspension, (7, 30)),
    ("suspension failed", 6, _suspension_failed, (6, 11)),
    ("closure under way", 7, _closure_under_way, (7, 16)),
    ("shut down", 5, _shut_down, (5, 17)),
    ("repeater", 4, _repeater, (6, 4)),
    ("suspected crime", 4, _suspected_crime, (8, 2)),
    ("imminent danger", 3, _imminent_danger, (8, 10)),
    ("extended", 5, _extended, (7, 23)),
    ("stayed", 2, _stayed, (7, 9)),
    ("rescinded", 2, _rescinded, (6, 25)),
    ("not registered", 5, _not_registered, (8, 2)),
    ("not investigated", 6, _not_investigated, (7, 20)),
)


_WITHOUT_OFFICERS = ("clean", "fixed in time")
_OFFICERS = 90  # beside the numbers of the steps


def stories(plan: Plan, year: int) -> tuple[Story, ...]:
    """The mix for a year, always the same for the same plan; ids of subjects and commands too."""
    chance = random.Random(SEED)
    told: list[Story] = []
    for kind, times, tell, opened in _MIX:
        for _ in range(times):
            told.append(_story(plan, year, len(told) + 1, kind, tell, opened, chance))
    return tuple(told)


def _story(
    plan: Plan,
    year: int,
    number: int,
    kind: str,
    tell: Callable[[_Scene], Steps],
    opened: tuple[int, int],
    chance: random.Random,
) -> Story:
    scene = _Scene(plan, year, number, chance)
    subject_id = f"demo-{number:03d}"
    street = chance.choice(scene.district.streets) if scene.district.streets else None
    subject = Subject(
        id=subject_id,
        name=f"{scene.district.zh}{_TRADES.get(scene.sector.id, '单位')}{number:03d}号（演示）",
        kind="site" if scene.sector.id == "construction" else "enterprise",
        district=scene.district.id,
        street=street,
        sector=scene.sector.id,
    )
    opened_at = scene.at(*opened, 9)
    by = Actor.model_validate(parse_actor(scene.inspector))
    opening = Open(by=by, command_id=_id(number, 0), subject=subject, source="inspection")
    steps: list[tuple[datetime, AnyCommand]] = []
    if kind not in _WITHOUT_OFFICERS and number % 4:
        steps.append((opened_at + timedelta(minutes=20), scene.in_charge(_id(number, _OFFICERS))))
    for place, (at, facts) in enumerate(tell(scene), start=1):
        # never two acts at one instant, so that the course of a story does not hang on their order
        at = max(at, steps[-1][0] + timedelta(minutes=5)) if steps else at
        steps.append((at, COMMAND.validate_python({**facts, "command_id": _id(number, place)})))
    return Story(subject_id=subject_id, kind=kind, opened_at=opened_at, opening=opening, steps=tuple(steps))


def _id(number: int, place: int) -> str:
    return str(uuid.uuid5(_SPACE, f"{number}/{place}"))
