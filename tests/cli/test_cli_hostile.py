"""Whatever is handed to it, the program answers with a sentence and an exit code, never with a traceback."""

import os
import pwd
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run import ANSI, PLAN, ROOT, SCRIPT, invoke, rectify

NESTED = "[" * 100_000
BAD_COMMANDS: dict[str, bytes] = {
    "empty": b"",
    "no json": b"do: add_note",
    "array": b"[]",
    "number": b"7",
    "null": b"null",
    "text": b'"add_note"',
    "deep array": NESTED.encode(),
    "deep object": ('{"do":' * 100_000).encode(),
    "huge number": b'{"do": "add_note", "text": ' + b"9" * 5000 + b"}",
    "nan": b'{"do": "add_note", "by": "inspector:x@650203", "text": NaN}',
    "no do": b"{}",
    "unknown do": b'{"do": "waive", "by": "inspector:x@650203"}',
    "do is a list": b'{"do": ["open"], "by": "inspector:x@650203"}',
    "wrong type": b'{"do": "add_note", "by": "inspector:x@650203", "text": {}}',
    "no actor": b'{"do": "add_note", "text": "x"}',
    "actor's shape": b'{"do": "add_note", "by": "x", "text": "x"}',
    "unknown field": b'{"do": "add_note", "by": "inspector:x@650203", "text": "x", "colour": 1}',
    "nul": b'{"do": "add_note", "by": "inspector:x@650203", "text": "a\\u0000b"}',
    "nul in a ref": b'{"do": "rescind_finding", "by": "supervisor:x@650203", "ref": "a\\u0000b", "reason": "x"}',
    "nul in a name": b'{"do": "add_note", "by": "inspector:x\\u0000y@650203", "text": "x"}',
    "lone surrogate": b'{"do": "add_note", "by": "inspector:x@650203", "text": "\\ud800"}',
    "surrogate key": b'{"do": "add_note", "by": "inspector:x@650203", "text": "x", "\\ud800": 1}',
    "binary": bytes(range(256)),
    "utf-16": '{"do": "add_note"}'.encode("utf-16"),
    "a name twice": b'{"do": "add_note", "by": "inspector:x@650203", "text": "x", "text": "y"}',
    "two documents": b'{"do": "add_note"} {}',
    "10 MB": b'{"do": "' + b"x" * 10_000_000 + b'"}',
    "huge text": b'{"do": "add_note", "by": "inspector:x@650203", "text": "' + b"x" * 100_000 + b'"}',
}


@pytest.mark.parametrize("content", BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_command_file_that_is_none_is_bad_input_before_any_service_is_asked(
    content: bytes, tmp_path: Path, empty_home: Path
) -> None:
    file = tmp_path / "command.json"
    file.write_bytes(content)
    told = invoke("case", "do", "case/x/y", str(file), "--json")
    assert (told.code, told.err) == (2, "")
    assert told.problem["code"] and told.problem["zh"] and told.problem["en"]
    assert invoke("case", "do", "case/x/y", str(file), "--lang", "en").code == 2


@pytest.mark.parametrize("content", BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_the_same_on_stdin_is_bad_input_too(content: bytes, empty_home: Path) -> None:
    told = invoke("case", "do", "case/x/y", "-", "--json", stdin=content)
    assert (told.code, told.err) == (2, "")
    assert told.problem["code"] and told.problem["zh"] and told.problem["en"]


def test_a_process_reads_a_bad_command_from_stdin_with_a_true_exit_code(empty_home: Path) -> None:
    args = ("case", "do", "case/x/y", "-", "--json")
    told = rectify(*args, env={"RECTIFY_HOME": str(empty_home)}, stdin=BAD_COMMANDS["binary"])
    assert (told.code, told.err) == (2, "")
    assert told.problem["code"]


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("do", ["deadline_passed", "phase_began", "calendar_moved", "campaign_completed"])
def test_the_clocks_commands_are_refused(do: str, tmp_path: Path, empty_home: Path) -> None:
    file = tmp_path / "command.json"
    file.write_text(f'{{"do": "{do}", "by": "office:x@650200"}}', encoding="utf-8")
    told = invoke("case", "do", "case/x/y", str(file), "--json")
    assert (told.code, told.problem["code"]) == (1, "clock_only")


def test_a_file_without_end_is_refused_within_bounds(empty_home: Path) -> None:
    """/dev/zero says that it has no size; whoever reads it whole dies of it."""
    for args in (("plan", "check", "/dev/zero"), ("case", "do", "x", "/dev/zero")):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cli.main", *args, "--json"],
            capture_output=True,
            timeout=60,
            check=False,
            cwd=ROOT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000)),
        )
        assert done.returncode == 2, (args, done.stderr)


