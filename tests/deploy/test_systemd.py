"""The service of a city's server: its files are sound by systemd's own judgement, and what they call is there."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import VERBS
from embedded.errors import StackError
from embedded.service_doctor import examine_service
from embedded.service_manager import reloading, service_lives, service_lock, tell_manager
from embedded.settings import StackSettings
from embedded.systemd_units import Placed, Plan, place, planned

ROOT = Path(__file__).parents[2]
ANALYZE = shutil.which("systemd-analyze")
ROTATE = shutil.which("logrotate", path="/usr/sbin:/usr/bin")


def plan(tmp_path: Path, *, member: bool = False) -> Plan:
    """An installation as a service, whose files go below a folder."""
    settings = StackSettings(home=tmp_path / "home", cache=tmp_path / "cache")
    etc, units, rotation = tmp_path / "etc", tmp_path / "units", tmp_path / "logrotate.d"
    backups, account = tmp_path / "backups", "daemon"
    return Plan(settings, account, backups, etc=etc, units=units, rotation=rotation, member=member)


def written(plan: Plan) -> list[Placed]:
    """Its files, written."""
    files = list(planned(plan))
    for file in files:
        place(file, Path("/"), None)
    return files


@pytest.mark.parametrize("member", [False, True])
def test_every_word_of_the_files_is_filled_in(tmp_path: Path, member: bool) -> None:
    for file in written(plan(tmp_path, member=member)):
        assert not re.search(r"@[A-Z_]+@", file.text), file.path
        assert file.text.count("/home") == file.text.count(str(tmp_path / "home")), file.path


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed here; where systemd is, so is it")
@pytest.mark.parametrize("member", [False, True])
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path, member: bool) -> None:
    units = [file.path for file in written(plan(tmp_path, member=member)) if file.path.parent.name == "units"]
    for unit in units:
        name = unit.with_name(unit.name.replace("@.", "@cases."))
        if name != unit:
            name.symlink_to(unit)
        done = subprocess.run(
            [ANALYZE or "", "verify", "--man=no", "--recursive-errors=no", name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), (unit, done.stderr)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed here; where systemd is, so is it")
def test_little_is_open_to_whoever_breaks_in(tmp_path: Path) -> None:
    """Exposure by systemd's own count, of 10; below 3 is what it calls OK for a service with a network."""
    for member in (False, True):
        for file in written(plan(tmp_path, member=member)):
            if file.path.suffix != ".service":
                continue
            told = [ANALYZE or "", "security", "--offline=true", "--threshold=30", "--no-pager", file.path]
            done = subprocess.run(told, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-400:]


@pytest.mark.skipif(ROTATE is None, reason="logrotate is not installed here; the machine that has it reads the file")
def test_the_logs_are_rotated_while_they_are_written(tmp_path: Path) -> None:
    account = pwd.getpwuid(os.geteuid()).pw_name
    files = written(plan(tmp_path)._replace(account=account))
    logs = tmp_path / "home" / "logs"
    logs.mkdir(parents=True)
    log = logs / "web.log"
    with log.open("a") as open_log:
        print("before", file=open_log, flush=True)
        [rotation] = [file.path for file in files if file.path.parent.name == "logrotate.d"]
        told = [ROTATE or "", "--force", "--state", tmp_path / "state", rotation]
        done = subprocess.run(told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        print("after", file=open_log, flush=True)
    assert log.read_text() == "after\n"
    assert (logs / "web.log.1").read_text() == "before\n"


def test_the_program_of_the_units_knows_every_verb_that_they_call(tmp_path: Path) -> None:
    called = {
        verb
        for member in (False, True)
        for file in planned(plan(tmp_path, member=member))
        for verb in re.findall(r"^ExecStart=\S+ (\w+)", file.text, re.MULTILINE)
    }
    assert called == {"run", "db", "web", "worker"} and called <= set(VERBS)
    assert plan(tmp_path).program == Path(sys.executable).with_name("rectify")


def test_a_settings_file_is_somebody_s_own(tmp_path: Path) -> None:
    files = {file.path.name: file for file in written(plan(tmp_path))}
    own = files["rectify.env"]
    own.path.write_text("RECTIFY_LANG=en\n")
    unit = files["rectify.service"]
    unit.path.write_text("[Service]\n")
    assert [place(file, Path("/"), None) for file in (own, unit)] == [False, True]
    assert own.path.read_text() == "RECTIFY_LANG=en\n" and unit.path.read_text() == unit.text


def test_settings_of_the_machine_s_file_count_where_nobody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rectify.env"
    file.write_text("# a comment\nRECTIFY_CASE_YEARS=12\nRECTIFY_WEB_NAMES=rectify.city.example,a.example\n")
    monkeypatch.setenv("RECTIFY_SETTINGS", str(file))
    assert StackSettings().case_years == 12 and len(StackSettings().web_names) == 2
    monkeypatch.setenv("RECTIFY_CASE_YEARS", "13")
    assert StackSettings().case_years == 13
    assert StackSettings(case_years=14).case_years == 14
    file.write_text("RECTIFY_CASE_YEARS=1\n")
    monkeypatch.delenv("RECTIFY_CASE_YEARS")
    with pytest.raises(ValueError, match="case_years"):
        StackSettings()


def test_doctor_says_what_was_changed_by_hand_and_what_is_of_another_version(tmp_path: Path) -> None:
    this = plan(tmp_path)
    assert examine_service(this.settings, this) == [], "no service was installed"
    files = written(this)
    [first, *_] = examine_service(this.settings, this._replace(backups=tmp_path / "elsewhere"))
    assert first.ok, "where the backups go is read from the unit"
    files[0].path.write_text(files[0].text.replace("Restart=always", "Restart=no"))
    [first, *_] = examine_service(this.settings, this)
    assert not first.ok and "rectify.service" in first.sentence_en and "drop-in" in first.remedy_zh


def test_the_manager_is_told_when_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_manager("READY=1")  # nobody asked
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        tell_manager("READY=1")
        assert manager.recv(99) == b"READY=1"
        tell_manager(reloading())
        assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", manager.recv(99))


def test_while_the_service_lives_nobody_else_starts_and_stops(tmp_path: Path) -> None:
    assert not service_lives(tmp_path)
    with service_lock(tmp_path):
        held = subprocess.run(
            [sys.executable, "-m", "cli.main", "down", "--lang", "en"],
            cwd=ROOT,
            env={**os.environ, "RECTIFY_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert held.returncode == 3 and "systemctl" in held.stderr
        with pytest.raises(StackError, match="service rectify"), service_lock(tmp_path):
            pass
    assert not service_lives(tmp_path)
