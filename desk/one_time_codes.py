"""One-time codes of six digits (TOTP, RFC 6238), which an account may ask for beside the password."""

import hmac
from datetime import datetime

import segno
from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import Engine

from engine.keys import KeyRing
from engine.sealed_text import seal, unseal
from models.audit import AuditActor, AuditLine
from store import sessions
from store.audit import note
from store.sealed_fields import of_one_time_codes

_SECONDS = 30
_AROUND = (-1, 0, 1)  # a clock may be half a minute wrong
_ISSUER = "rectify"


def offer(ring: KeyRing, account_id: str) -> tuple[str, str]:
    """A new secret, bare for the person's device, and sealed for the form by which it comes back."""
    secret = random_base32()
    return secret, seal(ring, of_one_time_codes(account_id), secret)


def offered_again(ring: KeyRing, account_id: str, sealed: str) -> tuple[str, str]:
    """The secret that was offered, since a device has it already; a new one where the form brings none of ours."""
    try:
        return _offered(ring, account_id, sealed), sealed
    except ValueError:
        return offer(ring, account_id)


def _offered(ring: KeyRing, account_id: str, sealed: str) -> str:
    """The secret that a form brings back; ValueError where it brings none of ours, KeyTrouble without keys."""
    key_id, _, _ = sealed.partition(".")
    if not ring.has(key_id):
        raise ValueError("sealed with no key of ours")
    return unseal(ring, of_one_time_codes(account_id), sealed)


def picture(secret: str, login: str) -> str:
    """The secret as a QR code: an address of an image, which a page can show."""
    uri = TOTP(secret, name=login, issuer=_ISSUER).provisioning_uri()
    return segno.make(uri, error="m").png_data_uri(scale=5, border=2)


def take_up(engine: Engine, ring: KeyRing, account_id: str, sealed: str, code: str, now: datetime) -> bool:
    """Whether the code fits the offered secret: then the account asks for codes from here on."""
    try:
        secret = _offered(ring, account_id, sealed)
    except ValueError:
        return False
    step = _step(secret, code, now)
    if step is None:
        return False
    with engine.begin() as connection:
        sessions.set_totp(connection, account_id, sealed)
        by = AuditActor(account=account_id)
        note(connection, AuditLine(kind="permission_given", by=by, facts={"what": "one_time_codes"}))
        return sessions.take_code(connection, account_id, step)


def give_up(engine: Engine, account_id: str) -> None:
    """The account asks for codes no more."""
    with engine.begin() as connection:
        sessions.set_totp(connection, account_id, None)
        by = AuditActor(account=account_id)
        note(connection, AuditLine(kind="permission_revoked", by=by, facts={"what": "one_time_codes"}))


def is_code(engine: Engine, ring: KeyRing, account: sessions.Credentials, code: str, now: datetime) -> bool:
    """Whether it is the account's code now, which is then used up; true where the account asks for none."""
    if account.totp_secret is None:
        return True
    step = _step(unseal(ring, of_one_time_codes(account.account_id), account.totp_secret), code, now)
    if step is None:
        return False
    with engine.begin() as connection:
        return sessions.take_code(connection, account.account_id, step)


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code it is."""
    typed = "".join(code.split())
    present = int(now.timestamp()) // _SECONDS
    totp = TOTP(secret, interval=_SECONDS)
    for step in (present + around for around in _AROUND):
        if typed.isascii() and hmac.compare_digest(totp.generate_otp(step), typed):
            return step
    return None
