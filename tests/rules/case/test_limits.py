"""How much a command brings and a case holds (ADR 0020): refused at the door, never in the middle of a case."""

from typing import Any

import pytest

from models.case import Case, Finding
from models.commands import COMMAND, AnyCommand
from models.events import Transition
from models.refusals import Refused
from rules.case import limits
from rules.case.decide import decide
from rules.case.door import at_the_door
from store.fold import changes
from tests.cast import ENTERPRISE, INSPECTOR, plan
from tests.rules.story import Story, h, instant, v

MANY = limits.FINDINGS_A_COMMAND


def command(do: str, by: str = INSPECTOR, **fields: Any) -> AnyCommand:
    return COMMAND.validate_python({"command_id": f"{do}-1", "do": do, "by": by, **fields})


def case_of(story: Story) -> Case:
    case = story.end().case
    assert case is not None
    return case


def full(findings: int) -> Case:
    """A case with so many findings, without telling how they came in."""
    case = case_of(Story().at("05-10").record(h("a")))
    return case.model_copy(
        update={"findings": tuple(case.findings[0].model_copy(update={"ref": f"a{n}"}) for n in range(findings))}
    )


def code(case: Case, given: AnyCommand) -> str | None:
    refused = at_the_door(plan(), case, given, lambda: None)
    return refused.code if isinstance(refused, Refused) else None


def test_a_command_brings_two_hundred_findings_and_no_more() -> None:
    story = Story().at("05-10").record(*(h(f"a{n}") for n in range(MANY)))
    assert len(case_of(story).findings) == MANY
    assert Story().at("05-10").record(*(h(f"a{n}") for n in range(MANY + 1))).refusal() == "too_many_findings"


def test_a_look_back_brings_no_more_than_that_either() -> None:
    given = command("look_back", recurred=True, findings=[h(f"b{n}") for n in range(MANY + 1)])
    assert code(full(1), given) == "too_many_findings"


def test_a_full_case_takes_no_finding_and_everything_else() -> None:
    case = full(limits.FINDINGS_A_CASE)
    assert code(case, command("record_findings", findings=[h("b")])) == "too_many_findings"
    assert code(case, command("record_findings", findings=[])) is None
    assert code(case, command("register", assignments=[{"ref": "a1", "responsible": "Sun"}])) is None
    assert code(case, command("reinspect", verdicts=[{"ref": "a1", "passed": True}])) is None


def test_a_command_brings_a_book_of_text_and_no_more() -> None:
    texts = ["x" * 4000] * (limits.CHARACTERS_A_COMMAND // 4000)
    fields: dict[str, Any] = {"refs": ["a"], "evidence": texts}
    assert code(full(1), command("declare_rectified", ENTERPRISE, **fields)) == "too_much_text"
    fields["evidence"] = texts[:-1]
    assert code(full(1), command("declare_rectified", ENTERPRISE, **fields)) is None


def test_a_case_holds_so_much_text_and_still_takes_verdicts_and_notes() -> None:
    case = full(limits.CHARACTERS_A_CASE // 4000)
    long = tuple(f.model_copy(update={"description": "字" * 4000}) for f in case.findings)
    case = case.model_copy(update={"findings": long})
    assert code(case, command("record_findings", findings=[h("b")])) == "too_much_text"
    assert code(case, command("reinspect", verdicts=[{"ref": "a1", "passed": False}])) is None
    assert code(case, command("add_note", text="x")) is None


def test_after_thousands_of_commands_only_those_without_end_are_refused() -> None:
    case = full(1).model_copy(update={"handled": {f"c{n}": "x" for n in range(limits.COMMANDS_A_CASE)}})
    assert code(case, command("add_note", text="x")) == "too_many_commands"
    assert code(case, command("assign_officers", "supervisor:Wang@650203", officers=["Li"])) == "too_many_commands"
    assert code(case, command("register", assignments=[{"ref": "a0", "responsible": "Sun"}])) is None
    assert code(case, command("approve_measure", "supervisor:Wang@650203", must="suspend")) is None


def test_what_was_accepted_before_is_never_beyond() -> None:
    given = command("record_findings", findings=[h(f"b{n}") for n in range(MANY + 1)])
    case = full(1).model_copy(update={"handled": {given.command_id: given.content}})
    assert code(case, given) is None


def test_the_rows_of_a_step_are_found_by_ref_not_by_comparing_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story().at("06-10").record(*(v(f"a{n}") for n in range(150))).register(*(f"a{n}" for n in range(150)))
    before = case_of(story)
    last = before.findings[-1].model_copy(update={"description": "another"})
    after = before.model_copy(update={"findings": (*before.findings[:-1], last), "seq": before.seq + 1})
    step = decide(plan(), before, command("add_note", text="x"), instant("06-11"))
    assert isinstance(step, Transition)
    compared = 0
    plain = Finding.__eq__

    def counted(self: Finding, other: object) -> bool:
        nonlocal compared
        compared += 1
        return plain(self, other)

    monkeypatch.setattr(Finding, "__eq__", counted)
    written = changes(plan(), before, step, after)
    assert [row["ref"] for row in written.findings] == ["a149"]
    assert compared <= len(before.findings)
