"""Attacks on the doors of one machine: pages of other origins in a browser, and another account of the machine."""

import json
import os
import pwd
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page

from embedded.children import Children
from embedded.databases import Login
from embedded.stack import Endpoints
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from store.case_log import timeline
from tests.people import session
from tests.web.serve import port_of, served, ui_of
from tests.web.test_temporal_ui import QUERY, SIGNAL, Inner, listening, serving

CASE = "case/karamay-2013-2027/demo-157"
OFFICE = "office:周主任@650200"
COMMAND = json.dumps({"do": "add_note", "text": "forged"})
CHANGING = (
    "/sign-in",
    "/sign-out",
    "/sign-in/as",
    "/me/post",
    "/me/sessions/end",
    "/me/tokens/end",
    f"/api/v1/cases/{CASE}/commands",
)
READING = ("/", "/cases", f"/cases/{CASE}", "/me", "/api/v1/cases", f"/api/v1/cases/{CASE}")
TRIES = """async ([posts, gets, body]) => {
  const told = [], seen = x => told.push(x);
  for (const url of posts) for (const kind of ['text/plain', 'application/x-www-form-urlencoded'])
    await fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body, headers: {'Content-Type': kind}})
      .then(a => seen([a.type, a.status, '']), () => seen(['failed', 0, '']));
  for (const url of [...posts, ...gets])
    await fetch(url, {method: posts.includes(url) ? 'POST' : 'GET', credentials: 'include'})
      .then(async a => seen([a.type, a.status, await a.text()]), () => seen(['failed', 0, '']));
  for (const url of gets)
    await new Promise(done => { const i = new Image(); i.onload = () => { seen(['image', 200, url]); done() };
      i.onerror = done; i.src = url });
  for (const url of [...gets, ...posts])
    await new Promise(done => { const w = new WebSocket(url.replace('http', 'ws'));
      w.onopen = () => { seen(['socket', 200, url]); done() }; w.onerror = done });
  return told;
}"""


class _Stranger(BaseHTTPRequestHandler):
    """A page of somebody else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>harmless</title>")

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a web server that belongs to somebody else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def inner() -> Inner:
    """Stands where the Temporal UI listens, and keeps what reaches it."""
    return Inner()


@pytest.fixture
def site(services: Services, town: Campaign, inner: Inner) -> Iterator[str]:
    """Pages, API and gate on plain loopback."""
    own = listening("127.77.8.10")
    at = f"http://127.77.8.10:{own.getsockname()[1]}"
    with serving(inner, [own]), served(services, inner=at) as address:
        yield address


def targets(site: str) -> tuple[list[str], list[str]]:
    """What would change something, and what would be read: of the pages, the API and the gate."""
    ui = ui_of(site)
    posts = [f"{site}{path}" for path in CHANGING] + [f"{ui}{path}" for path in (SIGNAL, QUERY, "/codec/decode")]
    return posts, [*(f"{site}{path}" for path in READING), f"{ui}/api/v1/namespaces", f"{ui}/api/v1/settings"]


def refused_so_far(site: str) -> dict[str, float]:
    """Counted since the start, by code."""
    lines = httpx.get(f"{site}/metrics", trust_env=False).text.splitlines()
    found = [line.partition(" ") for line in lines if line.startswith("rectify_foreign_requests_total{")]
    return {name.partition('"')[2].rstrip('"}'): float(count) for name, _, count in found}


def asked_of(inner: Inner) -> list[str]:
    """What reached the Temporal UI, but for the picture that a browser asks for beside a refusal which it shows."""
    return [path for _, path, _, _ in inner.asked if path != "/favicon.ico"]


async def _reader(browser: Browser, token: str) -> Page:
    """A browser in which somebody is signed in."""
    context = await browser.new_context()
    cookie: Any = {"name": SESSION_COOKIE, "value": token, "url": "http://127.0.0.1", "sameSite": "Lax"}
    await context.add_cookies([cookie])
    return await context.new_page()


@pytest.mark.parametrize("at", ["http://127.0.0.1:{stranger}/", "http://evil.example:{stranger}/"])
async def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(
    mapped_browser: Browser, services: Services, site: str, stranger: int, inner: Inner, at: str
) -> None:
    token, before = session(services, OFFICE), len(timeline(services.engine, CASE))
    page = await _reader(mapped_browser, token)
    await page.goto(at.format(stranger=stranger))
    statuses: list[tuple[str, str, int]] = []
    page.on("response", lambda a: statuses.append((a.request.method, a.url, a.status)))
    posts, gets = targets(site)
    told: list[tuple[str, int, str]] = await page.evaluate(TRIES, [posts, gets, COMMAND])
    assert {(kind, status, text) for kind, status, text in told} <= {("failed", 0, ""), ("opaque", 0, "")}
    assert {status for method, _, status in statuses if method == "POST"} <= {401, 403}, statuses
    for url in posts:  # a form, which the browser sends as a navigation, and whose answer is shown
        await page.goto(at.format(stranger=stranger))
        form = "url => { const f = document.createElement('form'); f.method = 'POST'; f.action = url;"
        async with page.expect_navigation():
            await page.evaluate(f"{form} document.body.append(f); f.submit() }}", url)
        assert "demo-157" not in await page.inner_text("body")
    _nothing_happened(services, site, token, before)
    assert asked_of(inner) == [] and refused_so_far(site)["foreign_page"] >= 2 * len(posts)
    await page.context.close()


async def test_a_page_that_rebinds_its_name_to_this_machine_reads_nothing_and_changes_nothing(
    mapped_browser: Browser, services: Services, site: str, inner: Inner
) -> None:
    token, before = session(services, OFFICE), len(timeline(services.engine, CASE))
    for own in (site, ui_of(site)):
        page = await _reader(mapped_browser, token)
        rebound = f"http://evil.example:{port_of(own)}"
        cookie: Any = {"name": SESSION_COOKIE, "value": token, "url": rebound}
        await page.context.add_cookies([cookie])  # even if somebody had given it away
        shown = await page.goto(f"{rebound}/")
        assert shown is not None and shown.status == 421
        posts, gets = ([url.replace(own, rebound) for url in part if url.startswith(own)] for part in targets(site))
        told: list[tuple[str, int, str]] = await page.evaluate(TRIES, [posts, gets, COMMAND])
        assert {status for _, status, _ in told} == {421}
        assert all("demo-157" not in text for _, _, text in told)
        await page.context.close()
    _nothing_happened(services, site, token, before)
    assert asked_of(inner) == [] and refused_so_far(site)["strange_host"] >= len(CHANGING)


def _nothing_happened(services: Services, site: str, token: str, before: int) -> None:
    """The case's log is as it was, and the session lives."""
    assert len(timeline(services.engine, CASE)) == before
    kept = {"Cookie": f"{SESSION_COOKIE}={token}"}
    assert httpx.get(f"{site}/me", headers=kept, trust_env=False).status_code == 200


