"""A job over many rows: a frozen list, each row once however often tried, a result for each, undone where it may."""

import asyncio
import re
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid4, uuid5

import psycopg
import pytest

from activities import work_items
from activities.rows import refs_of_row
from desk.orders import sign_again
from engine.hand_in import open_case, submit
from engine.jobs import run_job
from models.actors import Actor, system
from models.audit import AuditActor
from models.commands import Open, Subject
from models.jobs import CaseCommands, ChangedRow, ItemResult, Job
from models.refusals import Refused
from models.register import SubjectFacts
from models.wire import Receipt
from rules.case.evolve import fold
from rules.case.finding_version import finding_version
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, cases_by_id
from store.case_log import timeline
from store.jobs import create_job, imported_digests, job_of, jobs, keep_result, retry_failed, stop_job
from store.subject_search import find_subject
from store.subjects import add_subject
from store.verify import check_case, fold_case
from tests.cast import COLLEAGUE, HERE, INSPECTOR, SUPERVISOR, actor
from tests.durable.office import command, finding
from tests.durable.works import Works, hazard
from tests.store.paper import on_paper
from workers.imports import imports_worker


@pytest.mark.clause("3.1.ledger")
async def test_rows_become_subjects_cases_findings_and_registrations(works: Works) -> None:
    rows = [
        works.row(3, "a", hazard(responsible="manager"), hazard(category="H07")),
        works.row(4, "b", hazard()),
        works.row(5, "a", hazard(description="blocked exit", category="H08")),
        works.row(6, "c"),
    ]
    results = await works.done(works.job("import", *rows))
    assert [r.state for r in results] == ["done"] * 4
    case = fold_case(works.engine, works.case_of("a")).case
    assert [(f.category, f.state) for f in case.findings] == [
        ("H05", "registered"), ("H07", "recorded"), ("H08", "recorded"),
    ]  # fmt: skip
    assert [t.do for t in timeline(works.engine, case.case_id)] == [
        "open",
        "record_findings",
        "register",
        "record_findings",
    ]
    assert timeline(works.engine, case.case_id)[1].note == "台账 ledger 台账 3, 检查日期 inspected 2026-05-10"
    subject = find_subject(works.engine, "b")
    assert subject is not None and subject.name == "Works b"
    assert fold_case(works.engine, works.case_of("c")).case.findings == (), "nothing found: a case, no finding"
    assert imported_digests(works.engine, works.campaign.campaign_id, ["digest-3", "digest-9"]) == {"digest-3"}


async def test_a_row_that_is_refused_anywhere_takes_no_effect_and_stops_no_other(works: Works) -> None:
    late = (date.today() - timedelta(days=2)).isoformat()
    rows = [
        works.row(1, "a", hazard(category="H99")),
        works.row(2, "b", hazard(responsible="manager", due=late)),
        works.row(3, "far", hazard(), district="650204"),
        works.row(4, "d", hazard()),
    ]
    job = works.job("import", *rows)
    results = await works.done(job)
    assert [(r.state, r.code) for r in results] == [
        ("failed", "unknown_category"), ("failed", "due_not_ahead"), ("failed", "wrong_territory"), ("done", None),
    ]  # fmt: skip
    assert all(r.zh and r.en for r in results if r.state == "failed")
    assert [c.case_id for c in cases_by_id(works.engine, CaseFilter(), 10)] == [works.case_of("d")], (
        "nothing half applied"
    )
    told = job_of(works.engine, job.job_id)
    assert told is not None and (told.total, told.done, told.failed, told.waiting) == (4, 1, 3, 0)


