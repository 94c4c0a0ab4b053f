"""docs/api.md is as the code writes it; its examples are calls that the OpenAPI document describes."""

import json
import re
import shlex
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.spoken_help import both
from docs import generate
from docs.api import EXAMPLES, api, document, operations
from models.commands import COMMAND

RENEW = f"docs/api.md is not what the code writes; renew it: .venv/bin/{generate.COMMAND}"


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """The document of the application."""
    return document()


def curls() -> list[list[str]]:
    """The words of each example."""
    lines = EXAMPLES.replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("curl ")]


def test_the_committed_file_is_the_generated_one(openapi: dict[str, Any]) -> None:
    assert generate.API.read_text(encoding="utf-8") == api(openapi), RENEW


def test_every_operation_has_its_section_and_a_summary_of_two_languages(openapi: dict[str, Any]) -> None:
    text = generate.API.read_text(encoding="utf-8")
    found = list(operations(openapi))
    assert re.findall(r"^## ([A-Z]+ /.*)$", text, re.MULTILINE) == [f"{method} {path}" for method, path, _ in found]
    summaries = [both(operation["summary"]) for _, _, operation in found]
    assert len(set(summaries)) == len(summaries), "two operations have one summary"


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    text = generate.API.read_text(encoding="utf-8") + generate.ORDERS.read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w\- ]", "", h).replace(" ", "-").lower() for h in re.findall(r"^#+ (.*)$", text, re.M)}
    assert set(re.findall(r"\]\((?:orders\.md)?#([^)]+)\)", text)) <= headings


@pytest.mark.parametrize("words", curls(), ids=" ".join)
def test_an_example_is_a_call_that_exists(words: list[str], openapi: dict[str, Any]) -> None:
    asked = urlsplit(words[-1])
    method = "POST" if {"-d", "--data-binary"} & set(words) else "GET"
    [operation] = [
        operation
        for known, path, operation in operations(openapi)
        if known == method and re.fullmatch(re.sub(r"\{case_id\}", "case/[^/]+/[^/]+", path), asked.path)
    ]
    assert set(parse_qs(asked.query)) <= {p["name"] for p in operation["parameters"]}
    kinds = [word.removeprefix("Content-Type: ") for word in words if word.startswith("Content-Type: ")]
    assert set(kinds) <= set(operation.get("requestBody", {}).get("content", {}))


def test_the_command_of_the_example_is_one() -> None:
    [body] = [json.loads(words[words.index("-d") + 1]) for words in curls() if "-d" in words]
    assert COMMAND.validate_python({**body, "by": "inspector:No.1@650203", "command_id": "x"}).do == "add_note"
