"""Administration in the browser: who sees what, schedules, jobs, the audit log as a file."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from temporalio.client import Client

from desk import people as of_people
from desk.bulk import order_all, remind
from desk.tokens import issue
from engine.claims import console, speaking
from engine.connection import Services
from engine.operator import operator
from engine.schedules import Planned, planned
from models.actors import Actor
from models.jobs import ItemResult, Job
from serving.health import QUEUES
from serving.problems import Trouble
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.jobs import items, job_of, keep_result
from store.people import people
from store.worker_beats import Beat, beat
from tests.cast import HERE, INSPECTOR, SUPERVISOR, actor
from tests.people import member
from tests.web.seats import Desk, noted, seated
from tests.web.serve import served
from tests.web.visitor import Visitor

ADMIN, AUDITOR, OFFICE = "admin:管理员@650200", "auditor:审计@650200", "office:周主任@650200"
REGULATOR = "regulator:行业@650200/road_transport"
PAGES = ("/admin/health", "/admin/jobs", "/admin/schedules", "/admin/tokens", "/admin/audit")
SEEN_BY = {ADMIN: PAGES[:4], AUDITOR: (*PAGES[:3], PAGES[4]), OFFICE: PAGES[:3]}


@pytest.fixture
async def desk(site: str, services: Services) -> AsyncIterator[Desk]:
    """The site on the test's own database, without workers."""
    async with seated(site, services) as found:
        yield found


def ordered(services: Services, town: Campaign) -> Job:
    """An order over some cases, of which two rows have ended, one of them badly."""
    who = actor("supervisor:王局长@650203")
    with speaking(console()):
        job = order_all(services.engine, services.signer, town, who, "remind", remind(who, "x"), district="650203")
    for item, state in zip(items(services.engine, job.job_id), ("done", "failed"), strict=False):
        case_id: Any = getattr(item.body, "case_id", None)
        result = {"state": state, "case_id": case_id, "code": "no_such", "zh": "某原因", "en": "some reason"}
        keep_result(services.engine, job.job_id, item.number, ItemResult.model_validate(result))
    return job


async def test_each_sees_the_pages_of_the_own_deeds_and_no_other(desk: Desk, campaign: Campaign) -> None:
    for who in (ADMIN, AUDITOR, OFFICE, SUPERVISOR):
        visitor, seen = desk.seat(who), SEEN_BY.get(who, ())
        for path in PAGES:
            text = await visitor.see(path, 200 if path in seen else 403)
            links = set(re.findall(r'href="(/admin/\w+)"', text.partition('class="tabs')[2].partition("</nav>")[0]))
            assert links == (set(seen) if path in seen else set()), (who, path)
        shown = 'href="/admin"' in await visitor.see("/me")
        assert shown is bool(seen), who


