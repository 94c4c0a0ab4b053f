"""The audit log: a line with its effect or not at all, in one chain, whoever writes at the same time."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from desk.audit import check_record
from desk.heads import SignedHeads
from models.audit import AuditActor, AuditKind, AuditLine, audit_actor
from store.audit import AuditFilter, audit_page, note, noted
from tests.cast import INSPECTOR, actor

WRITERS, APPENDS = 16, 60


def line(kind: AuditKind = "exported", **more: object) -> AuditLine:
    """A line about nothing in particular."""
    return AuditLine.model_validate({"kind": kind, "by": AuditActor(account="os:test"), **more})


def test_a_line_stands_with_its_effect_or_not_at_all(engine: Engine) -> None:
    with engine.begin() as connection:
        note(connection, line(case_id="case/c/a"))
        assert audit_page(engine, AuditFilter(), 10) == (), "not before its transaction ends"
    with pytest.raises(RuntimeError), engine.begin() as connection:
        note(connection, line())
        raise RuntimeError
    with engine.begin() as connection:
        for number in range(3):
            note(connection, line(facts={"number": number}))
    found = audit_page(engine, AuditFilter(), 10)
    assert [(one.seq, one.facts.get("number")) for one in found] == [(4, 2), (3, 1), (2, 0), (1, None)]
    assert all(one.hash.startswith("sha256:") for one in found)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_log")).scalar() == 4


def test_an_effect_beside_the_database_that_fails_leaves_a_second_line(engine: Engine) -> None:
    with noted(engine, line("key_changed")):
        assert audit_page(engine, AuditFilter(), 1)[0].kind == "key_changed", "before the effect"
    with pytest.raises(OSError), noted(engine, line("key_changed")):
        raise OSError
    assert [one.outcome for one in audit_page(engine, AuditFilter(), 10)] == ["failed", "done", "done"]


def test_writers_at_once_leave_no_gap_and_no_false_alarm(engine: Engine, heads: SignedHeads) -> None:
    def write(writer: int) -> None:
        for number in range(APPENDS):
            with engine.begin() as connection:
                note(connection, line(facts={"writer": writer, "number": number}))

    def sign(writing: list[Future[None]]) -> None:
        while not all(one.done() for one in writing):
            assert heads.check_and_sign(engine) == []

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        signing, rounds = pool.submit(sign, writing), 0
        while not signing.done():
            rounds += 1
            assert check_record(engine, heads).differences == ()
        signing.result()
        for one in writing:
            one.result()
    assert rounds > 1
    assert check_record(engine, heads).audit_lines == WRITERS * APPENDS
    of_one = [one.facts["number"] for one in audit_page(engine, AuditFilter(), 10_000) if one.facts["writer"] == 3]
    assert of_one == list(reversed(range(APPENDS))), "each writer's lines in their order"


def test_nobody_waits_for_whoever_still_works_on_his_transaction(engine: Engine) -> None:
    with engine.begin() as slow:
        note(slow, line(facts={"which": "slow"}))
        with engine.begin() as quick:
            quick.execute(text("SET LOCAL lock_timeout = '1s'"))
            note(quick, line(facts={"which": "quick"}))
    assert [one.facts["which"] for one in audit_page(engine, AuditFilter(), 10)] == ["slow", "quick"]


@pytest.mark.parametrize("change", ["UPDATE audit_log SET body = body", "DELETE FROM audit_log", "TRUNCATE audit_log"])
def test_not_even_the_owner_changes_a_line(engine: Engine, superuser: psycopg.Connection, change: str) -> None:
    note(engine, line())
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        superuser.execute(change.encode())


@pytest.mark.parametrize(
    "deed",
    [
        "INSERT INTO audit_log SELECT * FROM audit_log",
        "UPDATE audit_log SET body = body",
        "DELETE FROM audit_log",
        "DELETE FROM audit_waiting",
        "UPDATE audit_waiting SET body = '{}'",
        "ALTER TABLE audit_waiting DISABLE TRIGGER audit_waiting_is_chained",
        "SELECT chain_audit_line()",
    ],
)
def test_the_application_role_hands_lines_in_and_no_more(engine: Engine, deed: str) -> None:
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(deed))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_lines_are_found_by_kind_person_case_and_instant_page_by_page(engine: Engine) -> None:
    day = datetime(2027, 6, 1, tzinfo=UTC)
    for number in range(10):
        kind: AuditKind = "sign_in" if number % 2 else "exported"
        by = AuditActor(person=f"p-{number % 3}", token="t-1" if number == 7 else None)
        note(engine, AuditLine(kind=kind, by=by, at=day + timedelta(hours=number), case_id=f"case/c/{number}"))
    note(engine, AuditLine(kind="permission_given", by=AuditActor(account="os:test"), about_person="p-2", at=day))

    def found(**which: object) -> list[int]:
        return [one.seq for one in audit_page(engine, AuditFilter.model_validate(which), 100)]

    assert found(kind="sign_in") == [10, 8, 6, 4, 2]
    assert found(person="p-1") == [8, 5, 2]
    assert found(person="p-2") == [11, 9, 6, 3], "by whom it was done, or about whom"
    assert (found(person="t-1"), found(person="os:test"), found(case_id="case/c/4")) == ([8], [11], [5])
    assert found(since=day + timedelta(hours=3), until=day + timedelta(hours=5)) == [5, 4]
    pages = [*audit_page(engine, AuditFilter(), 4), *audit_page(engine, AuditFilter(), 4, before=8)]
    assert [one.seq for one in pages] == [11, 10, 9, 8, 7, 6, 5, 4]


def test_a_line_names_ids_and_never_what_makes_somebody_valid() -> None:
    li = actor(INSPECTOR)
    assert audit_actor(li).name == "Li", "the only thing that he is known by"
    assert audit_actor(li, token="t-1").name is None
    assert audit_actor(li.model_copy(update={"person": "p-1"})).model_dump(exclude_none=True) == {
        "person": "p-1",
        "role": "inspector",
        "territory": li.territory,
    }
    assert line(file="a\0b\u202e").file == "a\ufffdb\ufffd", "what the database cannot hold, or nobody sees"
    for facts in ({"password": "x"}, {"token": "x"}, {"name": "Li"}, {"long": "x" * 301}):
        with pytest.raises(ValidationError):
            line(facts=facts)
    with pytest.raises(ValidationError):
        line("whatever")  # pyright: ignore[reportArgumentType]
