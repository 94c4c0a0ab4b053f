"""Reports that schedules write: each once, however often the schedule runs."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from models.base import Frozen


class Report(Frozen):
    """A report of a schedule; `key` names the week or the night."""

    kind: str
    campaign_id: str | None
    at: datetime
    key: str
    body: dict[str, Any]


def digest(engine: Engine, campaign_id: str, now: datetime, since: datetime) -> dict[str, Any]:
    """The week by district: opened, closed, musts executed, overdue now by kind, musts owed now."""
    sql = """
    WITH c AS (SELECT * FROM cases WHERE campaign_id = :id), late AS (
        SELECT c.district, d.kind, count(*) AS n FROM deadlines d JOIN c USING (case_id)
        WHERE d.met_at IS NULL AND d.replaced_at IS NULL AND d.due_at <= :now GROUP BY c.district, d.kind
    ), m AS (
        SELECT c.district, count(*) FILTER (WHERE m.state IN ('owed', 'proposed', 'decided')) AS owed,
            count(*) FILTER (WHERE m.executed_at >= :since AND m.executed_at < :now) AS executed
        FROM musts m JOIN c USING (case_id) GROUP BY c.district
    )
    SELECT c.district, count(*) FILTER (WHERE opened_at >= :since AND opened_at < :now) AS opened,
        count(*) FILTER (WHERE closed_at >= :since AND closed_at < :now) AS closed,
        count(*) FILTER (WHERE outcome IS NULL) AS open,
        coalesce((SELECT n FROM late l WHERE l.district = c.district AND l.kind = 'rectification'), 0) AS late,
        coalesce((SELECT n FROM late l WHERE l.district = c.district AND l.kind = 'duty'), 0) AS duties_late,
        coalesce((SELECT owed FROM m WHERE m.district = c.district), 0) AS musts_owed,
        coalesce((SELECT executed FROM m WHERE m.district = c.district), 0) AS musts_executed
    FROM c GROUP BY c.district ORDER BY c.district"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"id": campaign_id, "now": now, "since": since}).mappings().all()
    return {"since": since.isoformat(), "until": now.isoformat(), "districts": [dict(row) for row in rows]}


def keep_report(engine: Engine, report: Report) -> bool:
    """Write a report; False if there is one of that kind and key already, which stays."""
    with engine.begin() as connection:
        added = connection.execute(
            text("""INSERT INTO schedule_reports (kind, campaign_id, at, key, body)
            VALUES (:kind, :campaign_id, :at, :key, CAST(:body AS jsonb)) ON CONFLICT DO NOTHING RETURNING 1"""),
            {**report.model_dump(exclude={"body"}), "body": json.dumps(report.body, ensure_ascii=False)},
        )
        return added.first() is not None


def reports(engine: Engine, *, kind: str | None = None, limit: int = 20) -> tuple[Report, ...]:
    """Reports of schedules, newest first."""
    where = "WHERE kind = :kind" if kind else ""
    sql = f"SELECT kind, campaign_id, at, key, body FROM schedule_reports {where} ORDER BY report_id DESC LIMIT :limit"
    given = {"kind": kind} if kind else {}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {**given, "limit": limit}).mappings().all()
    return tuple(Report.model_validate(dict(row)) for row in rows)
