"""Reads that are named elsewhere now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text


def list_cases(
    engine: Engine,
    *,
    limit: int,
    after: str = "",
    outcome: str | None = None,
    officer: str | None = None,
    **columns: str | None,
) -> list[dict[str, Any]]:
    """Cases by id; filtered by campaign_id, district, street, sector, stage, next_role, an officer in charge.

    `outcome='open'` for open ones.
    """
    wanted = {name: value for name, value in columns.items() if value is not None}
    unknown = set(wanted) - {"campaign_id", "district", "sector", "stage", "next_role", "street"}
    if unknown:
        raise ValueError(f"no such filter: {', '.join(sorted(unknown))}")
    where = ["case_id > :after", *(f"{name} = :{name}" for name in wanted)]
    if outcome == "open":
        where.append("outcome IS NULL")
    elif outcome:
        where.append("outcome = :outcome")
        wanted["outcome"] = outcome
    if officer is not None:
        where.append("officers @> to_jsonb(CAST(:officer AS text))")
        wanted["officer"] = officer
    columns_shown = "case_id, subject_name, district, street, sector, stage, next_role, due_at, outcome, opened_at,"
    columns_shown += " officers"
    sql = f"SELECT {columns_shown} FROM cases WHERE {' AND '.join(where)} ORDER BY case_id LIMIT :limit"
    return _rows(engine, sql, after=after, limit=limit, **wanted)


def counts(engine: Engine, campaign_id: str) -> list[dict[str, Any]]:
    """Cases of a campaign by district, stage and outcome."""
    return _rows(
        engine,
        """SELECT district, stage, outcome, count(*) AS cases FROM cases WHERE campaign_id = :campaign_id
        GROUP BY district, stage, outcome ORDER BY district, stage, outcome""",
        campaign_id=campaign_id,
    )


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found: Sequence[Any] = connection.execute(text(sql), parameters).mappings().all()
    return [dict(row) for row in found]
