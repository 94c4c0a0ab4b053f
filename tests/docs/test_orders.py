"""docs/orders.md is as the code writes it, and has every command with every field."""

import re
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from docs import generate
from docs.orders import SAID_ONCE, orders
from docs.schemas import fields, told
from models.commands import AnyCommand, Command, Refs, Texts

RENEW = f"docs/orders.md is not what the code writes; renew it: .venv/bin/{generate.COMMAND}"
KINDS: tuple[type[Command], ...] = get_args(AnyCommand)


def sections() -> dict[str, set[str]]:
    """The fields that the committed file has, by the first word of a heading."""
    parts = re.split(r"^##+ ", generate.ORDERS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.split()[0]: set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in parts}


def test_the_committed_file_is_the_generated_one() -> None:
    assert generate.ORDERS.read_text(encoding="utf-8") == orders(generate.plan_file().plan), RENEW


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_command_is_documented(kind: type[Command]) -> None:
    names = {field.alias or name for name, field in kind.model_fields.items()}
    assert sections()[kind.model_fields["do"].default] == names - SAID_ONCE, RENEW


def test_what_every_command_carries_is_said_once() -> None:
    assert sections()["Every"] | {"do"} == SAID_ONCE


@pytest.mark.parametrize("texts", [Refs, Texts])
def test_a_list_of_one_text_may_be_the_text(texts: Any) -> None:
    assert TypeAdapter(texts).validate_python("one") == ("one",)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 9}, "text of 1 to 9 characters"),
        ({"type": "string", "maxLength": 9}, "text up to 9 characters"),
        ({"type": "string", "format": "date"}, "day"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "instant"),
        ({"anyOf": [{"const": "a"}, {"enum": ["b"]}]}, "one of `a`, `b`"),
        ({"type": "array", "items": {"$ref": "#/a/Fine"}, "minItems": 1}, "list of [Fine](#fine); 1 or more"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number from 1 to 9"),
        ({"anyOf": [{"type": "number", "exclusiveMinimum": 0.0}, {"type": "string"}]}, "number above 0; may be text"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "names, each with yes or no"),
    ],
)
def test_a_type_is_told_in_plain_words(schema: dict[str, Any], words: str) -> None:
    assert told(schema)[0] == words


def test_what_is_needed_and_what_stands_where_a_field_is_left_out() -> None:
    flag = {"type": "boolean", "default": False}
    rows = fields({"required": ["a"], "properties": {"a": {"type": "integer"}, "b": flag, "c": {"type": "integer"}}})
    assert [row[-1] for row in rows] == ["needed 必填", "`false`", "–"]


def test_a_type_without_words_is_told() -> None:
    with pytest.raises(ValueError, match="no words"):
        told({"type": "file"})
