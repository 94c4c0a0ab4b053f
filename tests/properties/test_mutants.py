"""Mutants of the guard table die: the corpus tells each of them from the table of domain §4."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from models.case import Case, Finding, Reason
from models.commands import Open
from models.events import Transition
from models.plan import MUSTS
from models.wire import CaseStart
from rules.case import guard_table
from rules.case.clock_actor import caught_up
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from rules.case.explain import explain
from rules.case.guard_table import GUARDS, Guard, Orders
from tests.properties.corpus import STORIES, Reasons, Story
from tests.properties.ground import DIGEST, DISTRICT, PHASES, PLAN, command, instant
from tests.properties.wrong import opening

QUESTIONS = 2000
Table = tuple[Guard, ...]
Holds = Callable[[Orders, Finding], bool]


class Different(AssertionError):
    """The table gives another answer than the domain."""


def tell(story: Story) -> None:
    """Raises Different at the first step that owes something else."""
    case = _opened(story)
    for number, (when, what, *expected) in enumerate(story.lines):
        now = instant(when)
        case = caught_up(PLAN, case, now)
        if what is not None:
            answer = decide(PLAN, case, command({**what, "command_id": f"s{number}"}), now)
            if not isinstance(answer, Transition):
                raise Different(f"{story.name}: {when} {what['do']} is refused: {answer.en}")
            case = apply(case, answer)
        if _standing(case) != expected:
            raise Different(f"{story.name}: {when} owes {_standing(case)} instead of {expected}")
    if (told := _explained(case)) != story.reasons:
        raise Different(f"{story.name}: for {told}")


def _opened(story: Story) -> Case:
    now = instant(story.lines[0][0])
    given = command({**opening(f"office:市办@{PLAN.city}", DISTRICT), "command_id": "open"})
    assert isinstance(given, Open)
    start = CaseStart(case_id="case/karamay-2013/s-1", digest=DIGEST, phases=PHASES, earlier_orders=story.orders)
    opened = decide_opening(PLAN, start, given, now)
    assert isinstance(opened, Transition)
    return apply(None, opened)


def _standing(case: Case) -> list[str]:
    chosen = (case.owed, case.musts_in("pending"), case.musts_in("executed"))
    return [" ".join(k for k in MUSTS if any(m.must == k for m in musts)) for musts in chosen]


def _explained(case: Case) -> Reasons:
    """The grounds with reason and clause, as a person is told them."""
    told: Reasons = {}
    for must in explain(PLAN, case):
        if must.state != "withdrawn":
            told.setdefault(must.must, {}).update({g.ref: (g.reason, g.clause) for g in must.grounds})
    return told


def _killer(table: Table, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The first story that tells the table from the right one, or cannot be told to its end."""
    for story in STORIES:
        monkeypatch.setattr(guard_table, "GUARDS", _rationed(table))
        try:
            tell(story)
        except (Different, StopIteration, RuntimeError):  # a generator turns StopIteration into RuntimeError
            return story.name
    return None


def _rationed(table: Table) -> Table:
    """The table with so many questions to its rows; a mutant may owe, withdraw and owe again for ever."""
    left = iter(range(QUESTIONS))

    def row(guard: Guard) -> Guard:
        def holds(orders: Orders, finding: Finding) -> bool:
            if next(left, None) is None:
                raise Different("the consequences do not end")
            return guard.holds(orders, finding)

        return replace(guard, holds=holds)

    return tuple(row(g) for g in table)


def _always(orders: Orders, finding: Finding) -> bool:
    return True


def _never(orders: Orders, finding: Finding) -> bool:
    return False


def _not(holds: Holds) -> Holds:
    return lambda orders, finding: not holds(orders, finding)


_OTHER_REASON: dict[Reason, Reason] = {
    "imminent_danger": "unlawful_conduct",
    "unlawful_conduct": "hazard_failed",
    "hazard_failed": "unlawful_conduct",
    "illegal_operation": "suspension_failed",
    "suspension_failed": "illegal_operation",
    "still_going_on": "again",
    "again": "still_going_on",
    "suspected_crime": "unlawful_conduct",
}


