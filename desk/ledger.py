"""Ledgers between the file and the record: a file is checked against the register, and becomes the items of a job."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine

from desk.orders import signing
from desk.refusals import noted_refusal
from engine.claims import Signer
from ledgers.book import LedgerProblem
from ledgers.decisions import Decisions
from ledgers.fields import LABELS, Field
from ledgers.issues import Issue, issue
from ledgers.judging.check import check_ledger
from ledgers.judging.register import KnownSubject, NameKey
from ledgers.planned import Checked, LedgerPlan, NewSubject, PlannedRow
from ledgers.reading.read import read_book
from ledgers.writing.export import ExportRow
from models.actors import Actor, system
from models.commands import AnyCommand, Assignment, CorrectFinding, ReassignResponsible, Register
from models.instants import day_of, end_of_day
from models.jobs import AnyItem, ChangedRow, Job, LedgerFinding, LedgerRow, UndoChange, UndoRow
from models.plan import Plan
from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.access.deeds import DEEDS, MANDATES, Place, may, out_of_reach
from rules.case.finding_version import finding_version
from rules.subjects.names import normalised_name
from rules.words.clauses import cited
from rules.words.refusals import refuse
from store.campaigns import Campaign, campaign_of
from store.jobs import (
    ERRORS,
    StoredItem,
    all_items,
    create_job,
    imported_digests,
    imported_findings,
    job_state,
    undo_jobs,
)
from store.ledger_rows import finding_rows, finding_states, subjects_with_open_case
from store.subject_search import by_codes, by_name_keys

ERRORS_KEPT = 200
_BETWEEN = "#"  # `case/…#F1`: how an exported row names its finding
_BATCH = 5000
_WORDS: set[Field] = {"description", "grade", "category"}
Source = Literal["self_inspection", "inspection"]


class RegisterLookup:
    """The register as ledgers ask it: many at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def by_codes(self, codes: Sequence[str]) -> Mapping[str, KnownSubject]:
        """By unified credit code."""
        return {code: _known(subject) for code, subject in by_codes(self.engine, codes).items()}

    def by_names(self, names: Sequence[NameKey]) -> Mapping[NameKey, Sequence[KnownSubject]]:
        """By compared name, in the district where one is given."""
        found = by_name_keys(self.engine, {key for _, key in names})
        return {
            (district, key): [_known(s) for s in found[key] if district in (None, s.district)]
            for district, key in names
            if key in found
        }


OPERATOR = "operator"
"""Who ordered what nobody is named for: whoever may run the command line."""


def check_file(
    engine: Engine, campaign: Campaign, path: Path, decided: Decisions | None = None
) -> Checked | LedgerProblem:
    """The file read by a limited child, and every line of it judged under the campaign's plan and calendar."""
    book = read_book(path)
    if isinstance(book, LedgerProblem):
        return book
    today = day_of(campaign.now())
    return check_ledger(campaign.plan, campaign.phases, today, book, RegisterLookup(engine), decided)


def refused_import(campaign: Campaign, by: Actor) -> Refused | None:
    """Why the actor may import no ledger at all: no inspector, or of no district of the plan."""
    if refused := may(campaign.plan, by, "record_findings", Place()):
        return cited(campaign.plan, refused)
    if all(out_of_reach(campaign.plan, by, Place(district.id, by.sector)) for district in campaign.plan.districts):
        return cited(campaign.plan, refuse("unknown_district", district=by.territory))
    return None


def plan_import(
    engine: Engine,
    campaign: Campaign,
    checked: Checked,
    by: Actor | None = None,
    source: Source = "self_inspection",
    operator: str = OPERATOR,
) -> LedgerPlan:
    """The rows without errors as items of a job; `by` imports them, else the system, as the operator ordered."""
    known = {digest for page in _pages(checked.planned) for digest in _imported(engine, campaign, page)}
    rows = [row for row in checked.planned if row.exported or row.digest not in known]
    recorded = {f for page in _pages(rows) for f in _recorded(engine, campaign, page)}
    changed = [row for row in rows if row.exported]
    states = {k: v for page in _pages(changed) for k, v in finding_states(engine, [_key(r) for r in page]).items()}
    errors: list[Issue] = []
    items: list[tuple[str, AnyItem]] = []
    for row in rows:
        if not row.exported and any(
            (_subject_id(row), row.inspected_on, f.description) in recorded for f in row.findings
        ):
            errors.append(issue(row.sheet, row.row, None, "recorded_otherwise"))
            continue
        if by is not None and (foreign := _out_of_reach(campaign, row, by)):
            errors.append(foreign)
            continue
        who = by or system("ledger_import", row.district, operator)
        made = _changed(row, states, who, errors) if row.exported else _new(row, who, source)
        if made is not None:
            items.append((f"{row.sheet} {row.row}", made))
    new = [i for _, i in items if isinstance(i, LedgerRow)]
    subjects = {i.subject_id for i in new}
    return LedgerPlan(
        checked=checked,
        items=tuple(items),
        errors=tuple(errors),
        opens=len(subjects - subjects_with_open_case(engine, campaign.campaign_id, sorted(subjects))),
        changes=len(items) - len(new),
        repeated=len(checked.planned) - len(rows),
    )


