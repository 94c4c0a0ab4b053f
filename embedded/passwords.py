"""Passwords of the stack: made at the first start, kept where only their owner can read them."""

import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from embedded.account import give_file


def _fresh() -> str:
    return secrets.token_urlsafe(24)


class Passwords(BaseModel):
    """One password a database role."""

    model_config = ConfigDict(frozen=True)

    superuser: str = Field(default_factory=_fresh)
    owner: str = Field(default_factory=_fresh)
    app: str = Field(default_factory=_fresh)
    temporal: str = Field(default_factory=_fresh)


def passwords_of(home: Path) -> Passwords:
    """Return the passwords kept in home, making them at the first call."""
    file = home / "passwords.json"
    try:
        return Passwords.model_validate_json(file.read_text())
    except FileNotFoundError:
        made = Passwords()
        give_file(file, made.model_dump_json())
        return made