def _row_mutants() -> Iterator[tuple[str, Table]]:
    for n, row in enumerate(GUARDS):
        name = f"{row.must} {row.reason}"
        changed = {
            "flipped at_once": replace(row, at_once=not row.at_once),
            "always": replace(row, holds=_always),
            "never": replace(row, holds=_never),
            "opposite": replace(row, holds=_not(row.holds)),
            "other reason": replace(row, reason=_OTHER_REASON[row.reason]),
            **{f"owes {must}": replace(row, must=must) for must in MUSTS if must != row.must},
        }
        yield f"{name}: removed", GUARDS[:n] + GUARDS[n + 1 :]
        for what, other in changed.items():
            yield f"{name}: {what}", (*GUARDS[:n], other, *GUARDS[n + 1 :])


def _again_among(all_orders: bool) -> Holds:
    """`again` that counts orders after the finding was recorded too, or even its own registration."""

    def holds(orders: Orders, f: Finding) -> bool:
        if not f.unlawful or f.registered_at is None:
            return False
        return bool(orders.earliest) if all_orders else orders.before(f.ref) is not None

    return holds


def _earlier(orders: Orders, f: Finding) -> bool:
    ordered_at = orders.before(f.ref)
    return ordered_at is not None and ordered_at < f.recorded_at


_SLIPS: tuple[tuple[str, Reason, Holds], ...] = (
    ("not registered yet", "unlawful_conduct", lambda _, f: f.unlawful and not f.illegal_operation),
    ("illegal too", "unlawful_conduct", lambda _, f: f.registered_at is not None and f.unlawful),
    (
        "reclassified hazards forgotten",
        "unlawful_conduct",
        lambda _, f: f.registered_at is not None and f.unlawful and not f.illegal_operation,
    ),
    ("conduct is V10 too", "hazard_failed", lambda _, f: f.failed_at is not None),
    ("illegal hazards too", "hazard_failed", lambda _, f: f.failed_at is not None and not f.unlawful),
    ("registered hazards", "hazard_failed", lambda _, f: f.registered_at is not None and not f.unlawful),
    ("not registered yet", "illegal_operation", lambda _, f: f.illegal_operation),
    (
        "conduct only",
        "illegal_operation",
        lambda _, f: f.registered_at is not None and f.illegal_operation and f.unlawful,
    ),
    ("any failure", "suspension_failed", lambda _, f: f.failed_at is not None),
    ("conduct only", "suspension_failed", lambda _, f: f.failed_in is not None and f.unlawful),
    ("hazards forgotten", "still_going_on", lambda _, f: f.failed_at is not None and f.unlawful),
    ("hazards at once", "still_going_on", lambda _, f: f.failed_at is not None),
    (
        "any suspension",
        "still_going_on",
        lambda _, f: (f.failed_at is not None and f.unlawful) or f.failed_in is not None,
    ),
    ("not registered yet", "again", lambda orders, f: f.unlawful and _earlier(orders, f)),
    ("hazards too", "again", lambda orders, f: f.registered_at is not None and _earlier(orders, f)),
    ("later orders too", "again", _again_among(all_orders=False)),
    ("its own order", "again", _again_among(all_orders=True)),
    ("registered only", "suspected_crime", lambda _, f: f.suspected_crime and f.registered_at is not None),
    ("registered only", "imminent_danger", lambda _, f: f.imminent_danger and f.registered_at is not None),
    ("conduct only", "imminent_danger", lambda _, f: f.imminent_danger and f.unlawful),
    ("hazards only", "imminent_danger", lambda _, f: f.imminent_danger and not f.unlawful),
)


def _slip_mutants() -> Iterator[tuple[str, Table]]:
    """Plausible slips: a condition of a row forgotten, or one added."""
    for what, reason, holds in _SLIPS:
        yield f"{reason}: {what}", tuple(replace(g, holds=holds) if g.reason == reason else g for g in GUARDS)


MUTANTS = dict((*_row_mutants(), *_slip_mutants()))


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.name)
def test_the_table_as_it_stands_tells_every_story(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Owed, pending, executed after every step, every ground with reason and clause; in the ration."""
    monkeypatch.setattr(guard_table, "GUARDS", _rationed(GUARDS))
    tell(story)


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_table_is_told_from_it(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one story ends another way under the mutant."""
    assert MUTANTS[mutant] != GUARDS
    assert _killer(MUTANTS[mutant], monkeypatch), f"nobody notices: {mutant}"


def test_every_row_has_its_mutants() -> None:
    """A row added to the table is mutated, and told apart, or this file does not pass."""
    for row in GUARDS:
        assert sum(name.startswith(f"{row.must} {row.reason}:") for name in MUTANTS) >= 7
