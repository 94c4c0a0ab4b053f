"""A case as people see it, played on paper: no stack."""

import pytest

from cli.case_screen import show_case, show_steps
from cli.output import speak
from models.case import Case
from models.instants import parse_instant
from models.plan import Plan
from rules.case.next_steps import next_steps
from rules.files.plan_check import PlanFile, read_plan
from rules.files.script import Script, read_script
from rules.on_paper import Paper
from tests.cast import ELSEWHERE, INSPECTOR, actor
from tests.cli.run import PLAN, SCRIPT


def played(until: str) -> tuple[Plan, Case]:
    """The case of the script at that day, and its plan."""
    read = read_plan(PLAN.read_text(encoding="utf-8"), str(PLAN))
    script = read_script(SCRIPT.replace("until: 2013-07-01", f"until: {until}"), "case.yaml")
    assert isinstance(read, PlanFile) and isinstance(script, Script)
    paper = Paper(read.plan, read.digest, script)
    paper.run()
    assert paper.case is not None
    return read.plan, paper.case


def shown_steps(by: str, until: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `case steps` prints for that person on that day."""
    plan, case = played(until)
    show_steps(next_steps(plan, case, actor(by), parse_instant(until)))
    return capsys.readouterr().out


def test_next_steps_name_the_command_that_is_to_be_handed_in(capsys: pytest.CaptureFixture[str]) -> None:
    speak("en")
    told = shown_steps(INSPECTOR, "2013-07-01", capsys)
    assert all(word in told for word in ("record_execution", "add_note", "suspension", "why not"))


@pytest.mark.parametrize(
    ("by", "until", "said"),
    [
        (f"inspector:Li@{ELSEWHERE}", "2013-07-01", "nothing may be done now: The territory"),
        (f"enterprise:Sun@{ELSEWHERE}", "2013-07-01", "nothing may be done now: The territory"),
        (INSPECTOR, "2014-01-02", "nothing may be done now\n"),
    ],
)
def test_one_reason_for_everything_is_said_once(
    by: str, until: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    speak("en")
    told = shown_steps(by, until, capsys)
    assert told.startswith(said) and len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("lang", "left"),
    [
        ("zh", "未办结事项：停产整顿未执行；a 逾期未整改到位"),
        ("en", "left unmet: suspension not executed; a not rectified in time"),
    ],
)
def test_a_case_that_was_carried_over_says_by_name_what_is_left(
    lang: str, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, case = played("2014-01-01")
    speak(lang)
    assert case.outcome == "carried_over"
    show_case(plan, case, parse_instant("2014-01-02"))
    told = capsys.readouterr().out
    assert left in told and "suspend-1" not in told
