"""Cases on paper: decided by the real rules, written by the real write path, without a server."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import Engine, text

from models.case import Case
from models.commands import COMMAND, AnyCommand, Open
from models.events import CaseOpened, Transition
from models.files import FilesAttached
from models.plan import Plan
from models.refusals import Refused
from models.wire import Recorded
from rules.case.clock_actor import clock_steps, next_instant
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from store.campaigns import Campaign
from store.log import record
from tests.cast import HERE, INSPECTOR
from tests.durable.office import command, instant
from tests.properties.office import Office as Moves

Log = tuple[Transition, ...]


def opened(campaign: Campaign, case_id: str, at: datetime, **subject: str) -> Transition:
    """The opening of a case."""
    facts = {"name": "A factory", "district": HERE, "sector": "fire_safety", **subject}
    opening = command("open", subject=facts)
    assert isinstance(opening, Open)
    decided = decide_opening(campaign.plan, campaign.case_start(case_id), opening, at)
    assert isinstance(decided, Transition), decided
    return decided


def on_paper(campaign: Campaign, case_id: str, commands: Iterable[tuple[str, AnyCommand]], until: str = "") -> Log:
    """A case opened at the first command's instant, the commands at theirs, the clock's steps where they fall."""
    steps = [(instant(at), given) for at, given in commands]
    log = [opened(campaign, case_id, steps[0][0])]
    case = apply(None, log[0])
    for at, given in steps:
        case = _catch_up(campaign.plan, case, at, log)
        decided = decide(campaign.plan, case, given, at)
        assert isinstance(decided, Transition), decided
        log.append(decided)
        case = apply(case, decided)
    if until:
        _catch_up(campaign.plan, case, instant(until), log)
    return tuple(log)


def _catch_up(plan: Plan, case: Case, until: datetime, log: list[Transition]) -> Case:
    for step, after in clock_steps(plan, case, until):
        log.append(step)
        case = after
    return case


def long_case(campaign: Campaign, seed: int, steps: int = 60) -> Log:
    """A long, varied case from a seed: whatever fits next, days apart, until completion or so many steps."""
    random = Random(seed)
    number = seed % 4
    district = campaign.plan.districts[number].id
    at = instant("05-06") + timedelta(hours=random.randrange(24 * 60))
    subject = {"district": district, "sector": campaign.plan.sectors[seed % len(campaign.plan.sectors)].id}
    case_id = f"case/{campaign.campaign_id}/p-{seed}"
    log = [_opened_in(campaign, case_id, at, subject, random)]
    case = apply(None, log[0])
    while not case.closed and len(log) < steps:
        at += timedelta(hours=random.choice((1, 3, 20, 49, 170, 400)))
        if random.random() < 0.1 and (falls := next_instant(campaign.plan, case)):
            at = max(at, falls)  # sometimes exactly at a due instant
        case = _catch_up(campaign.plan, case, at, log)
        if case.closed:
            break
        decided = _fitting(campaign.plan, case, at, random)
        if decided is not None:
            log.append(decided)
            case = apply(case, decided)
    return tuple(log)


def _opened_in(campaign: Campaign, case_id: str, at: datetime, subject: dict[str, str], random: Random) -> Transition:
    facts = {"name": "A factory", **subject}
    fields = {"do": "open", "by": "office:Qian@650200", "subject": facts, "command_id": _id(random)}
    opening = COMMAND.validate_python(fields)
    assert isinstance(opening, Open)
    decided = decide_opening(campaign.plan, campaign.case_start(case_id), opening, at)
    assert isinstance(decided, Transition), decided
    return decided


def _fitting(plan: Plan, case: Case, at: datetime, random: Random) -> Transition | None:
    office = Moves(plan, case, at, random.choice)
    moves = [*office.on_case(), *office.on_findings() * 2, *office.on_musts() * 2]
    for _ in range(10):
        move = random.choice(moves)
        if move in (office.nothing_found, office.void):
            continue  # a short case teaches little
        given = COMMAND.validate_python({**move(), "command_id": _id(random)})
        decided = decide(plan, case, given, at)
        if not isinstance(decided, Refused):
            return decided
    return None


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def take_in(engine: Engine, log: Sequence[Transition]) -> None:
    """The files that a log names, as if they had been taken in before."""
    case_id = next(event.case_id for event in log[0].events if isinstance(event, CaseOpened))
    sql = text("""INSERT INTO attachments (case_id, sha256, name, media, size, "by")
        VALUES (:case_id, :sha256, :name, :media, :size, '') ON CONFLICT DO NOTHING""")
    attached = [event for step in log for event in step.events if isinstance(event, FilesAttached)]
    with engine.begin() as connection:
        for file in (file for event in attached for file in event.files):
            connection.execute(sql, {"case_id": case_id, **file.model_dump()})


def write(engine: Engine, plan: Plan, log: Sequence[Transition]) -> Case:
    """Write a log by the write path, what it names of files as if they had been taken in; the case at its end."""
    take_in(engine, log)
    case: Case | None = None
    for transition in log:
        assert record(engine, plan, case, transition) == Recorded(transitions=(transition,))
        case = apply(case, transition)
    assert case is not None
    return case


__all__ = ["INSPECTOR", "Log", "long_case", "on_paper", "opened", "take_in", "write"]
