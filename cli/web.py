"""`rectify web`: pages and API, on loopback."""

import asyncio
import http.client
import socket
from datetime import UTC, datetime

from starlette.types import ASGIApp

from cli.output import REFUSED, UNREACHABLE, AsJson, Lang, err, fail, say
from cli.services import services, stack_settings
from desk import sign_in
from embedded.ports import is_free, remembered
from embedded.settings import StackSettings
from embedded.stack import Endpoints
from models.people import Visit
from store.migrate import schema_is_current
from workers.logs import log_as_json


def web(as_json: AsJson = False, lang: Lang = None) -> None:
    """Serve the pages and the API on loopback until SIGTERM; log JSON lines on stderr. 运行网页与接口服务。"""
    import uvicorn  # here, like the application: every other verb starts half a second sooner without

    from cli.site import create_site
    from serving.app import keep_what_is_loaded, prepare
    from serving.server import server_config
    from web.assets import missing
    from web.temporal_ui import Doors, UiGate

    if absent := missing():
        _fail_without_assets(absent, as_json=as_json)
    settings = stack_settings(as_json=as_json)
    with services(as_json=as_json, serves=True) as found:
        if not schema_is_current(found.engine):
            zh, en = "数据库结构不是本版本所需", "the database does not stand at the schema of this version"
            remedy = {"remedy_zh": "运行 rectify db migrate", "remedy_en": "run rectify db migrate"}
            fail(REFUSED, {"code": "schema_behind", "zh": zh, "en": en, **remedy}, as_json=as_json)
        port = settings.web_port or remembered(settings.home).web or _free()
        if not is_free(port):
            _fail_without_port(port, as_json=as_json)
        found.process = "web"
        log_as_json()
        prepare(found)
        app: ASGIApp = create_site(found)

        async def known(token: str) -> Visit | None:
            return await asyncio.to_thread(sign_in.visit, found.engine, token, datetime.now(UTC))

        sockets = [socket.create_server(("127.0.0.1", port))]  # last: who waits for the port waits for what serves it
        if (inner := found.endpoints.ui_inner) and (ui := _ui_socket(settings, found.endpoints)):
            ui_port = ui.getsockname()[1]
            err().print(
                say(f"· Temporal 界面：http://127.0.0.1:{ui_port}", f"· Temporal UI: http://127.0.0.1:{ui_port}")
            )
            app = Doors(app, UiGate(inner, found.endpoints.namespace, port, known), ui_port)
            sockets.append(ui)
        config = server_config(app, port)
        keep_what_is_loaded()
        err().print(say(f"· 网页与接口：http://127.0.0.1:{port}", f"· pages and API: http://127.0.0.1:{port}"))
        uvicorn.Server(config).run(sockets=sockets)


def _ui_socket(settings: StackSettings, endpoints: Endpoints) -> socket.socket | None:
    """Where the Temporal UI is handed on; None without one, or while another process does it."""
    if endpoints.ui_inner is None or endpoints.ui_url is None:
        return None
    named = settings.ui_port if settings.names_port("ui") else 0
    port = named or int(endpoints.ui_url.rpartition(":")[2])
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        zh, en = f"端口 {port} 已被占用，Temporal 界面不在此提供", f"port {port} is taken: no Temporal UI from here"
        err().print(say(f"· {zh}", f"· {en}"))
        return None


def refuses_foreign_names(url: str) -> bool:
    """Whether what listens there is the gate: it answers 421 to a name that is not this machine's."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    asking = http.client.HTTPConnection(host, int(port), timeout=5)
    try:
        asking.request("GET", "/api/v1/settings", headers={"Host": "elsewhere.example"})
        return asking.getresponse().status == 421
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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


def _fail_without_port(port: int, *, as_json: bool) -> None:
    problem = {
        "code": "port_taken",
        "zh": f"端口 {port} 已被占用",
        "en": f"port {port} is taken",
        "remedy_zh": "关闭占用它的程序，或将 RECTIFY_WEB_PORT 设为其他端口或 0",
        "remedy_en": "end the program that has it, or set RECTIFY_WEB_PORT to another port or 0",
    }
    fail(UNREACHABLE, problem, as_json=as_json)
