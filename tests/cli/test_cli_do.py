"""`rectify case do` without a file: by `--set` for scripts, field by field at a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Installation
from tests.cli.run import Ran, invoke
from tests.pictures import jpeg

pytestmark = pytest.mark.usefixtures("here")
INSPECTOR, SUPERVISOR = "inspector:王@650203", "supervisor:李@650203"
FOUND = tuple(
    word
    for said in ("category=V04", "grade=general", "description=超许可范围生产")
    for word in ("--set", f"findings.0.{said}")
)


@pytest.fixture
def case() -> Iterator[str]:
    """A case that was just opened; completed or closed with the others at the end of the year."""
    subject = f"do-{os.urandom(4).hex()}"
    of = ("--id", subject, "--name", f"{subject}厂", "--district", "650203")
    assert invoke("case", "open", "--by", INSPECTOR, *of, "--json").code == 0
    yield subject
    shown = invoke("case", "show", subject, "--json").json
    if not shown["musts"] and not shown["outcome"]:
        assert step(subject, "void", "--set", "reason=误录", by=SUPERVISOR).code == 0


def step(case: str, do: str, *more: str, by: str = INSPECTOR) -> Ran:
    """`case do` by options."""
    return invoke("case", "do", case, "--by", by, "--step", do, *more, "--json")


def test_a_script_fills_in_the_fields_of_each_step(case: str) -> None:
    assert step(case, "record_findings", *FOUND, "--set", "answers.lawful=否").json["stage"] == "registration"
    shown = invoke("case", "show", case, "--json").json
    assert shown["answers"]["lawful"] is False
    assert [(f["ref"], f["category"], f["grade"]) for f in shown["findings"]] == [("F1", "V04", "general")]
    registered = step(
        case, "登记建档", "--set", "assignments.0.responsible=孙", "--set", "assignments.0.due=2099-01-01"
    )
    assert (registered.code, registered.problem["code"]) == (1, "due_past_cap"), registered
    registered = step(case, "登记建档", "--set", "assignments.0.responsible=孙")
    assert registered.json["stage"] == "escalation", registered
    proposed = step(case, "propose_measure", "--about", "suspend")
    assert proposed.code == 0, proposed
    steps = invoke("case", "steps", case, "--by", SUPERVISOR, "--json").json["steps"]
    shown_hash = next(s["shown"] for s in steps if (s["do"], s["about"]) == ("approve_measure", "suspend"))
    blind = step(case, "approve_measure", "--about", "suspend", by=SUPERVISOR)
    assert (blind.code, blind.problem["code"]) == (2, "invalid_option"), "a decision says what was seen"
    other = step(case, "approve_measure", "--about", "suspend", "--set", f"shown=sha256:{0:064}", by=SUPERVISOR)
    assert (other.code, other.problem["code"]) == (1, "shown_differs"), other
    approved = step(case, "approve_measure", "--about", "suspend", "--set", f"shown={shown_hash}", by=SUPERVISOR)
    assert approved.code == 0, approved


def test_the_same_step_sent_again_is_taken_once(case: str) -> None:
    again = ("--set", "text=已电话告知", "--command-id", f"note-{case}")
    assert step(case, "add_note", *again).json == step(case, "add_note", *again).json
    notes = [one for one in invoke("case", "timeline", case, "--json").json["timeline"] if one["do"] == "add_note"]
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        (("--step", "record_findings", "--set", "finding.0.category=V04"), 2, "findings.0.category"),
        (("--step", "record_findings", "--set", "findings.0.category=V99"), 2, "V99"),
        (("--step", "record_findings", "--set", "findings.0.category=V04"), 2, "findings.0.description"),
        (("--step", "record_findings", "--set", "no equals sign"), 2, "no equals sign"),
        (("--step", "dance"), 2, "dance"),
        (("--step", "approve_measure", "--about", "close"), 1, "role_not_permitted"),
        (("--step", "register"), 1, "nothing_to_do"),
        (("--step", "transfer", "--set", "district=喀什", "--set", "reason=x"), 1, "role_not_permitted"),
        ((), 2, "--step"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_handed_in(case: str, more: Sequence[str], code: int, named: str) -> None:
    told = invoke("case", "do", case, "--by", INSPECTOR, *more, "--json")
    assert told.code == code, told
    assert named in json.dumps(told.problem, ensure_ascii=False), told
    assert len(invoke("case", "timeline", case, "--json").json["timeline"]) == 1


def test_a_file_and_options_do_not_go_together_and_one_of_them_is_needed(case: str, tmp_path: Path) -> None:
    file = tmp_path / "note.json"
    file.write_text(json.dumps({"do": "add_note", "by": INSPECTOR, "text": "x"}), encoding="utf-8")
    assert invoke("case", "do", case, str(file), "--step", "add_note", "--json").code == 2
    assert invoke("case", "do", case, "--json").code == 2
    assert invoke("case", "do", case, str(file), "--json").code == 0


def test_photos_go_with_a_step(case: str, tmp_path: Path) -> None:
    (tmp_path / "门口.jpg").write_bytes(jpeg())
    (tmp_path / "x.txt").write_text("no photo", encoding="utf-8")
    wrong = step(case, "attach", "--file", str(tmp_path / "x.txt"))
    assert (wrong.code, wrong.problem["code"]) == (2, "file_kind"), wrong
    assert step(case, "attach", "--file", str(tmp_path / "none.jpg")).code == 2
    assert step(case, "attach", "--file", str(tmp_path / "门口.jpg")).code == 0
    assert [f["name"] for f in invoke("case", "show", case, "--json").json["files"]] == ["门口.jpg"]


def answered(env: dict[str, str], case: str, answers: dict[str, list[str]], *more: str) -> tuple[int, str]:
    """`rectify case do` at a terminal of its own: each question gets its next answer, or Enter; exit code, all said."""
    us, theirs = pty.openpty()
    command = (sys.executable, "-m", "cli.main", "case", "do", case, *more)
    env = {**os.environ, **env, "COLUMNS": "200"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        said, seen, questions = "", 0, 0
        with suppress(OSError):  # the other end is closed when it is done
            while questions < 60 and select.select([us], [], [], 60)[0] and (part := os.read(us, 65536)):
                said += part.decode("utf-8", "replace")
                if said.endswith(": "):
                    asked = said[seen:].splitlines()[-1]
                    mine = next((a for question, a in answers.items() if question in asked), [])
                    os.write(us, f"{mine.pop(0) if mine else ''}\n".encode())
                    seen, questions = len(said), questions + 1
        process.kill()  # it has ended, or waits for what is not asked here
        os.close(us)
    return process.returncode, said


def test_at_a_terminal_each_field_is_asked(case: str, cli_home: Installation) -> None:
    answers = {
        "办理事项": ["0", "1"],
        "问题类别": ["V99", "V04"],
        "等级": ["2"],
        "问题描述": ["", "超许可"],
        "提交": ["y"],
    }
    code, said = answered(cli_home.env, case, answers, "--by", INSPECTOR, "--lang", "zh")
    assert code == 0, said
    for told in ("请输入编号", "没有这一项", "必填", "再添加一项", "受理", f"{case}厂"):
        assert told in said, told
    found: list[dict[str, Any]] = invoke("case", "show", case, "--json").json["findings"]
    assert [(f["category"], f["grade"], f["description"]) for f in found] == [("V04", "major", "超许可")]


def test_at_a_terminal_nothing_is_handed_in_unasked(case: str, cli_home: Installation) -> None:
    answers = {"Text": ["checked by phone"], "hand in": ["n"]}
    code, said = answered(cli_home.env, case, answers, "--by", INSPECTOR, "--lang", "en", "--step", "add_note")
    assert code == 1 and "not handed in" in said, said
    assert len(invoke("case", "timeline", case, "--json").json["timeline"]) == 1
