"""Lists of cases and deadlines: found as the register finds, by officer, counted, and what is due soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import psycopg
import pytest
from sqlalchemy import Engine, text

from engine.connection import Services
from rules.case.evolve import fold
from rules.clocks.deadlines import deadlines
from store import case_list
from store.campaigns import Campaign
from store.case_list import CaseCursor, CaseFilter, case_count, case_page, searched_cases
from store.due_soon import due_soon_count, due_soon_page
from store.migrate import migrate
from store.overdue import OverdueCursor, OverdueFilter, overdue_count, overdue_page
from store.verify import check_case
from tests.cast import HERE, INSPECTOR, SUPERVISOR
from tests.durable.office import command, instant
from tests.store.older import LEFT_TO_A_REBUILD, before
from tests.store.paper import Log, long_case, on_paper, opened, write

NOW = instant("09-01")
SUBJECTS = {
    "s-1": ("克拉玛依市独山子区第一餐馆", "91650202MA7771234X"),
    "s-2": ("白碱滩区第二餐馆", None),
    "ABC_7": ("Ｋ１０ 加油站", None),
    "abcd7": ("某建筑工地", None),
}


@pytest.fixture
def cases(engine: Engine, campaign: Campaign) -> dict[str, str]:
    """Cases of these subjects, by subject id."""
    ids: dict[str, str] = {}
    for subject_id, (name, code) in SUBJECTS.items():
        ids[subject_id] = f"case/{campaign.campaign_id}/{subject_id}"
        facts = {"name": name, **({"code": code} if code else {})}
        write(engine, campaign.plan, [opened(campaign, ids[subject_id], instant("05-10"), **facts)])
    return ids


def found(engine: Engine, **which: str) -> set[str]:
    """The last part of the ids of what is found, by either order."""
    by_id, by_due = (case_page(engine, CaseFilter(**which), NOW, 100, order=order) for order in ("id", "due"))
    assert {c.case_id for c in by_id} == {c.case_id for c in by_due}
    assert case_count(engine, CaseFilter(**which), NOW) == len(by_id)
    paged, after = [], None
    while (step := searched_cases(engine, CaseFilter(**which), NOW, 1, after))[0]:
        assert step[1] == len(by_due), "each page knows how many there are"
        paged += step[0]
        after = CaseCursor(case_id=paged[-1].case_id, due_at=paged[-1].due_at)
    assert tuple(paged) == by_due
    return {c.case_id.rsplit("/", 1)[1] for c in by_id}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("餐馆", {"s-1", "s-2"}),
        (" 第二 餐馆 ", {"s-2"}),
        ("klmys", {"s-1"}),
        ("DECG", {"s-2"}),
        ("777123", {"s-1"}),
        ("91650202ma7771234x", {"s-1"}),
        ("s-2", {"s-2"}),
        ("s-", {"s-1", "s-2"}),
        ("-1", set()),
        ("K10", {"ABC_7"}),
        ("ABC_7", {"ABC_7"}),
        ("第\u200b一", {"s-1"}),
        ("case/karamay-2013-2027/s-1", {"s-1"}),
        ("karamay", set()),
        ("%", set()),
        ("没有这个名称", set()),
    ],
)
def test_cases_are_found_by_name_initials_code_and_number(
    engine: Engine, cases: dict[str, str], typed: str, expected: set[str]
) -> None:
    assert found(engine, q=typed) == expected


def test_cases_are_listed_by_officer(engine: Engine, campaign: Campaign) -> None:
    for number, officers in enumerate((["Li"], ["Ma", "Li"], ["Lin"])):
        case_id = f"case/{campaign.campaign_id}/o{number}"
        given = [("05-10", command("assign_officers", SUPERVISOR, officers=officers))]
        write(engine, campaign.plan, on_paper(campaign, case_id, given, until="09-01"))
    assert found(engine, officer="Li") == {"o0", "o1"}
    assert found(engine, officer="L") == set()
    which = OverdueFilter(officer="Li")
    late = overdue_page(engine, campaign.plan, NOW, which, 100)
    assert {row.case_id[-2:] for row in late} == {"o0", "o1"} and {row.officers for row in late} == {
        ("Li",),
        ("Ma", "Li"),
    }
    assert overdue_count(engine, NOW, which, now=NOW) == len(late) == 2


def test_beyond_the_bound_nobody_counts(engine: Engine, cases: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "COUNTED_TO", 2)
    assert case_count(engine, CaseFilter(), NOW) == 3
    assert case_count(engine, CaseFilter(q="餐馆"), NOW) == 2


def test_more_hits_than_are_counted_are_listed_in_the_same_order(
    engine: Engine, campaign: Campaign, logs: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open with a due instant, without one, and closed: each page as if all hits had been sorted."""
    (some,) = case_page(engine, CaseFilter(), NOW, 1)
    which = CaseFilter(q=some.subject_name[:1], campaign_id=campaign.campaign_id)
    expected = case_page(engine, which, NOW, 100, order="due")
    assert len(expected) > 20 and len({(c.outcome, c.due_at is None) for c in expected}) > 1
    monkeypatch.setattr(case_list, "COUNTED_TO", 5)
    paged, after = [], None
    while (step := searched_cases(engine, which, NOW, 7, after))[0]:
        assert step[1] == 6, "more than are counted"
        paged += step[0]
        after = CaseCursor(case_id=paged[-1].case_id, due_at=paged[-1].due_at)
    assert tuple(paged) == expected


