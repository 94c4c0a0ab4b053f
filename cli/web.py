"""`rectify web`: pages and API, on loopback, or where settings open them."""

import asyncio
import http.client
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from starlette.types import ASGIApp

from cli.output import BAD_INPUT, UNREACHABLE, AsJson, Lang, err, fail, say
from cli.services import services, stack_problem, stack_settings
from embedded.errors import StackError
from embedded.ports import free_port, is_free, remembered
from embedded.settings import StackSettings
from embedded.stack import Endpoints
from embedded.web_listener import WebListener, listener_of
from store.migrate import require_schema
from workers.listening import listening
from workers.logs import log_as_json
from workers.tracing import traced

if TYPE_CHECKING:
    from desk.city_provider import CityProvider


def web(as_json: AsJson = False, lang: Lang = None) -> None:
    """Serve the pages and the API until SIGTERM; log JSON lines on stderr. 运行网页与接口服务。"""
    import uvicorn  # here, like the application: every other verb starts half a second sooner without

    from cli.site import create_gate, create_site
    from serving.app import keep_what_is_loaded, prepare
    from serving.metrics import metrics_page
    from serving.server import server_config
    from web.assets import missing
    from web.temporal_ui import Doors

    if absent := missing():
        _fail_without_assets(absent, as_json=as_json)
    settings = stack_settings(as_json=as_json)
    try:
        listener = listener_of(settings)
    except StackError as trouble:
        fail(UNREACHABLE, stack_problem(trouble), as_json=as_json)
    city = _city(settings, as_json=as_json)
    with services(as_json=as_json, serves=True) as found:
        require_schema(found.engine)
        port = settings.web_port or remembered(settings.home).web or free_port()
        if not is_free(port):
            _fail_without_port(port, as_json=as_json)
        found.process = "web"
        found.endpoints = found.endpoints.model_copy(update={"web_listener": listener})
        log_as_json()
        prepare(found)
        site = create_site(found, city=city)
        app: ASGIApp = site
        try:  # last: who waits for the port waits for what serves it
            sockets = listener.sockets(port)
        except OSError:
            _fail_without_port(port, as_json=as_json)
        ui_sockets = _ui_sockets(settings, found.endpoints, listener)
        if (inner := found.endpoints.ui_inner) and ui_sockets:
            ui_port = ui_sockets[0].getsockname()[1]
            at = listener.url_at(ui_port)
            err().print(say(f"· Temporal 界面：{at}", f"· Temporal UI: {at}"))
            app = Doors(app, create_gate(found, site, inner, port), ui_port)
            sockets += ui_sockets
        config = server_config(app, port, listener=listener)
        keep_what_is_loaded()
        at = listener.pages_url(port)
        err().print(say(f"· 网页与接口：{at}", f"· pages and API: {at}"))

        async def serve() -> None:
            async with listening(settings.metrics_listen, "web", partial(metrics_page, site.state.backing)):
                with traced(found, "web", settings.otlp_endpoint):
                    await uvicorn.Server(config).serve(sockets)

        asyncio.run(serve())


def _city(settings: StackSettings, *, as_json: bool) -> "CityProvider | None":
    """The city's own sign-in, where the settings name one; exit 2 where they do so by half."""
    from desk.city_provider import CityProvider, client_of, is_safe

    names = ("RECTIFY_OIDC_ISSUER", "RECTIFY_OIDC_CLIENT_ID")
    issuer = settings.oidc_issuer
    if (issuer is None) is not (settings.oidc_client_id is None):
        zh, en = f"{names[0]} 与 {names[1]} 须同时设置", f"{names[0]} and {names[1]} go together"
        fail(BAD_INPUT, {"code": "invalid_setting", "zh": zh, "en": en}, as_json=as_json)
    if issuer is not None and not is_safe(issuer, issuer):
        zh, en = f"{names[0]}：须以 https:// 开头", f"{names[0]}: is to begin with https://"
        fail(BAD_INPUT, {"code": "invalid_setting", "zh": zh, "en": en}, as_json=as_json)
    try:
        client = client_of(settings)
    except (OSError, UnicodeDecodeError):
        file = settings.oidc_client_secret_file
        problem = {
            "code": "invalid_setting",
            "zh": f"RECTIFY_OIDC_CLIENT_SECRET_FILE：读不到 {file}",
            "en": f"RECTIFY_OIDC_CLIENT_SECRET_FILE: {file} cannot be read",
            "remedy_zh": "确认文件存在，且运行账户可读",
            "remedy_en": "it is to be there, and open to the account that runs rectify",
        }
        fail(BAD_INPUT, problem, as_json=as_json)
    return CityProvider(client) if client else None


def _ui_sockets(settings: StackSettings, endpoints: Endpoints, listener: WebListener) -> list[socket.socket]:
    """Where the Temporal UI is handed on; none without one, or while another process does it."""
    if endpoints.ui_inner is None or endpoints.ui_url is None:
        return []
    named = settings.ui_port if settings.names_port("ui") else 0
    port = named or remembered(settings.home).ui or 0
    try:
        return listener.sockets(port)
    except OSError:
        zh, en = f"端口 {port} 已被占用，Temporal 界面不在此提供", f"port {port} is taken: no Temporal UI from here"
        err().print(say(f"· {zh}", f"· {en}"))
        return []


def refuses_foreign_names(port: int, listener: WebListener) -> bool:
    """Whether what listens there is the gate: it answers 421 to a name that is not ours."""
    if listener.pair:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE  # it is this machine, whatever its name
        asking: http.client.HTTPConnection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=anybody)
    else:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/api/v1/settings", headers={"Host": "elsewhere.example"})
        return asking.getresponse().status == 421
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _fail_without_assets(absent: list[str], *, as_json: bool) -> None:
    names = ", ".join(absent)
    problem = {
        "code": "assets_missing",
        "zh": f"缺少网页文件：{names}",
        "en": f"files of the pages are missing: {names}",
        "remedy_zh": "运行 make setup（需要 Node 20 和 npm）",
        "remedy_en": "run make setup (it needs Node 20 and npm)",
    }
    fail(UNREACHABLE, problem, as_json=as_json)


def _fail_without_port(port: int, *, as_json: bool) -> NoReturn:
    problem = {
        "code": "port_taken",
        "zh": f"端口 {port} 已被占用",
        "en": f"port {port} is taken",
        "remedy_zh": "关闭占用它的程序，或将 RECTIFY_WEB_PORT 设为其他端口或 0",
        "remedy_en": "end the program that has it, or set RECTIFY_WEB_PORT to another port or 0",
    }
    fail(UNREACHABLE, problem, as_json=as_json)
