"""The auditor: calls, Temporal's histories, the log and what was made of it, held against each other, case by case.

Every rule is a promise to an official: what was acknowledged is there once, what was refused did nothing, what nobody
answered was done once or not at all, and the clock spoke once.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json
from sqlalchemy import Engine, text
from temporalio.client import Client

from models.case import Case
from models.events import DeadlinePassed, Transition
from models.refusals import Refused
from models.wire import Receipt
from rules.case.evolve import apply
from rules.plans import plan_by_digest
from store.campaigns import plans_from
from store.case_log import timeline
from store.fold import changes
from store.verify import all_case_ids, check_case
from tests.durable.calls import Call, Calls
from tests.durable.histories import Told, told
from workers.check import compare_with_running

_AT_ONCE = 16
_LOOK_EVERY = 0.5
_GRACE = timedelta(seconds=5)  # in which a deadline that fell just now is recorded
Others = Callable[[Transition], bool]


class Found(NamedTuple):
    """What does not agree, in which case, and where."""

    code: str
    case_id: str
    what: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything that there is of one case."""

    case_id: str
    calls: list[Call]
    told: Told | None
    log: tuple[Transition, ...]
    deadlines: list[dict[str, Any]]
    outbox: list[dict[str, Any]]


def nobody_else(_: Transition) -> bool:
    """All that was asked for is in the record of calls."""
    return False


async def audit(
    client: Client, engine: Engine, calls: Calls, *, others: Others = nobody_else, within: float = 30
) -> list[Found]:
    """Everything that does not agree, once all is quiet; a history may follow its log by a moment (`within` seconds).

    `others`: whether a line of the log was asked for by somebody whose calls were not recorded: a job, a campaign.
    """
    await asyncio.to_thread(plans_from, engine)
    made = calls.of_cases()
    there = await asyncio.to_thread(lambda: set(all_case_ids(engine)))
    found = await _of_cases(client, engine, made, {*there, *made}, others)
    deadline = time.monotonic() + within
    while found and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_EVERY)
        again = await _of_cases(client, engine, made, {one.case_id for one in found}, others)
        if again == found and not any(one.code in _MAY_FOLLOW for one in found):
            break
        found = again
    running = await compare_with_running(client, engine)
    return found + [Found(one.code, one.case_id, one.what) for one in running]


_MAY_FOLLOW = ("line_without_step", "acknowledged_without_update", "update_left_open", "deadline_not_fired")


async def _of_cases(
    client: Client, engine: Engine, made: dict[str, list[Call]], case_ids: Iterable[str], others: Others
) -> list[Found]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def of(case_id: str) -> list[Found]:
        async with gate:
            heard = await told(client, case_id)  # before the log, which may only be longer
            evidence, broken = await asyncio.to_thread(_gathered, engine, case_id, made.get(case_id, []), heard)
            return [*broken, *judged(evidence, others)]

    return [one for each in await asyncio.gather(*map(of, sorted(case_ids))) for one in each]


def _gathered(engine: Engine, case_id: str, calls: list[Call], heard: Told | None) -> tuple[Evidence, list[Found]]:
    """The evidence, and what the product's own check finds: chain, fold, files."""
    log, asked = timeline(engine, case_id), {"id": case_id}
    with engine.connect() as connection:
        has_rows = connection.execute(text("SELECT FROM cases WHERE case_id = :id"), asked).first() is not None
        rows = connection.execute(text("SELECT * FROM deadlines WHERE case_id = :id"), asked).mappings()
        deadlines = [dict(row) for row in rows]
        rows = connection.execute(text("SELECT seq, number, topic, payload FROM outbox WHERE case_id = :id"), asked)
        outbox = [dict(row) for row in rows.mappings()]
    broken = [Found(d.code, case_id, d.what) for d in check_case(engine, case_id)] if log or has_rows else []
    return Evidence(case_id, calls, heard, log, deadlines, outbox), broken


def judged(evidence: Evidence, others: Others = nobody_else) -> list[Found]:
    """What does not agree of one case."""
    rules = [_of_calls(evidence), _unasked(evidence, others), _of_histories(evidence), _of_deadlines(evidence)]
    try:
        lived = list(_lived(evidence.log))
    except Exception as error:  # whatever a line that does not follow makes of the rules
        rules.append(iter([("line_does_not_follow", repr(error))]))
    else:
        rules += [_of_updates(evidence, lived), _of_outbox(evidence, lived)]
    return [Found(code, evidence.case_id, what) for rule in rules for code, what in rule]


def _lived(log: Iterable[Transition]) -> Iterator[tuple[Case | None, Transition, Case]]:
    """Each step, with the case before and after it."""
    case: Case | None = None
    for step in log:
        before, case = case, apply(case, step)
        yield before, step, case


Pairs = Iterator[tuple[str, str]]
Lived = list[tuple[Case | None, Transition, Case]]


