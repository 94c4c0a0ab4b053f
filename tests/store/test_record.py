"""The one write path: a transition is recorded once, in one transaction, or what stands there is returned."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from models.case import Case
from models.events import Transition
from models.wire import Recorded
from rules.case.decide import decide
from rules.case.evolve import apply, fold
from store.campaigns import Campaign
from store.case_log import timeline
from store.certificate import certify
from store.log import OutOfStep, record
from store.verify import check_case
from tests.cast import SUPERVISOR
from tests.durable.office import command, finding, instant
from tests.store.paper import on_paper, opened, write


@pytest.fixture
def case_id(campaign: Campaign) -> str:
    """Of a case on paper."""
    return f"case/{campaign.campaign_id}/one"


@pytest.fixture
def case(engine: Engine, campaign: Campaign, case_id: str) -> Case:
    """An open case with one hazard, in the record."""
    found = command("record_findings", findings=[finding("F1", "H01")])
    return write(engine, campaign.plan, on_paper(campaign, case_id, [("05-10", found)]))


def noted(campaign: Campaign, case: Case, what: str) -> Transition:
    """A note, decided."""
    decided = decide(campaign.plan, case, command("add_note", text=what), instant("05-11"))
    assert isinstance(decided, Transition)
    return decided


def outbox(engine: Engine) -> int:
    """How many lines wait there."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()


def test_recorded_twice_is_one_line(engine: Engine, campaign: Campaign, case: Case) -> None:
    registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
    step = decide(campaign.plan, case, registered, instant("05-11"))
    assert isinstance(step, Transition)
    told = outbox(engine)
    assert record(engine, campaign.plan, case, step).transitions == (step,)
    assert record(engine, campaign.plan, case, step).transitions == (step,), "the same answer"
    assert [s.do for s in timeline(engine, case.case_id)] == ["open", "record_findings", "register"]
    assert outbox(engine) == told + 2, "and its lines in the outbox once: whose turn it is, and the order to rectify"
    assert check_case(engine, case.case_id) == []


def test_where_somebody_else_was_first_theirs_is_returned_and_nothing_written(
    engine: Engine, campaign: Campaign, case: Case
) -> None:
    theirs, next_of_theirs, mine = (noted(campaign, case, what) for what in ("theirs", "theirs again", "mine"))
    record(engine, campaign.plan, case, theirs)
    record(engine, campaign.plan, apply(case, theirs), next_of_theirs)
    assert record(engine, campaign.plan, case, mine).transitions == (theirs, next_of_theirs)
    assert mine.command_id not in {s.command_id for s in timeline(engine, case.case_id)}
    assert check_case(engine, case.case_id) == []


def test_a_place_that_the_log_has_not_reached_is_out_of_step(engine: Engine, campaign: Campaign, case: Case) -> None:
    unseen = apply(case, noted(campaign, case, "never recorded"))
    with pytest.raises(OutOfStep):
        record(engine, campaign.plan, unseen, noted(campaign, unseen, "after it"))
    assert len(timeline(engine, case.case_id)) == 2


def test_a_case_cannot_be_opened_twice(engine: Engine, campaign: Campaign, case: Case) -> None:
    again = opened(campaign, case.case_id, instant("05-12"))
    kept = record(engine, campaign.plan, None, again).transitions
    assert fold(kept) == case, "the whole log comes back, and folds to the case as it stands"


def test_of_eight_at_the_same_place_one_is_recorded_and_all_learn_which(
    engine: Engine, campaign: Campaign, case: Case
) -> None:
    steps = [noted(campaign, case, f"note {n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda step: record(engine, campaign.plan, case, step), steps))
    assert all(answer == answers[0] for answer in answers)
    assert timeline(engine, case.case_id)[2:] == answers[0].transitions
    assert check_case(engine, case.case_id) == []


def test_log_and_fold_are_one_transaction(engine: Engine, campaign: Campaign) -> None:
    """What cannot be folded is not in the log either: here a case of a campaign that was never started."""
    stray = opened(campaign, "case/nowhere-2027/one", instant("05-10"))
    with pytest.raises(IntegrityError):
        record(engine, campaign.plan, None, stray)
    assert timeline(engine, "case/nowhere-2027/one") == ()


def test_an_opening_waits_for_the_certificate_and_then_comes_too_late(engine: Engine, campaign: Campaign) -> None:
    """Else the account of the campaign would have one case less than its log."""
    late = opened(campaign, f"case/{campaign.campaign_id}/late", instant("05-10"))
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as account:
            account.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 1))"), {"id": campaign.campaign_id}
            )
            opening = pool.submit(record, engine, campaign.plan, None, late)
            while not account.execute(waits).scalar_one():
                assert not opening.done(), "it did not wait"
            account.execute(
                text("""INSERT INTO certificates (campaign_id, at, opened, outcomes, digest)
                VALUES (:id, now(), 0, '{}', '')"""),
                {"id": campaign.campaign_id},
            )
        assert opening.result() == Recorded(certified=True)
    assert timeline(engine, f"case/{campaign.campaign_id}/late") == ()
    assert record(engine, campaign.plan, None, late) == Recorded(certified=True), "nor does it come later"


def test_a_case_that_is_recorded_is_found_after_the_certificate(
    engine: Engine, campaign: Campaign, case_id: str
) -> None:
    """A worker that died before it got the answer asks again."""
    opening = opened(campaign, case_id, instant("05-10"))
    case = apply(None, opening)
    record(engine, campaign.plan, None, opening)
    void = decide(campaign.plan, case, command("void", SUPERVISOR, reason="opened twice"), instant("05-11"))
    assert isinstance(void, Transition), void
    record(engine, campaign.plan, case, void)
    assert certify(engine, campaign.campaign_id, instant("12-31")).opened == 1
    assert record(engine, campaign.plan, None, opening).transitions == (opening, void)
