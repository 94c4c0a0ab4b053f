"""Every page and every list of the API at 100,000 cases: milliseconds to answer, and the plans of slow statements.

Run it by `python -m bench.pages`; it starts a stack of its own, fills it by rows, and prints a report as JSON.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event, text

from bench.stack import bench_services, keep, shipped_plan
from desk.sign_in import begin
from desk.tokens import issue
from engine.connection import Services
from models.actors import Actor
from serving import backing
from serving.app import keep_what_is_loaded
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign, add_campaign, move_clock
from tests.people import person
from tests.town import fill
from tests.web.serve import served

_CASES = 100_000
_TIMES = 60
_SLOW_MS = 50.0
_OF_A_PERSON = {
    "views": "/views",
    **{f"work, {name}": f"/work?{asked}" for name, asked in (("mine", "mine=true"), ("done", "list=done"))},
    **{f"work, {name}": f"/work?list={name}" for name in ("decisions", "supervised")},
    "work": "/work",
}
"""Where it counts who signed in: for an inspector with two thousand steps of the last days and twenty views."""
_ALSO_OF_A_DISTRICT = (
    *("cases, a must owed", "cases, due soon", "cases, all columns"),
    *("board", "board, an officer", "board, due soon", "cases", "cases, part of a name", "cases, an officer"),
    *("cases, overdue", "campaign", "figures", "weeks", "api cases, by due", "api overdue", "api overdue, a month ago"),
)
"""Where PostgreSQL compares row by row, as it does for nobody who reads everything."""
_FILL = (
    # three fifths are closed, the rest is spread over the stages; a tenth of all is overdue. Each choice takes digits
    # of its own from the number, so that no place, stage or officer is without the others
    """
    INSERT INTO cases (case_id, campaign_id, subject_id, subject_name, district, street, sector, source, stage,
        next_role, due_at, outcome, listed, officers, opened_at, closed_at, seq, found_by,
        investigated, found, put_right, owes_must, executed_must)
    SELECT 'case/' || :campaign || '/s' || n, :campaign, 's' || n, d.zh || t.zh || n || '号', d.id,
        '第' || n / 1440 % 8 || '街道', t.id, 'inspection',
        CASE WHEN n % 5 < 3 THEN 'closed' ELSE (ARRAY['escalation', 'reinspection', 'registration',
            'rectification', 'consolidation', 'investigation'])[1 + n / 20 % 6] END,
        CASE WHEN n % 5 >= 3 THEN (ARRAY['inspector', 'enterprise', 'supervisor', 'government'])[1 + n / 120 % 4] END,
        CASE WHEN n % 5 >= 3 THEN CAST(:now AS timestamptz) + (n % 40 - 10) * interval '1 day' + n * interval '1 s' END,
        CASE WHEN n % 5 < 3 THEN (ARRAY['rectified', 'compliant', 'shut_down'])[1 + n / 20 % 3] END,
        CASE WHEN n % 50 = 3 THEN 'district' END, jsonb_build_array('检查员' || n / 1440 % 40),
        CAST(:now AS timestamptz) - (n % 90) * interval '1 day',
        CASE WHEN n % 5 < 3 THEN CAST(:now AS timestamptz) END, 909,
        d.zh || t.zh || n || '号 91650200' || n || ' dszqsc' || n || 'h', n % 6 > 0, n % 6 > 1, n % 5 < 3, n % 9 = 4,
        n % 9 = 5
    FROM generate_series(1, :cases) AS n,
        LATERAL (SELECT (ARRAY['650202', '650203', '650204', '650205'])[1 + n / 5 % 4] AS id,
            (ARRAY['独山子区', '克拉玛依区', '白碱滩区', '乌尔禾区'])[1 + n / 5 % 4] AS zh) AS d,
        LATERAL (SELECT (ARRAY['fire_safety', 'construction', 'catering_gas'])[1 + n / 480 % 3] AS id,
            (ARRAY['商场', '建筑工地', '餐馆'])[1 + n / 480 % 3] AS zh) AS t""",
    # one unmet deadline an open case, three that were met for each case
    """
    INSERT INTO deadlines SELECT case_id,
        CASE next_role WHEN 'enterprise' THEN 'rectification' WHEN 'supervisor' THEN 'extension'
            WHEN 'government' THEN 'decision' ELSE CASE WHEN stage = 'registration' THEN 'registration'
            ELSE 'reinspection' END END,
        CASE next_role WHEN 'government' THEN 'close-1' ELSE 'F1' END, 9,
        CASE next_role WHEN 'enterprise' THEN 'rectification' ELSE 'duty' END, next_role,
        opened_at, due_at, NULL, NULL FROM cases WHERE due_at IS NOT NULL AND seq = 909""",
    """
    INSERT INTO deadlines SELECT case_id, 'registration', 'F' || n, n, 'duty', 'inspector', opened_at,
        opened_at + interval '7 days', opened_at + interval '5 days', NULL
    FROM cases, generate_series(1, 3) AS n WHERE seq = 909""",
    """
    INSERT INTO findings SELECT case_id, 'F' || n, 'H08', NULL, 'general', '疏散通道堵塞', 'registered', false, false,
        false, '整改责任人', opened_at, opened_at, due_at FROM cases, generate_series(1, 2) AS n WHERE seq = 909""",
    # the stages that a case went through until it stands where it does, its findings, and a measure
    """
    INSERT INTO case_spans SELECT case_id, 'stage', stage, '', n, day + lasted[n],
        CASE WHEN n < array_length(gone, 1) THEN day + lasted[n + 1] END, day, day, campaign_id, district, sector
    FROM (SELECT case_id, campaign_id, district, sector, CAST(opened_at AS date) - 30 AS day,
            ARRAY[0, 3, 4, 19, 23, 29] AS lasted, CASE
                WHEN outcome = 'compliant' THEN ARRAY['investigation', 'closed']
                WHEN outcome IS NOT NULL THEN way || ARRAY['closed']
                ELSE way[1:coalesce(array_position(way, stage), 4)] END AS gone
        FROM cases, (SELECT ARRAY['investigation', 'registration', 'rectification', 'reinspection', 'consolidation']
            AS way) AS w
        WHERE seq = 909) AS c, unnest(gone) WITH ORDINALITY AS s(stage, n)""",
    """
    INSERT INTO case_spans SELECT case_id, 'finding', 'open', 'F' || n, 3, CAST(opened_at AS date) - 26,
        CASE WHEN put_right THEN CAST(opened_at AS date) - 8 + n END, opened_at, NULL, campaign_id, district, sector
    FROM cases, generate_series(1, 2) AS n WHERE seq = 909 AND found AND stage <> 'registration'""",
    """
    INSERT INTO case_spans SELECT case_id, step, 'close', 'close-1', 5, CAST(opened_at AS date) - 9, NULL,
        opened_at, NULL, campaign_id, district, sector
    FROM cases, unnest(ARRAY['proposed', 'approved', 'executed']) AS step WHERE seq = 909 AND executed_must""",
    """
    UPDATE case_spans SET since_week = date_trunc('week', since), until_week = date_trunc('week', until)""",
    """
    INSERT INTO musts SELECT case_id, 'close-1', 'close', CASE WHEN outcome IS NULL THEN 'owed' ELSE 'executed' END,
        '[]', opened_at FROM cases WHERE seq = 909 AND (stage = 'escalation' OR outcome = 'shut_down')""",
)
_OF_ONE = (
    """
    INSERT INTO case_log (case_id, seq, command_id, "do", at, body, hash, person)
    SELECT case_id, 909, 'bench', 'add_note', CAST(:now AS timestamptz) - n * interval '10 minutes', '{}', 'x', :person
    FROM (SELECT case_id, row_number() OVER (ORDER BY case_id) AS n FROM cases
        WHERE district = '650203' AND seq = 909 LIMIT 2000) AS own""",
    """
    INSERT INTO saved_views (view_id, owner, list, name, asked)
    SELECT 'v' || n, :person, 'cases', 'v' || n, jsonb_build_object('stage', (ARRAY['escalation', 'reinspection',
        'registration', 'rectification', 'closed'])[1 + n % 5], 'sector', 'fire_safety')
    FROM generate_series(1, 20) AS n""",
)


def paths(campaign: Campaign) -> dict[str, str]:
    """What is asked, by name."""
    case = f"case/{campaign.campaign_id}/demo-157"
    return {
        "board": "/",
        "board, a district": "/?district=650203&kind=duty",
        "board, an officer": "/?officer=检查员7",
        "board, due soon": "/?due=soon",
        "cases": "/cases",
        "cases, district and stage": "/cases?district=650203&stage=escalation",
        "cases, part of a name": "/cases?q=区餐馆99",
        "cases, a name that nobody has": "/cases?q=没有这个名称",
        "cases, letters that nobody has": "/cases?q=abc",
        "cases, pinyin initials that all have": "/cases?q=dszq",
        "cases, a number": "/cases?q=s4711",
        "cases, an officer": "/cases?officer=检查员7",
        "cases, overdue": "/cases?overdue=true&sector=fire_safety",
        "cases, closed": "/cases?outcome=shut_down",
        "cases, listed": "/cases?listed=district&stage=registration",
        "cases, facets not shown": "/cases?facets=false",
        "cases, all columns": "/cases?columns=due,subject,stage,listed,officer,musts,district,street,sector,closed",
        "cases, a must owed": "/cases?must=close",
        "cases, due soon": "/cases?soon=true",
        "cases, a district": "/cases?district=650203",
        "work": "/work",
        "work, mine": "/work?mine=true",
        "work, decisions": "/work?list=decisions",
        "work, supervised": "/work?list=supervised",
        "work, done": "/work?list=done",
        "case": f"/cases/{case}",
        "campaign": f"/campaigns/{campaign.campaign_id}",
        "figures": f"/campaigns/{campaign.campaign_id}/figures",
        "weeks": f"/campaigns/{campaign.campaign_id}/weeks",
        "weeks, as of a day": f"/campaigns/{campaign.campaign_id}/weeks?as_of=2027-06-30",
        "cases, a stage in June": "/cases?stood=rectification.2027-06-30",
        "cases, put right in time": "/cases?in_time=true&sector=fire_safety",
        "api cases": "/api/v1/cases",
        "api cases, by due": "/api/v1/cases?order=due&campaign=" + campaign.campaign_id,
        "api cases, filtered": "/api/v1/cases?district=650203&next_role=inspector&overdue=true",
        "api cases, a street nobody has": "/api/v1/cases?street=x",
        "api case": f"/api/v1/cases/{case}",
        "api timeline": f"/api/v1/cases/{case}/timeline",
        "api overdue": "/api/v1/overdue",
        "api overdue, a month ago": "/api/v1/overdue?as_of=2027-07-15",
        "api campaign": f"/api/v1/campaigns/{campaign.campaign_id}",
        "metrics": "/metrics",
    }


def measure(services: Services, campaign: Campaign, cases: int = _CASES, times: int = _TIMES) -> dict[str, Any]:
    """Milliseconds of each page and list, its statements, and the plans of those that took long."""
    campaign = fill_with(services, campaign, cases)
    report: dict[str, Any] = {}
    keep_what_is_loaded()
    office = bearer(services, Actor(role="office", name="市安委办", territory=campaign.plan.city))
    district = bearer(services, Actor(role="supervisor", name="王局长", territory="650203"))
    with served(services) as address, httpx.Client(base_url=address, headers=office, timeout=60) as client:
        for name, path in paths(campaign).items():
            report[name] = _timed(services, client, path, times)
        with without_memory():
            for name in ("board", "campaign", "figures", "weeks", "api campaign"):
                report[f"{name}, counted anew"] = _timed(services, client, paths(campaign)[name], times)
            client.headers = httpx.Headers(district)
            for name in _ALSO_OF_A_DISTRICT:
                report[f"{name}, for a district"] = _timed(services, client, paths(campaign)[name], times)
        with without_memory():
            client.headers = httpx.Headers({"Accept": "text/html"})
            client.cookies.set(SESSION_COOKIE, _person(services, campaign))
            for name, path in _OF_A_PERSON.items():
                report[f"{name}, for a person"] = _timed(services, client, path, times)
    return report


def _person(services: Services, campaign: Campaign) -> str:
    """The session of an inspector who has done much and keeps many lists."""
    one, now = person(services, "inspector:检查员7@650203"), datetime.now(UTC)
    with services.owner.begin() as connection:
        for statement in _OF_ONE:
            connection.execute(text(statement), {"person": one.person_id, "now": campaign.now()})
    return begin(services.engine, one.account_id, one.person_id, "bench", now).token


def bearer(services: Services, who: Actor) -> dict[str, str]:
    """The head of a request with a token of the official."""
    token, _ = issue(services.engine, services.home, who, datetime.now(UTC) + timedelta(days=1))
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def without_memory() -> Iterator[None]:
    """As for the first reader after a pause."""
    kept = backing._LATELY_SECONDS  # pyright: ignore[reportPrivateUsage] -- a measurement
    backing._LATELY_SECONDS = -1.0  # pyright: ignore[reportPrivateUsage]
    try:
        yield
    finally:
        backing._LATELY_SECONDS = kept  # pyright: ignore[reportPrivateUsage]


def fill_with(services: Services, campaign: Campaign, cases: int) -> Campaign:
    """The town of the tests, and so many cases more; the campaign's clock stands in its August."""
    campaign = fill(services.engine, campaign)
    with services.owner.begin() as connection:
        facts = {"campaign": campaign.campaign_id, "now": campaign.now(), "cases": cases}
        for statement in _FILL:
            connection.execute(text(statement), facts)
    with services.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return move_clock(services.engine, campaign.campaign_id, timedelta())