def create_import(
    engine: Engine,
    signer: Signer,
    campaign: Campaign,
    plan: LedgerPlan,
    file: str,
    by: Actor | None,
    job_id: str | None = None,
) -> Job:
    """Freeze the items as a job, signed by whoever orders it; it is run by `engine/jobs.py:run_job`."""
    job_id = job_id or uuid.uuid4().hex[:12]
    params: dict[str, Any] = {"file": file, "left_out": plan.left_out}
    if plan.left_out:  # the file goes: what is wrong with its other rows is told with the job
        first = [asdict(one) for one in plan.all_errors[:ERRORS_KEPT]]
        params |= {ERRORS: {"all": len(plan.all_errors), "first": first}}
    who = str(by) if by else "ledger"
    sign = signing(signer, by, "import", job_id, campaign.campaign_id)
    return create_job(engine, job_id, "import", campaign.campaign_id, who, params, plan.items, sign)


def create_undo(
    engine: Engine, signer: Signer, job: Job, by: Actor | None, reason: str, operator: str = OPERATOR
) -> Job | Refused:
    """A job that takes back what the rows of an import did, last row first, where nobody acted since.

    Asked again while one runs it is that one; afterwards it is one for what is not undone yet, by another perhaps.
    Refused while the import itself runs: what it does from now on would stay; and to whoever may take nothing back.
    """
    plan = campaign_of(engine, job.campaign_id).plan
    if by is not None and (refused := refused_undo(plan, by)):
        return noted_refusal(engine, by, refused, "undo")
    if job_state(engine, job.job_id) == "running":
        return noted_refusal(engine, by, cited(plan, refuse("import_running", job=job.job_id)), "undo")
    earlier = undo_jobs(engine, job.job_id)
    if earlier and earlier[-1].state == "running":
        return earlier[-1]
    undone = {
        item.body.item
        for before in earlier
        for item in all_items(engine, before.job_id, state="done")
        if isinstance(item.body, UndoRow | UndoChange)
    }
    left = (item for item in all_items(engine, job.job_id, state="done") if item.number not in undone)
    undo = [(item.label, back) for item in left if (back := _back(item, by, reason, operator)) is not None]
    if earlier and not undo:
        return earlier[-1]
    undo.reverse()
    name = f"undo-{job.job_id}" + (f"-{len(earlier) + 1}" if earlier else "")
    who, sign = str(by) if by else "ledger", signing(signer, by, "undo", name, job.campaign_id)
    return create_job(engine, name, "undo", job.campaign_id, who, {"job": job.job_id}, undo, sign)


def refused_undo(plan: Plan, by: Actor) -> Refused | None:
    """Why the actor may take back nothing at all. Each row is judged again when it is undone."""
    refused = [may(plan, by, do, Place(), of) for do in MANDATES["ledger_undo"] for of in ("", *DEEDS[do].instead)]
    return refused[-1] if all(refused) else None


def _back(item: StoredItem, by: Actor | None, reason: str, operator: str) -> AnyItem | None:
    """What takes the row back: by whom it says, else by the system, as the operator ordered."""
    row, result = item.body, item.result
    if isinstance(row, LedgerRow) and result is not None and result.case_id:
        return UndoRow(
            item=item.number,
            case_id=result.case_id,
            refs=tuple(result.did["refs"]),
            command_ids=tuple(result.did["command_ids"]),
            by=by or system("ledger_undo", _district(row), operator),
            reason=reason,
        )
    if isinstance(row, ChangedRow):
        return UndoChange(
            item=item.number,
            case_id=row.case_id,
            ref=row.ref,
            command_ids=tuple(str(command.command_id) for command in row.commands),
            by=by or system("ledger_undo", row.commands[0].by.territory, operator),
            reason=reason,
        )
    return None


def export_rows(engine: Engine, campaign: Campaign, **filters: str | None) -> Iterator[ExportRow]:
    """The campaign's findings as rows that come back."""
    for row in finding_rows(engine, campaign.campaign_id, **filters):
        yield ExportRow(
            key=f"{row['case_id']}{_BETWEEN}{row['ref']}",
            version=_version(row),
            name=row["subject_name"],
            district=row["district"],
            inspected_on=row["inspected_on"] or day_of(row["recorded_at"]),
            category=row["category"],
            grade=row["grade"],
            description=row["description"],
            code=row["code"],
            street=row["street"],
            sector=row["sector"],
            kind=row["kind"],
            responsible=row["responsible"],
            due=day_of(row["due_at"] - timedelta(microseconds=1)) if row["due_at"] else None,
        )


def _known(subject: Registered) -> KnownSubject:
    s = subject
    return KnownSubject(s.subject_id, s.name, s.district, s.code, s.street, s.sector)


