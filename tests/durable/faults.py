"""Things that go wrong, on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from store.engine import connect


class Faults:
    """An engine whose database can be away."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.away = False
        self.refused = 0
        event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, *_: Any) -> None:
        if self.away:
            self.refused += 1
            raise OperationalError("the database", {}, ConnectionError("is away"))


@contextmanager
def failing(url: str) -> Iterator[Faults]:
    """An engine of its own that can be told to fail."""
    engine = connect(url)
    try:
        yield Faults(engine)
    finally:
        engine.dispose()
