"""PostgreSQL itself shows an official the rows of the own reach alone, whatever the query forgets to ask."""

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from embedded.databases import READER_ROLES, Login
from embedded.passwords import passwords_of
from embedded.postgres import admin_conninfo
from engine.connection import Services
from rules.access.deeds import Reach
from store.campaigns import Campaign
from store.engine import connect
from store.log import record
from store.migrate import migrate
from store.reading import ROLE, ROLE_OF_ALL, Reading, RoleMissing, reading_engine, reads
from store.verify import check_case
from tests.cast import HERE, OFFICE
from tests.durable.office import command, finding
from tests.store.older import before
from tests.store.paper import long_case, on_paper, write

ELSEWHERE = "650202"
OF_CASE = ("case_log", "findings", "deadlines", "musts", "inbox", "handed_in", "attachments", "self_inspections")
READABLE = {"campaigns", "cases", "case_spans", "subjects", "jobs", "job_items", "saved_views", *OF_CASE}
ALL = Reach(None, None)


@pytest.fixture
def reading(engine: Engine) -> Iterator[Engine]:
    """The engine through which pages read; nobody reads before and after the test."""
    reads(Reading())
    yield reading_engine(engine)
    reads(Reading())


def districts(engine: Engine, table: str) -> Counter[str]:
    """Whose rows a statement without any condition gets, by the district of the case."""
    sql = text(f"SELECT {'case_id' if table in OF_CASE else 'district'} FROM {table}")
    with engine.connect() as connection:
        found = Counter[str](connection.execute(sql).scalars())
    return found


def of_cases(engine: Engine, table: str, condition: str) -> Counter[str]:
    """The same as the application role sees it, for cases that satisfy the condition."""
    column = f"{table}.case_id" if table in OF_CASE else f"{table}.district"
    joined = f"{table} JOIN cases c USING (case_id)" if table in OF_CASE else f"{table} AS c"
    sql = text(f"SELECT {column.replace('cases.', 'c.').replace('subjects.', 'c.')} FROM {joined} WHERE {condition}")
    with engine.connect() as connection:
        return Counter[str](connection.execute(sql).scalars())


def test_a_query_without_its_predicate_gets_the_rows_of_the_own_reach_alone(
    reading: Engine, engine: Engine, town: Campaign
) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO handed_in (command_id, case_id) SELECT 'x', case_id FROM cases"))
        connection.execute(
            text("""INSERT INTO attachments (case_id, sha256, name, media, size, "by")
            SELECT case_id, 'x', 'x', 'x', 1, 'x' FROM cases""")
        )
        connection.execute(
            text("""INSERT INTO self_inspections (entry_id, campaign_id, subject_id, found_on, description, "by",
                case_id)
            SELECT case_id, campaign_id, subject_id, '2027-05-20', 'x', 'x', case_id FROM cases""")
        )
        own = text("SELECT sector FROM cases WHERE district = :here AND sector IS NOT NULL LIMIT 1")
        sector = connection.execute(own, {"here": HERE}).scalar_one()
    reaches = {
        f"c.district = '{HERE}'": Reach(HERE, None),
        f"c.sector = '{sector}'": Reach(None, sector),
        f"c.district = '{HERE}' AND c.sector = '{sector}'": Reach(HERE, sector),
        "c.subject_id = 'demo-157'": Reach(None, None, "demo-157"),
        "true": ALL,
    }
    for table in ("cases", "subjects", *OF_CASE):
        for condition, reach in reaches.items():
            expected = of_cases(engine, table, condition)
            assert expected.total() > 0, (table, condition)
            reads(Reading(town.campaign_id, reach))
            assert districts(reading, table) == expected, (table, condition)
            reads(Reading("another-2027", reach))
            if table != "subjects":  # the register is of no campaign
                assert districts(reading, table).total() == 0, table
        reads(Reading(None, ALL, is_all=True))
        assert districts(reading, table) == of_cases(engine, table, "true"), table
        reads(Reading())
        assert districts(reading, table).total() == 0, "nothing said, nothing seen"


def test_spans_are_read_by_officials_within_their_reach_and_by_no_enterprise(
    reading: Engine, engine: Engine, town: Campaign
) -> None:
    reads(Reading(None, ALL, is_all=True))
    whole = districts(reading, "case_spans")
    with engine.connect() as connection:
        own = text("SELECT sector FROM cases WHERE district = :here AND sector IS NOT NULL LIMIT 1")
        sector = connection.execute(own, {"here": HERE}).scalar_one()
        asked = text("SELECT c.district FROM case_spans s JOIN cases c USING (case_id) WHERE c.sector = :sector")
        of_sector = Counter[str](connection.execute(asked, {"sector": sector}).scalars())
    for reach, expected in {
        Reach(HERE, None): Counter({HERE: whole[HERE]}),
        Reach(None, sector): of_sector,
        Reach(HERE, sector): Counter({HERE: of_sector[HERE]}),
        Reach(None, None, "demo-157"): Counter[str](),
        ALL: whole,
    }.items():
        reads(Reading(town.campaign_id, reach))
        assert districts(reading, "case_spans") == expected, reach
        reads(Reading("another-2027", reach))
        assert districts(reading, "case_spans").total() == 0, reach
    assert whole[HERE] > of_sector[HERE] > 0 and len(whole) > 1
    reads(Reading())
    assert districts(reading, "case_spans").total() == 0, "nothing said, nothing seen"


