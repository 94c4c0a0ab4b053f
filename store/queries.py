"""Every read: from PostgreSQL only, so that it needs no live worker."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text

from models.base import Frozen
from models.case import EarlierOrder
from models.events import Transition
from models.plan import Plan
from models.wire import Receipt


class NewestCase(Frozen):
    """A subject's newest case in a campaign; `number` is 1 for the first."""

    case_id: str
    number: int
    closed: bool


def newest_case(engine: Engine, campaign_id: str, subject_ids: Sequence[str]) -> NewestCase | None:
    """The subject's newest case in the campaign, an open one before all; `subject_ids` are all ids that it has had."""
    found = _rows(
        engine,
        """SELECT case_id, outcome IS NOT NULL AS closed, count(*) OVER () AS number
        FROM cases WHERE campaign_id = :campaign_id AND subject_id = ANY(:subject_ids)
        ORDER BY outcome IS NULL DESC, opened_at DESC, length(case_id) DESC, case_id DESC LIMIT 1""",
        campaign_id=campaign_id,
        subject_ids=list(subject_ids),
    )
    return NewestCase.model_validate(found[0]) if found else None


def first_case_id(campaign_id: str, subject_id: str) -> str:
    """The id of the subject's first case in the campaign."""
    return f"case/{campaign_id}/{subject_id}"


def free_case_id(engine: Engine, campaign_id: str, subject_id: str, number: int = 1) -> str:
    """The id of the subject's case of that number in the campaign, or the next one that no case has.

    The second case of `a` may stand beside the first of `a-2`.
    """
    first = first_case_id(campaign_id, subject_id)
    while True:
        case_id = f"{first}-{number}" if number > 1 else first
        if not _rows(engine, "SELECT 1 FROM cases WHERE case_id = :id", id=case_id):
            return case_id
        number += 1


def newest_case_called(engine: Engine, name: str) -> str | None:
    """The id of the case `case/{campaign}/{name}` of the newest campaign that has one; None if none has."""
    found = _rows(
        engine,
        """SELECT case_id FROM campaigns JOIN cases ON case_id = 'case/' || campaigns.campaign_id || '/' || :name
        ORDER BY started_at DESC, campaigns.campaign_id LIMIT 1""",
        name=name,
    )
    return found[0]["case_id"] if found else None


def next_case_id(engine: Engine, campaign_id: str, subject_id: str, newest: NewestCase | None) -> str:
    """The id of the case that is opened next for the subject, whose newest one in the campaign has ended."""
    return free_case_id(engine, campaign_id, subject_id, newest.number + 1 if newest else 1)


def opened_by(engine: Engine, campaign_id: str, subject_ids: Sequence[str], command_id: str) -> tuple[str, str] | None:
    """The case of the subject that holds a command of this id, and the command's digest."""
    found = _rows(
        engine,
        """SELECT case_id, body FROM cases JOIN case_log USING (case_id)
        WHERE campaign_id = :campaign_id AND subject_id = ANY(:subject_ids) AND command_id = :command_id LIMIT 1""",
        campaign_id=campaign_id,
        subject_ids=list(subject_ids),
        command_id=command_id,
    )
    return (found[0]["case_id"], Transition.model_validate_json(found[0]["body"]).content) if found else None


def recorded_content(engine: Engine, case_id: str, command_id: str) -> str | None:
    """The digest of a command that the log accepted under this id."""
    found = _rows(
        engine,
        "SELECT body FROM case_log WHERE case_id = :case_id AND command_id = :command_id",
        case_id=case_id,
        command_id=command_id,
    )
    return Transition.model_validate_json(found[0]["body"]).content if found else None


def campaign_of_case(engine: Engine, case_id: str) -> str:
    """The id of the case's campaign; LookupError for an unknown case."""
    found = _rows(engine, "SELECT campaign_id FROM cases WHERE case_id = :id", id=case_id)
    if not found:
        raise LookupError(case_id)
    return found[0]["campaign_id"]


def case_receipt(engine: Engine, case_id: str) -> Receipt | None:
    """The present stage of a case, as the record has it."""
    found = _rows(engine, "SELECT case_id, seq, stage, due_at, outcome FROM cases WHERE case_id = :id", id=case_id)
    return Receipt.model_validate(found[0]) if found else None


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


def timeline(engine: Engine, case_id: str) -> tuple[Transition, ...]:
    """The case's log, oldest first; empty for an unknown case."""
    rows = _rows(engine, "SELECT body FROM case_log WHERE case_id = :id ORDER BY seq", id=case_id)
    return tuple(Transition.model_validate_json(row["body"]) for row in rows)


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
