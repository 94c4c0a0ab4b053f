"""What somebody may do in a case now, read as an official would; that it is what the rules do the machine shows."""

import pytest

from models.actors import Actor, parse_actor
from models.refusals import Refused
from rules.case.next_steps import NextStep, next_steps
from tests.cast import COLLEAGUE, ENTERPRISE, GOVERNMENT, INSPECTOR, OFFICE, SUPERVISOR, plan
from tests.rules.story import Story, h, illegal, v


def steps(story: Story, who: str) -> dict[tuple[str, str], NextStep]:
    end = story.run()
    assert end.case is not None
    by = Actor.model_validate(parse_actor(who))
    return {(step.do, step.about): step for step in next_steps(plan(), end.case, by, story.now)}


def offered(story: Story, who: str) -> set[tuple[str, str]]:
    return {key for key, step in steps(story, who).items() if step.refused is None}


def code(step: NextStep) -> str:
    assert isinstance(step.refused, Refused)
    return step.refused.code


NOTE, RECORD, FILES = ("add_note", ""), ("record_findings", ""), ("attach", "")


@pytest.mark.clause("domain §3")
def test_of_a_recorded_finding_an_inspector_registers_or_corrects_it() -> None:
    story = Story().at("06-03").record(h("a"))
    assert offered(story, COLLEAGUE) == {NOTE, FILES, RECORD, ("register", "a"), ("correct_finding", "a")}
    assert code(steps(story, COLLEAGUE)["reinspect", "a"]) == "not_registered"


@pytest.mark.clause("3.1.register")
def test_an_enterprise_declares_or_asks_for_more_time() -> None:
    story = Story().at("06-03").record(h("a")).register("a")
    assert offered(story, ENTERPRISE) == {FILES, ("declare_rectified", "a"), ("request_extension", "a")}


@pytest.mark.clause("3.2.must2")
def test_a_close_is_proposed_then_decided_by_the_government_and_by_nobody_else() -> None:
    owed = Story().at("06-03").record(illegal("a")).register("a")
    assert ("propose_measure", "close") in offered(owed, INSPECTOR)
    assert code(steps(owed, INSPECTOR)["reinspect", "a"]) == "measure_first"
    proposed = owed.propose("close")
    assert {("approve_measure", "close"), ("return_measure", "close")} <= offered(proposed, GOVERNMENT)
    assert steps(proposed, GOVERNMENT)["approve_measure", "close"].clause == "3.2.must2"
    assert ("approve_measure", "close") not in steps(proposed, SUPERVISOR), "it is for another role: not even shown"


@pytest.mark.clause("domain §4")
def test_why_not_is_said_where_the_same_person_proposed() -> None:
    story = Story().at("06-03").record(v("a")).register("a").propose("suspend", by="inspector:Wang@650203")
    assert code(steps(story, SUPERVISOR)["approve_measure", "suspend"]) == "four_eyes"


def test_a_command_tells_its_own_fields() -> None:
    step = steps(Story().at("06-03").record(h("a")), COLLEAGUE)["register", "a"]
    assert step.fields == ("assignments",) and step.zh == "登记建档"


def test_of_a_closed_case_and_of_another_district_nothing_is_offered() -> None:
    done = Story().at("06-03").record(licensed=True, major_hazard=False, lawful=True)
    assert steps(done, OFFICE) == {}
    elsewhere = steps(Story().at("06-03").record(h("a")), "inspector:He@650202")
    assert elsewhere and {code(step) for step in elsewhere.values()} == {"wrong_territory"}
