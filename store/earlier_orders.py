"""Orders to rectify from earlier cases of a subject, which the fine looks at (3.2.must3)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text

from models.case import EarlierOrder
from models.plan import Plan


def earlier_orders(engine: Engine, plan: Plan, subject_ids: Sequence[str]) -> dict[str, tuple[EarlierOrder, ...]]:
    """Orders to rectify illegal conduct from earlier cases, by the subject's id in those cases (3.2.must3).

    The registrations of V findings, and the suspensions served for hazards that failed (V10). A void case ordered
    nothing: it was opened in error.
    """
    rows = _rows(
        engine,
        """SELECT c.subject_id, coalesce(f.counts_as, f.category) AS category, f.registered_at AS ordered_at
        FROM findings f JOIN cases c USING (case_id)
        WHERE c.subject_id = ANY(:subject_ids) AND f.registered_at IS NOT NULL AND f.state <> 'rescinded'
            AND c.outcome IS DISTINCT FROM 'void'
        UNION ALL
        SELECT c.subject_id, :hazard_failed, m.executed_at FROM musts m JOIN cases c USING (case_id)
        WHERE c.subject_id = ANY(:subject_ids) AND m.must = 'suspend' AND m.executed_at IS NOT NULL
            AND c.outcome IS DISTINCT FROM 'void'
            AND m.grounds @> '[{"reason": "hazard_failed"}]'
        ORDER BY ordered_at""",
        subject_ids=list(subject_ids),
        hazard_failed=plan.readings.hazard_failed,
    )
    found: dict[str, tuple[EarlierOrder, ...]] = {}
    for row in rows:
        subject = row.pop("subject_id")
        if plan.is_illegal_conduct(row["category"]):
            found[subject] = (*found.get(subject, ()), EarlierOrder.model_validate(row))
    return found


def orders_against(found: dict[str, tuple[EarlierOrder, ...]], subject_ids: Sequence[str]) -> tuple[EarlierOrder, ...]:
    """The orders against one subject under all ids that it has had, oldest first."""
    return tuple(sorted((o for i in subject_ids for o in found.get(i, ())), key=lambda o: o.ordered_at))


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found: Sequence[Any] = connection.execute(text(sql), parameters).mappings().all()
    return [dict(row) for row in found]
