"""Whatever is refused beyond a case rests on a clause of the campaign's own plan, at every door."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.ledger import create_undo, refused_import
from desk.register import Registrar
from engine.connection import Services
from models.actors import Actor
from models.jobs import CaseReminder
from models.refusals import Refused
from models.register import SubjectFacts
from rules.words.clauses import CLAUSES
from rules.words.refusals import REFUSALS
from rules.words.refusals_campaign import BEYOND_THE_CASE
from store.campaigns import Campaign, add_campaign
from store.jobs import create_job
from tests.api.conftest import Caller
from tests.api.test_imports import row, workbook
from tests.rules.files.text import FOOD_SAFETY, plan_file

pytestmark = pytest.mark.clause("contracts §1")
ROOT = Path(__file__).parents[2]
HERE, KARAMAY = "650102", "650203"
INSPECTOR = Actor(role="inspector", name="Ai", territory=HERE)
STRANGER = Actor(role="inspector", name="Li", territory=KARAMAY)


@pytest.fixture
def food(services: Services) -> Campaign:
    """The second plan's campaign."""
    return add_campaign(services.engine, plan_file(FOOD_SAFETY), 2026)


def clauses(node: Any) -> set[str]:
    """Every clause that stands in a plan."""
    if isinstance(node, dict):
        here = {node["clause"]} if "clause" in node else set()
        return here.union(*map(clauses, node.values()))
    return set().union(*map(clauses, node)) if isinstance(node, list | tuple) else set()


def own(campaign: Campaign, rule: str | None) -> bool:
    return rule is not None and rule in clauses(campaign.plan.model_dump())


def test_the_register_and_orders_over_many_rows(services: Services, food: Campaign) -> None:
    registrar = Registrar(services.engine, food.plan, services.temporal, services.sealing)
    for wrong, code in (({"district": KARAMAY}, "unknown_district"), ({"sector": "fireworks"}, "unknown_sector")):
        facts = SubjectFacts.model_validate({"name": "A bakery", "district": HERE, **wrong})
        refused = registrar.add("a", facts, INSPECTOR)
        assert isinstance(refused, Refused) and refused.code == code and own(food, refused.rule), refused
    refused = refused_import(food, STRANGER)
    assert refused is not None and refused.code == "unknown_district" and own(food, refused.rule), refused
    items = [("row 1", CaseReminder(case_id="case/a/b"))]
    job = create_job(services.engine, "running", "import", food.campaign_id, str(INSPECTOR), {}, items)
    refused = create_undo(services.engine, services.signer, job, None, "a wrong file")
    assert isinstance(refused, Refused) and refused.code == "import_running" and own(food, refused.rule), refused


async def test_the_api(calls: Caller, food: Campaign) -> None:
    for wrong in ({"district": KARAMAY}, {"sector": "fireworks"}):
        subject = {"name": "A bakery", "district": HERE, **wrong}
        told = (await calls(str(INSPECTOR)).post("/api/v1/cases", json={"subject": subject})).json()
        assert told["code"].startswith("unknown_") and own(food, told["rule"]), told
    for content in (b"no workbook", workbook(row("甲厂"))):
        told = (await calls(str(INSPECTOR)).post("/api/v1/imports", content=content)).json()
        assert told["status"] == 422 and own(food, told["rule"]), told


def uncited(tree: ast.AST, within: tuple[str, ...] = ()) -> Iterator[str]:
    """The codes that stand in a `refuse(…)` outside a `cited(…)`."""
    for node in ast.iter_child_nodes(tree):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name == "refuse" and "cited" not in within:
            first = node.args[0]  # pyright: ignore[reportAttributeAccessIssue] -- a call
            if isinstance(first, ast.Constant):
                yield str(first.value)
        yield from uncited(node, (*within, name))


@pytest.mark.parametrize("room", ["activities", "api", "cli", "desk", "store", "web", "workers", "workflows"])
def test_who_refuses_by_a_clause_of_the_notice_cites_the_plan(room: str) -> None:
    """`rules` cites in `decide` and where it judges the register; whoever refuses beyond them does it there."""
    by_clause = {code for code, (rule, *_) in (REFUSALS | BEYOND_THE_CASE).items() if rule in CLAUSES}
    files = sorted((ROOT / room).rglob("*.py"))
    assert files and "import_running" in by_clause
    found = {(f.name, code) for f in files for code in uncited(ast.parse(f.read_text(encoding="utf-8")))}
    assert {(name, code) for name, code in found if code in by_clause} == set()
