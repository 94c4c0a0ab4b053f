"""Findings as rows of a ledger: for the export, in batches, by case and ref."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text

from store.jobs import ERRORS, NOT_UNDONE

_PAGE = 2000


def finding_rows(engine: Engine, campaign_id: str, **filters: str | None) -> Iterator[dict[str, Any]]:
    """Every finding of the campaign with its subject; by district, street, sector, stage of the case, own state.

    None of a case that is void: with it they are.
    """
    columns = {"state": "f.state", **{name: f"c.{name}" for name in ("district", "street", "sector", "stage")}}
    wanted = {name: value for name, value in filters.items() if value is not None}
    where = "".join(f" AND {columns[name]} = :{name}" for name in wanted)
    sql = f"""SELECT f.case_id, f.ref, f.category, f.grade, f.description, f.responsible, f.state,
        f.inspected_on, f.recorded_at, f.due_at, c.subject_name, c.district, c.street, c.sector, s.code,
        coalesce(s.kind, 'enterprise') AS kind
    FROM findings f JOIN cases c USING (case_id) LEFT JOIN subjects s ON s.subject_id = c.subject_id
    WHERE c.campaign_id = :campaign_id AND c.outcome IS DISTINCT FROM 'void'
        AND (f.case_id, f.ref) > (:case_id, :ref){where}
    ORDER BY f.case_id, f.ref LIMIT {_PAGE}"""
    case_id, ref = "", ""
    while True:
        given = {**wanted, "campaign_id": campaign_id, "case_id": case_id, "ref": ref}
        with engine.connect() as connection:
            page = [dict(row) for row in connection.execute(text(sql), given).mappings()]
        if not page:
            return
        yield from page
        case_id, ref = page[-1]["case_id"], page[-1]["ref"]


def finding_states(engine: Engine, keys: list[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """These findings as they stand, by case and ref, in one query."""
    sql = """SELECT f.* FROM findings f JOIN unnest(CAST(:cases AS text[]), CAST(:refs AS text[])) AS k(case_id, ref)
    ON f.case_id = k.case_id AND f.ref = k.ref"""
    given = {"cases": [case for case, _ in keys], "refs": [ref for _, ref in keys]}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), given).mappings().all()
    return {(row["case_id"], row["ref"]): dict(row) for row in rows}


def rows_in_force(engine: Engine, job_id: str) -> dict[str, int]:
    """How many rows of an import are done and not taken back, by kind: `changed_row`, `ledger_row`, and `grave_row`,
    one of whose findings is a ground of a closure or a referral that was owed since.
    """
    sql = f"""SELECT CASE WHEN i.body ->> 'what' = 'ledger_row' AND EXISTS (
            SELECT FROM musts m, jsonb_array_elements(m.grounds) g
            WHERE m.case_id = i.result ->> 'case_id' AND m.must IN ('close', 'refer')
                AND m.state IN ('owed', 'proposed', 'decided', 'executed')
                AND jsonb_exists(i.result -> 'did' -> 'refs', g ->> 'ref'))
        THEN 'grave_row' ELSE i.body ->> 'what' END AS kind, count(*) AS rows
    FROM jobs j JOIN job_items i USING (job_id)
    WHERE j.job_id = :id AND i.state = 'done' AND {NOT_UNDONE} GROUP BY 1"""
    with engine.connect() as connection:
        return {row.kind: row.rows for row in connection.execute(text(sql), {"id": job_id})}


def case_subjects(engine: Engine, case_ids: list[str]) -> dict[str, str]:
    """The name of the subject of each of these cases."""
    sql = "SELECT case_id, subject_name FROM cases WHERE case_id = ANY(:ids)"
    with engine.connect() as connection:
        return {row.case_id: row.subject_name for row in connection.execute(text(sql), {"ids": case_ids})}


def subjects_with_open_case(engine: Engine, campaign_id: str, subject_ids: list[str]) -> set[str]:
    """Which of the subjects have an open case in the campaign."""
    sql = """SELECT DISTINCT subject_id FROM cases
    WHERE campaign_id = :campaign_id AND outcome IS NULL AND subject_id = ANY(:ids)"""
    with engine.connect() as connection:
        return set(connection.execute(text(sql), {"campaign_id": campaign_id, "ids": subject_ids}).scalars())


def errors_of(engine: Engine, job_id: str) -> dict[str, Any]:
    """What was wrong with rows that an import left out, as it was kept with it; nothing where none was."""
    sql = text(f"SELECT params -> '{ERRORS}' AS errors FROM jobs WHERE job_id = :id")
    with engine.connect() as connection:
        return connection.execute(sql, {"id": job_id}).scalar() or {}
