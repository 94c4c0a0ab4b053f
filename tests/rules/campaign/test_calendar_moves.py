"""The committee may move what lies ahead; the order of the phases holds; only the office steers (domain §5, §7)."""

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.actors import ROLES
from models.campaign import CompleteNow, MoveBoundary, OpenCases
from models.plan import PhaseDates
from models.refusals import Refused
from rules.campaign.decide import completed, judge, moved
from rules.words.refusals import refuse
from rules.words.refusals_campaign import BEYOND_THE_CASE
from tests.cast import OFFICE, actor, plan
from tests.rules.story import instant

PHASES = plan().calendar(2027)
MAY = instant("2027-05-10T09:00")


def boundaries(phases: tuple[PhaseDates, ...]) -> list[datetime]:
    return [p.begins_at for p in phases] + [phases[-1].ends_at]


@pytest.mark.clause("domain §5")
def test_both_phases_that_meet_at_a_boundary_move() -> None:
    to = instant("2027-06-10T00:00")
    for phase, edge in (("investigation", "ends"), ("rectification", "begins")):
        new = moved(PHASES, phase, edge, to, MAY)  # type: ignore[arg-type]
        assert not isinstance(new, Refused)
        assert boundaries(new) == [PHASES[0].begins_at, to, PHASES[2].begins_at, PHASES[2].ends_at]


@pytest.mark.parametrize(
    ("phase", "edge", "to", "now", "code"),
    [
        ("nowhere", "ends", "2027-06-10", "2027-05-10", "unknown_phase"),
        ("investigation", "begins", "2027-05-20", "2027-05-10", "boundary_passed"),
        ("investigation", "ends", "2027-06-10", "2027-06-01", "boundary_passed"),
        ("investigation", "ends", "2027-05-09", "2027-05-10", "boundary_not_ahead"),
        ("investigation", "ends", "2027-05-10", "2027-05-10", "boundary_not_ahead"),
        ("investigation", "ends", "2027-06-01", "2027-05-10", "boundary_unchanged"),
        ("investigation", "ends", "2027-11-01", "2027-05-10", "boundary_order"),
        ("rectification", "ends", "2027-05-20", "2027-05-10", "boundary_order"),
        ("consolidation", "ends", "2027-10-01", "2027-05-10", "boundary_order"),
    ],
)
@pytest.mark.clause("domain §5")
def test_a_move_that_cannot_be_is_refused(phase: str, edge: str, to: str, now: str, code: str) -> None:
    refused = moved(PHASES, phase, edge, instant(f"{to}T00:00"), instant(f"{now}T00:00"))  # type: ignore[arg-type]
    assert isinstance(refused, Refused) and refused.code == code


def test_a_move_that_leaves_a_phase_no_time_is_told_between_what_it_can_be() -> None:
    refused = moved(PHASES, "rectification", "ends", instant("2028-02-01T00:00"), MAY)
    assert isinstance(refused, Refused)
    assert refused.en.endswith("it is to be after 2027-06-01 00:00 and before 2028-01-01 00:00")
    assert refused.zh.endswith("须晚于2027年6月1日、早于2028年1月1日")
    last = moved(PHASES, "consolidation", "ends", instant("2027-10-01T00:00"), MAY)
    assert isinstance(last, Refused) and last.en.endswith("it is to be after 2027-11-01 00:00")


@given(
    st.sampled_from([p.id for p in PHASES]),
    st.sampled_from(["begins", "ends"]),
    st.integers(-400, 400),
    st.integers(-10, 400),
)
def test_whatever_is_moved_the_phases_stay_in_order_and_without_gaps(phase: str, edge: str, to: int, now: int) -> None:
    first = PHASES[0].begins_at
    at = first + timedelta(days=now)
    new = moved(PHASES, phase, edge, first + timedelta(days=to), at)  # type: ignore[arg-type]
    if isinstance(new, Refused):
        return
    assert all(p.begins_at < p.ends_at for p in new)
    assert all(a.ends_at == b.begins_at for a, b in pairwise(new))
    changed = [(a, b) for a, b in zip(boundaries(PHASES), boundaries(new), strict=True) if a != b]
    assert len(changed) == 1 and min(changed[0]) > at, "one boundary, from ahead to ahead"


@pytest.mark.clause("domain §4")
def test_to_complete_now_ends_every_phase_now_and_leaves_what_began() -> None:
    now = instant("2027-07-01T09:00")
    ended = completed(PHASES, now)
    assert boundaries(ended) == [PHASES[0].begins_at, PHASES[1].begins_at, now, now]
    assert ended[1].ends_at == now
    late = judge(ended, CompleteNow(by=actor(OFFICE), command_id="b", reason="x"), now)
    assert isinstance(late, Refused) and late.code == "campaign_over"


@pytest.mark.parametrize("role", [r for r in ROLES if r != "office"])
@pytest.mark.clause("domain §7")
def test_nobody_but_the_office_steers_a_campaign(role: str) -> None:
    by = actor(OFFICE).model_copy(update={"role": role})
    for command in (
        OpenCases(by=by, command_id="a"),
        MoveBoundary(by=by, command_id="a", phase="investigation", edge="ends", to=MAY, reason="x"),
        CompleteNow(by=by, command_id="a", reason="x"),
    ):
        refused = judge(PHASES, command, MAY)
        assert isinstance(refused, Refused) and refused.code == "role_not_permitted"


@pytest.mark.parametrize("code", list(BEYOND_THE_CASE))
def test_every_refusal_beyond_the_case_speaks_both_languages(code: str) -> None:
    facts = dict.fromkeys(
        (
            *("phase", "old", "to", "now", "ends", "subject", "into", "state", "version"),
            *("year", "wrong_zh", "wrong_en", "do", "ref", "registered", "district", "job"),
            *("id", "earliest", "most", "of", "role", "name", "until", "day", "found", "last", "known"),
            *("field", "length", "login", "today", "least", "room"),
        ),
        str(uuid4()),
    )
    told = refuse(code, **facts)
    assert any("一" <= c <= "鿿" for c in told.zh) and not any("一" <= c <= "鿿" for c in told.en)
