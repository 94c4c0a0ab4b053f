"""Whose turn it is, told once: outbox lines become inbox rows, however often and by however many they are delivered."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, text
from temporalio.client import Client

from engine.connection import Services
from engine.relay import start_relay
from store.campaigns import Campaign
from store.notices import deliver_turns
from tests.durable.office import SUPERVISOR, command, eventually, finding
from tests.store.paper import long_case, on_paper, write
from workers.notices import notices_worker


def all_of(engine: Engine, sql: str) -> list[Any]:
    """The rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def inbox(engine: Engine) -> list[Any]:
    """Who was told what."""
    return all_of(engine, "SELECT case_id, seq, role, district, person, stage, due_at FROM inbox ORDER BY inbox_id")


def test_several_relays_at_once_deliver_each_line_once(engine: Engine, campaign: Campaign) -> None:
    for seed in range(12):
        write(engine, campaign.plan, long_case(campaign, seed))
    waiting = all_of(engine, "SELECT case_id, seq FROM outbox WHERE payload ->> 'role' IS NOT NULL")
    everything = all_of(engine, "SELECT count(*) FROM outbox")[0][0]

    def relay(_: int) -> int:
        taken = 0
        while round_ := deliver_turns(engine, limit=7):
            taken += round_
        return taken

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(relay, range(4))) == everything
    told = inbox(engine)
    assert {row[:2] for row in told} == set(waiting)
    keys = [(*row[:3], row[4]) for row in told]
    assert len(keys) == len(set(keys))
    assert deliver_turns(engine) == 0


def test_a_line_delivered_a_second_time_tells_nobody_again(engine: Engine, campaign: Campaign) -> None:
    write(engine, campaign.plan, long_case(campaign, 4))
    deliver_turns(engine)
    told = inbox(engine)
    assert told
    with engine.begin() as connection:  # as after a crash between telling and noting it
        connection.execute(text("UPDATE outbox SET done_at = NULL"))
    assert deliver_turns(engine) > 0
    assert inbox(engine) == told


def test_an_inspectors_turn_goes_to_the_officers_by_name(engine: Engine, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/one"
    officers = command("assign_officers", SUPERVISOR, officers=["Li", "Ma"])
    found = command("record_findings", findings=[finding("F1", "H01")])
    registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
    log = on_paper(campaign, case_id, [("05-10", officers), ("05-10", found), ("05-11", registered)])
    write(engine, campaign.plan, log)
    deliver_turns(engine)
    assert [(row[1], row[2], row[4], row[5]) for row in inbox(engine)] == [
        (1, "inspector", "", "investigation"),
        (3, "inspector", "Li", "registration"),
        (3, "inspector", "Ma", "registration"),
        (4, "enterprise", "", "rectification"),
    ]


async def test_the_relay_serves_whatever_comes_while_it_runs(
    client: Client, services: Services, campaign: Campaign
) -> None:
    async with notices_worker(client, services.engine):
        await start_relay(client)
        await start_relay(client)  # a second worker process starts it too
        write(services.engine, campaign.plan, long_case(campaign, 31))

        async def told() -> list[Any]:
            return inbox(services.engine)

        assert await eventually(told)
        await client.get_workflow_handle("notices").terminate("the test is over")
