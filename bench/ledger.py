"""A ledger of 100,000 rows read and checked: seconds and peak memory of parent and child (`python -m bench.ledger`)."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from ledgers.book import LedgerProblem
from ledgers.judging.check import check_ledger
from ledgers.judging.register import EmptyRegister
from ledgers.reading.read import read_book
from models.plan import Plan
from rules.files.plan_check import PlanFile, read_plan

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
_YEAR = 2013
_MOST_SECONDS, _MOST_MEGABYTES = 15, 300


def _code(number: int) -> str:
    """A code whose check digit is right."""
    body = f"91650200{number:09d}"
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]


def make_ledger(path: Path, plan: Plan, rows: int) -> None:
    """A ledger of so many findings in a third as many enterprises, with a title above its header."""
    categories = [c.id for c in (*plan.illegal_conduct, *plan.hazards)]
    with xlsxwriter.Workbook(str(path), {"in_memory": False}) as book:
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
            sheet.write_datetime(3 + number, 10, date(_YEAR, 7, 1 + number % 30), day)  # pyright: ignore
            sheet.write_string(3 + number, 11, f"2013年6月{1 + number % 20}日")


def measure(path: Path) -> dict[str, Any]:
    """Seconds on the clock and of the processor; peak resident megabytes of this process and its child, the reader."""
    plan = _plan()
    began = time.perf_counter()
    book = read_book(path)
    read_at = time.perf_counter()
    if isinstance(book, LedgerProblem):
        raise SystemExit(book.en)
    checked = check_ledger(plan, plan.calendar(_YEAR), date(_YEAR, 6, 25), book, EmptyRegister())
    ended = time.perf_counter()
    parent, child = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    total = ended - began
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "rows": checked.rows,
        "planned": len(checked.planned),
        "errors": len(checked.errors),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "read_s": round(read_at - began, 2),
        "check_s": round(ended - read_at, 2),
        "total_s": round(total, 2),
        "cpu_s": round(sum(used.ru_utime + used.ru_stime for used in spent), 2),
        "parent_peak_mb": parent,
        "child_peak_mb": child,
        "peak_mb": parent + child,
        "within": total <= _MOST_SECONDS and parent + child <= _MOST_MEGABYTES,
    }


def _plan() -> Plan:
    found = read_plan((_CAMPAIGNS / "karamay-2013.toml").read_text(encoding="utf-8"), "karamay-2013.toml")
    assert isinstance(found, PlanFile)
    return found.plan


def main() -> None:
    """Make the file and measure it, each in a process of its own, so that one's memory is not the other's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.make:
        make_ledger(chosen.make, _plan(), chosen.rows)
    elif chosen.measure:
        sys.stdout.write(json.dumps(measure(chosen.measure), indent=2) + "\n")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "ledger.xlsx")
            this = [sys.executable, "-m", "bench.ledger"]
            subprocess.run([*this, "--make", path, "--rows", str(chosen.rows)], check=True)
            subprocess.run([*this, "--measure", path], check=True)


if __name__ == "__main__":
    main()
