"""The line that an error names is the line that a person sees in an editor, however the plan is laid out."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.files.plan_check import PlanFile, read_plan
from tests.rules.files.text import FILE, KARAMAY, Place, errors_of, put

EXTENSION: Place = ("clocks.extension", None)
BAD, LINE = put(KARAMAY, EXTENSION, "days", "0")


def at_one_line(text: str, line: int, field: str = "clocks.extension.days") -> bool:
    """Whether there is one error, on that line of the file as an editor counts them."""
    return [(e.line, e.field) for e in errors_of(text)] == [(line, field)]


def test_the_line_is_that_of_the_file() -> None:
    assert at_one_line(BAD, LINE)
    assert BAD.split("\n")[LINE - 1] == "days = 0"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"], ids=["LS", "PS", "NEL"])
def test_a_separator_pasted_into_a_text_is_no_new_line(separator: str) -> None:
    assert at_one_line(BAD.replace("坚决杜绝", f"坚决{separator}杜绝").replace("消防", f"消{separator}防"), LINE)


def test_comments_blank_lines_and_indentation_count() -> None:
    text = BAD.replace("days = 0", "\n  # shorter?\n    days = 0   # none", 1)
    assert at_one_line(text, LINE + 2)


def test_a_text_over_several_lines_that_looks_like_a_table_is_text() -> None:
    long = '"""\n[[phases]]\nid = "no phase"\n[clocks.extension]\ndays = 5\n"""'
    text = KARAMAY.replace('notice = "克安发〔2013〕9号"', f"notice = {long}", 1)
    text, line = put(text, ("phases", "rectification"), "ends", '"10-33"')
    assert at_one_line(text, line, "phases[1].ends")


@pytest.mark.parametrize(
    "header", ["[ clocks.extension ]", "[clocks . extension]", '["clocks"."extension"]', "[clocks.extension]  # days"]
)
def test_a_header_may_be_written_in_other_ways(header: str) -> None:
    assert at_one_line(BAD.replace("[clocks.extension]", header, 1), LINE)


def test_an_array_written_in_line_is_told_at_its_key() -> None:
    start, end = KARAMAY.index("[[restart_conditions]]"), KARAMAY.index("[[questions]]")
    names = ("measures", "licences", "luck")
    items = ",\n".join(f'  {{ id = "{n}", zh = "无", en = "x", source = "A", clause = "3.1" }}' for n in names)
    text = KARAMAY[:start] + KARAMAY[end:]
    text = text.replace('city = "650200"', f'city = "650200"\nrestart_conditions = [\n{items},\n]', 1)
    (error,) = errors_of(text)
    assert text.split("\n")[error.line - 1].startswith("restart_conditions = [")


def test_dotted_keys_are_followed() -> None:
    dotted = '[musts.decided]\nworking_days = 0\nsource = "A"\nclause = "3.2.must3"\n'
    text = KARAMAY.replace('decided = { working_days = 30, source = "A", clause = "3.2.must3" }\n', "", 1)
    text = text.replace("\n[[closure_checks]]", "\n" + dotted + "\n[[closure_checks]]", 1)
    errors = errors_of(text)
    at = text.split("\n").index("working_days = 0") + 1
    assert ("musts[3].decided.working_days", at) in {(e.field, e.line) for e in errors} or errors[0].field == "TOML"


LINES = KARAMAY.split("\n")


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    at=st.integers(0, len(LINES) - 1),
    how=st.sampled_from(["delete", "double", "swap", "replace", "break"]),
    value=st.sampled_from(
        [
            '""',
            "0",
            "-1",
            "nan",
            "[]",
            "{}",
            "true",
            '"x"',
            "1979-05-27T07:32:00",
            "07:32:00",
            "[[]]",
            '"02-30"',
            "1e400",
        ]
    ),
)
def test_whatever_happens_to_a_line_the_answer_is_a_plan_or_errors_with_lines(at: int, how: str, value: str) -> None:
    lines = list(LINES)
    match how:
        case "delete":
            del lines[at]
        case "double":
            lines.insert(at, lines[at])
        case "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        case "replace" if "=" in lines[at]:
            lines[at] = f"{lines[at].partition('=')[0]}= {value}"
        case _:
            lines[at] = lines[at][: len(lines[at]) // 2]
    answer = read_plan("\n".join(lines), FILE)
    if not isinstance(answer, PlanFile):
        assert answer
        assert all(1 <= e.line <= len(lines) and e.field and e.en and e.zh and e.remedy_zh for e in answer), answer


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    answer = read_plan(text, FILE)
    assert not isinstance(answer, PlanFile)
    assert all(e.line >= 1 and e.field for e in answer)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 10_000,
        "a = " + "[" * 10_000 + "]" * 10_000,
        "a = " + "{ a = " * 10_000,
        "a = " + "9" * 5_000,
        "[" + ".".join("a" * 3_000) + "]",
        "a" * 1_000_000,
        'a = "' + "x" * 1_000_000,
        "\x00",
        "a = \x00",
        "id = 1\nid = 2",
    ],
    ids=["arrays open", "arrays closed", "tables", "number", "dotted", "key", "string", "nul", "nul value", "twice"],
)
def test_hostile_toml_is_answered_with_an_error(text: str) -> None:
    answer = read_plan(text, FILE)
    assert not isinstance(answer, PlanFile)
    assert all(e.line >= 1 and e.field for e in answer)
