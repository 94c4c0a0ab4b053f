"""Search of the register at 100,000 subjects: by part of the name, by initials, by part of the code.

python -m bench.register [--subjects N]
"""

import argparse
import random
import statistics
import time
from typing import Any

from sqlalchemy import text

from bench.stack import bench_services, keep
from rules.subjects.search_words import found_by, grams
from store.subject_search import search_subjects

_PLACES = ("克拉玛依区", "独山子区", "白碱滩区", "乌尔禾区")
_WORDS = "永升恒达金源华泰天山准噶尔油城新兴宏利安康顺通鑫瑞博远星辰东方西域雪莲胡杨戈壁"
_TRADES = ("化工经营部", "采石场", "运输有限责任公司", "餐馆", "建筑工程公司", "烟花爆竹零售点", "加油站", "锅炉房")
_ASKED = ("化工", "永升", "油城采石场", "有限责任公司", "yscsc", "klmyq", "650203MA", "MA0001", "厂", "戈壁星辰")


def fill(services: Any, number: int) -> None:
    """So many subjects with names as they are."""
    chance = random.Random(20130513)
    rows: list[dict[str, Any]] = []
    for n in range(number):
        name = f"{chance.choice(_PLACES)}{''.join(chance.sample(_WORDS, 4))}{chance.choice(_TRADES)}{n % 97 or ''}"
        code = f"91650203MA{n:07d}X"
        pieces = {"found_by": found_by(name, code), "grams": grams(name, code)}
        rows.append({"id": f"s-{n:06d}", "name": name, "code": code, **pieces})
    with services.owner.begin() as connection:
        for start in range(0, number, 5000):
            connection.execute(
                text("""INSERT INTO subjects (subject_id, code, name, kind, district, name_key, found_by, grams)
                VALUES (:id, :code, :name, 'enterprise', '650203', :name, :found_by, :grams)"""),
                rows[start : start + 5000],
            )
    with services.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE subjects"))


def measure(services: Any, number: int, rounds: int = 30) -> dict[str, Any]:
    """Milliseconds for each search: median and worst of the rounds."""
    fill(services, number)
    told: dict[str, Any] = {"subjects": number}
    for words in _ASKED:
        spent: list[float] = []
        for _ in range(rounds):
            began = time.perf_counter()
            found = search_subjects(services.engine, words)
            spent.append((time.perf_counter() - began) * 1000)
        told[words] = {
            "found": len(found),
            "p50_ms": round(statistics.median(spent), 1),
            "max_ms": round(max(spent), 1),
        }
    return told


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    given = parser.parse_args()
    with bench_services() as services:
        report = measure(services, given.subjects)
    keep(report, "register")


if __name__ == "__main__":
    main()
