"""Opening a case under a new subject id while the register has a subject of like name: told, not refused."""

from sqlalchemy import Engine

from models.commands import Open
from models.plan import Plan
from rules.subjects.names import normalised_name
from rules.words.naming import Both, district_named
from store.subject_search import Alike, alike


def named_alike(engine: Engine, command: Open) -> Alike | None:
    """Whom the register has under a like name, before the opening writes the new subject there; one statement.

    Names are compared as those of ledgers are. None for a subject that the register knows by its id.
    """
    subject = command.subject
    key = normalised_name(subject.name)
    return alike(engine, subject.id, key, subject.district) if subject.id and key else None


def like_name_said(plan: Plan, known: Alike, new_id: str) -> Both:
    """Who it is, and what to do if both are one."""
    place = district_named(plan, known.district)
    zh = f"登记簿中已有名称相近的对象：{known.name}，编号 {known.subject_id}，{place.zh}"
    en = f"the register has a subject of like name: {known.name}, id {known.subject_id}, {place.en}"
    if known.case_id:
        zh, en = f"{zh}，在办案件 {known.case_id}", f"{en}, with the open case {known.case_id}"
    merge = f"rectify subject merge {new_id} {known.subject_id}"
    return Both(
        f"{zh}。如为同一对象，今后以该编号纳入排查（--id {known.subject_id}），并以 {merge} 合并；"
        "如非同一对象，不必处理",
        f"{en}. If both are one, open under that id (--id {known.subject_id}) from now on and merge this one into it "
        f"({merge}); if not, there is nothing to do",
    )