def _pages(rows: Sequence[PlannedRow]) -> Iterator[Sequence[PlannedRow]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _imported(engine: Engine, campaign: Campaign, rows: Sequence[PlannedRow]) -> set[str]:
    return imported_digests(engine, campaign.campaign_id, [row.digest for row in rows])


def _recorded(engine: Engine, campaign: Campaign, rows: Sequence[PlannedRow]) -> set[tuple[str, date, str]]:
    subjects = {_subject_id(row) for row in rows if not row.exported}
    return imported_findings(engine, campaign.campaign_id, sorted(subjects))


def _subject_id(row: PlannedRow) -> str:
    return _id_of(row.subject) if isinstance(row.subject, NewSubject) else row.subject


def _out_of_reach(campaign: Campaign, row: PlannedRow, by: Actor) -> Issue | None:
    sector = row.subject.sector if isinstance(row.subject, NewSubject) else by.sector  # a known one is judged later
    refused = out_of_reach(campaign.plan, by, Place(row.district, sector))
    if refused is None:
        return None
    if refused.code == "wrong_sector":
        return issue(row.sheet, row.row, None, "not_your_sector", sector=sector, own=by.sector)
    return issue(row.sheet, row.row, None, "not_your_district", district=row.district, territory=by.territory)


def _new(row: PlannedRow, by: Actor, source: Source) -> LedgerRow:
    new = row.subject if isinstance(row.subject, NewSubject) else None
    facts = None
    if new is not None:
        facts = SubjectFacts(
            name=new.name, code=new.code, district=new.district, street=new.street, sector=new.sector, kind=new.kind
        )
    return LedgerRow(
        sheet=row.sheet,
        row=row.row,
        subject_id=_subject_id(row),
        facts=facts,
        inspected_on=row.inspected_on,
        findings=tuple(
            LedgerFinding(
                category=f.category, grade=f.grade, description=f.description, responsible=f.responsible, due=f.due
            )
            for f in row.findings
        ),
        digest=row.digest,
        by=by,
        source=source,
    )


def _id_of(new: NewSubject) -> str:
    """The same new subject has the same id in every row, and in every import."""
    return f"s-{uuid.uuid5(uuid.NAMESPACE_URL, f'{new.district}/{normalised_name(new.name)}/{new.code}').hex[:12]}"


def _district(row: LedgerRow) -> str:
    return row.by.territory


def _key(row: PlannedRow) -> tuple[str, str]:
    assert row.exported is not None
    case_id, _, ref = row.exported.key.rpartition(_BETWEEN)
    return case_id, ref


def _changed(
    row: PlannedRow, states: Mapping[tuple[str, str], Mapping[str, object]], by: Actor, errors: list[Issue]
) -> ChangedRow | None:
    """What may be changed by a ledger: a finding's words before its registration, and who rectifies it."""
    assert row.exported is not None
    key, finding = _key(row), row.findings[0]
    changed: set[Field] = set(row.exported.changed)
    now = states.get(key)
    if now is None:
        errors.append(issue(row.sheet, row.row, None, "exported_unknown", key=row.exported.key))
        return None
    if _version(now) != row.exported.version:
        errors.append(issue(row.sheet, row.row, None, "exported_stale", key=row.exported.key))
        return None
    words: set[Field] = changed & _WORDS
    recorded = now["state"] == "recorded"
    may = {*_WORDS, "responsible", "due"} if recorded else {"responsible"}
    if fixed := changed - may:
        labels = "、".join(LABELS[f] for f in sorted(fixed))
        errors.append(issue(row.sheet, row.row, None, "exported_fixed", fields=labels))
        return None
    given = [str(uuid.uuid4()) for _ in range(2)]
    commands: list[AnyCommand] = []
    if words:
        told = {name: getattr(finding, name) for name in sorted(words)}
        commands.append(CorrectFinding.model_validate({"by": by, "command_id": given[0], "ref": key[1], **told}))
    if changed & {"responsible", "due"} and not finding.responsible:
        errors.append(issue(row.sheet, row.row, None, "responsible_needed", key=row.exported.key))
        return None
    if finding.responsible and changed & {"responsible", "due"}:
        if recorded:
            due = end_of_day(finding.due) if finding.due else None
            assigned = (Assignment(ref=key[1], responsible=finding.responsible, due=due),)
            commands.append(Register(by=by, command_id=given[1], assignments=assigned))
        else:
            commands.append(
                ReassignResponsible(by=by, command_id=given[1], ref=key[1], responsible=finding.responsible)
            )
    if not commands:
        return None
    return ChangedRow(
        sheet=row.sheet,
        row=row.row,
        case_id=key[0],
        ref=key[1],
        version=row.exported.version,
        commands=tuple(commands),
    )


def _version(row: Mapping[str, object]) -> str:
    names = ("category", "grade", "description", "responsible", "due_at", "state")
    return finding_version(*(row[name] for name in names))  # pyright: ignore[reportArgumentType] -- a row of `findings`
