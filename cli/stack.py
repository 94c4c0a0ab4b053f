"""`rectify up`, `down`, `worker`: the one-machine stack and its parts."""

from typing import Annotated

import typer

from cli import processes
from cli.output import BAD_INPUT, REFUSED, UNREACHABLE, AsJson, Lang, fail, out, print_json, say, table, tell
from cli.services import run, services, stack_problem, stack_settings, tell_progress
from embedded import stack
from embedded.engine import TRIAL_EN, TRIAL_ZH
from embedded.errors import StackError
from embedded.machine_errors import service_has_it
from embedded.service_manager import service_lives
from embedded.settings import StackSettings
from engine.connection import MARK, Services
from engine.keys import KeyTrouble
from store.installation import IsCopy, is_copy
from store.migrate import SchemaTrouble
from workers.process import QUEUES, work


def up(as_json: AsJson = False, lang: Lang = None) -> None:
    """Start PostgreSQL, the Temporal server, its UI, the workers and the pages; adopt what runs. 启动全套服务。"""
    endpoints = start(settings_here(as_json=as_json), as_json=as_json)
    shown = {
        "home": str(endpoints.home),
        "temporal": endpoints.temporal_address,
        "engine": endpoints.engine,
        "temporal_ui": endpoints.ui_url,
        "web": endpoints.web_url,
        "workers": list(QUEUES),
        "copy": _is_copy(endpoints),
    }
    if as_json:
        print_json(shown)
        return
    if endpoints.engine == "trial":
        shown["engine"] = say(TRIAL_ZH, TRIAL_EN)
    if shown.pop("copy"):
        tell(IsCopy.problem, as_json=False)
    rows = ((name, ", ".join(value) if isinstance(value, list) else value) for name, value in shown.items())
    table(say("系统已启动", "The stack is up"), (say("项目", "what"), say("位置", "where")), rows)


def _is_copy(endpoints: stack.Endpoints) -> bool:
    found = Services(endpoints)
    try:
        return is_copy(found.engine)
    finally:
        found.close()


def start(settings: StackSettings, *, as_json: bool, as_service: bool = False) -> stack.Endpoints:
    """All that `up` starts; exit 3 with the trouble and its remedy, as where a service has the home in hand."""
    try:
        if not as_service:
            refuse_under_service(settings)
        return run(processes.start(settings, tell_progress))
    except SchemaTrouble as trouble:
        fail(REFUSED, trouble.problem, as_json=as_json)
    except KeyTrouble as trouble:
        fail(UNREACHABLE, trouble.problem, as_json=as_json)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)


def settings_here(*, as_json: bool) -> StackSettings:
    """Those of the environment; a demonstration's clocks can be moved."""
    settings = stack_settings(as_json=as_json)
    return settings.model_copy(update={"time_skipping": True}) if (settings.home / MARK).exists() else settings


def refuse_under_service(settings: StackSettings) -> None:
    """StackError where a service manager starts and stops what lies in the home."""
    if service_lives(settings.home):
        raise service_has_it(settings.home)


def revive(
    names: Annotated[list[str], typer.Argument(help="Children that died. 已退出的进程。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Start again what died, by the way of `up`; the keeper calls it. 重新启动已退出的进程。"""
    try:
        run(processes.start_again(settings_here(as_json=as_json), names, tell_progress))
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)


def down(as_json: AsJson = False, lang: Lang = None) -> None:
    """Stop everything that `up` started; data stay. 停止全套服务（数据保留）。"""
    try:
        settings = stack_settings(as_json=as_json)
        refuse_under_service(settings)
        stack.down(settings, tell_progress)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    if as_json:
        print_json({"stopped": True})
    else:
        out().print(say("已停止", "stopped"))


def worker(
    queue: Annotated[str, typer.Argument(help=f"One of: {', '.join(QUEUES)}. 队列：{'、'.join(QUEUES)}。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Serve one queue until SIGTERM; log JSON lines on stderr. 运行一个队列的工作进程。"""
    if queue not in QUEUES:
        known = ", ".join(QUEUES)
        problem = {
            "code": "unknown_queue",
            "zh": f"没有队列 {queue}；可选：{known}",
            "en": f"no queue {queue}; known: {known}",
        }
        fail(BAD_INPUT, problem, as_json=as_json)
    with services(as_json=as_json, serves=True) as found:
        settings = stack_settings(as_json=as_json)
        run(work(found, queue, settings.metrics_listen, settings.otlp_endpoint))
