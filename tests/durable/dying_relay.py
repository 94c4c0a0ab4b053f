"""A relay that dies as by kill -9 between telling and noting that it was told: before its transaction is committed."""

import os
import signal
from typing import Any

from sqlalchemy import event

from store.engine import connect
from store.notices import deliver


def die(*_: Any) -> None:
    """Nobody ever hears of it."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    engine = connect(os.environ["DATABASE"])
    event.listen(engine, "commit", die)
    deliver(engine, "turn")
