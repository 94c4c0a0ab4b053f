"""A progress bar on a terminal; a line now and then when piped. Where nothing moves it says what may be missing."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.output import err, say

PATIENCE = 10.0
"""Seconds without progress before we say so."""


@contextmanager
def bar(what: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Give a function that is told how many are done."""
    console = err()
    if not console.is_terminal:
        console.print(f"· {what}", markup=False)
        yield _watched(console, _lines(console, what, total))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=total)
        yield _watched(progress.console, lambda done: progress.update(task, completed=done))


def _lines(console: Console, what: str, total: int | None) -> Callable[[int], None]:
    step, last = max(1, (total or 200) // 5), 0

    def line(done: int) -> None:
        nonlocal last
        if done // step > last:
            last = done // step
            console.print(f"· {what} {done}/{total}" if total else f"· {what} {done}", markup=False)

    return line


def _watched(console: Console, tell: Callable[[int], None]) -> Callable[[int], None]:
    """Tell on, and once where nothing has moved for a while what to do about it."""
    last, since, said = -1, time.monotonic(), False

    def told(done: int) -> None:
        nonlocal last, since, said
        now = time.monotonic()
        if done != last:
            last, since, said = done, now, False
        elif not said and now - since >= PATIENCE:
            said = True
            zh = "已有一段时间没有进展：rectify doctor 查看缺了什么，rectify up 重新启动；随后从中断处继续"
            en = "nothing has moved for a while: rectify doctor says what is missing; after rectify up it goes on"
            console.print(f"· {say(zh, en)}", markup=False, soft_wrap=True)
        tell(done)

    return told
