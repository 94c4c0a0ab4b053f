"""Cases that have to do with one: of the same subject, of one with the same credit code, or at the same place."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, text

from models.base import Frozen

Tie = Literal["subject", "code", "place"]
MOST = 20


class RelatedCase(Frozen):
    """A case, and what ties it to the other: its subject (duplicates count as it), its code, its place on the map."""

    case_id: str
    campaign_id: str
    subject_name: str
    district: str
    stage: str
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None
    tie: Tie


# of each other subject the closest tie: by who stands for both, by code, by coordinates; along an index each
_RELATED = text("""
SELECT case_id, campaign_id, subject_name, district, stage, outcome, opened_at, closed_at,
    (ARRAY['subject', 'code', 'place'])[closeness] AS tie
FROM cases JOIN (
    WITH own AS (
        SELECT coalesce(merged_into, subject_id) AS stands, code, longitude, latitude
        FROM subjects WHERE subject_id = :subject_id
    )
    SELECT subject_id, min(closeness) AS closeness FROM (
        SELECT CAST(:subject_id AS text) AS subject_id, 1 AS closeness
        UNION ALL SELECT s.subject_id, 1 FROM subjects s JOIN own ON s.subject_id = own.stands
        UNION ALL SELECT s.subject_id, 1 FROM subjects s JOIN own ON s.merged_into = own.stands
        UNION ALL SELECT s.subject_id, 2 FROM subjects s JOIN own ON s.code = own.code
        UNION ALL SELECT s.subject_id, 3 FROM subjects s
            JOIN own ON s.longitude = own.longitude AND s.latitude = own.latitude
    ) AS tied GROUP BY subject_id
) AS closest USING (subject_id)
WHERE case_id <> :case_id AND campaign_id = ANY(:campaigns)
ORDER BY closeness, opened_at DESC, case_id LIMIT :most
""")


def related_cases(engine: Engine, case_id: str, subject_id: str, campaigns: Collection[str]) -> tuple[RelatedCase, ...]:
    """The closest first, then the newest; of those campaigns, at most `MOST`."""
    asked = {"case_id": case_id, "subject_id": subject_id, "campaigns": list(campaigns), "most": MOST}
    with engine.connect() as connection:
        return tuple(RelatedCase.model_validate(dict(row)) for row in connection.execute(_RELATED, asked).mappings())
