"""The verbs of a whole city on a real stack: register, ledgers, orders over many cases, schedules, campaign."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from subprocess import PIPE
from threading import Timer
from typing import Any

import openpyxl
import pytest

from tests.cli.homes import Home, home_up, work_in
from tests.cli.run import CHINESE, ROOT, Ran, invoke

OFFICE = ("--by", "office:office@650200")
BOSS = ("--by", "supervisor:局长@650203")
HEADER = ["企业名称", "所属区", "检查发现的问题", "隐患类别", "等级", "整改责任人", "检查日期"]


@dataclass(frozen=True)
class CityHome(Home):
    """A stack of its own, with a campaign that is in its second phase today."""

    campaign: str

    def run(self, *args: str) -> Ran:
        """In this process: a verb begins in no time."""
        with pytest.MonkeyPatch.context() as patch:
            work_in(self.env, patch)
            return invoke(*args)

    def told(self, *args: str, code: int = 0) -> Any:
        ran = self.run(*args, "--json")
        assert ran.code == code, ran
        return ran.json

    def tables(self, *args: str, code: int = 0) -> str:
        """The same answer for people, in both languages."""
        zh, en = (self.run(*args, "--lang", lang) for lang in ("zh", "en"))
        assert (zh.code, en.code) == (code, code), (zh, en)
        assert CHINESE.search(zh.said)
        return en.said


@pytest.fixture(scope="module")
def city() -> Iterator[CityHome]:
    with home_up(UI="false", WEB="false") as home:
        yield CityHome(home.env, home.folder, home.started_campaign("city"))


def ledger(city: CityHome, name: str, *rows: list[str]) -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["自查自纠台账"])
    for row in [HEADER, *rows]:
        sheet.append(row)
    file = city.folder / name
    book.save(file)
    return str(file)


def row(name: str, category: str = "H05", district: str = "克拉玛依区") -> list[str]:
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    return [name, district, "未开展应急演练", category, "一般", "责任人1", f"{day.year}年{day.month}月{day.day}日"]


def test_a_subject_is_registered_found_changed_moved_merged_and_shown(city: CityHome) -> None:
    new = ("subject", "add", *OFFICE, "--district", "650203")
    added = city.told(*new, "--id", "reg-1", "--name", "克拉玛依区永升化工厂", "--sector", "hazardous_chemicals")
    assert (added["subject_id"], added["version"]) == ("reg-1", 1)
    city.told(*new, "--id", "reg-2", "--name", "永升化工")
    assert {s["subject_id"] for s in city.told("subject", "search", "yshg")["subjects"]} == {"reg-1", "reg-2"}
    assert "reg-1" in city.tables("subject", "search", "永升")
    stale = city.told("subject", "change", "reg-1", *OFFICE, "--name", "x", "--version", "7", code=1)
    assert stale["error"]["code"] == "stale_version"
    assert city.told("subject", "change", "reg-1", *OFFICE, "--street", "昆仑路街道")["version"] == 2
    for nothing in (("change", "reg-1"), ("move", "reg-1", "--district", "650203", "--street", "昆仑路街道")):
        reason = ("--reason", "x") if nothing[0] == "move" else ()
        refused = city.told("subject", *nothing, *OFFICE, *reason, code=1)
        assert refused["error"]["code"] == "nothing_changed"
    opened = city.told("case", "open", *OFFICE, "--name", "永升", "--district", "650203", "--id", "reg-1")
    moved = city.told("subject", "move", "reg-1", *OFFICE, "--district", "650202", "--reason", "搬迁")
    assert moved["district"] == "650202"
    assert city.told("case", "show", opened["case_id"])["district"] == "650202", "its case went with it"
    assert city.told("subject", "merge", "reg-2", "reg-1", *OFFICE, "--reason", "重复")["subject_id"] == "reg-1"
    shown = city.told("subject", "show", "reg-1")
    assert shown["duplicates"] == ["reg-2"] and [c["case_id"] for c in shown["cases"]] == [opened["case_id"]]
    assert "merged" in city.tables("subject", "show", "reg-2")
    assert "Territories" in city.tables("subject", "tree")
    assert city.told("subject", "show", "nobody", code=1)["error"]["code"] == "unknown_subject"
    refused = city.told("subject", "merge", "reg-1", "reg-2", *BOSS, "--reason", "x", code=1)
    assert refused["error"]["code"] == "role_not_permitted"


def test_a_licence_that_ends_is_offered_and_nothing_is_filed(city: CityHome) -> None:
    city.told("subject", "add", *OFFICE, "--district", "650203", "--id", "lic-1", "--name", "某加油站")
    soon = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    city.told("subject", "licence", "lic-1", *OFFICE, "--kind", "经营许可证", "--number", "7", "--expires", soon)
    city.told("subject", "person", "lic-1", *OFFICE, "--name", "责任人1", "--post", "站长")
    offered = city.told("subject", "suspicions")["suspicions"]
    assert [(s["subject_id"], s["expires_on"], s["case_id"]) for s in offered] == [("lic-1", soon, None)]
    assert "lic-1" in city.tables("subject", "suspicions")


@pytest.mark.clause("3.1.ledger")
def test_a_ledger_goes_in_comes_out_and_is_undone(city: CityHome) -> None:
    template = city.folder / "template.xlsx"
    city.told("ledger", "template", str(template))
    assert openpyxl.load_workbook(template).sheetnames
    wrong = ledger(city, "wrong.xlsx", row("甲一厂"), row("乙一厂", "H77"))
    checked = city.told("ledger", "import", wrong, "--campaign", city.campaign, "--dry-run", code=2)
    assert (checked["rows"], checked["new_subjects"], [e["row"] for e in checked["errors"]]) == (2, 1, [4])
    refused = city.told("ledger", "import", wrong, code=2)
    assert "job" not in refused, "nothing is half applied"
    assert city.told("subject", "search", "甲一厂")["subjects"] == []
    note = city.folder / "note.xlsx"
    assert "nothing was imported" in city.tables("ledger", "import", wrong, "--annotated", str(note), code=2)
    assert openpyxl.load_workbook(note).sheetnames

    right = ledger(city, "right.xlsx", row("甲二厂"), row("乙二厂", "H08"))
    for by, code in (("office:办公室@650200", "role_not_permitted"), ("inspector:检查员1@650299", "unknown_district")):
        dry = city.told("ledger", "import", right, "--by", by, "--dry-run", code=1)
        assert dry["error"]["code"] == code, "found before anything is done"
    done = city.told("ledger", "import", right)
    assert (done["opens"], done["done"], done["failed"], done["results"]) == (2, 2, 0, [])
    again = city.told("ledger", "import", right, "--dry-run")
    assert (again["repeated"], again["opens"]) == (2, 0)
    nothing = city.told("ledger", "import", right)
    assert (nothing["job"], nothing["done"]) == (None, 0), "no job is made of nothing"
    assert "2 row(s) were imported before" in city.tables("ledger", "import", right)

    out = city.folder / "out.xlsx"
    assert city.told("ledger", "export", str(out))["rows"] == 2
    unchanged = city.told("ledger", "import", str(out), "--dry-run")
    assert (unchanged["skipped"], unchanged["changes"], unchanged["errors"]) == (2, 0, [])
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    [place] = [c.column for c in sheet[1] if "责任人" in str(c.value)]
    sheet.cell(2, place).value = "责任人9"
    book.save(out)
    changed = city.told("ledger", "import", str(out))
    assert (changed["changes"], changed["done"], changed["failed"]) == (1, 1, 0)

    undone = city.told("ledger", "undo", done["job"], "--reason", "误导入", code=1)
    assert (undone["done"], [r["code"] for r in undone["results"]]) == (1, ["decided_since"])
    assert city.told("job", "retry", undone["job"], code=1)["failed"] == 1
    again = city.told("ledger", "undo", done["job"], "--reason", "再试", code=1)
    assert again["job"] != undone["job"] and (again["total"], again["failed"]) == (1, 1), "only what is left"
    assert city.told("ledger", "undo", "nothing", "--reason", "x", code=1)["error"]["code"] == "unknown_job"


def test_one_order_over_all_cases_that_match_and_what_failed(city: CityHome) -> None:
    for number, district in enumerate(("650203", "650203", "650204")):
        facts = ("--name", f"批量{number}", "--district", district, "--sector", "fireworks")
        city.told("case", "open", *OFFICE, "--id", f"bulk-{number}", *facts)
    filters = ("--sector", "fireworks")
    assert city.told("bulk", "assign", *BOSS, "--officers", "检查员1", *filters, "--dry-run") == {"matching": 2}
    assigned = city.told("bulk", "assign", *BOSS, "--officers", "检查员1", *filters)
    assert (assigned["total"], assigned["done"], assigned["failed"]) == (2, 2, 0), "those of the own district"
    there = city.told("bulk", "assign", *BOSS, "--officers", "x", "--district", "650204", code=1)
    assert there["error"]["code"] == "wrong_territory"
    mine = ("--by", "enterprise:某@650203")
    assert city.told("bulk", "remind", *mine, "--words", "x", code=1)["error"]["code"] == "role_not_permitted"
    handed_over = city.told("bulk", "reassign", *BOSS, "--from", "检查员1", "--to", "检查员2")
    assert (handed_over["total"], handed_over["done"]) == (2, 2)
    assert city.told("case", "show", f"case/{city.campaign}/bulk-0")["officers"] == ["检查员2"]
    assert city.told("bulk", "note", *OFFICE, "--text", "注意", *filters)["done"] == 3
    assert city.told("bulk", "remind", *OFFICE, "--words", "请办理", *filters)["done"] == 3
    reminders = city.told("schedule", "reminders")["reminders"]
    assert {(r["words"], r["by"]) for r in reminders} == {("请办理", OFFICE[1])} and len(reminders) == 3
    assert "请办理" in city.tables("schedule", "reminders")
    file = city.folder / "cases.xlsx"
    assert city.told("bulk", "export", str(file), *filters)["rows"] == 3
    assert openpyxl.load_workbook(file).active.max_row == 4  # pyright: ignore[reportOptionalMemberAccess]
    assert assigned["job"] in city.tables("job", "list")
    assert city.told("job", "show", "nothing", code=1)["error"]["code"] == "unknown_job"


def test_schedules_are_shown_and_can_be_run(city: CityHome) -> None:
    told = city.told("schedule", "status")
    assert [s["name"] for s in told["schedules"]] == ["remind", "digest", "verify", "seal", "expire"]
    assert all(s["next"] for s in told["schedules"])
    assert "nightly" in city.tables("schedule", "status")
    assert city.told("schedule", "run", "digest") == {"started": "digest"}


def test_a_schedule_is_paused_with_a_reason_and_says_so_until_it_is_resumed(city: CityHome) -> None:
    told = city.told("schedule", "pause", "verify", "--reason", "the office moves house")
    assert (told["name"], told["paused"]) == ("verify", True)
    shown = city.told("schedule", "status")["schedules"]
    assert [s["name"] for s in shown if s["paused"]] == ["verify"]
    assert all((s["missed"], s["failing"], s["too_late"], s["skipped"]) == (None, None, 0, 0) for s in shown)
    assert "paused; the audit log says why" in " ".join(city.tables("schedule", "status").replace("│", " ").split())
    assert city.told("schedule", "resume", "verify", "--reason", "moved")["paused"] is False
    assert city.told("schedule", "pause", "sleep", "--reason", "x", code=2)["error"]["code"] == "unknown_chore"


def test_a_campaign_tells_what_comes_next_and_follows_the_office_only(city: CityHome) -> None:
    told = city.told("campaign", "status")
    assert told["phase"] == "rectification" and told["next"]["what"] == "consolidation"
    assert "due within 7 days" in city.tables("campaign", "status")
    to = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    order = ("campaign", "move", "--phase", "rectification", "--to", to, "--reason", "会议纪要")
    assert city.told(*order, *BOSS, code=1)["error"]["code"] == "role_not_permitted"
    moved = city.told(*order, *OFFICE)
    assert moved["calendar"] == 1 and moved["phases"][1]["ends"] == moved["phases"][2]["begins"]
    assert city.told("campaign", "status")["moves"][0]["reason"] == "会议纪要"
    passed = ("campaign", "move", "--phase", "investigation", "--to", to, "--reason", "x", *OFFICE)
    assert city.told(*passed, code=1)["error"]["code"] == "boundary_passed"
    assert city.told("campaign", "certificate", code=1)["error"]["code"] == "not_certified"
    assert city.told("campaign", "open", *OFFICE)["opened"] >= 0


def test_who_may_not_start_a_campaign_starts_none(city: CityHome) -> None:
    refused = city.told("campaign", "start", str(city.plan("other")), "--by", "inspector:x@650203", code=1)
    assert refused["error"]["code"] == "role_not_permitted"
    assert city.told("campaign", "status")["campaign"] == city.campaign, "it is not the newest: it is not there"


def test_who_waits_for_a_worker_that_died_is_told_and_the_work_goes_on_when_it_is_back(city: CityHome) -> None:
    file = ledger(city, "waiting.xlsx", row("等待一厂"), row("等待二厂"))
    kill(city, "keeper")  # else it would bring the worker back before anybody could be told
    kill(city, "worker_imports")
    command = [sys.executable, "-P", "-m", "cli.main", "ledger", "import", file, "--json", "--lang", "en"]
    env = {**os.environ, **city.env}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=PIPE, stderr=PIPE, text=True) as run:
        assert run.stderr is not None and run.stdout is not None
        too_long = Timer(90, run.kill)
        too_long.start()
        said = next((line for line in run.stderr if "nothing has moved" in line), "")
        assert "rectify doctor" in said and "rectify up" in said
        assert city.run("up", "--json").code == 0
        told = json.loads(run.stdout.read())
        too_long.cancel()
    assert (run.returncode, told["done"], told["failed"]) == (0, 2, 0)


def kill(city: CityHome, process: str) -> None:
    """As by the machine: no signal that it could answer."""
    [found] = [c for c in city.run("doctor", "--json").json["checks"] if c["name"] == process]
    os.kill(int(re.findall(r"pid (\d+)", found["sentence_en"])[0]), signal.SIGKILL)
