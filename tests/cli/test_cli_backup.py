"""A backup of a stack at work, and the copy that it is restored into: read, silent, and live when somebody says so."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from temporalio.client import WorkflowHistory
from temporalio.testing import TimeSkipper

from embedded.backup_manifest import MANIFEST, SIGNATURE, read_manifest, write_manifest
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_folder
from engine.claims import console, speaking
from engine.connection import Services
from engine.hand_in import submit
from models.commands import AddNote
from models.wire import Receipt
from tests.cast import actor
from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import ROOT, Ran, invoke, rectify
from tests.cli.test_cli_processes import eventually

INSPECTOR, OFFICE = "inspector:王@650203", "office:钱@650200"
SUBJECT = "种子数据烟花爆竹厂"
LOGIN, PASSWORD = "wang-of-the-backup", "correct horse battery 7"
CASES = ("saved-1", "saved-2", "saved-3")


class Home:
    """One installation, as a person works in it."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.folder = env, Path(env["RECTIFY_HOME"])

    def run(self, *args: str, stdin: bytes = b"", **more: str) -> Ran:
        """A verb, with other settings beside; in this process, where many are cheap."""
        with pytest.MonkeyPatch.context() as patch:
            work_in({**self.env, **more}, patch)
            return invoke(*args, "--json", stdin=stdin)

    def do(self, case: str, what: str, *options: str, **fields: Any) -> Ran:
        """A command by the inspector."""
        command = json.dumps({"do": what, "by": INSPECTOR, **fields})
        return self.run("case", "do", case, "-", *options, stdin=command.encode())

    def timeline(self, case: str) -> list[str]:
        """What was done in the case."""
        return [line["do"] for line in self.run("case", "timeline", case).json["timeline"]]

    def services(self) -> Services:
        """Those of the home."""
        return Services.here(StackSettings(home=self.folder))

    def log(self) -> dict[str, list[str]]:
        """The hashes of each case's log."""
        found = self.services()
        with found.engine.connect() as connection:
            rows = connection.execute(text("SELECT case_id, hash FROM case_log ORDER BY case_id, seq")).all()
        found.close()
        logs: dict[str, list[str]] = {}
        for case_id, hashed in rows:
            logs.setdefault(case_id, []).append(hashed)
        return logs

    def browser(self) -> httpx.Client:
        """One at its pages, which says where its forms were, and keeps cookies."""
        url = json.loads((self.folder / "endpoints.json").read_text())["web_url"]
        return httpx.Client(base_url=url, headers={"Origin": url}, timeout=60)

    def asked(self, path: str, token: str | None = None) -> tuple[int, str]:
        """Status and body of an address of its web process."""
        url = json.loads((self.folder / "endpoints.json").read_text())["web_url"]
        request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Working(threading.Thread):
    """Hands notes to the cases, one after the other, until it is told to stop."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home, self.taken, self.stop = home, list[Receipt](), threading.Event()

    def run(self) -> None:
        """In a loop of its own, as whoever sits at the console."""
        with speaking(console()):
            asyncio.run(self._work())

    async def _work(self) -> None:
        found = self.home.services()
        client = await found.temporal()
        ids = [case for case in self.home.log() if case.rsplit("/", 1)[1] in CASES]
        while not self.stop.is_set():
            note = AddNote(by=actor(INSPECTOR), command_id=str(uuid4()), text="meanwhile")
            answer = await submit(client, found.engine, ids[len(self.taken) % len(ids)], note)
            assert isinstance(answer, Receipt), answer
            self.taken.append(answer)
        found.close()


@contextmanager
def killed(home: Home, *args: str, once: Path) -> Generator[None]:
    """The verb as a process, killed as soon as something lies there."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RECTIFY_", "PYTHON"))}
    argv = [sys.executable, "-P", "-m", "cli.main", *args]
    with subprocess.Popen(argv, cwd=ROOT, env={**inherited, **home.env}, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: once.exists() or process.poll() is not None)
        finally:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    yield


