"""A short text sealed with the installation's keys, for a row of the database: for one purpose, opened for no other."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag

from engine.keys import KeyRing
from store.sealed_fields import MARK

_NONCE = 12


def seal(ring: KeyRing, purpose: str, text: str) -> str:
    """`key.sealed`, by AES-256-GCM with the current key; KeyTrouble without keys."""
    key_id, nonce = ring.current(), os.urandom(_NONCE)
    sealed = nonce + ring.cipher(key_id).encrypt(nonce, text.encode(), purpose.encode())
    return f"{key_id}.{urlsafe_b64encode(sealed).decode()}"


def unseal(ring: KeyRing, purpose: str, sealed: str) -> str:
    """The text; ValueError for what was altered or sealed for another purpose, KeyTrouble without its key."""
    key_id, _, rest = sealed.partition(".")
    try:
        raw = urlsafe_b64decode(rest)
        return ring.cipher(key_id).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
    except InvalidTag:
        raise ValueError("not sealed here for this purpose") from None


class FieldSealing:
    """How fields of the record are sealed (`store/sealed_fields.py`), with the keys that this process has."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def seal(self, purpose: str, text: str) -> str:
        """Sealed with the current key; KeyTrouble without keys."""
        return MARK + seal(self._ring, purpose, text)

    def unseal(self, purpose: str, sealed: str) -> str:
        """The text; ValueError for what was altered or sealed for another purpose, KeyTrouble without its key."""
        return unseal(self._ring, purpose, sealed.removeprefix(MARK))

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed with the current key; KeyTrouble without keys."""
        return sealed.removeprefix(MARK).partition(".")[0] == self._ring.current()
