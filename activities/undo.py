"""Taking back what a row of an import did: which commands it takes, or why it may not be. Pure, from the case's log."""

from collections.abc import Callable, Collection, Sequence
from functools import reduce

from models.case import Case
from models.commands import AnyCommand, CorrectFinding, ReassignResponsible, RescindFinding, Void
from models.events import Transition
from models.jobs import UndoChange, UndoRow
from models.refusals import Refused
from rules.case.evolve import apply
from rules.plans import plan_by_digest
from rules.words.clauses import cited
from rules.words.refusals import refuse

Log = Sequence[Transition]
IdOf = Callable[[int], str]


def taking_back(
    log: Log, item: UndoRow | UndoChange, id_of: IdOf, other_rows: Collection[str] = ()
) -> list[AnyCommand] | Refused:
    """The commands, with the ids that `id_of` gives by place; the same when asked again after some were taken.

    `other_rows`: the ids of what other rows of the same import did to the case, and their undoing.
    """
    return _row(log, item, id_of, other_rows) if isinstance(item, UndoRow) else _change(log, item, id_of)


def _row(log: Log, item: UndoRow, id_of: IdOf, other_rows: Collection[str]) -> list[AnyCommand] | Refused:
    """Void a case that the import made, in which nobody found anything since; else rescind what it recorded.

    Nothing, where something was decided of it since. A case in which a must was owed is never void (domain §4): there
    too the findings are rescinded.
    """
    case, taken = folded(log), {t.command_id for t in log}
    if case.outcome == "void":
        return []  # with another row of the import
    ours = {*item.command_ids, *map(id_of, range(len(item.refs) + 1)), *other_rows}
    foreign = [t for t in log if t.by is not None and t.command_id not in ours]
    if touched := next((t for t in foreign if _touches(case, t, item.refs)), None):
        return _refused(case, "decided_since", do=touched.do)
    commands: list[AnyCommand] = [Void(by=item.by, command_id=id_of(0), reason=item.reason)]
    is_ours = log[0].command_id in ours and not any(t.do == "record_findings" for t in foreign)
    if not is_ours or any(must.decide_by for must in case.musts):
        commands = [
            RescindFinding(by=item.by, command_id=id_of(place), ref=ref, reason=item.reason)
            for place, ref in enumerate(item.refs, start=1)
        ]
    return [command for command in commands if command.command_id not in taken]


def _change(log: Log, item: UndoChange, id_of: IdOf) -> list[AnyCommand] | Refused:
    """The finding's words and its responsible person as they were before; what was registered stays so."""
    places = [n for n, t in enumerate(log) if t.command_id in item.command_ids]
    if not places:
        return []
    if any(log[n].do == "register" for n in places):
        return _refused(folded(log), "already_registered", ref=item.ref)
    case, taken, ours = folded(log), {t.command_id for t in log}, {id_of(1), id_of(2)}
    since = (t for t in log[places[-1] + 1 :] if t.by is not None and t.command_id not in ours)
    if touched := next((t for t in since if _touches(case, t, (item.ref,))), None):
        return _refused(case, "decided_since", do=touched.do)
    before = folded(log[: places[0]]).finding(item.ref)
    after = folded(log[: places[-1] + 1]).finding(item.ref)
    assert before is not None and after is not None
    if before.illegal_operation != plan_by_digest(case.plan_hash).is_illegal_operation(before.category):
        return _refused(case, "flag_set_by_hand", ref=item.ref)
    words = {name: getattr(before, name) for name in ("description", "grade", "category")}
    commands: list[AnyCommand] = []
    if any(getattr(after, name) != word for name, word in words.items()):
        commands.append(CorrectFinding(by=item.by, command_id=id_of(1), ref=item.ref, note=item.reason, **words))
    if before.responsible and before.responsible != after.responsible:
        to = before.responsible
        commands.append(
            ReassignResponsible(by=item.by, command_id=id_of(2), ref=item.ref, responsible=to, note=item.reason)
        )
    return [command for command in commands if command.command_id not in taken]


def _refused(case: Case, code: str, **facts: object) -> Refused:
    return cited(plan_by_digest(case.plan_hash), refuse(code, **facts))


def folded(log: Log) -> Case:
    """The case as this much of its log tells it."""
    first, *others = log
    return reduce(apply, others, apply(None, first))


def _touches(case: Case, transition: Transition, refs: Sequence[str]) -> bool:
    """Whether somebody did something with one of the findings, or with a must of which it is a ground.

    A case is listed for supervision by its major findings.
    """
    if transition.do == "list_for_supervision":
        return any(f.ref in refs and f.grade == "major" for f in case.findings)
    musts = {must.id for must in case.musts if set(must.refs) & set(refs)}
    return any(
        getattr(e, "ref", None) in refs
        or any(g.ref in refs for g in getattr(e, "grounds", ()) or ())
        or getattr(e, "id", None) in musts
        or not musts.isdisjoint(getattr(e, "ids", ()))
        for e in transition.events
    )
