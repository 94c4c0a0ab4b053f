"""An honest office that only does what is next: from any open state it brings the case to an end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from models.events import Transition
from rules.case.clock_actor import next_instant
from tests.properties.ground import PLAN, command
from tests.properties.office import Fields, Office
from tests.properties.watch import Watch


def _first(options: Sequence[Any]) -> Any:
    return options[0]


def finish(watch: Watch, now: datetime) -> int:
    """Every step is accepted, and the case is closed; the number of commands it took."""
    for taken in range(200):
        watch.advance(now)
        case = watch.case
        if case is None or case.closed:
            return taken
        fields = _next(Office(PLAN, case, now, _first))
        if fields is None:
            following = next_instant(PLAN, case)
            assert following and case.consolidated_at, "only a look-back is waited for"
            now = following
            continue
        now += timedelta(minutes=1)
        watch.advance(now)
        if watch.case is not None and not watch.case.closed and watch.case == case:
            accepted = watch.send(command({**fields, "command_id": f"honest-{taken}"}), now)
            assert isinstance(accepted, Transition), (fields, accepted)
    raise AssertionError("the case does not end")


def _next(office: Office) -> Fields | None:
    case = office.case
    for must in case.musts:
        stayed = must.stayed_at and (must.is_owed or must.state == "executed")
        if stayed:
            return office.stay(must.must, "lift_stay")
        if must.state == "owed":
            return office.propose(must)
        if must.state == "proposed":
            return _decided(office, must.must)
        if must.state == "decided":
            return office.execute(must)
    for finding in case.findings:
        if finding.state == "recorded":
            return _registered(office)
        if finding.under_rectification:
            ready = finding.awaits_verdict(office.now)
            return _passed(office, finding.ref) if ready else office.declare(finding)
    if not case.findings:
        return office.nothing_found() | {"by": office.by("inspector")}
    if case.restarts_awaited:
        return office.accept_restart()
    if PLAN.phase(case.phase).look_back:
        return {"do": "look_back", "by": office.by("inspector"), "recurred": False}
    return None


def _decided(office: Office, kind: Any) -> Fields:
    """Approved by another person than the proposer; a fine that no longer fits goes back."""
    must = next(m for m in office.case.musts if m.must == kind and m.state == "proposed")
    assert must.proposed_by
    responsible = {f.responsible for f in office.case.findings if f.ref in must.refs}
    fits = must.fine is None or {p.name for p in must.fine.persons} == responsible
    back: Fields = {**office.send_back(must), "reclassify": []}
    fields = office.approve(must) if fits else back
    role = str(fields["by"]).split(":")[0]
    return {**fields, "by": f"{role}:郑@{office.case.district}"}


def _registered(office: Office) -> Fields:
    refs = [f.ref for f in office.case.findings if f.state == "recorded"]
    assignments = [{"ref": r, "responsible": "张"} for r in refs]
    return {"do": "register", "by": office.by("inspector"), "assignments": assignments}


def _passed(office: Office, ref: str) -> Fields:
    return {"do": "reinspect", "by": office.by("inspector"), "verdicts": [{"ref": ref, "passed": True}]}