async def test_a_refused_row_names_the_case_that_it_would_have_opened(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a"), works.row(2, "b"), works.row(3, "b-2")))
    for subject in ("a", "b"):
        void = command("void", SUPERVISOR, reason="opened in error")
        assert isinstance(await submit(works.client, works.engine, works.case_of(subject), void), Receipt)
    wrong = (works.row(n, subject, hazard(category="H99")) for n, subject in ((4, "a"), (5, "b"), (6, "new")))
    results = await works.done(works.job("import", *wrong))
    assert [(r.state, r.case_id) for r in results] == [
        ("failed", works.case_of("a-2")),
        ("failed", works.case_of("b-3")),
        ("failed", works.case_of("new")),
    ], "the next one, not the one that is closed"


async def test_a_row_tried_again_after_any_of_its_steps_has_one_effect(works: Works) -> None:
    """As by a worker that died after the step and before it could write down the result."""
    row = works.row(7, "a", hazard(responsible="manager"))
    job = works.job("import", row)
    for _ in range(3):
        result = await works.hand.apply(job, 1, row)
        assert result.state == "done"
    log = timeline(works.engine, works.case_of("a"))
    assert [t.do for t in log] == ["open", "record_findings", "register"]
    assert check_case(works.engine, works.case_of("a")) == []


async def test_the_failed_ones_are_tried_again_and_only_they(works: Works) -> None:
    job = works.job("import", works.row(1, "a", hazard()), works.row(2, "b", hazard(category="H99")))
    await works.done(job)
    assert retry_failed(works.engine, job.job_id, AuditActor(account="os:operator")) == 1
    results = await works.done(job)
    assert [r.state for r in results] == ["done", "failed"]
    assert len(timeline(works.engine, works.case_of("a"))) == 2
    given = audit_page(works.engine, AuditFilter(kind="order_given"), 5)
    assert [(line.facts["what"], line.facts["rows"]) for line in given] == [("retried", 1), ("import", 2)]
    ended = audit_page(works.engine, AuditFilter(kind="order_ended"), 5)
    assert [(line.facts["done"], line.facts["failed"]) for line in ended] == [(1, 1), (1, 1)]
    assert all(str(line.facts["results"]).startswith("sha256:") for line in ended)


async def test_a_job_that_is_stopped_leaves_what_waits_and_keeps_what_is_done(works: Works) -> None:
    job = works.job("import", *(works.row(n, f"s{n}", hazard()) for n in range(1, 5)))
    assert stop_job(works.engine, job.job_id, AuditActor(account="os:operator"))
    await run_job(works.client, job.job_id)
    await asyncio.sleep(0)
    told = job_of(works.engine, job.job_id)
    assert told is not None and (told.state, told.waiting) == ("stopped", 4)
    assert not stop_job(works.engine, job.job_id, AuditActor(account="os:operator"))
    assert [j.job_id for j in jobs(works.engine)] == [job.job_id]


@pytest.mark.parametrize("rows", [1, 2, 4, 5])
async def test_a_job_ends_whatever_its_last_page_holds(
    works: Works, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(work_items, "_PAGE", 2)
    job = works.job("import", *(works.row(n, f"s{n}", hazard()) for n in range(rows)))
    assert [r.state for r in await works.done(job)] == ["done"] * rows
    undone = await works.undone(job)
    assert [r.state for r in undone] == ["done"] * rows, "and what has ended can be undone"


async def test_a_job_that_an_earlier_version_left_running_is_ended_by_the_next_worker(works: Works) -> None:
    forgotten, going_on = (works.job("import", works.row(1, "a"), works.row(2, "b")) for _ in range(2))
    for number in (1, 2):
        keep_result(works.engine, forgotten.job_id, number, ItemResult(state="done", case_id=works.case_of("a")))
    keep_result(works.engine, going_on.job_id, 1, ItemResult(state="done", case_id=works.case_of("a")))
    async with imports_worker(works.client, works.engine, queue=f"imports-{uuid4().hex[:6]}"):
        pass
    ended, other = job_of(works.engine, forgotten.job_id), job_of(works.engine, going_on.job_id)
    assert ended is not None and other is not None
    assert (ended.state, other.state) == ("done", "running")
    assert ended.finished_at is not None and ended.finished_at >= ended.created_at


def test_a_row_keeps_the_refs_that_an_earlier_version_gave_and_takes_no_other_rows(
    works: Works, campaign: Campaign
) -> None:
    name, row = "ledger/karamay-2013-2027/one/0", works.row(1, "a", hazard())
    [number], letters = refs_of_row(name, row, None), uuid5(NAMESPACE_URL, name).hex[:8]

    def refs_in(*refs: str, **more: str) -> list[str]:
        found = command("record_findings", findings=[finding(ref, "H01") for ref in refs], **more)
        log = on_paper(campaign, f"case/{campaign.campaign_id}/a", [("05-10", found)])
        return refs_of_row(name, row, fold(log))

    assert refs_in("F1") == [number]
    assert refs_in(letters) == [letters], "tried again by this version, it is the same"
    assert refs_in(number, command_id=str(uuid5(NAMESPACE_URL, f"rectify/{name}/1"))) == [number], (
        "its own, tried again"
    )
    assert refs_in(number) == [letters], "another row has that number"


async def test_an_import_is_undone_where_nobody_acted_since(works: Works) -> None:
    job = works.job(
        "import",
        works.row(1, "a", hazard(responsible="manager")),
        works.row(2, "b", hazard(responsible="manager")),
        works.row(3, "c", hazard()),
    )
    results = await works.done(job)
    assert all(re.fullmatch(r"L\d{6}", ref) for one in results for ref in one.did["refs"]), "to be read out"
    acted = command("declare_rectified", INSPECTOR, refs=results[1].did["refs"], evidence=["photo"])
    assert isinstance(await submit(works.client, works.engine, works.case_of("b"), acted), Receipt)
    beside = command("record_findings", COLLEAGUE, findings=[finding("F1", "H01")])
    assert isinstance(await submit(works.client, works.engine, works.case_of("c"), beside), Receipt)

    undone = await works.undone(job)
    assert [(r.state, r.code) for r in undone] == [("done", None), ("failed", "decided_since"), ("done", None)]
    assert fold_case(works.engine, works.case_of("a")).case.outcome == "void", "it was nothing but this row"
    assert fold_case(works.engine, works.case_of("b")).case.findings[0].state == "declared"
    c = fold_case(works.engine, works.case_of("c")).case
    assert [f.state for f in c.findings] == ["rescinded", "recorded"] and c.outcome is None
    campaign = works.campaign.campaign_id
    digests = imported_digests(works.engine, campaign, ["digest-1", "digest-2", "digest-3"])
    assert digests == {"digest-2"}, "what was undone may come again"


async def test_a_row_that_comes_back_changed_changes_only_what_is_as_it_was_exported(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a", hazard())))
    case = fold_case(works.engine, works.case_of("a")).case
    [found] = case.findings
    mended = command("correct_finding", ref=found.ref, description="no drill this year")
    f = found
    version = finding_version(f.category, f.grade, f.description, f.responsible, f.due_at, f.state)
    change = ChangedRow(sheet="台账", row=2, case_id=case.case_id, ref=found.ref, version=version, commands=(mended,))
    job = works.job("import", change)
    assert [r.state for r in await works.done(job)] == ["done"]
    assert (await works.hand.apply(job, 1, change)).state == "done", "a second try finds its own change"
    again = change.model_copy(update={"commands": (command("correct_finding", ref=found.ref, description="other"),)})
    [late] = await works.done(works.job("import", again))
    assert (late.state, late.code) == ("failed", "stale_row")
    assert fold_case(works.engine, case.case_id).case.findings[0].description == "no drill this year"


async def test_a_row_of_which_no_command_can_be_made_fails_and_is_not_tried_for_ever(works: Works) -> None:
    nothing = hazard().model_copy(update={"description": ""})
    results = await works.done(works.job("import", works.row(1, "a", nothing), works.row(2, "b", hazard())))
    assert [(r.state, r.code) for r in results] == [("failed", "invalid_command"), ("done", None)]


async def test_commands_to_many_cases_stop_at_none_that_refuses(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a", hazard()), works.row(2, "b", hazard())))
    cases = [works.case_of("a"), works.case_of("nobody"), works.case_of("b")]
    told = [CaseCommands(case_id=c, commands=(command("assign_officers", SUPERVISOR, officers=["Li"]),)) for c in cases]
    results = await works.done(works.job("commands", *told, order="assign"))
    assert [(r.state, r.code) for r in results] == [("done", None), ("failed", "case_not_open"), ("done", None)]
    assert fold_case(works.engine, works.case_of("b")).case.officers == ("Li",)


async def test_a_case_is_opened_in_the_district_in_which_its_subject_is_registered(works: Works) -> None:
    add_subject(works.engine, "z", SubjectFacts(name="Works z", district="650204"), actor(COLLEAGUE))
    by = Actor(role="inspector", name="Li", territory="650203")
    subject = Subject(id="z", name="Works z", district="650203", sector="fire_safety")
    opening = Open(by=by, command_id=str(uuid4()), subject=subject)
    refused = await open_case(works.client, works.engine, works.campaign, "z", opening)
    assert isinstance(refused, Refused) and refused.code == "registered_elsewhere"


async def test_who_may_open_no_case_enters_no_subject(works: Works) -> None:
    by = Actor(role="enterprise", name="Sun", territory="650203")
    row = works.row(1, "n", hazard()).model_copy(update={"by": by})
    assert [(r.state, r.code) for r in await works.done(works.job("import", row))] == [("failed", "role_not_permitted")]
    assert find_subject(works.engine, "n") is None


async def test_an_order_that_names_who_was_in_charge_passes_over_a_case_that_others_took_since(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a")))
    case_id = works.case_of("a")
    given = command("assign_officers", by=SUPERVISOR, officers=["C"])
    assert isinstance(await submit(works.client, works.engine, case_id, given), Receipt)
    order = command("assign_officers", by=SUPERVISOR, officers=["B"])
    item = CaseCommands.model_validate({"case_id": case_id, "commands": [order], "while_in_charge": ["A"]})
    assert [r.state for r in await works.done(works.job("commands", item, order="assign"))] == ["skipped"]
    there = item.model_copy(update={"while_in_charge": ("C",)})
    assert [r.state for r in await works.done(works.job("commands", there, order="assign"))] == ["done"]
    assert fold_case(works.engine, case_id).case.officers == ("B",)


def notes(works: Works, by: str = SUPERVISOR, *, signed: bool = True) -> Job:
    """An order: a note in each of two files."""
    cases = [works.case_of("a"), works.case_of("b")]
    told = [CaseCommands(case_id=c, commands=(command("add_note", by, text="ordered"),)) for c in cases]
    if signed:
        return works.job("commands", *told, order="note")
    listed = [(c.case_id, c) for c in told]
    return create_job(works.engine, "unsigned", "commands", works.campaign.campaign_id, by, {"order": "note"}, listed)


async def test_a_list_that_was_altered_after_it_was_ordered_is_not_worked_on(
    works: Works, superuser: psycopg.Connection
) -> None:
    await works.done(works.job("import", works.row(1, "a"), works.row(2, "b")))
    altered, added, signed = notes(works), notes(works), notes(works)
    superuser.execute(
        "UPDATE job_items SET body = jsonb_set(body, '{commands,0,text}', '\"another\"')"
        " WHERE job_id = %s AND number = 2",
        [altered.job_id],
    )
    superuser.execute(
        "INSERT INTO job_items (job_id, number, label, body) SELECT job_id, 3, 'x', body FROM job_items"
        " WHERE job_id = %s AND number = 1",
        [added.job_id],
    )
    superuser.execute("""UPDATE jobs SET "order" = (SELECT "order" FROM jobs WHERE job_id = %s) WHERE job_id = %s""",
                      [altered.job_id, signed.job_id])  # fmt: skip
    superuser.commit()
    for job in (altered, added, signed):
        assert {(r.state, r.code) for r in await works.done(job)} == {("failed", "claim_invalid")}
        sign_again(works.engine, works.services.signer, job.job_id)
        retry_failed(works.engine, job.job_id, AuditActor(account="os:operator"))
        assert {r.state for r in await works.done(job)} == {"failed"}, "nor is it signed anew"
    assert [t.do for t in timeline(works.engine, works.case_of("a"))] == ["open"]


async def test_a_job_from_before_orders_were_signed_goes_on_when_somebody_signs_it(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a"), works.row(2, "b")))
    job = notes(works, signed=False)
    assert {(r.state, r.code) for r in await works.done(job)} == {("failed", "claim_invalid")}
    sign_again(works.engine, works.services.signer, job.job_id)
    retry_failed(works.engine, job.job_id, AuditActor(account="os:operator"))
    assert {r.state for r in await works.done(job)} == {"done"}
    line = timeline(works.engine, works.case_of("a"))[-1]
    assert line.claim is not None and line.claim.order is not None
    assert (str(line.claim.order.by), line.claim.order.of) == (SUPERVISOR, f"job/{job.job_id}")


async def test_what_the_system_does_goes_on_without_an_order(works: Works) -> None:
    """As in a job that an import froze before orders were signed."""
    row = works.row(1, "a", hazard()).model_copy(update={"by": system("ledger_import", HERE, "operator")})
    job = create_job(works.engine, "mandated", "import", works.campaign.campaign_id, "ledger", {}, [("row 1", row)])
    assert [r.state for r in await works.done(job)] == ["done"]
