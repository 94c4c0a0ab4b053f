"""Reading for an official: PostgreSQL itself shows only the rows that he may read, under a role that owns nothing.

Each transaction of a reading engine first takes that role and says for whom it reads; the policies of migration 0020 do
the rest. What is said holds for that transaction alone, and where nothing is said no row is shown.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import NamedTuple

from sqlalchemy import Connection, Engine, event

from rules.access.deeds import Reach

ROLE = "rectify_reader"
ROLE_OF_ALL = "rectify_reader_all"
NOWHERE = Reach("", "", "")
_ALL = "*"
_SAID = ("campaign", "district", "sector", "subject", "actor", "everywhere", "person", "shares")
_SETTINGS = ("role", *(f"rectify.{name}" for name in _SAID))
_ALONE = "set_config('max_parallel_workers_per_gather', '0', true)"
"""A page's statements are short: to start helpers for one takes longer than to do without, and many read at once."""
_SAY = f"SELECT {', '.join(f'set_config({name!r}, %s, true)' for name in _SETTINGS)}, {_ALONE}"


class RoleMissing(Exception):
    """The roles are not there, and the database's owner may not make them; `statements`: for an administrator."""

    def __init__(self, members: Sequence[str]) -> None:
        quoted = ", ".join(f'"{member}"' for member in members)
        self.statements = "; ".join(f"CREATE ROLE {role} NOLOGIN ROLE {quoted}" for role in (ROLE, ROLE_OF_ALL))
        super().__init__(self.statements)


class Reading(NamedTuple):
    """For whom is read: in which campaign (None: in all), how far, as whom, and in which campaigns all.

    Jobs are read by whoever ordered them, and by whoever reads `everywhere` in their campaigns. Saved views are read by
    the `person` who made them, and by those with whom they are shared (`store/saved_views.py`). `is_all`: everything in
    every campaign, for which nothing need be compared row by row.
    """

    campaign: str | None = ""
    reach: Reach = NOWHERE
    actor: str = ""
    everywhere: tuple[str, ...] = ()
    is_all: bool = False
    person: str = ""
    shares: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """The role, and the values of the settings that its policies ask."""
        place = (_ALL if part is None else part for part in (self.campaign, *self.reach))
        own = (self.actor, ",".join(self.everywhere), self.person, ",".join(self.shares))
        return (ROLE_OF_ALL if self.is_all else ROLE, *place, *own)


_NOTHING = Reading()
_reading: ContextVar[Reading] = ContextVar("reading", default=_NOTHING)


def reads(reading: Reading) -> None:
    """From here on in this task, and in the threads that it asks, reading engines show what this reader may read."""
    _reading.set(reading)


def reading_now() -> Reading:
    """For whom this task reads; nothing where nobody said."""
    return _reading.get()


def reading_engine(engine: Engine) -> Engine:
    """The same database and pool, for officials: `reads` says for whom; before that it shows nothing."""
    found = engine.execution_options()
    event.listen(found, "begin", _say)
    return found


def _say(connection: Connection) -> None:
    connection.exec_driver_sql(_SAY, _reading.get().said)
