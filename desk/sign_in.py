"""Signing in: a login and a password, then a session that the next request finds, or does not find any more.

Strangers who guess lock out strangers: failures are counted by login and device, and a device that has signed in by
that login before has a count of its own. Neither a whole office behind one address nor a person at the own desk is
locked out by somebody else's guesses.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine

from desk.one_time_codes import is_code
from engine.keys import KeyRing
from engine.metrics import came_in, kept_out
from models.audit import AuditActor, AuditLine, Fact
from models.people import Standing, Visit
from models.typed import same_text
from store import sessions
from store.audit import note
from store.engine import even_in_copies
from store.people import standings

SESSION_LASTS = timedelta(hours=12)  # (A) a working day, whatever is done in it
IDLE_FOR = timedelta(hours=2)  # (A) without a request
_LOCKED_FOR = timedelta(minutes=15)  # (A)
_GUESSES = 5  # (A) of one device, for one login, within that time
INVITED_FOR = timedelta(hours=72)  # (A)
SHORTEST = 10  # (A) characters of a password
LONGEST = 256
STRANGER = "stranger"
"""All devices that have never signed in by a login are one."""
_WAYS = {"session": "proof", "passkey": "passkey", "city": "city"}
"""How a device is counted that tries otherwise than by a password at the door, and what the audit log calls that."""
_HASHING = threading.BoundedSemaphore(2)  # 64 MiB and a tenth of a second each: not more at once, whoever asks
_WAITING = threading.BoundedSemaphore(6)  # and not more who wait: the other threads answer pages


class SignInRefused(Exception):
    """Nobody came in: a code such as `wrong_password` or `too_busy`, and a sentence in each language.

    Whether the login or the password was wrong is not said: a guesser learns nothing.
    """

    def __init__(self, code: str, zh: str, en: str, remedy: tuple[str, str] | None = None) -> None:
        super().__init__(code)
        self.code, self.zh, self.en, self.remedy = code, zh, en, remedy
        kept_out(code)


class Known(Protocol):
    """Whose account it is."""

    @property
    def person_id(self) -> str: ...
    @property
    def account_id(self) -> str: ...


class SignedIn(NamedTuple):
    """What the browser is to keep, and until when."""

    token: str
    session_id: str
    person_id: str
    expires_at: datetime


class Proof(NamedTuple):
    """What somebody types to prove to be that person, the code where the account asks for one; from which address."""

    login: str
    password: str
    code: str = ""
    address: str = ""


def sign_in(engine: Engine, ring: KeyRing, proof: Proof, device: str, agent: str, now: datetime) -> SignedIn:
    """A session for whom login, password and code prove; SignInRefused.

    `device`: the id of one that has signed in by this login before, or `STRANGER`; `agent`: what it calls itself.
    """
    known = _proven(engine, ring, proof, device, now)
    return begin(engine, known.account_id, known.person_id, agent, now)


def _proven(engine: Engine, ring: KeyRing, proof: Proof, device: str, now: datetime) -> sessions.Credentials:
    if not _WAITING.acquire(blocking=False):
        raise SignInRefused("too_busy", "登录人数过多，请稍后再试", "too many sign in at once: try again shortly")
    try:
        refuse_if_locked_out(engine, proof.login, device, now, proof.address)
        known = sessions.credentials(engine, proof.login)
        is_right = is_password(known.password_hash if known else None, proof.password)
        if known is None or not is_right or not is_code(engine, ring, known, proof.code, now):
            _note_at_the_door(engine, proof.login, known, **_whence(device, proof.address))
            raise _wrong()
    finally:
        _WAITING.release()
    forget_failures(engine, proof.login, device)
    return known


def refuse_if_locked_out(engine: Engine, login: str, device: str, now: datetime, address: str = "") -> None:
    """SignInRefused where that login was tried too often from that device of late; this time is counted.

    The first that is refused leaves a line in the audit log: those after it are the same guesser's.
    """
    tries = sessions.attempt(engine, login, device, now, now - _LOCKED_FOR)
    if tries == _GUESSES + 1:
        known, minutes = sessions.credentials(engine, login), _minutes(_LOCKED_FOR)
        _note_at_the_door(engine, login, known, **_whence(device, address), locked_for=minutes)
    if tries > _GUESSES:
        raise _too_many()


def _note_at_the_door(engine: Engine, login: str, known: Known | None, **facts: Fact) -> None:
    """Nobody came in by that login; whose it was is told of an account that is closed, too."""
    closed = sessions.closed_account(engine, login) if known is None else None
    note_failed(engine, known or closed, **({"closed": True} if closed else {}), **facts)


def note_failed(engine: Engine, known: Known | None, **facts: Fact) -> None:
    """Nobody came in, or proved anew to be somebody: `known` is whose account was tried, if anybody's."""
    by = AuditActor(person=known.person_id, account=known.account_id) if known else AuditActor()
    facts = {"known": known is not None, **facts}
    note(engine, AuditLine(kind="sign_in_failed", by=by, outcome="refused", facts=facts))


