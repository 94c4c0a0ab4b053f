"""`rectify up`, `down`, `doctor`, `worker`, `db migrate`: the one-machine stack and its parts."""

import os
import sys
from typing import Annotated, Any

import typer

from cli.output import BAD_INPUT, REFUSED, UNREACHABLE, AsJson, Lang, err, fail, out, print_json, say, table
from cli.services import run, services, stack_problem, stack_settings
from cli.web import start_web, stop_web
from desk.connection import Services
from embedded import doctor as examination
from embedded import stack
from embedded.children import Children
from embedded.errors import StackError
from embedded.settings import StackSettings
from store.migrate import migrate, newest_revision
from workers.process import QUEUES, SchemaBehind, work

MARK = "demo.txt"  # in a home: it belongs to a demonstration, whose cases have clocks that can be moved
db = typer.Typer(help="The database. 数据库。", no_args_is_help=True)


def up(as_json: AsJson = False, lang: Lang = None) -> None:
    """Start PostgreSQL, the Temporal server, its UI, the workers and the pages; adopt what runs. 启动全套服务。"""
    settings = stack_settings(as_json=as_json)
    if (settings.home / MARK).exists():
        settings = settings.model_copy(update={"time_skipping": True})
    endpoints = start(settings, as_json=as_json)
    shown = {
        "home": str(endpoints.home),
        "temporal": endpoints.temporal_address,
        "temporal_ui": endpoints.ui_url,
        "web": endpoints.web_url,
        "workers": list(QUEUES),
    }
    if as_json:
        print_json(shown)
        return
    rows = ((name, ", ".join(value) if isinstance(value, list) else value) for name, value in shown.items())
    table(say("系统已启动", "The stack is up"), (say("项目", "what"), say("位置", "where")), rows)


def start(settings: StackSettings, *, as_json: bool) -> stack.Endpoints:
    """The stack with migrated tables, keys, workers and pages; exit 3 with the trouble and its remedy."""
    console = err()
    before = stack.endpoints_of(settings)
    try:
        endpoints = run(stack.up(settings, lambda line: console.print(f"· {line}", markup=False)))
        found = Services(endpoints)
        try:
            migrate(found.owner)
            _ = found.keys
        finally:
            found.close()
        if before != endpoints:  # what lives still serves where the servers were
            stop_web(settings)
            stop_workers(settings)
        start_workers(settings)
        start_web(settings, endpoints)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    return endpoints


def start_workers(settings: StackSettings) -> None:
    """A worker process for each queue, as a child of the stack, unless it lives."""
    children = Children(settings.home)
    env = {**os.environ, "RECTIFY_HOME": str(settings.home), "RECTIFY_CACHE": str(settings.cache)}
    for queue in QUEUES:
        children.start(f"worker-{queue}", [sys.executable, "-P", "-m", "cli.main", "worker", queue], env=env)


def stop_workers(settings: StackSettings) -> None:
    """Each finishes what it has begun."""
    children = Children(settings.home)
    for queue in QUEUES:
        children.stop(f"worker-{queue}")


def down(as_json: AsJson = False, lang: Lang = None) -> None:
    """Stop everything that `up` started; data stay. 停止全套服务（数据保留）。"""
    console = err()
    try:
        stack.down(stack_settings(as_json=as_json), lambda line: console.print(f"· {line}", markup=False))
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    if as_json:
        print_json({"stopped": True})
    else:
        out().print(say("已停止", "stopped"))


def doctor(as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what is missing and how to get it. 检查运行条件。"""
    settings = stack_settings(as_json=as_json)
    checks = [*examination.examine(settings), *(_worker_check(settings, queue) for queue in QUEUES)]
    if as_json:
        print_json({"ok": all(c.ok for c in checks), "checks": [c.model_dump() for c in checks]})
    else:
        table(
            say("检查", "Examination"),
            ("", say("项目", "what"), say("情况", "how it is"), say("办法", "remedy")),
            (
                ("✓" if c.ok else "✗", c.name, say(c.sentence_zh, c.sentence_en), say(c.remedy_zh, c.remedy_en) or None)
                for c in checks
            ),
        )
    if not all(c.ok for c in checks):
        raise typer.Exit(REFUSED)


def _worker_check(settings: StackSettings, queue: str) -> examination.Check:
    pid = Children(settings.home).alive(f"worker-{queue}")
    log = settings.home / "logs" / f"worker-{queue}.log"
    return examination.Check(
        name=f"worker_{queue}",
        ok=pid is not None,
        sentence_en=f"the worker of {queue} runs (pid {pid})" if pid else f"no worker serves {queue}",
        sentence_zh=f"{queue} 工作进程在运行（pid {pid}）" if pid else f"没有工作进程服务 {queue}",
        remedy_en="" if pid else f"run rectify up; see {log}",
        remedy_zh="" if pid else f"运行 rectify up；日志见 {log}",
    )


def worker(
    queue: Annotated[str, typer.Argument(help=f"One of: {', '.join(QUEUES)}. 队列。")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Serve one queue until SIGTERM; log JSON lines on stderr. 运行一个队列的工作进程。"""
    if queue not in QUEUES:
        known = ", ".join(QUEUES)
        problem = {
            "code": "unknown_queue",
            "zh": f"没有队列 {queue}；可用：{known}",
            "en": f"no queue {queue}; known: {known}",
        }
        fail(BAD_INPUT, problem, as_json=as_json)
    with services(as_json=as_json) as found:
        try:
            run(work(found, queue))
        except SchemaBehind:
            problem: dict[str, Any] = {
                "code": "schema_behind",
                "zh": "数据库结构不是本版本所需",
                "en": "the database does not stand at the schema of this version",
                "remedy_zh": "运行 rectify db migrate",
                "remedy_en": "run rectify db migrate",
            }
            fail(REFUSED, problem, as_json=as_json)


@db.callback()
def database() -> None:
    """The database. 数据库。"""


@db.command("migrate")
def migrate_database(as_json: AsJson = False, lang: Lang = None) -> None:
    """Bring the database to the newest schema. 升级数据库结构。"""
    with services(as_json=as_json) as found:
        migrate(found.owner)
    if as_json:
        print_json({"revision": newest_revision()})
    else:
        out().print(say(f"数据库结构为 {newest_revision()}", f"the database stands at {newest_revision()}"))
