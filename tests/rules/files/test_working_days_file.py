"""A year as a file: read whole, or refused with line, field and remedy in both languages. All years are made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.working_days import WorkingYear
from rules.clocks.working_days import official_year
from rules.files.plan_check import PlanError
from rules.files.working_days_check import read_year, year_as_toml
from tests.cli.run import CHINESE
from tests.rules.clocks.years import MADE_UP

GOOD = """\
# a calendar made up for tests
year = 2031
source = "国务院办公厅关于…的通知（made up）"
off = [
    2031-06-04,  # Wednesday
    "2031-06-05",
]
on = [2031-06-07]
"""


def errors(text: str) -> list[tuple[int, str, str]]:
    """Line, field and English sentence of every error; each is told whole."""
    found = read_year(text, "year.toml")
    assert isinstance(found, tuple) and found
    for e in found:
        assert isinstance(e, PlanError) and e.file == "year.toml" and e.remedy_en
        assert CHINESE.search(e.zh) and CHINESE.search(e.remedy_zh)
    return [(e.line, e.field, e.en) for e in found]


def test_a_year_is_read_with_its_days() -> None:
    year = read_year(GOOD, "year.toml")
    assert isinstance(year, WorkingYear)
    assert [str(d) for d in (*year.off, *year.on)] == ["2031-06-04", "2031-06-05", "2031-06-07"]


def test_a_year_written_as_a_file_is_the_same_year_when_it_is_read() -> None:
    for year in (MADE_UP, official_year(2013), MADE_UP.model_copy(update={"source": 'a "quoted" \\ name'})):
        assert year is not None
        assert read_year(year_as_toml(year), "year.toml") == year


def test_the_digest_is_that_of_the_content_not_of_the_order() -> None:
    turned = MADE_UP.model_copy(update={"off": tuple(reversed(MADE_UP.off))})
    assert turned.digest == MADE_UP.digest
    assert MADE_UP.model_copy(update={"off": MADE_UP.off[1:]}).digest != MADE_UP.digest


@pytest.mark.parametrize(
    ("wrong", "line", "field", "sentence"),
    [
        (("2031-06-04,", "2031-06-07,"), 8, "on[0]", "listed twice"),
        (("2031-06-04,", "2031-06-08,"), 5, "off[0]", "at a weekend"),
        (('"2031-06-05"', '"2032-06-04"'), 6, "off[1]", "does not lie in 2031"),
        (('"2031-06-05"', "2031-06-04"), 6, "off[1]", "listed twice"),
        (("[2031-06-07]", "[2031-06-06]"), 8, "on[0]", "no weekend"),
        (("year = 2031", "year = 2032"), 5, "off[0]", "does not lie in 2032"),
        (("year = 2031", "year = true"), 2, "year", "valid integer"),
        (("year = 2031", "year = 2031.0"), 2, "year", "valid integer"),
        (("year = 2031", 'year = "2031"'), 2, "year", "valid integer"),
        (("year = 2031", "year = 31"), 2, "year", "greater than or equal to 1900"),
        (("year = 2031\n", ""), 1, "year", "required"),
        (("source = ", "sauce = "), 1, "source", "required"),
        (("source = ", 'colour = "red"\nsource = '), 3, "colour", "not permitted"),
        (('"国务院办公厅关于…的通知（made up）"', '"  "'), 3, "source", "at least 1"),
        (('"国务院办公厅关于…的通知（made up）"', '"\\u001b[2J"'), 3, "source", "control characters"),
        (('"2031-06-05"', "20310605"), 4, "off[1]", "a day is text"),
        (('"2031-06-05"', '"tomorrow"'), 4, "off[1]", "is no day; it is written as 2013-06-30"),
        (('"2031-06-05"', "[2031-06-05]"), 4, "off[1]", "a day is text"),
        (("on = [2031-06-07]", 'on = "2031-06-07"'), 8, "on", "valid tuple"),
        (("2031-06-07", "2031-02-30"), 8, "TOML", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_field(wrong: tuple[str, str], line: int, field: str, sentence: str) -> None:
    assert wrong[0] in GOOD
    found = errors(GOOD.replace(*wrong))
    assert any((at, name) == (line, field) and sentence in en for at, name, en in found), found


@pytest.mark.parametrize(
    "hostile",
    ["", "\0", "year = ", "[" * 5000, "year = " + "9" * 5000, "off = {}", "year = 2031\nyear = 2031", "\ufeffyear = 1"],
)
def test_a_hostile_file_is_refused_with_sentences(hostile: str) -> None:
    assert errors(hostile)


def test_a_source_without_end_is_refused() -> None:
    assert errors(GOOD.replace("国务院办公厅", "院" * 1000))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_year(text, "year.toml")
    assert isinstance(found, WorkingYear) or found


@given(st.lists(st.dates(), max_size=8), st.lists(st.dates(), max_size=8))
def test_any_days_are_taken_or_each_wrong_one_is_named(off: list[object], on: list[object]) -> None:
    text = f'year = 2031\nsource = "made up"\noff = [{", ".join(map(str, off))}]\non = [{", ".join(map(str, on))}]\n'
    found = read_year(text, "year.toml")
    if isinstance(found, tuple):
        assert {e.field.split("[")[0] for e in found} <= {"off", "on"} and {e.line for e in found} <= {3, 4}
