"""The arithmetic of `handbook/*/sizing.md`: what `python -m bench.sizing` measured, and four steps counted from it."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from engine.start_case import spread_of
from rules.words.naming import Both

RECORD = Path(__file__).resolve().parents[1] / "bench" / "results" / "sizing.json"
WORKERS = ("cases", "campaigns", "notices", "imports")
DOORS = ("web", "asker")
POSTGRES = ("postgres for the record", "postgres for Temporal", "postgres itself")
OF_TEMPORAL = ("temporal", "temporal_visibility")


class Assumed(NamedTuple):
    """What nobody can measure before a city has run a campaign (A). Peak: the busiest hour."""

    commands_a_case: float = 8.0
    photos_a_case: float = 6.0
    photo_megabytes: float = 2.5
    subjects_an_official: float = 40.0
    at_once: float = 0.3
    seconds_between_pages: float = 20.0
    minutes_between_commands: float = 10.0
    due_on_one_day: float = 0.2
    campaign_months: float = 8.0
    busy: float = 0.7
    seconds_a_round: float = 0.25


A = Assumed()


class Step(NamedTuple):
    """A size of city, and what it is given; `cores`: of all machines for the record, Temporal and our processes."""

    name: Both
    subjects: int
    machines: Both
    cores: int
    gigabytes: int
    shards: int
    postgres_memory: str
    postgres_connections: int
    workers_of_cases: int
    remembered: int
    webs: int


STEPS = (
    Step(Both("一个区试点", "a district's trial"), 500, Both("一台", "one"), 2, 8, 4, "256MB", 200, 1, 1000, 1),
    Step(Both("一个市", "a city"), 20_000, Both("一台", "one"), 4, 16, 16, "2GB", 200, 2, 5000, 1),
    Step(
        *(Both("一个大市", "a big city"), 100_000),
        *(
            Both("三台：数据库、Temporal、本系统", "three: PostgreSQL, Temporal, ours"),
            12,
            48,
            64,
            "8GB",
            300,
            3,
            5000,
            2,
        ),
    ),
    Step(
        *(Both("全省", "a province"), 1_000_000),
        *(Both("集群；两套数据库", "a cluster; two PostgreSQL servers"), 48, 192, 512, "32GB", 500, 8, 5000, 16),
    ),
)


class Figures:
    """The record of one run of the benchmark."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.cases, self.pages, self.shards = record["cases"], record["pages"], record["shards"]
        self.sizes = sorted(map(int, self.cases))
        self.rows = sorted(map(int, self.pages))

    def of(self, size: int) -> Mapping[str, Any]:
        """What was measured of so many cases."""
        return self.cases[str(size)]

    @property
    def most(self) -> Mapping[str, Any]:
        """What was measured of the most cases."""
        return self.of(self.sizes[-1])

    def cpu(self, what: str, whose: Sequence[str] = (), size: int = 0) -> float:
        """CPU milliseconds for each; of all processes, or of some."""
        told = self.of(size or self.sizes[-1])[what]
        return sum(told["cpu_ms"].get(one, 0.0) for one in whose) if whose else told["cpu_ms_of_all"]

    def bytes(self, stage: str, *databases: str) -> int:
        """Bytes that a case adds until a stage; in some databases, or in all."""
        told = self.most["bytes"][stage]
        return sum(told[name]["bytes"] for name in databases or told)

    def asleep(self, size: int) -> float:
        """CPU milliseconds of a case that is open for a month in which nothing happens to it."""
        return 30 * self.cpu("verified", size=size) + 730 * self.sealed["sealed"]["cpu_ms_of_all"]

    def saved(self, what: str) -> float:
        """What one more case adds to a backup: bytes, or CPU milliseconds of the program."""
        (few, first), (many, last) = ((size, self.of(size)["backup"][what] * size) for size in self._ends)
        return (last - first) / (many - few)

    @property
    def _ends(self) -> tuple[int, int]:
        return self.sizes[0], self.sizes[-1]

    def page(self, name: str, who: str = "district", rows: int = 0) -> Mapping[str, Any]:
        """What a page uses over so many rows."""
        return self.pages[str(rows or self.rows[-1])][who][name]

    @cached_property
    def remembered_megabytes(self) -> float:
        """Of a case that a worker remembers: what a worker of a thousand has more than one of few."""
        few, many = (min(size, 1000) for size in self._ends)
        grown = self.most["memory_in_use"]["cases"] - self.of(self.sizes[0])["memory_in_use"]["cases"]
        return grown / (many - few)

    @cached_property
    def a_page(self) -> float:
        """CPU milliseconds of the page that an official opens on average: a case, lists and workbench in turn."""
        usual = [self.page(name) for name in ("case", "case", "work", "cases", "board")]
        return sum(one["web_ms"] + one["postgres_ms"] for one in usual) / len(usual)

    @cached_property
    def a_page_of_the_web(self) -> float:
        """The part of it that a web process uses, of which one has a core at most."""
        usual = [self.page(name) for name in ("case", "case", "work", "cases", "board")]
        return sum(one["web_ms"] for one in usual) / len(usual)

    @cached_property
    def sealed(self) -> Mapping[str, Any]:
        """The hourly signing over the most logs."""
        return self.pages[str(self.rows[-1])]


def figures() -> Figures:
    """Those of the record that is kept."""
    return Figures(json.loads(RECORD.read_text(encoding="utf-8")))


