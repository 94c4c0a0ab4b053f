"""Fitting commands: what an office that looks at the case could do next. `pick` is the drawing hand."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, TypeVar

from models.case import Case, Finding, Must
from models.instants import day_of
from models.plan import Limit, Plan
from tests.cast import ALL_MET, CHECKS, attached

T = TypeVar("T")
Pick = Callable[[Sequence[Any]], Any]
Fields = dict[str, Any]
Move = Callable[[], Fields]

CATEGORIES = ("V01", "V02", "V04", "V04", "V08", "V10", "H01", "H05", "H05", "H11", "other")
NAMES = {
    "inspector": ("王", "王", "李"),
    "supervisor": ("赵", "赵", "赵", "王"),
    "government": ("孙",),
    "office": ("市办",),
    "enterprise": ("厂长",),
}
DECIDES = {"suspend": "supervisor", "close": "government", "fine": "supervisor", "refer": "supervisor"}


class Office:
    """The moves that fit the case at an instant; arguments are picked when a move is made."""

    def __init__(self, plan: Plan, case: Case, now: datetime, pick: Pick) -> None:
        self.plan, self.case, self.now, self.pick = plan, case, now, pick

    def by(self, role: str) -> str:
        """An actor of the role, of the case's district."""
        return f"{role}:{self.pick(NAMES[role])}@{self.case.district}"

    def day(self, days: int) -> str:
        """The date some days from now."""
        return (day_of(self.now) + timedelta(days=days)).isoformat()

    # -- the four musts

    def on_musts(self) -> list[Move]:
        """One step further on a must, or a stay of it."""
        moves: list[Move] = []
        for must in self.case.musts:
            moves += self._on_must(must)
        return moves

    def _on_must(self, m: Must) -> list[Move]:
        moves: list[Move] = []
        if m.stayed_at and (m.is_owed or m.state == "executed"):
            moves += [lambda: self.stay(m.must, "lift_stay")] * 4
        elif m.is_owed or (m.state == "executed" and not m.lifted_at and self.pick((True, False, False))):
            moves += [lambda: self.stay(m.must, "stay_measure")]
        if m.state == "owed":
            moves += [lambda: self.propose(m)] * 8
        if m.state == "proposed":
            moves += [lambda: self.send_back(m)] + [lambda: self.approve(m)] * 7
        if m.state == "decided" and not m.stayed_at:
            moves += [lambda: self.execute(m)] * 8
        return moves

    def stay(self, must: str, do: str) -> Fields:
        """A stay of a measure, or its lifting."""
        by = self.by("supervisor")
        return {"do": do, "by": by, "must": must, "authority": "复议机关", "reason": "复议"}

    def propose(self, m: Must) -> Fields:
        """A proposal, of a fine with exact amounts."""
        fields: Fields = {"do": "propose_measure", "by": self.by("inspector"), "must": m.must}
        if self.pick((True, False)):
            fields["grounds"] = list(m.refs)
        if m.must == "fine":
            fields["fine"] = self.fine(m)
        return fields

    def fine(self, m: Must) -> Fields:
        """Unit and each ground's responsible person, exactly the upper limit."""
        article = self.pick(self.plan.articles)
        factors = article.unit.factor or article.person.factor
        base = self.pick((1000, 54300, Decimal("100.01"))) if factors else None
        responsible = sorted({f.responsible for f in self.case.findings if f.ref in m.refs and f.responsible})
        persons = [{"name": name, "amount": str(_limit(article.person, base))} for name in responsible]
        unit = str(_limit(article.unit, base))
        return {"article": article.id, "base": base, "unit": unit, "persons": persons}

    def approve(self, m: Must) -> Fields:
        """The approval by whoever decides."""
        return {"do": "approve_measure", "by": self.by(DECIDES[m.must]), "must": m.must}

    def send_back(self, m: Must) -> Fields:
        """A return; of a close perhaps with another class for a ground."""
        by = self.by(DECIDES[m.must])
        fields: Fields = {"do": "return_measure", "by": by, "must": m.must, "reason": "补正"}
        illegal = [g.ref for g in m.grounds if g.reason == "illegal_operation"]
        if illegal and self.pick((True, True, False)):
            fields["reclassify"] = [self.pick(illegal)]
        return fields

    def execute(self, m: Must) -> Fields:
        """The execution with its proof, recorded on the day or later."""
        decided = day_of(m.decided_at or self.now)
        date = self.pick((self.day(0), self.day(0), decided.isoformat()))
        details = {
            "suspend": {"supervision": ["派员驻守"]},
            "close": {"checks": list(CHECKS)},
            "fine": {"receipt": "缴款书"},
            "refer": {"letter": "移送书", "receipt": "回执"},
        }[m.must]
        by = self.by("inspector")
        return {"do": "record_execution", "by": by, "must": m.must, "date": date, "details": details}

    # -- findings

    def on_findings(self) -> list[Move]:
        """Register, rectify, re-inspect what there is."""
        moves: list[Move] = []
        for finding in self.case.findings:
            moves += self._on_finding(finding)
        return moves

    def _on_finding(self, f: Finding) -> list[Move]:
        moves: list[Move] = []
        if f.state not in ("rescinded", "absorbed"):
            moves.append(lambda: self.rescind(f))
        if f.state == "recorded":
            moves += [lambda: self.register(f)] * 8 + [lambda: self.correct(f)]
        if not f.under_rectification:
            return moves
        blocked = f.ref in self.case.blocked
        if f.state != "declared":
            moves += [lambda: self.declare(f)] * (2 if blocked else 5)
        if not f.extension_used and not blocked and f.due_at:
            soon = timedelta(0) < f.due_at - self.now < timedelta(4)
            moves += [lambda: self.extend(f)] * (6 if soon else 2)
        if f.extension:
            moves += [lambda: self.decide_extension(f)] * 4
        if f.awaits_verdict(self.now) and not blocked:
            moves += [lambda: self.verdict(f)] * 9
        return [*moves, lambda: self.reassign(f)]

    def register(self, f: Finding) -> Fields:
        """Registration of one finding or of all that wait."""
        waiting = [g.ref for g in self.case.findings if g.state == "recorded"]
        refs = self.pick(([f.ref], waiting or [f.ref]))
        assignments: list[Fields] = [{"ref": r, "responsible": self.pick(("张", "周"))} for r in refs]
        if self.pick((False, False, True)):
            assignments[0]["due"] = self.day(self.pick((0, 3, 12)))
        return {"do": "register", "by": self.by("inspector"), "assignments": assignments}

    def correct(self, f: Finding) -> Fields:
        """A correction of category, grade or description."""
        change = self.pick(({"category": self.pick(CATEGORIES)}, {"grade": "major"}, {"description": "更正"}))
        return {"do": "correct_finding", "by": self.by("inspector"), "ref": f.ref, **change}

    def declare(self, f: Finding) -> Fields:
        """The enterprise says that it is done."""
        by = self.by(self.pick(("enterprise", "inspector")))
        fields: Fields = {"do": "declare_rectified", "by": by, "refs": [f.ref], "evidence": ["照片"]}
        return fields | self.pick(({}, {"files": [attached(self.pick("abcd")), attached("e")]}))

    def extend(self, f: Finding) -> Fields:
        """A request for a later date; it may pass the cap."""
        last_day = day_of((f.due_at or self.now) - timedelta(microseconds=1))
        due = last_day + timedelta(days=self.pick((1, 7, 15)))
        by = self.by(self.pick(("enterprise", "inspector")))
        return {"do": "request_extension", "by": by, "ref": f.ref, "due": due.isoformat(), "reason": "备件"}

    def decide_extension(self, f: Finding) -> Fields:
        """Granted or not."""
        granted = self.pick((True, True, False))
        by = self.by("supervisor")
        return {"do": "decide_extension", "by": by, "ref": f.ref, "granted": granted, "reason": "属实"}

    def verdict(self, f: Finding) -> Fields:
        """A verdict on one finding or on all that await one."""
        ready = [g for g in self.case.findings if g.awaits_verdict(self.now) and g.ref not in self.case.blocked]
        refs = self.pick(([f.ref], [g.ref for g in ready]))
        verdicts = [{"ref": r, "passed": self.pick((True, True, False)), "note": "复查"} for r in refs]
        return {"do": "reinspect", "by": self.by("inspector"), "verdicts": verdicts}

    def reassign(self, f: Finding) -> Fields:
        """Another responsible person."""
        by = self.by("inspector")
        return {"do": "reassign_responsible", "by": by, "ref": f.ref, "responsible": self.pick(("吴", "周"))}

    def rescind(self, f: Finding) -> Fields:
        """By whoever may: the government for a ground of a close or referral."""
        graver = any(m.must in ("close", "refer") and f.ref in m.refs for m in self.case.musts)
        by = self.by("government" if graver else "supervisor")
        return {"do": "rescind_finding", "by": by, "ref": f.ref, "reason": "误认"}

    # -- the case

    def on_case(self) -> list[Move]:
        """Investigation, restart, look-back, listing and everything around."""
        case = self.case
        moves: list[Move] = [self.pick((self.note, self.attach, self.officers, self.transfer))]
        if len(case.findings) < 3:
            moves += [self.record] * 12
        elif len(case.findings) < 7:
            moves += [self.record] * 3
        if not case.findings:
            moves += [self.nothing_found]
        if not any(m.decide_by for m in case.musts) and self.pick((False, False, False, True)):
            moves.append(self.void)
        if case.restarts_awaited:
            moves += [self.accept_restart] * 16 + [self.refuse_restart] * 8
        if case.consolidated_at and self.plan.phase(case.phase).look_back:
            moves += [self.look_back] * 24
        if case.listed or any(f.grade == "major" and not f.settled for f in case.findings):
            moves += [self.listing] * 3
        return moves

    def rare(self) -> list[Move]:
        """What fits seldom: worth trying wrongly while it does."""
        moves: list[Move] = []
        if self.case.restarts_awaited:
            moves += [self.accept_restart, self.refuse_restart]
        if self.case.consolidated_at:
            moves += [self.look_back]
        for must in self.case.musts_in("proposed"):
            if must.must == "close":
                moves += [lambda m=must: self.send_back(m)]
        moves += [lambda m=m: self.propose(m) for m in self.case.musts_in("owed") if m.must == "fine"]
        moves += [lambda m=m: self.execute(m) for m in self.case.musts_in("decided") if not m.stayed_at]
        return moves

    def facts(self, number: int = 1) -> list[Fields]:
        """New findings with fresh refs."""
        return [self._fact(len(self.case.findings) + 1 + n) for n in range(number)]

    def _fact(self, n: int) -> Fields:
        fact: Fields = {"ref": f"F{n}", "category": self.pick(CATEGORIES), "description": "现场情况"}
        fact["grade"] = self.pick(("general", "general", "major"))
        fact["illegal_operation"] = self.pick((None, None, None, False, True))
        fact["suspected_crime"] = self.pick((False,) * 9 + (True,))
        fact["imminent_danger"] = self.pick((False,) * 5 + (True,))
        fact["inspected_on"] = self.pick((None, None, None, self.day(0), self.day(-3)))
        return fact

    def record(self) -> Fields:
        """One to three findings."""
        facts = self.facts(self.pick((1, 1, 2, 3)))
        fields: Fields = {"do": "record_findings", "by": self.by("inspector"), "findings": facts}
        if self.pick((False, False, True)):
            fields["answers"] = {"licensed": False, "major_hazard": self.pick((True, None)), "lawful": False}
        return fields

    def nothing_found(self) -> Fields:
        """All three questions answered, none against it."""
        answers = {"licensed": True, "major_hazard": False, "lawful": True}
        return {"do": "record_findings", "by": self.by("inspector"), "findings": [], "answers": answers}

    def accept_restart(self) -> Fields:
        """All conditions, two signatories."""
        by = self.by("inspector")
        return {"do": "accept_restart", "by": by, "conditions": dict(ALL_MET), "signatories": ["王", "李"]}

    def refuse_restart(self) -> Fields:
        """One condition fails."""
        unmet = {**ALL_MET, self.pick(tuple(ALL_MET)): False}
        return {"do": "refuse_restart", "by": self.by("inspector"), "conditions": unmet, "reason": "不具备"}

    def look_back(self) -> Fields:
        """Recurred, with findings, or not."""
        recurred = self.pick((True, True, False))
        findings = self.facts() if recurred else []
        return {"do": "look_back", "by": self.by("inspector"), "recurred": recurred, "findings": findings}

    def listing(self) -> Fields:
        """Listed, or de-listed."""
        do = "delist" if self.case.listed and self.pick((True, True, False)) else "list_for_supervision"
        level = self.case.listed if do == "delist" else self.pick(("district", "city"))
        by = self.by("supervisor" if level == "district" else "office")
        return {"do": do, "by": by, "level": level, "reason": "重大隐患"}

    def note(self) -> Fields:
        """A note for the file."""
        by = self.by(self.pick(("inspector", "supervisor", "government", "office")))
        refs = [f.ref for f in self.case.findings[:1]]
        return {"do": "add_note", "by": by, "text": "备注", "refs": self.pick(([], refs))}

    def attach(self) -> Fields:
        """Evidence of a finding, of several, or of the case; now and then some that is there already."""
        by = self.by(self.pick(("inspector", "supervisor", "government", "office", "enterprise")))
        refs = [f.ref for f in self.case.findings]
        about = self.pick(([], refs[:1], refs[-2:]))
        return {"do": "attach", "by": by, "refs": about, "files": [attached(self.pick("abcdefgh"))]}

    def officers(self) -> Fields:
        """The officers in charge."""
        return {"do": "assign_officers", "by": self.by("supervisor"), "officers": ["王", "李"]}

    def transfer(self) -> Fields:
        """To another district."""
        others = tuple(d.id for d in self.plan.districts if d.id != self.case.district)
        return {"do": "transfer", "by": self.by("office"), "district": self.pick(others), "reason": "迁址"}

    def void(self) -> Fields:
        """Opened in error."""
        return {"do": "void", "by": self.by("supervisor"), "reason": "错立"}


def _limit(limit: Limit, base: Decimal | int | None) -> Decimal:
    if limit.fixed is not None:
        return limit.fixed
    return ((limit.factor or Decimal(0)) * Decimal(base or 0)).quantize(Decimal("0.01"), ROUND_DOWN)
