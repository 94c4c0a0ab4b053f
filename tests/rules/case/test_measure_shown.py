"""An approval signs what was shown (domain §4): of anything else, or of a page that is older, nothing is decided."""

from collections.abc import Callable
from typing import Any

import pytest

from models.case import Case, Must
from models.commands import COMMAND
from models.events import Transition
from models.refusals import Refused
from rules.case.decide import decide
from rules.case.measure_shown import measure_shown
from tests.cast import GOVERNMENT, SUPERVISOR, plan
from tests.rules.case.test_fine import limit, still
from tests.rules.case.test_limits import case_of
from tests.rules.story import Story

FORM_1 = "d432f2e616fedff5e56b99d2f6e4b00528e7726e0f79c5fbf43eaaf6ad885f71"
ANOTHER = f"sha256:{'0' * 64}"


def fine_proposed() -> Story:
    return still().propose("fine", fine=limit())


def gains() -> dict[str, Any]:
    return limit("by-illegal-gains", unit=150000, person=50000, base=30000)


def proposed(case: Case) -> Must:
    return case.musts_in("proposed")[0]


def given(case: Case, do: str, shown: str | None, by: str = SUPERVISOR) -> Transition | Refused:
    facts: dict[str, Any] = {"command_id": "x-1", "do": do, "by": by, "must": "fine", "shown": shown}
    answer = decide(plan(), case, COMMAND.validate_python(facts), case.clock_at)
    return answer


def code(answer: Transition | Refused) -> str | None:
    return answer.code if isinstance(answer, Refused) else None


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize("do", ["approve_measure", "return_measure"])
def test_only_what_was_shown_is_decided(do: str) -> None:
    case = case_of(fine_proposed())
    assert code(given(case, do, ANOTHER)) == "shown_differs"
    assert code(given(case, do, measure_shown(case, proposed(case)))) is None
    assert code(given(case, do, None)) is None  # as older histories and other offices' systems hold it


CHANGES: dict[str, Callable[[Story], Story]] = {
    "another proposal, word for word": lambda s: s.send_back("fine").at("06-14").propose("fine", fine=limit()),
    "another proposer": lambda s: s.send_back("fine").propose("fine", fine=limit(), by="inspector:Zhou@650203"),
    "other amounts": lambda s: s.send_back("fine").propose("fine", fine=gains()),
    "the ground was put right, its owner says": lambda s: s.declare("a"),
}


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize("change", CHANGES)
def test_a_page_from_before_decides_nothing(change: str) -> None:
    before = case_of(fine_proposed())
    after = case_of(CHANGES[change](fine_proposed()))
    assert proposed(after).must == "fine"
    assert code(given(after, "approve_measure", measure_shown(before, proposed(before)))) == "shown_differs"


@pytest.mark.clause("domain §4")
def test_a_note_in_the_case_takes_nothing_away_from_the_page() -> None:
    before, after = case_of(fine_proposed()), case_of(fine_proposed().note())
    assert after.seq > before.seq
    assert code(given(after, "approve_measure", measure_shown(before, proposed(before)))) is None


def _facts(case: Case) -> dict[str, Case]:
    """The case with one thing of what is shown another."""
    must = proposed(case)
    ground = case.findings[0]

    def finding(**facts: Any) -> Case:
        return case.model_copy(update={"findings": (ground.model_copy(update=facts), *case.findings[1:])})

    def measure(**facts: Any) -> Case:
        changed = must.model_copy(update=facts)
        return case.model_copy(update={"musts": tuple(changed if m.id == must.id else m for m in case.musts)})

    assert must.fine is not None
    last = case.phases[-1]
    moved = last.model_copy(update={"begins_at": last.begins_at.replace(day=2)})
    return {
        "subject": case.model_copy(update={"subject": case.subject.model_copy(update={"name": "another"})}),
        "district": case.model_copy(update={"district": "650204"}),
        "plan": case.model_copy(update={"plan_hash": "0"}),
        "calendar": case.model_copy(update={"calendar": 1}),
        "phases": case.model_copy(update={"phases": (*case.phases[:-1], moved)}),
        "description": finding(description="another"),
        "grade": finding(grade="major"),
        "category": finding(category="v1"),
        "responsible": finding(responsible="another"),
        "suspected crime": finding(suspected_crime=True),
        "decide by": measure(decide_by=case.clock_at),
        "stayed": measure(stayed_by="court"),
        "article": measure(fine=must.fine.model_copy(update={"article": "another"})),
        "unit": measure(fine=must.fine.model_copy(update={"unit": must.fine.unit + 1})),
        "persons": measure(fine=must.fine.model_copy(update={"persons": ()})),
        "grounds": measure(grounds=()),
        "proposed at": measure(proposed_at=case.clock_at.replace(year=2012)),
    }


@pytest.mark.clause("domain §4")
def test_whatever_is_shown_is_in_the_hash() -> None:
    case = case_of(fine_proposed())
    changed = _facts(case)
    hashes = {what: measure_shown(other, proposed(other)) for what, other in changed.items()}
    assert len({measure_shown(case, proposed(case)), *hashes.values()}) == 1 + len(changed)


def test_the_form_is_frozen_for_histories_hold_it() -> None:
    case = case_of(fine_proposed())
    case = case.model_copy(update={"plan_hash": "0", "plan_id": "p"})  # the plan may change, the form may not
    assert measure_shown(case, proposed(case)) == f"sha256:{FORM_1}"


def test_who_may_not_decide_is_refused_for_that_first() -> None:
    case = case_of(fine_proposed())
    assert code(given(case, "approve_measure", ANOTHER, by=GOVERNMENT)) == "role_not_permitted"
