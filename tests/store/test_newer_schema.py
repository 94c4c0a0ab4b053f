"""Old code on a newer schema: it goes on where the newer version only added, and refuses with a sentence where not.

`--newer-schema` runs any other tests on such a schema (tests/README.md).
"""

import json
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from engine.connection import Services
from store.campaigns import Campaign
from store.differences import BrokenLog, NewerLog
from store.migrate import (
    SchemaAhead,
    SchemaBehind,
    migrate,
    newest_revision,
    require_schema,
    revision_of,
    schema_serves,
    scripts,
)
from store.verify import check_case, fold_case, rebuild_case
from tests.store.expanding import statements_of, takes_away
from tests.store.newer import REVISION, contract, expand
from tests.store.older import before
from tests.store.paper import long_case, write

Change = Callable[[dict[str, Any]], dict[str, Any]]
FIRST = "0031"
"""Code of before refuses every schema but its own: what migrations up to here did is no matter."""


def test_old_code_goes_on_where_a_newer_version_has_only_added(services: Services, campaign: Campaign) -> None:
    expand(services.owner)
    require_schema(services.engine)
    migrate(services.owner)
    assert revision_of(services.engine) == REVISION, "what a newer version has migrated stays as it is"
    log = long_case(campaign, 31)
    write(services.engine, campaign.plan, log)
    case_id = str(log[0].events[0].case_id)
    assert check_case(services.engine, case_id) == []
    rebuild_case(services.owner, case_id)
    assert check_case(services.engine, case_id) == []


def test_old_code_refuses_where_a_newer_version_has_taken_away(services: Services) -> None:
    expand(services.owner)
    contract(services.owner)
    assert not schema_serves(services.engine)
    for refused in (lambda: require_schema(services.engine), lambda: migrate(services.owner)):
        with pytest.raises(SchemaAhead):
            refused()
    assert "newer version" in SchemaAhead.problem["en"] and "较新的版本" in SchemaAhead.problem["zh"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: body | {"events": [{"kind": "of_august", "what": "x"}]}, "line_newer"),
        (lambda body: body | {"of_august": "x"}, "line_newer"),
        (lambda _: {"of_august": "x"}, "line_unreadable"),
    ],
)
def test_a_line_of_a_newer_version_is_told_as_such(
    superuser: psycopg.Connection, engine: Engine, campaign: Campaign, change: Change, code: str
) -> None:
    log = long_case(campaign, 31)
    write(engine, campaign.plan, log)
    body = json.dumps(change(json.loads(log[-1].model_dump_json())))
    append = """INSERT INTO case_log (case_id, seq, command_id, "do", at, body, hash)
    SELECT case_id, seq + 1, 'later', 'later', at, %(body)s,
        CASE WHEN %(forged)s THEN 'x' ELSE encode(sha256(convert_to(hash || %(body)s, 'UTF8')), 'hex') END
    FROM case_log ORDER BY seq DESC LIMIT 1 RETURNING case_id"""
    for forged, told in ((False, code), (True, "line_unreadable")):
        row = superuser.execute(append, {"body": body, "forged": forged}).fetchone()
        assert row is not None
        superuser.commit()
        assert [found.code for found in check_case(engine, row[0])] == [told]
        with pytest.raises(NewerLog if told == "line_newer" else BrokenLog):
            fold_case(engine, row[0])
        superuser.execute("ALTER TABLE case_log DISABLE TRIGGER ALL")
        superuser.execute("DELETE FROM case_log WHERE command_id = 'later'")
        superuser.execute("ALTER TABLE case_log ENABLE TRIGGER ALL")
        superuser.commit()


def test_new_code_asks_for_the_migration(services: Services, superuser: psycopg.Connection) -> None:
    assert schema_serves(services.engine)
    before(FIRST, superuser)
    with pytest.raises(SchemaBehind):
        require_schema(services.engine)
    migrate(services.owner)
    require_schema(services.engine)


def test_what_a_migration_needs_of_code_is_kept_in_the_database(services: Services) -> None:
    scripts_up_to_now = list(scripts().walk_revisions())
    stated = [s.module.serves_from for s in scripts_up_to_now if hasattr(s.module, "serves_from")]
    with services.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT from_revision FROM schema_serves").scalars().all()
    assert kept == stated[:1]
    assert kept[0] <= (newest_revision() or "")


def test_a_migration_that_takes_something_away_says_from_which_code_on_it_serves() -> None:
    later = takewhile(lambda script: script.revision >= FIRST, scripts().walk_revisions())
    silent = {
        script.revision: found
        for script in later
        if (found := takes_away(statements_of(script.module))) and not hasattr(script.module, "serves_from")
    }
    assert silent == {}, (
        "the version before this migration may fail on it. First add; take away in a later version, and there write "
        'serves_from = "NNNN": the newest migration that code must know to go on. Where the version before is not '
        "hurt, write the number that held before."
    )


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("ALTER TABLE cases ADD COLUMN a text", []),
        ("ALTER TABLE cases ADD COLUMN a text NOT NULL DEFAULT ''", []),
        ("ALTER TABLE cases ADD COLUMN a text NOT NULL", ["wants a value of a new column"]),
        ("ALTER TABLE cases ALTER COLUMN a SET NOT NULL", ["wants a value"]),
        ("ALTER TABLE cases ALTER COLUMN a TYPE bigint", ["changes a type"]),
        ("ALTER TABLE cases DROP COLUMN a", ["drops a part of a table"]),
        ("ALTER TABLE cases DROP a, DROP b", ["drops a part of a table"]),
        ("ALTER TABLE cases ALTER COLUMN a DROP NOT NULL", []),
        ("ALTER TABLE cases ALTER COLUMN a DROP DEFAULT", ["takes a default away"]),
        ("ALTER TABLE cases RENAME COLUMN a TO b", ["renames"]),
        ("ALTER TABLE cases ADD CONSTRAINT c CHECK (a > 0)", ["adds a condition"]),
        ("DROP TABLE cases", ["drops"]),
        ("DROP INDEX ix_a", []),
        ("CREATE INDEX ix_a ON cases (a)", []),
        ("CREATE UNIQUE INDEX ix_a ON cases (a)", ["allows no duplicate"]),
        ("CREATE TABLE a (b text NOT NULL); CREATE UNIQUE INDEX ix_a ON a (b)", []),
        ("CREATE TABLE a (b text); ALTER TABLE a ENABLE ROW LEVEL SECURITY", []),
        ("ALTER TABLE cases ENABLE ROW LEVEL SECURITY", ["hides rows"]),
        ("DROP POLICY own_reach ON cases", ["drops"]),
        ("REVOKE SELECT ON cases FROM rectify_app", ["takes a right away"]),
        ("DO $$ BEGIN REVOKE SELECT ON cases FROM rectify_app; END $$", ["takes a right away"]),
        ("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$", ["refuses"]),
    ],
)
def test_the_lint_knows_what_older_code_does_not_bear(sql: str, found: list[str]) -> None:
    assert takes_away(sql) == found


def test_the_lint_reads_real_migrations() -> None:
    readable = takewhile(lambda script: script.revision > "0020", scripts().walk_revisions())  # which asks as it goes
    told = {script.revision: takes_away(statements_of(script.module)) for script in readable}
    assert told["0030"] == [] and told["0031"] == []
    assert told["0029"] == ["drops"], "its policies were dropped and made anew"
    assert told["0024"] and told["0021"]
