"""The pages and the API as the stack serves them: started, examined, known by token, refused with a remedy."""

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

import pytest

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
    assert status == 200 and cli_home.campaign in page
    told = rectify("doctor", "--json", env=cli_home.env).json["checks"]
    assert {c["name"]: c["ok"] for c in told if c["name"].startswith("web")} == {"web_port": True, "web": True}


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
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
