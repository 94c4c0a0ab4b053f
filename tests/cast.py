"""Who acts in the tests, where, and what they hand in: one cast for every room. Nobody here exists.

Persons are written as commands take them, `role:name@territory`.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from models.actors import Actor, parse_actor
from models.plan import Plan
from rules.files.plan_check import PlanFile, read_plan

PLAN_PATH = Path(__file__).parents[1] / "campaigns" / "karamay-2013.toml"

HERE = "650203"
ELSEWHERE = "650202"
CITY = "650200"
INSPECTOR = f"inspector:Li@{HERE}"
COLLEAGUE = f"inspector:Ma@{HERE}"
SUPERVISOR = f"supervisor:Wang@{HERE}"
GOVERNMENT = f"government:Zhao@{HERE}"
OFFICE = f"office:Qian@{CITY}"
ENTERPRISE = f"enterprise:Sun@{HERE}"

CHECKS = ("power_and_water_cut", "equipment_removed", "materials_cleared", "licences_revoked", "site_sealed")
"""The five checks of a closure (3.2.must2)."""
PROOF: dict[str, dict[str, Any]] = {
    "suspend": {"supervision": ["a resident supervisor"]},
    "close": {"checks": list(CHECKS)},
    "fine": {"receipt": "receipt 1"},
    "refer": {"letter": "letter 1", "receipt": "receipt 2"},
}
"""What proves that each must was executed."""
ALL_MET = {"measures": True, "licences": True, "safety": True}
"""The conditions of a restart, each met (3.1.restart)."""
UPPER_LIMIT: dict[str, Any] = {
    "article": "fixed",
    "unit": 100000,
    "persons": [{"name": "Sun", "amount": 10000}],
}
"""A fine at the upper limit of an article with a fixed amount."""


def actor(written: str) -> Actor:
    """The person as the code has it."""
    return Actor.model_validate(parse_actor(written))


@cache
def plan_file() -> PlanFile:
    """The shipped plan as its file is read."""
    read = read_plan(PLAN_PATH.read_text(encoding="utf-8"), PLAN_PATH.name)
    assert isinstance(read, PlanFile), read
    return read


def plan() -> Plan:
    """The shipped plan."""
    return plan_file().plan


def attached(of: str, name: str = "现场.jpg") -> dict[str, Any]:
    """A picture as a command names it, told apart from others by a word."""
    digest = hashlib.sha256(of.encode()).hexdigest()
    return {"sha256": f"sha256:{digest}", "name": name, "media": "image/jpeg", "size": 1000}
