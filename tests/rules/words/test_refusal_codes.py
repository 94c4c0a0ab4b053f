"""Every refusal code is used by the rules, provoked by a story, and speaks two languages (contracts §1)."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from rules.words.refusals import REFUSALS

STORIES = Path(__file__).parents[1]
RULES = STORIES.parents[1] / "rules"


def texts_in(files: list[Path]) -> set[str]:
    """Every string written in the files."""
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


USED = texts_in([f for f in RULES.rglob("*.py") if f.name != "refusals.py"])
PROVOKED = texts_in([f for room in ("access", "case", "clocks") for f in (STORIES / room).glob("test_*.py")])


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("code", list(REFUSALS))
def test_every_refusal_code_is_used_in_the_rules(code: str) -> None:
    assert code in USED


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("code", list(REFUSALS))
def test_every_refusal_code_is_provoked_by_a_story(code: str) -> None:
    assert code in PROVOKED


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("code", list(REFUSALS))
def test_every_refusal_has_a_stable_code_a_rule_and_a_sentence_in_chinese_and_in_english(code: str) -> None:
    rule, zh, en = REFUSALS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert re.fullmatch(r"[1-4](\.\w+)*|domain §[1-7]|contracts §[1-4]", rule)
    assert re.search("[一-鿿]", zh)
    assert re.search("[A-Za-z]{2}", en)
    assert not re.search("[一-鿿]", en)
    named = {field for sentence in (zh, en) for _, field, _, _ in Formatter().parse(sentence) if field}
    assert all(re.fullmatch(r"[a-z]+(_(zh|en))?", field) for field in named)
