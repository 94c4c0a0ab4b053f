"""What is past its time goes and is noted; a case's record only by an administrator, after ten years of wall time."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, text

from desk.audit import check_record
from desk.erasure import erase_case
from desk.evidence import take_in
from desk.heads import SignedHeads
from engine.connection import Services
from models.actors import Actor
from models.audit import AuditActor
from models.refusals import Refused
from rules.case.evolve import apply
from rules.retention import CASE_YEARS, EXPIRES
from rules.words.audited import EXPIRED
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.erasure import Tombstone
from store.log import record
from store.people import add_account, add_person, leave
from store.retention import delete_expired
from tests.cast import CITY, INSPECTOR, actor
from tests.durable.office import command
from tests.pictures import jpeg
from tests.store.paper import on_paper, write

ADMIN = Actor(role="admin", name="Gao", territory=CITY)
SYSTEM = AuditActor(account="schedule")
DAYS = {what: kept.days for what, kept in EXPIRES.items()}
HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"


@pytest.fixture
def closed(services: Services, campaign: Campaign, heads: SignedHeads) -> str:
    """A case that is void, its head signed."""
    case_id = f"case/{campaign.campaign_id}/closed"
    void = command("void", "supervisor:Wang@650203", reason="opened twice")
    write(
        services.engine,
        campaign.plan,
        on_paper(campaign, case_id, [("05-10", command("add_note", text="SECRET")), ("05-11", void)]),
    )
    assert heads.check_and_sign(services.engine) == []
    return case_id


def older(superuser: psycopg.Connection, years: int) -> None:
    """As if every line had been recorded so long ago."""
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER USER")
    superuser.execute("UPDATE case_log SET recorded_at = recorded_at - make_interval(years => %s)", (years,))
    superuser.execute("ALTER TABLE case_log ENABLE TRIGGER USER")
    superuser.commit()


def codes(services: Services, heads: SignedHeads) -> list[str]:
    """What `audit verify` finds."""
    return [d.code for d in check_record(services.engine, heads).differences]


def test_an_erased_case_leaves_a_tombstone_and_is_told_as_erased(
    services: Services, superuser: psycopg.Connection, closed: str, heads: SignedHeads
) -> None:
    older(superuser, 11)
    found_at_itself(superuser, {"recorded": closed, "SECRET": None})
    done = erase_case(services.owner, services.files, closed, ADMIN, "retention over")
    assert isinstance(done, Tombstone) and (done.last_seq, done.by, done.reason) == (3, str(ADMIN), "retention over")
    tables = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    for (table,) in tables:
        held = str(superuser.execute(f"SELECT t::text FROM {table} t").fetchall())
        assert "SECRET" not in held, table
        assert closed not in held or table in ("erased_cases", "audit_log"), table
    checked = check_record(services.engine, heads)
    assert (checked.differences, [one.case_id for one in checked.erased]) == ((), [closed])
    assert heads.check_and_sign(services.engine) == []
    [line] = audit_page(services.engine, AuditFilter(kind="case_erased"), 5)
    assert (line.case_id, line.facts) == (closed, {"last_seq": 3, "last_hash": done.last_hash})
    with pytest.raises(LookupError):
        erase_case(services.owner, services.files, closed, ADMIN, "again")


def found_at_itself(superuser: psycopg.Connection, rows: dict[str, str | None], campaign_id: str | None = None) -> None:
    """Rows of the ledger of the closed case's subject, by what was found, and the case in which it was recorded."""
    sql: LiteralString = """INSERT INTO self_inspections
        (entry_id, campaign_id, subject_id, found_on, description, responsible, "by", case_id)
        SELECT gen_random_uuid(), coalesce(%s, campaign_id), subject_id, current_date, %s, 'SECRET', 'x', %s
        FROM cases WHERE case_id LIKE '%%/closed'"""
    for description, case_id in rows.items():
        superuser.execute(sql, (campaign_id, description, case_id))
    superuser.commit()


