"""The end of a campaign: its certificate, what it left behind, what the next one takes over."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.campaign import CampaignLine
from models.case_ids import ids_of
from store.campaign_log import write_line
from store.opening import subjects_without_case


class CasesStillOpen(Exception):
    """A campaign is certified when no case is open, and not before."""


class Certificate(Frozen):
    """The account of a campaign that is over: `opened` equals the sum of `outcomes`. `digest` seals the whole of it.

    `without_case` counts the active subjects whose case was never opened: the end came first, or the rules refused.
    """

    campaign_id: str
    at: datetime
    opened: int
    outcomes: dict[str, int]
    without_case: int | None
    digest: str


class CarriedOver(Frozen):
    """A case that the campaign left behind, by what is unmet."""

    case_id: str
    subject_id: str
    subject_name: str
    district: str
    musts: tuple[str, ...]
    overdue_findings: tuple[str, ...]
    suspensions: tuple[str, ...]


def certify(engine: Engine, campaign_id: str, at: datetime) -> Certificate:
    """The certificate of a campaign without open cases; issued once. Raises CasesStillOpen.

    Counted over the log of openings, not over the table of cases alone: none may have disappeared between them. Its
    digest holds the last hash of each case's log, and so every line of them.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 1))"), {"id": campaign_id})
        if found := _certificate(connection, campaign_id):
            return found
        opened = connection.execute(
            text("SELECT count(*) FROM case_log WHERE seq = 1 AND starts_with(case_id, :prefix)"),
            {"prefix": ids_of(campaign_id)},
        ).scalar_one()
        rows = connection.execute(
            text("""SELECT c.case_id, c.outcome, c.unmet, c.seq, l.hash FROM cases c
            JOIN case_log l ON l.case_id = c.case_id AND l.seq = c.seq WHERE c.campaign_id = :id ORDER BY c.case_id"""),
            {"id": campaign_id},
        ).all()
        if any(row.outcome is None for row in rows) or len(rows) != opened:
            raise CasesStillOpen(f"{campaign_id}: {opened} opened, {sum(r.outcome is not None for r in rows)} ended")
        outcomes: dict[str, int] = {}
        for row in rows:
            outcomes[row.outcome] = outcomes.get(row.outcome, 0) + 1
        account = json.dumps([list(row) for row in rows], ensure_ascii=False, sort_keys=True)
        facts: dict[str, Any] = {
            "campaign_id": campaign_id,
            "at": at,
            "opened": opened,
            "outcomes": json.dumps(outcomes),
            "without_case": subjects_without_case(connection, campaign_id),
            "digest": hashlib.sha256(account.encode()).hexdigest(),
        }
        connection.execute(
            text("""INSERT INTO certificates (campaign_id, at, opened, outcomes, without_case, digest)
            VALUES (:campaign_id, :at, :opened, CAST(:outcomes AS jsonb), :without_case, :digest)"""),
            facts,
        )
        done: dict[str, str | int] = {"opened": opened, **outcomes, "without_case": facts["without_case"]}
        write_line(connection, CampaignLine(campaign_id=campaign_id, key="certified", at=at, do="certified", body=done))
        return Certificate.model_validate({**facts, "outcomes": outcomes})


def certificate_of(engine: Engine, campaign_id: str) -> Certificate | None:
    """The campaign's certificate, once it has one."""
    with engine.connect() as connection:
        return _certificate(connection, campaign_id)


def carried_over(engine: Engine, campaign_id: str, *, limit: int, after: str = "") -> tuple[CarriedOver, ...]:
    """The cases that the campaign left behind, by id."""
    sql = """SELECT case_id, subject_id, subject_name, district,
        coalesce(unmet -> 'musts', '[]') AS musts, coalesce(unmet -> 'overdue_findings', '[]') AS overdue_findings,
        coalesce(unmet -> 'suspensions', '[]') AS suspensions
    FROM cases WHERE campaign_id = :id AND outcome = 'carried_over' AND case_id > :after
    ORDER BY case_id LIMIT :limit"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"id": campaign_id, "after": after, "limit": limit}).mappings().all()
    return tuple(CarriedOver.model_validate(dict(row)) for row in rows)


def take_over(engine: Engine, campaign_id: str, earlier: str) -> int:
    """What the earlier campaign left behind becomes the opening stock of this one; how many cases that is."""
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO opening_stock (campaign_id, case_id, subject_id, unmet)
            SELECT :campaign_id, case_id, subject_id, coalesce(unmet, '{}') FROM cases
            WHERE campaign_id = :earlier AND outcome = 'carried_over' ON CONFLICT DO NOTHING"""),
            {"campaign_id": campaign_id, "earlier": earlier},
        )
        counted = text("SELECT count(*) FROM opening_stock WHERE campaign_id = :id")
        return int(connection.execute(counted, {"id": campaign_id}).scalar_one())


def opening_stock(engine: Engine, campaign_id: str) -> int:
    """How many cases of earlier campaigns this one took over."""
    with engine.connect() as connection:
        counted = text("SELECT count(*) FROM opening_stock WHERE campaign_id = :id")
        return int(connection.execute(counted, {"id": campaign_id}).scalar_one())


def _certificate(connection: Connection, campaign_id: str) -> Certificate | None:
    columns = ", ".join(Certificate.model_fields)
    sql = text(f"SELECT {columns} FROM certificates WHERE campaign_id = :id")
    row = connection.execute(sql, {"id": campaign_id}).mappings().first()
    return Certificate.model_validate(dict(row)) if row else None
