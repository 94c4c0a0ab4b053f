"""A ledger of 100,000 rows read and checked: seconds and peak memory of parent and child (`python -m bench.ledger`)."""

import argparse
import json
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from ledgers.book import LedgerProblem
from ledgers.check import check_ledger
from ledgers.read import read_book
from ledgers.register import EmptyRegister
from models.plan import Plan
from rules.plan_check import PlanFile, read_plan

_CAMPAIGNS = Path(__file__).resolve().parent.parent / "campaigns"
_HEADERS = (
    "序号",
    "企业名称",
    "统一社会信用代码",
    "所属区",
    "街道",
    "行业领域",
    "存在问题",
    "隐患类别",
    "等级",
    "整改责任人",
    "整改期限",
    "检查日期",
)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MOST_SECONDS, _MOST_MEGABYTES = 15, 300


def _code(number: int) -> str:
    """A code whose check digit is right."""
    body = f"91650200{number:09d}"
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]


def make_ledger(path: Path, plan: Plan, rows: int) -> None:
    """A ledger of so many findings in a third as many enterprises, with a title above its header."""
    categories = [c.id for c in (*plan.illegal_conduct, *plan.hazards)]
    with xlsxwriter.Workbook(str(path), {"constant_memory": False}) as book:
        sheet = book.add_worksheet("台账")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(_HEADERS) - 1, "隐患排查台账")
        sheet.write_row(2, 0, _HEADERS)
        for number in range(rows):
            district = plan.districts[number // 3 % len(plan.districts)]
            sector = plan.sectors[number // 3 % len(plan.sectors)]
            unit = number // 3
            sheet.write_row(
                3 + number,
                0,
                (
                    number + 1,
                    f"{district.zh}第{unit}号示例生产有限公司",
                    _code(unit),
                    district.zh,
                    district.streets[unit % len(district.streets)],
                    sector.zh,
                    f"第{number}号现场配电箱未接地，消防通道堆放杂物",
                    categories[number % len(categories)],
                    ("一般", "重大")[number % 10 == 0],
                    f"责任人{unit % 500}",
                ),
            )
            sheet.write_datetime(3 + number, 10, date(2013, 7, 1 + number % 30), day)  # pyright: ignore
            sheet.write_string(3 + number, 11, f"2013年6月{1 + number % 20}日")


def measure(rows: int = 100_000) -> dict[str, Any]:
    """Seconds of reading and checking, peak resident megabytes of this process and of the child."""
    plan_file = read_plan((_CAMPAIGNS / "karamay-2013.toml").read_text(encoding="utf-8"), "karamay-2013.toml")
    assert isinstance(plan_file, PlanFile)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        made = Path(sys.executable), "-m", "bench.ledger", "--make", str(path), "--rows", str(rows)
        _run([str(part) for part in made])
        began = time.perf_counter()
        book = read_book(path)
        read_at = time.perf_counter()
        if isinstance(book, LedgerProblem):
            raise SystemExit(book.en)
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        checked = check_ledger(plan_file.plan, plan_file.plan.calendar(2013), date(2013, 6, 25), book, EmptyRegister())
        ended = time.perf_counter()
        megabytes = path.stat().st_size / 1e6
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": checked.rows,
        "planned": len(checked.planned),
        "errors": len(checked.errors),
        "file_mb": round(megabytes, 1),
        "read_s": round(read_at - began, 2),
        "check_s": round(ended - read_at, 2),
        "total_s": round(ended - began, 2),
        "parent_peak_mb": parent // 1024,
        "child_peak_mb": child // 1024,
        "peak_mb": (parent + child) // 1024,
    }


def _run(command: list[str]) -> None:
    """In a process of its own, replaced by nothing of ours: its memory must not count as the child's."""
    import os

    process = os.fork()
    if process == 0:
        os.spawnv(os.P_WAIT, command[0], command)
        os._exit(0)
    os.waitpid(process, 0)


def main() -> None:
    """Make the file in a process of its own, measure here, print one JSON document."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--make", type=Path)
    chosen = parser.parse_args()
    if chosen.make:
        text = (_CAMPAIGNS / "karamay-2013.toml").read_text(encoding="utf-8")
        plan_file = read_plan(text, "karamay-2013.toml")
        assert isinstance(plan_file, PlanFile)
        make_ledger(chosen.make, plan_file.plan, chosen.rows)
        return
    report = measure(chosen.rows)
    report["within"] = report["total_s"] <= _MOST_SECONDS and report["peak_mb"] <= _MOST_MEGABYTES
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
