"""As the account, for good, and within reach of what lies in a folder that is closed to it."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.account import Account
from embedded.children import Children, started_at, uid_of
from embedded.reach import as_account, closed_above, opened_for, with_python

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives itself up for an account; owner: embedded")
CAT = "/bin/cat"


@pytest.fixture
def account() -> Account:
    """One that owns nothing here."""
    found = pwd.getpwnam("nobody")
    return Account("nobody", found.pw_uid, found.pw_gid)


@pytest.fixture
def closed() -> Iterator[Path]:
    """Root's own folder, with a tool and with a secret in it."""
    with tempfile.TemporaryDirectory(prefix="closed-") as made:
        folder = Path(made)
        for name in ("tools/deep", "secret"):
            (folder / name).mkdir(parents=True)
        (folder / "tools" / "deep" / "word").write_text("within reach")
        (folder / "secret" / "word").write_text("out of reach")
        yield folder
        assert folder.stat().st_mode & 0o777 == 0o700 and folder.stat().st_uid == 0


def said(argv: list[str | Path], account: Account) -> str:
    """What the program says as the account."""
    return subprocess.run(as_account(argv, account), capture_output=True, text=True, check=False, timeout=30).stdout


def test_what_lies_in_a_closed_folder_is_within_reach_at_its_own_path_and_nothing_else(
    account: Account, closed: Path
) -> None:
    word, secret = closed / "tools" / "deep" / "word", closed / "secret" / "word"
    assert closed_above(word, account) == closed
    assert said([CAT, word], account) == "", "it is closed"
    able = opened_for([closed / "tools", closed / "tools" / "deep", Path("/usr/bin")], account)
    assert able.opened == ((closed, (closed / "tools",)),)
    before = Path("/proc/self/mountinfo").read_text()
    assert said([CAT, word, secret], able) == "within reach"
    assert said(["/bin/ls", closed], able) == "tools\n"
    assert Path("/proc/self/mountinfo").read_text() == before and secret.exists(), "nobody else sees any of it"


def test_it_is_the_account_for_good_under_the_pid_that_is_known(account: Account, closed: Path, tmp_path: Path) -> None:
    able = opened_for([closed / "tools"], account)
    children = Children(tmp_path)
    told = "grep -E 'Uid|Gid|Groups|NoNewPrivs' /proc/self/status; umask; exec sleep 600"
    pid = children.start("child", ["/bin/sh", "-c", told], account=able, cwd=Path("/"))
    log = children.log_of("child")
    while "NoNewPrivs" not in (text := log.read_text()) or "0022" not in text:
        assert started_at(pid), text
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    assert {*facts["Uid"].split()} == {str(account.uid)} and {*facts["Gid"].split()} == {str(account.gid)}
    assert facts["Groups"].strip() == "" and facts["NoNewPrivs"].strip() == "1"
    assert uid_of(pid) == account.uid == uid_of(children.alive("child") or 0)
    os.kill(pid, signal.SIGTERM)
    while started_at(pid):
        pass
    assert not children.stop("child"), "the signal reached it"


def test_this_interpreter_runs_as_the_account_wherever_it_lies(account: Account) -> None:
    able = with_python(account, dict(os.environ), ("embedded.children", "temporalio"))
    assert able is not None, "this machine has no way; the stack would run as root and say so"
    argv = [sys.executable, "-P", "-c", "import os, pydantic; print(os.getuid())"]
    told = subprocess.run(as_account(argv, able), cwd="/", capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == f"{account.uid}\n"


def test_an_interpreter_that_stays_out_of_reach_is_told(account: Account, closed: Path) -> None:
    hidden = closed / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "only_here.py").touch()
    assert with_python(account, {**os.environ, "PYTHONPATH": str(hidden)}, ("only_here",)) is None
    hidden.chmod(0o755)
    assert with_python(account, {**os.environ, "PYTHONPATH": str(hidden)}, ("only_here",)) is not None
