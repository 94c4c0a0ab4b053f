"""A Temporal server as `deploy/shared` configures it, with certificates and tokens of our own."""

import base64
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from embedded.ports import is_free
from embedded.temporal import CONFIG

SHARED = CONFIG.parent / "shared"
_ETC = "/etc/temporal"


@dataclass(frozen=True)
class TokenOffice:
    """Who issues tokens; the server knows its public key by a file."""

    key: ec.EllipticCurvePrivateKey
    keys_file: Path

    @classmethod
    def at(cls, keys_file: Path) -> "TokenOffice":
        """A new one, whose key the server reads there."""
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_numbers()
        public = {"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig"}
        keys_file.write_text(json.dumps({"keys": [{**public, "x": _number(point.x), "y": _number(point.y)}]}))
        return cls(key, keys_file)

    def token(self, *permissions: str, lasts: timedelta = timedelta(hours=1)) -> str:
        """A token with these permissions."""
        claims = {"sub": "rectify", "permissions": permissions, "exp": int((datetime.now(UTC) + lasts).timestamp())}
        signed = f"{_json({'alg': 'ES256', 'typ': 'JWT', 'kid': 'k1'})}.{_json(claims)}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_text(r.to_bytes(32) + s.to_bytes(32))}"


def shared_configuration(certificates: Path, keys_file: Path) -> str:
    """The server's configuration with the examples of `deploy/shared` in it, on the certificates of a home."""
    mtls, jwt = ((SHARED / f"{name}.yaml").read_text() for name in ("mtls", "jwt"))
    for written, ours in {"clients-ca.crt": "client-ca.crt", ".crt\n      keyFile": ".pem\n      keyFile"}.items():
        mtls = mtls.replace(written, ours)
    for name in ("server", "internode"):
        mtls = mtls.replace(f"{_ETC}/certificates/{name}.crt", f"{certificates}/{name}.pem")
        mtls = mtls.replace(f"{_ETC}/certificates/{name}.key", f"{certificates}/{name}.pem")
    mtls = mtls.replace(f"{_ETC}/certificates", str(certificates)).replace("temporal.city.example", "localhost")
    jwt = jwt.replace(f"{_ETC}/token-keys.json", str(keys_file))
    assert _ETC not in mtls + jwt
    text = (CONFIG / "server.yaml").read_text()
    before, _, rest = text.partition("  # Nobody without")
    _, _, after = rest.partition("\nservices:")
    services, _, others = after.partition("\nclusterMetadata:")
    added = {"internal-frontend": {"rpc": {**_free_ports(), "bindOnLocalHost": True}}}
    inner = "".join(f"  {line}\n" for line in yaml.safe_dump(added).splitlines())
    examples = "".join(f"  {line}\n" for line in (mtls + jwt).splitlines())
    return f"{before}{examples}\nservices:{services}{inner}\nclusterMetadata:{others}"


def _free_ports() -> dict[str, int]:
    """Two ports that PostgreSQL's smallint holds, in which Temporal keeps them."""
    free = (port for _ in range(99) if is_free(port := random.randint(20_000, 32_000)))
    return {"grpcPort": next(free), "membershipPort": next(free)}


def _json(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _number(value: int) -> str:
    return _text(value.to_bytes(32))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