# ---------------------------------------------------------------- another account of the machine

_PROGRAM = "/usr/bin/python3"
_TRIES = """
import json, os, socket, ssl, struct, sys, urllib.error, urllib.request
facts, told = json.load(sys.stdin), {"uid": os.getuid(), "read": [], "socket": "", "postgres": [], "temporal": ""}
for name in facts["files"]:
    try:
        open(name, "rb").read(1)
        told["read"].append(name)
    except PermissionError:
        pass
try:
    socket.socket(socket.AF_UNIX).connect(facts["socket"])
    told["socket"] = "open"
except PermissionError:
    told["socket"] = "refused"
for user in ("postgres", facts["role"]):
    with socket.create_connection(("127.0.0.1", facts["postgres"]), 10) as raw:
        words = b"".join(w.encode() + b"\\0" for w in ("user", user, "database", facts["database"])) + b"\\0"
        raw.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
        kind, _, code = struct.unpack("!cii", raw.recv(9))
        told["postgres"].append([kind.decode(), code])
anybody = ssl.create_default_context()
anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
try:
    with socket.create_connection(("127.0.0.1", facts["temporal"]), 10) as raw:
        with anybody.wrap_socket(raw) as closed:
            closed.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n")
            told["temporal"] = "open" if closed.recv(1) else "closed"
except (ssl.SSLError, ConnectionError) as why:
    told["temporal"] = type(why).__name__
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
def ask(path, method="GET"):
    asked = urllib.request.Request(facts["site"] + path, method=method, data=b"{}" if method == "POST" else None)
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(asked, timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code
told["web"] = [ask(path) for path in facts["reading"]]
told["forged"] = [ask(path, "POST") for path in facts["changing"]]
print(json.dumps(told))
"""


@pytest.mark.needs_postgres_engine(reason="the trial engine asks nobody for a certificate")
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which(_PROGRAM), reason="only root can act as another account")
def test_another_account_of_the_machine_gets_at_nothing(
    stack: Endpoints, services: Services, site: str, inner: Inner
) -> None:
    nobody, login = pwd.getpwnam("nobody"), Login.of_url(services.endpoints.app_database_url)
    secret = [path for path in stack.home.rglob("*") if path.is_file() and path.parent.name != "run"]
    assert {"door.key", "work.key", "client.pem", "endpoints.json", "PG_VERSION"} <= {p.name for p in secret}
    cluster = Children(stack.home).find("postgres")
    assert cluster is not None
    [line] = [line for line in Path("/proc/net/unix").read_text().splitlines() if line.endswith(f".PGSQL.{login.port}")]
    facts: dict[str, Any] = {
        "files": [str(path) for path in secret[:4000]],
        "socket": line.split()[-1],
        "role": login.user,
        "database": login.database,
        "postgres": login.port,
        "temporal": int(stack.temporal_address.rpartition(":")[2]),
        "site": site,
        "reading": READING,
        "changing": CHANGING,
    }
    ran = subprocess.run(
        [_PROGRAM, "-I", "-c", _TRIES],
        user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/", env={},
        input=json.dumps(facts), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["uid"] == nobody.pw_uid and told["read"] == [] and told["socket"] == "refused"
    assert all(kind == "E" or code not in (0,) for kind, code in told["postgres"]), told["postgres"]
    assert told["temporal"] not in ("", "open")
    assert set(told["web"]) <= {303, 401} and set(told["forged"]) <= {401, 403}
    assert inner.asked == []
