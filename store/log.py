"""The one write path: a transition becomes one transaction, once, however often it is tried."""

from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, Table, TextClause, text

from models.audit import AuditLine, audit_actor
from models.case import Case
from models.events import CommandRefused, Transition
from models.files import FilesAttached
from models.plan import CalendarMove, Plan
from models.wire import Recorded
from rules.access.claims import refuse_claim
from rules.case.evolve import apply
from store.attachments import name_files
from store.audit import note
from store.fold import Changes, changes
from store.lines import read_line
from store.subjects import ensure_subject
from store.tables import case_spans, cases, deadlines, findings, musts


class OutOfStep(Exception):
    """The log does not continue at the expected place: somebody else writes this case, or lines are missing."""


# Chained in SQL, so that the line before is read and hashed by the statement that adds the next one. The lock makes
# writers of one case wait for each other: the next statement then sees what a rebuild wrote meanwhile.
LOCK_CASE = "pg_advisory_xact_lock(hashtextextended(:case_id, 0))"
# An opening and the certificate wait for each other, in a statement of its own for the same reason: a campaign that is
# certified gets no more cases.
_OPENING = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:campaign_id, 1))")
# A step is taken under the calendar that was in force at its instant, else not at all: a move that its case has not
# heard of yet (`number` above the case's own, below that of the move which the step itself tells) comes first.
_UNHEARD = """campaign_id = :campaign_id AND number > :calendar AND moved_at <= :at
    AND number < CAST(:below AS integer)"""
_CERTIFIED = "SELECT FROM certificates WHERE campaign_id = :campaign_id"
# Asked in the statement that adds the line: what a key that was retired has signed is not taken from then on.
_RETIRED = "SELECT FROM claim_keys WHERE key_id = ANY(:signed_by) AND retired_at IS NOT NULL"
_APPEND = text(f"""
INSERT INTO case_log (case_id, seq, command_id, "do", at, body, hash, person)
SELECT :case_id, :seq, :command_id, :do, :at, :body,
       encode(sha256(convert_to(coalesce(last.hash, '') || :body, 'UTF8')), 'hex'), :person
FROM (SELECT {LOCK_CASE}) AS locked
LEFT JOIN case_log AS last ON last.case_id = :case_id AND last.seq = CAST(:seq AS integer) - 1
WHERE (CAST(:seq AS integer) = 1 OR last.seq IS NOT NULL)
    AND NOT EXISTS (SELECT FROM calendar_moves WHERE {_UNHEARD})
    AND NOT EXISTS ({_RETIRED})
    AND (CAST(:seq AS integer) > 1 OR NOT EXISTS ({_CERTIFIED}))
ON CONFLICT DO NOTHING
RETURNING seq
""")
_MOVE = text(f"""
SELECT number, moved_at AS at, phases, working_days FROM calendar_moves WHERE {_UNHEARD} ORDER BY number LIMIT 1
""")
_NO_NUMBER = 2**31 - 1
_SINCE = text("SELECT seq, body FROM case_log WHERE case_id = :case_id AND seq >= :seq ORDER BY seq")


def _insert(table: Table, source: str) -> str:
    """Names its columns: a newer schema may have more of them, with defaults of their own."""
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    rows = f"jsonb_populate_recordset(NULL::{table.name}, CAST(:{source} AS jsonb))"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {rows}"


def _upsert(table: Table, source: str) -> str:
    keys = [c.name for c in table.primary_key]
    rest = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.columns if c.name not in keys)
    return f"{_insert(table, source)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {rest}"


_FOLD: TextClause = text(f"""
WITH c AS ({_upsert(cases, "case")}),
f AS ({_upsert(findings, "findings")}),
m AS ({_upsert(musts, "musts")}),
g AS (DELETE FROM musts WHERE case_id = :case_id AND must_id = ANY(:gone)),
e AS (
    UPDATE deadlines AS d SET met_at = x.met_at, replaced_at = x.replaced_at
    FROM jsonb_to_recordset(CAST(:ended AS jsonb))
        AS x(clock text, about text, met_at timestamptz, replaced_at timestamptz)
    WHERE d.case_id = :case_id AND d.clock = x.clock AND d.about = x.about
        AND d.met_at IS NULL AND d.replaced_at IS NULL
),
s AS (
    {_insert(deadlines, "set")}
),
o AS (
    UPDATE case_spans AS p SET until = x.until, until_week = x.until_week
    FROM jsonb_to_recordset(CAST(:over AS jsonb))
        AS x(kind text, what text, about text, until date, until_week date)
    WHERE p.case_id = :case_id AND p.kind = x.kind AND p.what = x.what AND p.about = x.about AND p.until IS NULL
),
b AS (
    {_insert(case_spans, "begun")}
)
INSERT INTO outbox (case_id, seq, number, topic, payload)
SELECT case_id, seq, number, topic, payload FROM jsonb_to_recordset(CAST(:outbox AS jsonb))
    AS x(case_id text, seq integer, number integer, topic text, payload jsonb)
""")


