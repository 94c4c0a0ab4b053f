"""Which id a case has: the newest of a subject, the next one that is free."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.case_ids import first_case_id, numbered
from rules.access.deeds import Place


class NewestCase(Frozen):
    """A subject's newest case in a campaign; `number` is 1 for the first. A `void` one counts as none."""

    case_id: str
    number: int
    closed: bool
    void: bool


class CaseToOpen(NamedTuple):
    """A subject's newest case in a campaign, and the id of the one that would be opened next."""

    newest: NewestCase | None
    next_id: str


def case_to_open(engine: Engine, campaign_id: str, subject_id: str, subject_ids: Sequence[str]) -> CaseToOpen:
    """Both as of one moment: a case that is recorded between two looks would have a second one beside it.

    `subject_ids` are all ids that the subject has had; the next case is of `subject_id`.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        newest = _newest(connection, campaign_id, subject_ids)
        return CaseToOpen(newest, _free(connection, campaign_id, subject_id, newest.number + 1 if newest else 1))


def newest_case(engine: Engine, campaign_id: str, subject_ids: Sequence[str]) -> NewestCase | None:
    """The subject's newest case in the campaign, an open one before all; `subject_ids` are all ids that it has had."""
    with engine.connect() as connection:
        return _newest(connection, campaign_id, subject_ids)


def _newest(connection: Connection, campaign_id: str, subject_ids: Sequence[str]) -> NewestCase | None:
    found = _found(
        connection,
        """SELECT case_id, outcome IS NOT NULL AS closed, outcome IS NOT DISTINCT FROM 'void' AS void,
            count(*) OVER () AS number
        FROM cases WHERE campaign_id = :campaign_id AND subject_id = ANY(:subject_ids)
        ORDER BY outcome IS NULL DESC, opened_at DESC, length(case_id) DESC, case_id DESC LIMIT 1""",
        campaign_id=campaign_id,
        subject_ids=list(subject_ids),
    )
    return NewestCase.model_validate(found[0]) if found else None


def _free(connection: Connection, campaign_id: str, subject_id: str, number: int) -> str:
    """The id of the subject's case of that number in the campaign, or the next one that no case has.

    The second case of `a` may stand beside the first of `a-2`.
    """
    first = first_case_id(campaign_id, subject_id)
    while True:
        case_id = numbered(first, number)
        if not _found(connection, "SELECT 1 FROM cases WHERE case_id = :id", id=case_id):
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


def campaign_of_case(engine: Engine, case_id: str) -> str:
    """The id of the case's campaign; LookupError for an unknown case."""
    found = _rows(engine, "SELECT campaign_id FROM cases WHERE case_id = :id", id=case_id)
    if not found:
        raise LookupError(case_id)
    return found[0]["campaign_id"]


def place_of_case(engine: Engine, case_id: str) -> Place:
    """Where the case is, and about whom; LookupError for an unknown case."""
    found = _rows(engine, "SELECT district, sector, subject_id AS subject FROM cases WHERE case_id = :id", id=case_id)
    if not found:
        raise LookupError(case_id)
    return Place(**found[0])


def _rows(engine: Engine, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return _found(connection, sql, **parameters)


def _found(connection: Connection, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    found: Sequence[Any] = connection.execute(text(sql), parameters).mappings().all()
    return [dict(row) for row in found]
