"""What documents name exists: rules, tests, files; and every clause has its place in docs/plan.md."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.words.refusals import REFUSALS
from rules.words.refusals_campaign import BEYOND_THE_CASE
from tests.docs.documents import DOCUMENTS, FENCE, ROOT, anchor, headings, text_of

PLAN = ROOT / "docs" / "plan.md"
CLAUSES_OF_THE_NOTICE = (
    *("1.goal", "2.1", *(f"2.2.{n}" for n in range(1, 11)), *(f"2.3.{n}" for n in range(1, 13)), "2.3.other"),
    *("3.1", "3.1.questions", "3.1.register", "3.1.ledger", "3.1.restart"),
    *("3.2", "3.2.must1", "3.2.must2", "3.2.must3", "3.2.must4", "3.3"),
    *("4.2", "4.3", "4.4", "plan-due", "4.1", "3.2.integration"),
)
IN_TEXT = re.compile(r"(?<![\w.])(?:1\.goal|2\.[123](?:\.(?:\d+|other))?|3\.[123](?:\.[a-z]+\d?)?|4\.[1-4])(?![\w.])")
CODE = re.compile(r"`((?:\w+/)+\w+\.py):(\w+)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
BESIDE = re.compile(r"(?:domain|contracts) §\d+")
FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")


def product_sources() -> Iterator[Path]:
    """Every file of code in the rooms of the product."""
    aside = {"tests", "docs", "bench", "node_modules"}
    return (file for file in ROOT.glob("[a-z]*/**/*.py") if not aside & set(file.parts))


def _id(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def defined_in(file: Path) -> frozenset[str]:
    """Functions, methods, classes and constants of a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign(targets=targets):
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def clauses_listed() -> set[str]:
    """The ids that head a section or a row of docs/plan.md."""
    listed: set[str] = set()
    for line in PLAN.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            listed |= set(re.findall(r"`([^`]+)`", line))
        elif found := re.match(r"\| `([^`]+)` \|", line):
            listed.add(found[1])
    return listed


def marked(node: Any) -> Iterator[str]:
    """Every clause in a plan's data."""
    if isinstance(node, dict):
        if "clause" in node:
            yield node["clause"]
        for value in node.values():
            yield from marked(value)
    elif isinstance(node, list):
        for item in node:
            yield from marked(item)


@pytest.mark.parametrize("clause", CLAUSES_OF_THE_NOTICE)
def test_every_clause_of_the_notice_has_its_place(clause: str) -> None:
    assert clause in clauses_listed(), f"docs/plan.md has no section or row for `{clause}`"


@pytest.mark.parametrize("file", sorted((ROOT / "campaigns").glob("*.toml")), ids=_id)
def test_every_clause_that_a_plan_marks_has_its_place(file: Path) -> None:
    missing = set(marked(tomllib.loads(file.read_text(encoding="utf-8")))) - clauses_listed()
    assert not missing, f"add to docs/plan.md: {sorted(missing)}"


def test_every_clause_that_rules_cite_has_its_place() -> None:
    cited = {rule for rule, _, _ in (*REFUSALS.values(), *BEYOND_THE_CASE.values())}
    for file in (ROOT / "rules").rglob("*.py"):
        cited |= set(IN_TEXT.findall(file.read_text(encoding="utf-8")))
    missing = cited - clauses_listed()
    assert not missing, f"add to docs/plan.md: {sorted(missing)}"


def rules_explained() -> dict[str, list[str]]:
    """The rows of "Where a rule comes from" in docs/plan.md: the sentences of each rule."""
    section = PLAN.read_text(encoding="utf-8").partition("## Where a rule comes from")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[1:] for cells in rows}


def test_every_rule_beside_the_notice_is_explained_in_both_languages() -> None:
    cited = {rule for rule, _, _ in (*REFUSALS.values(), *BEYOND_THE_CASE.values()) if BESIDE.fullmatch(rule)}
    for file in product_sources():
        cited |= set(BESIDE.findall(file.read_text(encoding="utf-8")))
    explained = rules_explained()
    assert not cited - set(explained), f"add to docs/plan.md: {sorted(cited - set(explained))}"
    for rule, sentences in explained.items():
        assert len(sentences) == 2 and sentences[0].endswith(".") and sentences[1].endswith("。"), rule


def test_a_clause_without_a_rule_says_so() -> None:
    sections = re.split(r"^##+ ", PLAN.read_text(encoding="utf-8"), flags=re.MULTILINE)
    silent = [
        section.splitlines()[0]
        for section in sections
        if section.startswith("`") and not (CODE.search(section) and TEST.search(section)) and "no rule" not in section
    ]
    assert not silent, f"neither rule and test nor 'no rule': {silent}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_named_code_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    wrong = [
        f"{path}:{name}"
        for path, name in CODE.findall(text)
        if not (ROOT / path).is_file() or name not in defined_in(ROOT / path)
    ]
    assert not wrong, f"{_id(document)} names what is not there: {wrong}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_named_tests_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    wrong = [
        f"{path}::{name}"
        for path, name in TEST.findall(text)
        if not (ROOT / path).is_file() or name not in defined_in(ROOT / path)
    ]
    assert not wrong, f"{_id(document)} names tests that are not there: {wrong}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_links_lead_somewhere(document: Path) -> None:
    dead: list[str] = []
    for path, heading in LINK.findall(FENCE.sub("", text_of(document))):
        target = document.parent / path if path else document
        if not target.exists() or (heading and heading not in {anchor(h) for h in headings(text_of(target))}):
            dead.append(f"{path}#{heading}")
    assert not dead, f"{_id(document)} links to what is not there: {dead}"


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d.parent.name != "adr"], ids=_id)
def test_named_files_exist(document: Path) -> None:
    rooms = {folder.name for folder in ROOT.iterdir() if folder.is_dir()}
    named = {path for path in FILE.findall(text_of(document)) if path.split("/")[0] in rooms}
    wrong = sorted(path for path in named if not (ROOT / path).exists())
    assert not wrong, f"{_id(document)} names files that are not there: {wrong}"


def test_what_the_product_needs_is_locked_for_who_installs_no_tools() -> None:
    """`make demo` installs requirements.txt and nothing else."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[^A-Za-z0-9_.-]", one)[0].lower() for one in wanted}
    locked = re.findall(r"^([a-z0-9_.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert names <= set(locked), "run `make lock`"