def _of_calls(evidence: Evidence) -> Pairs:
    places: dict[str, list[int]] = {}
    for place, step in enumerate(evidence.log, start=1):
        places.setdefault(step.command_id, []).append(place)
    tries: dict[str, list[Call]] = {}
    for call in evidence.calls:
        tries.setdefault(call.command.command_id, []).append(call)
    for command_id, calls in tries.items():
        what, at = f"{calls[0].command.do} {command_id}", places.get(command_id, [])
        if len(at) > 1:
            yield "command_twice", f"{what} at {at}"
        if at and evidence.log[at[0] - 1].content != calls[0].command.content:
            yield "content_differs", what
        if at and isinstance(calls[-1].answer, Refused):
            yield "refused_with_effect", f"{what}: {calls[-1].answer.code}, at {at}"
        receipts = [call.answer for call in calls if isinstance(call.answer, Receipt)]
        if receipts and not at:
            yield "acknowledged_without_line", what
        for receipt in receipts:
            if receipt.case_id != evidence.case_id or (at and not at[0] <= receipt.seq <= len(evidence.log)):
                yield "receipt_of_another_state", f"{what} at {at}: {receipt.case_id} {receipt.seq}"
        answers = [type(call.answer) for call in calls if call.answer is not None]
        if Receipt in answers and Refused in answers[answers.index(Receipt) :]:
            yield "refused_after_receipt", what


def _unasked(evidence: Evidence, others: Others) -> Pairs:
    """Lines that neither the clock nor anybody asked for; a device's refused result is kept with its command's id."""
    asked = {call.command.command_id for call in evidence.calls}
    for place, step in enumerate(evidence.log, start=1):
        of_device = step.command_id.removeprefix("refused:").rpartition(":")[0]
        if step.command_id in asked or of_device in asked or others(step):
            continue
        if step.by is not None or not step.command_id.startswith("clock:"):
            yield "line_nobody_asked", f"{place} {step.do} {step.command_id}"


def _of_histories(evidence: Evidence) -> Pairs:
    """Each line has its step in the history, in the same order, with the same words; and the other way round."""
    heard = evidence.told or Told()
    lines, steps = evidence.log[heard.known :], heard.steps
    if list(lines) == steps:
        return
    in_log, in_history = Counter(s.command_id for s in lines), Counter(s.command_id for s in steps)
    for command_id, times in (in_log - in_history).items():
        yield "line_without_step", f"{command_id} ({times})"
    for command_id, times in (in_history - in_log).items():
        yield "step_without_line", f"{command_id} ({times})"
    words = {step.command_id: step for step in lines}
    differ = [s.command_id for s in steps if s.command_id in words and words[s.command_id] != s]
    yield from (("step_differs", command_id) for command_id in differ)
    if in_log == in_history and not differ:
        yield "steps_out_of_order", str([step.command_id for step in steps])


def _of_updates(evidence: Evidence, lived: Lived) -> Pairs:
    """What the history took stands in the log; what was acknowledged in an open case stands in the history."""
    heard = evidence.told or Told()
    recorded = {step.command_id for step in evidence.log}
    for command_id in sorted(heard.taken - recorded):
        yield "update_without_line", command_id
    for command_id in sorted(heard.refused - heard.taken):
        if command_id in recorded:
            yield "refused_update_with_effect", command_id
    for command_id in sorted(heard.left_open):
        yield "update_left_open", command_id
    if lived and lived[-1][2].closed:
        return  # whoever asks again is answered from the log
    before = {step.command_id for step in evidence.log[: heard.known]}
    acknowledged = {call.command.command_id for call in evidence.calls if isinstance(call.answer, Receipt)}
    for command_id in sorted(acknowledged - heard.taken - heard.signalled - before):
        yield "acknowledged_without_update", command_id


def _of_deadlines(evidence: Evidence) -> Pairs:
    """Each fell once, at its due instant, unless it was met or replaced before."""
    fell = Counter(
        (missed.clock, missed.about, step.at)
        for step in evidence.log
        for event in step.events
        if isinstance(event, DeadlinePassed)
        for missed in event.missed
    )
    due = {(row["clock"], row["about"], row["due_at"]) for row in evidence.deadlines}
    for which, times in fell.items():
        if times > 1:
            yield "deadline_twice", f"{which} {times}"
        if which not in due:
            yield "deadline_without_ground", str(which)
    now = datetime.now(UTC) + timedelta(seconds=evidence.told.clock_offset if evidence.told else 0) - _GRACE
    now = max([now, *(step.at for step in evidence.log[-1:])])  # its clock may have been moved on
    for row in evidence.deadlines:
        ended = row["met_at"] or row["replaced_at"]
        passed = row["set_at"] < row["due_at"] <= now and (ended is None or ended > row["due_at"])
        if passed and not fell[row["clock"], row["about"], row["due_at"]]:
            yield "deadline_not_fired", f"{row['clock']} {row['about']} {row['due_at']}"


def _of_outbox(evidence: Evidence, lived: Lived) -> Pairs:
    """Exactly what the steps announce, each once."""
    shall: Counter[str] = Counter()
    for before, step, after in lived:
        shall.update(map(_shown, changes(plan_by_digest(after.plan_hash), before, step, after).outbox))
    there = Counter(map(_shown, evidence.outbox))
    for line in (shall - there).elements():
        yield "announcement_missing", line
    for line in (there - shall).elements():
        yield "announcement_unasked", line


def _shown(row: dict[str, Any]) -> str:
    """A line as PostgreSQL keeps it, whether it was written already or not."""
    return json.dumps([row["seq"], row["number"], row["topic"], from_json(to_json(row["payload"]))], sort_keys=True)