def record(engine: Engine, plan: Plan, before: Case | None, transition: Transition) -> Recorded:
    """Append the transition to the case's log and fold it into the tables, in one transaction.

    Returns the transitions recorded from this place on: normally this one. If an earlier try, or another command,
    was recorded there, nothing is written and those are returned; the caller evolves by them and decides again.
    If the calendar was moved meanwhile, nothing is written and the move is returned, with the same consequence.
    If an opening comes after the campaign's certificate, nothing is written and that is returned. Likewise if a key
    that signed the claim was retired.
    Raises OutOfStep if the log ends before this place.
    """
    after = apply(before, transition)
    line = {
        "case_id": after.case_id,
        "seq": after.seq,
        "command_id": transition.command_id,
        "do": transition.do,
        "at": transition.at,
        "body": transition.model_dump_json(),
        "person": transition.by.person if transition.by else None,
        "campaign_id": after.campaign_id,
        "calendar": before.calendar if before else after.calendar,
        "signed_by": transition.claim.key_ids if transition.claim else [],
        "below": after.calendar if transition.do == "calendar_moved" else _NO_NUMBER,
    }
    with engine.begin() as connection:
        if before is None:
            connection.execute(_OPENING, line)
        if connection.execute(_APPEND, line).first() is not None:
            write_fold(connection, changes(plan, before, transition, after))
            _note_refusals(connection, after.case_id, transition)
            attached = [f for event in transition.events if isinstance(event, FilesAttached) for f in event.files]
            name_files(connection, after.case_id, [(after.seq, file) for file in attached])
            if before is None and transition.by is not None:
                ensure_subject(connection, after.subject_id, after.subject, transition.by)
            return Recorded(transitions=(transition,))
        recorded = _since(connection, after.case_id, after.seq)
        move = None if recorded else connection.execute(_MOVE, line).mappings().first()
        certified = before is None and not recorded and connection.execute(text(_CERTIFIED), line).first() is not None
        retired = not recorded and connection.execute(text(_RETIRED), line).first() is not None
    if move is not None:
        return Recorded(move=CalendarMove.model_validate(dict(move)))
    if certified:
        return Recorded(certified=True)
    if retired:
        return Recorded(unclaimed=refuse_claim("key_retired"))
    if not recorded:
        raise OutOfStep(f"{after.case_id}: nothing recorded at {after.seq}, and {after.seq} cannot be added")
    return Recorded(transitions=recorded)


def _note_refusals(connection: Connection, case_id: str, transition: Transition) -> None:
    """What a device sent and was refused, to which nobody waited for the answer, is told in the audit log too."""
    for event in transition.events:
        if isinstance(event, CommandRefused):
            facts = {"code": event.refusal.code, "deed": event.do, "signal": True}
            by = audit_actor(transition.by)
            note(connection, AuditLine(kind="command_refused", by=by, case_id=case_id, outcome="refused", facts=facts))


def held_after(engine: Engine, case_id: str, before: Case | None) -> tuple[Transition, ...]:
    """What the log of the case holds beyond what is known of it; nothing is written."""
    with engine.connect() as connection:
        return _since(connection, case_id, before.seq + 1 if before else 1)


def _since(connection: Connection, case_id: str, seq: int) -> tuple[Transition, ...]:
    lines = connection.execute(_SINCE, {"case_id": case_id, "seq": seq})
    return tuple(read_line(case_id, line.seq, line.body) for line in lines)


def write_fold(connection: Connection, change: Changes) -> None:
    """One statement for all tables of the fold."""
    parameters = {
        "case": _json([change.case]),
        "findings": _json(change.findings),
        "musts": _json(change.musts),
        "gone": change.gone,
        "set": _json(change.set),
        "ended": _json(change.ended),
        "begun": _json(change.begun),
        "over": _json(change.over),
        "outbox": _json(change.outbox),
        "case_id": change.case["case_id"],
    }
    connection.execute(_FOLD, parameters)


def _json(rows: list[dict[str, Any]]) -> str:
    return to_json(rows).decode()