@pytest.fixture
def logs(engine: Engine, campaign: Campaign) -> list[Log]:
    """Varied cases in the record that have not gone far."""
    logs = [long_case(campaign, seed, steps=4) for seed in range(200, 240)]
    for log in logs:
        write(engine, campaign.plan, log)
    return logs


def by_the_rules(campaign: Campaign, logs: Sequence[Log], now: datetime, until: datetime) -> list[tuple[datetime, ...]]:
    """What runs out within the days, as each log tells it; the logs are whole, so their last state is the present."""
    ends: list[tuple[datetime, ...]] = []
    for log in logs:
        case = fold(log)
        ends += [(d.due_at, case.case_id, d.clock, d.about) for d in deadlines(campaign.plan, case)]  # pyright: ignore
    return sorted(e for e in ends if now < e[0] <= until)


def test_what_is_due_soon_is_what_the_logs_say_page_by_page(
    engine: Engine, campaign: Campaign, logs: list[Log]
) -> None:
    seen = 0
    for day in Random(7).sample(range(0, 230), 25):
        now = instant("05-05") + timedelta(days=day)
        until, every = now + timedelta(days=7), OverdueFilter(campaign_id=campaign.campaign_id)
        expected = by_the_rules(campaign, logs, now, until)
        rows, after = [], None
        while page := due_soon_page(engine, campaign.plan, now, until, every, 3, after):
            rows += [(r.due_at, r.case_id, r.clock, r.about) for r in page]
            after = OverdueCursor(as_of=now, **page[-1].model_dump(include={"due_at", "case_id", "clock", "about"}))
        assert rows == expected and due_soon_count(engine, now, until, every) == len(rows), now
        seen += len(rows)
        for kind in ("rectification", "duty"):
            which = OverdueFilter(kind=kind)
            assert {r.kind for r in due_soon_page(engine, campaign.plan, now, until, which, 100)} <= {kind}
    assert seen > 20, "there was something to find"


def test_an_older_database_is_searched_as_a_new_one(
    engine: Engine, services: Services, superuser: psycopg.Connection, campaign: Campaign, cases: dict[str, str]
) -> None:
    findings = [{"ref": "F1", "category": "H01", "grade": "general", "description": "x"}]
    given, more = command("record_findings", INSPECTOR, findings=findings), f"case/{campaign.campaign_id}/more"
    write(engine, campaign.plan, on_paper(campaign, more, [("05-10", given)]))
    before("0012", superuser)
    migrate(services.owner)
    assert found(engine, q="klmys") == {"s-1"} and found(engine, district=HERE) == {*SUBJECTS, "more"}
    checked = (*cases.values(), f"case/{campaign.campaign_id}/more")
    assert {d.what for case_id in checked for d in check_case(engine, case_id)} == LEFT_TO_A_REBUILD
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases WHERE found_by = ''")).scalar() == 0
