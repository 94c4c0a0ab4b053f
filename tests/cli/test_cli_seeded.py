"""Personal data that came in by the doors lies in the tables that are listed here, and nowhere else."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pyotp.totp import TOTP
from temporalio.client import Client

from embedded.databases import Login
from embedded.passwords import passwords_of
from embedded.postgres import SUPERUSER
from embedded.settings import StackSettings
from embedded.temporal_access import connect_temporal
from engine.connection import Services
from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import Ran, invoke

PHONE, PERSON, OFFICIAL, ASSIGNEE = "13812340987", "种子责任人甲", "种子检查员乙", "种子整改人丙"
FINDING, LEDGER_FINDING, NOTE, SUBJECT = "种子问题丁：库门堵塞", "种子问题戊：灭火器过期", "种子备注己", "种子工厂庚"
PASSWORD, LOGIN = "seeded-Correct-horse-9", "seeded-login-辛"
BY, OFFICE = f"inspector:{OFFICIAL}@650203", "office:钱@650200"
CASE_ROWS = {"case_log", "job_items"}
WHERE: dict[str, set[str]] = {
    PHONE: set(),
    PASSWORD: set(),
    PERSON: {"responsible_persons", "subject_changes"},
    OFFICIAL: {"case_log", "persons", "subject_changes", "cases", "inbox", "outbox", "jobs", "job_items", "audit_log"},
    ASSIGNEE: {"findings", "musts", *CASE_ROWS},
    FINDING: {"findings", *CASE_ROWS},
    LEDGER_FINDING: {"findings", *CASE_ROWS},
    NOTE: CASE_ROWS,
    SUBJECT: {"subjects", "subject_changes", "cases", *CASE_ROWS},
    LOGIN: {"accounts", "failed_sign_ins"},
}
"""Every table of ours in which each may stand. A name in the audit log is of somebody who has no id."""


class Seeded:
    """The installation after the work of a day; `secrets` are those that it made itself."""

    def __init__(self, home: Path, secrets: list[str], backup: Path, told: list[str]) -> None:
        self.home, self.backup, self.told, self.secrets = home, backup, told, secrets

    @property
    def words(self) -> list[str]:
        """All that is looked for."""
        return [*WHERE, *self.secrets]

    def found_in(self, held: bytes) -> list[str]:
        """Which of them stand there, plainly or as the escapes of JSON."""
        forms = {w: {w.encode(), json.dumps(w)[1:-1].encode()} for w in self.words}
        return [word for word, written in forms.items() if any(form in held for form in written)]


def done(*args: str, stdin: str | None = None) -> Ran:
    """A verb that succeeds."""
    ran = invoke(*args, "--json", stdin=stdin)
    assert ran.code == 0, ran
    return ran


@pytest.fixture(scope="module")
def seeded(cli_home: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Somebody is added and signs in with codes; a case is worked on; ledger, order, backup."""
    folder = tmp_path_factory.mktemp("seeded")
    (folder / "backup.key").write_text("a passphrase that is long enough\n")
    with pytest.MonkeyPatch.context() as patch:
        work_in({**cli_home.env, "RECTIFY_BACKUP_KEY": str(folder / "backup.key")}, patch)
        home = Path(cli_home.env["RECTIFY_HOME"])
        url = json.loads((home / "endpoints.json").read_text())["web_url"]
        secrets, told = signed_in(url)
        work(folder)
        done("db", "backup", str(folder / "backups"))
        told += [httpx.get(f"{url}{path}", timeout=30).text for path in ("/metrics", "/readyz", "/healthz")]
        yield Seeded(home, secrets, folder / "backups", told)


def signed_in(url: str) -> tuple[list[str], list[str]]:
    """An official follows the link, sets a password, signs in, takes up codes; what the installation made for that."""
    link = done("user", "add", OFFICIAL, "inspector@650203", "--login", LOGIN).json["link"]
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as browser:
        path = httpx.URL(link).path
        assert browser.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
        assert browser.post("/sign-in", data={"login": LOGIN, "password": f"{PASSWORD}?"}).status_code == 401
        assert browser.post("/sign-in", data={"login": LOGIN, "password": PASSWORD}).status_code == 303
        offered = browser.get("/me/codes").text
        secret = re.search(r'<b class="mono">([A-Z2-7]{32})</b>', offered)
        sealed = re.search(r'name="sealed" value="([^"]+)"', offered)
        assert secret and sealed
        code = TOTP(secret[1]).at(datetime.now(UTC))
        assert browser.post("/me/codes", data={"sealed": sealed[1], "code": code}).status_code == 303
        assert browser.get("/cases", params={"q": SUBJECT}).status_code == 200
        cookies = [str(value) for value in browser.cookies.values()]
    return [secret[1], path.rsplit("/", 1)[1], *cookies], []


