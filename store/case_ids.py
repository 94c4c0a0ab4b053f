"""Which id a case has: the newest of a subject, the next one that is free."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text

from models.base import Frozen
from models.case_ids import first_case_id, numbered
from rules.access.deeds import Place


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


def free_case_id(engine: Engine, campaign_id: str, subject_id: str, number: int = 1) -> str:
    """The id of the subject's case of that number in the campaign, or the next one that no case has.

    The second case of `a` may stand beside the first of `a-2`.
    """
    first = first_case_id(campaign_id, subject_id)
    while True:
        case_id = numbered(first, number)
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
        found: Sequence[Any] = connection.execute(text(sql), parameters).mappings().all()
    return [dict(row) for row in found]
