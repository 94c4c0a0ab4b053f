"""Who may: roles and territories, four eyes, the second inspector, listing, transfer (domain §7; 4.2)."""

from typing import Any

import pytest

from tests.cast import ALL_MET, CITY, COLLEAGUE, ELSEWHERE, HERE, INSPECTOR, OFFICE, SUPERVISOR
from tests.rules.story import Story, h, v

ROLES = [
    "inspector",
    "supervisor",
    "government",
    "regulator",
    "office",
    "enterprise",
    "auditor",
    "admin",
    "public",
]
WHO: dict[str, tuple[dict[str, Any], set[str]]] = {
    "assign_officers": ({"officers": ["Li"]}, {"supervisor"}),
    "record_findings": ({"findings": [h("n")]}, {"inspector"}),
    "correct_finding": ({"ref": "r", "grade": "major"}, {"inspector"}),
    "register": ({"assignments": [{"ref": "r", "responsible": "Sun"}]}, {"inspector"}),
    "reassign_responsible": ({"ref": "a", "responsible": "Zhou"}, {"inspector"}),
    "request_extension": ({"ref": "a", "due": "2013-06-20", "reason": "x"}, {"enterprise", "inspector"}),
    "decide_extension": ({"ref": "a", "granted": True, "reason": "x"}, {"supervisor"}),
    "declare_rectified": ({"refs": ["a"], "evidence": ["x"]}, {"enterprise", "inspector"}),
    "reinspect": ({"verdicts": [{"ref": "a", "passed": True, "note": ""}]}, {"inspector"}),
    "propose_measure": ({"must": "suspend"}, {"inspector"}),
    "record_execution": ({"must": "suspend", "date": "2013-06-03", "details": {}}, {"inspector"}),
    "stay_measure": ({"must": "suspend", "authority": "x", "reason": "x"}, {"supervisor"}),
    "lift_stay": ({"must": "suspend", "authority": "x", "reason": "x"}, {"supervisor"}),
    "accept_restart": ({"conditions": ALL_MET, "signatories": ["Li", "Ma"]}, {"inspector"}),
    "refuse_restart": ({"conditions": ALL_MET, "reason": "x"}, {"inspector"}),
    "look_back": ({"recurred": False}, {"inspector"}),
    "rescind_finding": ({"ref": "a", "reason": "x"}, {"supervisor"}),
    "transfer": ({"district": ELSEWHERE, "reason": "x"}, {"office"}),
    "void": ({"reason": "x"}, {"supervisor"}),
}


def actor(role: str, territory: str = HERE) -> str:
    """A person of that role, who recorded nothing."""
    return f"{role}:Gao@{CITY if role == 'office' else territory}"


def some_case() -> Story:
    """One finding registered, one recorded."""
    return Story().at("06-03").record(h("a"), h("r")).register("a")


@pytest.mark.clause("§7")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", list(WHO))
def test_every_command_is_for_its_roles_only(kind: str, role: str) -> None:
    fields, roles = WHO[kind]
    code = some_case().do(kind, actor(role), **fields).run().official[-1].get("code")
    assert (code == "role_not_permitted") == (role not in roles)


@pytest.mark.clause("§7")
@pytest.mark.parametrize("role", ROLES)
def test_inspectors_and_the_office_open_cases(role: str) -> None:
    code = Story().at("06-03").do("open", actor(role), source="inspection").run().official[-1].get("code")
    assert code == (None if role in ("inspector", "office") else "role_not_permitted")


@pytest.mark.clause("§7")
@pytest.mark.parametrize("role", ["enterprise", "auditor", "admin", "public"])
def test_a_note_is_an_officials(role: str) -> None:
    assert some_case().do("add_note", actor(role), text="x").refusal() == "role_not_permitted"


@pytest.mark.clause("§7")
@pytest.mark.parametrize("role", ["inspector", "supervisor", "government", "office"])
def test_any_official_adds_a_note(role: str) -> None:
    assert some_case().do("add_note", actor(role), text="x").end().stage == "registration"


@pytest.mark.clause("§7")
@pytest.mark.parametrize("territory", [ELSEWHERE, CITY])
@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("inspector", "record_findings"),
        ("supervisor", "assign_officers"),
        ("enterprise", "declare_rectified"),
        ("enterprise", "request_extension"),
    ],
)
def test_these_roles_act_in_their_own_district_only(role: str, kind: str, territory: str) -> None:
    fields, _ = WHO[kind]
    assert some_case().do(kind, actor(role, territory), **fields).refusal() == "wrong_territory"


@pytest.mark.clause("§7")
def test_an_inspector_opens_a_case_in_the_own_district_and_the_office_anywhere() -> None:
    def opened(by: str) -> Story:
        return Story(district=ELSEWHERE).at("06-03").do("open", by, source="inspection")

    assert opened(INSPECTOR).refusal() == "wrong_territory"
    assert opened(OFFICE).end().stage == "investigation"


# ---------------------------------------------------------------- the second inspector


