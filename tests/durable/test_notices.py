"""Who is told what, told once: outbox lines become inbox rows, however often and by however many they are delivered."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from temporalio.client import Client

from engine.connection import Services
from engine.relay import start_relay
from rules.case.announce_table import TOPICS
from store.campaigns import Campaign
from store.counts import outbox_dead, outbox_waiting
from store.inbox import dead_letters
from store.notices import ATTEMPTS, deliver, retry_dead_letters, waiting_topics
from tests.cast import SUPERVISOR
from tests.durable.office import command, eventually, finding
from tests.store.paper import long_case, on_paper, write
from workers.notices import notices_worker

ROOT = Path(__file__).parents[2]
POISON = """INSERT INTO outbox (case_id, seq, topic, payload) VALUES ('case/x/poison', 1, 'turn',
    '{"role": "inspector", "district": "650203", "stage": "investigation", "at": "no instant"}')"""


def all_of(engine: Engine, sql: str) -> list[Any]:
    """The rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def change(engine: Engine, sql: str) -> None:
    """One statement."""
    with engine.begin() as connection:
        connection.execute(text(sql))


def inbox(engine: Engine) -> list[Any]:
    """Who was told what."""
    sql = "SELECT case_id, seq, number, role, person, topic, what, about, district, stage, due_at FROM inbox"
    return all_of(engine, f"{sql} ORDER BY inbox_id")


def relay(engine: Engine, limit: int = 500) -> int:
    """Rounds of every topic, until none has a line whose time has come; how many lines were taken."""
    taken = 0
    while topics := waiting_topics(engine):
        taken += sum(deliver(engine, topic, limit) for topic in topics)
    return taken


def test_several_relays_at_once_deliver_each_line_once(engine: Engine, campaign: Campaign) -> None:
    for seed in range(12):
        write(engine, campaign.plan, long_case(campaign, seed))
    waiting = all_of(engine, "SELECT case_id, seq, number FROM outbox")
    assert len({row[0] for row in all_of(engine, "SELECT topic FROM outbox")}) > 4

    with ThreadPoolExecutor(4) as pool:
        relays = [
            pool.submit(lambda topic=topic: sum(iter(lambda: deliver(engine, topic, 7), 0))) for topic in TOPICS * 2
        ]
        assert sum(one.result() for one in relays) == len(waiting)
    told = inbox(engine)
    assert {row[:3] for row in told} == set(waiting)
    keys = [row[:5] for row in told]
    assert len(keys) == len(set(keys))
    assert waiting_topics(engine) == () and outbox_waiting(engine) == 0


def test_a_line_delivered_a_second_time_tells_nobody_again(engine: Engine, campaign: Campaign) -> None:
    write(engine, campaign.plan, long_case(campaign, 4))
    relay(engine)
    told = inbox(engine)
    assert told
    change(engine, "UPDATE outbox SET done_at = NULL")  # as after a crash between telling and noting it
    assert relay(engine) > 0
    assert inbox(engine) == told


def test_a_relay_that_dies_between_telling_and_noting_it_has_told_nothing(
    services: Services, campaign: Campaign
) -> None:
    engine = services.engine
    write(engine, campaign.plan, long_case(campaign, 4))
    waits = outbox_waiting(engine)
    environment = {**os.environ, "DATABASE": services.endpoints.app_database_url}
    dying = [sys.executable, "-m", "tests.durable.dying_relay"]
    assert subprocess.run(dying, cwd=ROOT, env=environment, check=False).returncode == -signal.SIGKILL
    assert inbox(engine) == [] and outbox_waiting(engine) == waits
    assert relay(engine) == waits, "its locks died with it"
    keys = [row[:5] for row in inbox(engine)]
    assert len(keys) == len(set(keys)) > 0


