"""A case as people see it, played on paper: no stack."""

import pytest

from cli.case_screen import show_case
from cli.output import speak
from models.instants import parse_instant
from rules.files.plan_check import PlanFile, read_plan
from rules.files.script import Script, read_script
from rules.on_paper import Paper
from tests.cli.run import PLAN, SCRIPT


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
    read = read_plan(PLAN.read_text(encoding="utf-8"), str(PLAN))
    script = read_script(SCRIPT.replace("until: 2013-07-01", "until: 2014-01-01"), "case.yaml")
    assert isinstance(read, PlanFile) and isinstance(script, Script)
    paper = Paper(read.plan, read.digest, script)
    paper.run()
    speak(lang)
    assert paper.case is not None and paper.case.outcome == "carried_over"
    show_case(read.plan, paper.case, parse_instant("2014-01-02"))
    told = capsys.readouterr().out
    assert left in told and "suspend-1" not in told
