"""Officials, good and bad, and the clock at one case after the other."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.case import Case, EarlierOrder
from models.commands import AnyCommand
from models.events import CommandRefused, Transition
from models.instants import day_of, end_of_day, show_instant
from models.plan import CalendarMove
from models.refusals import Refused
from rules.case.clock_actor import calendar_moved, next_instant
from tests.properties.ground import DISTRICT, PHASES, PLAN, command, instant
from tests.properties.honest import finish
from tests.properties.office import Fields, Office, Pick
from tests.properties.watch import Watch, reached
from tests.properties.wrong import every_way_wrong, opening, spoiled, wild

STARTS = ("04-30", "05-05", "05-20", "05-28", "05-31", "06-03", "07-10", "09-02", "10-20", "11-04", "12-09")
HOURS = tuple(timedelta(hours=h) for h in (0, 0.02, 1, 9, 24, 60))
DAYS = tuple(timedelta(days=d) for d in (1, 4, 11, 16, 35))
ORDERS = (EarlierOrder(category="V05", ordered_at=instant("03-01 09:00")),)
OTHER_ORDERS = (EarlierOrder(category="H05", ordered_at=instant("03-01 09:00")),)
EARLIER: tuple[tuple[EarlierOrder, ...], ...] = ((), (), ORDERS, OTHER_ORDERS)

TRIES = 6
DEEDS = (("fit", "spoil", "probe", "blunder", "again", "time"), (12, 2, 3, 1, 1, 2))
SEEDS = st.integers(0, 2**32 - 1)


class Campaign(RuleBasedStateMachine):
    """All commands and the clock, from 5 May to after 31 December."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch()
        self.now = PHASES[0].begins_at
        self.sent: list[AnyCommand] = []
        self.ids = 0
        self.moved = False

    @property
    def case(self) -> Case | None:
        """The case at hand."""
        return self.watch.case

    @property
    def is_open(self) -> bool:
        """There is a case that is not closed."""
        return self.case is not None and not self.case.closed

    # -- opening

    @initialize(seed=SEEDS, start=st.sampled_from(STARTS), orders=st.sampled_from(EARLIER))
    def first(self, seed: int, start: str, orders: tuple[EarlierOrder, ...]) -> None:
        """The campaign begins."""
        self.begins(seed, start, orders)

    def begins(self, seed: int, start: str, orders: tuple[EarlierOrder, ...]) -> None:
        """A case is opened, perhaps after vain attempts, and something is found in it."""
        self.watch, self.moved = Watch(orders), False
        self.now, pick = instant(f"{start} 09:00"), Random(seed).choice
        self._vain_opening(pick)
        self._open()
        if self.case is None:
            self.now = instant("05-07 08:00")
            self._open()
        if self.case is not None:
            office = Office(PLAN, self.case, self.now, pick)
            if pick((True, True, True, False)):
                self._do(office.record())
            else:
                self._vainly(every_way_wrong(office, office.nothing_found()))

    def _vain_opening(self, pick: Pick) -> None:
        wrong = pick((None, None, "note", "district", "sector", "role", "territory"))
        by, district, more = f"inspector:王@{DISTRICT}", DISTRICT, dict[str, str]()
        match wrong:
            case None:
                return
            case "note":
                self._do({"do": "add_note", "by": by, "text": "无案"})
                return
            case "district":
                district = "650299"
            case "sector":
                more = {"sector": "ballet"}
            case "role":
                by = f"enterprise:厂长@{DISTRICT}"
            case _:
                by = "inspector:王@650202"
        self._do(opening(by, district, **more))

    def _open(self) -> None:
        self._do(opening(f"office:市办@{PLAN.city}", DISTRICT))

    # -- officials

    @precondition(lambda self: self.is_open)
    @rule(seed=SEEDS, deeds=st.integers(1, 8))
    def work(self, seed: int, deeds: int) -> None:
        """Some deeds of officials and enterprise, good and bad, with time between them."""
        self._work(seed, deeds)

    @precondition(lambda self: self.is_open)
    @rule(seed=SEEDS, deeds=st.integers(8, 20))
    def work_on(self, seed: int, deeds: int) -> None:
        """Many of them."""
        self._work(seed, deeds)

    def _work(self, seed: int, deeds: int) -> None:
        hand = Random(f"{seed} {self.ids}")
        for _ in range(deeds):
            if not self.is_open:
                return
            match hand.choices(*DEEDS)[0]:
                case "fit":
                    self._fit(hand)
                case "spoil":
                    self._spoil(hand)
                case "probe":
                    self._probe(hand)
                case "blunder":
                    self._blunder(hand)
                case "again":
                    self._send_again(hand)
                case _:
                    self._until(self.now + hand.choice(HOURS))

    def _fit(self, hand: Random) -> None:
        """A fitting command: a step further on a must, something about a finding or the case."""
        office = self._office(hand)
        groups = [g for g in (office.on_musts(), office.on_findings(), office.rare()) if g]
        self._do(hand.choice(hand.choice([*groups, *groups, office.on_case()]))())

    def _spoil(self, hand: Random) -> None:
        """Fitting commands, each with one thing wrong; most change nothing, so there are several."""
        for _ in range(TRIES):
            if self.is_open:
                office = self._office(hand)
                groups = (office.on_musts(), office.on_findings(), office.on_case())
                self._do(spoiled(office, hand.choice(hand.choice([g for g in groups if g]))()))

    def _probe(self, hand: Random) -> None:
        """What fits seldom is tried in every wrong way while it does."""
        office = self._office(hand)
        if moves := office.rare():
            self._vainly(every_way_wrong(office, hand.choice(moves)()))

    def _vainly(self, attempts: list[Fields]) -> None:
        for fields in attempts:
            if self.is_open:
                self._do(fields)

    def _blunder(self, hand: Random) -> None:
        """Any command, asked for or not; on the signal path the last refusal is recorded."""
        judged, fields = None, dict[str, Any]()
        for _ in range(TRIES):
            if self.is_open:
                fields = wild(self._office(hand))
                judged = self._do(fields)
        if isinstance(judged, Refused) and self.is_open:
            self._signalled(fields, judged)

    def _send_again(self, hand: Random) -> None:
        """An accepted command once more: the same is answered accepted, another content is refused."""
        before, old = self.case, hand.choice(self.sent)
        assert self.watch.send(old, self.now) is None
        changed = self.watch.send(old.model_copy(update={"note": "改动"}), self.now)
        assert isinstance(changed, Refused) and changed.code == "command_id_reused"
        assert self.case == before

    @precondition(lambda self: self.case is not None and self.case.closed)
    @rule(seed=SEEDS, start=st.sampled_from(STARTS))
    def come_too_late(self, seed: int, start: str) -> None:
        """Closed is final: nothing is accepted. A new case may follow, or a new campaign."""
        assert self.case is not None
        before, office = self.case, self._office(Random(seed))
        for _ in range(TRIES):
            judged = self._do(wild(office))
            assert isinstance(judged, Refused) and judged.code == "case_closed"
        assert self.watch.send(self.sent[-1], self.now) is None, "what was accepted stays accepted"
        assert self.case == before
        self.watch.end()
        self.sent = []
        if self.now < PHASES[-1].ends_at:
            self.watch, self.moved = Watch(self.watch.earlier_orders, self.watch.number + 1), False
            self._open()
            assert self.is_open
        else:
            self.begins(seed, start, self.watch.earlier_orders)

    # -- the clock

    @precondition(lambda self: self.is_open)
    @rule(by=st.sampled_from((*HOURS, *DAYS)))
    def wait(self, by: timedelta) -> None:
        """Time goes by."""
        self._until(self.now + by)

    @precondition(lambda self: self.is_open)
    @rule(short_of=st.sampled_from((0, 0, 0, 1)))
    def jump(self, short_of: int) -> None:
        """Exactly onto the next instant of the clock, or just short of it."""
        following = next_instant(PLAN, self.case) if self.case else None
        assert following is not None
        self._until(max(self.now, following - timedelta(seconds=short_of)))

    @precondition(lambda self: self.is_open and not self.moved)
    @rule(phase=st.sampled_from((0, 1, 1, 2)), days=st.sampled_from((-40, -9, -1, 1, 9, 40)), soon=st.booleans())
    def move_calendar(self, phase: int, days: int, soon: bool) -> None:
        """The committee moves a boundary: by some days, or so that the phase ends in some; once a case."""
        assert self.case is not None
        self.moved = True
        phases = list(self.case.phases)
        today = end_of_day(day_of(self.now))
        boundary = (today if soon else phases[phase].ends_at) + timedelta(days=abs(days) if soon else days)
        phases[phase] = phases[phase].model_copy(update={"ends_at": boundary})
        if phase < 2:
            phases[phase + 1] = phases[phase + 1].model_copy(update={"begins_at": boundary})
        if any(p.ends_at <= p.begins_at for p in phases):
            return
        self.ids += 1
        note(f"{show_instant(self.now)} calendar_moved: {phases[phase].id} ends {show_instant(boundary)}")
        self.watch.take(
            calendar_moved(PLAN, self.case, CalendarMove(number=self.ids, at=self.now, phases=tuple(phases)))
        )
        self.watch.advance(self.now)
        for finding in self.case.findings:
            if self.is_open and finding.extension:
                self._do(Office(PLAN, self.case, self.now, Random(days).choice).decide_extension(finding))

    @invariant()
    def stands(self) -> None:
        """Whatever the instant, it is somebody's turn."""
        if self.case is not None:
            self.watch.standing(self.case, self.now)

    def teardown(self) -> None:
        """The log tells the case; an honest office still finds a way to the end."""
        self.watch.end()
        if self.is_open:
            reached("deep", "finished honestly")
            finish(self.watch, self.now)
            self.watch.end()

    # -- hands

    def _office(self, hand: Random) -> Office:
        assert self.case is not None
        return Office(PLAN, self.case, self.now, hand.choice)

    def _do(self, fields: Fields) -> Transition | Refused | None:
        self.ids += 1
        given = command({**fields, "command_id": f"c{self.ids}"})
        judged = self.watch.send(given, self.now)
        note(f"{show_instant(self.now)} {fields} -> {getattr(judged, 'code', 'accepted')}")
        if isinstance(judged, Transition):
            self.sent.append(given)
        self.watch.advance(self.now)
        return judged

    def _signalled(self, fields: Fields, refused: Refused) -> None:
        event = CommandRefused(do=fields["do"], refusal=refused)
        identity, by = f"refused:{self.ids}", command({**fields, "command_id": "x"}).by
        before = self.case
        step = Transition(at=self.now, do=event.do, command_id=identity, content="", by=by, events=(event,))
        self.watch.take(step)
        assert before and self.case
        assert self.case.model_copy(update={"seq": before.seq, "clock_at": before.clock_at}) == before

    def _until(self, now: datetime) -> None:
        self.now = now
        note(f"{show_instant(now)}")
        self.watch.advance(now)
