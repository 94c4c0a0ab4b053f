"""Whoever owns the database alters the register: verification holds it against the audit log, and finds it."""

from datetime import date

import pytest
from sqlalchemy import Engine, text

from desk.audit import check_record
from desk.heads import SignedHeads
from engine.connection import Services
from models.actors import Actor
from models.register import Licence, ResponsiblePerson, SubjectFacts
from store.audit import AuditFilter, audit_page, note
from store.campaigns import Campaign
from store.subjects import add_subject, cease_subject, change_subject, keep_licence, keep_person, merge_subjects
from tests.cast import HERE, actor
from tests.durable.office import instant
from tests.store.paper import opened, write

_AS_WRITTEN = "sha256:da85d39413b0baae86b5b1e2eeefe27326c15378b4a065630789db482531b104"
CLERK: Actor = actor("office:周主任@650200")


@pytest.fixture
def register(services: Services, campaign: Campaign) -> Engine:
    """Three subjects with whatever is written of a subject, and one that came with its case."""
    engine = services.engine
    for one, name in (("s-one", "东湖加油站"), ("s-two", "东湖油品分站"), ("s-far", "远山煤矿")):
        add_subject(engine, one, SubjectFacts(name=name, district=HERE, longitude=84.0, latitude=45.5), CLERK)
    change_subject(
        engine, "s-one", 1, SubjectFacts(name="东湖加油站", district=HERE, street="昆仑路"), CLERK, reason="x"
    )
    keep_licence(engine, "s-one", Licence(kind="采矿许可证", expires_on=date(2027, 6, 1)), CLERK)
    keep_person(engine, "s-one", ResponsiblePerson(name="钱某某", phone="13800138000"), CLERK, services.sealing)
    cease_subject(engine, "s-far", 1, date(2027, 5, 1), CLERK, "停产")
    merge_subjects(engine, "s-two", "s-one", CLERK, "重复登记")
    write(engine, campaign.plan, [opened(campaign, f"case/{campaign.campaign_id}/s-case", instant("05-10"))])
    return engine


def test_a_register_that_nobody_altered_is_vouched_for_by_the_audit_log(register: Engine, heads: SignedHeads) -> None:
    checked = check_record(register, heads)
    assert checked.differences == () and checked.register_changes == 8


@pytest.mark.parametrize(
    ("altered", "code", "subject"),
    [
        ("UPDATE subjects SET district = '650204' WHERE subject_id = 's-one'", "register_differs", "s-one"),
        (
            "UPDATE subjects SET state = 'active', ceased_on = NULL WHERE subject_id = 's-far'",
            "register_differs",
            "s-far",
        ),
        ("UPDATE subjects SET merged_into = 's-far' WHERE subject_id = 's-two'", "register_differs", "s-two"),
        (
            "INSERT INTO subjects (subject_id, name, kind, district, name_key, found_by, grams)"
            " VALUES ('s-new', 'x', 'enterprise', '650203', 'x', 'x', '{}')",
            "register_differs",
            "s-new",
        ),
        (
            'UPDATE subject_changes SET after = after || \'{"name": "东湖"}\''
            " WHERE subject_id = 's-one' AND version = 2",
            "register_rewritten",
            "s-one",
        ),
        (
            "UPDATE subject_changes SET after = '{}' WHERE subject_id = 's-one' AND version = 3",
            "register_rewritten",
            "s-one",
        ),
        ("DELETE FROM subject_changes WHERE subject_id = 's-one' AND version = 2", "register_change_gone", "s-one"),
    ],
)
def test_what_was_altered_beside_the_audit_log_is_found(
    register: Engine, services: Services, heads: SignedHeads, altered: str, code: str, subject: str
) -> None:
    with services.owner.begin() as connection:
        for table in ("subjects", "subject_changes"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        assert connection.execute(text(altered.replace(":", "\\:"))).rowcount == 1
    [found] = check_record(register, heads).differences
    assert found.code == code and subject in found.what and subject in found.zh


_FORGED = """INSERT INTO subject_changes (subject_id, version, "do", "by", after)
    SELECT subject_id, 5, 'move', 'x', after || '{"district"\\: "650204", "version"\\: 5}' FROM subject_changes
    WHERE subject_id = 's-one' AND version = 4"""


@pytest.mark.parametrize(
    ("forged", "code"),
    [
        (
            (
                "UPDATE subjects SET district = '650204' WHERE subject_id = 's-one'",
                """UPDATE subject_changes SET after = after || '{"district"\\: "650204"}'
                WHERE subject_id = 's-one' AND version = 4""",
            ),
            "register_rewritten",
        ),
        (
            ("UPDATE subjects SET district = '650204', version = 5 WHERE subject_id = 's-one'", _FORGED),
            "register_change_untold",
        ),
        (
            (
                "ALTER TABLE subject_changes DROP CONSTRAINT fk_subject_changes_subject_id",
                "DELETE FROM subjects WHERE subject_id = 's-far'",
            ),
            "register_differs",
        ),
    ],
)
def test_whoever_alters_register_and_its_log_alike_is_found_by_the_audit_log(
    register: Engine, services: Services, heads: SignedHeads, forged: tuple[str, ...], code: str
) -> None:
    with services.owner.begin() as connection:
        connection.execute(text("ALTER TABLE subject_changes DISABLE TRIGGER USER"))
        for statement in forged:
            connection.execute(text(statement))
    assert [d.code for d in check_record(register, heads).differences] == [code]


def test_a_second_line_for_a_version_vouches_for_nothing(
    register: Engine, services: Services, heads: SignedHeads
) -> None:
    [line] = audit_page(register, AuditFilter(kind="register_changed", subjects=("s-far",)), 1)
    note(register, line.model_copy(update={"facts": {**line.facts, "digest": "sha256:0"}}))
    assert [d.code for d in check_record(register, heads).differences] == ["register_rewritten"]


def test_a_change_is_hashed_as_it_was_written_then(register: Engine) -> None:
    """A field that is added later, or a sign that is read otherwise, would make every old line a forgery."""
    [first] = [d for d in audit_page(register, AuditFilter(subjects=("s-two",)), 9) if d.facts.get("deed") == "add"]
    assert first.facts["digest"] == _AS_WRITTEN
