"""Instants in scripts: Beijing time unless an offset says otherwise, 24:00, and everything that is no instant."""

from typing import Any

import pytest

from models.refusals import Refused
from tests.rules.files.scripts import answer_to, errors_of, ran, script, step, text_of, well_formed


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2013-06-03T09:00", "2013-06-03T09:00:00+08:00"),
        ("2013-06-03 09:00", "2013-06-03T09:00:00+08:00"),
        ("2013-06-03T09:00:30", "2013-06-03T09:00:30+08:00"),
        ("2013-06-03", "2013-06-03T00:00:00+08:00"),
        ("2013-06-03T24:00", "2013-06-04T00:00:00+08:00"),
        ("2013-06-03T24:00:00+08:00", "2013-06-04T00:00:00+08:00"),
        ("2013-06-03T01:00:00Z", "2013-06-03T09:00:00+08:00"),
        ("2013-06-03T01:00:00+00:00", "2013-06-03T09:00:00+08:00"),
        ("2013-06-03T09:00:00+08:00", "2013-06-03T09:00:00+08:00"),
        ("2013-06-02T20:00:00-05:00", "2013-06-03T09:00:00+08:00"),
    ],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_an_instant_may_be_written_in_any_of_these_ways(at: str, shown: str, quoted: bool) -> None:
    text = text_of(script(step("add_note", at="AT"))).replace("at: AT", f'at: "{at}"' if quoted else f"at: {at}")
    (line,) = [line for line in ran(text)["steps"] if line["do"] == "add_note"]
    assert (line["at"], line["accepted"]) == (shown, True)


@pytest.mark.parametrize(
    "at",
    [
        "2013-13-01", "2013-02-30", "2013-02-29T09:00", "2013-06-03T25:00", "2013-06-03T24:01", "2013-06-03T09:60",
        "2013-13-01T24:00", "06-03", "3 June", "９月９日", "", "   ", "now", "2013-06-03T09:00+25:00", "12:30", "+1d",
        1370221200, 20130603, 12.5, True, [], {}, ["2013-06-03"], "9999-12-31T24:00", "9999-12-31T23:00Z",
        "10000-01-01",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_bad_input_at_its_line(at: Any) -> None:
    content = script(step("add_note"), step("add_note", at=at))
    (error,) = errors_of(content)
    assert error.field == "steps[1].at"
    assert text_of(content).split("\n")[error.line - 1].startswith("- at:")


def test_a_missing_instant_is_told_at_the_step() -> None:
    (error,) = errors_of(script({"do": "add_note", "by": "inspector:Li@650203", "text": "x"}))
    assert error.field == "steps[0].at"


@pytest.mark.parametrize(
    "at", ["9999-12-31", "9999-12-31T23:59:59", "9998-06-01", "0001-01-01", "0001-01-01T00:00Z", "1899-06-01"]
)
@pytest.mark.parametrize("year", [2013, None])
def test_a_year_outside_the_campaign_is_answered(at: str, year: int | None) -> None:
    content = script(step("add_note", at=at))
    if year is None:
        del content["year"]
    text = text_of(content)
    answer = answer_to(text)
    assert well_formed(answer, text)
    assert isinstance(answer, Refused | tuple) or answer["case"]["outcome"] is None


@pytest.mark.parametrize("year", [1899, 2201, 0, -1, 10**9, "MMXIII", 2013.5, [], "２０１３x"])
def test_a_year_that_is_none_is_bad_input(year: Any) -> None:
    (error,) = errors_of(script(year=year))
    assert error.field == "year"


@pytest.mark.parametrize("year", [2013, "2013", None, 2200])
def test_a_year_may_be_left_out(year: Any) -> None:
    text = text_of(script(year=year))
    assert well_formed(answer_to(text), text)


def test_steps_out_of_order_are_bad_input_at_the_later_line() -> None:
    content = script(step("add_note", at="2013-06-03T09:00"), step("add_note", at="2013-06-03T08:59"))
    (error,) = errors_of(content)
    assert error.field == "steps[1].at"
    assert "08:59" in text_of(content).split("\n")[error.line - 1]


def test_the_order_is_that_of_instants_not_of_what_is_written() -> None:
    ran(script(step("add_note", at="2013-06-03T09:00"), step("add_note", at="2013-06-03T01:00Z")))
    errors_of(script(step("add_note", at="2013-06-03T09:00"), step("add_note", at="2013-06-03T09:00+09:00")))


@pytest.mark.clause("contracts §2")
def test_an_end_before_the_last_step_does_not_cut_it_off() -> None:
    told = ran(script(step("add_note", at="2013-06-10"), until="2013-06-01"))
    assert [line["accepted"] for line in told["steps"] if line["do"] == "add_note"] == [True]
    assert told["steps"][-1]["at"] == "2013-06-10T00:00:00+08:00"


@pytest.mark.parametrize("until", ["2013-13-01", "soon", "", 5, [], {}, "9999-12-31", True])
def test_an_end_that_is_no_instant_is_bad_input(until: Any) -> None:
    content = script(until=until)
    (error,) = errors_of(content)
    assert error.field == "until"
    assert text_of(content).split("\n")[error.line - 1].startswith("until:")


@pytest.mark.parametrize(
    ("until", "last"), [("2013-12-31T24:00", True), ("2013-12-31", True), ("2013-12-31T23:59:59", False)]
)
def test_a_date_as_the_end_means_its_24_00(until: str, last: bool) -> None:
    told = ran(script(step("record_findings"), until=until))
    assert (told["steps"][-1]["do"] == "campaign_completed") is last


@pytest.mark.parametrize("ordered_at", ["2012-13-01", "", 5, None, []])
def test_an_earlier_order_needs_an_instant(ordered_at: Any) -> None:
    (error,) = errors_of(script(earlier_orders=[{"category": "V04", "ordered_at": ordered_at}]))
    assert error.field == "earlier_orders[0].ordered_at"
