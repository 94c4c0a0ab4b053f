"""Sign-ins that were begun elsewhere than in our form: each ends once, in time, and where it was begun."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, text

from models.base import Frozen
from store.engine import even_in_copies

Purpose = Literal[
    "passkey_add", "passkey_sign_in", "passkey_prove", "city_sign_in", "city_link", "city_invited", "city_prove"
]


class Step(Frozen):
    """`secret_hash`: of what comes back at its end; `holder`: the session, or the browser, that began it."""

    secret_hash: str
    purpose: Purpose
    holder: str
    onward: str = "/"
    made_at: datetime
    expires_at: datetime


def begin_step(engine: Engine, step: Step) -> None:
    """It waits for its end; those whose time is over are forgotten."""
    with even_in_copies(engine).begin() as connection:
        connection.execute(text("DELETE FROM sign_in_steps WHERE expires_at <= :now"), {"now": step.made_at})
        sql = """INSERT INTO sign_in_steps (secret_hash, purpose, holder, onward, made_at, expires_at)
            VALUES (:secret_hash, :purpose, :holder, :onward, :made_at, :expires_at)"""
        connection.execute(text(sql), step.model_dump())


def take_step(engine: Engine, secret_hash: str, now: datetime) -> Step | None:
    """What was begun and waits for this end, which is used up: of two who bring it only one has it."""
    sql = """DELETE FROM sign_in_steps WHERE secret_hash = :hash
        RETURNING secret_hash, purpose, holder, onward, made_at, expires_at"""
    with even_in_copies(engine).begin() as connection:
        row = connection.execute(text(sql), {"hash": secret_hash}).mappings().first()
    step = Step(**row) if row else None
    return step if step is not None and now < step.expires_at else None
