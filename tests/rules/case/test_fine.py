"""3.2.must3: again after an ordered rectification → fine at the upper limit, unit and persons (domain §4)."""

from typing import Any

import pytest

from tests.cast import GOVERNMENT, INSPECTOR, UPPER_LIMIT
from tests.rules.story import Fine, Story, h, illegal, instant, v

LAST_YEAR = "2012-09-01"


def still() -> Story:
    """Unlawful conduct, suspended on 3 June and still going on on 13 June: fine owed on a."""
    story = Story().at("06-03").record(v("a")).register("a").carry_out("suspend")
    return story.at("06-13").declare("a").verdict(a=False)


def again(*findings: dict[str, Any]) -> Story:
    """Unlawful conduct x, ordered on 3 June and verified; other findings registered on 5 June."""
    story = Story().at("06-03").record(v("x")).register("x").carry_out("suspend").settle("x")
    return story.at("06-05").record(*findings).register(*(str(f["ref"]) for f in findings))


def limit(article: str = "fixed", *names: str, unit: Any = 100000, person: Any = 10000, **base: Any) -> Fine:
    """A fine as proposed, one amount for every person."""
    persons = [{"name": n, "amount": person} for n in names or ("Sun",)]
    return {"article": article, "unit": unit, "persons": persons} | base


# ---------------------------------------------------------------- still going on


@pytest.mark.clause("3.2.must3")
def test_unlawful_conduct_still_going_on_after_its_registration_owes_fine() -> None:
    told = still().end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]
    assert told.must("fine")["arose_at"] == "06-13 09:00"


@pytest.mark.clause("3.2.must3")
def test_a_hazard_that_fails_once_owes_no_fine() -> None:
    told = Story().at("06-03").record(h("a")).register("a").declare("a").verdict(a=False).end()
    assert told.musts == ["suspend owed a"]


@pytest.mark.clause("3.2.must3")
def test_a_hazard_that_fails_in_the_suspension_for_v10_owes_close_and_fine() -> None:
    story = Story().at("06-03").record(h("a")).register("a").declare("a").verdict(a=False)
    story.carry_out("suspend")
    told = story.declare("a").verdict(a=False).end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]


@pytest.mark.clause("3.2.must3")
def test_a_hazard_that_fails_in_a_suspension_for_imminent_danger_owes_no_fine() -> None:
    story = Story().at("06-03").record(h("a", imminent_danger=True)).register("a").carry_out("suspend")
    assert story.declare("a").verdict(a=False).end().musts == ["close owed a", "suspend executed a"]


@pytest.mark.clause("3.2.must3")
def test_unlawful_conduct_that_fails_in_a_suspension_for_imminent_danger_owes_fine() -> None:
    story = Story().at("06-03").record(v("a", imminent_danger=True)).carry_out("suspend").register("a")
    told = story.declare("a").verdict(a=False).end()
    assert told.musts == ["close owed a", "fine owed a", "suspend executed a"]


# ---------------------------------------------------------------- again


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize("category", ["V04", "V05", "V10"])
def test_unlawful_conduct_of_any_category_recorded_after_an_order_owes_fine_at_its_registration(
    category: str,
) -> None:
    story = again(v("b", category))
    told = story.end()
    assert "fine owed b" in told.musts
    assert "suspend owed b" in told.musts
    assert told.must("fine")["arose_at"] == "06-05 09:00"


@pytest.mark.clause("3.2.must3")
def test_recording_alone_owes_no_fine_yet() -> None:
    story = Story().at("06-03").record(v("x")).register("x").at("06-05").record(v("b"))
    assert story.end().owed == ["suspend"]


@pytest.mark.clause("3.2.must3")
def test_an_illegal_operation_after_an_order_owes_close_and_fine() -> None:
    assert again(illegal("b")).end().owed == ["close", "fine"]


@pytest.mark.clause("3.2.must3")
def test_the_registration_of_an_illegal_operation_is_an_order_too() -> None:
    story = Story().at("06-03").record(illegal("x")).register("x").at("06-05").record(v("b")).register("b")
    assert story.end().musts == ["close owed x", "fine owed b", "suspend owed b"]


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize(("inspected_on", "owed"), [("2013-06-02", []), ("2013-06-03", []), ("2013-06-04", ["fine"])])
def test_what_was_inspected_before_the_order_and_written_down_after_it_is_not_again(
    inspected_on: str, owed: list[str]
) -> None:
    assert again(v("b", inspected_on=inspected_on)).end().owed == ["suspend", *owed]
    assert again(v("b")).end().owed == ["suspend", "fine"], "where no day is given it is that of the record"


