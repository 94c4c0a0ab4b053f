"""Lines that their office calls closed: neither an error nor opened anew in silence; one decision for all of them."""

from pathlib import Path
from typing import Any

import pytest

from ledgers.meaning.closing import state_of
from tests.ledgers.books import HEADER, check, checked, codes, document_of, line, xlsx

AGAIN = ["复查结果", "复查日期", "复查人", "隐患状态"]
GONE_BY = "2013-06-25"
CLOSED = [
    "已整改",
    "己整改",
    "已经整改",
    "整改完成",
    "已完成整改",
    "整改到位",
    "合格",
    "通过",
    "关闭",
    "已关闭",
    "已销号",
    "闭环",
    "完成",
    "是",
    "√",
    "100%",
    "同意销号",
    "经复查，已整改到位，同意销号",
    "已更换灭火器",
    "现场已整改",
    "当场整改完毕",
    "隐患已消除",
    "复查合格",
    "验收通过",
    "已办结",
    "已整改，未发现新的隐患",
    "不合格项已整改",
    "已加装防护罩",
    "已整改（6月20日）",
    "CLOSED",
]
OPEN = [
    "未整改",
    "未完成",
    "整改中",
    "正在整改",
    "不合格",
    "未通过",
    "打开",
    "未关闭",
    "未销号",
    "否",
    "×",
    "进行中",
    "50%",
    "待整改",
    "限期整改",
    "尚未整改",
    "没有整改",
    "部分整改",
    "已整改2处，1处未整改",
    "逾期未整改",
    "计划7月整改",
    "拟更换",
    "仍未整改",
    "复查不合格",
    "延期",
    "OPEN",
]
UNCLEAR = [
    "已下达整改通知书",
    "已上报",
    "已安排",
    "已制定整改方案",
    "加强管理",
    "情况属实",
    "见附件",
    "已约谈",
]


@pytest.mark.parametrize(("state", "texts"), [("closed", CLOSED), ("open", OPEN), ("unclear", UNCLEAR)])
def test_what_a_cell_says_of_an_item(state: str, texts: list[str]) -> None:
    assert [text for text in texts if state_of(text) != state] == []


def closed(**other: Any) -> list[Any]:
    return [*line(due=GONE_BY, **other), "已整改", "2013-06-25", "某人", "关闭"]


@pytest.mark.clause("3.1.ledger")
def test_closed_lines_are_counted_apart_and_told_once(tmp_path: Path) -> None:
    still = [*line(name="乙厂"), "未整改", None, None, None]
    found = checked(tmp_path, closed(), closed(name="丙厂", category="触电"), still, header=[*HEADER, *AGAIN])
    assert not found.errors, "no due date, no category of a closed line is an error"
    assert (found.rows, found.closed, found.findings) == (3, 2, 1)
    assert [row.row for row in found.planned] == [4]
    told = [w for w in found.warnings if w.code == "closed_left_out"]
    assert len(told) == 1 and "2" in told[0].zh and "--closed import" in told[0].zh and "--closed import" in told[0].en
    assert document_of(found)["closed"] == 2
    assert not found.unknown_columns, "the columns that say so are known words"


def test_one_decision_takes_them_all_in_without_their_past_due_dates(tmp_path: Path) -> None:
    found = checked(tmp_path, closed(), closed(name="丙厂"), header=[*HEADER, *AGAIN], closed="import")
    assert not found.errors and (found.closed, found.findings) == (2, 2)
    assert [f.due for row in found.planned for f in row.findings] == [None, None]
    assert "closed_taken_in" in codes(found.warnings) and "due_of_closed_left_out" in codes(found.warnings)


@pytest.mark.parametrize("header", ["整改情况", "是否整改到位", "销号情况", "隐患状态", "复查结果", "状态"])
def test_each_of_the_columns_says_it_alone(tmp_path: Path, header: str) -> None:
    rows = [[*line(), "已整改"], [*line(name="乙厂"), "未整改"], [*line(name="丙厂"), None]]
    found = checked(tmp_path, *rows, header=[*HEADER, header])
    assert (found.closed, [row.row for row in found.planned]) == (1, [3, 4])


def test_the_day_of_completion_closes_and_that_of_reinspection_alone_does_not_say(tmp_path: Path) -> None:
    done = checked(tmp_path, [*line(), "2013-06-24"], header=[*HEADER, "实际完成时间"])
    assert (done.closed, codes(done.warnings)) == (1, ["closed_left_out", "column_not_applied"])
    again = checked(tmp_path, [*line(), "2013-06-24"], header=[*HEADER, "复查日期"])
    assert again.closed == 1 and "closing_unclear" in codes(again.warnings)


def test_a_doubt_is_told_by_row_and_open_only_where_it_says_so(tmp_path: Path) -> None:
    against = [*line(), "未通过", "2013-06-25", "某人", "关闭"]
    vague = [*line(name="乙厂"), "情况属实", None, None, None]
    found = checked(tmp_path, against, vague, header=[*HEADER, *AGAIN])
    by_row = {w.row: w.code for w in found.warnings if w.code.startswith("closing")}
    assert by_row == {2: "closing_contradicted", 3: "closing_unclear"}
    assert [row.row for row in found.planned] == [2] and found.closed == 1


def test_who_reinspects_says_nothing_and_nothing_found_is_no_item(tmp_path: Path) -> None:
    found = checked(tmp_path, [*line(), None, None, "某人", None], header=[*HEADER, *AGAIN])
    assert (found.closed, found.findings) == (0, 1)
    nothing = [*line(description="未发现问题", category=None), "合格", None, None, "关闭"]
    found = checked(tmp_path, nothing, header=[*HEADER, *AGAIN])
    assert (found.closed, len(found.planned)) == (0, 1)


def test_a_state_that_spans_rows_or_is_repeated_counts_for_each(tmp_path: Path) -> None:
    rows = [[*line(), "关闭"], [*line(name="乙厂"), None], [*line(name="丙厂"), "同上"], [*line(name="丁厂"), "未关闭"]]
    found = check(xlsx(tmp_path / "a.xlsx", [[*HEADER, "隐患状态"], *rows], ["K2:K3"]))
    assert (found.closed, [row.row for row in found.planned]) == (3, [5])


def test_no_advice_on_a_past_due_date_opens_anew_what_may_be_closed(tmp_path: Path) -> None:
    [error] = checked(tmp_path, line(due=GONE_BY)).errors
    assert error.code == "due_not_ahead" and "留空" not in error.zh and "整改情况" in error.zh


def test_past_due_dates_give_way_to_the_plan_by_one_decision(tmp_path: Path) -> None:
    found = checked(tmp_path, line(due=GONE_BY), line(name="乙厂", due=GONE_BY), past_due="plan")
    assert not found.errors and [f.due for row in found.planned for f in row.findings] == [None, None]
    assert codes(found.warnings) == ["due_by_plan", "due_by_plan"]
