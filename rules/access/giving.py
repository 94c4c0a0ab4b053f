"""Who may give which command to which case: the table of deeds, asked with a command at hand (domain §4, §7)."""

from models.case import Case
from models.commands import (
    AnyCommand,
    ApproveMeasure,
    Delist,
    ListForSupervision,
    Open,
    RescindFinding,
    ReturnMeasure,
)
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import GRAVER, Place, no_post, out_of_reach, reaches, roles_of, wrong_role
from rules.words.refusals import refuse


def may_give(plan: Plan, case: Case | None, command: AnyCommand) -> Refused | None:
    """Whether this command may be given to this case; a second inspector is a second one, of the district.

    What histories hold is allowed; what is not allowed any more, `no_longer` says.
    """
    who = command.by
    if refused := wrong_role(who, command.do, roles_of(plan, command.do, named_by(case, command))):
        return refused
    where = place_of(case, command)
    return out_of_reach(plan, who, where) or _second(plan, command, where)


def no_longer(plan: Plan, case: Case | None, command: AnyCommand) -> Refused | None:
    """Why a command that `may_give` allows is not taken any more: asked at the door, never of a history."""
    if refused := no_post(plan, command.by):
        return refused
    second = command.second
    if second is not None and second.sector not in (None, place_of(case, command).sector):
        return refuse("second_inspector", why_zh="须为本行业领域检查员", why_en="must be an inspector of the sector")
    return None


def place_of(case: Case | None, command: AnyCommand) -> Place:
    """Where the command is to have its effect; an opening says it itself."""
    if isinstance(command, Open):
        subject = command.subject
        return Place(subject.district, subject.sector, subject.id)
    return Place(case.district, case.subject.sector, case.subject_id) if case else Place("")


def _second(plan: Plan, command: AnyCommand, where: Place) -> Refused | None:
    second = command.second
    if second is None:
        return None
    if second.role != "inspector" or not reaches(plan, second, where.district or ""):
        return refuse("second_inspector", why_zh="须为本辖区检查员", why_en="must be an inspector of the district")
    if second.same_person(command.by):
        return refuse("second_inspector", why_zh="不得与操作人为同一人", why_en="must be another person")
    return None


def named_by(case: Case | None, command: AnyCommand) -> str:
    """What the command names that says who may give it."""
    match command:
        case ApproveMeasure() | ReturnMeasure():
            return command.must
        case ListForSupervision() | Delist():
            return command.level
        case RescindFinding():
            return GRAVER if case and _government_rescinds(case, command.ref) else ""
        case _:
            return ""


def _government_rescinds(case: Case, ref: str) -> bool:
    """A ground of a pending, owed or executed close or refer is rescinded by the government (domain §4)."""
    return any(
        ref in m.refs and m.must in ("close", "refer") and (m.is_owed or m.state in ("pending", "executed"))
        for m in case.musts
    )
