"""docs/states.md is as the code writes it, and its courses show every state and every change of one."""

from pathlib import Path
from typing import get_args

import pytest

from docs import generate
from docs.access import access
from models.case import FindingState, MustState, Stage
from rules.access.cedar import policies, schema
from rules.case.announce_table import WHATS
from rules.case.guard_table import GUARDS
from rules.case.stage import NAMES
from rules.files.script import Script, read_script
from rules.on_paper import Paper

RENEW = f"docs/states.md is not what the code writes; renew it: .venv/bin/{generate.COMMAND}"
RENEW_ACCESS = RENEW.replace("states", "access")
COURSES = sorted(generate.COURSES.glob("*.yaml"))


@pytest.fixture(scope="module")
def seen() -> generate.Seen:
    """What the courses show."""
    return generate.observe()


def test_the_committed_file_is_the_generated_one() -> None:
    assert generate.STATES.read_text(encoding="utf-8") == generate.states(), RENEW


def test_the_committed_table_of_deeds_is_the_generated_one() -> None:
    assert generate.ACCESS.read_text(encoding="utf-8") == access(generate.plan_file().plan), RENEW_ACCESS
    assert generate.CEDAR.read_text(encoding="utf-8") == policies(generate.plan_file().plan), RENEW_ACCESS
    assert generate.CEDAR_SCHEMA.read_text(encoding="utf-8") == schema(), RENEW_ACCESS


def test_every_stage_is_described_and_shown(seen: generate.Seen) -> None:
    assert set(generate.APPLIES) == set(get_args(Stage)) == set(NAMES)
    assert set(seen.actors) == set(get_args(Stage)), "a stage is in no course of docs/courses"


def test_every_row_of_the_guard_table_is_shown(seen: generate.Seen) -> None:
    assert {(guard.must, guard.reason) for guard in GUARDS} == set(seen.grounds)


def test_every_announcement_is_shown(seen: generate.Seen) -> None:
    assert set(seen.told) == set(WHATS)


def test_every_state_is_shown(seen: generate.Seen) -> None:
    assert {new for _, new in seen.findings} == set(get_args(FindingState))
    assert {new for _, new in seen.musts} == {*get_args(MustState), generate.MERGED}


@pytest.mark.parametrize("state", get_args(FindingState))
def test_what_is_settled_goes_nowhere_but_to_rescinded(state: str, seen: generate.Seen) -> None:
    onward = {new for old, new in seen.findings if old == state}
    match state:
        case "verified":
            assert onward == {"rescinded"}
        case "rescinded" | "absorbed":
            assert not onward
        case _:
            assert onward


def test_a_must_that_is_over_stays_over(seen: generate.Seen) -> None:
    over = {"executed", "absorbed", "withdrawn", "carried_over"}
    assert not [change for change in seen.musts if change[0] in over]


@pytest.mark.parametrize("course", COURSES, ids=lambda file: file.stem)
def test_a_course_runs_by_itself_and_says_what_it_shows(course: Path) -> None:
    text = course.read_text(encoding="utf-8")
    script = read_script(text, course.name)
    assert isinstance(script, Script), script
    assert text.startswith("# ")
    read = generate.plan_file()
    lines = Paper(read.plan, read.digest, script).run()["steps"]
    assert lines and any(line["accepted"] for line in lines)
