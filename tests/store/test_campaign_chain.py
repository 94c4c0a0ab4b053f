"""A campaign's log is chained and signed as the cases' are; its calendar and certificate are what the log says."""

from datetime import timedelta
from typing import LiteralString

import psycopg
import pytest

from desk.audit import check_record
from desk.heads import SignedHeads
from engine.connection import Services
from models.campaign import CampaignLine, MoveRequest
from models.plan import CalendarMove
from store.campaign_log import campaign_lines, log_line, record_move
from store.campaigns import Campaign
from store.certificate import certify
from store.migrate import migrate
from tests.cast import OFFICE
from tests.store import older


def moved(campaign: Campaign, number: int) -> MoveRequest:
    """The last phase ends so many days later."""
    *others, last = campaign.phases
    phases = (*others, last.model_copy(update={"ends_at": last.ends_at + timedelta(days=number)}))
    return MoveRequest(
        campaign_id=campaign.campaign_id,
        command_id=f"move-{number}",
        by=OFFICE,
        reason="the committee's decision",
        phase=last.id,
        edge="ends",
        old_at=last.ends_at,
        move=CalendarMove(number=number, at=campaign.now(), phases=phases),
    )


def run_through(services: Services, campaign: Campaign) -> None:
    """A campaign of some lines, a move and an end."""
    at = campaign.now()
    for number in range(3):
        line = CampaignLine(campaign_id=campaign.campaign_id, key=f"phase:{number}", at=at, do="phase_began")
        log_line(services.engine, line)
        log_line(services.engine, line)  # tried again
    record_move(services.engine, moved(campaign, 1))
    record_move(services.engine, moved(campaign, 1))
    certify(services.engine, campaign.campaign_id, at)


def alter(superuser: psycopg.Connection, statement: LiteralString) -> None:
    """As whoever owns the machine may: no trigger holds him back."""
    for table in ("campaign_log", "calendar_moves", "certificates"):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    superuser.execute(statement)
    superuser.commit()


def test_each_line_is_chained_once_and_a_move_and_the_end_are_lines(
    services: Services, campaign: Campaign, heads: SignedHeads
) -> None:
    run_through(services, campaign)
    lines = campaign_lines(services.engine, campaign.campaign_id)
    assert [line.do for line in lines] == [*["phase_began"] * 3, "boundary_moved", "certificate_issued", "certified"]
    assert (lines[3].by, lines[3].reason, lines[3].body["command_id"]) == (OFFICE, "the committee's decision", "move-1")
    assert heads.check_and_sign(services.engine) == []
    checked = check_record(services.engine, heads)
    assert (checked.campaign_lines, checked.before_chaining, checked.differences) == (6, 0, ())
    newest = heads.newest()
    assert newest is not None and newest.campaigns[campaign.campaign_id][0] == 6, "a leaf of the signed head"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE calendar_moves SET new_at = new_at + interval '1 day'", "campaign_differs"),
        ("DELETE FROM calendar_moves", "campaign_differs"),
        ("UPDATE certificates SET opened = 7", "campaign_differs"),
        ("DELETE FROM certificates", "campaign_differs"),
        ("UPDATE campaign_log SET reason = 'x' WHERE seq = 4", "campaign_chain_broken"),
        ("UPDATE campaign_log SET seq = NULL, hash = NULL WHERE seq = 6", "campaign_cut"),
        ("DELETE FROM campaign_log", "campaign_cut"),
    ],
)
def test_what_is_altered_of_a_campaign_is_found(
    services: Services,
    superuser: psycopg.Connection,
    campaign: Campaign,
    heads: SignedHeads,
    statement: LiteralString,
    code: str,
) -> None:
    run_through(services, campaign)
    assert heads.check_and_sign(services.engine) == []
    alter(superuser, statement)
    found = check_record(services.engine, heads).differences
    assert code in {d.code for d in found} and {d.campaign_id for d in found} == {campaign.campaign_id}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE campaign_log SET reason = 'x' WHERE key = 'phase:1'",
        "UPDATE calendar_moves SET reason = 'x'",
        "DELETE FROM campaign_log WHERE key = 'phase:2'",
    ],
)
def test_what_was_written_before_chaining_is_pinned_and_told_as_such(
    services: Services,
    superuser: psycopg.Connection,
    campaign: Campaign,
    heads: SignedHeads,
    statement: LiteralString,
) -> None:
    older.before("0021", superuser)
    run_through(services, campaign)
    migrate(services.owner)
    at = campaign.now()
    log_line(services.engine, CampaignLine(campaign_id=campaign.campaign_id, key="later", at=at, do="phase_began"))
    checked = check_record(services.engine, heads)
    assert (checked.campaign_lines, checked.before_chaining, checked.differences) == (2, 4, ())
    alter(superuser, statement)
    assert [d.code for d in check_record(services.engine, heads).differences] == ["campaign_before_changed"]
