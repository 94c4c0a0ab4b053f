"""`rectify run`: the whole stack in the foreground, for a service manager, which is its keeper's keeper."""

import os
import signal
import sys
import threading

from cli.output import UNREACHABLE, AsJson, Lang, fail
from cli.processes import environment, revival
from cli.services import stack_problem, tell_progress
from cli.stack import settings_here, start
from embedded import keeper, stack
from embedded.errors import StackError
from embedded.service_manager import reloading, service_lock, tell_manager


def run(as_json: AsJson = False, lang: Lang = None) -> None:
    """Start what `up` starts, and stay: SIGTERM stops all, SIGHUP brings a new version. 前台运行，供系统服务使用。"""
    settings = settings_here(as_json=as_json).model_copy(update={"supervise": False})
    stop, renew = threading.Event(), threading.Event()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with service_lock(settings.home):
            start(settings, as_json=as_json, as_service=True)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda _number, _frame: stop.set())
            signal.signal(signal.SIGHUP, lambda _number, _frame: (renew.set(), stop.set()))
            tell_manager("READY=1")
            os.environ.update(environment(settings))
            keeper.tend(settings.home, revival(), stop, lambda: tell_manager("WATCHDOG=1"))
            if not renew.is_set():
                tell_manager("STOPPING=1")
                stack.down(settings, tell_progress)
    except StackError as error:
        fail(UNREACHABLE, stack_problem(error), as_json=as_json)
    if renew.is_set():
        tell_manager(reloading())
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
