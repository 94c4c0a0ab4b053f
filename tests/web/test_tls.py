"""The pages under the city's host name: TLS, cookies, names, proxies; what is refused at start, what renews itself."""

import json
import socket
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser
from starlette.types import Receive, Scope, Send

from embedded.certificate_files import PairFiles
from embedded.doctor import examine
from embedded.errors import StackError
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_folder
from embedded.web_listener import WebListener, listener_of
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from serving.proxies import BehindProxies
from store.campaigns import Campaign
from tests.cli.run import CHINESE, invoke
from tests.people import PASSWORD, member
from tests.web.authority import NAME, Authority
from tests.web.serve import port_of, served, ui_of

OFFICE = "office:周主任@650200"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """The city's."""
    return Authority(tmp_path)


@pytest.fixture
def pair(authority: Authority) -> PairFiles:
    """Certificate and key for the name."""
    return authority.issue(NAME)


@pytest.fixture
def listener(pair: PairFiles) -> WebListener:
    """The pages under the name, by TLS."""
    return WebListener(names=(NAME,), certificate=pair.certificate, key=pair.key)


@pytest.fixture
def site(services: Services, listener: WebListener) -> Iterator[str]:
    """Pages, and a gate behind which nothing answers."""
    with served(services, listener=listener, inner="http://127.77.8.9:9") as address:
        yield address


@pytest.fixture
def browser_of(authority: Authority, site: str) -> Iterator[httpx.Client]:
    """Somebody in the office's network."""
    with authority.client(port_of(site)) as client:
        yield client


def come_in(client: httpx.Client, services: Services, who: str = OFFICE) -> httpx.Response:
    return client.post("/sign-in", data={"login": member(services, who).login, "password": PASSWORD})


def test_somebody_signs_in_under_the_city_s_name_and_the_session_is_bound_to_it(
    browser_of: httpx.Client, services: Services, campaign: Campaign, site: str
) -> None:
    assert site == f"https://{NAME}:{port_of(site)}"
    led = browser_of.get("/cases")
    assert led.status_code == 303 and led.headers["location"].startswith("/sign-in")
    assert int(led.headers["strict-transport-security"].removeprefix("max-age=")) >= 31_536_000
    told = come_in(browser_of, services)
    kept = [one for one in told.headers.get_list("set-cookie") if SESSION_COOKIE in one]
    assert len(kept) == 1 and kept[0].startswith(f"__Host-{SESSION_COOKIE}=")
    assert "; Secure" in kept[0] and "HttpOnly" in kept[0] and "Path=/" in kept[0] and "Domain" not in kept[0]
    assert browser_of.get("/cases").status_code == 200
    assert httpx.URL(browser_of.get("/cases/").headers.get("location", site)).scheme == "https"
    token = browser_of.cookies[f"__Host-{SESSION_COOKIE}"]
    with served(services) as loopback, httpx.Client(base_url=loopback, timeout=60) as plain:
        assert plain.get("/me", headers={"Cookie": f"__Host-{SESSION_COOKIE}={token}"}).status_code == 303
        assert plain.get("/me", headers={"Cookie": f"{SESSION_COOKIE}={token}"}).status_code == 200
        assert "strict-transport-security" not in plain.get("/sign-in").headers
    browser_of.cookies.clear()
    assert browser_of.get("/me", headers={"Cookie": f"{SESSION_COOKIE}={token}"}).status_code == 303


def test_only_our_own_page_may_send_under_the_name(
    browser_of: httpx.Client, services: Services, site: str, campaign: Campaign
) -> None:
    assert come_in(browser_of, services).status_code == 303
    port = port_of(site)
    foreign = (f"http://{NAME}:{port}", f"https://{NAME}", f"https://{NAME}:{port + 1}", f"https://x.{NAME}:{port}")
    for origin in (*foreign, f"https://127.0.0.1:{port}"):
        told = browser_of.post("/sign-out", headers={"Origin": origin})
        assert told.status_code == 403 and browser_of.get("/me").status_code == 200, origin
    assert browser_of.post("/sign-out").status_code == 303


def test_another_name_is_not_answered(authority: Authority, browser_of: httpx.Client, site: str) -> None:
    for host in ("evil.example", f"evil.{NAME}", f"{NAME}.evil.example", "10.0.0.1", f"{NAME}@evil.example"):
        told = browser_of.get("/sign-in", headers={"Host": host, "Origin": f"https://{host}"})
        assert told.status_code in (400, 421), host
    for name in (NAME.upper(), "127.0.0.1", "localhost"):
        at = f"{name}:{port_of(site)}"
        assert browser_of.get("/sign-in", headers={"Host": at, "Origin": f"https://{at}"}).status_code == 200
    with authority.client(port_of(site), "other.city.example") as misled, pytest.raises(httpx.ConnectError):
        misled.get("/sign-in")
    with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError):
        stranger.get(f"https://127.0.0.1:{port_of(site)}/sign-in")