def test_a_plan_may_come_through_a_pipe(tmp_path: Path, empty_home: Path) -> None:
    told = rectify("plan", "check", "/dev/stdin", "--json", env={}, stdin=PLAN.read_bytes())
    assert (told.code, told.err) == (0, "")
    assert told.json["id"] == "karamay-2013"


def test_a_file_that_one_may_not_read_is_bad_input(tmp_path: Path, empty_home: Path) -> None:
    """As root every file can be read, so root steps down for it."""
    file = tmp_path / "secret.toml"
    file.write_text("id = 1", encoding="utf-8")
    file.chmod(0)
    nobody = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    child = os.fork()
    if child == 0:
        try:
            os.seteuid(nobody)
            told = invoke("plan", "check", str(file), "--json")
            os._exit(0 if (told.code, told.problem["code"]) == (2, "file_unreadable") else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("line", ["campaigns/karamay-2013.toml", "campaigns/karamay-2013.toml --json", "nothing"])
def test_a_reader_that_goes_away_is_no_failure(line: str, empty_home: Path) -> None:
    command = f"'{sys.executable}' -P -m cli.main plan check {line} 2>&1 | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.stdout.splitlines()[-1] in ("0", "2"), done
    assert "Traceback" not in done.stdout + done.stderr
    assert "BrokenPipe" not in done.stdout + done.stderr


def test_a_stdout_that_is_full_or_shut_is_no_traceback(empty_home: Path) -> None:
    for redirect in ("> /dev/full", ">&-", "2>&-"):
        command = f"'{sys.executable}' -P -m cli.main plan check campaigns/karamay-2013.toml {redirect}"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
        )
        assert done.returncode in (0, 1), (redirect, done)
        assert "Traceback" not in done.stderr, (redirect, done.stderr)
        assert "Exception ignored" not in done.stderr, (redirect, done.stderr)


@pytest.mark.parametrize(
    "args", [("plan", "check", str(PLAN)), ("doctor",), ("try", "case.yaml"), ("overdue",)], ids=" ".join
)
def test_what_is_piped_has_no_colours_and_no_bars(args: tuple[str, ...], tmp_path: Path, empty_home: Path) -> None:
    (tmp_path / "case.yaml").write_text(SCRIPT, encoding="utf-8")
    found = [str(tmp_path / a) if a == "case.yaml" else a for a in args]
    told = rectify(*found, env={"RECTIFY_HOME": str(empty_home), "TERM": "xterm-256color"})
    assert not ANSI.search(told.out + told.err)
    assert "\r" not in told.out + told.err


def test_a_locale_without_chinese_letters_is_no_traceback(empty_home: Path) -> None:
    told = rectify("plan", "check", str(PLAN), "--lang", "zh", env={"LANG": "C", "LC_ALL": "POSIX"})
    assert told.code == 0


@pytest.mark.parametrize("text", ["a\x07b", "\u202ezh", "x" * 4001, "王\n李", "'; DROP TABLE cases; --", "[/]", "{0}"])
@pytest.mark.parametrize(
    "option", ["--name", "--district", "--by", "--id", "--sector", "--campaign", "--command-id", "--code"]
)
def test_hostile_options_are_answered(option: str, text: str, empty_home: Path) -> None:
    given = {"--by": "inspector:王@650203", "--name": "x", "--district": "650203", option: text}
    told = invoke("case", "open", *(part for pair in given.items() for part in pair), "--lang", "en")
    assert told.code in (1, 2, 3)
