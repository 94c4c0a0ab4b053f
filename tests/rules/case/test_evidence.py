"""Evidence: files come with a command and stay with what it is about; an approver signs what is there."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.case import Case
from models.commands import COMMAND
from models.events import Transition
from models.refusals import Refused
from rules.case import limits
from rules.case.decide import decide
from rules.case.door import at_the_door
from rules.case.evolve import apply
from rules.case.measure_shown import measure_shown
from rules.words.sentences import sentence
from tests.cast import ENTERPRISE, INSPECTOR, SUPERVISOR, actor, attached, plan
from tests.rules.case.test_limits import case_of
from tests.rules.case.test_measure_shown import fine_proposed
from tests.rules.story import Story, h

A, B = attached("a"), attached("b", "收据.pdf")


def told(case: Case, do: str, by: str = INSPECTOR, **fields: Any) -> Transition | Refused:
    command = COMMAND.validate_python({"do": do, "by": by, "command_id": f"x-{case.seq}", **fields})
    judged = at_the_door(plan(), case, command, lambda: decide(plan(), case, command, case.clock_at))
    assert judged is not None
    return judged


def after(case: Case, do: str, by: str = INSPECTOR, **fields: Any) -> Case:
    step = told(case, do, by, **fields)
    assert isinstance(step, Transition), step
    return apply(case, step)


def code(answer: Transition | Refused) -> str | None:
    return answer.code if isinstance(answer, Refused) else None


def registered() -> Case:
    return case_of(Story().at("06-03").record(h("a"), h("b")).register("a", "b"))


def held(case: Case) -> list[tuple[str, tuple[str, ...], str]]:
    return [(f.name, f.refs, f.do) for f in case.files]


@pytest.mark.clause("3.1.register")
def test_files_stay_with_the_findings_that_their_command_is_about() -> None:
    case = after(registered(), "declare_rectified", ENTERPRISE, refs=["a"], evidence=["done"], files=[A, B])
    assert held(case) == [("现场.jpg", ("a",), "declare_rectified"), ("收据.pdf", ("a",), "declare_rectified")]
    assert {f.by for f in case.files} == {actor(ENTERPRISE)} and {f.seq for f in case.files} == {case.seq}
    case = after(case, "reinspect", verdicts=[{"ref": "a", "passed": True}], files=[attached("c")])
    assert held(case)[-1] == ("现场.jpg", ("a",), "reinspect")
    assert held(after(case, "add_note", text="x", files=[attached("d")]))[-1] == ("现场.jpg", (), "add_note")


@pytest.mark.clause("3.2")
def test_files_of_a_measure_stay_with_its_grounds() -> None:
    from rules.case.evidence import findings_of

    case = case_of(fine_proposed())
    grounds = case.musts_in("proposed")[0].refs
    approve = COMMAND.validate_python({"do": "approve_measure", "by": SUPERVISOR, "command_id": "x", "must": "fine"})
    assert grounds and findings_of(case, approve) == grounds


@pytest.mark.clause("3.1.register")
def test_the_same_file_is_attached_once_to_the_same_thing() -> None:
    case = after(registered(), "attach", refs=["a"], files=[A])
    assert code(told(case, "attach", refs=["a"], files=[A])) == "already_attached"
    assert code(told(case, "attach", refs=["b", "a"], files=[A])) == "already_attached"
    assert code(told(case, "attach", files=[B, B])) == "already_attached"
    assert code(told(case, "attach", files=[A])) is None, "of the case as a whole it is none yet"
    assert code(told(case, "attach", refs=["z"], files=[B])) == "unknown_ref"
    again = told(case, "declare_rectified", ENTERPRISE, refs=["a"], evidence=["x"], files=[A])
    assert isinstance(again, Transition) and [e.kind for e in again.events] == ["rectification_declared"]
    both = told(case, "declare_rectified", ENTERPRISE, refs=["a"], evidence=["x"], files=[A, B, B])
    assert isinstance(both, Transition) and both.events[-1].kind == "files_attached"
    assert [f.name for f in both.events[-1].files] == ["收据.pdf"]
    assert sentence(plan(), both).zh.endswith("附证据材料：收据.pdf；涉及问题：a")


@pytest.mark.clause("3.1.register")
def test_a_new_finding_has_its_own_files_and_what_none_names_is_about_all() -> None:
    case, sign = registered(), attached("c", "签名.png")
    of_a, of_both = {"files": [A["sha256"]]}, {"files": [B["sha256"], A["sha256"]]}
    found = [h("x") | of_a, h("y") | of_both, h("z")]
    case = after(case, "record_findings", findings=found, files=[A, B, sign])
    assert held(case) == [
        ("现场.jpg", ("x",), "record_findings"),
        ("现场.jpg", ("y",), "record_findings"),
        ("收据.pdf", ("y",), "record_findings"),
        ("签名.png", ("x", "y", "z"), "record_findings"),
    ]
    with pytest.raises(ValidationError, match="does not stand in `files`"):
        told(registered(), "record_findings", findings=[h("x") | of_a], files=[B])


@pytest.mark.clause("3.1.register")
def test_a_verdict_has_its_own_photos_and_a_signature_is_about_all_that_were_judged() -> None:
    case, sign = after(registered(), "declare_rectified", ENTERPRISE, refs=["a", "b"], evidence=["done"]), attached("c")
    verdicts = [{"ref": "a", "passed": True, "files": [A["sha256"]]}, {"ref": "b", "passed": True}]
    assert held(after(case, "reinspect", verdicts=verdicts, files=[A, sign])) == [
        ("现场.jpg", ("a",), "reinspect"),
        ("现场.jpg", ("a", "b"), "reinspect"),
    ]
    with pytest.raises(ValidationError, match="does not stand in `files`"):
        told(case, "reinspect", verdicts=verdicts, files=[B])


def test_attaching_takes_a_file_at_least_and_a_command_twenty_at_most() -> None:
    for files in ([], [attached(str(n)) for n in range(21)]):
        with pytest.raises(ValidationError):
            told(registered(), "attach", files=files)


@pytest.mark.clause("domain §2")
def test_a_case_holds_so_many_files() -> None:
    case = after(registered(), "attach", files=[A])
    full = case.model_copy(update={"files": case.files * limits.FILES_A_CASE})
    assert code(told(full, "attach", files=[B])) == "too_many_files"
    assert code(told(full, "add_note", text="x")) is None


def test_an_opening_has_no_file_for_there_is_no_case_yet() -> None:
    subject = {"id": "s", "name": "厂", "district": "650203"}
    command = COMMAND.validate_python(
        {"do": "open", "by": INSPECTOR, "command_id": "x", "subject": subject, "files": [A]}
    )
    refused = at_the_door(plan(), None, command, lambda: None)
    assert isinstance(refused, Refused) and refused.code == "unknown_file"


@pytest.mark.clause("domain §4")
def test_an_approver_signs_the_photos_too_and_a_proposal_without_any_as_before() -> None:
    from tests.rules.case.test_measure_shown import FORM_1

    case = case_of(fine_proposed())
    must = case.musts_in("proposed")[0]
    bare = measure_shown(case, must)
    frozen = case.model_copy(update={"plan_hash": "0", "plan_id": "p"})
    assert measure_shown(frozen, must) == f"sha256:{FORM_1}"
    elsewhere = after(case, "attach", files=[B])
    assert measure_shown(elsewhere, must) == bare, "of no ground"
    shown = after(case, "attach", refs=[must.refs[0]], files=[A])
    assert measure_shown(shown, must) != bare
    late = told(shown, "approve_measure", SUPERVISOR, must="fine", shown=bare)
    assert code(late) == "shown_differs", "a page from before decides nothing"
    assert code(told(shown, "approve_measure", SUPERVISOR, must="fine", shown=measure_shown(shown, must))) is None


def test_what_has_no_file_is_written_as_before_there_were_any() -> None:
    case = registered()
    command = COMMAND.validate_python({"do": "add_note", "by": INSPECTOR, "command_id": "x", "text": "y"})
    assert "files" not in command.model_dump(mode="json") and "files" not in case.model_dump_json()
    assert command.digest == "sha256:d653f0c6f117956b055534002cb178187524a911466017c9dd747295872bf09d"
    with_file = command.model_copy(
        update={
            "files": COMMAND.validate_python({"do": "attach", "by": INSPECTOR, "command_id": "x", "files": [A]}).files
        }
    )
    assert with_file.digest != command.digest
