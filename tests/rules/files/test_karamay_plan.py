"""The shipped plan is the notice: every kind, sector, phase, date and clock, each under its own clause."""

import pytest

from models.plan import Period
from rules.files.plan_check import assumptions
from tests.rules.files.text import plan_file

PLAN = plan_file().plan


@pytest.mark.clause("2.2")
def test_ten_kinds_of_illegal_conduct_each_under_its_number() -> None:
    told = {c.id: (c.clause, c.source) for c in PLAN.illegal_conduct}
    assert told == {f"V{n:02}": (f"2.2.{n}", "N") for n in range(1, 11)}


@pytest.mark.clause("2.2")
def test_only_the_first_three_are_without_lawful_authority_and_that_is_our_assumption() -> None:
    assert [c.id for c in PLAN.illegal_conduct if c.illegal_operation] == ["V01", "V02", "V03"]
    assert {c.illegal_operation_source for c in PLAN.illegal_conduct} == {"A"}


@pytest.mark.clause("2.3")
def test_twelve_hazards_each_under_its_number_and_the_closing_sentence() -> None:
    told = {h.id: (h.clause, h.source) for h in PLAN.hazards}
    assert told == {f"H{n:02}": (f"2.3.{n}", "N") for n in range(1, 13)}
    assert (PLAN.other.id, PLAN.other.clause, PLAN.other.source) == ("other", "2.3.other", "N")


@pytest.mark.clause("2.1")
def test_six_sectors_and_three_fields_of_special_governance() -> None:
    assert [s.id for s in PLAN.sectors if not s.special_governance] == [
        "road_transport",
        "non_coal_mines",
        "hazardous_chemicals",
        "fireworks",
        "construction",
        "fire_safety",
    ]
    special = [s.id for s in PLAN.sectors if s.special_governance]
    assert special == ["special_equipment", "civil_explosives", "catering_gas"]
    assert {(s.clause, s.source) for s in PLAN.sectors} == {("2.1", "N")}


@pytest.mark.clause("domain §1")
def test_four_districts_by_national_code_and_the_city() -> None:
    assert {d.id: (d.zh, d.en) for d in PLAN.districts} == {
        "650203": ("克拉玛依区", "Karamay"),
        "650202": ("独山子区", "Dushanzi"),
        "650204": ("白碱滩区", "Baijiantan"),
        "650205": ("乌尔禾区", "Urho"),
    }
    assert PLAN.city == "650200"
    assert all(d.streets for d in PLAN.districts)


@pytest.mark.parametrize(
    ("phase", "begins", "ends", "musts", "look_back", "clause"),
    [
        ("investigation", "05-05", "05-31", "pending", False, "3.1"),
        ("rectification", "06-01", "10-31", "owed", False, "3.2"),
        ("consolidation", "11-01", "12-31", "owed", True, "3.3"),
    ],
)
def test_three_phases_with_their_dates(
    phase: str, begins: str, ends: str, musts: str, look_back: bool, clause: str
) -> None:
    told = PLAN.phase(phase)
    assert (told.begins, told.ends, told.musts, told.look_back) == (begins, ends, musts, look_back)
    assert (told.clause, told.source) == (clause, "N")
    assert [p.id for p in PLAN.phases] == ["investigation", "rectification", "consolidation"]


@pytest.mark.parametrize(
    ("must", "clause", "decided_by", "by_source"),
    [
        ("suspend", "3.2.must1", "supervisor", "A"),
        ("close", "3.2.must2", "government", "L"),
        ("fine", "3.2.must3", "supervisor", "A"),
        ("refer", "3.2.must4", "supervisor", "A"),
    ],
)
def test_the_four_musts_who_decides_and_who_says_so(must: str, clause: str, decided_by: str, by_source: str) -> None:
    terms = next(m for m in PLAN.musts if m.id == must)
    assert len(PLAN.musts) == 4
    assert (terms.clause, terms.source) == (clause, "N")
    assert (terms.decided_by, terms.decided_by_source) == (decided_by, by_source)


CLOCKS = [
    ("investigation", {"working_days": 15}, "A"),
    ("registration", {"working_days": 5}, "A"),
    ("rectification_general", {"days": 15}, "A"),
    ("rectification_major", {"days": 30}, "A"),
    ("extension", {"days": 15}, "A"),
    ("extension_decided", {"working_days": 3}, "A"),
    ("reinspection_general", {"days": 10}, "A"),
    ("reinspection_major", {"days": 10}, "L"),
    ("restart", {"days": 10}, "A"),
    ("look_back", {"days": 10}, "A"),
    ("observed_before", {"days": 3}, "A"),
    ("overdue_level", {"days": 7}, "A"),
    ("overdue_warning", {"working_days": 3}, "A"),
]
MUST_CLOCKS = [
    ("suspend", {"working_days": 3}, "A", {"working_days": 7}, "A"),
    ("close", {"working_days": 15}, "A", {"working_days": 7}, "A"),
    ("fine", {"working_days": 30}, "A", {"working_days": 7}, "A"),
    ("refer", {"working_days": 3}, "L", {"hours": 24}, "L"),
]