def test_in_the_clear_the_tls_port_ends_the_connection_and_old_tls_is_refused(authority: Authority, site: str) -> None:
    for port in (port_of(site), port_of(ui_of(site))):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"HTTP" not in _rest(plain)
        old = ssl.create_default_context(cafile=str(authority.file))
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw, server_hostname=NAME)


def _rest(connection: socket.socket) -> bytes:
    try:
        return b"".join(iter(lambda: connection.recv(4096), b""))
    except ConnectionResetError:
        return b""


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    authority: Authority, pair: PairFiles, site: str
) -> None:
    first = _shown(authority, site)
    authority.issue(NAME)
    second = _shown(authority, site)
    assert second != first
    for broken in (
        lambda: pair.key.write_text("no key"),
        lambda: authority.issue("other.example"),
        lambda: authority.issue(NAME, lasts=-timedelta(days=1)),
        pair.certificate.unlink,
    ):
        broken()
        assert _shown(authority, site) == second
    authority.issue(NAME)
    assert _shown(authority, site) not in (first, second)


def _shown(authority: Authority, site: str) -> bytes | None:
    trust = ssl.create_default_context(cafile=str(authority.file))
    with (
        socket.create_connection(("127.0.0.1", port_of(site)), timeout=10) as raw,
        trust.wrap_socket(raw, server_hostname=NAME) as closed,
    ):
        return closed.getpeercert(binary_form=True)


async def test_a_phone_in_the_office_network_opens_pages_and_gate(
    mapped_browser: Browser, services: Services, campaign: Campaign, site: str
) -> None:
    context = await mapped_browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(f"{site}/cases?lang=en")
    await page.fill("input[name=login]", member(services, OFFICE).login)
    await page.fill("input[name=password]", PASSWORD)
    await page.press("input[name=password]", "Enter")
    await page.wait_for_url(f"{site}/cases?lang=en")
    kept = {cookie.get("name"): cookie for cookie in await context.cookies()}
    assert kept[f"__Host-{SESSION_COOKIE}"].get("secure") and SESSION_COOKIE not in kept
    entrance = await page.goto(f"{ui_of(site)}/")
    assert entrance is not None and entrance.status == 200
    await context.clear_cookies()
    await page.goto(f"{ui_of(site)}/")
    assert page.url == f"{site}/sign-in"
    await context.close()


# ---------------------------------------------------------------- what is refused at start


def settings_of(pair: PairFiles, home: Path, **more: Any) -> StackSettings:
    facts = {"web_names": NAME, "web_tls_certificate": pair.certificate, "web_tls_key": pair.key}
    return StackSettings(home=home / "home", **{**facts, **more})


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("over", "it ended on"),
        ("other name", f"it is not for the name {NAME} (RECTIFY_WEB_NAMES)"),
        ("other key", "is that of another one"),
        ("open key", "every account of this machine may read the key"),
        ("no file", "there is no such file"),
    ],
)
def test_a_certificate_of_no_use_is_refused_with_its_reason(
    authority: Authority, pair: PairFiles, tmp_path: Path, why: str, said: str
) -> None:
    match why:
        case "over":
            authority.issue(NAME, lasts=-timedelta(hours=1))
        case "other name":
            authority.issue("other.example", "*.example")
        case "other key":
            pair.key.write_bytes(authority.issue(NAME, called="other").key.read_bytes())
        case "open key":
            pair.key.chmod(pair.key.stat().st_mode | stat.S_IROTH)
        case _:
            pair.certificate.unlink()
    with pytest.raises(StackError) as refused:
        listener_of(settings_of(pair, tmp_path))
    assert refused.value.code == "bad_certificate" and said in refused.value.sentence_en
    assert CHINESE.search(refused.value.sentence_zh)
    [check] = [c for c in examine(settings_of(pair, tmp_path)) if c.name == "web_certificate"]
    assert not check.ok and said in check.sentence_en


def test_names_with_a_star_and_addresses_are_covered(authority: Authority, tmp_path: Path) -> None:
    pair = authority.issue("*.city.example", "10.1.2.3")
    listener = listener_of(settings_of(pair, tmp_path, web_names=f"{NAME}, 10.1.2.3", web_address="0.0.0.0"))
    assert listener.pages_url(8780) == f"https://{NAME}:8780" and listener.names == (NAME, "10.1.2.3")
    with pytest.raises(StackError):
        listener_of(settings_of(pair, tmp_path, web_names="a.b.city.example"))


