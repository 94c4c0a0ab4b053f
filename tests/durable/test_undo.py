"""Taking an import back: what may be, by whom, and again."""

from datetime import timedelta

from desk.imports import rows_back
from desk.ledger import create_undo
from engine.hand_in import submit
from engine.jobs import run_job
from models.actors import Actor
from models.audit import AuditActor
from models.commands import AnyCommand
from models.jobs import ChangedRow, Job, UndoRow
from models.refusals import Refused
from models.wire import Receipt
from rules.case.finding_version import finding_version
from store.campaigns import campaign_of
from store.case_log import timeline
from store.earlier_orders import earlier_orders
from store.jobs import items, stop_job
from store.verify import check_case, fold_case
from tests.cast import CITY, HERE, INSPECTOR, actor
from tests.durable.office import command, finding
from tests.durable.works import BOSS, Works, hazard

LISTED = {"level": "district", "reason": "a major hazard"}
GOVERNMENT = actor(f"government:Zhao@{CITY}")


def asked(works: Works, job: Job, by: Actor | None = None) -> Job:
    """The undoing, asked for and accepted."""
    undo = create_undo(works.engine, works.services.signer, job, by, "a wrong file")
    assert isinstance(undo, Job), undo
    return undo


async def undone(works: Works, job: Job, by: Actor | None = None) -> Job:
    """The undoing, run to its end."""
    undo = asked(works, job, by)
    await run_job(works.client, undo.job_id)
    return await works.ended(undo)


async def test_a_row_that_owed_a_must_is_rescinded_and_its_must_withdrawn(works_of_phase_2: Works) -> None:
    works = works_of_phase_2
    job = works.job("import", works.row(1, "a", hazard(category="V04", responsible="manager")))
    await works.done(job)
    case = fold_case(works.engine, works.case_of("a")).case
    assert case.musts[0].is_owed, "such a case can never be void"
    told = await undone(works, job)
    assert (told.done, told.failed) == (1, 0)
    case = fold_case(works.engine, works.case_of("a")).case
    assert (case.findings[0].state, case.musts[0].state, case.outcome) == ("rescinded", "withdrawn", "compliant")
    assert check_case(works.engine, case.case_id) == []


async def test_what_one_may_not_take_back_another_does_and_what_is_done_stays(works_of_phase_2: Works) -> None:
    works = works_of_phase_2
    job = works.job(
        "import", works.row(1, "a", hazard()), works.row(2, "b", hazard(category="V01", responsible="manager"))
    )
    await works.done(job)
    plan = campaign_of(works.engine, job.campaign_id).plan
    assert rows_back(works.engine, plan, GOVERNMENT, job) == (1, 1, ("supervisor",)), "said before it is tried"
    assert rows_back(works.engine, plan, BOSS, job) == (1, 1, ("government",))
    first = await undone(works, job)
    assert rows_back(works.engine, plan, BOSS, job) == (0, 1, ("government",)), "offered no more"
    assert [i.result.code for i in items(works.engine, first.job_id, state="failed") if i.result] == [
        "role_not_permitted"
    ], "the ground of a closure is rescinded by the government"
    assert [f.state for f in fold_case(works.engine, works.case_of("b")).case.findings] == ["registered"]
    lines = len(timeline(works.engine, works.case_of("a")))

    second = await undone(works, job, GOVERNMENT)
    assert (second.total, second.done, second.failed) == (1, 1, 0), "only what is left"
    assert [f.state for f in fold_case(works.engine, works.case_of("b")).case.findings] == ["rescinded"]
    assert len(timeline(works.engine, works.case_of("a"))) == lines
    assert asked(works, job, BOSS).job_id == second.job_id, "nothing is left to undo"


async def changed(works: Works, ref: str, *commands: AnyCommand) -> Job:
    """An import of one row that came back with a change, run to its end."""
    case = fold_case(works.engine, works.case_of("a")).case
    f = case.finding(ref)
    assert f is not None
    version = finding_version(f.category, f.grade, f.description, f.responsible, f.due_at, f.state)
    row = ChangedRow(sheet="台账", row=2, case_id=case.case_id, ref=ref, version=version, commands=commands)
    job = works.job("import", row)
    assert [r.state for r in await works.done(job)] == ["done"]
    return job


