"""What the ledger centre refuses: files that are no ledgers, what is another's, posts that may not (3.1.ledger)."""

import zipfile
from datetime import date, timedelta
from io import BytesIO

import httpx
import pytest
from sqlalchemy import text

from engine.connection import Services
from models.actors import Actor, parse_actor
from models.jobs import Job, LedgerRow
from store.campaigns import Campaign
from store.jobs import create_job
from tests.web.conftest import AtLedgers
from tests.web.ledger_desk import INSPECTOR, OFFICE, SUPERVISOR, row, workbook
from web.ledgers import sending

pytestmark = pytest.mark.clause("3.1.ledger")


def bomb() -> bytes:
    """A workbook whose sheet unpacks to half a gigabyte of nothing."""
    packed = BytesIO(workbook(row("甲厂")))
    out = BytesIO()
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, b" " * 600_000_000 if name.endswith("sheet1.xml") else before.read(name))
    return out.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["empty", "nothing", "no header", "bomb", "locked"])
async def test_what_is_no_ledger_is_told_in_a_sentence(at_ledgers: AtLedgers, kind: str, lang: str) -> None:
    inspector = at_ledgers(INSPECTOR, lang=lang)
    content = {
        "empty": b"",
        "nothing": b"%PDF-1.7\n" + b"\x00" * 1000,
        "no header": workbook(["甲", "乙"], header=["名称", "说明"]),
        "bomb": bomb(),
        "locked": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000,
    }[kind]
    told = await inspector.send(content)
    page = await inspector.client.get(told.headers["location"]) if told.status_code == 303 else told
    assert page.status_code == (200 if kind == "no header" else 422)
    assert 'role="alert"' in page.text or "表头" in page.text or "header" in page.text
    assert "Traceback" not in page.text and f'action="{told.headers["location"]}/apply"' not in page.text
    if kind not in ("no header",):
        told = await inspector.client.get(f"{told.headers['location']}/annotated")
        assert told.status_code == 422 and "Traceback" not in told.text