_PLACES = "SELECT DISTINCT d.campaign_id, d.subject_id, d.district, d.sector FROM deadlines d WHERE case_id = :id"
_OF_ITS_CASE = "SELECT campaign_id, subject_id, district, sector FROM cases WHERE case_id = :id"


def places(engine: Engine, case_id: str) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """The places that stand beside the deadlines of a case, and that of the case."""
    with engine.connect() as connection:
        beside = [tuple(row) for row in connection.execute(text(_PLACES), {"id": case_id})]
        return beside, tuple(connection.execute(text(_OF_ITS_CASE), {"id": case_id}).one())


def test_deadlines_go_along_with_a_case_that_moves(reading: Engine, engine: Engine, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/moves"
    found = command("record_findings", findings=[finding("F1", "H05")])
    steps = [("05-28", found), ("05-29", command("transfer", OFFICE, district=ELSEWHERE, reason="属地有误"))]
    *before_it, transferred = on_paper(campaign, case_id, steps)
    case = write(engine, campaign.plan, before_it)
    reads(Reading(campaign.campaign_id, Reach(HERE, None)))
    assert districts(reading, "deadlines").total() > 1 and districts(reading, "case_spans").total() > 1
    record(engine, campaign.plan, case, transferred)
    assert places(engine, case_id)[0] == [places(engine, case_id)[1]]
    assert check_case(engine, case_id) == []
    for table in ("deadlines", "case_spans"):
        assert districts(reading, table).total() == 0, "whoever gave it away reads nothing of it"
    reads(Reading(campaign.campaign_id, Reach(ELSEWHERE, None)))
    assert districts(reading, "deadlines").total() > 1


def test_a_deadline_that_the_version_before_wrote_has_its_place(
    engine: Engine, superuser: psycopg.Connection, services: Services, campaign: Campaign
) -> None:
    """Rows from before the migration, and those that its workers add while they still run."""
    case_id = write(engine, campaign.plan, long_case(campaign, 4)).case_id
    before("0024", superuser)
    migrate(services.owner)
    assert places(engine, case_id)[0] == [places(engine, case_id)[1]]
    older = """INSERT INTO deadlines (case_id, clock, about, set_seq, kind, role, set_at, due_at)
        VALUES (:id, 'look_back', 'older', 99, 'duty', 'inspector', now(), now())"""
    with engine.begin() as connection:
        connection.execute(text(older), {"id": case_id})
    assert places(engine, case_id)[0] == [places(engine, case_id)[1]]
    opening = f"""WITH c AS (INSERT INTO cases (case_id, campaign_id, subject_id, subject_name, district, source, stage,
            opened_at, seq)
        SELECT 'older', campaign_id, subject_id, subject_name, district, source, stage, opened_at, 1 FROM cases
        WHERE case_id = :id),
    s AS ({older.replace(":id", "'older'")})
    INSERT INTO outbox (case_id, seq, topic, payload) VALUES ('older', 1, 'turn', '{{}}')"""
    with engine.begin() as connection:
        connection.execute(text(opening), {"id": case_id})
    assert places(engine, "older")[0] == [places(engine, "older")[1]]


def test_jobs_are_read_by_whoever_ordered_them_and_where_everything_is_read(
    reading: Engine, engine: Engine, campaign: Campaign
) -> None:
    job = (
        "INSERT INTO jobs (job_id, kind, campaign_id, \"by\", params, total) VALUES (:id, 'import', :of, :by, '{}', 1)"
    )
    with engine.begin() as connection:
        for name in ("one", "other"):
            connection.execute(text(job), {"id": name, "of": campaign.campaign_id, "by": name})
            item = "INSERT INTO job_items (job_id, number, label, body) VALUES (:id, 1, 'x', '{}')"
            connection.execute(text(item), {"id": name})

    def seen(by: Reading) -> list[str]:
        reads(by)
        with reading.connect() as connection:
            return sorted(connection.execute(text("SELECT job_id FROM jobs JOIN job_items USING (job_id)")).scalars())

    assert seen(Reading(actor="one")) == ["one"]
    assert seen(Reading(actor="none", everywhere=(campaign.campaign_id,))) == ["one", "other"]
    assert seen(Reading(campaign.campaign_id, ALL, actor="none", everywhere=("another-2027",))) == []


def test_what_was_said_ends_with_the_transaction(services: Services, town: Campaign) -> None:
    one = connect(services.endpoints.app_database_url, pool=1)
    reading = reading_engine(one)
    asked = text("""SELECT pg_backend_pid(), current_user::text, concat(current_setting('rectify.district', true),
        current_setting('rectify.campaign', true)), (SELECT count(*) FROM cases)""")

    def ask(engine: Engine) -> tuple[int, str, str, int]:
        with engine.begin() as connection:  # committed: what is said for longer would stay
            return tuple(connection.execute(asked).one())

    everything = ask(one)
    assert everything[1:3] == ("rectify_app", "")
    reads(Reading(town.campaign_id, Reach(HERE, None)))
    mine = ask(reading)
    assert (mine[0], mine[1]) == (everything[0], ROLE) and 0 < mine[3] < everything[3], "the same connection"
    assert ask(one) == everything
    with reading.connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("SELECT * FROM accounts"))
    assert ask(one) == everything, "after a failure too"
    reads(Reading())
    assert ask(reading)[1:] == (ROLE, "", 0), "and the next reader is not the one before"
    one.dispose()


