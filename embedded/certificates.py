"""The certificates by which Temporal's server and its clients know each other: made at the first start, then renewed.

Each of the four has a small authority of its own, so that one can be replaced without the others: what the server lets
in is a list of authorities. The keys lie in `certificates` of the home, readable by its owner alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from embedded.account import give_file, own_folder
from embedded.certificate_files import PairFiles, fingerprint_of, read_authorities, read_pair

FOLDER = "certificates"
SERVER_NAME = "localhost"
"""The name in the server's certificate by which clients check it."""
INTERNODE_NAME = "internode"
_LIFE = timedelta(days=3 * 365)
_RENEWED_BEFORE = _LIFE / 2
_LIFE_OF_AUTHORITY = timedelta(days=20 * 365)
_CLOCKS_DIFFER = timedelta(days=1)
_SERVES, _ASKS = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


User = Literal["server", "client", "ui", "internode"]
USERS: tuple[User, ...] = get_args(User)


@dataclass(frozen=True)
class _Use:
    """What a certificate is for."""

    may: tuple[x509.ObjectIdentifier, ...]
    names: tuple[str, ...] = ()


_USES: dict[User, _Use] = {
    "server": _Use((_SERVES,), (SERVER_NAME, "127.0.0.1", "::1")),
    "client": _Use((_ASKS,)),
    "ui": _Use((_ASKS,)),
    "internode": _Use((_SERVES, _ASKS), (INTERNODE_NAME,)),
}


@dataclass(frozen=True)
class Certificates:
    """Where the certificates lie, each with the authority by which the other side knows it."""

    server: PairFiles
    client: PairFiles
    """Of workers, web process and command line."""
    ui: PairFiles
    internode: PairFiles
    """Between the server's own parts, its system workers included."""
    server_name: str = SERVER_NAME
    fingerprint: str = field(init=False)
    """Changes when any of them is replaced."""
    ends_at: datetime = field(init=False)
    """When the first of them ends."""

    def __post_init__(self) -> None:
        """Read them. StackError `bad_certificate` for one that cannot be used."""
        pairs = (self.server, self.client, self.ui, self.internode)
        leaves = [read_pair(pair) for pair in pairs]
        trusted = [found for pair in pairs for found in read_authorities(pair.authority)]
        object.__setattr__(self, "fingerprint", fingerprint_of([*leaves, *trusted]))
        object.__setattr__(self, "ends_at", min(leaf.not_valid_after_utc for leaf in leaves))


def home_certificates(home: Path) -> Certificates:
    """Return the home's own. StackError for one of no use, or before they were made."""
    server, client, ui, internode = (home_pair(home, name) for name in USERS)
    return Certificates(server=server, client=client, ui=ui, internode=internode)


def home_pair(home: Path, name: User) -> PairFiles:
    """Where the home's own certificate for this user of it lies, whether it was made or not."""
    own = home / FOLDER / f"{name}.pem"
    return PairFiles(own, own, home / FOLDER / f"{name}-ca.crt")


def renew_certificates(home: Path, names: Iterable[User] = USERS, now: datetime | None = None) -> None:
    """Make those that are missing, and make those anew that are past the middle of their life."""
    own_folder(home / FOLDER)
    for name in names:
        _renew(home_pair(home, name), home / FOLDER / f"{name}-ca.pem", name, now or datetime.now(UTC))


def _renew(pair: PairFiles, secret: Path, name: User, now: datetime) -> None:
    itself = PairFiles(secret, secret, secret)
    if not secret.exists() or _ends_within(read_pair(itself, may_be_over=True), 2 * _LIFE, now):
        give_file(secret, _issued(f"{name} authority", None, _Use(()), now))
    authority = read_pair(itself, may_be_over=True)
    if not pair.authority.exists() or read_authorities(pair.authority) != [authority]:
        give_file(pair.authority, _pem(authority))
    if pair.certificate.exists():
        has = read_pair(pair, may_be_over=True)
        if has.issuer == authority.subject and not _ends_within(has, _RENEWED_BEFORE, now):
            return
    give_file(pair.certificate, _issued(name, secret, _USES[name], now))


def _ends_within(certificate: x509.Certificate, span: timedelta, now: datetime) -> bool:
    return certificate.not_valid_after_utc - now < span


def _issued(name: str, authority: Path | None, use: _Use, now: datetime) -> str:
    """A fresh key with its certificate, as PEM; without an authority it is one itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    # the number makes each authority's name its own, so that nobody takes a certificate of the one before for its
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"rectify {name} {x509.random_serial_number():x}"[:64])]
    )
    signed_by, issuer, life = key, subject, _LIFE_OF_AUTHORITY
    if authority is not None:
        above = serialization.load_pem_private_key(authority.read_bytes(), None)
        assert isinstance(above, ec.EllipticCurvePrivateKey)
        signed_by, life = above, _LIFE
        issuer = x509.load_pem_x509_certificate(authority.read_bytes()).subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=0 if authority is None else None), True)
        .add_extension(_key_usage(signs=authority is None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), False)
    )
    if use.may:
        builder = builder.add_extension(x509.ExtendedKeyUsage(use.may), False)
    if use.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(_general(use.names)), False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode() + _pem(builder.sign(signed_by, hashes.SHA256()))


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
