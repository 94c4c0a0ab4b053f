"""What must be true of each event, judged by the case before and after it (domain §3–5)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.case import Case
from models.events import AnyEvent, Transition
from tests.properties.ground import PHASES, PLAN
from tests.properties.office import CHECKS, DECIDES

Law = Callable[[Case, Any, Case, Transition], None]
_ENDS = {
    "measure_executed": "executed",
    "must_withdrawn": "withdrawn",
    "must_absorbed": "absorbed",
    "case_closed": "carried_over",
}
CLOCK = {"phase_began": 0, "deadline_passed": 1, "campaign_completed": 2}


def judge(before: Case, event: AnyEvent, after: Case, step: Transition) -> None:
    """The laws for this kind of event, and those for every event."""
    assert not before.closed, "closed is final"
    _musts_are_kept(before, event, after)
    if law := _LAWS.get(event.kind):
        law(before, event, after, step)


def _musts_are_kept(before: Case, event: AnyEvent, after: Case) -> None:
    """No id is lost but that of a pending must that merged; over is over; owed ends in four ways only."""
    still = {m.id: m for m in after.musts}
    assert len(still) == len(after.musts), "a must id twice"
    for must in before.musts:
        if must.id not in still:
            assert event.kind == "grounds_joined" and event.merged == must.id and must.state == "pending"
            assert set(must.refs) <= set(still[event.id].refs), "a merged must loses no ground"
            continue
        now = still[must.id]
        if must.state in ("executed", "withdrawn", "absorbed", "carried_over"):
            assert now.state == must.state, f"{must.id} was {must.state}"
        if must.is_owed and not now.is_owed:
            assert now.state == _ENDS[event.kind], f"{must.id} ended as {now.state} by {event.kind}"


def _cap(case: Case, counted_from: datetime) -> datetime:
    october, december = case.phases[1].ends_at, case.phases[2].ends_at
    return october if counted_from < october else december


def _registered(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert e.due_at > step.at and e.counted_from == step.at and e.responsible
    assert e.due_at <= _cap(before, step.at), "a registration passes its cap"


def _extended(before: Case, e: Any, after: Case, step: Transition) -> None:
    finding = after.finding(e.ref)
    assert finding and finding.due_at and finding.counted_from
    if e.granted:
        assert step.at < finding.due_at <= _cap(before, finding.counted_from), "an extension passes its cap"


def _due_date_set(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert e.due_at <= _cap(before, e.counted_from), "a due date passes its cap"
    finding = after.finding(e.ref)
    assert finding and finding.extension is None and not finding.settled


def _verdict(before: Case, e: Any, after: Case, step: Transition) -> None:
    finding = before.finding(e.ref)
    assert finding and finding.registered_at and not finding.settled and finding.due_at
    for must in before.musts:
        first = must.must in ("suspend", "close") and must.state in ("owed", "proposed", "decided")
        assert not (first and e.ref in must.refs), f"{e.ref} has a verdict before {must.id}"
    assert finding.declared_at or finding.due_at <= step.at, "nobody waits for this verdict"


def _proposed(before: Case, e: Any, after: Case, step: Transition) -> None:
    must = before.must_of(e.id)
    assert must.state == "owed" and (e.fine is not None) == (must.must == "fine")
    if e.fine:
        responsible = {f.responsible for f in before.findings if f.ref in must.refs}
        assert sorted(p.name for p in e.fine.persons) == sorted(str(r) for r in responsible)
        article = PLAN.article(e.fine.article)
        assert article
        fined = [(e.fine.unit, article.unit), *((p.amount, article.person) for p in e.fine.persons)]
        for amount, limit in fined:
            at_most = limit.fixed if limit.fixed is not None else limit.factor * e.fine.base
            assert at_most - Decimal("0.01") < amount <= at_most, "exactly the upper limit, in whole fen"


def _approved(before: Case, e: Any, after: Case, step: Transition) -> None:
    must = before.must_of(e.id)
    assert must.state == "proposed" and must.proposed_by and step.by and not must.stayed_at
    assert must.proposed_by.name != step.by.name, "four eyes"
    assert step.by.role == DECIDES[must.must] and e.execute_by > step.at


def _executed(before: Case, e: Any, after: Case, step: Transition) -> None:
    must, proof = before.must_of(e.id), e.details
    assert must.state == "decided" and not must.stayed_at and must.decided_at
    assert must.decided_at.astimezone(PHASES[0].begins_at.tzinfo).date() <= e.on <= step.at.date()
    match must.must:
        case "suspend":
            assert proof.supervision
        case "close":
            assert set(proof.checks) == set(CHECKS)
        case "fine":
            assert proof.receipt and must.fine
        case "refer":
            assert proof.letter and proof.receipt


def _stay(before: Case, e: Any, after: Case, step: Transition) -> None:
    must = before.must_of(e.id)
    assert must.is_owed or must.state == "executed", f"{must.id} is {must.state}: there is nothing to stay"
    assert (must.stayed_at is None) == (e.kind == "measure_stayed")
    if e.kind == "stay_lifted" and must.is_owed and must.stayed_at:
        stood, now = step.at - must.stayed_at, after.must_of(e.id)
        which = "execute_by" if must.state == "decided" else "decide_by"
        assert getattr(now, which) - getattr(must, which) == stood, "due instants move by the time stayed"


def _arose(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert e.grounds and e.decide_by > step.at
    assert all(not f.settled for f in before.findings if f.ref in {g.ref for g in e.grounds})


def _withdrawn(before: Case, e: Any, after: Case, step: Transition) -> None:
    must = before.must_of(e.id)
    _have_fallen(before, must.refs, must.state == "pending", must.must)


def _dropped(before: Case, e: Any, after: Case, step: Transition) -> None:
    must = before.must_of(e.id)
    _have_fallen(before, e.refs, must.state == "pending", must.must)
    assert after.must_of(e.id).grounds, "a must without grounds"


def _have_fallen(case: Case, refs: tuple[str, ...], pending: bool, must: str) -> None:
    for ref in refs:
        finding = case.finding(ref)
        assert finding
        gone = finding.state == "rescinded" or (pending and finding.settled)
        assert gone or (must == "close" and finding.reclassified), f"{ref} stands, so does its must"


def _absorbed(before: Case, e: Any, after: Case, step: Transition) -> None:
    closing = [x for x in step.events if x.kind == "measure_executed"]
    assert len(closing) == 1 and before.must_of(closing[0].id).must == "close"
    if e.kind == "must_absorbed":
        assert before.must_of(e.id).must == "suspend"


def _rescinded(before: Case, e: Any, after: Case, step: Transition) -> None:
    finding = before.finding(e.ref)
    assert finding and step.by and step.by.name != finding.recorded_by.name, "four eyes"
    states = ("pending", "owed", "proposed", "decided", "executed")
    its_own = [m for m in before.musts if e.ref in m.refs and m.state in states]
    graver = any(m.must in ("close", "refer") for m in its_own)
    assert step.by.role == ("government" if graver else "supervisor")


def _restarted(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert len(set(e.signatories)) >= 2 and e.ids
    for must in (before.must_of(i) for i in e.ids):
        assert must.must == "suspend" and must.state == "executed" and not must.lifted_at
        assert all(f.settled for f in before.findings if f.ref in must.refs)


def _looked_back(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert before.consolidated_at and before.phase == "consolidation"
    followed = {x.kind for x in step.events}
    assert ("finding_recorded" in followed) == e.recurred and ("case_closed" in followed) != e.recurred


def _entered(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert before.all_settled and not before.owed and not before.restarts_awaited
    assert e.look_back_due_at <= before.ends_at


def _delisted(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert all(f.state in ("verified", "rescinded") for f in before.findings if f.grade == "major")


def _closed(before: Case, e: Any, after: Case, step: Transition) -> None:
    executed = {m.must for m in before.musts if m.state == "executed"}
    states = {f.state for f in before.findings}
    settled = bool(states) and states <= {"verified", "rescinded", "absorbed"}
    assert (step.do == "campaign_completed") == (step.at >= before.ends_at)
    if e.outcome == "carried_over":
        _carried_over(before, e, after, step)
        return
    assert not before.owed, "while a must is owed a case ends only by completion"
    assert e.outcome == "void" or not before.musts_in("pending"), "a pending must was left"
    match e.outcome:
        case "compliant":
            clean = not states and before.answers.model_dump() == _CLEAN
            assert clean or (states == {"rescinded"} and not executed)
        case "rectified":
            assert before.consolidated_at and settled and not before.restarts_awaited
        case "shut_down":
            assert settled and "close" in executed
        case "referred":
            assert settled and "refer" in executed and "close" not in executed and not before.restarts_awaited
        case _:
            assert step.by and step.by.role == "supervisor"
            assert not any(m.decide_by for m in before.musts), "a must was owed once"


_CLEAN = {"licensed": True, "major_hazard": False, "lawful": True}


def _carried_over(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert step.do == "campaign_completed" and before.consolidated_at is None
    left = {m.id for m in before.musts if m.state in ("pending", "owed", "proposed", "decided")}
    assert set(e.unmet.musts) == left == {m.id for m in after.musts if m.state == "carried_over"}
    late = {f.ref for f in before.findings if not f.settled and f.due_at and f.due_at <= step.at}
    assert set(e.unmet.overdue_findings) == late
    assert set(e.unmet.suspensions) == {
        m.id for m in before.musts if (m.must, m.state, m.lifted_at) == ("suspend", "executed", None)
    }


def _deadline(before: Case, e: Any, after: Case, step: Transition) -> None:
    assert e.missed and before.fallen_at != step.at, "one deadline_passed an instant"


def _files_are_kept(before: Case, event: Any, after: Case, step: Transition) -> None:
    """Evidence only grows, none of it twice about all the same; the step that brought it, and who, are told."""
    assert after.files[: len(before.files)] == before.files
    added = after.files[len(before.files) :]
    assert [f.sha256 for f in added] == [f.sha256 for f in event.files] and added, "files, as the event names them"
    for file in added:
        assert (file.refs, file.by, file.do, file.seq) == (event.refs, step.by, step.do, before.seq + 1)
        held = {ref for f in before.files if f.sha256 == file.sha256 for ref in f.refs or ("",)}
        assert not held >= set(file.refs or ("",)), "attached already"
    assert all(any(f.ref == ref for f in after.findings) for ref in event.refs), "evidence of nothing"


_LAWS: dict[str, Law] = {
    "files_attached": _files_are_kept,
    "finding_registered": _registered,
    "extension_decided": _extended,
    "due_date_set": _due_date_set,
    "verdict_given": _verdict,
    "measure_proposed": _proposed,
    "measure_approved": _approved,
    "measure_executed": _executed,
    "measure_stayed": _stay,
    "stay_lifted": _stay,
    "must_arose": _arose,
    "must_withdrawn": _withdrawn,
    "grounds_dropped": _dropped,
    "must_absorbed": _absorbed,
    "finding_absorbed": _absorbed,
    "finding_rescinded": _rescinded,
    "restart_accepted": _restarted,
    "looked_back": _looked_back,
    "consolidation_entered": _entered,
    "delisted": _delisted,
    "case_closed": _closed,
    "deadline_passed": _deadline,
}
