"""Two versions over one installation, and an inspector who works over HTTP meanwhile; each try is written down.

    python -m tests.deploy.rollout CALLS [ID …]

audits what a file of calls says against the record and the running cases of the home in RECTIFY_HOME, in the words of
the version that runs it, and prints what does not agree. In the named cases a device wrote too.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from pydantic import BaseModel

from embedded.ports import free_port
from embedded.settings import StackSettings
from engine.connection import Services
from engine.hand_in import Answer
from models.commands import COMMAND
from models.refusals import Refused
from models.wire import Receipt
from store.worker_beats import living_workers
from tests.cast import HERE, INSPECTOR
from tests.deploy.versions import Version
from tests.durable.auditor import Found, audit
from tests.durable.calls import Calls

Facts = Mapping[str, Any]
MIGRATED = "9001"
NOTE: Facts = {"do": "add_note", "text": "seen"}
ABOUT: Facts = {**NOTE, "refs": ["F1"]}
FOUND: Facts = {
    "do": "record_findings",
    "findings": [{"ref": "F1", "category": "H01", "grade": "general", "description": "seen at F1"}],
}
FILED: Facts = {"do": "register", "assignments": [{"ref": "F1", "responsible": "Sun"}]}
_LATER = {429, 500, 502, 503, 504}
_EVERY = 0.3


class Try(BaseModel):
    """One try of a command, by its facts: another version reads them in its own words. `said`: as the web answered."""

    case_id: str
    facts: dict[str, Any]
    status: int | None
    said: dict[str, Any] = {}

    @property
    def code(self) -> str | None:
        """Of a refusal or a trouble."""
        return self.said.get("code")

    @property
    def answer(self) -> Answer | None:
        """None where nobody took it or refused it."""
        if self.status is None or self.status in _LATER:
            return None
        if self.status == 200:
            told = {name: self.said.get(name) for name in ("case_id", "seq", "stage", "outcome")}
            return Receipt.model_validate({**told, "due_at": self.said.get("due")})
        return Refused(code=self.said["code"], rule="", zh=self.said["zh"], en=self.said["en"])


class Rollout:
    """The version `now` and the one `next`, each with a web of its own; an inspector asks one after the other."""

    def __init__(self, home: Path, campaign: str, token: str, now: Path, then: Path) -> None:
        self.campaign, self.home = campaign, home
        self.now, self.next = Version("now", now, home), Version("next", then, home)
        self.beats = Services.here(StackSettings(home=home))
        self.webs: dict[str, str] = {}
        self.calls, self.made = home.parent / "calls", 0
        limits = httpx.Limits(max_connections=60)
        self.http = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        for version in (self.now, self.next):
            version.stop_all()
        self.beats.close()

    def id(self, subject: str) -> str:
        """Of the subject's case."""
        return f"case/{self.campaign}/{subject}"

    # -- who serves, who works

    async def serve(self, version: Version) -> None:
        """Its pages and API, beside those that are there."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        web = version.start("web", RECTIFY_WEB_PORT=str(port))

        def answers() -> bool:
            assert web.poll() is None, version.log("web").read_text()[-2000:]
            try:
                return httpx.get(f"{address}/healthz", timeout=5).status_code == 200
            except httpx.HTTPError:
                return False

        await until(answers)
        self.webs[version.name] = address

    async def work(self, *versions: Version, queue: str = "cases") -> None:
        """Exactly these work on cases: they are there before the others stop."""
        started = {v.name: v.running.get(f"worker {queue}") or v.start("worker", queue) for v in versions}

        def at_work() -> bool:
            for name, worker in started.items():
                assert worker.poll() is None, f"{name} has ended: {worker.returncode}"
            return {worker.pid for worker in started.values()} <= {
                beat.pid for beat in living_workers(self.beats.engine)
            }

        await until(at_work)
        for version in (self.now, self.next):
            if version not in versions and f"worker {queue}" in version.running:
                await asyncio.to_thread(version.stop, f"worker {queue}")

    async def says(self, version: Version, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """A verb of that version, to its end."""
        return await asyncio.to_thread(version.says, *words, stdin=stdin)

    async def migrated(self, version: Version) -> dict[str, Any]:
        """What its migration answers."""
        told = await self.says(version, "db", "migrate", "--json")
        return json.loads(told.stdout)

    async def replayed(self, version: Version) -> list[dict[str, str]]:
        """Which running cases do not replay under it."""
        told = await self.says(version, "workflow", "replay", "--json")
        assert told.stdout.startswith("{"), told
        return json.loads(told.stdout)["failures"]

    async def signalled(self, version: Version, subject: str, facts: Facts) -> None:
        """As a device, in that version's words."""
        given = json.dumps({**facts, "by": INSPECTOR})
        told = await self.says(version, "case", "do", self.id(subject), "-", "--signal", "--json", stdin=given)
        assert told.returncode == 0, told

    async def audited(self, version: Version, others: Collection[str] = ()) -> list[list[str]]:
        """What does not agree, as that version understands the record; `others`: cases that devices wrote to."""
        ids = [self.id(subject) for subject in others]
        told = await asyncio.to_thread(version.says, str(self.calls), *ids, module="tests.deploy.rollout", within=600)
        assert told.returncode == 0, told.stderr[-4000:]
        return json.loads(told.stdout)

    # -- the inspector

    async def begun(self, subject: str) -> None:
        """A case with a note that is about no finding, and a finding that is filed."""
        opening = {"do": "open", "subject": {"id": subject, "name": f"Works {subject}", "district": HERE}}
        await self.insist(subject, opening)
        for facts in (NOTE, FOUND, FILED):
            await self.insist(subject, facts)

    async def insist(self, subject: str, facts: Facts, of: Sequence[str] = (), within: float = 240) -> Try:
        """The same command_id again and again, at one web after the other, until somebody answers: with a receipt."""
        facts, names = {"command_id": str(uuid4()), **facts}, list(of or self.webs)
        deadline, turn = time.monotonic() + within, self.made
        while (told := await self.once(names[turn % len(names)], subject, facts)).answer is None:
            assert time.monotonic() < deadline, f"{subject}: nobody takes {facts['do']} in {within} s: {told}"
            await asyncio.sleep(_EVERY)
            turn += 1
        assert told.status == 200, told
        return told

    async def once(self, web: str, subject: str, facts: Facts) -> Try:
        """One try at the web of that version, written down."""
        case_id, facts = self.id(subject), {"command_id": str(uuid4()), **facts}
        where = f"{self.webs[web]}/api/v1/cases" + ("" if facts["do"] == "open" else f"/{case_id}/commands")
        about = {"campaign": self.campaign} if facts["do"] == "open" else {}
        told = Try(case_id=case_id, facts=facts, status=None)
        self.made += 1
        try:
            sent = await self.http.post(where, json={**facts, **about})
            told = told.model_copy(update={"status": sent.status_code, "said": sent.json()})
        except (httpx.HTTPError, ValueError):  # it went away
            pass
        with self.calls.open("a", encoding="utf-8") as file:
            file.write(told.model_dump_json() + "\n")
        return told

    async def read(self, web: str, subject: str) -> httpx.Response:
        """The case, as that version shows it."""
        return await self.http.get(f"{self.webs[web]}/api/v1/cases/{self.id(subject)}")


async def until(holds: Callable[[], bool], within: float = 240) -> None:
    """Until it holds; the bound is for a machine that is busy."""
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, f"not so within {within} s"
        await asyncio.sleep(0.1)


def noted(calls: Path) -> Calls:
    """What was asked, in this version's words."""
    found = Calls()
    for line in calls.read_text(encoding="utf-8").splitlines():
        told = Try.model_validate_json(line)
        found.note(told.case_id, COMMAND.validate_python({**told.facts, "by": INSPECTOR}), told.answer)
    return found


async def _audit(calls: Path, others: Collection[str]) -> list[Found]:
    services = Services.here(StackSettings())
    try:
        found = await audit(await services.temporal(), services.engine, noted(calls))
        return [one for one in found if not (one.code == "line_nobody_asked" and one.case_id in others)]
    finally:
        services.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_audit(Path(sys.argv[1]), sys.argv[2:]))))  # noqa: T201 -- what it is asked for