class Needs:
    """What a step asks for, by the figures and what is assumed."""

    def __init__(self, found: Figures, step: Step) -> None:
        self.found, self.step, self.subjects = found, step, step.subjects

    @property
    def openings_a_second(self) -> float:
        """As many as cores and workers give, and no more than rounds of 25 (`activities/pace.py`) at once."""
        by_cores = self.step.cores * A.busy * 1000 / self.found.cpu("opened")
        by_workers = self.step.workers_of_cases * A.busy * 1000 / self.found.cpu("opened", ("cases",))
        return min(by_cores, by_workers, 25 / A.seconds_a_round)

    @property
    def opening_minutes(self) -> float:
        """Until every case is open."""
        return self.subjects / self.openings_a_second / 60

    @property
    def a_command(self) -> float:
        """CPU milliseconds; where more cases are open than workers remember, the history is replayed first."""
        remembered = self.subjects <= self.step.remembered * self.step.workers_of_cases
        return self.found.cpu("note" if remembered else "note, replayed")

    @property
    def commands_core_hours(self) -> float:
        """CPU of all the commands of a campaign."""
        return self.subjects * A.commands_a_case * self.a_command / 3_600_000

    @property
    def due_core_minutes(self) -> float:
        """CPU of the deadlines that fall on the worst day: a step that nobody asks for."""
        return self.subjects * A.due_on_one_day * self.found.cpu("told") / 60_000

    @property
    def due_minutes(self) -> float:
        """Until the last of them is recorded, where all fall at one instant; a worker has a core at most."""
        due = self.subjects * A.due_on_one_day / 60_000 / A.busy
        of_workers = due * self.found.cpu("told", ("cases",)) / self.step.workers_of_cases
        return max(of_workers, due * self.found.cpu("told") / self.step.cores)

    @property
    def completion_minutes(self) -> float:
        """From the end of a campaign until the last case has completed, as cases spread it themselves."""
        return spread_of(self.subjects) / 60

    @property
    def officials(self) -> float:
        """At once, in the busiest hour."""
        return max(5.0, self.subjects / A.subjects_an_official * A.at_once)

    @property
    def cores_of_officials(self) -> float:
        """What they keep busy with pages and commands."""
        a_second = self.found.a_page / A.seconds_between_pages
        a_second += self.a_command / A.minutes_between_commands / 60
        return self.officials * a_second / 1000

    @property
    def webs(self) -> int:
        """Web processes for them, each with a core at most."""
        used = self.officials * self.found.a_page_of_the_web / A.seconds_between_pages / 1000
        return max(1, ceil(used / A.busy))

    @property
    def verify_minutes(self) -> float:
        """One verification at night; it asks some cases at once, so it has two cores at most."""
        return self.subjects * self.found.cpu("verified") / 60_000 / min(2, self.step.cores)

    @property
    def seal_seconds(self) -> float:
        """The hourly signing, in one process."""
        return self.subjects * self.found.sealed["sealed"]["cpu_ms_of_all"] / 1000

    @property
    def seal_gigabytes(self) -> float:
        """The memory that it takes meanwhile."""
        return self.subjects * self.found.sealed["sealed"]["peak_megabytes"] / self.found.rows[-1] / 1000

    @property
    def worker_gigabytes(self) -> float:
        """Memory of a worker of cases that remembers as many as it may."""
        kept = min(self.step.remembered, self.subjects / self.step.workers_of_cases)
        return (self.found.most["memory_at_rest"]["cases"] + kept * self.found.remembered_megabytes) / 1000

    @property
    def record_gigabytes(self) -> float:
        """The record of a campaign, with what the commands add that the benchmark's cases did not have."""
        a_case = self.found.bytes("settled", "rectify") + self.found.bytes("subject", "rectify")
        return self.subjects * (a_case + self._more("rectify")) / 1e9

    @property
    def temporal_gigabytes(self) -> float:
        """Of Temporal's two databases while all cases are open."""
        return self.subjects * (self.found.bytes("worked", *OF_TEMPORAL) + self._more(*OF_TEMPORAL)) / 1e9

    def _more(self, *databases: str) -> float:
        """Bytes a case, by what a command was seen to add."""
        added = self.found.bytes("worked", *databases) - self.found.bytes("opened", *databases)
        return max(0.0, A.commands_a_case / self.commands_measured - 1) * added

    @property
    def commands_measured(self) -> float:
        """Those that a case of the benchmark had."""
        return self.found.most["command"]["number"] / self.found.sizes[-1]

    @property
    def log_gigabytes(self) -> float:
        """What PostgreSQL writes ahead: what an archive of it takes, and a disk has to write."""
        logs = self.found.most["opened"]["log_bytes"] + A.commands_a_case * self.found.most["command"]["log_bytes"]
        return self.subjects * logs / 1e9

    @property
    def gigabytes_a_month(self) -> float:
        """Growth of record and Temporal over the campaign."""
        return (self.record_gigabytes + self.temporal_gigabytes) / A.campaign_months

    @property
    def evidence_gigabytes(self) -> float:
        """Photos and papers of a campaign."""
        return self.subjects * A.photos_a_case * A.photo_megabytes / 1000

    @property
    def backup_gigabytes(self) -> float:
        """One backup, without evidence."""
        share = self.found.most["backup"]["bytes"] / sum(
            self.found.bytes("worked", name) for name in ("rectify", *OF_TEMPORAL)
        )
        return (self.record_gigabytes + self.temporal_gigabytes) * share

    @property
    def backup_minutes(self) -> float:
        """By the CPU of the program that makes it, one after the other."""
        a_byte = self.found.saved("program_cpu_ms") / self.found.saved("bytes")
        return self.backup_gigabytes * 1e9 * a_byte / 60_000

    @property
    def connections(self) -> int:
        """To PostgreSQL: ten a web, eleven a worker, and Temporal's."""
        ours = 10 * self.step.webs + 11 * (self.step.workers_of_cases + 3)
        return ours + self.found.most["connections"]["temporal"]
