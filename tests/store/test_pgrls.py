"""A linter of row-level security, from outside, finds nothing in the migrated database but what has its reason here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from embedded.databases import READER_ROLES
from engine.connection import Services


class Reason(NamedTuple):
    """Why a finding is none, and of which policies, tables or functions."""

    why: str
    of: tuple[str, ...] = ()


_NOT_READERS = Reason(
    "workers write everywhere, and the office reads all: bound by grants", ("application", "everything")
)
REASONS = {
    "SEC002": Reason("the owner migrates and rebuilds, and is nobody whom a page reads for"),
    "SEC005": _NOT_READERS,
    "SEC007": Reason("each reader has one policy a table (tests/store/test_reading.py): nothing to combine"),
    "SEC008": _NOT_READERS,
    "SEC013": Reason(
        "they refuse changes, or keep a row's place, and read no more than the row's own log, case or tombstone",
        (
            *("append_only", "case_log_only_erased", "erased_cases_are_checked", "subject_changes_only_sealed"),
            *("attachments_only_named", "attachments_kept", "deadlines_placed", "cases_opened", "cases_moved"),
            "spans_moved",
        ),
    ),
    "SEC014": Reason(
        "one numbers and chains a line of the audit; two delete what is past its time, for the application alone",
        ("chain_audit_line", "delete_expired", "delete_unnamed_files"),
    ),
    "SEC028": _NOT_READERS,
    "SEC038": _NOT_READERS,
    "PERF003": Reason("lists ask for the same columns themselves, along their indexes", ("own_reach",)),
}


def test_the_linter_of_row_level_security_is_content(services: Services) -> None:
    address = services.endpoints.database_url.replace("+psycopg", "")
    lint = [Path(sys.executable).parent / "pgrls", "lint", "--schemas=public", "--format=json"]
    told = subprocess.run(lint, env={"DATABASE_URL": address}, capture_output=True, text=True, check=False)
    found = json.loads(told.stdout)["violations"]
    with services.owner.connect() as connection:
        closed = set(
            connection.execute(
                text("""SELECT 'public.' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND NOT has_table_privilege(:one, oid, 'SELECT') AND NOT has_table_privilege(:all, oid, 'SELECT')"""),
                dict(zip(("one", "all"), READER_ROLES, strict=True)),
            ).scalars()
        )
    left = [one for one in found if not _is_excused(one["rule_id"], one["location"], closed)]
    assert [(one["rule_id"], one["location"]) for one in left] == []
    assert {one["rule_id"] for one in found} == {"SEC001", *REASONS}, "no reason outlives its finding"


def _is_excused(rule: str, where: str, closed: set[str]) -> bool:
    if (
        rule == "SEC001"
    ):  # nothing in it is about a case, a subject or a person's message, and no reader has a right to it
        return where in closed
    reason = REASONS.get(rule)
    return reason is not None and (not reason.of or where.endswith(reason.of))