async def test_a_file_that_is_too_large_is_told_on_the_form(
    at_ledgers: AtLedgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LARGEST", 100_000)
    inspector = at_ledgers(INSPECTOR)
    for size in (100_001, 130_000):
        told = await inspector.send(b"x" * size)
        assert told.status_code == 413 and "split it into several files" in told.text and "<form" in told.text
    monkeypatch.setattr(sending, "LARGEST", 50_000_000)


async def test_a_form_that_is_none_is_refused(at_ledgers: AtLedgers) -> None:
    inspector = at_ledgers(INSPECTOR)
    post = inspector.client.post
    assert (await post("/ledgers/new", data={"source": "x"})).status_code == 415
    assert "choose the file" in (await post("/ledgers/new", files={"file": ("", b"")})).text
    told = await post("/ledgers/new", files={"file": ("现场.PNG", "单位名称,存在的问题".encode())})
    assert told.status_code == 415 and "a file of this kind is no ledger" in told.text and "<form" in told.text
    page = await inspector.page(await inspector.check(b"not a ledger", name="a.csv"))
    assert "no header of a ledger" in page and "&#39;&#39;" not in page and 'name="skip_errors"' not in page
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--"):
        told = await post("/ledgers/new", content=body, headers=broken)
        assert 400 <= told.status_code < 500, body
    assert (
        await post("/ledgers/new", content=b"x", headers={"Content-Type": "multipart/form-data"})
    ).status_code == 400
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    told = await post("/ledgers/new", files={"file": ("a.xlsx", b"x")}, headers=foreign)
    assert told.status_code == 403
    check = await inspector.check(workbook(row("甲厂")), name="../..\\C:\\台账.xlsx")
    page = await inspector.page(check)
    assert "台账.xlsx" in page and ".." not in page.partition("<h1>")[2].partition("</div>")[0]
    for wrong in ({"value.about": "[", "value.chosen": "=H09"}, {"value.about": '["a"]', "value.chosen": "=H09"}):
        assert (await post(check, data=wrong)).status_code == 422
    for harmless in ({"closed": "maybe"}, {"column.about": '["", "x"]', "column.chosen": "=nothing"}):
        assert (await post(check, data=harmless)).status_code == 303
    assert (await inspector.page(check)).count("Apply 1 row<") == 1


async def test_anothers_file_is_not_there(at_ledgers: AtLedgers, services: Services) -> None:
    mine, same_post = at_ledgers(INSPECTOR), at_ledgers(INSPECTOR)
    check = await mine.check(workbook(row("甲厂")))
    others = (same_post, at_ledgers(SUPERVISOR), at_ledgers(OFFICE), at_ledgers("inspector:检查员1@650204"))
    for other in others:
        for path in (check, f"{check}/annotated"):
            assert (await other.client.get(path)).status_code == 404, path
        for path in (check, f"{check}/apply", f"{check}/drop"):
            assert (await other.client.post(path, data={"job_id": "x"})).status_code == 404, path
    assert (await mine.client.get(f"{check}/annotated")).content.startswith(b"PK")
    for none in ("x", "0" * 32, "..%2f..%2fkeys", "." * 32):
        assert (await mine.client.get(f"/ledgers/checks/{none}")).status_code == 404, none


def an_import(services: Services, campaign: Campaign, job_id: str, by: str) -> Job:
    return create_job(services.engine, job_id, "import", campaign.campaign_id, by, {"file": f"{job_id}.xlsx"}, [])


async def test_a_foreign_import_is_answered_like_one_that_is_not_there(
    at_ledgers: AtLedgers, services: Services, trial: Campaign
) -> None:
    an_import(services, trial, "job-a", INSPECTOR)
    an_import(services, trial, "job-b", "inspector:检查员2@650204")
    an_import(services, trial, "job-c", f"{INSPECTOR}/fireworks")
    an_import(services, trial, "job-d", "ledger")
    create_job(services.engine, "job-e", "commands", trial.campaign_id, INSPECTOR, {}, [])
    seen = {
        INSPECTOR: {"a"},
        "inspector:检查员9@650203": set[str](),
        SUPERVISOR: {"a", "c"},
        f"{SUPERVISOR}/fireworks": {"c"},
        "supervisor:王科长@650204": {"b"},
        "government:赵区长@650203": {"a", "c"},
        "government:市长@650200": {"a", "b", "c", "d"},
        "regulator:林处@650200/fireworks": set[str](),
        "auditor:审计@650200": {"a", "b", "c", "d"},
        OFFICE: {"a", "b", "c", "d"},
    }
    for post, expected in seen.items():
        reader = at_ledgers(post)
        listed = await reader.page("/ledgers")
        assert {letter for letter in "abcde" if f"job-{letter}.xlsx" in listed} == expected, post
        answers = {x: (await reader.client.get(f"/ledgers/jobs/job-{x}")) for x in "abcdef"}
        assert {x for x, told in answers.items() if told.status_code == 200} == expected, post
        missing = answers["f"].text.replace("job-f", "job")
        for x, told in answers.items():
            if x not in expected:
                assert told.status_code == 404 and told.text.replace(f"job-{x}", "job") == missing, (post, x)


async def test_whoever_may_take_nothing_back_is_refused_and_offered_nothing(
    at_ledgers: AtLedgers, services: Services, trial: Campaign
) -> None:
    an_import(services, trial, "job-a", INSPECTOR)
    auditor, supervisor = at_ledgers("auditor:审计@650200"), at_ledgers(SUPERVISOR)
    day, by = date(2027, 6, 1), Actor.model_validate(parse_actor(INSPECTOR))
    a_row = LedgerRow(sheet="台账", row=2, subject_id="s-x", inspected_on=day, digest="x", by=by)
    with services.engine.begin() as connection:  # done, with a row that could be taken back
        connection.execute(text("UPDATE jobs SET state = 'done', total = 1"))
        connection.execute(
            text(
                "INSERT INTO job_items (job_id, number, label, body, state) "
                "VALUES ('job-a', 1, '台账 2', CAST(:row AS jsonb), 'done')"
            ),
            {"row": a_row.model_dump_json()},
        )
    for other, offered in ((auditor, False), (at_ledgers(OFFICE), False), (supervisor, True)):
        assert ("/undo" in await other.page("/ledgers/jobs/job-a")) == offered
    assert (await auditor.client.get("/ledgers/jobs/job-a/undo")).status_code == 403
    form = {"before": "0", "reason": "x"}
    assert (await auditor.client.post("/ledgers/jobs/job-a/undo", data=form)).status_code == 403
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET state = 'running'"))
    still = await supervisor.client.post("/ledgers/jobs/job-a/undo", data=form)
    assert still.status_code == 409 and "running" in still.text and 'value="0"' in still.text
    empty = await supervisor.client.post("/ledgers/jobs/job-a/undo", data={**form, "reason": " "})
    assert empty.status_code == 422 and "write why" in empty.text


async def test_whoever_takes_back_proves_anew_who_it_is(
    at_ledgers: AtLedgers, services: Services, trial: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_import(services, trial, "job-a", INSPECTOR)
    supervisor = at_ledgers(SUPERVISOR)
    monkeypatch.setattr("serving.actors.PROVEN_WITHIN", timedelta(seconds=-1))
    told: httpx.Response = await supervisor.client.get("/ledgers/jobs/job-a/undo")
    assert told.status_code == 303 and told.headers["location"].startswith("/prove?next=")
    assert "undoing an import" in (await supervisor.client.get(told.headers["location"])).text, (
        "not by a deed that it is made of"
    )
    told = await supervisor.client.post("/ledgers/jobs/job-a/undo", data={"before": "0", "reason": "错报"})
    assert told.status_code == 403 and "undoing an import" in told.text and "错报" in told.text


async def test_for_whoever_speaks_for_a_subject_there_is_no_centre(at_ledgers: AtLedgers, services: Services) -> None:
    enterprise = at_ledgers("enterprise:王芳@650203", subject="s-1")
    for path in ("/ledgers", "/ledgers/new", "/ledgers/template", "/ledgers/export", "/ledgers/jobs/x"):
        assert (await enterprise.client.get(path)).status_code == 404, path
    assert (await enterprise.send(workbook(row("甲厂")))).status_code == 404
    assert 'href="/ledgers' not in (await enterprise.client.get("/cases")).text
