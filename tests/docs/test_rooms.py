"""CONTRIBUTING.md has each room and wing of the tree in the order of the import rules, and each of these rules."""

import re
import tomllib

import pytest

from docs import generate
from tests.docs.documents import ROOT, text_of

TEXT = text_of(ROOT / "CONTRIBUTING.md")
CONTRACTS = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
ORDERS = [[line.split(" | ") for line in c["layers"]] for c in CONTRACTS if c["type"] == "layers"]


def first_cells(heading: str) -> list[list[str]]:
    """The names in the first column of the table whose head begins so, one line a row."""
    tables = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    rows = [row.split("|")[1] for table in tables for row in table.splitlines()]
    return [[name.rstrip("/") for name in re.findall(r"`([^`]+)`", row)] for row in rows]


def test_rooms_stand_in_the_order_of_imports() -> None:
    assert first_cells("room")[: len(ORDERS[0])] == ORDERS[0]


def test_wings_stand_in_the_order_of_imports() -> None:
    told = [[name.removesuffix(".py").replace("/", ".") for name in names] for names in first_cells("wing")]
    judgement = [line for line in told if line[0].startswith("rules.")]
    ledgers = [line for line in told if line[0].startswith("ledgers.")]
    assert [judgement, ledgers] == ORDERS[1:]


def test_every_room_of_the_tree_has_a_sentence() -> None:
    told = {name for names in first_cells("room") for name in names}
    aside = {"build", "rectify.egg-info"}
    rooms = {folder.name for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_"))}
    assert rooms - aside == told


@pytest.mark.parametrize("room", ["rules", "ledgers"])
def test_every_wing_of_the_tree_has_a_sentence(room: str) -> None:
    told = {name for names in first_cells("wing") for name in names if "." not in name}
    wings = {f"{room}/{file.parent.name}" for file in (ROOT / room).glob("*/__init__.py")}
    assert wings == {name for name in told if name.startswith(f"{room}/")}


def test_every_import_rule_is_told_by_name() -> None:
    told = set(re.findall(r"^- (.+)$", TEXT.partition("`lint-imports` holds")[2].partition("\n## ")[0], re.MULTILINE))
    assert told == {c["name"] for c in CONTRACTS if c["type"] != "layers"}


def test_what_is_generated_is_told() -> None:
    for file in (generate.STATES, generate.ACCESS, generate.COMMANDS, generate.ORDERS, generate.API):
        assert f"`docs/{file.name}`" in TEXT