def test_a_ledger_goes_with_its_cases_and_what_waits_with_the_last_one(
    services: Services, superuser: psycopg.Connection, campaign: Campaign, closed: str
) -> None:
    """Of a merged subject too, whose rows stand under the one that it was merged into."""
    void = command("void", "supervisor:Wang@650203", reason="opened twice")
    again = f"{closed}/2"
    write(services.engine, campaign.plan, on_paper(campaign, again, [("05-12", void)]))
    older(superuser, 11)
    found_at_itself(superuser, {"first": closed, "second": again, "waits": None})
    found_at_itself(superuser, {"elsewhere": None}, "another-campaign")
    superuser.execute("""INSERT INTO subjects SELECT (jsonb_populate_record(s, '{"subject_id": "into"}')).*
        FROM subjects s""")
    superuser.execute("UPDATE subjects SET state = 'merged', merged_into = 'into' WHERE subject_id <> 'into'")
    superuser.execute("UPDATE self_inspections SET subject_id = 'into'")
    superuser.commit()
    for case_id, left in ((closed, ["elsewhere", "second", "waits"]), (again, ["elsewhere"])):
        assert isinstance(erase_case(services.owner, services.files, case_id, ADMIN, "retention over"), Tombstone)
        rows = superuser.execute("SELECT description FROM self_inspections ORDER BY 1").fetchall()
        assert [row[0] for row in rows] == left


def test_the_files_of_an_erased_case_go_with_it_and_those_of_another_stay(
    services: Services, superuser: psycopg.Connection, closed: str
) -> None:
    kept = [
        take_in(services.engine, services.files, case_id, actor(INSPECTOR), "x.jpg", io.BytesIO(jpeg()))
        for case_id in (closed, f"{closed}-2")
    ]
    superuser.execute("UPDATE attachments SET named_seq = 2")
    superuser.commit()
    older(superuser, 11)
    assert isinstance(erase_case(services.owner, services.files, closed, ADMIN, "retention over"), Tombstone)
    left = [case_id for case_id in (closed, f"{closed}-2") if services.files.measured(case_id, kept[0].sha256)]
    assert left == [f"{closed}-2"]
    [(case_id,)] = superuser.execute("SELECT case_id FROM attachments").fetchall()
    assert case_id == f"{closed}-2"


@pytest.mark.parametrize(
    ("who", "years", "code"),
    [
        (ADMIN, 9, "retention_runs"),
        (ADMIN, 0, "retention_runs"),
        (actor("office:Qian@650200"), 11, "role_not_permitted"),
        (actor("auditor:Qian@650200"), 11, "role_not_permitted"),
    ],
)
def test_nothing_is_erased_before_its_time_or_by_another(
    services: Services, superuser: psycopg.Connection, closed: str, who: Actor, years: int, code: str
) -> None:
    older(superuser, years)
    refused = erase_case(services.owner, services.files, closed, who, "x", years=1)
    assert isinstance(refused, Refused) and refused.code == code
    assert audit_page(services.engine, AuditFilter(kind="command_refused"), 5)[0].facts["deed"] == "erase_case"


def test_a_house_may_keep_longer_and_a_campaigns_clock_makes_nothing_older(
    services: Services, superuser: psycopg.Connection, campaign: Campaign, closed: str
) -> None:
    older(superuser, 11)
    longer = erase_case(services.owner, services.files, closed, ADMIN, "x", years=12)
    assert isinstance(longer, Refused) and longer.code == "retention_runs"
    older(superuser, -11)
    superuser.execute("UPDATE campaigns SET clock_offset = 400000000000")
    superuser.execute("UPDATE cases SET closed_at = closed_at - interval '30 years'")
    superuser.commit()
    demo = erase_case(services.owner, services.files, closed, ADMIN, "x")
    assert isinstance(demo, Refused) and demo.code == "retention_runs"


def test_an_open_case_is_not_erased(services: Services, superuser: psycopg.Connection, campaign: Campaign) -> None:
    case_id = f"case/{campaign.campaign_id}/open"
    write(services.engine, campaign.plan, on_paper(campaign, case_id, [("05-10", command("add_note", text="x"))]))
    older(superuser, 11)
    refused = erase_case(services.owner, services.files, case_id, ADMIN, "x")
    assert isinstance(refused, Refused) and refused.code == "case_still_open"