def work(folder: Path) -> None:
    """Register, case, signal, ledger, order over many."""
    of = ("--name", SUBJECT, "--district", "650203", "--sector", "fireworks")
    done("subject", "add", *of, "--id", "seeded-1", "--by", BY)
    done("subject", "person", "seeded-1", "--name", PERSON, "--phone", PHONE, "--by", BY)
    assert PHONE in done("subject", "show", "seeded-1", "--phones-for", BY).out
    done("case", "open", *of, "--id", "seeded-1", "--by", BY)
    finding = {"ref": "a", "category": "H05", "grade": "general", "description": FINDING}
    assigned = [{"ref": "a", "responsible": ASSIGNEE}]
    for what, fields in (("record_findings", {"findings": [finding]}), ("register", {"assignments": assigned})):
        done("case", "do", "seeded-1", "-", stdin=json.dumps({"do": what, "by": BY, **fields}))
    refused = invoke(
        "case", "do", "seeded-1", "-", "--json", stdin=json.dumps({"do": "void", "by": BY, "reason": NOTE})
    )
    assert refused.code == 1
    done("case", "do", "seeded-1", "-", "--signal", stdin=json.dumps({"do": "add_note", "by": BY, "text": NOTE}))
    ledger = folder / "ledger.csv"
    ledger.write_text(
        f"{LEDGER}\n{SUBJECT}辛,克拉玛依区,消防安全,{datetime.now(UTC):%Y-%m-%d},H05,一般,{LEDGER_FINDING},{ASSIGNEE}\n"
    )
    told = done("ledger", "import", str(ledger), "--by", BY).json
    assert told["done"] == 1, told
    done("bulk", "note", "--by", OFFICE, "--text", NOTE, "--sector", "fireworks")


LEDGER = "单位名称,所属区,行业领域,检查日期,隐患类别,隐患级别,问题描述,整改责任人"


def test_each_lies_in_the_tables_that_are_listed_and_in_no_other(seeded: Seeded) -> None:
    owner, tables = Login.of_url(services(seeded).endpoints.database_url), dict[str, set[str]]()
    for table, held in rows_of(owner):
        for word in seeded.found_in(held):
            tables.setdefault(word, set()).add(table)
    assert {w: t - WHERE.get(w, set()) for w, t in tables.items() if t - WHERE.get(w, set())} == {}
    seen = {word for word in WHERE if WHERE[word]}
    assert seen <= set(tables), "each came in by its door"


async def test_temporal_holds_none_of_them(seeded: Seeded) -> None:
    found = services(seeded)
    client: Client = await connect_temporal(found.endpoints.temporal)  # without our codec: bytes as they lie there
    seen = 0
    async for run in client.list_workflows(page_size=500):
        seen += 1
        assert seeded.found_in(run.raw_info.SerializeToString()) == [], run.id
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        assert seeded.found_in(b"".join(event.SerializeToString() for event in history.events)) == [], run.id
    assert seen > 3
    held = list(temporal_bytes(seeded))
    assert any(b"/seeded-1" in one for one in held), "the case is among what is looked through"
    for one in held:
        assert seeded.found_in(one) == []


def test_backups_logs_names_of_files_and_what_is_measured_hold_none_of_them(seeded: Seeded) -> None:
    for told in seeded.told:
        assert seeded.found_in(told.encode()) == []
    assert "rectify" in seeded.told[0]
    files = [file for file in seeded.backup.rglob("*") if file.is_file()]
    assert len(files) > 3
    for file in files:
        assert seeded.found_in(file.read_bytes()) == [], file.name
    logs = [file for file in seeded.home.rglob("*.log") if file.is_file()]
    assert any(b"recorded" in file.read_bytes() for file in logs), "the log of the workers is among them"
    for file in logs:
        assert seeded.found_in(file.read_bytes()) == [], file.name
    for file in seeded.home.rglob("*"):
        assert seeded.found_in(str(file).encode()) == []


def services(of: Seeded) -> Services:
    """Those of the home."""
    return Services.here(StackSettings(home=of.home))


def rows_of(login: Login) -> Iterator[tuple[str, bytes]]:
    """Every table of a database with its rows as bytes, nothing of them escaped."""
    with login.connect() as connection:
        named = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for whole, name in named:
            with connection.cursor().copy(f"COPY {whole} TO STDOUT (FORMAT BINARY)".encode()) as rows:
                yield name, b"".join(bytes(piece) for piece in rows)


def temporal_bytes(of: Seeded) -> Iterator[bytes]:
    """All that Temporal's own databases hold."""
    trial = list(of.home.rglob("trial.sqlite*"))
    yield from (file.read_bytes() for file in trial)
    if not trial:
        owner = Login.of_url(services(of).endpoints.database_url)
        admin = owner.as_role(SUPERUSER, passwords_of(of.home).superuser)
        for database in ("temporal", "temporal_visibility"):
            yield from (held for _, held in rows_of(admin.to(database)))