def _timed(services: Services, client: httpx.Client, path: str, times: int) -> dict[str, Any]:
    found: list[float] = []
    for number in range(times + 5):
        began = time.perf_counter()
        told = client.get(path)
        if number >= 5:
            found.append((time.perf_counter() - began) * 1000)
        assert told.status_code == 200, (path, told.text[:300])
    with statements(services) as sent:
        client.get(path)
    cuts = statistics.quantiles(found, n=100)
    slow = [_plan_of(services, *statement) for *statement, ms in sent if ms > _SLOW_MS]
    return {
        "p50_ms": round(statistics.median(found), 1),
        "p99_ms": round(cuts[98], 1),
        "statements": len(sent),
        "sql_ms": [round(ms, 1) for *_, ms in sent],
        **({"slow": slow} if slow else {}),
    }


@contextmanager
def statements(services: Services) -> Iterator[list[tuple[str, Any, float]]]:
    """The statements that are sent meanwhile, with their milliseconds."""
    sent: list[tuple[str, Any, float]] = []
    began: dict[int, float] = {}

    def before(*facts: Any) -> None:
        began[id(facts[4])] = time.perf_counter()

    def after(*facts: Any) -> None:
        sent.append((facts[2], facts[3], (time.perf_counter() - began[id(facts[4])]) * 1000))

    event.listen(services.engine, "before_cursor_execute", before)
    event.listen(services.engine, "after_cursor_execute", after)
    yield sent
    event.remove(services.engine, "before_cursor_execute", before)
    event.remove(services.engine, "after_cursor_execute", after)


def _plan_of(services: Services, statement: str, parameters: Any) -> list[str]:
    with services.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN ANALYZE {statement}", parameters)]


def main() -> None:
    """Measure, print, and keep the report in bench/results."""
    with bench_services() as services:
        pages = measure(services, add_campaign(services.engine, shipped_plan(), 2027))
    keep({"cases": _CASES, "pages": pages}, "pages")


if __name__ == "__main__":
    main()