@pytest.mark.parametrize(("days", "ok", "warns"), [(60, True, False), (29, True, True), (6, False, False)])
def test_doctor_tells_the_end_in_days_before(
    authority: Authority, tmp_path: Path, days: int, ok: bool, warns: bool
) -> None:
    pair = authority.issue(NAME, lasts=timedelta(days=days))
    [check] = [c for c in examine(settings_of(pair, tmp_path)) if c.name == "web_certificate"]
    assert (check.ok, check.warns) == (ok, warns) and NAME in check.sentence_en
    assert bool(check.remedy_zh) == (not ok or warns)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"WEB_ADDRESS": "0.0.0.0", "WEB_NAMES": NAME}, "web_in_the_clear"),
        ({"WEB_ADDRESS": "::", "WEB_NAMES": NAME}, "web_in_the_clear"),
        ({"WEB_ADDRESS": "10.1.2.3", "WEB_PROXIES": "10.1.2.4"}, "web_without_name"),
        ({"WEB_PROXIES": "127.0.0.1"}, "web_without_name"),
        ({"WEB_TLS_CERTIFICATE": "/nowhere.crt"}, "web_certificate_incomplete"),
        ({"WEB_TLS_KEY": "/nowhere.key"}, "web_certificate_incomplete"),
        ({"WEB_NAMES": "https://city.example"}, "invalid_setting"),
        ({"WEB_ADDRESS": "city.example"}, "invalid_setting"),
        ({"WEB_PROXIES": "10.0.0.1/8"}, "invalid_setting"),
        ({"WEB_URL": "city.example/pages"}, "invalid_setting"),
    ],
)
@pytest.mark.usefixtures("no_home")
def test_settings_that_would_open_the_pages_bare_are_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], code: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"RECTIFY_{name}", value)
    for verb in ("web", "up") if code != "invalid_setting" else ("web",):
        told = invoke(verb, "--json")
        assert (told.code, told.problem["code"]) == (2 if code == "invalid_setting" else 3, code)
        assert CHINESE.search(json.dumps(told.problem, ensure_ascii=False))


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home in which nothing was ever started."""
    with throwaway_folder() as folder:
        monkeypatch.setenv("RECTIFY_HOME", str(folder / "home"))
        yield


# ---------------------------------------------------------------- behind a proxy


SAYS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": NAME, "X-Forwarded-For": "10.9.9.9"}


def _asking(address: str, at: str, origin: str) -> httpx.Client:
    """Whoever asks from that loopback address."""
    transport = httpx.HTTPTransport(local_address=at, trust_env=False)
    return httpx.Client(base_url=address, transport=transport, headers={**SAYS, "Origin": origin}, timeout=60)


def test_a_proxy_of_the_settings_is_believed_and_nobody_else(services: Services, campaign: Campaign) -> None:
    listener = WebListener(names=(NAME,), proxies=("127.0.0.2",))
    assert listener.pages_url(8780) == f"https://{NAME}"
    with served(services, listener=listener, inner="http://127.77.8.9:9") as address:
        at, ui = (f"http://127.0.0.1:{port_of(one)}" for one in (address, ui_of(address)))
        with _asking(at, "127.0.0.2", f"https://{NAME}") as proxied:
            told = come_in(proxied, services)
            assert told.status_code == 303 and "__Host-" in told.headers["set-cookie"]
            assert "strict-transport-security" in told.headers
            wrong = proxied.get("/sign-in", headers={"X-Forwarded-Host": "evil.example"})
            assert wrong.status_code == 421
            assert proxied.post("/sign-out", headers={"Origin": f"http://{NAME}"}).status_code == 403
            led = proxied.get(f"{ui}/", headers={"Accept": "text/html"})
            assert (led.status_code, led.headers["location"]) == (303, f"https://{NAME}/sign-in")
        with _asking(at, "127.0.0.3", at) as liar:  # what he says of himself counts for nothing
            told = come_in(liar, services)
            assert told.status_code == 303 and "__Host-" not in told.headers["set-cookie"]
            assert "strict-transport-security" not in told.headers
            liar.headers["Origin"] = f"https://{NAME}"
            assert come_in(liar, services).status_code == 403


async def test_past_the_proxy_nobody_gets_in_from_another_machine(services: Services) -> None:
    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})

    app = BehindProxies(inside, ("10.1.2.0/24",))
    for peer, status in (("10.9.9.9", 421), ("10.1.2.4", 200), ("127.0.0.1", 200), ("fd00::1", 421)):
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{NAME}", headers=SAYS) as client:
            told = await client.get("/")
        assert told.status_code == status, peer
        if peer == "10.1.2.4":
            assert told.text == "https"
