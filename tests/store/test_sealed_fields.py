"""Phone numbers lie sealed wherever they are kept; who reads one is noted, and none is told beyond reach."""

from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, text

from desk.one_time_codes import offer
from desk.register import Registrar
from engine.connection import Services
from engine.keys import KeyRing, Keys, make_keys, new_key
from engine.sealed_text import FieldSealing
from models.actors import Actor
from models.plan import Plan
from models.refusals import Refused
from models.register import ResponsiblePerson, SubjectFacts
from store.audit import AuditFilter, audit_page
from store.people import add_account, add_person
from store.sealed_fields import HIDDEN, seal_older
from store.subject_search import SubjectHistory, subject_history
from store.subjects import add_subject, keep_person
from tests.cast import ELSEWHERE, HERE, INSPECTOR, actor, plan

PHONE, OTHER = "13909901234", "13909905678"
BY = actor(INSPECTOR)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """One key."""
    return make_keys(tmp_path / "keys.json")


@pytest.fixture
def sealing(keys: Keys) -> FieldSealing:
    """With that key."""
    return FieldSealing(KeyRing(keys))


@pytest.fixture
def subject(engine: Engine, sealing: FieldSealing) -> str:
    """A works whose responsible person has a phone."""
    add_subject(engine, "a", SubjectFacts(name="Works", district=HERE, sector="fire_safety"), BY)
    keep_person(engine, "a", ResponsiblePerson(name="Sun", post="manager", phone=PHONE), BY, sealing)
    return "a"


def kept(superuser: psycopg.Connection) -> str:
    """Everything that the database holds, as a dump would show it."""
    tables = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    superuser.commit()
    return "\n".join(str(superuser.execute(f"SELECT t::text FROM {name} t").fetchall()) for (name,) in tables)


def phones(engine: Engine, sealing: FieldSealing | None) -> list[str]:
    """Of the subject's persons, then of what was changed."""
    history = subject_history(engine, "a", sealing)
    assert history is not None
    return [p.phone for p in history.persons] + [str(c["reason"]) for c in history.changes if c["do"] == "person"]


def test_a_number_lies_nowhere_plainly_and_opens_for_its_own_subject_alone(
    engine: Engine, superuser: psycopg.Connection, subject: str, sealing: FieldSealing
) -> None:
    held = kept(superuser)
    assert "Sun" in held and PHONE not in held
    assert all(HIDDEN in told and PHONE not in told for told in phones(engine, None))
    assert all(PHONE in told for told in phones(engine, sealing))
    add_subject(engine, "b", SubjectFacts(name="Another", district=HERE), BY)
    superuser.execute("INSERT INTO responsible_persons SELECT 'b', name, post, phone FROM responsible_persons")
    superuser.commit()
    with pytest.raises(ValueError, match="not sealed here"):
        subject_history(engine, "b", sealing)


def test_older_plain_numbers_are_sealed_once_and_nothing_else_of_a_change_is_ever_changed(
    services: Services, superuser: psycopg.Connection, subject: str, sealing: FieldSealing
) -> None:
    superuser.execute("ALTER TABLE subject_changes DISABLE TRIGGER USER")
    plain = "UPDATE subject_changes SET reason = jsonb_set(reason::jsonb, '{phone}', %s) WHERE \"do\" = 'person'"
    superuser.execute(plain, (f'"{PHONE}"',))
    superuser.execute("ALTER TABLE subject_changes ENABLE TRIGGER USER")
    superuser.execute("UPDATE responsible_persons SET phone = %s", (PHONE,))
    superuser.commit()
    assert PHONE in kept(superuser)
    assert seal_older(services.owner, sealing) == 2
    assert PHONE not in kept(superuser) and all(PHONE in told for told in phones(services.engine, sealing))
    assert seal_older(services.owner, sealing) == 0, "done again it finds nothing"
    for change in ("SET \"by\" = 'x'", "SET reason = '{}'", "SET reason = jsonb_set(reason::jsonb, '{phone}', '1')"):
        with pytest.raises(errors.RaiseException, match="append-only"):
            superuser.execute(f"UPDATE subject_changes {change} WHERE \"do\" = 'person'")
        superuser.rollback()


def test_a_key_is_replaced_and_what_it_sealed_opens_without_it(
    services: Services, superuser: psycopg.Connection, subject: str, keys: Keys
) -> None:
    with services.engine.begin() as connection:
        account = add_account(connection, add_person(connection, "Sun"), "sun")
        _, sealed = offer(KeyRing(keys), account)
        connection.execute(text("UPDATE accounts SET totp_secret = :s"), {"s": sealed})
    second, material = new_key()
    both = Keys(current=second, keys={**keys.keys, second: material})
    assert seal_older(services.owner, FieldSealing(KeyRing(both))) == 3
    alone = KeyRing(Keys(current=second, keys={second: material}))
    assert all(PHONE in told for told in phones(services.engine, FieldSealing(alone)))
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT totp_secret FROM accounts")).scalar_one().startswith(second)


@pytest.mark.parametrize(
    "who",
    [
        Actor(role="enterprise", name="Sun", territory=HERE, subject="a"),
        Actor(role="inspector", name="Far", territory=ELSEWHERE),
        Actor(role="inspector", name="Miner", territory=HERE, sector="non_coal_mines"),
        Actor(role="auditor", name="Gao", territory=HERE),
    ],
)
def test_nobody_beyond_reach_reads_one_and_that_is_noted(
    services: Services, subject: str, sealing: FieldSealing, who: Actor
) -> None:
    assert isinstance(registrar(services, sealing).with_phones("a", who), Refused)
    [line] = audit_page(services.engine, AuditFilter(kind="command_refused"), 5)
    assert (line.by.role, line.facts["deed"]) == (who.role, "read_sealed")


def test_who_reads_one_is_noted_with_the_subject(services: Services, subject: str, sealing: FieldSealing) -> None:
    told = registrar(services, sealing).with_phones("a", BY)
    assert isinstance(told, SubjectHistory) and told.persons[0].phone == PHONE
    [line] = audit_page(services.engine, AuditFilter(kind="sealed_data_read"), 5)
    assert (line.by.name, line.facts) == (BY.name, {"what": "phones", "subject_id": "a"})


def registrar(services: Services, sealing: FieldSealing) -> Registrar:
    """The register of the shipped plan."""
    the_plan: Plan = plan()
    return Registrar(services.engine, the_plan, services.temporal, sealing)