def _whence(device: str, address: str) -> dict[str, str]:
    """By which way, where not by a password at the door, and from which address, where that is known."""
    whence = {"way": _WAYS.get(device.partition(":")[0]), "from_ip": address}
    return {name: value for name, value in whence.items() if value}


def locked_until(engine: Engine, logins: Collection[str], now: datetime) -> dict[str, datetime]:
    """Of these logins which cannot be tried just now from some device, and until when."""
    found = sessions.nth_failures(engine, logins, now - _LOCKED_FOR, _GUESSES)
    return {login: at + _LOCKED_FOR for login, at in found.items()}


def forget_failures(engine: Engine, login: str, device: str) -> None:
    """It was that person after all."""
    with even_in_copies(engine).begin() as connection:
        sessions.forget_failures(connection, login, device)


def begin(
    engine: Engine, account_id: str, person_id: str, agent: str, now: datetime, *, way: str = "password"
) -> SignedIn:
    """A session for somebody who has proven to be that person, in the first post that is held; `way`: by what."""
    token, expires_at = new_token(), now + SESSION_LASTS
    first = next(iter(standings(engine, person_id, now)), None)
    with even_in_copies(engine).begin() as connection:
        session_id = sessions.begin_session(
            connection, account_id, hashed(token), agent[:200], expires_at, _place(first) if first else None
        )
        post = first.post if first else None
        place = {"role": post.role, "territory": post.territory} if post else {}
        by = AuditActor(person=person_id, account=account_id, **place)
        note(connection, AuditLine(kind="sign_in", by=by, facts={"session": session_id, "way": way}))
    came_in(way)
    return SignedIn(token, session_id, person_id, expires_at)


def sign_out(engine: Engine, of: Visit, session_id: str | None, now: datetime) -> None:
    """End one of the own sessions, or all of them."""
    with even_in_copies(engine).begin() as connection:
        ended = sessions.end_sessions(connection, of.person_id, session_id, now)
        by = AuditActor(person=of.person_id, account=of.account_id)
        note(connection, AuditLine(kind="sign_out", by=by, facts={"sessions": ended}))


def visit(engine: Engine, token: str, now: datetime) -> Visit | None:
    """The session of that token, as its person stands now."""
    return sessions.visit_of(engine, hashed(token), now, IDLE_FOR)


def listening_visit(engine: Engine, token: str, now: datetime) -> Visit | None:
    """The same for a page that only listens, which does not count as using the session."""
    return sessions.unseen_visit_of(engine, hashed(token), now, IDLE_FOR)


def change_post(engine: Engine, of: Visit, post_id: str, delegation_id: str | None, now: datetime) -> str | None:
    """Act in another post from here on; the session's new token, or None where that post is not held."""
    wanted = (post_id, delegation_id)
    if all(_place(one) != wanted for one in standings(engine, of.person_id, now)):
        return None
    token = new_token()
    with even_in_copies(engine).begin() as connection:
        sessions.act_in(connection, of.session_id, post_id, delegation_id, hashed(token))
    return token


def prove(engine: Engine, ring: KeyRing, of: Visit, password: str, code: str, now: datetime) -> str:
    """Prove again to be that person; the session's new token. SignInRefused."""
    _proven(engine, ring, Proof(of.login, password, code), f"session:{of.session_id}", now)
    return prove_again(engine, of, now)


