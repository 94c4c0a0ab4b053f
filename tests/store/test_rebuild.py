"""The read model is a fold of the log: rebuilt it is the same, and what was tampered with is found."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, LiteralString, TypeVar

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from rules.case.evolve import apply
from store.campaigns import Campaign
from store.log import record
from store.verify import all_case_ids, check_case, fold_case, rebuild_case
from tests.durable.office import command, finding
from tests.store.paper import long_case, on_paper, write

T = TypeVar("T")
TABLES = ("cases", "findings", "musts", "deadlines", "case_spans")
SEEDS = (1, 4, 11, 13, 20, 25, 27, 33)


def rows(engine: Engine, case_id: str) -> dict[str, list[Any]]:
    """All rows of a case, in one order."""
    with engine.connect() as connection:
        return {
            table: connection.execute(
                text(f"SELECT t::text FROM {table} t WHERE case_id = :id ORDER BY 1"), {"id": case_id}
            )
            .scalars()
            .all()
            for table in TABLES
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_rebuilt_rows_are_the_rows_that_the_write_path_wrote(engine: Engine, campaign: Campaign, seed: int) -> None:
    case = write(engine, campaign.plan, long_case(campaign, seed))
    written = rows(engine, case.case_id)
    assert all(written.values()), "every table has something to compare"
    assert check_case(engine, case.case_id) == []
    assert fold_case(engine, case.case_id).case == case
    rebuild_case(engine, case.case_id)
    assert rows(engine, case.case_id) == written


def test_a_pending_must_that_merged_into_an_owed_one_leaves_no_row(engine: Engine, campaign: Campaign) -> None:
    """In May a suspension is pending for one finding and owed for another; in June it is one suspension."""
    case_id = f"case/{campaign.campaign_id}/one"
    found = command("record_findings", findings=[finding("F1", "V04"), finding("F2", "H05", imminent_danger=True)])
    registered = command("register", assignments=[{"ref": "F1", "responsible": "Sun"}])
    steps = [("05-28", found), ("05-28 10:00", registered)]
    case = write(engine, campaign.plan, on_paper(campaign, case_id, steps, until="06-02"))
    assert [(m.must, set(m.refs)) for m in case.musts] == [("suspend", {"F1", "F2"})]
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT must_id, state FROM musts")).all()
    assert [tuple(row) for row in kept] == [(case.musts[0].id, "owed")]
    assert check_case(engine, case_id) == []


def test_rows_thrown_away_or_spoiled_come_back(engine: Engine, campaign: Campaign) -> None:
    case = write(engine, campaign.plan, long_case(campaign, 4))
    written = rows(engine, case.case_id)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM deadlines"))
        connection.execute(text("UPDATE case_spans SET since = since - 7"))
        connection.execute(text("UPDATE cases SET stage = 'investigation', seq = 1"))
        connection.execute(text("DELETE FROM findings WHERE ref = 'F1'"))
    found = {difference.what for difference in check_case(engine, case.case_id)}
    assert found == {f"the rows of {table} are not the fold of the log" for table in TABLES if table != "musts"}
    rebuild_case(engine, case.case_id)
    assert rows(engine, case.case_id) == written


def test_every_case_of_the_log_is_looked_at(engine: Engine, campaign: Campaign) -> None:
    ids = {write(engine, campaign.plan, long_case(campaign, seed, 3)).case_id for seed in range(7)}
    assert set(all_case_ids(engine)) == ids


_TAMPERING: dict[str, LiteralString] = {
    "another body": """UPDATE case_log SET body = replace(body, '现场情况', '一切正常') WHERE body LIKE '%现场情况%'""",
    "another hash": "UPDATE case_log SET hash = repeat('0', 64) WHERE seq = 3",
    "a line taken out": "DELETE FROM case_log WHERE seq = 5",
    "the last line cut off": "DELETE FROM case_log WHERE seq = (SELECT max(seq) FROM case_log)",
    "two lines exchanged": "UPDATE case_log SET body = (SELECT body FROM case_log b WHERE b.seq = 7 - case_log.seq) "
    "WHERE seq IN (3, 4)",
    "a body that is no transition": "UPDATE case_log SET body = '{}' WHERE seq = 4",
    "another date beside the body": "UPDATE case_log SET at = at - interval '30 days' WHERE seq = 4",
    "another command beside the body": "UPDATE case_log SET command_id = 'x' WHERE seq = 4",
}


@pytest.mark.parametrize("deed", _TAMPERING)
def test_tampering_with_the_log_is_found(
    engine: Engine, superuser: psycopg.Connection, campaign: Campaign, deed: str
) -> None:
    case = write(engine, campaign.plan, long_case(campaign, 4))
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER USER")
    changed = superuser.execute(_TAMPERING[deed]).rowcount
    assert changed
    assert check_case(engine, case.case_id) != []


def patiently(what: Callable[[], T]) -> T:
    """Again after a deadlock, as the record step and an operator would."""
    while True:
        with suppress(OperationalError):
            return what()


def test_a_rebuild_beside_a_running_case_loses_nothing(engine: Engine, campaign: Campaign) -> None:
    """An operator rebuilds while officials work: afterwards the rows are still the fold of the log."""
    log = long_case(campaign, 1)
    first = 5
    case = write(engine, campaign.plan, log[:first])

    def rebuild_all_along() -> int:
        rounds = 0
        while not written.done():
            patiently(lambda: rebuild_case(engine, case.case_id))
            rounds += 1
        return rounds

    def go_on() -> None:
        now = case
        for step in log[first:30]:
            assert patiently(lambda step=step, now=now: record(engine, campaign.plan, now, step)).transitions == (step,)
            now = apply(now, step)

    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(go_on)
        rebuilding = pool.submit(rebuild_all_along)
        written.result()
        assert rebuilding.result()
    assert check_case(engine, case.case_id) == []
