"""How many rows lists have, up to a bound: beyond it nobody counts."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

COUNTED_TO = 10_000
_NAMED = re.compile(r"(?<!:):([a-z_]+)")  # a parameter in SQL


class Rows(NamedTuple):
    """A list as it is counted: SQL that gives a row for each, and its values."""

    sql: str
    facts: dict[str, Any]


def counted(engine: Engine, rows: Rows, most: int | None = None) -> int:
    """How many there are, up to one more than `most`, else `COUNTED_TO`."""
    sql = f"SELECT count(*) FROM ({rows.sql} LIMIT :most) AS counted"
    with engine.connect() as connection:
        return connection.execute(text(sql), {**rows.facts, "most": (most or COUNTED_TO) + 1}).scalar_one()


def all_counted(engine: Engine, lists: Sequence[Rows]) -> tuple[int, ...]:
    """The same of several lists, in one statement; lists that are alike are counted once."""
    if not lists:
        return ()
    facts: dict[str, Any] = {"most": COUNTED_TO + 1}
    places: dict[str, int] = {}
    counts: list[str] = []
    of_each: list[int] = []
    for rows in lists:
        alike = repr((rows.sql, sorted(rows.facts.items())))
        if alike not in places:
            number = places[alike] = len(counts)
            said = _NAMED.sub(lambda name, n=number: f":n{n}_{name[1]}", rows.sql)
            counts.append(f"(SELECT count(*) FROM ({said} LIMIT :most) AS counted)")
            facts |= {f"n{number}_{name}": value for name, value in rows.facts.items()}
        of_each.append(places[alike])
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {', '.join(counts)}"), facts).one()
    return tuple(found[place] for place in of_each)