async def test_a_changed_row_is_taken_back_to_the_words_and_the_person_before(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a", hazard())))
    [f] = fold_case(works.engine, works.case_of("a")).case.findings
    job = await changed(works, f.ref, command("correct_finding", ref=f.ref, description="other", category="H07"))
    assert (await undone(works, job)).done == 1
    assert fold_case(works.engine, works.case_of("a")).case.findings == (f,)

    registered = command("register", assignments=[{"ref": f.ref, "responsible": "manager"}])
    job = await changed(works, f.ref, registered)
    told = await undone(works, job)
    assert [i.result.code for i in items(works.engine, told.job_id) if i.result] == ["already_registered"]

    job = await changed(works, f.ref, command("reassign_responsible", ref=f.ref, responsible="owner"))
    assert (await undone(works, job)).done == 1
    assert fold_case(works.engine, works.case_of("a")).case.findings[0].responsible == "manager"


async def test_a_changed_row_on_which_somebody_acted_since_stays(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a", hazard())))
    [f] = fold_case(works.engine, works.case_of("a")).case.findings
    job = await changed(works, f.ref, command("correct_finding", ref=f.ref, description="other"))
    acted = command("correct_finding", ref=f.ref, description="third")
    assert isinstance(await submit(works.client, works.engine, works.case_of("a"), acted), Receipt)
    told = await undone(works, job)
    assert [i.result.code for i in items(works.engine, told.job_id) if i.result] == ["decided_since"]
    assert fold_case(works.engine, works.case_of("a")).case.findings[0].description == "third"


async def test_a_measure_that_was_decided_on_a_row_since_is_not_taken_back(works_of_phase_2: Works) -> None:
    works = works_of_phase_2
    job = works.job("import", works.row(1, "a", hazard(category="V04", responsible="manager")))
    await works.done(job)
    proposed = command("propose_measure", INSPECTOR, must="suspend")
    assert isinstance(await submit(works.client, works.engine, works.case_of("a"), proposed), Receipt)
    told = await undone(works, job)
    assert [i.result.code for i in items(works.engine, told.job_id) if i.result] == ["decided_since"]
    case = fold_case(works.engine, works.case_of("a")).case
    assert (case.findings[0].state, case.musts[0].state) == ("registered", "proposed")


async def test_a_second_undo_goes_on_where_the_first_was_stopped(works: Works) -> None:
    row = works.row(1, "a", hazard(), hazard(category="H07"))
    job = works.job("import", row)
    [result] = await works.done(job)
    beside = command("record_findings", INSPECTOR, findings=[finding("F1", "H01")])
    assert isinstance(await submit(works.client, works.engine, works.case_of("a"), beside), Receipt)
    first = asked(works, job, BOSS)
    [item] = items(works.engine, first.job_id)
    assert isinstance(item.body, UndoRow)
    half = item.body.model_copy(update={"refs": item.body.refs[:1]})
    assert (await works.hand.apply(first, 1, half)).state == "done", "as by a worker that died after the first finding"
    assert stop_job(works.engine, first.job_id, AuditActor(account="os:operator"))
    second = await undone(works, job, BOSS)
    assert second.job_id != first.job_id and (second.done, second.failed) == (1, 0)
    states = {f.ref: f.state for f in fold_case(works.engine, works.case_of("a")).case.findings}
    assert [states[ref] for ref in result.did["refs"]] == ["rescinded", "rescinded"] and states["F1"] == "recorded"


async def test_a_flag_that_was_set_by_hand_is_not_lost_by_an_undo(works: Works) -> None:
    facts = command("record_findings", INSPECTOR, findings=[finding("F1", "V04", illegal_operation=True)])
    await works.done(works.job("import", works.row(1, "a", hazard())))
    assert isinstance(await submit(works.client, works.engine, works.case_of("a"), facts), Receipt)
    job = await changed(works, "F1", command("correct_finding", ref="F1", category="V01"))
    told = await undone(works, job)
    assert [i.result.code for i in items(works.engine, told.job_id) if i.result] == ["flag_set_by_hand"]


async def test_undo_asked_again_while_it_runs_is_the_same(works: Works) -> None:
    job = works.job("import", works.row(1, "a", hazard()))
    await works.done(job)
    assert asked(works, job, BOSS).job_id == asked(works, job, BOSS).job_id


async def test_an_import_that_runs_is_stopped_before_it_is_taken_back(works: Works) -> None:
    """What it did from then on would stay."""
    job = works.job("import", works.row(1, "a", hazard()))
    refused = create_undo(works.engine, works.services.signer, job, BOSS, "a wrong file")
    assert isinstance(refused, Refused) and refused.code == "import_running"
    assert stop_job(works.engine, job.job_id, AuditActor(account="os:operator"))
    assert asked(works, job, BOSS).total == 0, "nothing was done yet"


async def test_a_changed_row_whose_registration_is_refused_corrects_nothing(works: Works) -> None:
    await works.done(works.job("import", works.row(1, "a", hazard())))
    case = fold_case(works.engine, works.case_of("a")).case
    [f] = case.findings
    version = finding_version(f.category, f.grade, f.description, f.responsible, f.due_at, f.state)
    passed = (case.opened_at - timedelta(days=3)).isoformat()
    commands = (
        command("correct_finding", INSPECTOR, ref=f.ref, description="other words"),
        command("register", INSPECTOR, assignments=[{"ref": f.ref, "responsible": "manager", "due": passed}]),
    )
    change = ChangedRow(sheet="台账", row=2, case_id=case.case_id, ref=f.ref, version=version, commands=commands)
    [result] = await works.done(works.job("import", change))
    assert (result.state, result.code) == ("failed", "due_not_ahead")
    assert fold_case(works.engine, case.case_id).case == case
    acted = command("correct_finding", INSPECTOR, ref=f.ref, description="other words")
    assert isinstance(await submit(works.client, works.engine, case.case_id, acted), Receipt)


async def test_two_rows_of_illegal_conduct_in_one_ledger_are_no_repetition(works_of_phase_2: Works) -> None:
    works = works_of_phase_2
    rows = [works.row(n, "a", hazard(category=f"V0{n + 3}", responsible="manager")) for n in (1, 2)]
    assert [r.state for r in await works.done(works.job("import", *rows))] == ["done", "done"]
    case = fold_case(works.engine, works.case_of("a")).case
    assert [(m.must, m.state) for m in case.musts if m.is_owed] == [("suspend", "owed")], "and no fine"


async def test_a_row_that_two_imports_have_is_applied_once_and_again_after_it_was_taken_back(works: Works) -> None:
    row = works.row(1, "a", hazard())
    first, second = works.job("import", row), works.job("import", row)
    assert [r.state for r in await works.done(first)] == ["done"]
    assert [r.state for r in await works.done(second)] == ["skipped"]
    assert len(fold_case(works.engine, works.case_of("a")).case.findings) == 1
    await undone(works, first)
    assert fold_case(works.engine, works.case_of("a")).case.outcome == "void"
    assert [r.state for r in await works.done(works.job("import", row))] == ["done"]
    assert len(fold_case(works.engine, f"{works.case_of('a')}-2").case.findings) == 1


async def test_a_case_of_two_rows_is_void_when_both_are_taken_back(works: Works) -> None:
    job = works.job("import", works.row(1, "a", hazard()), works.row(2, "a", hazard(category="H08")))
    await works.done(job)
    told = await undone(works, job)
    assert (told.done, told.failed) == (2, 0)
    assert fold_case(works.engine, works.case_of("a")).case.outcome == "void"


async def test_whose_case_ends_by_an_undoing_is_still_to_be_inspected(works: Works) -> None:
    first = works.job("import", works.row(1, "a"))  # stands for whoever else opened the case
    await works.done(first)
    job = works.job("import", works.row(2, "a", hazard()))
    await works.done(job)
    await undone(works, job)
    assert fold_case(works.engine, works.case_of("a")).case.outcome == "compliant"
    again = fold_case(works.engine, f"{works.case_of('a')}-2").case
    assert (again.outcome, again.findings) == (None, ())


async def test_a_case_of_the_import_is_void_though_somebody_was_put_in_charge_and_stays_where_it_was_listed(
    works: Works,
) -> None:
    """It is not closed as one in which nothing was found: nobody was there."""
    job = works.job("import", works.row(1, "a", hazard()), works.row(2, "b", hazard(grade="major")))
    await works.done(job)
    supervisor = f"supervisor:Wang@{HERE}"
    for subject, done in (("a", ("assign_officers", {"officers": ["Li"]})), ("b", ("list_for_supervision", LISTED))):
        sent = command(done[0], supervisor, **done[1])
        answer = await submit(works.client, works.engine, works.case_of(subject), sent)
        assert not isinstance(answer, Refused), answer
    told = await undone(works, job)
    assert (told.done, told.failed) == (1, 1)
    cases = {subject: fold_case(works.engine, works.case_of(subject)).case for subject in "ab"}
    assert (cases["a"].outcome, cases["b"].outcome, cases["b"].findings[0].state) == ("void", None, "recorded")
    [stays] = items(works.engine, told.job_id, state="failed")
    assert stays.result is not None and stays.result.code == "decided_since"


async def test_a_case_opened_in_error_ordered_nothing(works: Works) -> None:
    job = works.job("import", works.row(1, "a", hazard(category="V04", responsible="manager")))
    await works.done(job)
    plan = works.campaign.plan
    assert [o.category for o in earlier_orders(works.engine, plan, ["a"])["a"]] == ["V04"]
    await undone(works, job)
    assert fold_case(works.engine, works.case_of("a")).case.outcome == "void"
    assert earlier_orders(works.engine, plan, ["a"]) == {}
