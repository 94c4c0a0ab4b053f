"""A watched case: every transition is judged, the log is kept, what was reached is counted."""

from collections import Counter
from datetime import datetime

from models.case import Case, EarlierOrder
from models.commands import AnyCommand, Open
from models.events import Transition
from models.plan import MUSTS
from models.refusals import Refused
from models.wire import CaseStart
from rules.case.clock_actor import next_instant, next_step
from rules.case.consequences import with_consequences
from rules.case.decide import already_handled, decide, decide_opening
from rules.case.evolve import apply, evolve, fold
from rules.case.next_actions import next_actions
from rules.case.stage import NAMES, next_actor, stage
from rules.clocks.deadlines import deadlines, due
from rules.words.refusals import REFUSALS
from tests.properties import announced, laws, offered
from tests.properties.facts import UNLAWFUL, Facts
from tests.properties.ground import DIGEST, PHASES, PLAN

REACHED: dict[str, Counter[str]] = {}


def reached(what: str, name: str) -> None:
    """Count that something was reached."""
    REACHED.setdefault(what, Counter())[name] += 1


EVERY = 10
"""So often what is offered is compared with what is judged: each time would take most of the run."""


class Watch:
    """One case and its log."""

    def __init__(self, earlier_orders: tuple[EarlierOrder, ...] = (), number: int = 1) -> None:
        self.case: Case | None = None
        self.frozen = ""
        self.looks_at = 0
        self.log: list[Transition] = []
        self.earlier_orders, self.number = earlier_orders, number
        self.facts = Facts([o.ordered_at for o in earlier_orders if o.category in UNLAWFUL])
        self.ever_owed: set[str] = set()
        self.rank = (datetime.min.replace(tzinfo=PHASES[0].begins_at.tzinfo), 0)

    # -- the two ways in

    def send(self, command: AnyCommand, now: datetime) -> Transition | Refused | None:
        """An official's command, as the shell gives it; None: it was accepted before."""
        frozen, case = self.frozen, self.case
        judged = self._judged(command, now)
        assert self._judged(command, now) == judged, "deciding twice gives the same"
        after = case.model_dump_json() if case else ""
        assert case is self.case and frozen == after, "deciding changes nothing"
        if self.looks_at % EVERY == 0:
            offered.hold(case, command, now, judged)
        self.looks_at += 1
        if isinstance(judged, Refused):
            self._refused(judged)
        elif judged is not None:
            assert judged.events and judged.at == now and judged.command_id == command.command_id
            self.take(judged)
            reached("command", command.do)
        if self.case is not None and self.case.closed:
            reached("outcome", str(self.case.outcome))
        return judged

    def _judged(self, command: AnyCommand, now: datetime) -> Transition | Refused | None:
        if handled := already_handled(self.case, command):
            return handled if isinstance(handled, Refused) else None
        if self.case is None and isinstance(command, Open):
            case_id = f"case/{PLAN.id}/s-1" + (f"-{self.number}" if self.number > 1 else "")
            start = CaseStart(case_id=case_id, digest=DIGEST, phases=PHASES, earlier_orders=self.earlier_orders)
            return decide_opening(PLAN, start, command, now)
        judged = decide(PLAN, self.case, command, now)
        assert not (self.case and self.case.closed) or isinstance(judged, Refused), "closed is final"
        return judged

    def _refused(self, refused: Refused) -> None:
        reached("code", refused.code)
        rule, zh, en = REFUSALS[refused.code]
        assert refused.rule == rule and refused.zh.strip() and refused.en.strip()
        assert not set("{}") & set(refused.zh + refused.en), refused
        assert zh and en and "None" not in refused.zh + refused.en, refused
        assert "+08:00" not in refused.zh + refused.en, "a sentence says 24:00, as officials do"

    def advance(self, now: datetime) -> None:
        """The clock catches up to an instant."""
        while self.case is not None and (step := next_step(PLAN, self.case, now)):
            assert step == next_step(PLAN, self.case, now)
            woken = next_instant(PLAN, self.case)
            assert step.at <= now and woken is not None
            if step.at != woken:
                assert step.at < woken and [e.kind for e in step.events] == ["phase_began"], "nothing is slept through"
            self.take(step)
        if self.case is not None:
            following = next_instant(PLAN, self.case)
            assert self.case.closed if following is None else following > now

    # -- what is true after every transition

    def take(self, step: Transition) -> None:
        """One recorded transition."""
        before = case = self.case
        assert not self.log or step.at >= self.log[-1].at, "transitions stand in the order of time"
        for event in step.events:
            earlier, case = case, evolve(case, event, step.at, step.by)
            reached("event", event.kind)
            if earlier is not None:
                laws.judge(earlier, event, case, step)
                self.facts.tell(earlier, event, step.at)
        self.case = apply(before, step)
        self.log.append(step)
        for told in announced.hold(before, step, self.case):
            reached("told", told.what)
        self._clock_in_order(step)
        self._whole(self.case, step)
        self._count(before, self.case, step)

    def _clock_in_order(self, step: Transition) -> None:
        rank = laws.CLOCK.get(step.do)
        if rank is None:
            self.rank = (step.at, 0)
            return
        assert step.by is None and (step.at, rank) >= self.rank, "the clock keeps its order"
        self.rank = (step.at, rank + (rank > 0))
        kinds = {e.kind for e in step.events}
        assert ("case_closed" in kinds) == (step.do == "campaign_completed"), "silence ends nothing"

    def _whole(self, case: Case, step: Transition) -> None:
        self.facts.check(case)
        self._musts(case)
        self.frozen = case.model_dump_json()
        assert Case.model_validate_json(self.frozen) == case
        assert Transition.model_validate_json(step.model_dump_json()) == step
        more, _ = with_consequences(PLAN, case, (), step.at, None)
        assert more == (), "all that follows has followed"
        self.standing(case, step.at)

    def standing(self, case: Case, now: datetime) -> None:
        """Stage, next actor, next actions and due instant fit together."""
        where, actor = stage(case, now), next_actor(PLAN, case, now)
        assert where in NAMES and (where == "closed") == case.closed
        reached("stage", where)
        actions = next_actions(PLAN, case, now)
        if case.closed:
            assert not actions
            assert actor is None and next_instant(PLAN, case) is None and due(PLAN, case) is None
            assert next_step(PLAN, case, case.ends_at.replace(year=2099)) is None
        else:
            assert actor in {r.id for r in PLAN.roles}
            ready = [a for a in actions if a.ready or where == "consolidation"]
            assert actor in {a.role for a in ready}, "whose turn it is has something to do"
            clocks = [(a.clock, ref, a.due_at) for a in actions if a.clock for ref in a.about or ("case",)]
            assert sorted(clocks) == sorted((d.clock, d.about, d.due_at) for d in deadlines(PLAN, case))

    def _musts(self, case: Case) -> None:
        self.ever_owed |= {m.id for m in case.owed}
        kept = ("owed", "proposed", "decided", "executed", "withdrawn", "absorbed", "carried_over")
        assert self.ever_owed <= {m.id for m in case.musts if m.state in kept}
        for kind in MUSTS:
            assert sum(m.must == kind for m in case.musts_in("owed", "proposed")) <= 1
            assert sum(m.must == kind for m in case.musts_in("pending")) <= 1
        for must in case.musts:
            assert must.grounds and len(set(must.refs)) == len(must.refs)
        if case.closed:
            assert not case.owed and not case.musts_in("pending")
        elif case.phase == "investigation":
            for must in case.owed:
                assert must.must in ("suspend", "refer"), f"{must.id} is owed in phase 1"
                for fact in (self.facts.of[ref] for ref in must.refs):
                    assert fact.danger if must.must == "suspend" else fact.crime
        else:
            assert not case.musts_in("pending"), "from phase 2 on nothing is pending"

    def end(self) -> None:
        """Folding the log gives the case."""
        assert fold(self.log) == self.case
        again = (Transition.model_validate_json(t.model_dump_json()) for t in self.log)
        assert fold(again) == self.case
        for earlier, later in zip(self.log, self.log[1:], strict=False):
            assert earlier.at <= later.at
        ids = [t.command_id for t in self.log]
        assert len(set(ids)) == len(ids), "a command_id is unique within its case"

    # -- what was reached

    def _count(self, before: Case | None, case: Case, step: Transition) -> None:
        for must in case.musts:
            reached("must", f"{must.must} {must.state}")
            reached("state", must.state)
            if must.stayed_at:
                reached("deep", f"stayed {must.state}")
            for ground in must.grounds:
                reached("reason", ground.reason)
        for finding in case.findings:
            reached("finding", finding.state)
        for event in step.events:
            match event.kind:
                case "finding_recorded" if event.counts_as:
                    reached("deep", "resurgence")
                case "looked_back" if event.recurred:
                    reached("deep", "recurred")
                case "grounds_joined":
                    reached("deep", "merged" if event.merged else "joined")
                case "due_date_set" if event.lapses:
                    reached("deep", "served")
                case "extension_decided" if event.granted and before:
                    due_at = next(f.due_at for f in before.findings if f.ref == event.ref)
                    reached("deep", "granted late" if due_at and due_at <= step.at else "granted in time")
                case "case_closed" if event.outcome == "carried_over" and event.unmet and event.unmet.musts:
                    reached("deep", "carried over owed")
                case "consolidation_entered" if before and before.consolidated_at is None:
                    again = sum(e.kind == "consolidation_entered" for t in self.log for e in t.events)
                    reached("deep", "consolidated again" if again > 1 else "consolidated")
                case _:
                    pass
