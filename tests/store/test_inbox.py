"""The inbox of an upgraded system; and as it is read: newest first, filtered, page by page."""

import psycopg
import pytest
from sqlalchemy import Engine, text

from engine.connection import Services
from rules.case.announce_table import TOPICS
from store.campaigns import Campaign
from store.inbox import InboxFilter, InboxRow, cursor_of, inbox_page
from store.migrate import migrate
from store.notices import deliver
from store.verify import check_case, rebuild_case
from tests.cast import INSPECTOR, SUPERVISOR
from tests.durable.office import command, finding
from tests.store.older import before
from tests.store.paper import long_case, on_paper, write

OLD_LINE = """INSERT INTO outbox (case_id, seq, topic, payload) VALUES (:case_id, :seq, 'turn',
    '{"role": "supervisor", "stage": "escalation", "district": "650203", "officers": [], "due_at": null,
    "at": "2027-06-03T09:00:00+08:00"}')"""
OLD_NOTICE = """INSERT INTO inbox (case_id, seq, role, district, person, stage, at)
    VALUES (:case_id, :seq, 'inspector', '650203', 'Li', 'registration', '2027-05-11T09:00:00+08:00')"""


def told(engine: Engine) -> None:
    """Everything that waits is delivered."""
    for topic in TOPICS:
        deliver(engine, topic, 10_000)


@pytest.fixture
def long(engine: Engine, campaign: Campaign) -> Campaign:
    """Six long cases, everybody told."""
    for seed in range(6):
        write(engine, campaign.plan, long_case(campaign, seed))
    told(engine)
    return campaign


def test_what_was_told_before_the_upgrade_is_read_and_what_still_waited_or_comes_late_is_delivered(
    engine: Engine, services: Services, superuser: psycopg.Connection, campaign: Campaign
) -> None:
    case_id = f"case/{campaign.campaign_id}/old"
    found = command("record_findings", INSPECTOR, findings=[finding("F1", "H01")])
    write(engine, campaign.plan, on_paper(campaign, case_id, [("05-10", found)]))
    before("0013", superuser)
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET done_at = now()"))
        connection.execute(text(OLD_NOTICE), {"case_id": case_id, "seq": 2})
        connection.execute(text(OLD_LINE), {"case_id": case_id, "seq": 3})
    migrate(services.owner)
    with engine.begin() as connection:  # a worker of the version before, which still runs
        connection.execute(text(OLD_LINE), {"case_id": case_id, "seq": 4})
        connection.execute(text(OLD_NOTICE), {"case_id": case_id, "seq": 5})
    told(engine)
    rows = inbox_page(engine, InboxFilter(), 10)
    assert [(r.seq, r.topic, r.what, r.about, r.role, r.person) for r in rows] == [
        (4, "turn", "turn", (), "supervisor", None),
        (3, "turn", "turn", (), "supervisor", None),
        (5, "turn", "turn", (), "inspector", "Li"),
        (2, "turn", "turn", (), "inspector", "Li"),
    ]


def test_a_rebuild_tells_nobody_again(engine: Engine, long: Campaign) -> None:
    rows = inbox_page(engine, InboxFilter(), 10_000)
    for case_id in {row.case_id for row in rows}:
        rebuild_case(engine, case_id)
        assert check_case(engine, case_id) == []
    told(engine)
    assert inbox_page(engine, InboxFilter(), 10_000) == rows


def test_pages_follow_each_other_without_a_gap(engine: Engine, long: Campaign) -> None:
    whole = inbox_page(engine, InboxFilter(), 10_000)
    walked: list[InboxRow] = []
    after = None
    while page := inbox_page(engine, InboxFilter(), 7, after):
        walked += page
        after = cursor_of(page[-1])
    assert tuple(walked) == whole and len(whole) > 50
    order = [(row.at, row.inbox_id) for row in whole]
    assert order == sorted(order, reverse=True), "by when it happened, whenever it was delivered"


@pytest.mark.parametrize("field", ["campaign_id", "topic", "role", "district", "sector"])
def test_each_filter_gives_what_it_says_and_nothing_else(engine: Engine, long: Campaign, field: str) -> None:
    whole = inbox_page(engine, InboxFilter(), 10_000)
    values = {getattr(row, field) for row in whole}
    assert len(values) > 1 or field == "campaign_id"
    for value in values:
        wanted = tuple(row for row in whole if getattr(row, field) == value)
        assert inbox_page(engine, InboxFilter.model_validate({field: value}), 10_000) == wanted
    assert inbox_page(engine, InboxFilter.model_validate({field: "turn" if field == "topic" else "x"}), 1) == (
        (next(row for row in whole if row.topic == "turn"),) if field == "topic" else ()
    )


def test_an_officer_finds_what_was_told_by_name_with_the_reason_of_a_return(engine: Engine, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    given = [
        ("06-02", command("record_findings", INSPECTOR, findings=[finding("F1", "V04")])),
        ("06-03", command("register", INSPECTOR, assignments=[{"ref": "F1", "responsible": "Sun"}])),
        ("06-03", command("propose_measure", INSPECTOR, must="suspend")),
        ("06-04", command("return_measure", SUPERVISOR, must="suspend", reason="照片不清")),
    ]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    told(engine)
    name = INSPECTOR.partition(":")[2].partition("@")[0]
    [row] = inbox_page(engine, InboxFilter(officer=name), 10)
    assert (row.what, row.about, row.person, row.reason) == ("measure_returned", ("suspend-1",), name, "照片不清")
    assert inbox_page(engine, InboxFilter(officer="nobody"), 10) == ()
    assert [r.reason for r in inbox_page(engine, InboxFilter(), 10) if r.what != "measure_returned"][:1] == [None]
