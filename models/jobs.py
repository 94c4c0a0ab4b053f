"""Work over many rows: a frozen list, a durable job, a result for each row (bulk work, ledgers)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from models.actors import Actor
from models.base import Frozen
from models.claims import OrderClaim
from models.commands import Grade, OfficialCommand, Text
from models.register import SubjectFacts

JOB_WORKFLOW = "Job"
IMPORTS_QUEUE = "imports"
WORK_ACTIVITY = "work_items"
WORK_SIGNAL = "work"
JobKind = Literal["commands", "import", "undo"]
JobState = Literal["running", "done", "stopped"]
ItemState = Literal["waiting", "done", "failed", "skipped"]


class CaseCommands(Frozen):
    """An item of a `commands` job: what is handed to one case, in order; the first refusal ends the item.

    `while_in_charge`: only as long as these officers are, for it says who comes after them.
    """

    what: Literal["case_commands"] = "case_commands"
    case_id: str
    commands: tuple[OfficialCommand, ...]
    while_in_charge: tuple[str, ...] | None = None


class LedgerFinding(Frozen):
    """A finding as a ledger has it; `due` is a day, due at its 24:00."""

    category: str
    grade: Grade
    description: str
    responsible: str | None = None
    due: date | None = None


class LedgerRow(Frozen):
    """An item of an `import` job: a subject, new where `facts` are given, and what was found there (3.1.ledger)."""

    what: Literal["ledger_row"] = "ledger_row"
    sheet: str
    row: int
    subject_id: str
    facts: SubjectFacts | None = None
    inspected_on: date
    findings: tuple[LedgerFinding, ...] = ()
    digest: str
    by: Actor
    source: Literal["self_inspection", "inspection"] = "self_inspection"


class UndoRow(Frozen):
    """An item of an `undo` job: what the row with this number of an import did."""

    what: Literal["undo_row"] = "undo_row"
    item: int
    case_id: str
    refs: tuple[str, ...]
    command_ids: tuple[str, ...]
    by: Actor
    reason: Text


class UndoChange(Frozen):
    """An item of an `undo` job: what a row that came back changed did to a finding."""

    what: Literal["undo_change"] = "undo_change"
    item: int
    case_id: str
    ref: str
    command_ids: tuple[str, ...]
    by: Actor
    reason: Text


class ChangedRow(Frozen):
    """An item of an `import` job: a row that we exported came back changed. `version` is that of the finding then."""

    what: Literal["changed_row"] = "changed_row"
    sheet: str
    row: int
    case_id: str
    ref: str
    version: str
    commands: tuple[OfficialCommand, ...]


class CaseReminder(Frozen):
    """An item of a `commands` job: whoever's turn it is in a case is reminded; no event in the case."""

    what: Literal["case_reminder"] = "case_reminder"
    case_id: str
    by: Actor | None = None
    words: str = ""


AnyItem = CaseCommands | CaseReminder | LedgerRow | ChangedRow | UndoRow | UndoChange
Item = Annotated[AnyItem, Field(discriminator="what")]
ITEM: TypeAdapter[AnyItem] = TypeAdapter(Item)


class ItemResult(Frozen):
    """How an item ended. A failed one says why, as a refusal does, and took no effect."""

    state: ItemState
    case_id: str | None = None
    code: str | None = None
    zh: str | None = None
    en: str | None = None
    did: dict[str, Any] = Field(default_factory=dict[str, Any])


class JobRun(Frozen):
    """The workflow's argument."""

    job_id: str


class WorkDone(Frozen):
    """The activity's answer: items that still wait."""

    left: int


def work_of(job_id: str) -> str:
    """`job/{id}`: its workflow, and what its order is for."""
    return f"job/{job_id}"


class Job(Frozen):
    """A job as the record has it, with how far it is; `order` proves who gave it, over just this list."""

    job_id: str
    kind: JobKind
    campaign_id: str
    by: str
    params: dict[str, Any]
    state: JobState
    total: int
    created_at: datetime
    finished_at: datetime | None = None
    waiting: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    order: OrderClaim | None = None
