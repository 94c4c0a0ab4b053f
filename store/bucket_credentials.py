"""The key of a bucket in a file of its own, as other programs keep it: `aws_access_key_id = …` below `[default]`."""

import configparser
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

_HELD_FOR = timedelta(minutes=5)
"""Then the file is read again: a key that was replaced is taken up."""


class CredentialsTrouble(Exception):
    """There is no key in the file, or others may read it."""

    def __init__(self, why: Literal["no_credentials", "open_credentials"]) -> None:
        super().__init__(why)
        self.why: Literal["no_credentials", "open_credentials"] = why


def credentials_in(file: Path) -> dict[str, Any]:
    """The key as the client of the store asks for it."""
    found = configparser.RawConfigParser()
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise CredentialsTrouble("open_credentials")
        found.read_string(file.read_text())
        key = found["default"]
        return {
            "access_key_id": key["aws_access_key_id"],
            "secret_access_key": key["aws_secret_access_key"],
            "token": key.get("aws_session_token"),
            "expires_at": datetime.now(UTC) + _HELD_FOR,
        }
    except (OSError, UnicodeDecodeError, configparser.Error, KeyError):
        raise CredentialsTrouble("no_credentials") from None
