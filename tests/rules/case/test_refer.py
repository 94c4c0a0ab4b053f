"""3.2.must4: law broken → held liable; a suspected crime is referred (domain §4)."""

import pytest

from tests.cast import ENTERPRISE, GOVERNMENT, SUPERVISOR
from tests.rules.story import Story, finding, h, v


def suspected(at: str = "06-03") -> Story:
    """A hazard with a suspected crime."""
    return Story().at(at).record(h("a", suspected_crime=True))


@pytest.mark.clause("3.2.must4")
@pytest.mark.parametrize("category", ["V01", "V04", "H01", "other"])
@pytest.mark.parametrize("at", ["05-10", "06-03", "11-04"])
def test_a_suspected_crime_owes_refer_from_its_recording_in_any_phase(category: str, at: str) -> None:
    told = Story().at(at).record(finding("a", category, suspected_crime=True)).end()
    assert told.musts == ["refer owed a"]
    assert told.must("refer")["arose_at"] == f"{at} 09:00"


@pytest.mark.clause("3.2.must4")
def test_without_a_suspected_crime_there_is_no_referral() -> None:
    assert Story().at("06-03").record(h("a")).end().musts == []


@pytest.mark.clause("§5")
def test_refer_is_decided_in_three_working_days_and_sent_within_24_hours_of_approval() -> None:
    assert suspected("06-07").end().must("refer")["decide_by"] == "06-13 24:00"
    told = suspected().propose("refer").at("06-04 15:30").approve("refer").end()
    assert told.must("refer")["execute_by"] == "06-05 15:30"


@pytest.mark.clause("§5")
def test_a_referral_sent_at_the_due_instant_is_late() -> None:
    def approved() -> Story:
        return suspected().register("a").propose("refer").at("06-04 15:30").approve("refer")

    late = approved().at("06-05 15:30").execute("refer").end()
    assert late.clock == ["06-05 15:30 deadline_passed"]
    assert approved().at("06-05 15:29:59").execute("refer").until("06-05 16:00").end().clock == []


@pytest.mark.clause("3.2.must4")
@pytest.mark.parametrize("missing", ["letter", "receipt"])
def test_a_referral_is_executed_with_letter_and_receipt(missing: str) -> None:
    story = suspected().propose("refer").approve("refer").execute("refer", **{missing: None})
    assert story.refusal() == "referral_incomplete"
    assert suspected().carry_out("refer").end().musts == ["refer executed a"]


@pytest.mark.clause("§4")
@pytest.mark.parametrize("by", [GOVERNMENT, "inspector:Ma@650203", ENTERPRISE])
def test_only_the_head_of_the_department_decides_a_referral(by: str) -> None:
    assert suspected().propose("refer").approve("refer", by=by).refusal() == "role_not_permitted"
    assert suspected().propose("refer").approve("refer", by="supervisor:Li@650203").refusal() == "four_eyes"


@pytest.mark.clause("§4")
def test_a_referral_that_is_owed_bars_no_verdict_and_no_extension() -> None:
    story = suspected().register("a").extend("a", "06-25 24:00").decide_extension("a").settle("a")
    told = story.end()
    assert (told.state("a"), told.owed, told.stage) == ("verified", ["refer"], "escalation")


@pytest.mark.clause("§4")
def test_a_second_suspected_crime_joins_the_owed_referral_or_makes_another_one() -> None:
    crime = h("b", suspected_crime=True)
    assert suspected().at("06-04").record(crime).end().musts == ["refer owed a b"]
    assert suspected().at("06-04").record(crime).end().must("refer")["decide_by"] == "06-06 24:00"
    told = suspected().propose("refer").approve("refer").at("06-04").record(crime).end()
    assert told.musts == ["refer decided a", "refer owed b"]


@pytest.mark.clause("§4")
def test_one_finding_may_owe_several_musts_at_once() -> None:
    facts = {"suspected_crime": True, "imminent_danger": True}
    told = Story().at("06-03").record(v("a", "V01", **facts), v("b", **facts)).register("a", "b").end()
    assert told.musts == ["close owed a", "refer owed a b", "suspend owed a b"]


@pytest.mark.clause("§4")
@pytest.mark.parametrize("executed", [False, True])
def test_a_ground_of_an_owed_or_executed_referral_is_rescinded_by_the_government(executed: bool) -> None:
    def story() -> Story:
        told = suspected().record(h("b"))
        return told.carry_out("refer") if executed else told

    assert story().rescind("a", by=SUPERVISOR).refusal() == "role_not_permitted"
    assert story().rescind("a", by=GOVERNMENT).end().state("a") == "rescinded"


@pytest.mark.clause("§4")
def test_an_executed_referral_stays_listed_when_its_ground_is_rescinded() -> None:
    told = suspected().record(h("b")).carry_out("refer").rescind("a", by=GOVERNMENT).end()
    assert told.executed == ["refer"]