@pytest.fixture(scope="module")
def live(cli_home: Installation, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An installation with some cases, a token, and a key for its backups."""
    key = tmp_path_factory.mktemp("keys") / "backup.key"
    key.write_text("a passphrase that is long enough\n")
    engine = {"RECTIFY_ENGINE": os.environ["RECTIFY_ENGINE"]} if "RECTIFY_ENGINE" in os.environ else {}
    home = Home({**cli_home.env, **engine, "RECTIFY_BACKUP_KEY": str(key)})
    who = ("--by", INSPECTOR, "--name", SUBJECT, "--district", "650203", "--sector", "fireworks")
    link = home.run("user", "add", "王", "inspector@650203", "--login", LOGIN).json["link"]
    with home.browser() as browser:
        invited = httpx.URL(link).path
        assert browser.post(invited, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    for case in CASES:
        opened = home.run("case", "open", *who, "--id", case)
        assert opened.code == 0, opened
    return home


@pytest.fixture(scope="module")
def token(live: Home) -> str:
    """A token of the live installation, issued before its backup."""
    return live.run("user", "token", INSPECTOR).json["token"]


class Saved:
    """A backup that was made while commands were taken."""

    def __init__(self, where: Path, before: dict[str, list[str]], taken: list[Receipt]) -> None:
        self.where, self.before, self.taken = where, before, taken


@pytest.fixture(scope="module")
def saved(live: Home, token: str, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """One that was killed on the way, then a whole one in the same folder, both while notes were handed in."""
    folder = tmp_path_factory.mktemp("backups")
    working = Working(live)
    working.start()
    try:
        eventually(lambda: len(working.taken) > 3)
        draft = f".making-{_installation_id(live)}-one"
        with killed(live, "db", "backup", str(folder / "one"), once=folder / draft / "cluster.part"):
            assert live.run("db", "list", str(folder)).json == {"backups": []}
        before = live.log()
        made = live.run("db", "backup", str(folder / "one"))
        assert (made.code, made.json["differences"]) == (0, []), made
        assert not (folder / draft).exists()
        after = len(working.taken)
        eventually(lambda: len(working.taken) > after + 3)
    finally:
        working.stop.set()
        working.join()
    return Saved(folder / "one", before, working.taken)


def _installation_id(home: Home) -> str:
    found = home.services()
    with found.engine.connect() as connection:
        answer = connection.execute(text("SELECT installation_id FROM installation")).scalar_one()
    found.close()
    return answer


@pytest.fixture(scope="module")
def empty(live: Home) -> Iterator[Home]:
    """A home on the same machine in which nothing was ever started; what runs there at the end is stopped."""
    lean = {"RECTIFY_UI": "false", "RECTIFY_SUPERVISE": "false"}
    with throwaway_folder() as folder:
        home = Home({**live.env, "RECTIFY_HOME": str(folder / "home"), "RECTIFY_TIME_SKIPPING": "true", **lean})
        yield home
        rectify("down", env=home.env)


def test_a_backup_is_private_and_shows_no_personal_data(live: Home, saved: Saved) -> None:
    files = [file for file in saved.where.iterdir()]
    assert {file.name for file in files} >= {"manifest.json", "manifest.sig", "cluster.part", "heads.part", "keys.part"}
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        held = file.read_bytes()
        assert SUBJECT.encode() not in held and b"cases" not in held.replace(b'"cases":', b"")
    told = live.run("db", "check", str(saved.where)).json
    assert (told["keys"], told["sealed"], told["key_checked"], told["state"]) == (True, True, True, "live")
    (check,) = [c for c in live.run("doctor").json["checks"] if c["name"] == "backup"]
    assert (check["ok"], check["warns"], str(saved.where) in check["sentence_en"]) == (True, False, True)


def test_nothing_of_a_killed_backup_stays(live: Home, saved: Saved) -> None:
    found = live.services()
    with found.owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_replication_slots")).scalar() == 0
    found.close()
    assert [one.name for one in saved.where.parent.iterdir()] == ["one"]


@pytest.mark.parametrize(
    ("spoil", "code", "exit_code"),
    [
        ("truncated", "backup_damaged", 1),
        ("other key", "backup_key_wrong", 1),
        ("no key", "backup_key_needed", 2),
        ("newer schema", "backup_newer", 1),
        ("foreign signature", "backup_forged", 1),
    ],
)
def test_what_is_not_whole_or_not_ours_is_refused(
    spoil: str, code: str, exit_code: int, saved: Saved, empty: Home, tmp_path: Path
) -> None:
    where, more = tmp_path / "backup", dict[str, str]()
    shutil.copytree(saved.where, where)
    cluster = where / "cluster.part"
    if spoil == "truncated":
        cluster.write_bytes(cluster.read_bytes()[:-100])
    elif spoil == "other key":
        (tmp_path / "key").write_text("another passphrase, as long as it")
        more["RECTIFY_BACKUP_KEY"] = str(tmp_path / "key")
    elif spoil == "no key":
        more["RECTIFY_BACKUP_KEY"] = ""
    else:
        stranger, manifest = Ed25519PrivateKey.generate(), read_manifest(where)
        for name in (MANIFEST, SIGNATURE):
            (where / name).unlink()
        signer = {"signer": stranger.public_key().public_bytes_raw().hex()}
        if spoil == "newer schema":
            signer |= {"schema_revision": "9999", "sealed": None}  # of a plain backup anybody may sign the manifest
        write_manifest(where, manifest.model_copy(update=signer), stranger.sign, None)
    told = empty.run("db", "restore", str(where), **more)
    assert (told.code, told.problem["code"]) == (exit_code, code)
    assert told.problem["remedy_zh"] and told.problem["remedy_en"]
    assert not (empty.folder / "passwords.json").exists()


def test_a_home_that_is_in_use_is_left_alone(live: Home, saved: Saved) -> None:
    for options in ((), ("--replace",)):
        told = live.run("db", "restore", str(saved.where), *options)
        assert (told.code, told.problem["code"]) == (1, "home_in_use")
    assert live.do("saved-1", "add_note", text="still at work").code == 0


@pytest.fixture(scope="module")
def copy(live: Home, empty: Home, saved: Saved) -> Home:
    """Restored after a restore that was killed, and started."""
    half = empty.folder / ".restoring" / "home" / "postgres" / "data" / "PG_VERSION"
    with killed(empty, "db", "restore", str(saved.where), once=half):
        refused = empty.run("up")
        assert (refused.code, refused.problem["code"]) == (3, "restore_unfinished")
    done = empty.run("db", "restore", str(saved.where))
    assert (done.code, done.json["differences"], done.json["copy"]) == (0, [], True), done
    assert not (empty.folder / ".restoring").exists()
    assert not (empty.folder / "token.key").exists()
    assert empty.run("db", "restore", str(saved.where)).problem["code"] == "home_not_empty"
    up = empty.run("up")
    assert up.code == 0 and up.json["copy"] is True, up
    return empty


def test_what_was_acknowledged_before_is_there_and_nothing_that_never_was(live: Home, copy: Home, saved: Saved) -> None:
    there, here = live.log(), copy.log()
    assert all(here[case][: len(lines)] == lines for case, lines in saved.before.items())
    assert all(there[case][: len(lines)] == lines for case, lines in here.items())
    assert sum(map(len, here.values())) < sum(map(len, there.values()))


def test_a_copy_is_read_and_says_what_it_is(copy: Home, token: str) -> None:
    assert copy.run("case", "show", "saved-1").json["subject"]["name"] == SUBJECT
    status, body = copy.asked("/readyz")
    assert (status, json.loads(body)["code"]) == (503, "installation_is_copy")
    assert "副本" in copy.asked("/cases")[1]
    doctor = copy.run("doctor")
    (check,) = [c for c in doctor.json["checks"] if c["name"] == "installation"]
    assert (doctor.code, check["ok"], check["warns"], "live" in check["remedy_en"]) == (0, True, True, True)
    assert copy.asked("/api/v1/cases", token)[0] == 401
    its_own = copy.run("user", "token", INSPECTOR).json["token"]
    assert copy.asked("/api/v1/cases", its_own)[0] == 200
    verified = copy.run("readmodel", "verify", "--no-running")
    assert (verified.code, verified.json["differences"]) == (0, [])


def test_people_sign_in_at_a_copy_and_read_and_nothing_that_they_send_is_taken(copy: Home) -> None:
    with copy.browser() as browser:
        wrong = browser.post("/sign-in", data={"login": LOGIN, "password": f"{PASSWORD}?"})
        assert wrong.status_code == 401
        came_in = browser.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
        assert came_in.status_code == 303, came_in.text
        page = browser.get("/cases")
        assert page.status_code == 200 and SUBJECT in page.text and "副本" in page.text
        assert browser.get("/api/v1/cases").status_code == 200
        case = next(case for case in copy.log() if case.endswith("/saved-1"))
        before = copy.timeline("saved-1")
        sent = browser.post(
            f"/api/v1/cases/{case}/commands", json={"do": "add_note", "text": "x", "command_id": str(uuid4())}
        )
        assert (sent.status_code, sent.json()["code"]) == (503, "installation_is_copy"), sent.text
        assert copy.timeline("saved-1") == before
        assert browser.post("/sign-out").status_code == 303 and browser.get("/me").status_code == 303


def test_a_copy_takes_and_sends_nothing_until_the_office_says_that_it_is_live(live: Home, copy: Home) -> None:
    case = next(case for case in copy.log() if case.endswith("/saved-1"))
    there, here = live.log(), copy.timeline("saved-1")
    new = ("--name", "新厂", "--id", "new-1", "--by", INSPECTOR, "--district", "650203", "--sector", "fireworks")
    for told in (
        copy.do("saved-1", "add_note", text="x"),
        copy.do("saved-1", "add_note", "--signal", text="x"),
        copy.run("case", "open", *new),
        copy.run("subject", "add", *new),
        copy.run("schedule", "run", "remind"),
        copy.run("workflow", "restart", "saved-1"),
        copy.run("bulk", "note", "--text", "x", "--by", OFFICE),
    ):  # fmt: skip
        assert (told.code, told.problem["code"]) == (1, "installation_is_copy"), told
    asyncio.run(_let_a_timer_fire(copy, case, timedelta(days=60)))
    assert copy.timeline("saved-1") == here
    assert copy.run("db", "live", "--by", INSPECTOR).problem["code"] == "role_not_permitted"

    said = copy.run("db", "live", "--by", OFFICE, "--note", "drill")
    assert (said.code, said.json["new"], said.json["state"], said.json["by"]) == (0, True, "live", OFFICE)
    eventually(lambda: "deadline_passed" in copy.timeline("saved-1"))
    eventually(lambda: copy.asked("/readyz")[0] == 200)
    for goes_on in ("saved-2", "saved-3"):  # one that was written to while it was saved may lag: its next step tells it
        assert copy.do(goes_on, "add_note", text="goes on").code == 0
    assert copy.run("subject", "add", *new).code == 0
    assert "副本" not in copy.asked("/cases")[1]
    verified = copy.run("readmodel", "verify")
    assert (verified.code, verified.json["differences"]) == (0, [])
    [noted] = copy.run("audit", "list", "--kind", "declared_live").json["lines"]
    assert noted["by"]["role"] == "office"
    assert [line["file"] for line in live.run("audit", "list", "--kind", "exported").json["lines"]] == ["one"]
    again = copy.run("db", "live", "--by", OFFICE)
    assert (again.code, again.json["new"], again.json["note"]) == (0, False, "drill")

    assert live.log() == there
    assert live.run("readmodel", "verify").json["differences"] == []


async def _let_a_timer_fire(home: Home, case: str, long: timedelta) -> None:
    """Move the clock of the case as Temporal has it, which nobody holds back: its timer fires, for nobody to see."""
    found = home.services()
    client = await found.temporal()
    found.close()
    handle = client.get_workflow_handle(case)
    moving = asyncio.create_task(TimeSkipper(client).fast_forward(handle, long))
    async with asyncio.timeout(60):
        while not _has_fired(await handle.fetch_history()):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)
    moving.cancel()  # it would wait for the worker that there is not
    await asyncio.gather(moving, return_exceptions=True)


def _has_fired(history: WorkflowHistory) -> bool:
    return any(event.HasField("timer_fired_event_attributes") for event in history.events)
