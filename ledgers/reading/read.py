"""Reads a file in a child of its own: what the file does to its reader, the parent survives and says (3.1.ledger)."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from ledgers.book import Book, Drawn, LedgerProblem, Merge, Row, Sheet
from ledgers.cells import Cell
from ledgers.reading.limits import Limits
from ledgers.reading.refusal import Refusal
from ledgers.reading.wire import MARK, marked

_ROOT = str(Path(__file__).resolve().parents[2])
_LONGEST_MESSAGE = 64_000_000


def read_book(path: Path, limits: Limits | None = None) -> Book | LedgerProblem:
    """The sheets of a workbook or text file, or why it is refused. Never raises for what a file holds."""
    limits = limits or Limits()
    try:
        if not path.is_file():
            return problem(Refusal("file_unreadable", reason=f"{path.name}: 不是文件 / no file"))
        size = path.stat().st_size
        if size == 0:
            return problem(Refusal("file_empty"))
        if size > limits.file_bytes:
            most = limits.file_bytes // 1_000_000
            return problem(Refusal("file_too_large", size=size // 1_000_000, limit=most))
        with path.open("rb") as file:
            return _read(file, limits)
    except (OSError, ValueError) as error:
        return problem(Refusal("file_unreadable", reason=getattr(error, "strerror", None) or str(error)))


def problem(refusal: Refusal) -> LedgerProblem:
    """A refusal as the type that callers get."""
    return LedgerProblem.model_validate(refusal.document())


def command(module: str, *arguments: str) -> list[str]:
    """The command line of a child: our own interpreter, nothing taken from the working directory."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """What a child may know: where the product stands, and nothing else; no passwords of ours."""
    return {"PYTHONPATH": _ROOT, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}


def _read(file: IO[bytes], limits: Limits) -> Book | LedgerProblem:
    child = subprocess.Popen(
        command("ledgers.reading.child", json.dumps(asdict(limits))),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd=os.sep,
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    clock = threading.Timer(limits.wall_seconds, stop)
    clock.daemon = True
    clock.start()
    gathered = _Gathered()
    try:
        with child:
            assert child.stdout is not None
            for message in _messages(child.stdout):
                gathered.take(message)
    except ValueError:  # half a message: it was ended while it wrote
        return problem(_why_it_died(child.returncode, late=late.is_set()))
    finally:
        clock.cancel()
        if child.poll() is None:
            child.kill()
            child.wait()
    if gathered.problem is not None:
        return gathered.problem
    if gathered.format and child.returncode == 0:
        return gathered.book()
    return problem(_why_it_died(child.returncode, late=late.is_set()))


def _why_it_died(returncode: int, *, late: bool) -> Refusal:
    if late or returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Refusal("too_slow")
    return Refusal("reader_died")


def _messages(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    while line := stream.readline(_LONGEST_MESSAGE):
        if not line.endswith(b"\n"):
            raise ValueError("half a message")
        yield json.loads(line)


@dataclass(slots=True)
class _Gathered:
    """What came from the child so far; one text is kept once."""

    sheets: list[Sheet] = field(default_factory=list[Sheet])
    rows: list[Row] = field(default_factory=list[Row])
    name: str = ""
    hidden: bool = False
    format: str = ""
    encoding: str = ""
    problem: LedgerProblem | None = None
    known: dict[str, Cell] = field(default_factory=dict[str, Cell])

    def take(self, message: dict[str, Any]) -> None:
        """One message; raises ValueError for one that no child of ours sends."""
        match message:
            case {"rows": list(rows)}:  # pyright: ignore[reportUnknownVariableType] -- JSON
                self._take_rows(rows)  # pyright: ignore[reportUnknownArgumentType] -- JSON
            case {"sheet": str(name), "hidden": bool(hidden)}:
                self.name, self.hidden, self.rows = name, hidden, []
            case {"merges": merges, "hidden_columns": columns, "drawn": drawn}:
                blocks = tuple(Merge(*block) for block in merges)
                rows, hidden_columns = tuple(self.rows), frozenset(columns)
                self.sheets.append(Sheet(self.name, self.hidden, rows, blocks, hidden_columns, Drawn(*drawn)))
                self.rows = []
            case {"done": str(found), "encoding": str(encoding)}:
                self.format, self.encoding = found, encoding
            case {"problem": dict(told)}:  # pyright: ignore[reportUnknownVariableType] -- JSON
                self.problem = LedgerProblem.model_validate(told)
            case _:
                raise ValueError("no message of ours")

    def _take_rows(self, rows: list[Any]) -> None:
        known, kept = self.known, self.rows
        for number, hidden, cells in rows:
            for place, cell in enumerate(cells):
                if isinstance(cell, str):
                    one = known.get(cell)
                    if one is None:
                        one = known[cell] = marked(cell) if cell[0] == MARK else cell
                    cells[place] = one
            kept.append(Row(number, bool(hidden), tuple(cells)))

    def book(self) -> Book | LedgerProblem:
        """The whole file; refused if nothing stands in any of its sheets."""
        if not any(sheet.rows for sheet in self.sheets):
            return problem(Refusal("nothing_inside"))
        return Book(self.format, tuple(self.sheets), self.encoding)
