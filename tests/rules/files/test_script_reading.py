"""Scripts that are no good YAML, or good YAML and no script: told with a line, never an exception."""

import time
from typing import Any

import pytest

from models.refusals import Refused
from rules.files.script import Script, read_script
from tests.rules.files.scripts import FILE, answer_to, errors_of, ran, script, step, text_of, well_formed

GOOD = text_of(script(step("add_note")))
LINES = GOOD.split("\n")


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# nothing\n", "null", "7", "a", "[]", "- plan: x", "true", "''", "---\n", "--- |\n text", "{}"],
)
def test_what_is_no_mapping_is_no_script(text: str) -> None:
    assert all(e.line >= 1 for e in errors_of(text))


@pytest.mark.parametrize("key", ["plan", "subject", "steps"])
def test_a_part_left_out_is_told(key: str) -> None:
    content = script()
    del content[key]
    assert key in {e.field for e in errors_of(content)}


@pytest.mark.parametrize("steps", [[], None, {}, "all", 7, True, [None], [7], ["x"], [[]], [{}], [[step("add_note")]]])
def test_steps_are_a_list_of_mappings(steps: Any) -> None:
    errors = errors_of(script(steps=steps))
    assert all(e.field.startswith("steps") for e in errors)


@pytest.mark.parametrize(
    "subject", [None, [], "A factory", 7, {}, {"name": "x"}, {"district": "650203"}, {"name": [], "district": {}}]
)
def test_a_subject_is_a_name_and_a_district(subject: Any) -> None:
    errors = errors_of(script(subject=subject))
    assert all(e.field.startswith("subject") for e in errors)


@pytest.mark.parametrize("plan", [None, "", " ", [], {}, True])
def test_a_plan_is_named(plan: Any) -> None:
    (error,) = errors_of(script(plan=plan))
    assert error.field == "plan"


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("part", ["year", "earlier_orders", "until"])
def test_an_optional_part_left_empty_is_left_out(part: str) -> None:
    """`until:` with nothing behind it is what a form with empty lines becomes."""
    given = script(step("record_findings"))
    del given["year"]
    assert ran(text_of({**given, part: None})) == ran(text_of(given))


def test_an_unknown_part_is_told_at_its_line() -> None:
    content = script(speed="fast")
    (error,) = errors_of(content)
    assert (error.field, text_of(content).split("\n")[error.line - 1]) == ("speed", "speed: fast")


@pytest.mark.parametrize("district", [650203, "650203", "６５０２０３", 650203.0, "0650203", "650299", 0, -1, True])
def test_a_district_may_be_a_number_and_is_known_or_refused(district: Any) -> None:
    content = script(subject={"name": "A factory", "district": district})
    answer = answer_to(text_of(content))
    if district in (650203, "650203") and not isinstance(district, float):
        assert isinstance(answer, dict)
    else:
        assert isinstance(answer, tuple) or (isinstance(answer, Refused) and answer.code == "unknown_district")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("year: 2013", "year: 2013\nyear: 2014"), 3),
        (GOOD.replace("  name: A factory", "  name: A factory\n  name: B"), 5),
        (GOOD.replace("year: 2013", "\tyear: 2013"), 2),
        (GOOD.replace("year: 2013", "year: [2013"), 3),
        (GOOD.replace("year: 2013", "year 2013"), 3),
        (GOOD.replace("year: 2013", "year: *nobody"), 2),
        (GOOD.replace("year: 2013", "year: !!python/object:os.system 2013"), 2),
        (GOOD.replace("year: 2013", "year: !unknown 2013"), 2),
        (GOOD.replace("year: 2013", "? [a, b]\n: 2013"), 2),
        (GOOD.replace("year: 2013", "<<: {year: 2013}"), 2),
        (GOOD.replace("year: 2013", "year: {a: 1, a: 2}"), 2),
    ],
    ids=[
        "key twice",
        "key twice below",
        "tab",
        "bracket",
        "no colon",
        "alias",
        "python",
        "tag",
        "list key",
        "merge",
        "twice in line",
    ],
)
def test_bad_yaml_is_told_at_its_line(text: str, line: int) -> None:
    (error, *_) = errors_of(text)
    assert error.line == line, error


@pytest.mark.parametrize(
    "value",
    ['!!bool "abc"', '!!int ""', '!!float ""', '!!int "x"', '!!timestamp "x"', "!!timestamp 9999-12-31T23:00:00Z",
     '!!binary "x"', "!!binary AAAA", "!!null x", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a: 1]", "!!str 5", "=",
     "0x_", "0b_", "9" * 5000, "1e999999999", ".inf", ".nan", "0o8", "1:99", "190:20:30", "~", "y", "on", "0x1F",
     "1_000", "+.5"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["year: 2013", "name: A factory", "at: 2013-06-03T09:00", "text: noted"])
def test_no_tag_and_no_odd_scalar_is_an_exception(value: str, place: str) -> None:
    key = place.split(": ")[0]
    text = GOOD.replace(place, f"{key}: {value}")
    assert text != GOOD
    assert well_formed(answer_to(text), text)


def test_an_odd_scalar_is_told_at_its_line() -> None:
    (error,) = errors_of(GOOD.replace("year: 2013", f"year: {'9' * 5000}"))
    assert error.line == 2


def test_an_anchor_may_be_used_again() -> None:
    text = GOOD.replace("by: inspector:Li@650203", "by: &li inspector:Li@650203\n  note: *li")
    assert ran(text)["steps"][0]["accepted"]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a\n  b: *a\n",
        "&a [*a]",
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "{a: " * 10_000,
        "- " * 10_000,
        "a:\n" + "".join(" " * n + "- a:\n" for n in range(1, 400)),
        "plan: " + "x" * 4_000_000,
        "plan: '" + "x" * 1_000_000,
        "? " * 10_000,
        "&" * 10_000,
        "!" * 10_000,
        "\x00",
        "\ufeff" + GOOD,
        "%YAML 9.9\n---\n" + GOOD,
        GOOD + "---\n" + GOOD,
        GOOD + "...\nrest: [",
        "steps: [" + "{}," * 20_000 + "]",
    ],
    ids=[
        "bomb", "recursive mapping", "recursive list", "open lists", "deep lists", "open mappings", "deep dashes",
        "deep blocks", "huge scalar", "open scalar", "question marks", "anchors", "tags", "nul", "mark", "directive",
        "two documents", "rest", "20,000 steps",
    ],
)  # fmt: skip
def test_hostile_yaml_is_answered_and_soon(text: str) -> None:
    began = time.monotonic()
    assert well_formed(answer_to(text), text)
    assert time.monotonic() - began < 20


def test_several_errors_are_told_at_once_in_the_order_of_lines() -> None:
    bad = [step("add_note", by="Li"), step("register", assignments=[]), step("look_back", recurred="perhaps")]
    content = script(*bad, year="x", plan="", until="soon")
    errors = errors_of(content)
    expected = ["plan", "year", "steps[0].by", "steps[1].assignments", "steps[2].recurred", "until"]
    assert [e.field for e in errors] == expected
    assert [e.line for e in errors] == sorted(e.line for e in errors)


def test_a_good_script_is_read_whole() -> None:
    read = read_script(GOOD, FILE)
    assert isinstance(read, Script)
    assert [s.do for s in read.steps] == ["add_note"]


def test_the_line_ends_of_windows_are_understood() -> None:
    assert ran(GOOD.replace("\n", "\r\n"))["steps"][0]["accepted"]
    (error,) = errors_of(GOOD.replace("year: 2013", "year: x").replace("\n", "\r\n"))
    assert error.line == 2