@pytest.mark.parametrize("years", [0, 11])
def test_not_even_the_owner_deletes_without_a_tombstone_that_holds(
    superuser: psycopg.Connection, closed: str, years: int
) -> None:
    older(superuser, years)
    with pytest.raises(errors.RaiseException, match="append-only"):
        superuser.execute("DELETE FROM case_log")
    superuser.rollback()
    tombstone: LiteralString = """INSERT INTO erased_cases (case_id, last_seq, last_hash, "by", reason)
    SELECT case_id, seq, hash, 'x', 'x' FROM case_log WHERE seq = 2"""
    with pytest.raises(errors.RaiseException, match="only a closed case"):
        superuser.execute(tombstone)
    superuser.rollback()
    if years == 11:
        superuser.execute(tombstone.replace("seq = 2", "seq = 3"))  # pyright: ignore -- another line
        superuser.commit()
        with pytest.raises(errors.RaiseException, match="append-only"):
            superuser.execute("DELETE FROM case_log")


@pytest.mark.parametrize(
    ("recorded", "erased", "code"),
    [("11 years", "0", "erased_unnoted"), ("1 year", "0", "erased_early"), ("11 years", "10 years", "erased_early")],
)
def test_a_tombstone_that_somebody_made_is_found(
    services: Services,
    superuser: psycopg.Connection,
    closed: str,
    heads: SignedHeads,
    recorded: str,
    erased: str,
    code: str,
) -> None:
    superuser.execute("ALTER TABLE erased_cases DISABLE TRIGGER USER")
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER USER")
    made = """INSERT INTO erased_cases SELECT case_id, seq, hash, clock_timestamp() - CAST(%s AS interval),
        clock_timestamp() - CAST(%s AS interval), 'x', 'x', 1 FROM case_log WHERE seq = 3"""
    superuser.execute(made, (recorded, erased))
    superuser.execute("DELETE FROM case_log")
    superuser.execute("DELETE FROM cases")
    superuser.commit()
    assert codes(services, heads) == [code]


def test_a_deletion_without_a_tombstone_is_found(
    services: Services, superuser: psycopg.Connection, closed: str, heads: SignedHeads
) -> None:
    superuser.execute("ALTER TABLE case_log DISABLE TRIGGER USER")
    for table in ("case_log", "cases"):
        superuser.execute(f"DELETE FROM {table}")
    superuser.commit()
    assert codes(services, heads) == ["log_cut"]


def test_a_case_that_grew_after_a_signed_head_was_not_ten_years_old_soon_after(
    services: Services, superuser: psycopg.Connection, closed: str, heads: SignedHeads, campaign: Campaign
) -> None:
    """Whoever sets recorded_at back is found by the head that knew the log shorter."""
    case_id = f"case/{campaign.campaign_id}/grown"
    log = on_paper(
        campaign,
        case_id,
        [("05-10", command("add_note", text="x")), ("05-11", command("void", "supervisor:Wang@650203", reason="x"))],
    )
    write(services.engine, campaign.plan, log[:2])
    assert heads.check_and_sign(services.engine) == []
    record(services.engine, campaign.plan, apply(apply(None, log[0]), log[1]), log[2])
    older(superuser, 11)
    assert isinstance(erase_case(services.owner, services.files, case_id, ADMIN, "x"), Tombstone)
    assert codes(services, heads) == ["erased_early"]


# ---------------------------------------------------------------- what is past its time