def prove_again(engine: Engine, of: Visit, now: datetime) -> str:
    """Somebody has just proven to be that person; the session's new token."""
    token = new_token()
    with even_in_copies(engine).begin() as connection:
        sessions.prove_again(connection, of.session_id, hashed(token), now)
    return token


def change_password(engine: Engine, ring: KeyRing, of: Visit, old: str, code: str, new: str, now: datetime) -> str:
    """The own password is another one, proven by the old one; all other sessions of the account end. SignInRefused.

    The session's new token.
    """
    _proven(engine, ring, Proof(of.login, old, code), f"session:{of.session_id}", now)
    hashed_password = hash_password(new)
    with even_in_copies(engine).begin() as connection:
        ended = sessions.change_password(connection, of.account_id, hashed_password, of.session_id)
        by = AuditActor(person=of.person_id, account=of.account_id)
        facts = {"what": "password", "sessions": ended}
        note(connection, AuditLine(kind="permission_given", by=by, about_person=of.person_id, facts=facts))
    return prove_again(engine, of, now)


def accept_invitation(engine: Engine, token: str, password: str, now: datetime) -> str | None:
    """Set the password that an invitation asks for, once; the login, or None where the link is used up or too old."""
    found = sessions.invited(engine, hashed(token), now)
    if found is None:
        return None
    account_id, login = found
    hashed_password = hash_password(password)
    with even_in_copies(engine).begin() as connection:
        if not sessions.use_invitation(connection, hashed(token), now):
            return None
        sessions.set_password(connection, account_id, hashed_password)
        sessions.forget_all_failures(connection, login)
        by = AuditActor(account=account_id)
        note(connection, AuditLine(kind="permission_given", by=by, facts={"what": "password"}))
    return login


def weak(password: str, login: str) -> tuple[str, str] | None:
    """Why a password is none, if so: too short, too long, or the login again."""
    if len(password) < SHORTEST:
        return f"密码至少 {SHORTEST} 个字符", f"a password has at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"密码至多 {LONGEST} 个字符", f"a password has at most {LONGEST} characters"
    if same_text(login) in same_text(password) or len(set(password)) < 4:
        return "密码不得含登录名，也不得只用几个字符", "a password holds neither the login nor the same few characters"
    return None


def hash_password(password: str) -> str:
    """Argon2id, with the parameters of RFC 9106 for machines with little memory."""
    with _HASHING:
        return _hasher().hash(password)


def is_password(hashed_password: str | None, password: str) -> bool:
    """Whether it is that password; as slow where there is none, so that the time tells nothing."""
    with _HASHING:
        try:
            return _hasher().verify(hashed_password or _nobodys(), password[: LONGEST + 1]) and bool(hashed_password)
        except (VerificationError, InvalidHashError):
            return False


def new_token() -> str:
    """What only the browser and nobody else has: 256 bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """As the database knows it."""
    return hashlib.sha256(token.encode()).hexdigest()


def device_mark(key: bytes, login: str) -> str:
    """What a device keeps that has signed in by that login."""
    device = secrets.token_hex(8)
    return f"{device}.{_seal(key, device, login)}"


def device_of(key: bytes, mark: str | None, login: str) -> str:
    """The device's id, where the mark was given to it for that login; else it is a stranger's."""
    device, _, seal = (mark or "").partition(".")
    is_known = bool(device) and seal.isascii() and hmac.compare_digest(seal, _seal(key, device, login))
    return device if is_known else STRANGER


def _seal(key: bytes, device: str, login: str) -> str:
    return hmac.digest(key, f"device\n{device}\n{same_text(login)}".encode(), "sha256").hex()[:32]


def _place(standing: Standing) -> tuple[str, str | None]:
    return standing.post.post_id, standing.delegation_id


def _wrong() -> SignInRefused:
    zh, en = "登录名、密码或动态口令不正确", "the login, the password or the code is wrong"
    return SignInRefused("wrong_password", zh, en)


def _minutes(period: timedelta) -> int:
    return int(period.total_seconds() // 60)


def _too_many() -> SignInRefused:
    minutes = _minutes(_LOCKED_FOR)
    return SignInRefused(
        "too_many_failures",
        f"失败次数过多，请 {minutes} 分钟后再试",
        f"too many failures: try again in {minutes} minutes",
    )


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
