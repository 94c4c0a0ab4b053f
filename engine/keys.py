"""The keys of the payload codec: a file of the home, kept 0600, never printed; read again when it changes.

The order in which a key is replaced stands in ADR 0008.
"""

import binascii
import hashlib
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, ValidationError

from embedded.account import write_private

FILE = "keys.json"
_BYTES = 32
_log = structlog.stdlib.get_logger("keys")


class KeyTrouble(ValueError):
    """Payloads cannot be sealed or opened. `code` is stable; `key_id` is the key that it is about, if it is one."""

    def __init__(self, code: str, zh: str, en: str, remedy_zh: str, remedy_en: str, key_id: str = "") -> None:
        super().__init__(en)
        self.code, self.zh, self.en, self.key_id = code, zh, en, key_id
        self.remedy_zh, self.remedy_en = remedy_zh, remedy_en

    @property
    def problem(self) -> dict[str, str]:
        """As command line and API tell it."""
        told = {"code": self.code, "zh": self.zh, "en": self.en}
        return {**told, "remedy_zh": self.remedy_zh, "remedy_en": self.remedy_en}


def key_missing(key_id: str, who: str = "") -> KeyTrouble:
    """Something was sealed with a key that keys.json (of this process, or of `who`) does not have."""
    return KeyTrouble(
        "payload_key_missing",
        f"{who or '本机'}缺少载荷密钥 {key_id}，用它加密的案件无法办理（数据未丢失）",
        f"payload key {key_id} is missing{f' at {who}' if who else ''}: its cases cannot go on; nothing is lost",
        "从备份恢复 keys.json，或从另一台机器取回该密钥；rectify keys status 查看",
        "restore keys.json from the backup, or take the key from another machine; rectify keys status tells which",
        key_id,
    )


def key_altered(key_id: str) -> KeyTrouble:
    """The file has other material under an id than the installation has used."""
    return KeyTrouble(
        "payload_key_altered",
        f"载荷密钥 {key_id} 与本系统用过的不是同一把",
        f"payload key {key_id} is not the one that this installation has used under that id",
        "从备份恢复 keys.json；新密钥请用新的编号（rectify keys add）",
        "restore keys.json from the backup; a new key takes a new id (rectify keys add)",
        key_id,
    )


def keys_gone(file: Path) -> KeyTrouble:
    """There is no file, though the installation has sealed payloads before."""
    return KeyTrouble(
        "payload_keys_gone",
        f"缺少 {file}，而数据库中已有案件：没有原来的密钥，在办案件无法继续",
        f"there is no {file}, though the database has cases: without its keys they cannot go on",
        "从备份恢复 keys.json（不要新建）",
        "restore keys.json from the backup; do not make a new one",
    )


def keys_unreadable(file: Path) -> KeyTrouble:
    """The file is there, and is no set of keys."""
    return KeyTrouble(
        "payload_keys_unreadable",
        f"{file} 无法读取，或不是密钥文件",
        f"{file} cannot be read, or holds no keys",
        "从备份恢复 keys.json，并确认运行账户可读",
        "restore keys.json from the backup, readable by the account that runs rectify",
    )


class Keys(BaseModel):
    """Key material by id; new payloads use `current`, old ones are read by the id that they carry."""

    model_config = ConfigDict(frozen=True)

    current: str
    keys: dict[str, str]

    def material(self, key_id: str) -> bytes:
        """32 bytes; KeyError for an unknown id."""
        return b64decode(self.keys[key_id], validate=True)

    def fingerprints(self) -> dict[str, str]:
        """Of each key by its id: tells whether two are the same, and nothing else about them."""
        return {
            key_id: hashlib.sha256(b"rectify payload key\0" + self.material(key_id)).hexdigest() for key_id in self.keys
        }


def read_keys(file: Path) -> Keys:
    """The keys in the file. FileNotFoundError; KeyTrouble if it cannot be read or its current key is not in it."""
    try:
        keys = Keys.model_validate_json(file.read_text(encoding="utf-8"))
        sizes = {len(keys.material(key_id)) for key_id in keys.keys}
    except FileNotFoundError:
        raise
    except (OSError, ValidationError, UnicodeDecodeError, binascii.Error):
        raise keys_unreadable(file) from None
    if sizes - {_BYTES}:
        raise keys_unreadable(file)
    if keys.current not in keys.keys:
        raise key_missing(keys.current)
    return keys


