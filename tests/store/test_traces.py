"""Every deed has a place in the record where its trace stands, and every refusal of one: none is done unseen."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine, text

from models.audit import AuditKind
from models.campaign import AnyCampaignCommand
from models.commands import AnyCommand
from rules.access.deeds import DEEDS

ROOT = Path(__file__).parents[2]
CASE_LOG = {str(one.model_fields["do"].default) for one in get_args(AnyCommand)}
"""A command's own line in the log of its case, with whoever gave it."""
CAMPAIGN_LOG = {
    "open_cases": "cases_opened",
    "move_boundary": "boundary_moved",
    "complete_now": "boundary_moved",
    "publish_working_days": "working_days_published",
}
AUDIT_LOG: dict[str, set[AuditKind]] = {
    **{
        deed: {"register_changed"}
        for deed in ("add", "change", "licence", "person", "cease", "resume", "move", "merge")
    },
    "manage_people": {"permission_given", "permission_revoked"},
    "take_up_codes": {"permission_given", "permission_revoked"},
    "change_ways_in": {"permission_given", "permission_revoked"},
    "declare_live": {"declared_live"},
    "manage_tokens": {"permission_given", "permission_revoked"},
    "maintain": {"schedule_changed", "order_given", "order_ended"},
    "erase_case": {"case_erased"},
    "read_sealed": {"sealed_data_read"},
    "self_inspect": {"self_inspected"},
}
READING = {"read", "read_own", "read_audit", "operate"}
"""Changes nothing; what leaves the house is noted (`exported`)."""


def test_every_deed_leaves_its_trace_in_one_place() -> None:
    places = [CASE_LOG, set(CAMPAIGN_LOG), set(AUDIT_LOG), READING]
    for deed in DEEDS:
        assert sum(deed in place for place in places) == 1, f"{deed}: say where its trace stands"
    assert set().union(*places) == set(DEEDS), "no place for what is no deed"
    assert set(CAMPAIGN_LOG) == {str(one.model_fields["do"].default) for one in get_args(AnyCampaignCommand)}


def test_every_kind_of_the_audit_log_is_written_somewhere() -> None:
    written = {kind for file in _product() for kind in _kinds(file)}
    assert set(get_args(AuditKind)) <= written, "a kind that nobody writes"


@pytest.mark.parametrize("table", ["campaign_log", "calendar_moves", "certificates", "subject_changes", "case_log"])
def test_no_trace_can_be_changed(engine: Engine, table: str) -> None:
    with engine.connect() as connection:
        sql = "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND tgname LIKE '%append_only'"
        assert connection.execute(text(sql), {"table": table}).scalar() == 1


def _product() -> Iterator[Path]:
    for room in ("activities", "cli", "desk", "engine", "serving", "store", "web", "workers", "api"):
        yield from (ROOT / room).rglob("*.py")


def _kinds(file: Path) -> Iterator[str]:
    """Kinds that a file names: as `kind=` of a line, or as a plain word handed to whoever makes one."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and node.value in get_args(AuditKind):
            yield str(node.value)
