"""The register: found by any part, changed only as it was read, duplicates stand behind one, every change is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from sqlalchemy import Engine

from desk import people
from models.audit import audit_actor
from models.people import Post
from models.refusals import Refused
from models.register import Licence, Registered, SubjectFacts
from rules.subjects.names import normalised_name
from rules.subjects.search_words import grams, plain, search_terms
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_ids import newest_case
from store.earlier_orders import earlier_orders, orders_against
from store.opening import awaiting_cases
from store.people import person_of
from store.subject_search import (
    by_codes,
    by_name_keys,
    find_subject,
    lineage,
    search_subjects,
    standing_for,
    subject_history,
    suspicions,
    territory_tree,
)
from store.subjects import (
    add_subject,
    cease_subject,
    change_subject,
    keep_licence,
    merge_subjects,
    resume_subject,
)
from tests.cast import OFFICE, actor
from tests.durable.office import command, finding
from tests.store.paper import on_paper, write

BY = actor(OFFICE)
FACTORY = "克拉玛依区永升化工经营部"


def add(engine: Engine, subject_id: str, name: str = FACTORY, **facts: str) -> Registered:
    added = add_subject(
        engine, subject_id, SubjectFacts.model_validate({"name": name, "district": "650203", **facts}), BY
    )
    assert isinstance(added, Registered), added
    return added


def found(engine: Engine, words: str, **filters: str) -> list[str]:
    return [s.subject_id for s in search_subjects(engine, words, **filters)]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "words",
    [
        "化工", "永", "永升化工", "克拉玛依区永升化工经营部", "ys", "YSHG", "klmyq", "j", "ＹＳＨＧ", "永升 化工",
        "91650203MA7ABCDE1X", "7abcde", "ma7", "９１６５０２",
    ],
)  # fmt: skip
def test_a_subject_is_found_by_any_part_of_its_name_initials_or_code(engine: Engine, words: str) -> None:
    add(engine, "a", code="91650203MA7ABCDE1X")
    add(engine, "b", "独山子区炼油厂")
    assert found(engine, words) == ["a"]


@pytest.mark.parametrize("words", ["化肥", "升永", "zzzz", "91650204", "%", "_", "\\", "'; --", "工化"])
def test_what_is_in_no_name_and_no_code_finds_nothing(engine: Engine, words: str) -> None:
    add(engine, "a", code="91650203MA7ABCDE1X")
    assert found(engine, words) == []


@given(st.text(alphabet="克拉玛依区永升化工经营部ABC0123", min_size=1, max_size=20), st.data())
def test_every_part_of_a_name_asks_only_for_pieces_that_the_name_has(name: str, data: st.DataObject) -> None:
    text = plain(name)
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    wanted, _ = search_terms(part)
    assert set(wanted) <= set(grams(name))


def test_the_nearest_comes_first_and_filters_hold(engine: Engine) -> None:
    add(engine, "long", "新疆永升化工贸易公司独山子分公司", district="650202")
    add(engine, "short", "永升化工")
    add(engine, "other", "永升化工二厂", sector="fireworks")
    assert found(engine, "永升化工") == ["short", "other", "long"]
    assert found(engine, "永升化工", district="650202") == ["long"]
    assert found(engine, "永升化工", sector="fireworks") == ["other"]
    assert [s.subject_id for s in search_subjects(engine, limit=2)] == ["long", "other"]
    assert [s.subject_id for s in search_subjects(engine, limit=2, after="other")] == ["short"]


def test_a_change_of_what_was_read_is_made_once_and_a_later_one_must_read_again(engine: Engine) -> None:
    read = add(engine, "a")
    facts = [read.facts.model_copy(update={"name": f"永升化工{n}厂"}) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda f: change_subject(engine, "a", read.version, f, BY), facts))
    made = [a for a in answers if isinstance(a, Registered)]
    assert len(made) == 1 and made[0].version == 2
    assert {a.code for a in answers if isinstance(a, Refused)} == {"stale_version"}
    assert found(engine, made[0].name[-2:]) == ["a"], "found by its new name"
    assert found(engine, "经营部") == [], "and no longer by the old one"
    history = subject_history(engine, "a")
    assert history is not None
    assert [(c["version"], c["do"], c["by"]) for c in history.changes] == [(1, "add", str(BY)), (2, "change", str(BY))]
    assert history.changes[1]["before"]["name"] == FACTORY


def test_an_id_is_given_once_and_unknown_ones_are_not_made_up(engine: Engine) -> None:
    add(engine, "a")
    again = add_subject(engine, "a", SubjectFacts(name="another", district="650203"), BY)
    assert isinstance(again, Refused) and again.code == "subject_exists"
    assert find_subject(engine, "b") is None and subject_history(engine, "b") is None
    with pytest.raises(LookupError):
        change_subject(engine, "b", 1, SubjectFacts(name="x", district="650203"), BY)
    with pytest.raises(LookupError):
        merge_subjects(engine, "a", "b", BY, "")


def test_duplicates_stand_behind_one_through_any_chain_of_mergers(engine: Engine) -> None:
    for subject in "abcd":
        add(engine, subject)
    merge_subjects(engine, "a", "b", BY, "the same")
    merge_subjects(engine, "c", "d", BY, "the same")
    merge_subjects(engine, "b", "d", BY, "the same")
    assert [standing_for(engine, s) for s in "abcd"] == ["d", "d", "d", "d"]
    assert lineage(engine, "d") == ["d", "a", "b", "c"]
    assert found(engine, "永升") == ["d"], "lists show who stands"
    assert found(engine, "永升", state="merged") == ["a", "b", "c"]
    for refused in (
        merge_subjects(engine, "d", "d", BY, ""),
        merge_subjects(engine, "a", "d", BY, ""),
        merge_subjects(engine, "d", "a", BY, ""),
    ):
        assert isinstance(refused, Refused) and refused.code in ("merge_with_itself", "subject_merged")
    blocked = change_subject(engine, "a", 3, SubjectFacts(name="x", district="650203"), BY)
    assert isinstance(blocked, Refused) and blocked.code == "subject_merged"


def test_cases_and_orders_of_a_duplicate_are_those_of_the_subject_that_stands_for_it(
    engine: Engine, campaign: Campaign
) -> None:
    steps = [
        ("05-10", command("record_findings", findings=[finding("F1", "V04")])),
        ("05-11", command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])),
    ]
    write(engine, campaign.plan, on_paper(campaign, f"case/{campaign.campaign_id}/twin", steps))
    assert find_subject(engine, "twin") is not None, "whoever has a case is in the register"
    add(engine, "a")
    merge_subjects(engine, "twin", "a", BY, "the same works")
    ids = lineage(engine, "a")
    newest = newest_case(engine, campaign.campaign_id, ids)
    assert newest is not None and newest.case_id.endswith("/twin")
    orders = orders_against(earlier_orders(engine, campaign.plan, ids), ids)
    assert [o.category for o in orders] == ["V04"]
    assert awaiting_cases(engine, campaign.campaign_id, "", 10) == ("a", ()), "it has its case"
    history = subject_history(engine, "a")
    assert history is not None and [c["case_id"] for c in history.cases] == [newest.case_id]


def test_only_who_operates_and_has_no_case_awaits_one(engine: Engine, campaign: Campaign) -> None:
    for subject in "abc":
        add(engine, subject)
    cease_subject(engine, "b", 1, date(2027, 4, 1), BY, "closed down")
    last, waiting = awaiting_cases(engine, campaign.campaign_id, "", 10)
    assert (last, [w.subject.subject_id for w in waiting]) == ("c", ["a", "c"])
    resumed = resume_subject(engine, "b", 2, BY, "open again")
    assert isinstance(resumed, Registered) and resumed.ceased_on is None
    assert awaiting_cases(engine, campaign.campaign_id, "a", 1)[0] == "b"
    assert awaiting_cases(engine, campaign.campaign_id, "c", 10) == (None, ())


def test_a_licence_that_ends_within_the_campaign_is_a_suspicion_and_nothing_more(
    engine: Engine, campaign: Campaign
) -> None:
    for subject in "ab":
        add(engine, subject)
    keep_licence(engine, "a", Licence(kind="经营许可证", number="1", expires_on=date(2027, 8, 1)), BY)
    keep_licence(engine, "b", Licence(kind="经营许可证", number="2", expires_on=date(2029, 8, 1)), BY)
    keep_licence(engine, "b", Licence(kind="营业执照"), BY)
    offered = suspicions(engine, campaign.campaign_id, campaign.phases[-1].ends_at)
    assert [(s.subject_id, s.case_id) for s in offered] == [("a", None)]
    add(engine, "twin")
    keep_licence(engine, "twin", Licence(kind="经营许可证", number="3", expires_on=date(2027, 9, 1)), BY)
    merge_subjects(engine, "twin", "a", BY, "the same works")
    offered = suspicions(engine, campaign.campaign_id, campaign.phases[-1].ends_at)
    assert [(s.subject_id, s.number) for s in offered] == [("a", "1"), ("a", "3")], (
        "a duplicate's licence is the other's"
    )
    keep_licence(engine, "twin", Licence(kind="经营许可证", number="3", expires_on=date(2030, 9, 1)), BY)
    keep_licence(engine, "a", Licence(kind="经营许可证", number="1", expires_on=date(2030, 8, 1)), BY)
    assert suspicions(engine, campaign.campaign_id, campaign.phases[-1].ends_at) == ()
    assert awaiting_cases(engine, campaign.campaign_id, "", 10)[0] == "b", "no case was opened"


def test_lookups_in_batches_give_all_that_have_the_name_or_code(engine: Engine) -> None:
    add(engine, "a", code="91650203MA7ABCDE1X")
    add(engine, "b", "克拉玛依区永升化工（经营部）")
    codes = by_codes(engine, ["91650203MA7ABCDE1X", "x"])
    assert {code: subject.subject_id for code, subject in codes.items()} == {"91650203MA7ABCDE1X": "a"}
    key = normalised_name("克拉玛依区 永升化工(经营部)")
    assert [s.subject_id for s in by_name_keys(engine, [key, "nobody"])[key]] == ["a", "b"]
    merge_subjects(engine, "b", "a", BY, "the same")
    assert [s.subject_id for s in by_name_keys(engine, [key])[key]] == ["a"]


def test_the_territory_tree_counts_who_stands(engine: Engine) -> None:
    add(engine, "a", street="昆仑路街道", community="一社区")
    add(engine, "b", street="昆仑路街道", community="一社区")
    add(engine, "c", street="昆仑路街道")
    add(engine, "d")
    merge_subjects(engine, "d", "c", BY, "the same")
    cease_subject(engine, "b", 1, datetime.now(UTC).date(), BY, "closed down")
    rows = [(r["district"], r["street"], r["community"], r["subjects"], r["ceased"]) for r in territory_tree(engine)]
    assert rows == [("650203", "昆仑路街道", None, 1, 0), ("650203", "昆仑路街道", "一社区", 2, 1)]


@pytest.mark.parametrize("change", ["UPDATE subject_changes SET by = 'x'", "DELETE FROM subject_changes"])
def test_not_even_the_owner_changes_what_was_changed(
    superuser: psycopg.Connection, engine: Engine, change: LiteralString
) -> None:
    add(engine, "a")
    with pytest.raises(errors.RaiseException, match="append-only"):
        superuser.execute(change)


def test_the_people_of_merged_subjects_speak_for_each_of_them_and_it_is_audited(engine: Engine) -> None:
    """Through a chain of mergers; nobody who has left, no post that has ended, and nobody twice."""
    for subject in "abc":
        add(engine, subject)
    now = datetime.now(UTC) - timedelta(hours=1)
    add_facts = {"post_id": "", "person_id": "", "role": "enterprise", "territory": "650203", "since_at": now}
    by = audit_actor(BY)

    def person(name: str, *subjects: str, until: datetime | None = None) -> str:
        posts = [Post.model_validate({**add_facts, "subject_id": s, "until_at": until}) for s in subjects]
        return people.add(engine, by, name, f"login-{name}", posts, now).person_id

    one, other, both = person("one", "a"), person("other", "b"), person("both", "a", "b")
    gone, past = person("gone", "a"), person("past", "a", until=now + timedelta(minutes=1))
    people.leave(engine, by, gone, now)
    merge_subjects(engine, "a", "b", BY, "the same")
    held = {p: sorted(post.subject_id or "" for post in person_of(engine, p).posts) for p in (one, other, both)}
    assert held == {one: ["a", "b"], other: ["a", "b"], both: ["a", "b"]}
    assert [len(person_of(engine, p).posts) for p in (gone, past)] == [1, 1]
    merge_subjects(engine, "b", "c", BY, "the same")
    assert sorted(post.subject_id or "" for post in person_of(engine, one).posts) == ["a", "b", "c"]
    given = audit_page(engine, AuditFilter(kind="permission_given", person=one), 100)
    assert [line.by for line in given if line.facts.get("subject") == "c"] == [by]