async def test_what_is_refused_leaves_a_line_and_a_look_leaves_none(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    office = desk.seat(OFFICE)
    tried = {
        "/admin/tokens/new": "manage_tokens",
        "/admin/schedules/verify/do/pause": "maintain",
        "/self-inspection": "self_inspect",
    }
    for path, deed in tried.items():
        assert (await office.client.post(path, data={"command_id": "x"})).status_code == 403, path
        line = noted(services, "command_refused")
        assert (line.facts["deed"], line.by.role, line.outcome) == (deed, "office", "refused"), path
    assert (await desk.seat(SUPERVISOR).client.post("/campaigns/new")).status_code == 403
    assert noted(services, "command_refused").facts["deed"] == "open_cases"
    await office.see("/admin/tokens/new", 403)
    assert len(audit_page(services.engine, AuditFilter(kind="command_refused"), 9)) == 4


async def test_a_schedule_is_paused_with_a_reason_run_and_resumed(
    desk: Desk, campaign: Campaign, services: Services, schedules: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(client: Client) -> list[Planned]:
        since = datetime(2027, 6, 3, 1, tzinfo=UTC)
        return [p._replace(failing_since=since if p.chore == "verify" else None) for p in await planned(client)]

    there = Services(services.endpoints.model_copy(update={"namespace": schedules.namespace}))
    here = "/admin/schedules/remind/do"
    with served(there, ready=False) as site:
        admin = Visitor(site, services, ADMIN)
        assert (await admin.send(f"{here}/pause", {})).status_code == 422, "without a reason"
        await admin.act(f"{here}/pause", reason="搬迁")
        shown = await admin.see("/admin/schedules?done=pause&of=remind")
        assert "Done: Pause: reminder ladder" in shown, "which of them"
        assert "搬迁" in shown and "paused" in shown, "who may not open the audit log is told why, too"
        assert "paused or not registered: reminder ladder<" in await admin.see("/admin/health")
        facts = {"schedule": "remind", "what": "pause", "reason": "搬迁"}
        assert noted(services, "schedule_changed").facts == facts
        described = await schedules.get_schedule_handle("housekeeping-remind").describe()
        assert described.schedule.state.note == "the audit log says why", "Temporal keeps notes in the clear"
        again = await admin.send(f"{here}/pause", {"reason": "again"})
        assert again.status_code == 409 and "“reminder ladder” is paused already" in again.text
        assert noted(services, "schedule_changed").facts == facts, "nothing was done, and nothing is logged"
        await admin.act(f"{here}/resume", reason="搬迁结束")
        assert (await admin.send(f"{here}/resume", {"reason": "again"})).status_code == 409
        assert [p.paused for p in await planned(schedules)] == [False] * 5
        await admin.act(f"{here}/run")
        assert noted(services, "schedule_changed").facts["what"] == "run"
        await admin.see("/admin/schedules/nothing/do/run", 404)
        monkeypatch.setattr("web.admin.schedules.planned", failing)
        rows = re.findall(r"<tr>.*?</tr>", await admin.see("/admin/schedules"), re.DOTALL)
        assert ["fails again and again since 2027-06-03 09:00" in row for row in rows if "verify" in row] == [True]
        assert sum("fails again" in row for row in rows) == 1
        await admin.client.aclose()
    there.close()
    await desk.seat(OFFICE).see(f"{here}/run", 403)


async def test_a_job_is_stopped_and_tried_again(desk: Desk, town: Campaign, services: Services) -> None:
    job, admin = ordered(services, town), desk.seat(ADMIN)
    here = f"/admin/jobs/{job.job_id}"
    await admin.act(f"{here}/do/stop")
    found = job_of(services.engine, job.job_id)
    assert found is not None and (found.state, found.failed) == ("stopped", 1)
    assert noted(services, "order_ended").by.role == "admin"
    await admin.act(f"{here}/do/retry")
    found = job_of(services.engine, job.job_id)
    assert found is not None and (found.state, found.failed) == ("running", 0)


async def test_whoever_reads_no_cases_sees_no_row_of_a_job_by_name(
    desk: Desk, town: Campaign, services: Services
) -> None:
    job = ordered(services, town)
    case = items(services.engine, job.job_id, limit=2)[1]
    here = f"/admin/jobs/{job.job_id}"
    of_admin, of_auditor = await desk.seat(ADMIN).see(here), await desk.seat(AUDITOR).see(here)
    assert case.label in of_auditor and "some reason" in of_auditor and "no_such" in of_auditor
    assert case.label not in of_admin and "some reason" not in of_admin and "case/" not in of_admin
    assert "no_such" in of_admin, "the code alone"
    assert "<td" in await desk.seat(AUDITOR).see(f"{here}?row=failed") and job.job_id in await desk.seat(OFFICE).see(
        "/admin/jobs?kind=commands&state=running"
    )


async def test_health_names_every_part_and_its_workers(desk: Desk, campaign: Campaign, services: Services) -> None:
    for queue in QUEUES[:3]:
        beat(services.engine, Beat(queue=queue, host="h", pid=1, version="v9"))
    admin = desk.seat(ADMIN)
    text = await admin.see("/admin/health")
    assert text.count("part-bad") == 1 and text.count("v9") == 3 and text.count("no worker") == 1
    assert 'hx-get="/admin/health?again=59"' in text, "it asks again"
    assert "hx-get" not in await admin.see("/admin/health?again=0"), "and not for ever"


async def test_without_temporal_pages_say_so_and_nothing_is_an_error(services: Services, campaign: Campaign) -> None:
    gone = Services(services.endpoints.model_copy(update={"temporal_address": "127.0.0.1:9"}))
    with served(gone, ready=False) as site:
        admin = Visitor(site, services, ADMIN)
        assert "Temporal does not answer" in await admin.see("/admin/schedules")
        text = await admin.see("/admin/health")
        assert "Service of running cases (Temporal)" in text and text.count("part-bad") == 5
        told = await admin.send("/admin/schedules/remind/do/run", {})
        assert told.status_code == 503 and "Temporal does not answer" in told.text and "<form" in told.text
        await admin.client.aclose()
    gone.close()


async def test_the_audit_log_by_kind_person_and_day_and_as_a_file(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    who = Actor.model_validate(actor(INSPECTOR))
    issue(services.engine, services.home, who, datetime.now(UTC) + timedelta(days=1), label="=1+1")
    auditor = desk.seat(AUDITOR)
    today = datetime.now(UTC).date()
    assert "permission given" in await auditor.see(f"/admin/audit?since={today - timedelta(days=1)}")
    assert "No line fits" in await auditor.see("/admin/audit?until=2020-01-01")
    assert "No line fits" in await auditor.see("/admin/audit?who=nobody-of-that-name")
    by_name = await auditor.see("/admin/audit?kind=sign_in&who=审计")
    assert by_name.count('class="lead') == 1
    for wrong in ("since=yesterday", "since=0001-01-01", "until=9999-12-31"):
        for path in ("/admin/audit", "/admin/audit/export"):
            assert wrong.partition("=")[0] in await auditor.see(f"{path}?{wrong}", 422)
    told = await auditor.client.get("/admin/audit/export?kind=permission_given&lang=zh")
    assert told.headers["content-disposition"].startswith("attachment; filename=audit.csv")
    assert quote("审计日志 ") in told.headers["content-disposition"], "by its name, and the day"
    rows = list(csv.reader(io.StringIO(told.text.lstrip("\ufeff"))))
    lines = audit_page(services.engine, AuditFilter(kind="permission_given"), 100)
    assert [row[0] for row in rows[1:]] == [str(line.seq) for line in lines], "exactly what is shown"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    line = noted(services, "exported")
    assert line.facts == {"what": "audit", "kind": "permission_given", "rows": len(lines)} and line.by.role == "auditor"
    assert told.headers["cache-control"] == "no-store"


async def test_the_log_is_asked_by_a_name_that_several_have_and_tells_names_and_posts(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    auditor, admin = desk.seat(AUDITOR), desk.seat(ADMIN)
    two = [member(services, post) for post in (f"inspector:王五@{HERE}", "inspector:王五@650202")]
    desk.seat(f"supervisor:李四@{HERE}")
    now = datetime.now(UTC)
    holder = next(p for p in people(services.engine) if p.name == "李四")
    post = holder.posts[0].post_id
    of_people.delegate(services.engine, operator(), post, two[0].person_id, now, now + timedelta(days=1))
    shown = await auditor.see("/admin/audit?who=王五")
    assert all(f"who={one.account_id}" in shown for one in two), "both have set a password"
    assert all(f">王五（{one.login}）</a>" in shown for one in two), "by name and login, not by account"
    for said in ("holder of the post: 李四", "role: supervisor", "until: ", "Karamay"):
        assert said in shown, said
    login = await auditor.see(f"/admin/audit?who={two[1].login}")
    assert two[1].person_id in login or (two[1].account_id in login and two[0].account_id not in login)
    assert "supervisor" in await auditor.see("/admin/audit?kind=sign_in"), "a sign-in tells the post"
    wrong = await auditor.see("/admin/audit?since=2027-02-01&until=2027-01-01", 422)
    assert 'id="wrong-until"' in wrong and "No line fits" not in wrong
    assert await admin.see("/admin/audit", 403)


async def test_a_link_on_another_page_exports_nothing_in_the_name_of_who_follows_it(
    desk: Desk, campaign: Campaign, services: Services
) -> None:
    auditor = desk.seat(AUDITOR)
    followed = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    del auditor.client.headers["Origin"]
    for path in ("/admin/audit/export", "/cases/export", "/ledgers/export"):
        for site in ("cross-site", "same-site"):
            told = await auditor.client.get(path, headers={**followed, "Sec-Fetch-Site": site})
            assert told.status_code == 403, (path, site)
    assert audit_page(services.engine, AuditFilter(kind="exported"), 1) == ()
    told = await auditor.client.get("/admin/audit/export", headers={**followed, "Sec-Fetch-Site": "same-origin"})
    assert told.status_code == 200


async def test_an_audit_file_that_fails_half_way_is_noted(
    desk: Desk, campaign: Campaign, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise Trouble(503, "files_unavailable", "磁盘已满", "the disk is full")

    auditor = desk.seat(AUDITOR)
    monkeypatch.setattr("web.admin.audit._cells", broken)
    await auditor.see("/admin/audit/export", 503)
    assert [line.outcome for line in audit_page(services.engine, AuditFilter(kind="exported"), 9)] == ["failed", "done"]


async def test_what_asks_for_a_proof_asks_for_it(desk: Desk, campaign: Campaign, superuser: Any) -> None:
    admin = desk.seat(ADMIN)
    superuser.execute("UPDATE sessions SET proven_at = proven_at - interval '1 hour'")
    for path in ("/admin/tokens/new", "/admin/schedules/remind/do/run"):
        told = await admin.client.get(path)
        assert told.status_code == 303 and told.headers["location"].startswith("/prove?"), path
        assert (await admin.client.post(path, data={"command_id": "x"})).status_code == 403
    assert (await admin.client.get("/admin/tokens")).status_code == 200