def test_no_table_is_forgotten(services: Services) -> None:
    """What is about a case, a subject or a person has row-level security; readers get what has a policy for them."""
    with services.owner.connect() as connection:
        tables = connection.execute(
            text("""SELECT relname AS name, relrowsecurity AS walled, relforcerowsecurity AS forced,
                has_table_privilege(:one, oid, 'SELECT') AS one, has_table_privilege(:all, oid, 'SELECT') AS everything,
                EXISTS (SELECT FROM pg_attribute a WHERE attrelid = c.oid AND attnum > 0
                    AND attname IN ('case_id', 'subject_id', 'job_id', 'about_person')) AS about
            FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = current_schema()::regnamespace"""),
            {"one": ROLE, "all": ROLE_OF_ALL},
        ).all()
        policies = connection.execute(text("SELECT tablename, policyname, roles::text[], cmd FROM pg_policies")).all()
    assert len(tables) > 35
    assert [t.name for t in tables if t.about and not t.walled] == [], "enable row-level security in its migration"
    assert {t.name for t in tables if t.one} == {t.name for t in tables if t.everything} == READABLE
    assert {t.name for t in tables if t.one and not t.walled} == set()
    assert not any(t.forced for t in tables), "the owner is bound by none"
    of_readers = {(p.tablename, p.roles[0], p.cmd) for p in policies if p.policyname != "application"}
    assert of_readers == {(t, role, "SELECT") for t in READABLE for role in (ROLE, ROLE_OF_ALL)}
    everybody_else = {p.tablename for p in policies if p.policyname == "application" and p.roles == ["rectify_app"]}
    assert everybody_else == {t.name for t in tables if t.walled}


def test_the_roles_of_readers_own_nothing_and_can_nothing_else(services: Services) -> None:
    assert READER_ROLES == (ROLE, ROLE_OF_ALL)
    with services.owner.connect() as connection:
        rights = connection.execute(
            text("""SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles
            WHERE rolname = ANY(:roles)"""),
            {"roles": list(READER_ROLES)},
        ).all()
        owned = text("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = ANY(:roles)")
        assert connection.execute(owned, {"roles": list(READER_ROLES)}).scalar() == 0
    assert [tuple(row) for row in rights] == [(False,) * 5] * 2


@pytest.mark.parametrize("role", READER_ROLES)
def test_a_reader_changes_nothing(reading: Engine, campaign: Campaign, role: str) -> None:
    reads(Reading(None, ALL, is_all=role == ROLE_OF_ALL))
    for deed in ("UPDATE cases SET stage = 'x'", "DELETE FROM findings", "SELECT * FROM sessions", "TRUNCATE inbox"):
        with reading.connect() as connection, pytest.raises(ProgrammingError) as refused:
            connection.execute(text(deed))
        assert isinstance(refused.value.orig, errors.InsufficientPrivilege), deed


def test_an_owner_who_may_make_no_role_is_told_what_to_run(
    services: Services, superuser: psycopg.Connection, town: Campaign
) -> None:
    before("0020", superuser)
    here = Login.of_url(services.endpoints.database_url)
    password = passwords_of(services.home)
    with psycopg.connect(admin_conninfo(here.port, password), autocommit=True) as administrator:
        for role in READER_ROLES:
            administrator.execute(f"ALTER ROLE {role} RENAME TO {role}_away")
        try:
            with pytest.raises(RoleMissing) as missing:
                migrate(services.owner)
        finally:
            for role in READER_ROLES:
                administrator.execute(f"ALTER ROLE {role}_away RENAME TO {role}")
    assert missing.value.statements.split("; ") == [
        f'CREATE ROLE {role} NOLOGIN ROLE "rectify", "rectify_app"' for role in READER_ROLES
    ]
    migrate(services.owner)
    reads(Reading(town.campaign_id, Reach(HERE, None)))
    assert set(districts(reading_engine(services.engine), "cases")) == {HERE}
    reads(Reading())
