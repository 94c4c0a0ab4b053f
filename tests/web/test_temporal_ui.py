"""The gate before the Temporal UI: what it lets through, what it refuses, and what it keeps to itself."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from models.actors import ROLES
from models.people import Post, Standing, Visit
from serving.cookies import SESSION_COOKIE
from serving.problems import Trouble
from web.temporal_ui import Behind, Doors, UiGate

CASE = "case%2Fkaramay-2013-2027%2Fdemo-1"
QUERY = f"/api/v1/namespaces/rectify/workflows/{CASE}/query/__temporal_workflow_metadata"
SIGNAL = f"/api/v1/namespaces/rectify/workflows/{CASE}/signal/inspection_result"


class Inner:
    """Stands where the Temporal UI listens: keeps what it is asked, and answers with whatever a server may send."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.headers: list[tuple[bytes, bytes]] = [(b"content-type", b"text/html")]
        self.body = b"a page"
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = (await receive()).get("body", b"")
        path = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        self.asked.append((scope["method"], path, headers, body))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for pages and API."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the board"})


@contextmanager
def serving(app: Any, sockets: list[socket.socket]) -> Iterator[None]:
    """The application on these sockets, from a thread."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()


def listening(host: str = "127.0.0.1") -> socket.socket:
    """A socket on a free port."""
    return socket.create_server((host, 0))


async def known(token: str) -> Visit | None:
    """Whose session it is: the token says which role."""
    now = datetime.now(UTC)
    if token not in ROLES:
        return None
    facts: dict[str, Any] = {"post_id": "o", "person_id": "p", "role": token, "territory": "650200", "since_at": now}
    standing = Standing(post=Post(**facts), person_id="p", name="周主任")
    instants = {"began_at": now, "proven_at": now, "seen_at": now, "expires_at": now}
    ids = {"session_id": "s", "account_id": "a", "person_id": "p", "name": "周主任", "login": "zhou", "device": ""}
    return Visit(standing=standing, **ids, **instants)


async def open_sealed(visit: Visit, body: bytes) -> Response:
    """Says what was asked, and by whom."""
    return Response(f"{visit.person_id} asked {body.decode()}")


@pytest.fixture
def told() -> list[str]:
    """The codes of what the gate refused."""
    return []


@pytest.fixture
def behind(told: list[str]) -> Behind:
    """What the gate asks, and whom it tells."""

    def tell(_: Request, trouble: Trouble) -> None:
        told.append(trouble.problem.code)

    return Behind(known, open_sealed, tell)


@pytest.fixture
def inner() -> Inner:
    """What stands behind the gate."""
    return Inner()


@pytest.fixture
def ports(inner: Inner, behind: Behind) -> Iterator[tuple[int, int]]:
    """The ports of the gate and of the pages, both served by one process."""
    own, ui, web = listening("127.77.8.9"), listening(), listening()
    address = f"http://127.77.8.9:{own.getsockname()[1]}"
    ui_port, web_port = ui.getsockname()[1], web.getsockname()[1]
    doors = Doors(pages, UiGate(address, "rectify", web_port, behind), ui_port)
    with serving(inner, [own]), serving(doors, [ui, web]):
        yield ui_port, web_port


@pytest.fixture
async def gate(ports: tuple[int, int]) -> AsyncIterator[httpx.AsyncClient]:
    """A page of the UI at the gate: a browser says where what it sends comes from."""
    at = f"http://127.0.0.1:{ports[0]}"
    facts: dict[str, Any] = {"cookies": {SESSION_COOKIE: "admin"}, "headers": {"Origin": at}}
    async with httpx.AsyncClient(base_url=at, trust_env=False, **facts) as client:
        yield client


@pytest.mark.parametrize("role", ["inspector", "supervisor", "government", "regulator", "enterprise", "nobody", None])
async def test_nobody_but_operators_who_signed_in_gets_behind_the_gate(
    ports: tuple[int, int], inner: Inner, role: str | None
) -> None:
    cookies = {SESSION_COOKIE: role} if role else {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}", trust_env=False, cookies=cookies) as client:
        told = await client.get("/api/v1/namespaces", headers={"Accept": "application/json"})
        page = await client.get("/", headers={"Accept": "text/html"})
    if role in (None, "nobody"):
        assert told.status_code == 401 and told.json()["code"] == "sign_in_needed"
        assert page.status_code == 303 and page.headers["location"] == f"http://127.0.0.1:{ports[1]}/sign-in"
    else:
        assert told.status_code == page.status_code == 403 and told.json()["code"] == "role_not_permitted"
    assert inner.asked == []


async def test_each_port_has_its_own_application(ports: tuple[int, int], gate: httpx.AsyncClient) -> None:
    assert (await gate.get("/namespaces")).text == "a page"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://127.0.0.1:{ports[1]}/namespaces")).text == "the board"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8233", "127.0.0.1.evil.example", "", "10.0.0.1"])
async def test_a_foreign_name_is_refused(gate: httpx.AsyncClient, inner: Inner, host: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/api/v1/namespaces"), ("POST", SIGNAL), ("POST", QUERY)):
        told = await gate.request(method, path, headers={"Host": host})
        assert told.status_code in (400, 421), told.text
        assert not told.headers.get("set-cookie")
    assert inner.asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SIGNAL),
        ("POST", f"/api/v1/namespaces/rectify/workflows/{CASE}/terminate"),
        ("POST", f"/api/v1/namespaces/rectify/workflows/{CASE}/update/submit"),
        ("POST", "/api/v1/namespaces/rectify/workflows/x%2Fquery%2Fy/signal/inspection_result"),
        ("POST", "/api/v1/namespaces/rectify/workflows/x/query/y/signal/inspection_result"),
        ("POST", "/api/v1/namespaces/rectify/workflows/../batch-operations/workflows/a/query/b"),
        ("POST", "/api/v1/namespaces/rectify/workflows/..%2F..%2Fx/query/current"),
        ("POST", "/api/v1/namespaces/rectify/workflows/x/query/current%2F..%2Fsignal"),
        ("POST", "/x/api/v1/namespaces/rectify/workflows/x/query/current"),
        ("PUT", QUERY),
        ("PATCH", "/api/v1/namespaces/rectify"),
        ("DELETE", "/api/v1/namespaces/rectify/schedules/x"),
        ("OPTIONS", QUERY),
        ("TRACE", "/"),
        ("CONNECT", "/"),
    ],
)
async def test_what_could_change_something_is_refused(
    gate: httpx.AsyncClient, inner: Inner, method: str, path: str
) -> None:
    url = httpx.URL(str(gate.base_url)).copy_with(raw_path=path.encode())
    token = {"Cookie": "_csrf=token", "X-CSRF-TOKEN": "token", "X-HTTP-Method-Override": "POST"}
    told = await gate.request(method, url, headers=token)
    assert told.status_code == 405 and inner.asked == []
    assert told.json()["code"] == "temporal_ui_read_only"
    assert "rectify case do" in told.json()["remedy_en"] and "rectify case do" in told.json()["remedy_zh"]


async def test_a_query_of_one_workflow_goes_through_as_it_was_sent(gate: httpx.AsyncClient, inner: Inner) -> None:
    told = await gate.post(f"{QUERY}?x=%2F1", json={"query": {}}, headers={"X-CSRF-TOKEN": "token"})
    assert told.status_code == 200
    [(method, path, headers, body)] = inner.asked
    assert (method, path, body) == ("POST", f"{QUERY}?x=%2F1", b'{"query":{}}')
    assert headers["x-csrf-token"] == "token"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://{host}"},
        {"Origin": "", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
async def test_another_page_may_not_call(
    gate: httpx.AsyncClient, inner: Inner, told: list[str], headers: dict[str, str]
) -> None:
    del gate.headers["Origin"]
    said = {name: value.format(host=gate.base_url.netloc.decode()) for name, value in headers.items()}
    for method, path in (("GET", "/api/v1/namespaces"), ("POST", QUERY), ("POST", "/codec/decode")):
        answer = await gate.request(method, path, headers=said)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")
    assert inner.asked == [] and told == ["foreign_page"] * 3


async def test_what_does_not_say_where_it_comes_from_only_reads(gate: httpx.AsyncClient, inner: Inner) -> None:
    del gate.headers["Origin"]
    assert (await gate.get("/api/v1/namespaces")).status_code == 200
    assert (await gate.post(QUERY)).json()["code"] == "foreign_page" and len(inner.asked) == 1


async def test_sealed_payloads_are_opened_for_whoever_is_known_and_nothing_is_sealed(
    gate: httpx.AsyncClient, inner: Inner
) -> None:
    assert (await gate.post("/codec/decode", content=b"{}" * 40_000)).text == "p asked " + "{}" * 40_000
    for path in ("/codec/encode", "/codec/decode/", "//codec/decode", "/codec%2Fdecode"):
        url = httpx.URL(str(gate.base_url)).copy_with(raw_path=path.encode())
        assert (await gate.post(url, content=b"{}")).json()["code"] == "temporal_ui_read_only"
    assert inner.asked == []
    large = await gate.post("/codec/decode", content=b" " * 17_000_000)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


async def test_a_link_may_be_followed_from_anywhere(gate: httpx.AsyncClient) -> None:
    follows = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    del gate.headers["Origin"]
    assert (await gate.get("/namespaces/rectify/workflows", headers=follows)).status_code == 200
    own = {"Origin": str(gate.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (await gate.post(QUERY, headers=own)).status_code == 200


async def test_what_belongs_to_the_pages_does_not_reach_the_ui(gate: httpx.AsyncClient, inner: Inner) -> None:
    private = {
        "Cookie": f"{SESSION_COOKIE}=admin; other=secret; _csrf=token; lang=zh",
        "Authorization": "Bearer secret",
        "Authorization-Extras": "secret",
        "X-Forwarded-For": "secret",
        "Accept": "text/html",
        "Connection": "keep-alive, x-secret",
        "X-Secret": "secret",
    }
    await gate.get("/namespaces", headers=private)
    [(_, _, headers, _)] = inner.asked
    assert "secret" not in str(headers)
    assert (headers["cookie"], headers["accept"]) == ("_csrf=token", "text/html")
    assert headers["host"].startswith("127.77.8.9:")


async def test_what_the_ui_says_is_passed_on_by_name(gate: httpx.AsyncClient, inner: Inner) -> None:
    inner.headers += [
        (b"set-cookie", b"_csrf=token; Path=/; SameSite=Strict"),
        (b"set-cookie", b"rectify_session=forged"),
        (b"access-control-allow-origin", b"http://evil.example"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'self'"),
        (b"location", b"http://evil.example/"),
        (b"x-frame-options", b"ALLOWALL"),
        (b"etag", b"12"),
    ]
    told = await gate.get("/namespaces")
    assert told.headers.get_list("set-cookie") == ["_csrf=token; Path=/; SameSite=Strict"]
    assert told.headers["etag"] == "12" and "location" not in told.headers
    assert "access-control-allow-origin" not in told.headers
    policies = told.headers.get_list("content-security-policy")
    assert len(policies) == 2 and policies[0].startswith("default-src 'none'")
    assert "connect-src 'self'" in policies[1] and "frame-ancestors 'self'" in policies[1]
    assert told.headers["x-frame-options"] == "SAMEORIGIN"


async def test_a_way_on_stays_here(gate: httpx.AsyncClient, inner: Inner) -> None:
    inner.status = 308
    inner.headers.append((b"location", b"/namespaces/rectify"))
    assert (await gate.get("/namespace")).headers["location"] == "/namespaces/rectify"
    inner.headers[-1] = (b"location", b"//evil.example/")
    assert "location" not in (await gate.get("/namespace")).headers


async def test_the_ui_is_told_that_it_may_not_write(gate: httpx.AsyncClient, inner: Inner) -> None:
    inner.body = b'{"DisableWriteActions": false, "Version": "2.54.1"}'
    told = await gate.get("/api/v1/settings")
    codec = {
        "Endpoint": str(gate.base_url).rstrip("/") + "/codec",
        "PassAccessToken": False,
        "IncludeCredentials": True,
    }
    assert told.json() == {
        "DisableWriteActions": True, "DisableNewsFetch": True, "Version": "2.54.1", "Codec": codec
    }  # fmt: skip
    inner.body = b"no JSON"
    assert (await gate.get("/api/v1/settings")).json()["code"] == "temporal_ui_strange"


async def test_large_answers_come_whole_and_packed_ones_as_they_are(gate: httpx.AsyncClient, inner: Inner) -> None:
    inner.body = bytes(3_000_000)
    assert (await gate.get("/_app/large.js")).content == inner.body
    inner.headers.append((b"content-encoding", b"br"))
    async with gate.stream("GET", "/_app/large.js") as told:
        assert b"".join([part async for part in told.aiter_raw()]) == inner.body
        assert told.headers["content-encoding"] == "br"


async def test_too_long_a_question_is_refused(gate: httpx.AsyncClient, inner: Inner) -> None:
    told = await gate.post(QUERY, content=b"x" * 70_000)
    assert (told.status_code, told.json()["code"]) == (413, "too_large") and inner.asked == []


async def test_while_the_ui_is_away_a_sentence_says_so(behind: Behind) -> None:
    with listening() as away:
        address = f"http://127.0.0.1:{away.getsockname()[1]}"
    ui = listening()
    at = f"http://127.0.0.1:{ui.getsockname()[1]}/namespaces"
    with serving(Doors(pages, UiGate(address, "rectify", 1, behind), ui.getsockname()[1]), [ui]):
        async with httpx.AsyncClient(trust_env=False, cookies={SESSION_COOKIE: "admin"}) as client:
            told = await client.get(at)
            assert (told.status_code, told.json()["code"]) == (502, "temporal_ui_unreachable")
            page = await client.get(at, headers={"Accept": "text/html,*/*"})
            assert page.headers["content-type"].startswith("text/plain")
            assert "rectify up" in page.text and "Temporal 界面没有应答" in page.text


async def test_the_entrance_lays_down_the_columns_of_cases(gate: httpx.AsyncClient, inner: Inner) -> None:
    page = await gate.get("/")
    assert "CaseDueAt" in page.text and 'data-namespace="rectify"' in page.text
    script = await gate.get("/rectify/columns.js")
    assert script.headers["content-type"].startswith("text/javascript") and "localStorage" in script.text
    assert inner.asked == []


async def test_a_case_has_its_page_behind_the_same_name(
    gate: httpx.AsyncClient, ports: tuple[int, int], inner: Inner
) -> None:
    told = await gate.get(f"/rectify/{CASE}")
    assert told.status_code == 303
    assert told.headers["location"] == f"http://127.0.0.1:{ports[1]}/cases/case/karamay-2013-2027/demo-1"
    at = f"localhost:{ports[0]}"
    named = await gate.get("/rectify/case/a/b", headers={"Host": at, "Origin": f"http://{at}"})
    assert named.headers["location"] == f"http://localhost:{ports[1]}/cases/case/a/b"
    assert inner.asked == []
