"""The pages and the API as the stack serves them: started, examined, known by token, refused with a remedy."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from embedded.stack import Endpoints
from tests.cli.conftest import Installation
from tests.cli.run import CHINESE, ROOT, invoke, rectify


def _get(url: str, token: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as told:
            return told.status, told.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _address(installation: Installation) -> str:
    return rectify("up", "--json", env=installation.env, within=200).json["web"]


def test_up_serves_pages_and_api(cli_home: Installation) -> None:
    address = _address(cli_home)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    assert _get(f"{address}/healthz") == (200, '{"alive":true}')
    assert json.loads(_get(f"{address}/readyz")[1])["checks"]["database"]
    status, page = _get(f"{address}/?lang=en")
    assert status == 200 and cli_home.campaign not in page and "/sign-in" in page  # led to the form
    status, page = _asked(address, "/?lang=en", Cookie=signed_in(cli_home, address, "office@650200"))
    assert status == 200 and cli_home.campaign in page
    told = rectify("doctor", "--json", env=cli_home.env).json["checks"]
    assert {c["name"]: c["ok"] for c in told if c["name"].startswith("web")} == {
        "web_port": True,
        "web": True,
        "web_certificate": True,
    }


def signed_in(installation: Installation, address: str, post: str) -> str:
    """The cookie of somebody new in that post, who came in by the link and the form."""
    login = uuid4().hex[:12]
    added = rectify("user", "add", "周主任", post, "--login", login, "--json", env=installation.env)
    path = added.json["link"].removeprefix(address)
    assert path.startswith("/invited/")
    password = quote("一二三四五六七八九十")
    form = {"Origin": address, "Content-Type": "application/x-www-form-urlencoded"}
    assert _sent(address, path, f"password={password}&again={password}", form).status == 303
    told = _sent(address, "/sign-in", f"login={login}&password={password}", form)
    assert told.status == 303
    return told.headers["Set-Cookie"].partition(";")[0]


def _sent(address: str, path: str, body: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    try:
        asking.request("POST", path, body, headers)
        told = asking.getresponse()
        told.read()
        return told
    finally:
        asking.close()


def _asked(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """One request under a Host of its own, as a page sends whose name was made to point here."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    asking = http.client.HTTPConnection(host, int(port), timeout=60)
    try:
        asking.request(method, path, b"{}" if method == "POST" else None, headers)
        told = asking.getresponse()
        return told.status, told.read().decode()
    finally:
        asking.close()


def test_the_temporal_ui_shows_and_does_nothing_and_answers_no_foreign_name(cli_home: Installation) -> None:
    up = rectify("up", "--json", env=cli_home.env, within=200).json
    ui, inner = (
        up["temporal_ui"],
        Endpoints.model_validate_json((Path(cli_home.env["RECTIFY_HOME"]) / "endpoints.json").read_text()).ui_inner,
    )
    assert inner is not None and not inner.startswith("http://127.0.0.1:")
    facts = ("--by", "inspector:Li@650203", "--name", "A factory", "--district", "650203", "--id", "ui-1")
    running = rectify("case", "open", *facts, "--json", env=cli_home.env).json["case_id"]
    case = f"/api/v1/namespaces/rectify/workflows/{quote(running, safe='')}"
    cookie = signed_in(cli_home, up["web"], "admin@650200")
    assert _asked(ui, "/api/v1/namespaces")[0] == 401
    status, page = _asked(ui, "/namespaces/rectify/workflows", Cookie=cookie)
    assert status == 200 and "svelte" in page
    assert json.loads(_asked(ui, "/api/v1/settings", Cookie=cookie)[1])["DisableWriteActions"] is True
    forged = {"Host": "evil.example", "Origin": "http://evil.example", "Cookie": "_csrf=x", "X-CSRF-TOKEN": "x"}
    for path, method in (("/api/v1/namespaces", "GET"), (f"{case}/signal/inspection_result", "POST")):
        assert _asked(ui, path, method, **forged)[0] == 421
    own = {"X-CSRF-TOKEN": "x", "Origin": ui}
    assert _asked(ui, f"{case}/signal/inspection_result", "POST", Cookie="_csrf=x", **own)[0] == 405
    assert _asked(ui, f"{case}/terminate", "POST", Origin=ui)[0] == 405
    assert _asked(ui, f"{case}/terminate", "POST")[0] == 403  # from nowhere
    status, described = _asked(ui, case, Cookie=cookie)
    assert status == 200 and "CaseStage" in described
    status, told = _asked(ui, f"{case}/query/__temporal_workflow_metadata", "POST", Cookie=f"_csrf=x; {cookie}", **own)
    assert status == 200, told
    [payload] = json.loads(told)["queryResult"]["payloads"]
    assert "/rectify/case" in base64.b64decode(payload["data"]).decode()
    doctor = {c["name"]: c["ok"] for c in rectify("doctor", "--json", env=cli_home.env).json["checks"]}
    assert doctor["open_temporal_ui"] and doctor["open_temporal"]


def test_a_token_opens_the_api_and_is_in_no_log(cli_home: Installation) -> None:
    address = _address(cli_home)
    given = rectify("user", "token", "office:市安委办@650200", "--days", "2", "--json", env=cli_home.env)
    token = given.json["token"]
    assert given.json["actor"] == "office:市安委办@650200" and given.json["expires"].endswith("+08:00")
    plain = rectify("user", "token", "office:市安委办@650200", env=cli_home.env).out.strip()
    for one in (token, plain):
        status, cases = _get(f"{address}/api/v1/cases", one)
        assert status == 200 and "cases" in json.loads(cases)
    assert _get(f"{address}/api/v1/cases")[0] == 401
    logs = "".join(f.read_text(errors="replace") for f in (Path(cli_home.env["RECTIFY_HOME"]) / "logs").iterdir())
    assert token not in logs and token.split(".")[2] not in logs


@pytest.mark.usefixtures("empty_home")
def test_an_actor_of_the_wrong_shape_is_bad_input() -> None:
    told = invoke("user", "token", "nobody", "--json")
    assert (told.code, told.problem["code"]) == (2, "invalid_actor") and CHINESE.search(told.problem["zh"])
    told = invoke("user", "token", "office:市安委办@650200", "--json")
    assert (told.code, told.problem["code"]) == (3, "not_running")


def test_a_port_that_is_taken_is_told(cli_home: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        env = {**cli_home.env, "RECTIFY_WEB_PORT": str(other.getsockname()[1])}
        told = rectify("web", "--json", env=env)
    assert (told.code, told.problem["code"]) == (3, "port_taken") and "RECTIFY_WEB_PORT" in told.problem["remedy_en"]


def test_it_serves_by_itself_until_it_is_asked_to_stop(cli_home: Installation) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, **cli_home.env, "RECTIFY_WEB_PORT": str(port), "LANG": "C.UTF-8"}
    words = [sys.executable, "-P", "-m", "cli.main", "web"]
    with subprocess.Popen(words, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert _get(f"http://127.0.0.1:{port}/healthz")[0] == 200
                break
            except urllib.error.URLError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