@pytest.mark.clause("domain §5")
@pytest.mark.parametrize(("clock", "amount", "source"), CLOCKS)
def test_every_clock_has_its_value_and_its_source(clock: str, amount: dict[str, int], source: str) -> None:
    period: Period = getattr(PLAN.clocks, clock)
    assert (period.amounts, period.source) == (amount, source)


@pytest.mark.clause("domain §5")
def test_no_clock_is_left_out_of_these_tests() -> None:
    periods = {name for name, value in PLAN.clocks if isinstance(value, Period)}
    assert periods == {name for name, _, _ in CLOCKS}


@pytest.mark.clause("domain §5")
@pytest.mark.parametrize(("must", "decided", "decided_source", "executed", "executed_source"), MUST_CLOCKS)
def test_every_must_has_its_clocks(
    must: str, decided: dict[str, int], decided_source: str, executed: dict[str, int], executed_source: str
) -> None:
    terms = next(m for m in PLAN.musts if m.id == must)
    assert (terms.decided.amounts, terms.decided.source) == (decided, decided_source)
    assert (terms.executed.amounts, terms.executed.source) == (executed, executed_source)


@pytest.mark.clause("domain §5")
def test_caps_look_back_and_readings_point_where_the_domain_says() -> None:
    assert PLAN.clocks.rectification_caps == ("rectification", "consolidation")
    assert PLAN.clocks.look_back_on == "12-15"
    readings = PLAN.readings
    assert (readings.hazard_failed, readings.resurgence, readings.unlicensed) == ("V10", "V02", "V01")
    assert readings.source == "A"


@pytest.mark.clause("plan-due")
def test_implementation_plans_are_due_on_17_may() -> None:
    assert (PLAN.plan_due, PLAN.plan_due_source) == ("05-17", "N")


@pytest.mark.clause("domain §1")
def test_closure_checks_restart_conditions_and_questions() -> None:
    assert [c.id for c in PLAN.closure_checks] == [
        "power_and_water_cut",
        "equipment_removed",
        "materials_cleared",
        "licences_revoked",
        "site_sealed",
    ]
    assert {c.source for c in PLAN.closure_checks} == {"A"}
    assert [c.id for c in PLAN.restart_conditions] == ["measures", "licences", "safety"]
    assert {(c.clause, c.source) for c in PLAN.restart_conditions} == {("3.1.restart", "N")}
    assert [q.id for q in PLAN.questions] == ["licensed", "major_hazard", "lawful"]
    assert {(q.clause, q.source) for q in PLAN.questions} == {("3.1.questions", "N")}


@pytest.mark.clause("1.goal")
def test_the_accident_targets() -> None:
    assert [(t.deaths_from, t.deaths_to, t.at_most) for t in PLAN.targets] == [
        (10, None, 0),
        (3, 9, None),
        (1, 2, None),
    ]
    assert {(t.clause, t.source) for t in PLAN.targets} == {("1.goal", "N")}


@pytest.mark.clause("3.2.must3")
def test_no_amount_of_money_passes_for_the_notice_or_the_law() -> None:
    assert {a.source for a in PLAN.articles} == {"A"}
    assert all("待市法制机构确认" in a.zh for a in PLAN.articles)
    assert all("to be confirmed by the city's legal unit" in a.en for a in PLAN.articles)


@pytest.mark.clause("domain §1")
def test_every_clause_is_one_of_the_domain() -> None:
    known = {
        *("1.goal", "2.1", "2.2", "3", "3.1", "3.1.questions", "3.1.register", "3.1.ledger", "3.1.restart"),
        *("3.2", "3.2.must1", "3.2.must2", "3.2.must3", "3.2.must4", "3.2.integration", "3.3"),
        *("4.1", "4.2", "4.3", "4.4", "2.3.other"),
        *(f"2.2.{n}" for n in range(1, 11)),
        *(f"2.3.{n}" for n in range(1, 13)),
    }
    used = {c for _, c in _sourced(PLAN.model_dump(mode="json"))}
    assert used <= known
    assert {"4.1", "4.3", "4.4", "3.2.integration"} <= used


@pytest.mark.clause("domain §1")
def test_every_assumption_is_listed_once_and_nothing_of_the_notice_is_among_them() -> None:
    listed = assumptions(PLAN)
    assert len(set(listed)) == len(listed)
    assert any(a.startswith("clocks.extension: 15 days") for a in listed)
    assert any(a.startswith("musts.suspend.decided_by: supervisor") for a in listed)
    assert not any(
        a.startswith(("phases.", "hazards.", "sectors.", "targets.", "musts.close.decided_by")) for a in listed
    )
    assert not any(a.startswith(("clocks.reinspection_major", "musts.refer.decided:")) for a in listed)


def _sourced(node: object) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        here = [(node["source"], node["clause"])] if "clause" in node else []
        return here + [found for value in node.values() for found in _sourced(value)]
    return [found for item in node for found in _sourced(item)] if isinstance(node, list) else []
