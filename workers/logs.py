"""Logging, always on stderr: of processes that stay one JSON object a line, from structlog and libraries alike."""

import logging
import sys
import time

import structlog

from engine.keys import KeyTrouble
from engine.tracing import trace_id

_MINUTE = 60.0


class _KeysOnceAMinute(logging.Filter):
    """A task that lacks a key is tried again and again: its key is named once a minute, without a trace."""

    def __init__(self) -> None:
        super().__init__()
        self.named: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        error = record.exc_info[1] if record.exc_info else None
        while error is not None and not isinstance(error, KeyTrouble):
            error = error.__cause__ or error.__context__
        if error is None:
            return True
        now = time.monotonic()
        if now - self.named.get(error.code + error.key_id, -_MINUTE) < _MINUTE:
            return False
        self.named[error.code + error.key_id] = now
        record.msg, record.args, record.exc_info = f"{error.code}: {error.en}", (), None
        return True


def _named_trace(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A line within a trace names it: the trace itself says nothing of a case."""
    if told := trace_id():
        line["trace"] = told
    return line


def log_on_stderr() -> None:
    """What a command logs goes to stderr, for people: stdout is its answer alone."""
    structlog.reset_defaults()
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def log_as_json(level: int = logging.INFO) -> None:
    """Everything logged in this process becomes a JSON line with time, level, logger and bound ids."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(allow=("case_id", "command_id", "seq", "do")),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(_KeysOnceAMinute())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
