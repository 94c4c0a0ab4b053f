"""What a page of each kind uses over so many cases; bytes of the rows that files and ledgers leave."""

import time
from datetime import date
from io import BytesIO
from typing import Any

import httpx
from sqlalchemy import text

from bench.meters import Meters, machine, peak
from bench.pages import bearer, fill_with, paths, statements, without_memory
from bench.processes import Running
from bench.stack import shipped_plan
from desk.heads import SignedHeads, leaves_of
from embedded.databases import OURS
from engine.connection import Services
from models.actors import Actor
from models.files import AttachedFile
from models.jobs import LedgerFinding, LedgerRow
from models.register import SubjectFacts
from store.attachments import keep
from store.campaigns import Campaign, add_campaign
from store.jobs import create_job
from tests.web.serve import served

_READ = (
    *("board", "board, due soon", "cases", "cases, part of a name", "cases, overdue", "cases, facets not shown"),
    *("work", "case", "campaign", "figures", "weeks", "api cases", "api case", "metrics"),
)
_COUNTED = ("board", "campaign", "figures", "weeks")
_TIMES, _ANEW = 20, 3
_FORGOTTEN_SECONDS = 2.2
"""After that long the pages count anew (`serving/backing.py`)."""
_ITEMS, _FILES, _LINES = 1000, 200, 3
_LOGS = """INSERT INTO case_log (case_id, seq, command_id, "do", at, body, hash)
SELECT case_id, n, 'sized-' || n, 'add_note', opened_at, '{}', encode(sha256(convert_to(case_id || n, 'UTF8')), 'hex')
FROM cases, generate_series(1, :lines) AS n
WHERE seq = 909 AND NOT EXISTS (SELECT FROM case_log l WHERE l.case_id = cases.case_id)"""
_SUPERVISOR = Actor(role="supervisor", name="王局长", territory="650203")


def pages_at(
    services: Services, processes: Running, rows: int, times: int = _TIMES, anew: int = _ANEW
) -> dict[str, Any]:
    """CPU milliseconds of an official's page in a district and of the office's, statements, bytes sent; rows' bytes."""
    campaign = fill_with(services, add_campaign(services.engine, shipped_plan(), 2027), rows)
    meters, told = Meters(services, processes.started), dict[str, Any](machine=machine())
    office = Actor(role="office", name="市安委办", territory=campaign.plan.city)
    read = _paths(services, campaign)
    for who, actor in {"office": office, "district": _SUPERVISOR}.items():
        headers = bearer(services, actor)
        with httpx.Client(base_url=processes.address, headers=headers, timeout=120) as client:
            told[who] = {name: _page(meters, client, read[name], times) for name in _READ}
        _statements(services, read, headers, told[who])
        with httpx.Client(base_url=processes.address, headers=headers, timeout=120) as client:
            for name in _COUNTED:
                again = _page(meters, client, read[name], anew, pause=True)
                told[who][f"{name}, counted anew"] = again | {"statements": told[who][name]["statements"]}
    told |= _sealed(services, meters)
    told["memory"], told["connections"] = meters.memory(), meters.connections()
    told["bytes"] = _bytes(services, meters, campaign)
    return told


def _page(meters: Meters, client: httpx.Client, path: str, times: int, *, pause: bool = False) -> dict[str, Any]:
    used, sent = dict[str, Any](), 0
    client.get(path).raise_for_status()
    with meters.metered(used, "page", times):
        for _ in range(times):
            if pause:
                time.sleep(_FORGOTTEN_SECONDS)
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text[:300])
            sent += int(answer.headers.get("Content-Length", len(answer.content)))
    cpu = used["page"]["cpu_ms"]
    database = cpu.get("postgres for the record", 0.0) + (0.0 if pause else cpu.get("postgres itself", 0.0))
    return {"web_ms": cpu.get("web", 0.0), "postgres_ms": round(database, 2), "bytes": round(sent / times)}


def _paths(services: Services, campaign: Campaign) -> dict[str, str]:
    """What is asked, by name; the case is one of the district, and the one with the longest log."""
    longest = "SELECT case_id FROM cases WHERE district = :district AND seq < 909 ORDER BY seq DESC, case_id LIMIT 1"
    with services.engine.connect() as connection:
        case_id = connection.execute(text(longest), {"district": _SUPERVISOR.territory}).scalar_one()
    return paths(campaign) | {"case": f"/cases/{case_id}", "api case": f"/api/v1/cases/{case_id}"}


def _statements(services: Services, read: dict[str, str], headers: dict[str, str], told: dict[str, Any]) -> None:
    """How many statements each page sends, to a reader whom nothing is remembered for."""
    asking = httpx.Client(headers=headers, timeout=120)
    with served(services) as address, asking as client, without_memory():
        for name in _READ:
            client.get(f"{address}{read[name]}")
            with statements(services) as sent:
                client.get(f"{address}{read[name]}")
            told[name]["statements"] = len(sent)


def _bytes(services: Services, meters: Meters, campaign: Campaign) -> dict[str, int]:
    """Of a row of a ledger as a job keeps it and of a file's row, with their indexes."""
    before = meters.tables()
    create_job(
        services.engine, "sizing", "import", campaign.campaign_id, str(_SUPERVISOR), {}, map(_item, range(_ITEMS))
    )
    with services.engine.connect() as connection:
        cases = list(connection.execute(text("SELECT case_id FROM cases LIMIT :n"), {"n": _FILES}).scalars())
    for number, case_id in enumerate(cases):
        named = AttachedFile(sha256=f"sha256:{number:064x}", name=f"现场照片{number}.jpg", media="image/jpeg", size=1)
        keep(services.engine, services.files, case_id, named, str(_SUPERVISOR), {"original": BytesIO(b"x")})
    after = meters.tables()
    growth = {name: after[OURS][name]["bytes"] - before[OURS][name]["bytes"] for name in ("job_items", "attachments")}
    return {"ledger_row": growth["job_items"] // _ITEMS, "file_row": growth["attachments"] // len(cases)}


def _sealed(services: Services, meters: Meters) -> dict[str, Any]:
    """The hourly signing of the heads of as many logs: CPU a case, megabytes, bytes a case of the file it writes."""
    told, heads = dict[str, Any](), SignedHeads(services.home / "sized-heads", services.home / "sized-heads.key")
    with services.owner.begin() as connection:
        number = connection.execute(text(_LOGS), {"lines": _LINES}).rowcount // _LINES
    for name in ("sealed first", "sealed"):
        with peak() as seen, meters.metered(told, name, number):
            found = heads.check_and_sign(services.engine)
        assert not found, found[:3]
        told[name]["peak_megabytes"] = seen["megabytes"]
    newest = leaves_of(heads.head_files()[-1])
    return told | {"heads_bytes": round(newest.stat().st_size / number)}


def _item(number: int) -> tuple[str, LedgerRow]:
    name = f"克拉玛依区第{number}号示例生产有限公司"
    facts = SubjectFacts(name=name, code=f"91650203MA{number:07d}X", district="650203", sector="fire_safety")
    found = LedgerFinding(category="H07", grade="general", description="疏散通道堵塞", responsible="整改责任人")
    row = LedgerRow(
        sheet="台账",
        row=number + 4,
        subject_id=f"s-{number:06d}",
        facts=facts,
        inspected_on=date(2027, 6, 1),
        findings=(found,),
        digest=f"sha256:{number:064x}",
        by=_SUPERVISOR,
    )
    return name, row
