"""The keys of the payload codec: made at first start, kept 0600, never printed."""

import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from embedded.account import private


class Keys(BaseModel):
    """Key material by id; new payloads use `current`, old ones are read by the id that they carry."""

    model_config = ConfigDict(frozen=True)

    current: str
    keys: dict[str, str]

    def material(self, key_id: str) -> bytes:
        """32 bytes; KeyError for an unknown id."""
        return b64decode(self.keys[key_id])


def ensure_keys(file: Path) -> Keys:
    """The keys in the file; made if there is none. Two processes at first start agree on one."""
    try:
        return Keys.model_validate_json(file.read_text())
    except FileNotFoundError:
        _make(file)
        return Keys.model_validate_json(file.read_text())


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    key_id = f"k{secrets.token_hex(4)}"
    content = json.dumps({"current": key_id, "keys": {key_id: b64encode(secrets.token_bytes(32)).decode()}})
    draft = file.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(content)
    try:
        os.link(draft, file)  # fails if another process was first: then its keys are the keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
