"""Passkeys (WebAuthn): added by whoever is signed in, then enough to sign in by and to prove anew who one is.

The authenticator asks for a PIN, a finger or a face each time, so that a passkey is worth a password and a code. It
answers for one host name alone, and a page elsewhere gets nothing that is of use here.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn, cast

from sqlalchemy import Engine
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from desk import sign_in
from desk.sign_in import SignedIn, SignInRefused
from models.audit import AuditActor, AuditLine
from models.people import Visit
from store import passkeys as store
from store.audit import note
from store.engine import even_in_copies
from store.passkeys import KnownPasskey, Passkey
from store.sign_in_steps import Purpose, Step, begin_step, take_step

ANSWERED_WITHIN = timedelta(minutes=5)  # (A)
MOST = 10  # (A) of one account
LONGEST_NAME = 60
_PRODUCT = "rectify"
_HOSTILE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)
_REQUIRED = UserVerificationRequirement.REQUIRED


class Site(NamedTuple):
    """The pages as the browser knows them: the host name that passkeys are for, and the origin."""

    host: str
    origin: str


class Answer(NamedTuple):
    """What the browser sent back, and what began it: a session or a browser."""

    credential: dict[str, Any]
    holder: str


def session_holder(of: Visit) -> str:
    """What was begun in a session ends in it."""
    return f"session:{of.session_id}"


def ask_for_new(engine: Engine, site: Site, of: Visit, now: datetime) -> str:
    """What the browser needs to make a passkey, as JSON. SignInRefused where the account has as many as it may."""
    known = store.passkeys_of(engine, of.account_id)
    if len(known) >= MOST:
        zh, en = f"通行密钥至多 {MOST} 个，请先移除不用的", f"at most {MOST} passkeys: remove one that is not used"
        raise SignInRefused("too_many_passkeys", zh, en)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=_PRODUCT,
        user_id=of.account_id.encode(),
        user_name=of.login,
        user_display_name=of.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=_descriptors(site, known),
    )
    _begin(engine, options.challenge, "passkey_add", session_holder(of), now)
    return options_to_json(options)


def add(engine: Engine, site: Site, of: Visit, credential: dict[str, Any], name: str, now: datetime) -> None:
    """The account has one more passkey from here on; SignInRefused."""
    challenge = _challenge(engine, Answer(credential, session_holder(of)), "passkey_add", now)
    if challenge is None:
        raise _too_late()
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        transports = _transports(credential)
    except _HOSTILE:
        raise _wrong() from None
    passkey = Passkey(
        credential_id=_encoded(made.credential_id),
        account_id=of.account_id,
        host=site.host,
        public_key=_encoded(made.credential_public_key),
        sign_count=made.sign_count,
        transports=",".join(transports),
        name="".join(sign for sign in name.strip() if sign.isprintable())[:LONGEST_NAME] or _PRODUCT,
        made_at=now,
    )
    try:
        with engine.begin() as connection:
            store.add_passkey(connection, passkey)
            _note(connection, "permission_given", of, passkey.credential_id)
    except store.PasskeyTaken:
        raise _wrong() from None


def remove(engine: Engine, of: Visit, credential_id: str, now: datetime) -> None:
    """It is none any more; SignInRefused for the last way in that the account has."""
    with engine.begin() as connection:
        if store.ways_in(connection, of.account_id) < 2:
            raise last_way_in()
        if store.remove_passkey(connection, of.account_id, credential_id, now):
            _note(connection, "permission_revoked", of, credential_id)


def ask(engine: Engine, site: Site, purpose: Purpose, holder: str, now: datetime, of: Visit | None = None) -> str:
    """What the browser needs to answer with a passkey, as JSON; of whom it is, or of whoever has one for this host."""
    known = store.passkeys_of(engine, of.account_id) if of else ()
    options = generate_authentication_options(
        rp_id=site.host, user_verification=_REQUIRED, allow_credentials=_descriptors(site, known)
    )
    _begin(engine, options.challenge, purpose, holder, now)
    return options_to_json(options)


def sign_in_by(engine: Engine, site: Site, answer: Answer, agent: str, now: datetime) -> tuple[SignedIn, str]:
    """A session for whose passkey has answered, and the login; SignInRefused."""
    known = _proven(engine, site, answer, "passkey_sign_in", now)
    begun = sign_in.begin(engine, known.account_id, known.person_id, agent, now, way="passkey")
    return begun, known.login


def prove_by(engine: Engine, site: Site, of: Visit, credential: dict[str, Any], now: datetime) -> str:
    """Proven anew to be that person, by a passkey of the account; the session's new token. SignInRefused."""
    _proven(engine, site, Answer(credential, session_holder(of)), "passkey_prove", now, of.account_id)
    return sign_in.prove_again(engine, of, now)


