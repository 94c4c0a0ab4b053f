"""An operator opens a workflow at the Temporal UI and reads the case; nobody else does, and the audit log says so."""

import base64
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import async_playwright

from tests.cli.conftest import Installation
from tests.cli.run import rectify
from tests.cli.test_cli_web import signed_in
from tests.web.chromium import FLAGS, find

SECRET = "氨罐泄漏的那个车间"
"""Stands in the case's history, sealed."""


@pytest.fixture(scope="module")
def opened(cli_home: Installation) -> str:
    """A case whose opening holds the words."""
    facts = ("--by", "inspector:Li@650203", "--name", SECRET, "--district", "650203", "--id", "codec-1")
    return rectify("case", "open", *facts, "--json", env=cli_home.env).json["case_id"]


def addresses(installation: Installation) -> tuple[str, str]:
    """Of pages and UI."""
    up = rectify("up", "--json", env=installation.env, within=200).json
    return up["web"], up["temporal_ui"]


def readings(installation: Installation) -> list[Any]:
    """What the audit log says of sealed data."""
    told = rectify("audit", "list", "--kind", "sealed_data_read", "--json", env=installation.env)
    return told.json["lines"]


async def test_an_admin_reads_the_case_at_the_ui(cli_home: Installation, opened: str) -> None:
    web, ui = addresses(cli_home)
    name, _, token = signed_in(cli_home, web, "admin@650200").partition("=")
    before = len(readings(cli_home))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        context = await browser.new_context(viewport={"width": 1440, "height": 1200})
        await context.add_cookies([{"name": name, "value": token, "url": "http://127.0.0.1"}])
        page = await context.new_page()
        await page.goto(f"{ui}/namespaces/rectify/workflows/{quote(opened, safe='')}")
        await page.get_by_text('"phases"').first.wait_for(timeout=120_000)  # what the case started with, opened
        await browser.close()
    lines = readings(cli_home)
    lines = lines[: len(lines) - before]
    assert {line["case_id"] for line in lines} == {opened}
    [by] = {(line["by"]["role"], bool(line["by"]["person"])) for line in lines}
    assert by == ("admin", True) and all(line["facts"]["payloads"] >= 1 for line in lines)
    assert SECRET not in json.dumps(lines, ensure_ascii=False)


def sealed(ui: httpx.Client, case_id: str) -> dict[str, Any]:
    """The sealed opening of the case, as the UI gets it from the server."""
    told = ui.get(f"/api/v1/namespaces/rectify/workflows/{quote(case_id, safe='')}/history")
    assert told.status_code == 200, told.text
    accepted = "workflowExecutionUpdateAcceptedEventAttributes"
    [asked] = [event[accepted] for event in told.json()["history"]["events"] if accepted in event]
    return asked["acceptedRequest"]["input"]["args"]


def words_in(payloads: dict[str, Any]) -> str:
    return base64.b64decode(payloads["payloads"][0]["data"]).decode("utf-8", "replace")


def test_without_a_session_or_the_post_nothing_is_opened(cli_home: Installation, opened: str) -> None:
    web, at = addresses(cli_home)
    auditor = {"Origin": at, "Cookie": signed_in(cli_home, web, "auditor@650200")}
    with httpx.Client(base_url=at, headers=auditor, timeout=60) as ui:
        body = sealed(ui, opened)
        assert SECRET not in words_in(body)
        before = len(readings(cli_home))
        inspector = {"Cookie": signed_in(cli_home, web, "inspector@650203")}
        for headers, status, code in (
            ({"Cookie": ""}, 401, "sign_in_needed"),
            (inspector, 403, "role_not_permitted"),
            ({"Origin": web}, 403, "foreign_page"),
            ({"Host": "evil.example"}, 421, "strange_host"),
        ):
            told = ui.post("/codec/decode", json=body, headers=headers)
            assert (told.status_code, told.json()["code"]) == (status, code) and SECRET not in told.text
        wrong = ui.post("/codec/decode", content=b"no payloads")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "no_payloads")
        altered = json.loads(json.dumps(body))
        altered["payloads"][0]["metadata"]["workflow-id"] = base64.b64encode(b"case/another/one").decode()
        assert ui.post("/codec/decode", json=altered).json() == altered  # sealed for one workflow, opened for no other
        assert len(readings(cli_home)) == before
        for _ in range(3):
            told = ui.post("/codec/decode", json=body)
            assert told.status_code == 200 and SECRET in words_in(told.json())
    assert len(readings(cli_home)) == before + 1  # a line a minute, whatever a page asks
