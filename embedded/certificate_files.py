"""Certificates, keys and authorities in files: read, and refused with a sentence where they are of no use."""

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from embedded.account import Account, may_read
from embedded.errors import bad_certificate

_FORMAT = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


@dataclass(frozen=True)
class PairFiles:
    """A certificate and its key, which may lie in one file, and the authority by which others know it."""

    certificate: Path
    key: Path
    authority: Path


def read_pair(pair: PairFiles, *, may_be_over: bool = False) -> x509.Certificate:
    """Return the certificate, whose key is there and which is valid now. StackError `bad_certificate` if not."""
    certificate = read_authorities(pair.certificate)[0]
    try:
        key = serialization.load_pem_private_key(_bytes(pair.key), None)
    except TypeError:
        raise bad_certificate(pair.key, "its key has a password", "其中的私钥设有口令") from None
    except ValueError:
        raise bad_certificate(pair.key, "it holds no private key in PEM", "其中没有 PEM 格式的私钥") from None
    if key.public_key().public_bytes(*_FORMAT) != certificate.public_key().public_bytes(*_FORMAT):
        raise bad_certificate(
            pair.certificate, f"the key in {pair.key} is that of another one", f"{pair.key} 中的私钥与该证书不匹配"
        )
    if not may_be_over:
        _require_valid(pair.certificate, certificate)
    return certificate


def read_authorities(file: Path) -> list[x509.Certificate]:
    """Return the certificates in a file, at least one. StackError `bad_certificate` if it holds none."""
    try:
        return x509.load_pem_x509_certificates(_bytes(file))
    except ValueError:
        raise bad_certificate(file, "it holds no certificate in PEM", "其中没有 PEM 格式的证书") from None


def require_issued(pair: PairFiles) -> None:
    """StackError `bad_certificate` unless an authority in the pair's file has issued its certificate."""
    certificate, *between = read_authorities(pair.certificate)
    for above in (*read_authorities(pair.authority), *between):
        try:
            certificate.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return
    raise bad_certificate(
        pair.certificate, f"no authority in {pair.authority} has issued it", f"不是由 {pair.authority} 中的机构签发"
    )


def require_name(file: Path, name: str, setting: str = "RECTIFY_TEMPORAL_TLS_SERVER_NAME") -> None:
    """StackError `bad_certificate` unless the server's certificate holds the name, or the address."""
    certificate = read_authorities(file)[0]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    try:
        found = ip_address(name) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        found = bool(
            {name, f"*.{name.partition('.')[2]}"} & {n.lower() for n in names.get_values_for_type(x509.DNSName)}
        )
    if not found:
        raise bad_certificate(file, f"it is not for the name {name} ({setting})", f"其中没有名称 {name}（{setting}）")


def require_use(file: Path, use: x509.ObjectIdentifier, en: str, zh: str) -> None:
    """StackError `bad_certificate` for a certificate that is for other purposes only."""
    try:
        uses = read_authorities(file)[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if use not in uses:
        raise bad_certificate(file, f"it is not for use as that of a {en}", f"其用途不含{zh}")


def require_private(file: Path, account: Account | None) -> None:
    """StackError `bad_certificate` for a key that everybody may read, or that the servers' account may not."""
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & stat.S_IROTH:
        raise bad_certificate(
            file,
            f"every account of this machine may read the key (chmod o-r {file})",
            f"本机任何账户均可读取该私钥（chmod o-r {file}）",
        )
    require_readable(file, account)


def require_readable(file: Path, account: Account | None) -> None:
    """StackError `bad_certificate` for a file that the servers' account may not read."""
    if account and file.exists() and not may_read(file, account):
        raise bad_certificate(file, f"the account {account.name} may not read it", f"账户 {account.name} 无权读取")


def fingerprint_of(certificates: Iterable[x509.Certificate]) -> str:
    """What tells one set of certificates from another."""
    mixed = hashlib.sha256()
    for certificate in certificates:
        mixed.update(certificate.public_bytes(serialization.Encoding.DER))
    return mixed.hexdigest()[:16]


def _require_valid(file: Path, certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        raise bad_certificate(file, f"it ended on {ends:%Y-%m-%d}", f"已于{ends:%Y-%m-%d}到期")
    if now < begins:
        raise bad_certificate(
            file,
            f"it begins on {begins:%Y-%m-%d}: is the clock of this machine right?",
            f"自{begins:%Y-%m-%d}起生效，请核对本机时钟",
        )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise bad_certificate(file, "there is no such file", "文件不存在") from None
    except OSError as trouble:
        reason = os.strerror(trouble.errno or 0)
        raise bad_certificate(file, f"it cannot be read: {reason}", f"无法读取：{reason}") from None
