"""Certificates that settings name: the city's own for the embedded server, or those for a server elsewhere."""

from datetime import datetime
from pathlib import Path

from cryptography.x509.oid import ExtendedKeyUsageOID

from embedded.account import Account
from embedded.certificate_files import (
    PairFiles,
    fingerprint_of,
    read_authorities,
    read_pair,
    require_issued,
    require_name,
    require_private,
    require_readable,
    require_use,
)
from embedded.certificates import (
    FOLDER,
    SERVER_NAME,
    USERS,
    Certificates,
    home_certificates,
    home_pair,
    renew_certificates,
)
from embedded.errors import certificates_incomplete, certificates_out_of_place
from embedded.frontends import addresses
from embedded.settings import StackSettings
from embedded.temporal_access import TemporalAccess, TemporalTls, read_token

_OURS = ("temporal_tls_ca", "temporal_tls_certificate", "temporal_tls_key")
_SERVERS = ("temporal_tls_server_certificate", "temporal_tls_server_key")
_UIS = ("temporal_tls_ui_certificate", "temporal_tls_ui_key")
_ANY = (*_OURS, *_SERVERS, *_UIS, "temporal_tls_server_name")
_TOKEN = "temporal_api_key_file"


def certificates_of(
    settings: StackSettings, account: Account | None, *, is_trial: bool
) -> tuple[Certificates | None, TemporalTls | None]:
    """Return those of the embedded server on PostgreSQL, and how our processes show themselves to any server.

    StackError for a file that is of no use, and for settings that do not fit the server.
    """
    if not settings.embeds_temporal:
        return None, tls_elsewhere(settings, account)
    if is_trial:
        en, zh = "the trial engine cannot ask for certificates", "试用引擎不支持证书"
        _refuse(settings, (*_ANY, _TOKEN), en, zh)
        return None, None
    renew_certificates(settings.home, ("internode",) if _named(settings, _ANY) else USERS)
    found = _embedded(settings, account)
    ours = TemporalTls(
        ca=found.server.authority,
        certificate=found.client.certificate,
        key=found.client.key,
        server_name=found.server_name,
        fingerprint=found.fingerprint,
    )
    return found, ours


def _embedded(settings: StackSettings, account: Account | None) -> Certificates:
    """The city's own, else the home's."""
    _refuse(settings, (_TOKEN,), "the embedded Temporal server takes certificates, no tokens", "内置 Temporal 只认证书")
    if not _named(settings, _ANY):
        return home_certificates(settings.home)
    _require(settings, (*_OURS, *_SERVERS))
    if _named(settings, _UIS):
        _require(settings, _UIS)
    authority, name = _file(settings, "temporal_tls_ca"), settings.temporal_tls_server_name or SERVER_NAME
    client, server = (
        PairFiles(_file(settings, pair[0]), _file(settings, pair[1]), authority) for pair in (_OURS[1:], _SERVERS)
    )
    ui = PairFiles(_file(settings, _UIS[0]), _file(settings, _UIS[1]), authority) if _named(settings, _UIS) else client
    for pair in (client, server, ui):
        _check(pair, account)
    require_name(server.certificate, name)
    require_use(server.certificate, ExtendedKeyUsageOID.SERVER_AUTH, "server", "服务端")
    for pair in (client, ui):
        require_use(pair.certificate, ExtendedKeyUsageOID.CLIENT_AUTH, "client", "客户端")
    return Certificates(
        server=server, client=client, ui=ui, internode=home_pair(settings.home, "internode"), server_name=name
    )


def certificates_now(settings: StackSettings) -> tuple[str, datetime] | None:
    """Return the fingerprint of those that are there, and when the first of them ends; None before the first start.

    Makes none. StackError for one that is of no use.
    """
    if settings.embeds_temporal:
        if not (settings.home / FOLDER).is_dir():
            return None
        found = _embedded(settings, None)
        return found.fingerprint, found.ends_at
    tls = tls_elsewhere(settings, None)
    if tls is None or tls.certificate is None:
        return None
    return tls.fingerprint, read_authorities(tls.certificate)[0].not_valid_after_utc


def elsewhere(settings: StackSettings) -> TemporalAccess:
    """Return how the Temporal server of the settings is reached; StackError for a file that is of no use."""
    assert settings.temporal_address
    return TemporalAccess(
        address=settings.temporal_address,
        namespace=settings.temporal_namespace,
        tls=tls_elsewhere(settings, None),
        api_key_file=settings.temporal_api_key_file,
    )


def tls_elsewhere(settings: StackSettings, account: Account | None) -> TemporalTls | None:
    """Return how we show ourselves to a Temporal server elsewhere, and know it; None is plain text."""
    _refuse(settings, (*_SERVERS, *_UIS), "the Temporal server is one elsewhere", "所用的是外部 Temporal 服务")
    if settings.temporal_api_key_file:
        require_private(settings.temporal_api_key_file, account)
        read_token(settings.temporal_api_key_file)
    ca, name = settings.temporal_tls_ca, settings.temporal_tls_server_name
    trusted = read_authorities(ca) if ca else []
    if ca:
        require_readable(ca, account)
    if not _named(settings, _OURS[1:]):
        if not ca and not name and not settings.temporal_api_key_file:
            return None
        _require_one_name(settings)
        return TemporalTls(ca=ca, server_name=name, fingerprint=fingerprint_of(trusted))
    _require(settings, _OURS[1:])
    _require_one_name(settings)
    certificate, key = _file(settings, _OURS[1]), _file(settings, _OURS[2])
    require_readable(certificate, account)
    require_private(key, account)
    mark = fingerprint_of([read_pair(PairFiles(certificate, key, certificate)), *trusted])
    return TemporalTls(ca=ca, certificate=certificate, key=key, server_name=name, fingerprint=mark)


def _require_one_name(settings: StackSettings) -> None:
    """Several frontends show the same name, whatever their addresses are."""
    if len(addresses(settings.temporal_address or "")) > 1:
        _require(settings, ("temporal_tls_server_name",))


def _check(pair: PairFiles, account: Account | None) -> None:
    read_pair(pair)
    require_issued(pair)
    require_private(pair.key, account)
    for file in (pair.certificate, pair.authority):
        require_readable(file, account)


def _named(settings: StackSettings, fields: tuple[str, ...]) -> list[str]:
    return [f"RECTIFY_{field.upper()}" for field in fields if getattr(settings, field)]


def _file(settings: StackSettings, field: str) -> Path:
    file: Path = getattr(settings, field)
    return file


def _require(settings: StackSettings, fields: tuple[str, ...]) -> None:
    if missing := [f"RECTIFY_{field.upper()}" for field in fields if not getattr(settings, field)]:
        raise certificates_incomplete(missing)


def _refuse(settings: StackSettings, fields: tuple[str, ...], en: str, zh: str) -> None:
    if named := _named(settings, fields):
        raise certificates_out_of_place(named, en, zh)
