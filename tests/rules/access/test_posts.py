"""What posts there can be, who may stand in for whom, and that an administrator stays (A, 0031)."""

from datetime import UTC, datetime, timedelta

import pytest

from models.actors import ROLES, Role
from models.people import Delegation, Post, Standing
from models.register import Registered
from rules.access.posts import (
    LONGEST_NAME,
    locks_out,
    not_delegated,
    not_given,
    officers_for,
    person_refused,
    post_refused,
    stands_in,
    subject_elsewhere,
    unknown_officer,
)
from tests.cast import CITY, HERE, plan

NOW = datetime(2027, 6, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def post(role: Role, territory: str = HERE, *, until: int | None = None, person: str = "p", **more: str | None) -> Post:
    ends, post_id = None if until is None else NOW + until * DAY, f"{role}@{territory}"
    return Post(post_id=post_id, person_id=person, role=role, territory=territory, since_at=NOW, until_at=ends, **more)


def standing(name: str, sector: str | None) -> Standing:
    return Standing(post=post("inspector", person=name, sector=sector), person_id=name, name=name)


def wanted(of: Post, *, since: int = 0, until: int = 7, delegate: str = "other") -> Delegation:
    begins, ends = NOW + since * DAY, NOW + until * DAY
    return Delegation(delegation_id="d", post_id=of.post_id, delegate_id=delegate, since_at=begins, until_at=ends)


def code(refused: object) -> str | None:
    return getattr(refused, "code", None)


def test_a_login_is_letters_digits_and_three_signs_and_a_name_has_an_end() -> None:
    for login in ("zhao", "赵新", "Zhao.Xin-2_a", "1", "x" * 64):
        assert person_refused("赵新", login) is None, login
    for login in ("赵 新", "赵新!", "", ".zhao", "zhao.", "a..b", "a@b", "x" * 65, "a\u200bb", "=cmd"):
        assert code(person_refused("赵新", login)) == "unfit_login", login
    assert person_refused("赵" * LONGEST_NAME, "zhao") is None
    assert code(person_refused("赵" * (LONGEST_NAME + 1), "zhao")) == "line_too_long"


@pytest.mark.parametrize("of", ROLES)
def test_nobody_stands_in_for_an_official_but_of_the_same_role_or_bureau(of: Role) -> None:
    for own in ROLES:
        subject = {"subject_id": "s1"} if own == "enterprise" else {}
        about = {"subject_id": "s1"} if of == "enterprise" else {}
        fits = own == of or {own, of} == {"inspector", "supervisor"}
        assert stands_in(post(own, **subject), post(of, **about)) is fits, (own, of)


def test_who_stands_in_for_whom_stops_at_the_district_and_at_the_subject() -> None:
    assert stands_in(post("supervisor", "650202"), post("supervisor"))
    assert not stands_in(post("inspector", "650202"), post("supervisor"))
    assert not stands_in(post("enterprise", subject_id="s1"), post("enterprise", subject_id="s2"))


def test_a_delegation_is_within_the_own_post_and_given_once() -> None:
    of = post("supervisor", person="holder")
    own = [post("inspector", until=5)]
    assert code(not_delegated(wanted(of, until=5), of, own, ())) is None
    assert code(not_delegated(wanted(of, until=6), of, own, ())) == "delegate_leaves_before"
    assert code(not_delegated(wanted(of, since=6, until=7), of, own, ())) == "delegate_leaves_before"
    assert code(not_delegated(wanted(of, until=0), of, own, ())) == "empty_period"
    assert code(not_delegated(wanted(of, delegate="holder"), of, own, ())) == "own_delegate"
    for others in ([], [post("auditor")], [post("admin", CITY)], [post("enterprise", subject_id="s1")]):
        assert code(not_delegated(wanted(of), of, others, ())) == "unfit_delegate"
    before = wanted(of, until=3)
    assert code(not_delegated(wanted(of, since=2, until=4), of, own, [before])) == "delegated_already"
    assert not_delegated(wanted(of, since=3, until=4), of, own, [before]) is None


def test_a_post_that_would_never_be_held_or_is_held_already_is_not_given() -> None:
    assert not_given(post("inspector", until=1), (), NOW) is None
    backwards = post("inspector", until=1).model_copy(update={"since_at": NOW + 2 * DAY})
    assert code(not_given(backwards, (), NOW)) == "empty_period"
    assert code(not_given(post("inspector", until=-1), (), NOW)) == "over_already"
    assert code(not_given(post("inspector", until=1), (), NOW + 2 * DAY)) == "over_already"
    held = [post("inspector", until=3)]
    assert code(not_given(post("inspector"), held, NOW)) == "held_already"
    later = post("inspector").model_copy(update={"since_at": NOW + 3 * DAY})
    assert not_given(later, held, NOW) is None
    for other in (post("inspector", "650202"), post("supervisor"), post("inspector", sector="fire_safety")):
        assert not_given(other, held, NOW) is None


def test_who_reaches_one_district_has_no_post_of_the_whole_city() -> None:
    for role in ROLES:
        subject = {"subject_id": "s1"} if role == "enterprise" else {}
        sector = {"sector": "fire_safety"} if role == "regulator" else {}
        told = code(post_refused([plan()], post(role, CITY, **subject, **sector)))
        assert told == ("post_of_district" if role in ("inspector", "supervisor") else None), role


def test_the_people_of_an_enterprise_have_their_post_in_its_district() -> None:
    subject = Registered(subject_id="s1", version=1, name="锅炉房", district=HERE)
    assert subject_elsewhere([plan()], post("enterprise", subject_id="s1"), subject) is None
    for territory in (CITY, "650202"):
        told = subject_elsewhere([plan()], post("enterprise", territory, subject_id="s1"), subject)
        assert told is not None and told.code == "post_of_elsewhere" and "Karamay" in told.en, territory


def test_an_administrator_without_an_end_stays_where_there_was_one() -> None:
    end = NOW + DAY
    for before, after in (((None,), ()), ((None, end), (end,)), ((end,), ()), ((None, None), ())):
        assert code(locks_out(before, after)) == "last_administrator", (before, after)
    for before, after in (((None, None), (None,)), ((end, end), (end,)), ((), ()), ((None, end), (None,))):
        assert locks_out(before, after) is None, (before, after)


def test_an_officer_is_known_where_anybody_in_the_district_has_an_account() -> None:
    there = [standing("Li", None), standing("Ma", None)]
    assert code(unknown_officer(["Li", "Lee"], there, {"food"})) == "unknown_officer"
    assert unknown_officer(["Li"], there, {"food"}) is None and unknown_officer(["Lee"], [], {"food"}) is None


@pytest.mark.clause("domain §7")
def test_an_officer_is_one_who_reads_the_case() -> None:
    food, fire, both = standing("Li", "food"), standing("Ma", "fire_safety"), standing("Bai", None)
    assert officers_for([food, fire, both], {"food"}) == ("Li", "Bai")
    assert officers_for([food, fire, both], {"food", "fire_safety"}) == ("Bai",)
    assert officers_for([food, standing("Li", "fire_safety")], {"food", "fire_safety"}) == ("Li",), "two posts"
    assert officers_for([food, both], {None}) == ("Bai",), "of a subject without a sector"
    for sectors, wanted in (({"food"}, "officer_of_other_sector"), ({"food", "fire_safety"}, "officers_by_sector")):
        for there in ([food, fire, both], [fire]):
            no = unknown_officer(["Ma"], there, sectors)
            assert no is not None and no.code == wanted and "Ma" in no.zh, (sectors, there)
    assert unknown_officer(["Lee"], [fire], {"food"}) is None, "nobody of the sector has an account: nobody can tell"
