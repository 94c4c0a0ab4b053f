"""The people of the demonstration: one for every role, and those of each district by whom the stories are played."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine

from desk import people as desk
from desk.sign_in import hash_password
from engine.operator import operator
from models.actors import Role
from models.people import Post
from models.plan import Plan
from store import people, sessions
from store.subject_search import find_subject

SPEAKS_FOR = "demo-157"  # the subject whose people can sign in


class Part(NamedTuple):
    """Somebody to be played, without a name of any person's."""

    name: str
    login: str
    role: Role
    territory: str
    sector: str | None = None
    subject_id: str | None = None


def cast(plan: Plan, spoken_for: tuple[str, str] | None) -> list[Part]:
    """Those of each district, then those of the whole city; `spoken_for`: a subject and its district."""
    parts: list[Part] = []
    for district in plan.districts:
        parts += [
            Part("检查员1", f"inspector1-{district.id}", "inspector", district.id),
            Part("检查员2", f"inspector2-{district.id}", "inspector", district.id),
            Part("检查员3", f"inspector3-{district.id}", "inspector", district.id),
            Part("区局负责人", f"supervisor-{district.id}", "supervisor", district.id),
            Part("区政府", f"government-{district.id}", "government", district.id),
        ]
    parts += [
        Part("安委会办公室", "office", "office", plan.city),
        Part("行业主管部门", "regulator", "regulator", plan.city, plan.sectors[0].id),
        Part("审计员", "auditor", "auditor", plan.city),
        Part("系统管理员", "admin", "admin", plan.city),
    ]
    if spoken_for is not None:
        subject_id, district = spoken_for
        parts.append(Part("企业安全员", "enterprise", "enterprise", district, subject_id=subject_id))
    return parts


def make_people(engine: Engine, plan: Plan, password: str, now: datetime) -> int:
    """Add all of them, with one password; how many there are. None where there are some already."""
    if any(person.is_demo for person in people.people(engine)):
        return 0
    subject = find_subject(engine, SPEAKS_FOR)
    parts = cast(plan, (subject.subject_id, subject.district) if subject else None)
    hashed = hash_password(password)
    for part in parts:
        post = Post(
            post_id="",
            person_id="",
            role=part.role,
            territory=part.territory,
            sector=part.sector,
            subject_id=part.subject_id,
            since_at=now,
        )
        added = desk.add(engine, operator(), part.name, part.login, [post], now, is_demo=True)
        with engine.begin() as connection:
            sessions.set_password(connection, added.account_id, hashed)
    return len(parts)
