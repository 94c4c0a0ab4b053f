"""自查自纠: what an enterprise found at itself and put right, as its people write it down (3.1.ledger)."""

from datetime import date, datetime

from models.base import Frozen
from models.commands import Text
from models.instants import Day


class OwnFinding(Frozen):
    """One thing that was found; `rectified_on` once it is put right. No finding of a case until an inspector records
    it."""

    found_on: Day
    description: Text
    measure: Text | None = None
    responsible: Text | None = None
    due_on: Day | None = None
    rectified_on: Day | None = None


class SelfInspection(Frozen):
    """It as it is kept: of which subject in which campaign, by whom and when (wall time); the finding it became."""

    entry_id: str
    campaign_id: str
    subject_id: str
    found_on: date
    description: str
    measure: str | None
    responsible: str | None
    due_on: date | None
    rectified_on: date | None
    by: str
    at: datetime
    case_id: str | None = None
    ref: str | None = None