def _proven(
    engine: Engine, site: Site, answer: Answer, purpose: Purpose, now: datetime, account_id: str | None = None
) -> KnownPasskey:
    credential_id = str(answer.credential.get("id", ""))[:1400]
    known = store.known_passkey(engine, credential_id)
    device = f"passkey:{sha256(credential_id.encode()).hexdigest()[:16]}"  # who guesses passwords locks out none
    login = known.login if known else ""
    sign_in.refuse_if_locked_out(engine, login, device, now)
    challenge = _challenge(engine, answer, purpose, now)
    if challenge is None:
        _refuse(engine, known, "challenge", _too_late())
    if known is None or known.host != site.host or account_id not in (None, known.account_id):
        _refuse(engine, known, "unknown", _wrong())
    try:
        told = verify_authentication_response(
            credential=answer.credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=_decoded(known.public_key),
            credential_current_sign_count=0,  # counted below, where two at once are one after another
            require_user_verification=True,
        )
        handle = answer.credential["response"].get("userHandle")
        is_holder = handle is None or _decoded(handle) == known.account_id.encode()
    except _HOSTILE:
        _refuse(engine, known, "answer", _wrong())
    if not is_holder:
        _refuse(engine, known, "holder", _wrong())
    with even_in_copies(engine).begin() as connection:
        counted = store.count_use(connection, known.credential_id, told.new_sign_count, now)
    if not counted:
        _refuse(engine, known, "sign_count", _copied())
    sign_in.forget_failures(engine, login, device)
    return known


def _begin(engine: Engine, challenge: bytes, purpose: Purpose, holder: str, now: datetime) -> None:
    secret_hash, until = sha256(challenge).hexdigest(), now + ANSWERED_WITHIN
    begin_step(engine, Step(secret_hash=secret_hash, purpose=purpose, holder=holder, made_at=now, expires_at=until))


def _challenge(engine: Engine, answer: Answer, purpose: Purpose, now: datetime) -> bytes | None:
    """The challenge that was answered, used up with it; None for one that nobody waits for, or somebody else does."""
    try:
        said = json.loads(_decoded(answer.credential["response"]["clientDataJSON"]))
        challenge = _decoded(said["challenge"])
    except _HOSTILE:
        return None
    step = take_step(engine, sha256(challenge).hexdigest(), now)
    return challenge if step is not None and (step.purpose, step.holder) == (purpose, answer.holder) else None


def _refuse(engine: Engine, known: KnownPasskey | None, why: str, refusal: SignInRefused) -> NoReturn:
    sign_in.note_failed(engine, known, way="passkey", why=why)
    raise refusal


def _note(where: Any, kind: Any, of: Visit, credential_id: str) -> None:
    by = AuditActor(person=of.person_id, account=of.account_id)
    facts = {"what": "passkey", "credential": sha256(credential_id.encode()).hexdigest()[:16]}
    note(where, AuditLine(kind=kind, by=by, about_person=of.person_id, facts=facts))


def _descriptors(site: Site, known: tuple[Passkey, ...]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=_decoded(one.credential_id),
            transports=[AuthenticatorTransport(t) for t in one.transports.split(",") if t],
        )
        for one in known
        if one.host == site.host
    ]


def _transports(credential: dict[str, Any]) -> list[str]:
    """Those that the browser names and the library knows."""
    said = credential["response"].get("transports")
    named = cast("list[object]", said) if isinstance(said, list) else []
    return [one.value for one in AuthenticatorTransport if one.value in named]


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(shown: str) -> bytes:
    return urlsafe_b64decode(shown + "=" * (-len(shown) % 4))


def _wrong() -> SignInRefused:
    zh, en = "通行密钥未通过验证，请重试或改用密码", "the passkey was not accepted: try again, or use the password"
    return SignInRefused("wrong_passkey", zh, en)


def _too_late() -> SignInRefused:
    return SignInRefused("sign_in_expired", "操作已超时，请重试", "that took too long, or was done before: try again")


def _copied() -> SignInRefused:
    zh = "该通行密钥的使用次数倒退，可能已被复制；请改用密码登录，并在“我的”页面移除该通行密钥"
    en = "the passkey counts backwards, so it may have been copied: use the password, and remove the passkey on /me"
    return SignInRefused("passkey_counts_back", zh, en)


def last_way_in() -> SignInRefused:
    """Nobody takes the last way to sign in from an account."""
    zh, en = "这是该账号唯一的登录方式，不能移除", "it is the only way in that this account has, and stays"
    return SignInRefused("last_way_in", zh, en)
