"""Which day a cell means; what is no day says why."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.cells import Spoilt
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.words import chinese_numeral

SEASON = Season(date(2013, 5, 5), date(2013, 12, 31))
ACROSS = Season(date(2013, 11, 1), date(2014, 3, 31))
DAY = date(2013, 6, 30)
FULLWIDTH = str.maketrans("0123456789.-/", "０１２３４５６７８９．－／")


@pytest.mark.parametrize(
    "cell",
    [
        "2013年6月30日",
        "2013.6.30",
        "2013/6/30",
        "2013-06-30",
        "2013-6-30",
        "２０１３年６月３０日",
        "2013 年 6 月 30 日",
        "2013年06月30号",
        "2013年6月30日 9:30",
        "2013-06-30 00:00:00",
        "2013-06-30T09:30:00",
        "2013-06-30T09:30:00+08:00",
        "2013/6/30 9:05:00",
        "2013年6月30日上午",
        "2013年6月30日（星期日）",
        "2013年6月30日前",
        "2013年6月30日前完成",
        "2013年6月30日前整改完毕",
        "2013.06.30止",
        "20130630",
        20130630,
        41455,
        41455.4,
        datetime(2013, 6, 30, 23, 59),
        date(2013, 6, 30),
        "41455",
        "二〇一三年六月三十日",
        "二○一三年六月三十日",
    ],
)
def test_a_day_is_a_day_in_every_usual_spelling(cell: Any) -> None:
    assert read_day(cell, SEASON) == DayRead(DAY)


@pytest.mark.parametrize("cell", ["6月30日", "6.30", "6/30", "6-30", "06月30号", "13年6月30日", "６月３０日"])
def test_a_missing_year_is_the_campaigns_and_said(cell: str) -> None:
    assert read_day(cell, SEASON) == DayRead(DAY, "date_year_assumed")


def test_a_campaign_over_new_year_takes_the_year_that_fits() -> None:
    assert read_day("12月3日", ACROSS) == DayRead(date(2013, 12, 3), "date_year_assumed")
    assert read_day("2月3日", ACROSS) == DayRead(date(2014, 2, 3), "date_year_assumed")


@pytest.mark.parametrize("cell", ["6月底", "6月底前", "2013年6月底前", "2013.6月末", "六月底", "6月份底"])
def test_the_end_of_a_month_is_its_last_day_and_said(cell: str) -> None:
    assert read_day(cell, SEASON) == DayRead(DAY, "date_end_of_month")
    assert read_day("2月底", ACROSS) == DayRead(date(2014, 2, 28), "date_end_of_month")


def test_three_numbers_are_a_day_only_if_one_order_fits() -> None:
    assert read_day("6/30/13", SEASON) == DayRead(DAY, "date_order_assumed")
    assert read_day("13-6-30", SEASON) == DayRead(DAY, "date_order_assumed")
    assert read_day("30.6.2013", SEASON) == DayRead(DAY, "date_order_assumed")
    assert read_day("5/6/2013", SEASON) == "date_ambiguous"
    assert read_day("13-5-13", SEASON) == DayRead(date(2013, 5, 13), "date_order_assumed")


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("2013年6月31日", "date_impossible"),
        ("2013-02-29", "date_impossible"),
        ("2月30日", "date_impossible"),
        ("13月1日", "date_impossible"),
        ("2013年6月", "date_incomplete"),
        ("6月份", "date_incomplete"),
        ("月底", "date_unreadable"),
        ("13月底", "date_impossible"),
        ("2013", "date_incomplete"),
        (2013, "date_incomplete"),
        (2013.6, "date_incomplete"),
        (6.3, "date_ambiguous"),  # 6.30 loses its zero as a number
        ("6月1日-6月3日", "date_is_a_range"),
        ("2013.6.1至2013.6.3", "date_is_a_range"),
        ("2013年6月20日上午至22日下午", "date_is_a_range"),
        ("2013年7月10日 9时至7月12日18时", "date_is_a_range"),
        ("立即整改", "date_unreadable"),
        ("已整改", "date_unreadable"),
        ("长期", "date_unreadable"),
        (-7, "date_unreadable"),
        (1e300, "date_unreadable"),
        (Spoilt("formula"), "date_unreadable"),
        ("12345678901234567890", "date_unreadable"),
    ],
)
def test_what_is_no_day_says_why(cell: Any, trouble: str) -> None:
    assert read_day(cell, SEASON) == trouble


DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(DAYS)
def test_every_day_survives_every_full_spelling(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    spellings = [f"{y}年{m}月{d}日", f"{y}.{m}.{d}", f"{y}/{m:02}/{d:02}", day.isoformat(), f"{y}{m:02}{d:02}"]
    spellings.append(
        "".join("〇一二三四五六七八九"[int(c)] for c in str(y)) + f"年{chinese_numeral(m)}月{chinese_numeral(d)}日"
    )
    for spelling in spellings:
        assert read_day(spelling, SEASON) == DayRead(day)
        assert read_day(spelling.translate(FULLWIDTH), SEASON) == DayRead(day)
    serial = (day - date(1899, 12, 30)).days
    assert read_day(serial, SEASON) == DayRead(day)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.text("0123456789年月日.-/ 至~一二十", max_size=14)))
def test_reading_a_day_never_raises(cell: Any) -> None:
    read = read_day(cell, SEASON)
    assert isinstance(read, (DayRead, str))
