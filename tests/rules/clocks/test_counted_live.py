"""What a plan counts in working days without writing it down: re-inspection, the limits of an act (domain §5)."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from models.case import Case
from models.commands import COMMAND, Open
from models.events import Transition
from models.refusals import Refused
from models.wire import CaseStart
from models.working_days import WorkingDays, WorkingYear
from rules.case.clock_actor import caught_up
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from rules.clocks import working_days
from rules.clocks.deadlines import deadlines
from rules.clocks.recount import provisional
from tests.cast import ENTERPRISE, INSPECTOR, OFFICE, SUPERVISOR, plan_file
from tests.rules.clocks.test_publication_later import in_working_days
from tests.rules.clocks.years import MADE_UP, ONLY_WORK, YEAR, published
from tests.rules.story import h, instant

PLAN = in_working_days()
UNPUBLISHED = WorkingDays(official_until=2026)


def at(text: str) -> datetime:
    return instant(text, YEAR)


def opened(when: str, by: WorkingDays = UNPUBLISHED) -> Case:
    facts = {"subject": {"name": "a", "district": "650203"}, "do": "open", "by": OFFICE, "command_id": "o"}
    command = COMMAND.validate_python(facts)
    assert isinstance(command, Open)
    phases = PLAN.calendar(YEAR)
    start = CaseStart(case_id="case/c/s", digest=plan_file().digest, phases=phases, working_days=by)
    told = decide_opening(PLAN, start, command, at(when))
    assert isinstance(told, Transition)
    return apply(None, told)


def asked(case: Case, when: str, do: str, by: str = INSPECTOR, **fields: Any) -> Transition | Refused:
    command = COMMAND.validate_python({"do": do, "by": by, "command_id": str(uuid4()), **fields})
    return decide(PLAN, case, command, at(when))


def did(case: Case, when: str, do: str, by: str = INSPECTOR, **fields: Any) -> Case:
    case = waited(case, when)
    told = asked(case, when, do, by, **fields)
    assert isinstance(told, Transition), told
    return apply(case, told)


def waited(case: Case, when: str) -> Case:
    return caught_up(PLAN, case, at(when))


def registered(due: str, by: WorkingDays = UNPUBLISHED) -> Case:
    """A hazard to be rectified until that instant; its re-inspection is due ten working days later."""
    case = did(opened("06-02", by), "06-02", "record_findings", findings=[h("a")])
    return did(case, "06-02", "register", assignments=[{"ref": "a", "responsible": "Sun", "due": due}])


def reinspection(case: Case) -> datetime | None:
    return next((d.due_at for d in deadlines(PLAN, case) if d.clock == "reinspection"), None)


DUE = f"{YEAR}-06-02T24:00"


@pytest.mark.clause("§5")
def test_a_reinspection_ahead_follows_a_publication_by_itself() -> None:
    case = registered(DUE)
    assert reinspection(case) == at("06-16 24:00") and ("reinspection", "a") in provisional(PLAN, case)
    only_off = MADE_UP.model_copy(update={"on": ()})
    followed = published(PLAN, case, only_off, "06-03")
    assert reinspection(followed) == at("06-18 24:00") and not provisional(PLAN, followed)
    assert followed.findings[0].reinspect_by is None


@pytest.mark.clause("§5")
@pytest.mark.parametrize(
    ("year", "when"), [(MADE_UP.model_copy(update={"on": ()}), "06-17"), (ONLY_WORK, "06-13")], ids=["missed", "hasty"]
)
def test_a_reinspection_that_has_passed_or_would_have_passed_stays(year: WorkingYear, when: str) -> None:
    followed = published(PLAN, registered(DUE), year, when)
    assert reinspection(followed) == at("06-16 24:00")
    again = did(followed, when + " 10:00", "declare_rectified", ENTERPRISE, refs=["a"], evidence=["photo"])
    assert reinspection(again) == at("06-16 24:00"), "a later declaration does not restart it"


@pytest.mark.clause("§5")
def test_a_new_due_date_is_counted_by_the_published_year_again() -> None:
    followed = published(PLAN, registered(DUE), ONLY_WORK, "06-13")
    assert followed.findings[0].reinspect_by is not None
    extended = registered(f"{YEAR}-06-13T24:00")
    missed = published(PLAN, extended, MADE_UP, "06-28")
    assert missed.findings[0].reinspect_by == at("06-27 24:00")
    failed = did(missed, "06-28 10:00", "reinspect", verdicts=[{"ref": "a", "passed": False}])
    failed = did(failed, "06-28 11:00", "propose_measure", must="suspend")
    failed = did(failed, "06-28 12:00", "approve_measure", SUPERVISOR, must="suspend")
    details = {"supervision": ["resident"]}
    served = did(failed, "06-28 13:00", "record_execution", must="suspend", date=f"{YEAR}-06-28", details=details)
    assert served.findings[0].reinspect_by is None
    assert reinspection(served) == at("07-25 24:00"), "from 13 July, 24:00"


@pytest.mark.clause("§5")
def test_a_granted_extension_sets_a_new_due_date_too() -> None:
    case = registered(f"{YEAR}-06-13T24:00")
    case = did(case, "06-12", "request_extension", ENTERPRISE, ref="a", due=f"{YEAR}-06-30T24:00", reason="parts")
    missed = published(PLAN, waited(case, "06-28"), MADE_UP, "06-28")
    assert missed.findings[0].reinspect_by == at("06-27 24:00")
    granted = did(missed, "06-28 10:00", "decide_extension", SUPERVISOR, ref="a", granted=True, reason="seen")
    assert reinspection(granted) == at("07-14 24:00")


@pytest.mark.clause("§5")
@pytest.mark.parametrize("learned", [MADE_UP, ONLY_WORK], ids=["days off", "days worked"])
def test_the_limits_of_an_act_are_counted_by_what_the_case_carries(
    learned: WorkingYear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged again at every replay: so the process may learn what it wants."""
    monkeypatch.setattr(working_days, "_learned", {YEAR: learned})
    case = registered(f"{YEAR}-06-03T24:00")
    latest, later = f"{YEAR}-06-24T24:00", f"{YEAR}-06-25T24:00"  # fifteen working days: 4 to 24 June
    request = {"ref": "a", "reason": "parts"}
    assert isinstance(asked(case, "06-03", "request_extension", ENTERPRISE, due=latest, **request), Transition)
    refused = asked(case, "06-03", "request_extension", ENTERPRISE, due=later, **request)
    assert isinstance(refused, Refused) and refused.code == "extension_too_long"
    seen = {"text": "seen before", "observed_at": f"{YEAR}-06-05T00:00"}  # Thursday 5, Friday 6, Monday 9
    assert isinstance(asked(case, "06-09", "add_note", **seen), Transition)
    too_old = asked(case, "06-09", "add_note", **{**seen, "observed_at": f"{YEAR}-06-04T23:59"})
    assert isinstance(too_old, Refused) and too_old.code == "observed_out_of_range"
    assert reinspection(case) == at("06-17 24:00")


@pytest.mark.clause("§5")
def test_the_limits_of_an_act_follow_a_publication() -> None:
    case = published(PLAN, registered(f"{YEAR}-06-13T24:00"), MADE_UP, "06-03 10:00")
    seen = {"text": "seen before", "observed_at": f"{YEAR}-06-05T12:00"}
    too_old = asked(case, "06-09", "add_note", **seen)
    assert isinstance(too_old, Refused), "Friday 6, Saturday 7 and Monday 9 are three"
