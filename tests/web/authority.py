"""A certificate authority of the test's own, and clients that trust it alone."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from embedded.certificate_files import PairFiles

NAME = "rectify.city.example"
_DAY = timedelta(days=1)


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of a test")])
        self._own = self._signed(self._name, self._key, 30 * _DAY, x509.BasicConstraints(ca=True, path_length=0))
        self.file = folder / "authority.crt"
        self.file.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def issue(self, *names: str, lasts: timedelta = 20 * _DAY, called: str = "web") -> PairFiles:
        """A certificate for the names, in the place of one of before that was called the same."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([_general(name) for name in names or (NAME,)])
        own = self._signed(x509.Name([]), key, lasts, alternative)
        pair = PairFiles(self._folder / f"{called}.crt", self._folder / f"{called}.key", self.file)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for file, text in ((pair.key, private), (pair.certificate, own.public_bytes(serialization.Encoding.PEM))):
            draft = file.with_suffix(".new")
            draft.write_bytes(text)
            draft.chmod(0o600)
            draft.replace(file)
        return pair

    def client(self, port: int, name: str = NAME, *, at: str = "127.0.0.1", **facts: Any) -> httpx.Client:
        """A browser of an office: it knows this authority, finds the name on this machine, says where forms were."""
        url = f"https://{name}:{port}"
        trust = ssl.create_default_context(cafile=str(self.file))
        return httpx.Client(
            base_url=url, transport=_Resolved(at, verify=trust), headers={"Origin": url}, timeout=60, **facts
        )

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta, what: x509.ExtensionType
    ) -> x509.Certificate:
        until = datetime.now(UTC) + lasts
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(until, datetime.now(UTC)) - 10 * _DAY)
            .not_valid_after(until)
            .add_extension(what, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
            .sign(self._key, hashes.SHA256())
        )


class _Resolved(httpx.HTTPTransport):
    """Every name is found at one address, and the server is to prove the name."""

    def __init__(self, at: str, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._at = at

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(host=self._at),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(there)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
