"""A case on paper: the real rules along a script, no server, no database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from models.actors import Actor
from models.case import Case
from models.case_ids import first_case_id
from models.commands import Open
from models.events import Transition
from models.instants import show_instant
from models.plan import MUSTS, PhaseDates, Plan
from models.refusals import Refused
from models.wire import CaseStart
from rules.case.clock_actor import clock_steps
from rules.case.decide import already_handled, decide, decide_opening
from rules.case.door import at_the_door
from rules.case.evolve import apply
from rules.case.explain import explain
from rules.case.stage import stage
from rules.clocks.deadlines import due, overdue
from rules.files.script import Script, Step
from rules.words.naming import Both
from rules.words.refusals import refuse
from rules.words.sentences import sentence

_REPEATED = Both("此前已受理，不重复生效", "accepted before; it has one effect")


class Paper:
    """The case file of one script: its lines in order, and the case as it stands."""

    def __init__(self, plan: Plan, digest: str, script: Script) -> None:
        self.plan, self.digest, self.script = plan, digest, script
        self.case: Case | None = None
        self.lines: list[dict[str, Any]] = []
        year = script.head.year or script.steps[0].at.year
        self.phases: tuple[PhaseDates, ...] = plan.calendar(year)

    def run(self) -> dict[str, Any]:
        """Every step, then the clock until `until`; the answer of `rectify try --json` (contracts §2)."""
        if not any(isinstance(s.command, Open) for s in self.script.steps):
            self._open_implied()
        for step in self.script.steps:
            self.catch_up(step.at)
            self._take(step)
        last = self.script.steps[-1].at
        until = max(self.script.head.until or last, last)
        self.catch_up(until)
        return {"steps": self.lines, "case": self.standing(until)}

    def refusal_of_opening(self) -> Refused | None:
        """Why the implied opening would be refused, if it would."""
        opening = self._opening(self._implied(), self.script.steps[0].at)
        return opening if isinstance(opening, Refused) else None

    def _implied(self) -> Open:
        by = Actor(role="office", name="纳入排查", territory=self.plan.city)
        return Open(by=by, command_id="implied-open", subject=self.script.head.subject)

    def _open_implied(self) -> None:
        opening = self._opening(self._implied(), self.script.steps[0].at)
        if isinstance(opening, Transition):
            self.case = apply(None, opening)

    def _opening(self, command: Open, at: datetime) -> Transition | Refused:
        orders = tuple(o.order() for o in self.script.head.earlier_orders)
        case_id = first_case_id(self.plan.id, command.subject.id or "paper")
        start = CaseStart(case_id=case_id, digest=self.digest, phases=self.phases, earlier_orders=orders)
        return decide_opening(self.plan, start, command, at)

    def catch_up(self, until: datetime) -> None:
        """The clock's own steps, where they fall."""
        for step, after in clock_steps(self.plan, self.case, until) if self.case else ():
            self.case = after
            self._write(step.at, step.do, step)

    def _take(self, step: Step) -> None:
        judged = self._judged(step)
        if isinstance(judged, Transition):
            self.case = apply(self.case, judged)
        self._write(step.at, step.do, judged)

    def _judged(self, step: Step) -> Transition | Refused | None:
        """None: accepted before, and answered so again."""
        command = step.command
        if command is None:
            return refuse("clock_only", do=step.do)
        handled = already_handled(self.case, command)
        if handled is not False:
            return handled if isinstance(handled, Refused) else None
        if self.case is None and isinstance(command, Open):
            return self._opening(command, step.at)
        return at_the_door(self.plan, self.case, command, lambda: decide(self.plan, self.case, command, step.at))

    def _write(self, at: datetime, do: str, judged: Transition | Refused | None) -> None:
        refused = isinstance(judged, Refused)
        line: dict[str, Any] = {"at": show_instant(at), "do": do, "accepted": not refused}
        if isinstance(judged, Refused):
            line |= {"code": judged.code, "rule": judged.rule, "zh": judged.zh, "en": judged.en}
        else:
            line |= self._said(judged)._asdict() if judged else _REPEATED._asdict()
        self.lines.append(line | summary(self.plan, self.case, at))

    def _said(self, step: Transition) -> Both:
        return sentence(self.plan, step, (m.id for m in self.case.musts_in("proposed")) if self.case else ())

    def standing(self, now: datetime) -> dict[str, Any]:
        """The case at the end."""
        case = self.case
        if case is None:
            return summary(self.plan, None, now) | {"musts": [], "findings": [], "explain": []}
        return summary(self.plan, case, now) | {
            "musts": list(_musts(self.plan, case)),
            "findings": [{"ref": f.ref, "state": f.state, "due": show_instant(f.due_at)} for f in case.findings],
            "unmet": case.unmet.model_dump(mode="json") if case.unmet else None,
            "explain": [e.model_dump(mode="json") for e in explain(self.plan, case)],
        }


def summary(plan: Plan, case: Case | None, now: datetime) -> dict[str, Any]:
    """Stage, outcome, due, the musts by state, and whether anything is overdue."""
    if case is None:
        return {
            "stage": None,
            "outcome": None,
            "due": None,
            "owed": [],
            "pending": [],
            "executed": [],
            "overdue": False,
        }
    return {
        "stage": stage(case, now),
        "outcome": case.outcome,
        "due": show_instant(due(plan, case)),
        "owed": [k for k in MUSTS if any(m.must == k and m.is_owed for m in case.musts)],
        "pending": [k for k in MUSTS if any(m.must == k for m in case.musts_in("pending"))],
        "executed": [k for k in MUSTS if any(m.must == k for m in case.musts_in("executed"))],
        "overdue": bool(overdue(plan, case, now)),
    }


def _musts(plan: Plan, case: Case) -> Iterator[dict[str, Any]]:
    for must in case.musts:
        yield {
            "id": must.id,
            "must": must.must,
            "state": must.state,
            "clause": plan.must(must.must).clause,
            "grounds": list(must.refs),
            "arose_at": show_instant(must.arose_at),
            "decide_by": show_instant(must.decide_by),
            "execute_by": show_instant(must.execute_by),
        }
