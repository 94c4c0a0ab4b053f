"""A progress bar on a terminal; a line now and then when piped."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.output import err


@contextmanager
def bar(what: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Give a function that is told how many are done."""
    console = err()
    if not console.is_terminal:
        console.print(f"· {what}", markup=False)
        step, last = max(1, (total or 200) // 5), 0

        def line(done: int) -> None:
            nonlocal last
            if done // step > last:
                last = done // step
                console.print(f"· {what} {done}/{total or '?'}", markup=False)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)
