"""What a case is asked about beyond stage and outcome: lists are filtered and counts are made by one wording.

Each is a condition on a row of `cases`, by that name; `:now` is the campaign's.
"""

from datetime import datetime

from sqlalchemy import Engine, text

from models.base import Frozen

_MISSED = """EXISTS (SELECT FROM deadlines d WHERE d.case_id = cases.case_id AND d.kind = 'rectification'
    AND coalesce(d.met_at, d.replaced_at) >= d.due_at)"""
FACTS: dict[str, str] = {
    "investigated": "investigated",
    "found": "found",
    "in_time": f"(put_right AND NOT {_MISSED})",
    "no_sector": "sector IS NULL",
    "no_street": "street IS NULL",
    "void": "outcome = 'void'",
}
"""Somebody looked; a finding stands; each is put right, no date for it missed; no sector or street; opened in error."""
MUSTS: dict[str, str] = {"owed": "owes_must", "executed": "executed_must"}
"""A must is owed, proposed or decided; one was executed."""


class Figures(Frozen):
    """How many cases of a district and sector there are, void ones left out, and of how many each thing is true.

    `with_must`: of which a must is owed or was executed.
    """

    district: str
    sector: str | None
    cases: int
    investigated: int
    found: int
    in_time: int
    overdue: int
    owed: int
    executed: int
    with_must: int


_COUNTED = {
    **{name: FACTS[name] for name in ("investigated", "found", "in_time")},
    "overdue": "outcome IS NULL AND due_at <= :now",
    **MUSTS,
    "with_must": " OR ".join(MUSTS.values()),
}


def figures(
    engine: Engine, campaign_id: str, now: datetime, district: str | None = None, sector: str | None = None
) -> tuple[Figures, ...]:
    """Of the campaign, or of one place, by district and sector: one statement, whatever the size."""
    place = {name: value for name, value in (("district", district), ("sector", sector)) if value is not None}
    there = "".join(f" AND {name} = :{name}" for name in place)
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in _COUNTED.items())
    sql = f"""SELECT district, sector, count(*) AS cases, {counts} FROM cases
        WHERE campaign_id = :campaign_id AND ({FACTS["void"]}) IS NOT TRUE{there}
        GROUP BY district, sector ORDER BY district, sector"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"campaign_id": campaign_id, "now": now, **place}).mappings()
        return tuple(Figures.model_validate(dict(row)) for row in rows)
