"""What must be true of every announcement: whose turn it is is told, to somebody who may act or read there."""

from models.case import Case
from models.events import Transition
from rules.access.deeds import DEEDS, roles_of
from rules.case.announce import Announcement, announce
from rules.case.announce_table import WHATS
from rules.case.stage import NAMES, next_actor, stage
from rules.words.announced import announced_said
from rules.words.naming import Both
from tests.properties.ground import PLAN

ACTS = {
    "measure_proposed": "approve_measure",
    "measure_approved": "record_execution",
    "measure_returned": "propose_measure",
    "extension_requested": "decide_extension",
    "case_transferred": "assign_officers",
    "officers_assigned": "record_findings",
}
"""What whoever is told does next."""
SOMEBODY = {role for deed in DEEDS.values() for role in deed.roles}


def hold(before: Case | None, step: Transition, after: Case) -> tuple[Announcement, ...]:
    """Judge the announcements of a step; returns them."""
    told = announce(PLAN, before, step, after)
    assert told == announce(PLAN, before, step, after), "announcing twice gives the same"
    _turn(told, before, step, after)
    known = {f.ref for f in after.findings} | {m.id for m in after.musts}
    for one in told:
        assert one.what in WHATS and one.role in SOMEBODY and one.district == after.district
        assert set(one.about) <= known and len(set(one.about)) == len(one.about)
        if do := ACTS.get(one.what):
            must = after.must_of(one.about[0]).must if one.topic == "measure" else ""
            assert one.role in roles_of(PLAN, do, must), one
        said = announced_said(one.what, one.about, Both(*NAMES[stage(after, step.at)]))
        assert not set("{}") & set(said.zh + said.en) and one.what not in said, said
    return told


def _turn(told: tuple[Announcement, ...], before: Case | None, step: Transition, after: Case) -> None:
    was = (next_actor(PLAN, before, before.clock_at), before.district) if before else None
    role = next_actor(PLAN, after, step.at)
    handed_over = role is not None and was != (role, after.district)
    turns = [one.role for one in told if one.topic == "turn"]
    assert turns in ([], [role]) and (turns or not handed_over), "a step that hands the turn over announces it"
