"""What somebody has done of late, in cases and beside them: by the id of whoever signed in, the latest first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from models.audit import AuditKind, LoggedAudit
from models.base import Frozen
from models.case_ids import ids_of
from store.audit import AuditFilter, audit_page
from store.counted import Rows, counted
from store.tables import ACTED_FOR, BY_A_DELEGATE

DONE_WITHIN = timedelta(days=30)
_DEEDS: tuple[AuditKind, ...] = (
    "order_given",
    "register_changed",
    "campaign_steered",
    "working_days_published",
    "self_inspected",
    "permission_given",
    "permission_revoked",
    "schedule_changed",
)
"""What is a deed of somebody's office, and no coming in or reading."""


class DoneRow(Frozen):
    """A step that the person took; of the case as it is now."""

    case_id: str
    seq: int
    do: str
    at: datetime
    subject: str
    district: str
    sector: str | None
    stage: str
    outcome: str | None


class StepBy(DoneRow):
    """The same, with the id of whoever took it, and in whose post, where that is another's."""

    person: str
    principal: str | None


class DoneCursor(Frozen):
    """The last row of a page."""

    at: datetime
    case_id: str
    seq: int


_BY = "l.person = :person AND l.at > :since"
"""Up to the last step: what was just done may be stamped by a clock that is a little ahead of ours."""
_FROM = f"FROM case_log l JOIN cases c USING (case_id) WHERE {_BY}"


def done_page(
    engine: Engine, campaign_id: str, person: str, now: datetime, limit: int, after: DoneCursor | None = None
) -> tuple[DoneRow, ...]:
    """The steps of the last days in the campaign, after the last one of the page before."""
    facts = _facts(campaign_id, person, now)
    beyond = ""
    if after is not None:
        beyond, facts = " AND (l.at, l.case_id, l.seq) < (:at, :case_id, :seq)", facts | after.model_dump()
    sql = f"""SELECT l.case_id, l.seq, l."do", l.at, c.subject_name AS subject, c.district, c.sector, c.stage, c.outcome
        {_FROM} AND c.campaign_id = :campaign_id{beyond} ORDER BY l.at DESC, l.case_id DESC, l.seq DESC LIMIT :limit"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**facts, "limit": limit}).mappings().all()
    return tuple(DoneRow(**row) for row in rows)


def steps_by(
    engine: Engine, people: Sequence[str], limit: int, since: datetime | None = None, until: datetime | None = None
) -> tuple[StepBy, ...]:
    """What any of these people did in cases of any campaign, or delegates in their posts; `until` exclusive.

    The latest first.
    """
    bounds = "".join(
        f" AND l.at {sign} :{name}" for name, sign, at in (("since", ">=", since), ("until", "<", until)) if at
    )
    steps = " UNION ".join(
        f"(SELECT case_id, seq FROM case_log l WHERE {by}{bounds} ORDER BY at DESC LIMIT :limit)"
        for by in ("person = ANY(:people)", f"{BY_A_DELEGATE} AND {ACTED_FOR} = ANY(:people)")
    )
    sql = f"""SELECT l.case_id, l.seq, l."do", l.at, l.person, {ACTED_FOR} AS principal, c.subject_name AS subject,
            c.district, c.sector, c.stage, c.outcome
        FROM ({steps}) AS steps JOIN case_log l USING (case_id, seq) JOIN cases c USING (case_id)
        ORDER BY l.at DESC, l.case_id DESC, l.seq DESC LIMIT :limit"""
    asked = {"people": list(people), "since": since, "until": until, "limit": limit}
    with engine.connect() as connection:
        return tuple(StepBy(**row) for row in connection.execute(text(sql), asked).mappings())


def done_beside(engine: Engine, person: str, now: datetime, limit: int) -> tuple[LoggedAudit, ...]:
    """What the person did beside the cases in the last days; `now` as clocks have it, which the audit log goes by."""
    return audit_page(engine, AuditFilter(kinds=_DEEDS, by_person=person, since=now - DONE_WITHIN), limit)


def done_count(engine: Engine, campaign_id: str, person: str, now: datetime) -> int:
    """Counted up to one more than `COUNTED_TO`."""
    facts = _facts(campaign_id, person, now) | {"of_campaign": ids_of(campaign_id)}
    return counted(
        engine, Rows(f"SELECT 1 FROM case_log l WHERE {_BY} AND starts_with(l.case_id, :of_campaign)", facts)
    )


def _facts(campaign_id: str, person: str, now: datetime) -> dict[str, Any]:
    return {"campaign_id": campaign_id, "person": person, "since": now - DONE_WITHIN}
