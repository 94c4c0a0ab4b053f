"""A subject that moves takes its cases along: the register and the cases agree, whoever interferes."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine, text
from temporalio.client import Client

from desk.register import Registrar
from engine.hand_in import open_case
from models.commands import Open
from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.words.refusals import refuse
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.case_list import CaseFilter, cases_by_id
from store.subject_search import find_subject
from store.subjects import add_subject, change_subject
from tests.cast import OFFICE, actor
from tests.durable.office import command
from tests.durable.test_campaign import HOUR, City, city

__all__ = ["city"]
BUREAU = actor(OFFICE)
OLD, NEW = "650203", "650205"


def facts(name: str, district: str) -> SubjectFacts:
    return SubjectFacts(name=name, district=district, sector="fire_safety")


async def opened_at_the_old_place(city: City, campaign: Campaign) -> None:
    opening = command("open", subject={"name": "Works", "district": OLD, "sector": "fire_safety"})
    assert isinstance(opening, Open)
    answer = await open_case(city.client, city.engine, campaign, "mover", opening)
    assert not isinstance(answer, Refused), answer


async def waits_or_is_done(engine: Engine, other: "Future[Registered | Refused]") -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%subjects%'")
    while not other.done():
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        await asyncio.sleep(0)


async def test_a_change_that_comes_while_the_cases_follow_waits_and_must_read_again(city: City) -> None:
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    add_subject(city.engine, "mover", facts("Works", OLD), BUREAU)
    await opened_at_the_old_place(city, campaign)
    others: list[Future[Registered | Refused]] = []
    with ThreadPoolExecutor(1) as pool:

        async def while_the_case_follows() -> Client:
            others.append(pool.submit(change_subject, city.engine, "mover", 1, facts("Renamed", OLD), BUREAU))
            await waits_or_is_done(city.engine, others[0])
            return city.client

        registrar = Registrar(city.engine, campaign.plan, while_the_case_follows, city.services.sealing)
        moved = await registrar.move("mover", 1, facts("Works", NEW), BUREAU, "moved to Urho")
        late = others[0].result()
    assert isinstance(moved, Registered), moved
    assert isinstance(late, Refused) and late.code == "stale_version"
    assert find_subject(city.engine, "mover") == moved and moved.district == NEW
    [case] = cases_by_id(city.engine, CaseFilter(campaign_id=campaign.campaign_id), 5)
    assert case.district == NEW


async def test_a_case_that_is_opened_at_the_old_place_meanwhile_follows_too(city: City) -> None:
    first, second = [await city.begin(HOUR, 2 * HOUR, 3 * HOUR, name=name) for name in ("first", "second")]
    add_subject(city.engine, "mover", facts("Works", OLD), BUREAU)
    await opened_at_the_old_place(city, first)
    asked = 0

    async def while_the_first_follows() -> Client:
        nonlocal asked
        if asked == 0:
            await opened_at_the_old_place(city, second)
        asked += 1
        return city.client

    registrar = Registrar(city.engine, first.plan, while_the_first_follows, city.services.sealing)
    assert isinstance(await registrar.move("mover", 1, facts("Works", NEW), BUREAU, "moved to Urho"), Registered)
    for campaign in (first, second):
        [case] = cases_by_id(city.engine, CaseFilter(campaign_id=campaign.campaign_id), 5)
        assert case.district == NEW
    assert asked == 2


async def test_a_move_that_a_case_does_not_follow_in_the_end_is_noted_as_refused(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_subject(city.engine, "mover", facts("Works", OLD), BUREAU)
    answers = iter([None, refuse("case_not_open")])

    async def transfer(*asked: object) -> Refused | None:
        return next(answers)

    monkeypatch.setattr(Registrar, "_transfer", transfer)
    campaign = await city.begin(HOUR, 2 * HOUR, 3 * HOUR)
    registrar = Registrar(city.engine, campaign.plan, partial(asyncio.sleep, 0, city.client), city.services.sealing)
    moved = await registrar.move("mover", 1, facts("Works", NEW), BUREAU, "moved to Urho")
    assert isinstance(moved, Refused)
    [line] = audit_page(city.engine, AuditFilter(kind="command_refused"), 10)
    assert line.facts["deed"] == "move" and line.by.name == BUREAU.name
