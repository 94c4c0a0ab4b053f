"""Coming in by the city's own sign-in: only as the account that was linked with it before, by whoever holds both.

A link is made by the one-time link of an invitation, or by somebody who is signed in and has just proven it.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import Connection, Engine

from desk import sign_in
from desk.city_provider import CityUser, Going
from desk.passkeys import last_way_in
from desk.sign_in import SignedIn, SignInRefused, hashed, new_token
from models.audit import AuditActor, AuditLine
from models.people import Visit
from store import city_links as store
from store import sessions
from store.audit import note
from store.engine import even_in_copies
from store.passkeys import ways_in
from store.sign_in_steps import Purpose, Step, begin_step, take_step

BACK_WITHIN = timedelta(minutes=10)  # (A)
_CLOCKS_DIFFER = timedelta(minutes=1)


def set_out(
    engine: Engine, key: bytes, purpose: Purpose, holder: str, back: str, now: datetime, *, onward: str = "/"
) -> Going:
    """What is sent along to the provider. `holder` begins it, `back` is where it ends; `key` is this home's."""
    state = new_token()
    step = Step(
        secret_hash=hashed(state),
        purpose=purpose,
        holder=holder,
        onward=onward,
        made_at=now,
        expires_at=now + BACK_WITHIN,
    )
    begin_step(engine, step)
    return going(key, state, back)


def going(key: bytes, state: str, back: str) -> Going:
    """The same again, from the state that came back: nonce and verifier follow from it, and are kept nowhere."""
    return Going(state, _secret(key, "nonce", state), _secret(key, "verifier", state), back)


def come_back(engine: Engine, state: str, holders: tuple[str, ...], now: datetime) -> Step:
    """What was begun with that state, by one of these holders; SignInRefused, and it is used up in any case."""
    step = take_step(engine, hashed(state), now)
    if step is None or not step.purpose.startswith("city_") or step.holder not in holders:
        refuse(engine, None, "state", _too_late())
    return step


def come_in(engine: Engine, user: CityUser, agent: str, now: datetime) -> tuple[SignedIn, str]:
    """A session for the account that is linked with that subject, and its login; SignInRefused for everybody else."""
    device = f"city:{hashed(f'{user.issuer} {user.subject}')[:16]}"
    sign_in.refuse_if_locked_out(engine, "", device, now)
    found = store.linked(engine, user.issuer, user.subject)
    if found is None:
        refuse(engine, None, "not_linked", _not_linked())
    sign_in.forget_failures(engine, "", device)
    with even_in_copies(engine).begin() as connection:
        store.link_used(connection, found.link_id, now)
    return sign_in.begin(engine, found.account_id, found.person_id, agent, now, way="city"), found.login


def prove_by(engine: Engine, of: Visit, user: CityUser, begun_at: datetime, now: datetime) -> str:
    """Proven anew to be that person; the session's new token. SignInRefused unless it was proven there just now."""
    found = store.linked(engine, user.issuer, user.subject)
    if found is None or found.account_id != of.account_id:
        refuse(engine, of, "another", _not_yours())
    if user.proven_at is None or not begun_at - _CLOCKS_DIFFER <= user.proven_at <= now + _CLOCKS_DIFFER:
        refuse(engine, of, "auth_time", _not_anew())
    return sign_in.prove_again(engine, of, now)


def link(engine: Engine, of: Visit, user: CityUser) -> None:
    """The account of the session signs in by that subject from here on; SignInRefused where it is another's."""
    try:
        with engine.begin() as connection:
            _link(connection, of.account_id, of.person_id, user)
    except store.CityAccountTaken:
        refuse(engine, of, "taken", _taken())


def accept_invitation(
    engine: Engine, invitation_hash: str, user: CityUser, agent: str, now: datetime
) -> tuple[SignedIn, str] | None:
    """The invited account is linked, and somebody is in; None where the link is used up or too old. SignInRefused."""
    found = sessions.invited(engine, invitation_hash, now)
    account = sessions.credentials(engine, found[1]) if found else None
    if account is None:
        return None
    try:
        with engine.begin() as connection:
            if not sessions.use_invitation(connection, invitation_hash, now):
                return None
            _link(connection, account.account_id, account.person_id, user)
    except store.CityAccountTaken:
        refuse(engine, None, "taken", _taken())
    return come_in(engine, user, agent, now)


def unlink(engine: Engine, of: Visit, link_id: str, now: datetime) -> None:
    """The account signs in by it no more; SignInRefused for the last way in that it has."""
    with engine.begin() as connection:
        if ways_in(connection, of.account_id) < 2:
            raise last_way_in()
        if store.remove_link(connection, of.account_id, link_id, now):
            by = AuditActor(person=of.person_id, account=of.account_id)
            facts = {"what": "city_account", "link": link_id}
            note(connection, AuditLine(kind="permission_revoked", by=by, about_person=of.person_id, facts=facts))


def refuse(engine: Engine, of: Visit | None, why: str, refusal: SignInRefused) -> NoReturn:
    """Nobody came in, which is noted."""
    sign_in.note_failed(engine, of, way="city", why=why[:40])
    raise refusal


def declined() -> SignInRefused:
    """The provider let nobody in, or sent what proves nothing."""
    zh, en = (
        "统一身份认证未通过，请重试或改用密码",
        "the city's sign-in did not succeed: try again, or use the password",
    )
    return SignInRefused("city_declined", zh, en)


def _link(connection: Connection, account_id: str, person_id: str, user: CityUser) -> None:
    link_id = store.add_link(connection, account_id, user.issuer, user.subject)
    by, facts = AuditActor(person=person_id, account=account_id), {"what": "city_account", "link": link_id}
    note(connection, AuditLine(kind="permission_given", by=by, about_person=person_id, facts=facts))


def _secret(key: bytes, what: str, state: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, f"city {what}\n{state}".encode(), "sha256")).decode().rstrip("=")


def _too_late() -> SignInRefused:
    return SignInRefused("sign_in_expired", "操作已超时，请重试", "that took too long, or was done before: try again")


def _not_linked() -> SignInRefused:
    zh, en = "该统一身份账号未关联本系统账号", "that account of the city is linked with no account here"
    remedy = (
        "先用密码登录，在“我的”页面关联；没有密码的，请系统管理员发送邀请链接",
        "sign in by password and link it on /me; who has none asks an administrator for an invitation",
    )
    return SignInRefused("city_not_linked", zh, en, remedy)


def _taken() -> SignInRefused:
    zh, en = "该统一身份账号已关联另一账号", "that account of the city is linked with another account here"
    return SignInRefused("city_account_taken", zh, en)


def _not_yours() -> SignInRefused:
    zh, en = "统一身份认证的账号不是本人关联的账号", "that account of the city is not the one linked with yours"
    return SignInRefused("city_other_account", zh, en)


def _not_anew() -> SignInRefused:
    zh, en = "统一身份认证没有重新验证身份，请改用密码", "the city's sign-in did not ask anew: use the password"
    return SignInRefused("city_not_anew", zh, en)
