"""Any YAML, and any mutation of a valid script, gives a course, a refusal, or errors with lines: never an exception."""

import copy
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.files.scripts import COMMANDS, answer_to, script, step, text_of, well_formed

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
printable = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(),
    printable,
    st.dates().map(str),
    st.datetimes().map(lambda d: d.isoformat()),
    st.sampled_from(["a", "650203", "suspend", "general", "inspector:Li@650203", "V01", "2013-06-03T24:00", "major"]),
)
words = (
    st.sampled_from([*COMMANDS, "plan", "steps", "at", "do", "by", "ref", "refs", "must", "fine", "due"]) | printable
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
A_CASE = script(
    step("record_findings", answers={"lawful": False}),
    step("register"),
    step("propose_measure"),
    step("approve_measure"),
    step("record_execution"),
    step("declare_rectified"),
    step("reinspect", verdicts=[{"ref": "a", "passed": False, "note": "still"}]),
    step(
        "propose_measure", must="fine", fine={"article": "fixed", "unit": 1, "persons": [{"name": "Sun", "amount": 1}]}
    ),
    step("accept_restart"),
    step("look_back"),
    earlier_orders=[{"category": "V04", "ordered_at": "2012-09-01"}],
    until="2013-12-31",
)
A_TEXT = text_of(A_CASE)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] * bool(path) + [p for key, value in inner for p in _places(value, (*path, key))]


PLACES = _places(A_CASE)


def _mutated(content: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    content = copy.deepcopy(content)
    *way, last = path
    at = content
    for key in way:
        at = at[key]
    match how:
        case "delete":
            del at[last]
        case "double" if isinstance(at, list):
            at.insert(last, copy.deepcopy(at[last]))
        case "rename" if isinstance(at, dict):
            at[str(value)[:30]] = at.pop(last)
        case "wrap":
            at[last] = [at[last]]
        case _:
            at[last] = value
    return content


@QUICK
@given(st.sampled_from(PLACES), st.sampled_from(["replace", "delete", "double", "rename", "wrap"]), trees)
def test_one_change_to_a_valid_script(path: tuple[Any, ...], how: str, value: Any) -> None:
    text = text_of(_mutated(A_CASE, path, how, value))
    assert well_formed(answer_to(text), text)


@QUICK
@given(st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), trees), min_size=1, max_size=8), st.randoms())
def test_any_commands_in_any_order(acts: list[tuple[str, Any]], chance: Any) -> None:
    steps = []
    for do, value in acts:
        made = step(do)
        if chance.random() < 0.2:
            made[chance.choice(sorted(made))] = value
        steps.append(made)
    text = text_of(script(*steps, until="2014-01-01"))
    assert well_formed(answer_to(text), text)


@QUICK
@given(trees)
def test_any_data(content: Any) -> None:
    text = yaml.safe_dump(content, allow_unicode=True)
    assert well_formed(answer_to(text), text)


@QUICK
@given(printable | st.text(st.sampled_from(":-[]{}&*!|>'\"%@`#,? \n\ta1"), max_size=60))
def test_any_text(text: str) -> None:
    assert well_formed(answer_to(text), text)


@QUICK
@given(st.integers(0, len(A_TEXT)), st.integers(0, 40), st.text(st.sampled_from(":-[]{}&*!'\"# \n\tx1é９"), max_size=6))
def test_a_piece_torn_out_of_a_valid_text(at: int, length: int, instead: str) -> None:
    text = A_TEXT[:at] + instead + A_TEXT[at + length :]
    assert well_formed(answer_to(text), text)
