"""A city's own sign-in on loopback: an OpenID provider that checks PKCE and secret, and lies where it is told to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "rectify", "a+secret:of/the=client"


@dataclass
class Provider:
    """Whoever comes is `subject`, without being asked; `lies`: claims of the next tokens, or key and algorithm."""

    issuer: str = ""
    subject: str = "u-1"
    lies: dict[str, Any] = field(default_factory=dict[str, Any])
    describes: dict[str, Any] = field(default_factory=dict[str, Any])
    is_away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def renew_key(self) -> None:
        """It signs by another key from here on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    async def described(self, _: Request) -> Response:
        """The discovery document."""
        if self.is_away:
            return JSONResponse({}, 503)
        said = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        whole = {name: f"{self.issuer}/{path}" for name, path in said.items()} | {"issuer": self.issuer}
        return JSONResponse({**whole, **self.describes})

    async def keys(self, _: Request) -> Response:
        """The public halves."""
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        """Straight back, with a code."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def token(self, request: Request) -> Response:
        """An ID token for a code, once, to whoever has the client's secret and the verifier."""
        form = await request.form()
        asked = self._codes.pop(str(form.get("code")), None)
        basic = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or (asked["code_challenge"], asked["code_challenge_method"]) != (challenge, "S256"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self._signed(asked)})

    def _signed(self, asked: dict[str, str]) -> str:
        now, lies = int(time.time()), dict(self.lies)
        key, algorithm = lies.pop("key", self.key), lies.pop("alg", "RS256")
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 60}
        claims |= {"nonce": asked.get("nonce"), "auth_time": now} | lies
        held = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": algorithm, "kid": self.key.kid}
        if algorithm == "none":
            parts = (_part(b'{"alg":"none"}'), _part(json.dumps(held).encode()), "")
            return ".".join(parts)
        return jwt.encode(header, held, OctKey.import_key(SECRET) if algorithm == "HS256" else key)


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@contextmanager
def providing() -> Generator[Provider]:
    """The provider, served from a thread on a free port."""
    provider = Provider()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.described),
            Route("/keys", provider.keys),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(20)
