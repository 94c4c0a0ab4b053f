"""Which embedded Temporal server a home has: chosen when its store is made, the home's own from then on."""

from pathlib import Path
from typing import Literal

from embedded.account import give_file
from embedded.errors import engine_differs
from embedded.settings import StackSettings

Engine = Literal["trial", "postgres"]
TRIAL_EN = "trial engine: SQLite, one shard, open to every account of this machine; not for a city"
TRIAL_ZH = "试用引擎：SQLite、单分片，本机任何账户均可访问，不可用于正式行动"


def engine_of_home(home: Path) -> Engine | None:
    """Return the engine that the home was made with; None while its Temporal server has no store yet."""
    try:
        kept = (home / "engine.txt").read_text().strip()
    except FileNotFoundError:  # written since there is a choice: an older home has the only engine there was
        return "postgres" if (home / "temporal" / "server.yaml").exists() else None
    return "trial" if kept == "trial" else "postgres"


def engine_for(settings: StackSettings) -> Engine:
    """Return the home's engine, else the set one, else `postgres`; StackError `engine_differs` if they clash."""
    kept = engine_of_home(settings.home)
    if kept and settings.engine and kept != settings.engine:
        raise engine_differs(settings.home, kept, settings.engine)
    return kept or settings.engine or "postgres"


def keep_engine(home: Path, engine: Engine) -> None:
    """Remember the engine whose store is about to be made: histories do not move between engines."""
    give_file(home / "engine.txt", f"{engine}\n")