def test_an_inspectors_turn_goes_to_the_officers_by_name(engine: Engine, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    officers = command("assign_officers", SUPERVISOR, officers=["Li", "Ma"])
    found = command("record_findings", findings=[finding("F1", "H01")])
    registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
    log = on_paper(campaign, case_id, [("05-10", officers), ("05-10", found), ("05-11", registered)])
    write(engine, campaign.plan, log)
    relay(engine)
    assert [(row[1], row[3], row[4], row[9]) for row in inbox(engine)] == [
        (1, "inspector", "", "investigation"),
        (3, "inspector", "Li", "registration"),
        (3, "inspector", "Ma", "registration"),
        (4, "enterprise", "", "rectification"),
        (4, "enterprise", "", "rectification"),  # the order itself, whosever turn it is
        (2, "inspector", "Li", "investigation"),  # who was put in charge, under the topic of assignments
        (2, "inspector", "Ma", "investigation"),
    ]


def test_one_step_tells_several_things(engine: Engine, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    found = command("record_findings", findings=[finding(ref, "H01") for ref in ("F1", "F2", "F3")])
    registered = command("register", assignments=[{"ref": f"F{n}", "responsible": "Sun"} for n in (1, 2, 3)])
    declared = command("declare_rectified", refs=["F1", "F2", "F3"], evidence=["photo"])
    judged = command(
        "reinspect", verdicts=[{"ref": ref, "passed": ref != "F3", "note": ""} for ref in ("F1", "F2", "F3")]
    )
    given = [("05-10", found), ("05-11", registered), ("05-12", declared), ("05-13", judged)]
    write(engine, campaign.plan, on_paper(campaign, case_id, given))
    relay(engine)
    assert [row[2:4] + row[5:8] for row in inbox(engine) if row[1] == 5] == [
        (1, "enterprise", "turn", "turn", []),
        (2, "enterprise", "verdict", "finding_passed", ["F1", "F2"]),
        (3, "enterprise", "verdict", "finding_failed", ["F3"]),
    ]


def test_what_the_version_before_wrote_is_delivered_as_the_turn_that_it_is(engine: Engine) -> None:
    change(
        engine,
        """INSERT INTO outbox (case_id, seq, topic, payload) VALUES
        ('case/x/old', 1, 'turn', '{"role": "inspector", "stage": "investigation", "district": "650203",
            "officers": ["Li"], "due_at": null, "at": "2027-05-06T09:00:00+08:00"}'),
        ('case/x/old', 9, 'turn', '{"role": null, "stage": "closed", "district": "650203", "officers": [],
            "due_at": null, "at": "2027-05-09T09:00:00+08:00"}')""",
    )
    assert relay(engine) == 2
    row = ("case/x/old", 1, 1, "inspector", "Li", "turn", "turn", [], "650203", "investigation", None)
    assert inbox(engine) == [row]
    change(engine, "UPDATE outbox SET done_at = NULL")
    change(  # as the relay of the version before tells it once more
        engine,
        """INSERT INTO inbox (case_id, seq, role, district, person, stage, due_at, at)
        VALUES ('case/x/old', 1, 'inspector', '650203', 'Li', 'investigation', NULL, now()) ON CONFLICT DO NOTHING""",
    )
    assert inbox(engine) == [row]


def test_a_poisoned_line_holds_back_no_other_and_ends_as_a_dead_letter(engine: Engine, campaign: Campaign) -> None:
    change(engine, POISON)
    write(engine, campaign.plan, long_case(campaign, 4))
    others = outbox_waiting(engine) - 1
    begun = _now(engine)
    relay(engine)
    assert outbox_waiting(engine) == 1 and len({row[:3] for row in inbox(engine)}) == others
    pause = timedelta(seconds=1)
    for _ in range(ATTEMPTS - 2):
        assert begun + pause <= _next_attempt(engine) <= _now(engine) + pause
        change(engine, "UPDATE outbox SET next_attempt_at = now()")
        begun, pause = _now(engine), 2 * pause
        assert relay(engine) == 1
    assert begun + pause <= _next_attempt(engine) <= _now(engine) + pause
    assert outbox_dead(engine) == 0
    change(engine, "UPDATE outbox SET next_attempt_at = now()")
    assert relay(engine) == 1
    [dead] = dead_letters(engine, 10)
    assert (dead.case_id, dead.attempts, dead.error) == ("case/x/poison", ATTEMPTS, "22007")
    change(engine, "UPDATE outbox SET next_attempt_at = now()")
    assert relay(engine) == deliver(engine, "turn") == outbox_waiting(engine) == 0, "a dead letter is tried no more"


def _next_attempt(engine: Engine) -> datetime:
    [(at,)] = all_of(engine, "SELECT next_attempt_at FROM outbox WHERE case_id = 'case/x/poison'")
    return at


def _now(engine: Engine) -> datetime:
    [(now,)] = all_of(engine, "SELECT clock_timestamp()")
    return now


def test_a_dead_letter_that_is_sent_again_is_delivered_once_it_can_be(engine: Engine) -> None:
    change(engine, POISON)
    change(engine, f"UPDATE outbox SET attempts = {ATTEMPTS - 1}")
    relay(engine)
    assert outbox_dead(engine) == 1
    change(engine, """UPDATE outbox SET payload = payload || '{"at": "2027-05-06T09:00:00+08:00"}'""")
    assert retry_dead_letters(engine) == 1 and outbox_dead(engine) == 0
    assert relay(engine) == 1 and len(inbox(engine)) == 1 and outbox_waiting(engine) == 0


def test_a_line_of_a_later_version_waits_for_it(engine: Engine) -> None:
    change(engine, POISON.replace("'turn'", "'of_later'"))
    assert waiting_topics(engine) == () and outbox_waiting(engine) == 1


async def test_the_relay_serves_whatever_comes_while_it_runs(
    client: Client, services: Services, campaign: Campaign
) -> None:
    change(services.engine, POISON)
    async with notices_worker(client, services.engine, services.files):
        await start_relay(client)
        await start_relay(client)  # a second worker process starts it too
        write(services.engine, campaign.plan, long_case(campaign, 31))

        async def all_told() -> bool:
            return outbox_waiting(services.engine) == 1

        assert await eventually(all_told)
        assert {row[5] for row in inbox(services.engine)} > {"turn"}
        await client.get_workflow_handle("notices").terminate("the test is over")
