"""Every field of every command: left out, of the wrong type, or hostile (contracts §1)."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from models.commands import CLOCK_COMMANDS, AnyCommand, Command
from tests.rules.files.scripts import (
    AT,
    COMMANDS,
    FINDING,
    answer_to,
    errors_of,
    ran,
    script,
    step,
    text_of,
    well_formed,
)

KINDS = {model.model_fields["do"].default: model for model in get_args(AnyCommand)}
NOT_TYPES: tuple[Any, ...] = (None, "", " ", 0, -1, 1.5, True, [], {}, [[]], [None], [{}], {"x": 1}, "x" * 5_000)
HOSTILE: tuple[Any, ...] = (
    *NOT_TYPES,
    float("nan"),
    float("inf"),
    float("-inf"),
    10**30,
    -(10**30),
    "2013-13-01",
    "9999-12-31",
    "0001-01-01T00:00",
    "１２３４",
    "\x07",
    "a\x00b",
    "\u202eabc",
    "../../etc/passwd",
    "'; DROP TABLE cases; --",
    "{0.__class__}",
    "%s%n",
    "[/red]",
)


def _fields(model: type[BaseModel]) -> list[str]:
    return [f.alias or name for name, f in model.model_fields.items() if name != "do"]


FIELDS = [(do, field) for do, model in KINDS.items() for field in _fields(model)]
REQUIRED = [
    (do, f.alias or name)
    for do, model in KINDS.items()
    for name, f in model.model_fields.items()
    if f.is_required() and name != "command_id"
]


def test_every_command_of_the_contract_is_tried_here() -> None:
    assert set(KINDS) == set(COMMANDS)
    assert all(issubclass(model, Command) for model in KINDS.values())


@pytest.mark.parametrize("do", COMMANDS)
def test_every_valid_command_is_read_and_answered(do: str) -> None:
    (line,) = [line for line in ran(script(step(do)))["steps"] if line["do"] == do]
    assert line["accepted"] or (line["code"] and line["zh"] and line["en"])


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize(("do", "field"), REQUIRED)
def test_a_field_left_out_is_told_by_name_at_the_line_of_its_step(do: str, field: str) -> None:
    if (do, field) == ("open", "subject"):
        content = script({k: v for k, v in step(do).items() if k != field})
        assert ran(content)["steps"][0]["accepted"], "the subject at the head of the script stands for it"
        return
    content = script(step("add_note"), {k: v for k, v in step(do).items() if k != field})
    (error,) = errors_of(content)
    assert error.field == f"steps[1].{field}"
    assert text_of(content).split("\n")[error.line - 1] == f"- at: {AT}"


@pytest.mark.parametrize(("do", "field"), FIELDS)
def test_no_value_of_any_field_breaks_anything(do: str, field: str) -> None:
    for value in HOSTILE:
        text = text_of(script(step("record_findings"), step(do, **{field: value})))
        assert well_formed(answer_to(text), text), value


@pytest.mark.parametrize(
    ("do", "path"),
    [
        ("open", ("subject", "name")),
        ("open", ("subject", "district")),
        ("open", ("subject", "kind")),
        ("record_findings", ("findings", 0, "ref")),
        ("record_findings", ("findings", 0, "category")),
        ("record_findings", ("findings", 0, "grade")),
        ("record_findings", ("findings", 0, "illegal_operation")),
        ("register", ("assignments", 0, "due")),
        ("register", ("assignments", 0, "responsible")),
        ("reinspect", ("verdicts", 0, "passed")),
        ("record_execution", ("details", "supervision")),
        ("record_execution", ("details", "letter")),
        ("accept_restart", ("conditions", "measures")),
    ],
)
def test_no_value_deep_in_a_command_breaks_anything(do: str, path: tuple[Any, ...]) -> None:
    for value in HOSTILE:
        text = text_of(script(_with(step(do), path, value)))
        assert well_formed(answer_to(text), text), value


def _with(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = _with(copy[path[0]] if not isinstance(copy, dict) else copy.get(path[0]), path[1:], value)
    return copy


@pytest.mark.parametrize(
    "amount", [0, -1, -0.01, "nan", "inf", float("nan"), float("inf"), 10**20, 0.001, "ten", "", None, []]
)
def test_an_amount_that_is_no_sum_of_money_is_bad_input(amount: Any) -> None:
    fine = {"article": "fixed", "unit": amount, "persons": []}
    (error,) = errors_of(script(step("propose_measure", must="fine", fine=fine)))
    assert error.field == "steps[0].fine.unit"


@pytest.mark.parametrize("amount", [100000, "100000", "100000.00", 1e5, "1e5", "１０００００"])
def test_a_sum_may_be_written_in_any_way_that_is_one(amount: Any) -> None:
    text = text_of(
        script(step("propose_measure", must="fine", fine={"article": "fixed", "unit": amount, "persons": []}))
    )
    assert well_formed(answer_to(text), text)


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("do", CLOCK_COMMANDS)
def test_the_clocks_commands_are_refused_on_paper_and_are_no_bad_input(do: str) -> None:
    (line,) = [
        x for x in ran(script({"at": AT, "do": do, "by": "office:Qian@650200"}))["steps"] if x["at"].startswith(AT)
    ]
    assert (line["do"], line["accepted"], line["code"]) == (do, False, "clock_only")


@pytest.mark.parametrize("do", ["waive", "", "OPEN", "open ", None, 1, [], {}, "x" * 10_000, "关闭"])
def test_an_unknown_command_is_bad_input_at_its_line(do: Any) -> None:
    content = script(step("add_note"), {"at": AT, "do": do, "by": "inspector:Li@650203"})
    (error,) = errors_of(content)
    assert error.field.startswith("steps[1]")
    assert error.line >= text_of(content).split("\n").index("- at: 2013-06-03T09:00") + 1


@pytest.mark.parametrize(
    "by", ["Li", "inspector:@650203", "mayor:Li@650203", "inspector:Li", ":Li@1", 7, None, [], {}, "a:b@c@d"]
)
def test_an_actor_of_another_shape_is_bad_input(by: Any) -> None:
    (error, *_) = errors_of(script(step("add_note", by=by)))
    assert error.field.startswith("steps[0].by")


def test_an_unknown_field_is_bad_input_at_its_own_line() -> None:
    content = script(step("record_findings", findings=[{**FINDING, "colour": "red"}]))
    (error,) = errors_of(content)
    assert error.field == "steps[0].findings[0].colour"
    assert "colour: red" in text_of(content).split("\n")[error.line - 1]


@pytest.mark.clause("contracts §1")
@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred"])
@pytest.mark.parametrize(
    ("do", "field"), [("add_note", "text"), ("add_note", "note"), ("void", "reason"), ("add_note", "command_id")]
)
def test_a_control_character_in_a_text_is_bad_input(do: str, field: str, text: str) -> None:
    (error,) = errors_of(script(step(do, **{field: text})))
    assert error.field == f"steps[0].{field}"


@pytest.mark.parametrize("text", ["王小明", "Ainur Қайрат", "ئەركىن", "張 三", "O'Brien", "a\nb\tc", "👷", "é"])
def test_names_and_texts_of_any_language_are_kept(text: str) -> None:
    content = script(step("add_note", text=text), subject={"name": text, "district": 650203})
    assert ran(content)["steps"][0]["accepted"]
