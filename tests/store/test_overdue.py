"""What was overdue at any date: the query on the rows says what the log says, and is fast."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from models.instants import BEIJING
from rules.case.evolve import apply, fold
from rules.clocks.deadlines import overdue as overdue_by_rules
from store.campaigns import Campaign
from store.overdue import OverdueFilter, overdue_page
from tests.durable.office import instant
from tests.store.paper import Log, long_case, write

Missed = tuple[str, str, str, str, datetime]


@pytest.fixture
def logs(engine: Engine, campaign: Campaign) -> list[Log]:
    """Twenty long, varied cases in the record."""
    logs = [long_case(campaign, seed) for seed in range(100, 120)]
    for log in logs:
        write(engine, campaign.plan, log)
    return logs


def naively(campaign: Campaign, logs: Sequence[Log], as_of: datetime) -> set[Missed]:
    """Fold each log up to the instant and ask the rules."""
    found: set[Missed] = set()
    for log in logs:
        case = fold(step for step in log if step.at <= as_of)
        for d in overdue_by_rules(campaign.plan, case, as_of) if case else ():
            found.add((case.case_id, "duty" if d.is_duty else "rectification", d.clock, d.about, d.due_at))  # pyright: ignore[reportOptionalMemberAccess]
    return found


def by_the_record(engine: Engine, campaign: Campaign, as_of: datetime, **which: Any) -> list[Missed]:
    """The query's answer."""
    listed = overdue_page(engine, campaign.plan, as_of, OverdueFilter(**which), 10_000)
    return [(o.case_id, o.kind, o.clock, o.about, o.due_at) for o in listed]


def instants(logs: Sequence[Log], seed: int, number: int) -> list[datetime]:
    """Random instants of the year, and exactly the instants at which something happened."""
    random = Random(seed)
    happened = [step.at for log in logs for step in log]
    anywhere = [instant("05-05") + timedelta(minutes=random.randrange(60 * 24 * 245)) for _ in range(number)]
    return [*anywhere, *random.sample(happened, number)]


@pytest.mark.parametrize("seed", [1, 2])
def test_overdue_as_of_any_instant_is_what_the_log_says(
    engine: Engine, campaign: Campaign, logs: list[Log], seed: int
) -> None:
    some = 0
    for as_of in instants(logs, seed, 40):
        expected = naively(campaign, logs, as_of)
        found = by_the_record(engine, campaign, as_of)
        assert len(found) == len(set(found)), "each once"
        assert set(found) == expected, as_of
        assert [f[4] for f in found] == sorted(f[4] for f in found), "most urgent first"
        some += len(expected)
    assert some > 100, "there was something to find"


def test_the_two_kinds_are_told_apart(engine: Engine, campaign: Campaign, logs: list[Log]) -> None:
    as_of = datetime(2027, 9, 1, 12, tzinfo=BEIJING)
    both = naively(campaign, logs, as_of)
    for kind in ("rectification", "duty"):
        expected = {m for m in both if m[1] == kind}
        assert expected and set(by_the_record(engine, campaign, as_of, kind=kind)) == expected


def test_a_deadline_that_was_met_or_replaced_is_so_from_that_instant_on(engine: Engine, campaign: Campaign) -> None:
    """Overdue until the verdict, not at its instant: an act counts from the instant at which it is done."""
    log = long_case(campaign, 1)
    write(engine, campaign.plan, log)
    case, seen = None, 0
    for step in log:
        before, case = case, apply(case, step)
        if before is None:
            continue
        just_before = step.at - timedelta(seconds=1)
        ended = {(d.clock, d.about) for d in overdue_by_rules(campaign.plan, before, just_before)} - {
            (d.clock, d.about) for d in overdue_by_rules(campaign.plan, case, step.at)
        }
        if step.at == before.clock_at or not ended:
            continue
        seen += 1
        late = {(m[2], m[3]) for m in by_the_record(engine, campaign, just_before)}
        late_then = {(m[2], m[3]) for m in by_the_record(engine, campaign, step.at)}
        assert ended <= late and not ended & late_then
    assert seen


def test_at_ten_thousand_deadlines_the_partial_indexes_answer(
    engine: Engine, superuser: psycopg.Connection, campaign: Campaign
) -> None:
    superuser.execute(
        """INSERT INTO cases (case_id, campaign_id, subject_id, subject_name, district, source, stage,
            opened_at, seq)
        SELECT 'case/x/' || n, %s, 's-' || n, 'A factory', '65020' || 2 + n %% 4, 'inspection', 'rectification',
            '2027-05-06', 1 FROM generate_series(1, 2500) n""",
        (campaign.campaign_id,),
    )
    superuser.execute(
        """INSERT INTO deadlines (case_id, clock, about, set_seq, kind, role, set_at, due_at, met_at, replaced_at)
        SELECT 'case/x/' || 1 + n % 2500, 'rectification', 'F' || n, 1, 'rectification', 'enterprise', due - i, due,
            CASE WHEN n % 4 IN (1, 2) THEN due - i / 2 END, CASE WHEN n % 4 = 3 THEN due + i / 3 END
        FROM generate_series(1, 10000) n,
            LATERAL (SELECT timestamptz '2027-05-20' + n * interval '20 minutes' AS due, interval '15 days' AS i) x"""
    )
    superuser.execute("ANALYZE")
    sent: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *a: sent.append((a[2], a[3])))
    found = overdue_page(engine, campaign.plan, datetime(2027, 8, 1, tzinfo=BEIJING), OverdueFilter(), 50)
    assert len(found) == 50
    plan = "\n".join(str(row[0]) for row in superuser.execute("EXPLAIN " + sent[-1][0], sent[-1][1]))  # pyright: ignore
    assert "ix_deadlines_unmet_due" in plan, plan
    assert "ix_deadlines_ended" in plan, plan
    assert "Seq Scan on deadlines" not in plan, plan