def test_a_day_of_inspection_is_not_ahead() -> None:
    assert Story().at("06-03").record(v("a", inspected_on="2013-06-04")).refusal() == "inspected_in_future"


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize(("observed", "owed"), [("06-03 08:30", []), ("06-03 09:30", ["fine"])])
def test_what_was_seen_before_the_order_and_sent_after_it_is_not_again(observed: str, owed: list[str]) -> None:
    """As by a telephone that had no network."""
    story = Story().at("06-03 09:00").record(v("a")).register("a").at("06-03 11:00")
    seen = instant(observed, story.year).isoformat()
    story.do("record_findings", findings=[v("b")], observed_at=seen).register("b")
    assert story.end().owed == ["suspend", *owed]


@pytest.mark.clause("3.2.must3")
def test_unlawful_conduct_recorded_before_the_order_is_not_again() -> None:
    story = Story().at("06-03").record(v("x"), v("b")).register("x").at("06-05").register("b")
    assert story.end().musts == ["suspend owed b x"]


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize("category", ["H01", "other"])
def test_a_hazard_after_an_order_owes_no_fine(category: str) -> None:
    assert "fine" not in again(h("b", category)).end().owed


@pytest.mark.clause("3.2.must3")
def test_the_registration_of_a_hazard_is_no_order_to_rectify_illegal_conduct() -> None:
    story = Story().at("06-03").record(h("x")).register("x").at("06-05").record(v("b")).register("b")
    assert story.end().musts == ["suspend owed b"]


@pytest.mark.clause("3.2.must3")
def test_the_suspension_of_a_failed_hazard_is_an_order() -> None:
    story = Story().at("06-03").record(h("x")).register("x").declare("x").verdict(x=False)
    story.carry_out("suspend")
    told = story.at("06-05").record(v("b")).register("b").end()
    assert told.musts == ["fine owed b", "suspend executed x", "suspend owed b"]


@pytest.mark.clause("3.2.must3")
def test_conduct_recorded_before_the_suspension_of_a_failed_hazard_is_not_again() -> None:
    story = Story().at("06-03").record(h("x"), v("b")).register("x").at("06-04").declare("x").verdict(x=False)
    told = story.at("06-05").carry_out("suspend").at("06-06").register("b").end()
    assert told.musts == ["suspend executed x", "suspend owed b"]


@pytest.mark.clause("3.2.must3")
def test_a_suspension_for_imminent_danger_of_a_hazard_is_no_order_to_rectify_illegal_conduct() -> None:
    story = Story().at("06-03").record(h("x", imminent_danger=True)).carry_out("suspend")
    assert "fine" not in story.at("06-05").record(v("b")).register("b").end().owed


# ---------------------------------------------------------------- earlier orders


@pytest.mark.clause("3.2.must3")
def test_an_earlier_order_in_v_makes_the_first_unlawful_conduct_of_the_case_again() -> None:
    story = Story(earlier=(("V08", LAST_YEAR),)).at("06-03").record(v("a")).register("a")
    assert story.end().musts == ["fine owed a", "suspend owed a"]


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize("category", ["H01", "other"])
def test_an_earlier_order_outside_v_does_not(category: str) -> None:
    story = Story(earlier=((category, LAST_YEAR),)).at("06-03").record(v("a")).register("a")
    assert story.end().musts == ["suspend owed a"]


@pytest.mark.clause("3.2.must3")
def test_an_earlier_order_that_came_after_the_recording_does_not() -> None:
    story = Story(earlier=(("V04", "06-03 12:00"),)).at("06-03").record(v("a")).at("06-04").register("a")
    assert story.end().musts == ["suspend owed a"]


@pytest.mark.clause("3.2.must3")
def test_an_earlier_order_owes_no_fine_on_a_hazard() -> None:
    assert Story(earlier=(("V04", LAST_YEAR),)).at("06-03").record(h("a")).register("a").end().musts == []


# ---------------------------------------------------------------- exactly the upper limit, unit and persons


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize(
    "fine",
    [
        limit(),
        limit("by-illegal-gains", unit=150000, person=50000, base=30000),
        limit("by-annual-income", unit=200000, person=48000, base=80000),
        limit("by-illegal-gains", unit="61728.35", person=50000, base="12345.67"),
    ],
    ids=["fixed", "factor", "share of income", "to the cent"],
)
def test_a_fine_is_exactly_the_upper_limit_a_fixed_amount_or_factor_times_base(fine: Fine) -> None:
    assert again(v("b")).propose("fine", fine=fine).approve("fine").execute("fine").end().executed == [
        "suspend",
        "fine",
    ]


@pytest.mark.clause("3.2.must3")
@pytest.mark.parametrize(
    ("fine", "code"),
    [
        (limit(unit=99999), "not_upper_limit"),
        (limit(unit=100001), "not_upper_limit"),
        (limit(unit="100000.01"), "not_upper_limit"),
        (limit(person=9999), "not_upper_limit"),
        (limit(person=10001), "not_upper_limit"),
        (limit("by-illegal-gains", unit=100000, person=50000, base=30000), "not_upper_limit"),
        (limit("by-annual-income", unit=200000, person=47999, base=80000), "not_upper_limit"),
        (limit("by-illegal-gains", unit=150000, person=50000), "base_missing"),
        (limit(base=30000), "base_foreign"),
        (limit("article 9"), "unknown_article"),
        (limit("fixed", "Zhou"), "persons_differ"),
        (limit("fixed", "Sun", "Zhou"), "persons_differ"),
        (limit() | {"persons": []}, "persons_differ"),
    ],
)
def test_any_other_amount_article_or_person_is_refused(fine: Fine, code: str) -> None:
    assert again(v("b")).propose("fine", fine=fine).refusal() == code