def new_key() -> tuple[str, str]:
    """The id and the material of a fresh key."""
    return f"k{secrets.token_hex(4)}", b64encode(secrets.token_bytes(_BYTES)).decode()


def make_keys(file: Path) -> Keys:
    """One fresh key, unless another process was first: then its keys. Both at first start agree on one."""
    key_id, material = new_key()
    write_private(_in_folder(file), _written(Keys(current=key_id, keys={key_id: material})), first=True)
    return read_keys(file)


def write_keys(file: Path, keys: Keys) -> None:
    """Put these in the place of what was there, at once."""
    write_private(_in_folder(file), _written(keys))


def _in_folder(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _written(keys: Keys) -> bytes:
    return json.dumps(keys.model_dump()).encode()


class Told(Protocol):
    """Who is told what a process finds out about keys; called where payloads are opened, so it may not wait."""

    def unknown(self, key_id: str) -> None:
        """A payload needs a key that this process does not have."""
        ...

    def known(self, key_id: str) -> None:
        """A key that was unknown is there now."""
        ...

    def renewed(self) -> None:
        """The file was read, at first or again."""
        ...


class KeyRing:
    """The keys that a process seals and opens with. Its file is read again when it changes: no process is restarted.

    What was read once is kept until the process ends: a key taken away shows at the next start, and before that in
    `readyz` and `doctor`. A ring without keys opens nothing and says why, until its file can be read.
    """

    def __init__(
        self,
        keys: Keys | None = None,
        *,
        file: Path | None = None,
        used: Mapping[str, str] | None = None,
        told: Told | None = None,
    ) -> None:
        """`used`: the fingerprints of keys that the installation has used; another under the id is not taken."""
        self._file, self._told = file, told
        self._trouble = keys_gone(file) if file else keys_unreadable(Path(FILE))
        self._keys: Keys | None = None
        self._ciphers: dict[str, AESGCM] = {}
        self._fingerprints = dict(used or {})
        self._unknown: set[str] = set()
        self._mark: tuple[int, int, int] | None = None
        if keys is not None:
            self._adopt(keys)
        self._renew()

    def current(self) -> str:
        """The id of the key for new payloads; KeyTrouble without keys."""
        self._renew()
        if self._keys is None:
            raise self._trouble
        return self._keys.current

    def has(self, key_id: str) -> bool:
        """Whether the key is there: to be asked first for what somebody sent, who may name any key. KeyTrouble without
        keys."""
        self._renew()
        if self._keys is None:
            raise self._trouble
        return key_id in self._ciphers

    def cipher(self, key_id: str) -> AESGCM:
        """What seals and opens with the key; KeyTrouble if it is not there, which is told as missing."""
        self._renew()
        if self._keys is None:
            raise self._trouble
        found = self._ciphers.get(key_id)
        if found is None:
            self._unknown.add(key_id)
            if self._told:
                self._told.unknown(key_id)
            raise key_missing(key_id)
        if key_id in self._unknown:
            self._unknown.discard(key_id)
            if self._told:
                self._told.known(key_id)
        return found

    def _renew(self) -> None:
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError:
            return  # goes on with what it has
        mark = (found.st_mtime_ns, found.st_ino, found.st_size)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._adopt(read_keys(self._file))
        except FileNotFoundError:
            return
        except KeyTrouble as trouble:
            _log.error("keys.json was not taken", code=trouble.code, key=trouble.key_id)
            if self._keys is None:
                self._trouble = trouble

    def _adopt(self, keys: Keys) -> None:
        found = keys.fingerprints()
        if altered := [k for k, f in found.items() if self._fingerprints.get(k, f) != f]:
            raise key_altered(altered[0])
        self._ciphers |= {key_id: AESGCM(keys.material(key_id)) for key_id in keys.keys}
        self._fingerprints |= found
        self._keys = keys
        if self._told:
            self._told.renewed()
