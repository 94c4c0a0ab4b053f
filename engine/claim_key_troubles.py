"""What is wrong with the keys that sign claims: taken away, unreadable, unknown to the record, or retired."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from embedded.children import Children
from engine.claim_keys import PURPOSES, key_file, public_half
from engine.keys import Keys, KeyTrouble, read_keys
from models.claims import ClaimKey, Purpose
from store.claim_keys import claim_keys

_LOST: dict[Purpose, tuple[str, str]] = {
    "door": ("网页、接口和命令行无法提交指令", "pages, API and command line cannot hand in commands"),
    "work": ("系统自动执行的指令无法签署", "what the system does by itself cannot be signed"),
}


def claim_key_troubles(engine: Engine, home: Path, purposes: Iterable[Purpose] = PURPOSES) -> tuple[KeyTrouble, ...]:
    """What is wrong with the keys that are to sign here, by what the record knows of them."""
    known = claim_keys(engine)
    return tuple(trouble for purpose in purposes if (trouble := _trouble(known, home, purpose)) is not None)


def claim_key_troubles_now(engine: Engine, home: Path) -> tuple[KeyTrouble, ...]:
    """Those of a door, and of workers where this home has some; while the database is away, what the files say."""
    purposes = PURPOSES if any(name.startswith("worker-") for name in Children(home).names()) else ("door",)
    try:
        return claim_key_troubles(engine, home, purposes)
    except SQLAlchemyError:
        return tuple(_gone(home, purpose) for purpose in purposes if _current(home, purpose) is None)


def _trouble(known: Mapping[str, ClaimKey], home: Path, purpose: Purpose) -> KeyTrouble | None:
    keys = _current(home, purpose)
    if keys is None:
        return _gone(home, purpose)
    current = known.get(keys.current)
    if current is None or current.public_key != public_half(keys, keys.current):
        return _unknown(keys.current, purpose)
    return _revoked(keys.current, purpose) if current.retired_at is not None else None


def _current(home: Path, purpose: Purpose) -> Keys | None:
    try:
        return read_keys(key_file(home, purpose))
    except (OSError, KeyTrouble):
        return None


def _gone(home: Path, purpose: Purpose) -> KeyTrouble:
    file = key_file(home, purpose)
    return KeyTrouble(
        "claim_key_missing",
        f"缺少签名密钥 {file}，或无法读取：{_LOST[purpose][0]}",
        f"the claim signing key {file} is missing or cannot be read: {_LOST[purpose][1]}",
        "从备份恢复该文件，或移走损坏的文件后运行 rectify up（将生成新密钥）；运行账户须可读",
        "restore it from the backup, or take a broken file away and run rectify up, which makes a new key; the account"
        " that runs rectify is to read it",
        purpose,
    )


def _unknown(key_id: str, purpose: Purpose) -> KeyTrouble:
    return KeyTrouble(
        "claim_key_unknown",
        f"数据库中没有签名密钥 {key_id}：{_LOST[purpose][0]}",
        f"the record does not know the claim signing key {key_id}: {_LOST[purpose][1]}",
        "运行 rectify up 登记；若是其他系统的文件，请从备份恢复",
        "run rectify up, which registers it; restore the file from the backup if it is another installation's",
        key_id,
    )


def _revoked(key_id: str, purpose: Purpose) -> KeyTrouble:
    return KeyTrouble(
        "claim_key_revoked",
        f"签名密钥 {key_id} 已停用：{_LOST[purpose][0]}",
        f"the claim signing key {key_id} was retired: {_LOST[purpose][1]}",
        f"运行 rectify keys claims add {purpose}，再以 rectify keys claims use 启用新密钥",
        f"run rectify keys claims add {purpose}, then rectify keys claims use with the new one",
        key_id,
    )