def stocked(superuser: psycopg.Connection, campaign: Campaign) -> None:
    """Of each kind a row that is past its time and one that is not."""
    past, recent = "now() - interval '800 days'", "now() - interval '8 days'"
    superuser.execute("INSERT INTO persons (person_id, name) VALUES ('p', 'Sun')")
    superuser.execute("INSERT INTO accounts (account_id, person_id, login) VALUES ('a', 'p', 'sun')")
    superuser.execute(
        "INSERT INTO certificates (campaign_id, at, opened, outcomes, digest) VALUES (%s, now(), 0, '{}', '')",
        (campaign.campaign_id,),
    )
    for n, at in enumerate((past, recent)):
        for statement in (
            f"""INSERT INTO sessions (session_id, token_hash, account_id, device, expires_at)
            VALUES ('{n}', '{n}', 'a', '', {at})""",
            f"INSERT INTO failed_sign_ins (login, device, failed_at) VALUES ('x', '', {at})",
            f"INSERT INTO invitations (token_hash, account_id, expires_at) VALUES ('{n}', 'a', {at})",
            f"INSERT INTO access_tokens (token_id, actor, expires_at) VALUES ('{n}', 'x', {at})",
            f"INSERT INTO handed_in (command_id, case_id, handed_in_at) VALUES ('{n}', 'x', {at})",
            f"""INSERT INTO inbox (case_id, seq, role, district, stage, at, read_at)
            VALUES ('x', {n + 1}, 'office', 'x', 'x', {at}, {at})""",
            f"""INSERT INTO inbox (case_id, seq, role, district, stage, at)
            VALUES ('y', {n + 1}, 'office', 'x', 'x', {at})""",
            f"INSERT INTO outbox (case_id, seq, topic, payload, done_at) VALUES ('x', {n + 1}, 'turn', '{{}}', {at})",
            f"INSERT INTO outbox (case_id, seq, topic, payload) VALUES ('y', {n + 1}, 'turn', '{{}}')",
            f"""INSERT INTO jobs (job_id, kind, campaign_id, "by", params, total, state, finished_at)
            VALUES ('{n}', 'import', '{campaign.campaign_id}', 'x', '{{"errors": {{"all": 1}}}}', 1, 'done', {at})""",
            f"""INSERT INTO attachments (case_id, sha256, name, media, size, "by", at)
            VALUES ('x', '{n}', 'x', 'x', 1, 'x', {at})""",
            f"INSERT INTO job_items (job_id, number, label, body) VALUES ('{n}', 1, 'x', '{{}}')",
        ):
            superuser.execute(statement.encode())
    superuser.commit()


def test_what_is_past_its_time_goes_and_only_that(
    services: Services, superuser: psycopg.Connection, campaign: Campaign
) -> None:
    stocked(superuser, campaign)
    now = datetime.now(UTC)
    expected = {what: 0 if what == "secrets_of_closed_accounts" else 1 for what in DAYS}
    assert delete_expired(services.engine, DAYS, now, SYSTEM, services.files, dry_run=True) == expected
    assert delete_expired(services.engine, DAYS, now, SYSTEM, services.files) == expected, "the dry run deleted nothing"
    assert delete_expired(services.engine, DAYS, now, SYSTEM, services.files) == dict.fromkeys(DAYS, 0)
    [line] = audit_page(services.engine, AuditFilter(kind="expired"), 5)
    assert line.facts == expected
    kept = superuser.execute("SELECT job_id FROM jobs WHERE params ? 'errors'").fetchall()
    assert kept == [("1",)], "what was wrong with rows of a ledger goes with the rows"
    soon = delete_expired(services.engine, dict.fromkeys(DAYS, 0), now + timedelta(days=400), SYSTEM, services.files)
    assert sum(soon.values()) == 9, "eight days old: nothing of the last seven goes, whoever asks"
    superuser.execute("INSERT INTO failed_sign_ins (login, device) VALUES ('x', '')")
    superuser.commit()
    assert (
        sum(
            delete_expired(
                services.engine, dict.fromkeys(DAYS, 0), now + timedelta(days=400), SYSTEM, services.files
            ).values()
        )
        == 0
    )


def test_secrets_of_whoever_leaves_go_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        person = add_person(connection, "Sun")
        add_account(connection, person, "sun", "hash")
        other = add_account(connection, add_person(connection, "Li"), "li", "hash")
        connection.execute(text("UPDATE accounts SET totp_secret = 'sealed'"))
        leave(connection, person, datetime.now(UTC))
        kept = connection.execute(
            text("SELECT account_id FROM accounts WHERE coalesce(password_hash, totp_secret) <> ''")
        )
        assert kept.scalars().all() == [other]


def test_the_handbook_tells_every_time_and_the_database_the_same_minimum(engine: Engine) -> None:
    assert set(EXPIRES) == set(EXPIRED)
    for language, place in (("zh", 0), ("en", 1)):
        page = (HANDBOOK / language / "retention.md").read_text()
        for what, kept in EXPIRES.items():
            assert f"| {EXPIRED[what][place]} | {kept.days} | {kept.since[place]} | {kept.why[place]} |" in page
    with engine.connect() as connection:
        source = connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'check_tombstone'")).scalar_one()
    assert f"interval '{CASE_YEARS} years'" in source