@pytest.mark.clause("§7")
@pytest.mark.parametrize(
    ("second", "code"),
    [
        (COLLEAGUE, None),
        (INSPECTOR, "second_inspector"),
        (f"inspector:Ma@{ELSEWHERE}", "second_inspector"),
        (SUPERVISOR, "second_inspector"),
    ],
)
def test_two_different_inspectors_of_the_district_sign(second: str, code: str | None) -> None:
    told = Story().at("06-03").do("record_findings", findings=[h("a")], **{"with": second}).run()
    assert told.official[-1].get("code") == code


# ---------------------------------------------------------------- transfer


@pytest.mark.clause("§7")
def test_a_transferred_case_belongs_to_the_other_district() -> None:
    def transferred() -> Story:
        return some_case().do("transfer", OFFICE, district=ELSEWHERE, reason="moved").at("06-04")

    assert transferred().declare("a").refusal() == "wrong_territory"
    assert transferred().record(h("n")).refusal() == "wrong_territory"
    assert transferred().record(h("n"), by=f"inspector:He@{ELSEWHERE}").end().state("n") == "recorded"


@pytest.mark.clause("§7")
@pytest.mark.parametrize(("district", "code"), [(HERE, "same_district"), ("650299", "unknown_district")])
def test_a_case_is_transferred_to_another_district_of_the_plan(district: str, code: str) -> None:
    assert some_case().do("transfer", OFFICE, district=district, reason="moved").refusal() == code


@pytest.mark.clause("§7")
def test_a_transfer_leaves_clocks_and_musts_as_they_are() -> None:
    told = Story().at("06-03").record(v("a")).register("a").propose("suspend")
    moved = told.do("transfer", OFFICE, district=ELSEWHERE, reason="moved").end()
    assert (moved.musts, moved.due) == (["suspend proposed a"], "06-06 24:00")


# ---------------------------------------------------------------- listed supervision (4.2)


def listed(level: str = "district", grade: str = "major", by: str | None = None) -> Story:
    """A finding of the grade, listed."""
    lister = by or (SUPERVISOR if level == "district" else OFFICE)
    story = Story().at("06-03").record(h("a", grade=grade), h("b")).register("a", "b")
    return story.do("list_for_supervision", lister, level=level, reason="x")


def delisted(story: Story, level: str = "district", by: str = SUPERVISOR) -> Story:
    """Taken off the list."""
    return story.do("delist", by, level=level, reason="x")


@pytest.mark.clause("4.2")
def test_the_supervisor_lists_at_district_level_and_the_office_at_city_level() -> None:
    assert listed("district").end().stage == "rectification"
    assert listed("city").end().stage == "rectification"
    assert listed("district", by=OFFICE).refusal() == "role_not_permitted"
    assert listed("city", by=SUPERVISOR).refusal() == "role_not_permitted"


@pytest.mark.clause("4.2")
def test_a_listing_needs_an_unsettled_major_finding() -> None:
    assert listed(grade="general").refusal() == "no_major_finding"
    settled = Story().at("06-03").record(h("a", grade="major"), h("b")).register("a", "b").settle("a")
    settled.do("list_for_supervision", SUPERVISOR, level="district", reason="x")
    assert settled.refusal() == "no_major_finding"
    conduct = Story().at("06-03").record(v("a", grade="major"))
    conduct.do("list_for_supervision", SUPERVISOR, level="district", reason="x")
    assert conduct.end().owed == []


@pytest.mark.clause("4.2")
def test_a_case_is_listed_once_at_a_level() -> None:
    again = listed().do("list_for_supervision", SUPERVISOR, level="district", reason="x")
    assert again.refusal() == "already_listed"


@pytest.mark.clause("4.2")
def test_a_case_is_delisted_when_every_major_finding_is_settled_by_verdict() -> None:
    assert delisted(listed()).refusal() == "major_findings_open"
    assert delisted(listed().declare("a").verdict(a=False)).refusal() == "major_findings_open"
    case = delisted(listed().settle("a")).end().case
    assert case is not None
    assert case.listed is None


@pytest.mark.clause("4.2")
def test_a_rescinded_major_finding_does_not_bar_delisting() -> None:
    """There was nothing to rectify (A); one that is still to be judged bars it all the same."""
    story = Story().at("06-03").record(h("a", grade="major"), h("b", grade="major")).register("a", "b")
    listed = {"level": "district", "reason": "x"}
    story.do("list_for_supervision", SUPERVISOR, **listed).rescind("a")
    assert story.do("delist", SUPERVISOR, **listed).refusal() == "major_findings_open"
    story.steps.pop()
    story.at("06-04").settle("b").do("delist", SUPERVISOR, **listed)
    case = story.end().case
    assert case
    assert case.listed is None


@pytest.mark.clause("4.2")
def test_what_is_not_listed_is_not_delisted() -> None:
    assert delisted(some_case()).refusal() == "not_listed"
    assert delisted(delisted(listed().settle("a"))).refusal() == "not_listed"
