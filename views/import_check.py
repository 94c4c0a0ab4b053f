"""What a ledger says and what its import would do (contracts §2), and how far an import is."""

from ledgers.issues import Issue
from ledgers.planned import Checked, LedgerPlan
from models.base import Frozen
from models.jobs import Job


class RowIssue(Frozen):
    """One thing about one place of the file; `row` as Excel shows it, null for a whole sheet."""

    sheet: str
    row: int | None
    column: str | None
    code: str
    message: str


class UnknownText(Frozen):
    """A text that is not known, once: its field, how often it stands there, in which rows."""

    field: str
    value: str
    count: int
    rows: tuple[int, ...]


class ImportCheck(Frozen):
    """What the file says and what would be done (contracts §2)."""

    rows: int
    findings: int
    subjects: int
    new_subjects: int
    skipped: int
    errors: tuple[RowIssue, ...]
    warnings: tuple[RowIssue, ...]
    closed: int
    columns: dict[str, str]
    unknown_columns: tuple[str, ...]
    unknown_values: tuple[UnknownText, ...]
    opens: int
    changes: int
    repeated: int


class ImportJob(Frozen):
    """A job with how far it is. `left_out`: rows of the file with an error, which never came into the job."""

    job: str
    campaign_id: str
    by: str
    file: str
    state: str
    total: int
    waiting: int
    done: int
    failed: int
    skipped: int
    left_out: int = 0


def import_check(plan: LedgerPlan, language: str | None = None) -> ImportCheck:
    """The check as a document; its messages in one language, `zh` or `en`, or in both."""
    checked = plan.checked
    return ImportCheck(
        rows=checked.rows,
        findings=checked.findings,
        subjects=checked.subjects,
        new_subjects=checked.new_subjects,
        skipped=checked.skipped + plan.repeated,
        closed=checked.closed,
        errors=tuple(_issue(one, language) for one in plan.all_errors),
        warnings=tuple(_issue(one, language) for one in checked.warnings),
        columns={c.header: c.field for c in checked.columns if c.field},
        unknown_columns=checked.unknown_columns,
        unknown_values=_unknown(checked),
        opens=plan.opens,
        changes=plan.changes,
        repeated=plan.repeated,
    )


def import_job(job: Job) -> ImportJob:
    """How far it is."""
    same = {"campaign_id", "by", "state", "total", "waiting", "done", "failed", "skipped"}
    told = {"file": str(job.params.get("file", "")), "left_out": int(job.params.get("left_out", 0))}
    return ImportJob(job=job.job_id, **told, **job.model_dump(include=same))


def _issue(one: Issue, language: str | None) -> RowIssue:
    message = {"zh": one.zh, "en": one.en}.get(language or "", one.message)
    return RowIssue(sheet=one.sheet, row=one.row, column=one.column, code=one.code, message=message)


def _unknown(checked: Checked) -> tuple[UnknownText, ...]:
    return tuple(
        UnknownText(field=one.field, value=one.value, count=len(one.rows), rows=one.rows)
        for one in checked.unknown_values
    )