@pytest.mark.clause("3.2.must3")
def test_each_grounds_responsible_person_is_fined() -> None:
    def two() -> Story:
        return again(v("b")).record(v("c")).register("c", responsible="Zhou")

    assert two().propose("fine", fine=limit("fixed", "Sun")).refusal() == "persons_differ"
    assert "fine proposed b c" in two().propose("fine", fine=limit("fixed", "Zhou", "Sun")).end().musts


@pytest.mark.clause("3.2.must3")
def test_one_person_responsible_for_two_grounds_is_fined_once() -> None:
    assert "fine proposed b c" in again(v("b"), v("c")).propose("fine").end().musts


@pytest.mark.clause("3.2.must3")
def test_the_person_fined_is_the_responsible_person_of_the_day() -> None:
    def reassigned() -> Story:
        return again(v("b")).do("reassign_responsible", ref="b", responsible="Zhou")

    assert reassigned().propose("fine").refusal() == "persons_differ"
    assert "fine proposed b" in reassigned().propose("fine", fine=limit("fixed", "Zhou")).end().musts


@pytest.mark.clause("3.2.must3")
def test_a_fine_is_proposed_with_amounts_and_nothing_else_is() -> None:
    assert again(v("b")).do("propose_measure", must="fine").refusal() == "fine_missing"
    assert again(v("b")).propose("suspend", fine=UPPER_LIMIT).refusal() == "fine_foreign"


# ---------------------------------------------------------------- decided, executed


@pytest.mark.clause("§5")
def test_fine_is_decided_by_a_supervisor_in_thirty_working_days_and_executed_in_seven() -> None:
    told = still().end()
    assert told.must("fine")["decide_by"] == "07-25 24:00"  # the 30th working day after Thursday 13 June
    decided = still().at("07-01").propose("fine").approve("fine").end()
    assert decided.must("fine")["execute_by"] == "07-10 24:00"
    assert still().propose("fine").approve("fine", by=GOVERNMENT).refusal() == "role_not_permitted"
    assert still().propose("fine").approve("fine", by="supervisor:Li@650203").refusal() == "four_eyes"


@pytest.mark.clause("3.2.must3")
def test_a_fine_is_executed_with_its_receipt() -> None:
    story = still().propose("fine").approve("fine").execute("fine", receipt=None)
    assert story.refusal() == "receipt_missing"
    assert "fine executed a" in still().carry_out("fine").end().musts


@pytest.mark.clause("§4")
def test_a_fine_that_is_owed_bars_no_verdict() -> None:
    story = again(v("b")).carry_out("suspend").settle("b")
    assert story.end().state("b") == "verified"
    assert story.end().owed == ["fine"]


@pytest.mark.clause("§4")
def test_a_fine_may_be_owed_again_beside_an_executed_one() -> None:
    told = again(v("b")).carry_out("fine").at("06-06").record(v("c")).register("c").end()
    assert [m for m in told.musts if m.startswith("fine")] == ["fine executed b", "fine owed c"]


@pytest.mark.clause("§4")
def test_a_new_ground_of_a_proposed_fine_sets_it_back_to_owed() -> None:
    story = again(v("b")).propose("fine").at("06-06").record(v("c")).register("c", responsible="Zhou")
    assert "fine owed b c" in story.end().musts
    assert story.approve("fine").refusal() == "not_proposed"


@pytest.mark.clause("§4")
def test_a_fine_whose_ground_is_rescinded_is_withdrawn() -> None:
    told = again(v("b")).rescind("b").end()
    assert told.owed == []
    assert told.must("fine")["state"] == "withdrawn"


@pytest.mark.clause("§7")
def test_an_inspector_proposes_and_executes_but_does_not_approve_a_fine() -> None:
    assert still().propose("fine").approve("fine", by=INSPECTOR).refusal() == "role_not_permitted"


@pytest.mark.clause("3.2.must3")
def test_a_decided_fine_is_executed_as_decided_though_a_ground_is_rescinded() -> None:
    """Only a fine without any ground left is withdrawn (A)."""
    story = Story(earlier=(("V08", "03-01"),)).at("06-03").record(v("a"), v("b")).register("a", "b")
    story.propose("fine").approve("fine").at("06-04").rescind("b")
    assert story.end().must("fine", "decided")["grounds"] == ["a"]
    assert story.execute("fine").end().must("fine", "executed")["grounds"] == ["a"]
    story.steps.pop()
    assert story.rescind("a").end().musts == []
