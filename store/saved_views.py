"""Lists as readers keep them: a name, the parameters of the address, and with whom it is shared."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, text

from models.actors import Actor
from models.base import Frozen

ViewedList = Literal["cases", "board", "work"]
Share = Literal["office", "district"]
VIEWS_A_PERSON = 20
"""Of one list; of those that others share as many are shown."""


class SavedView(Frozen):
    """A list under a name; `asked` are the parameters of its address. `owner`: a person's id."""

    view_id: str
    owner: str
    list: ViewedList
    name: str
    asked: dict[str, Any]
    shared_with: str | None = None


def shared_with(who: Actor) -> dict[Share, str]:
    """As what a view is shared with the colleagues of a post, and with everybody of its territory."""
    if who.subject is not None:
        return {}
    return {"office": f"{who.role}@{who.territory}", "district": f"@{who.territory}"}


def saved_views(engine: Engine, person: str, *of: ViewedList) -> tuple[SavedView, ...]:
    """The reader's own views of lists by name, then those shared with the reader; a reading engine shows no others."""
    of_list = "SELECT view_id, owner, list, name, asked, shared_with FROM saved_views WHERE list = ANY(:lists) AND"
    by_name = "ORDER BY name, view_id LIMIT :most"
    sql = f"({of_list} owner = :person {by_name}) UNION ALL ({of_list} owner <> :person {by_name})"
    facts = {"person": person, "lists": list(of), "most": VIEWS_A_PERSON * len(of)}
    with engine.connect() as connection:
        rows = connection.execute(text(sql), facts).mappings().all()
    return tuple(SavedView(**row) for row in rows)


def names_of(records: Engine, views: Sequence[SavedView]) -> dict[str, str]:
    """The names of whoever made them, by id."""
    ids = sorted({view.owner for view in views})
    if not ids:
        return {}
    with records.connect() as connection:
        found = connection.execute(
            text("SELECT person_id, name FROM persons WHERE person_id = ANY(:ids)"), {"ids": ids}
        )
        return {row.person_id: row.name for row in found}


def save_view(connection: Connection, view: SavedView) -> bool:
    """Keep it; False where its owner has as many of the list as may be. Saved twice under its id it is there once."""
    facts = view.model_dump(exclude={"asked"}) | {"asked": to_json(view.asked).decode()}
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 3))"), facts)
    if connection.execute(text("SELECT 1 FROM saved_views WHERE view_id = :view_id AND owner = :owner"), facts).first():
        return True
    sql = """INSERT INTO saved_views (view_id, owner, list, name, asked, shared_with)
        SELECT :view_id, :owner, :list, :name, CAST(:asked AS jsonb), :shared_with
        WHERE (SELECT count(*) FROM saved_views WHERE owner = :owner AND list = :list) < :most
        ON CONFLICT DO NOTHING RETURNING 1"""
    return connection.execute(text(sql), {**facts, "most": VIEWS_A_PERSON}).first() is not None


def has_view_named(connection: Connection, view: SavedView) -> bool:
    """Whether its owner has another view of the list under that name."""
    sql = """SELECT 1 FROM saved_views WHERE owner = :owner AND name = :name AND view_id <> :view_id
        AND list = coalesce((SELECT list FROM saved_views WHERE view_id = :view_id), :list)"""
    return connection.execute(text(sql), view.model_dump(exclude={"asked"})).first() is not None


def change_view(connection: Connection, person: str, view_id: str, name: str, shared: str | None) -> bool:
    """Another name, or shared otherwise; whether it is one of the person's own."""
    sql = """UPDATE saved_views SET name = :name, shared_with = :shared WHERE view_id = :id AND owner = :person
        RETURNING 1"""
    facts = {"id": view_id, "person": person, "name": name, "shared": shared}
    return connection.execute(text(sql), facts).first() is not None


def delete_view(connection: Connection, person: str, view_id: str) -> bool:
    """It goes; whether it was one of the person's own."""
    sql = "DELETE FROM saved_views WHERE view_id = :id AND owner = :person RETURNING 1"
    return connection.execute(text(sql), {"id": view_id, "person": person}).first() is not None
