"""A ledger's way in, one for API and command line: checked, then refused whole, left alone, or frozen as a job."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy import Engine

from desk.ledger import OPERATOR, Source, check_file, create_import, plan_import, refused_import
from desk.refusals import noted_refusal
from engine.claims import Signer
from ledgers.book import LedgerProblem
from ledgers.decisions import Decisions
from ledgers.planned import LedgerPlan
from models.actors import Actor, Role
from models.jobs import Job
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import DEEDS, GRAVER, MANDATES, Place, may, roles_of
from rules.case.decide import not_running
from rules.clocks.periods import phase_at
from store.campaigns import Campaign
from store.ledger_rows import rows_in_force
from store.reading import reading_now

_TAKEN_BACK_BY = {
    "ledger_row": (("void", ""), ("rescind_finding", "")),
    "grave_row": (("rescind_finding", GRAVER),),
    "changed_row": (("correct_finding", ""), ("reassign_responsible", "")),
}
NotApplied = Literal["dry_run", "errors", "nothing_new"]


@dataclass(frozen=True)
class ImportOrder:
    """How a ledger is to be imported. `by`: None lets the system import for each district, as the operator ordered.

    `job_id`: of the job that it becomes, where it has one from before, so that ordered twice it is one.
    """

    by: Actor | None
    source: Source = "self_inspection"
    decided: Decisions = field(default_factory=Decisions)
    operator: str = OPERATOR
    dry_run: bool = False
    skip_errors: bool = False
    job_id: str | None = None


def check_import(
    engine: Engine, campaign: Campaign, path: Path, order: ImportOrder
) -> LedgerPlan | LedgerProblem | Refused:
    """What the import would do; nothing is changed. Refused where the actor may import no ledger at all."""
    if order.by is not None and (refused := refused_import(campaign, order.by)):
        return noted_refusal(engine, order.by, refused, "import")
    checked = check_file(engine, campaign, path, order.decided)
    if isinstance(checked, LedgerProblem):
        return checked
    return plan_import(engine, campaign, checked, order.by, order.source, order.operator)


def begin_import(
    engine: Engine, signer: Signer, campaign: Campaign, plan: LedgerPlan, file: str, order: ImportOrder
) -> Job | NotApplied | Refused:
    """The rows frozen as a job (`engine/jobs.py:run_job` runs it), or why none was made.

    One error keeps the whole ledger out, unless its rows are to be skipped. Refused outside the campaign's phases.
    """
    if order.dry_run:
        return "dry_run"
    if plan.all_errors and not order.skip_errors:
        return "errors"
    if phase_at(campaign.phases, campaign.now()) is None:
        return noted_refusal(engine, order.by, not_running(campaign.phases), "import")
    if not plan.items:  # every row was imported before, or is as it was exported
        return "nothing_new"
    return create_import(engine, signer, campaign, plan, file, order.by, order.job_id)


def reads_import(who: Actor, job: Job) -> bool:
    """Whether somebody reads of an import: the own one, and any of a campaign of which that reader reads everything."""
    return job.by == str(who) or job.campaign_id in reading_now().everywhere


class RowsBack(NamedTuple):
    """Of an import the rows that are not taken back yet: those of the reader, and of others, with the others' roles."""

    own: int
    others: int
    roles: tuple[Role, ...]


def rows_back(engine: Engine, plan: Plan, who: Actor, job: Job) -> RowsBack:
    """How many rows somebody may take back by the table of deeds, and whose the rest is.

    A new row is voided or rescinded, by the government where a closure or a referral rests on it; a changed one is
    corrected again. Each row is judged again when it is undone.
    """
    own, others, roles = 0, 0, dict[Role, None]()
    for kind, rows in rows_in_force(engine, job.job_id).items():
        deeds = _TAKEN_BACK_BY.get(kind, ())
        if any(may(plan, who, do, Place(), of) is None for do, of in deeds):
            own += rows
        else:
            others += rows
            roles |= dict.fromkeys(role for do, of in deeds for role in roles_of(plan, do, of))
    return RowsBack(own, others, tuple(roles))


def posts_taken_back(plan: Plan, who: Actor) -> tuple[str, ...]:
    """Whose imports somebody may take back who does not import: the places of posts, `650203` or `650203/mining`.

    A supervisor, or a government, of the district and the sector: who may void and rescind what was recorded there.
    """
    deeds = MANDATES["ledger_undo"].keys() - MANDATES["ledger_import"].keys()
    places = [
        Place(district.id, sector) for district in plan.districts for sector in (None, *(s.id for s in plan.sectors))
    ]
    return tuple(
        f"{place.district}/{place.sector}" if place.sector else str(place.district)
        for place in places
        if any(may(plan, who, do, place, of) is None for do in deeds for of in ("", *DEEDS[do].instead))
    )
