"""The city's own sign-in (OpenID Connect): where it is, its keys, and whom it says that somebody is.

Authorization code with PKCE. What the provider signs is checked here: key, issuer, audience, time and nonce. Nothing
else that it says is believed.
"""

import asyncio
import time
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import rfc7636
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from embedded.settings import StackSettings
from models.base import Frozen

_WITHIN = 10.0  # seconds for one exchange, whatever of it is slow
_KEPT = 600.0  # seconds for which keys and addresses are believed
_AGAIN = 20.0  # seconds before they are asked for again, where a key is unknown
_LEEWAY = 60  # seconds by which the provider's clock may differ
_LARGEST = 512_000
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
_pkce: Any = rfc7636  # Authlib has no types
_AWAY = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)


class CityAway(Exception):
    """The provider does not answer, or not as one does."""


class CityRefused(Exception):
    """What came from the provider proves nothing; `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CityUser(NamedTuple):
    """Whom the provider names, and when that person last proved it there."""

    issuer: str
    subject: str
    proven_at: datetime | None


class Going(NamedTuple):
    """What is sent along, and has to come back: `back` is the page of ours to which the provider leads."""

    state: str
    nonce: str
    verifier: str
    back: str


class CityClient(Frozen):
    """As what this system is known to the provider, and what its button is called."""

    issuer: str
    client_id: str
    secret: str | None = None
    zh: str
    en: str


class _Provider(Frozen):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Known(NamedTuple):
    provider: _Provider
    keys: KeySet
    read_at: float


def client_of(settings: StackSettings) -> CityClient | None:
    """The client of the settings; None where the city has no sign-in of its own. OSError where its secret is not."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    file: Path | None = settings.oidc_client_secret_file
    return CityClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=file.read_text(encoding="utf-8").strip() if file else None,
        zh=settings.oidc_label_zh,
        en=settings.oidc_label_en,
    )


class CityProvider:
    """One a process: what it has learned of the provider is kept for some minutes."""

    def __init__(self, client: CityClient) -> None:
        self.client = client
        self._known: _Known | None = None
        self._asking = asyncio.Lock()

    async def address(self, going: Going, *, anew: bool = False) -> str:
        """Where the browser is led; `anew`: the provider is to ask for a proof, whoever it knows. CityAway."""
        known = await self._ask(_KEPT)
        asked: dict[str, str] = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.client.client_id,
            "redirect_uri": going.back,
            "state": going.state,
            "nonce": going.nonce,
            "code_challenge": str(_pkce.create_s256_code_challenge(going.verifier)),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if anew else {}),
        }
        return str(add_params_to_uri(known.provider.authorization_endpoint, list(asked.items())))

    async def user(self, code: str, going: Going) -> CityUser:
        """Whom the provider names for that code. CityAway, CityRefused."""
        known = await self._ask(_KEPT)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": going.back}
        form |= {"client_id": self.client.client_id, "code_verifier": going.verifier}
        try:
            async with asyncio.timeout(_WITHIN), _bare() as client:
                told = await client.post(known.provider.token_endpoint, **self._proving(known.provider, form))
                said: Any = told.json() if len(told.content) <= _LARGEST else None
        except (*_AWAY, ValueError) as error:
            raise CityAway from error
        if 400 <= told.status_code < 500:
            raise CityRefused("code")
        if told.status_code != 200:
            raise CityAway(f"{told.status_code}")
        try:
            signed = str(said["id_token"])
        except (KeyError, TypeError) as error:
            raise CityRefused("no_id_token") from error
        return await self._read(signed, known, going)

    def _proving(self, provider: _Provider, form: dict[str, str]) -> dict[str, Any]:
        """The form, with the client's secret as the provider takes it."""
        secret, methods = self.client.secret, provider.token_endpoint_auth_methods_supported
        if secret is None:
            return {"data": form}
        if "client_secret_post" in methods and "client_secret_basic" not in methods:
            return {"data": {**form, "client_secret": secret}}
        return {"data": form, "auth": (quote_plus(self.client.client_id), quote_plus(secret))}  # RFC 6749, 2.3.1

    async def _read(self, signed: str, known: _Known, going: Going) -> CityUser:
        try:
            found = jwt.decode(signed, known.keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):  # perhaps by a key that is newer than what is known
            known = await self._ask(_AGAIN)
            try:
                found = jwt.decode(signed, known.keys, algorithms=_ALGORITHMS)
            except (JoseError, ValueError) as error:
                raise CityRefused("signature") from error
        client = self.client
        options: Any = {
            "iss": {"essential": True, "value": client.issuer},
            "aud": {"essential": True, "value": client.client_id},
        }
        claims: Any = CodeIDToken(
            found.claims, found.header, options, {"nonce": going.nonce, "client_id": client.client_id}
        )
        try:
            claims.validate(leeway=_LEEWAY)
            subject, proven = claims["sub"], claims.get("auth_time")
            if not isinstance(subject, str) or not 0 < len(subject) <= 255 or claims["nonce"] != going.nonce:
                raise CityRefused("subject")
            proven_at = datetime.fromtimestamp(proven, UTC) if proven is not None else None
        except (JoseError, AuthlibBaseError, ValueError, TypeError, OverflowError, KeyError) as error:
            raise CityRefused(str(getattr(error, "claim", None) or "claims")) from error
        return CityUser(client.issuer, subject, proven_at)

    async def _ask(self, no_older_than: float) -> _Known:
        async with self._asking:
            if self._known is None or time.monotonic() - self._known.read_at > no_older_than:
                self._known = await self._asked()
            return self._known

    async def _asked(self) -> _Known:
        issuer = self.client.issuer
        try:
            async with asyncio.timeout(_WITHIN), _bare() as client:
                said = await _json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                provider = _Provider.model_validate(said)
                addresses = (provider.authorization_endpoint, provider.token_endpoint, provider.jwks_uri)
                if provider.issuer != issuer or not all(is_safe(one, issuer) for one in addresses):
                    raise CityAway("it describes another")
                keys: Any = await _json(client, provider.jwks_uri)
                return _Known(provider, KeySet.import_key_set(keys), time.monotonic())
        except (*_AWAY, ValidationError, JoseError, ValueError, KeyError, TypeError) as error:
            raise CityAway from error


def _bare() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_WITHIN / 2, follow_redirects=False, trust_env=False)


async def _json(client: httpx.AsyncClient, address: str) -> object:
    told = await client.get(address)
    if told.status_code != 200 or len(told.content) > _LARGEST:
        raise CityAway(f"{told.status_code}")
    return told.json()


def is_safe(address: str, issuer: str) -> bool:
    """Whether it is asked over TLS; on this machine alone, of an issuer here, without."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_here(parts.hostname) and _is_here(urlsplit(issuer).hostname)


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
