"""`rectify web`: pages and API, on loopback."""

import socket

from cli.output import REFUSED, UNREACHABLE, AsJson, Lang, err, fail, say
from cli.services import services, stack_settings
from embedded.ports import is_free, remembered
from store.migrate import schema_is_current
from workers.logs import log_as_json


def web(as_json: AsJson = False, lang: Lang = None) -> None:
    """Serve the pages and the API on loopback until SIGTERM; log JSON lines on stderr. 运行网页与接口服务。"""
    import uvicorn  # here, like the application: every other verb starts half a second sooner without

    from web.app import create_app, keep_what_is_loaded, prepare
    from web.assets import missing
    from web.server import server_config

    if absent := missing():
        _fail_without_assets(absent, as_json=as_json)
    settings = stack_settings(as_json=as_json)
    with services(as_json=as_json) as found:
        if not schema_is_current(found.engine):
            zh, en = "数据库结构不是本版本所需", "the database does not stand at the schema of this version"
            remedy = {"remedy_zh": "运行 rectify db migrate", "remedy_en": "run rectify db migrate"}
            fail(REFUSED, {"code": "schema_behind", "zh": zh, "en": en, **remedy}, as_json=as_json)
        port = settings.web_port or remembered(settings.home).web or _free()
        if not is_free(port):
            _fail_without_port(port, as_json=as_json)
        log_as_json()
        prepare(found)
        config = server_config(create_app(found), port)
        keep_what_is_loaded()
        err().print(say(f"· 网页与接口：http://127.0.0.1:{port}", f"· pages and API: http://127.0.0.1:{port}"))
        uvicorn.Server(config).run()


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
