"""Settings of the one-machine stack, read from the environment with the prefix RECTIFY_."""

import os
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from embedded.evidence_place import EvidencePlace, is_address, place_at
from embedded.frontends import addresses

MACHINE_SETTINGS = "/etc/rectify/rectify.env"
"""Settings of the machine, which the environment goes before; RECTIFY_SETTINGS names another file."""
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_LISTEN = re.compile(r"(?:(?P<host>[^\s\[\]:]*|\[[0-9a-f:.]+\]):)?(?P<port>\d{1,5})", re.IGNORECASE)
_LAST_PORT, _HIGHEST_PORT = 65_000, 65_535
_URL = re.compile(r"https?://[^/?#@\s]+")


def _folder(xdg: str, of_user: str, of_root: str) -> Path:
    """Return the user's folder for this product, or the machine's when we are root.

    Root's own home is closed to the unprivileged account the servers run as, so root uses /var.
    """
    base = os.environ.get(xdg)
    if base:
        return Path(base) / "rectify"
    if os.geteuid() == 0:
        return Path(of_root)
    return Path.home() / of_user / "rectify"


def default_home() -> Path:
    """Return where the cluster, logs, pid files, secrets and endpoints.json are kept."""
    return _folder("XDG_STATE_HOME", ".local/state", "/var/lib/rectify")


def default_cache() -> Path:
    """Return where unpacked and built binaries are kept."""
    return _folder("XDG_CACHE_HOME", ".cache", "/var/cache/rectify")


def _absolute(folder: Path) -> Path:
    return folder.expanduser().resolve()


def _listed(written: object) -> object:
    """What commas separate."""
    return tuple(part.strip() for part in written.split(",") if part.strip()) if isinstance(written, str) else written


def _host_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names or addresses, without scheme and port, in small letters."""
    return tuple(_host_name(name.lower().rstrip(".")) for name in names)


def _host_name(name: str) -> str:
    if _is_address(name):
        return str(ip_address(name))
    if _HOST.fullmatch(name):
        return name
    raise ValueError(
        f"{name!r} is no host name: write city.example, without scheme and port"
        f" ({name!r} 不是主机名，请写作 city.example，不带协议和端口)"
    )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _address(written: str) -> str:
    if _is_address(written):
        return written
    raise ValueError(f"{written!r} is no IP address ({written!r} 不是 IP 地址)")


def _networks(written: tuple[str, ...]) -> tuple[str, ...]:
    for one in written:
        try:
            ip_network(one)
        except ValueError:
            raise ValueError(f"{one!r} is neither an address nor a network ({one!r} 不是 IP 地址或网段)") from None
    return written


def _for_sqlalchemy(url: str | None) -> str | None:
    """As PostgreSQL's own tools write it, or with the driver that we speak by."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url) if url else None


def _origin(written: str) -> str:
    if _URL.fullmatch(written.rstrip("/")):
        return written.rstrip("/")
    raise ValueError(
        f"{written!r} is no address of a site: write https://city.example ({written!r} 不是网址，请写作 https://city.example)"
    )


def _bucket(written: str) -> str:
    if is_address(written):
        return written.rstrip("/")
    raise ValueError(
        f"{written!r} names no bucket: write s3://bucket or s3://bucket/prefix"
        f" ({written!r} 不是存储桶地址，请写作 s3://存储桶 或 s3://存储桶/前缀)"
    )


def _frontends(written: str) -> str:
    """Host and port of each, commas between them."""
    known = addresses(written)
    for one in known:
        found = _LISTEN.fullmatch(one)
        if found is None or not found["host"] or not 0 < int(found["port"]) <= _HIGHEST_PORT:
            raise ValueError(
                f"{one!r} is no host and port: write temporal.city.example:7233, commas between several"
                f" ({one!r} 不是“主机:端口”，请写作 temporal.city.example:7233，多个地址用逗号分隔)"
            )
    return ",".join(known)


def _listen(written: str) -> str:
    """Host and port; a port alone is that of loopback."""
    found = _LISTEN.fullmatch(written)
    host = (found["host"] or "127.0.0.1").strip("[]") if found else ""
    if found is None or not 0 < int(found["port"]) <= _LAST_PORT or not (_is_address(host) or _HOST.fullmatch(host)):
        raise ValueError(
            f"{written!r} is no host and port: write 127.0.0.1:9464, with a port up to {_LAST_PORT}"
            f" ({written!r} 不是“主机:端口”，请写作 127.0.0.1:9464，端口不超过 {_LAST_PORT})"
        )
    return f"[{host}]:{found['port']}" if ":" in host else f"{host}:{found['port']}"


Place = Annotated[Path, AfterValidator(_absolute)]
_Listed = (NoDecode, BeforeValidator(_listed))
HostNames = Annotated[tuple[str, ...], *_Listed, AfterValidator(_host_names)]
Listen = Annotated[str, AfterValidator(_listen)]
Networks = Annotated[tuple[str, ...], *_Listed, AfterValidator(_networks)]


class StackSettings(BaseSettings):
    """What the stack is made of and where it lives; a port of 0 means "a free one, kept from then on".

    A port that nobody set is a free one too where another program has it. All are below 32768: above it systems take
    ports for outgoing connections.
    """

    model_config = SettingsConfigDict(env_prefix="RECTIFY_", extra="ignore", frozen=True, env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is named here, then the environment, then the machine's own file."""
        file = Path(os.environ.get("RECTIFY_SETTINGS", MACHINE_SETTINGS))
        if not os.access(file, os.R_OK) or not file.is_file():
            return init_settings, env_settings
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=file)

    home: Place = Field(default_factory=default_home)
    cache: Place = Field(default_factory=default_cache)
    lang: Literal["zh", "en"] = "zh"
    service_account: str = "rectify"
    """Account that everything runs as when we are root, made if it is missing; otherwise all runs as we do."""
    supervise: bool = True
    """Whether `rectify up` leaves a keeper behind, which starts again what dies."""

    database_url: str | None = None
    """External PostgreSQL, e.g. postgresql://user:password@host/rectify; None starts the embedded one."""
    app_database_url: Annotated[str | None, AfterValidator(_for_sqlalchemy)] = None
    """With an external PostgreSQL: the application role's URL, when somebody else keeps that role."""
    postgres_bin: Place | None = None
    """Place with postgres and initdb, version 15 or newer; None takes the bundled ones."""
    postgres_port: int = Field(default=25432, ge=0, le=65535)

    postgres_memory: Annotated[str, Field(pattern=r"^[1-9]\d{0,4}(MB|GB)$")] = "256MB"
    """What the embedded PostgreSQL keeps of its tables in memory; a quarter of what its machine has for it."""
    postgres_connections: int = Field(default=200, ge=150, le=5000)
    """Those that it takes at once."""

    durable: bool = True
    """False only for a stack that is thrown away: PostgreSQL then does not wait for the disk."""

    engine: Literal["trial", "postgres"] | None = None
    """The embedded Temporal server: `trial` keeps its state in SQLite; None is the home's own, else `postgres`."""
    temporal_cli: Place | None = None
    """Temporal's command line tool, which is the trial engine; None takes the installed package's, or that on PATH."""
    temporal_address: Annotated[str, AfterValidator(_frontends)] | None = None
    """External Temporal server, host:port, of several frontends each; None starts the embedded one."""
    temporal_namespace: str = "rectify"
    temporal_server: Place | None = None
    """A temporal-server binary, with temporal-sql-tool beside it."""
    temporal_archive: Place | None = None
    """A release archive (.tar.gz) of the Temporal server; its sha256 is required too."""
    temporal_archive_sha256: str | None = None
    temporal_port: int = Field(default=7233, ge=0, le=65535)
    temporal_shards: int = Field(default=4, ge=1, le=16384)
    """History shards of the embedded server: fixed when its tables are made, whatever is set later."""
    temporal_tls_ca: Place | None = None
    """The authority that has issued the certificates of a Temporal server, PEM; None is the home's own, or none."""
    temporal_tls_certificate: Place | None = None
    """Ours as clients, PEM; with its key."""
    temporal_tls_key: Place | None = None
    temporal_tls_server_name: str | None = None
    """The name in the server's certificate, where that is not the host of its address."""
    temporal_tls_server_certificate: Place | None = None
    """Of the embedded server, with its key, where the city has its own."""
    temporal_tls_server_key: Place | None = None
    temporal_tls_ui_certificate: Place | None = None
    """Of the Temporal UI, with its key; None takes ours."""
    temporal_tls_ui_key: Place | None = None
    temporal_api_key_file: Place | None = None
    """A file with the token (API key or JWT) for a Temporal server elsewhere; read again when it changes."""
    retention_days: int = Field(default=30, ge=1, le=3650)
    """Days a finished workflow's history is kept; set when the namespace is first registered."""
    time_skipping: bool = False
    """For tests and rehearsals only: lets a client move one workflow's clock forward."""

    ui: bool = True
    temporal_ui_server: Place | None = None
    ui_port: int = Field(default=8233, ge=0, le=65535)

    remembered_cases: int = Field(default=1000, ge=10, le=100_000)
    """Cases that a worker of cases keeps in memory; of any other it replays the history before a step."""

    heads: Place | None = None
    """Where the signed heads of the logs are kept; None is `heads` in the home. Another disk is better."""

    case_years: int = Field(default=10, ge=10, le=100)
    """Years that the record of a case is kept after its last line, at least; then it may be erased."""

    time_stamp_url: str | None = None
    """Where a time stamp authority (RFC 3161) answers, http or https; None stamps nothing."""
    time_stamp_ca: Place | None = None
    """The certificates that prove its stamps, PEM; without them none is asked for."""

    evidence: Annotated[str, AfterValidator(_bucket)] | None = None
    """Where photos and papers of cases are kept, s3://bucket/prefix; None is the folder `files` of the home."""
    evidence_endpoint: Annotated[str, AfterValidator(_origin)] | None = None
    """Where the object store answers; None is Amazon's of the region. One that begins with the bucket is taken so."""
    evidence_region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    evidence_credentials: Place | None = None
    """A file with the store's key, as `[default]` with `aws_access_key_id` and `aws_secret_access_key`, 0600."""
    evidence_ca: Place | None = None
    """The authority that has issued the store's certificate, PEM; None is those that this machine trusts."""

    backup_key: Place | None = None
    """A file with the passphrase or the random bytes that seal backups; a copy of it belongs elsewhere."""
    backup_every: int = Field(default=24, ge=0, le=8760)
    """Hours after which `rectify doctor` warns that no newer backup was made; 0 never warns."""

    web: bool = True
    web_port: int = Field(default=8780, ge=0, le=65535)
    """Of the pages and the API."""
    web_names: HostNames = ()
    """Host names under which pages, API and Temporal UI answer, beside those of loopback; commas between them."""
    web_address: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    """Where they listen beside loopback; elsewhere only with a certificate or behind a proxy."""
    web_tls_certificate: Place | None = None
    """Theirs, PEM, with those between it and its authority; read again when it changes."""
    web_tls_key: Place | None = None
    web_proxies: Networks = ()
    """Addresses of proxies whose X-Forwarded-Proto, -Host and -For are believed; commas between them."""
    web_url: Annotated[str, AfterValidator(_origin)] | None = None
    """Where people open the pages, for links; None is the first of the names."""

    metrics_listen: Listen | None = None
    """Where this process tells its metrics, host:port; of a stack the pages, and the workers at the ports after it."""

    otlp_endpoint: Annotated[str, AfterValidator(_origin)] | None = None
    """An OpenTelemetry collector, http://host:4318, that takes traces; None traces nothing."""

    oidc_issuer: str | None = None
    """The city's own sign-in (OpenID Connect), https://…, as its discovery document names it; with a client id."""
    oidc_client_id: str | None = None
    oidc_client_secret_file: Place | None = None
    """A file with the client's secret; None for a client that has none."""
    oidc_label_zh: str = "市统一身份认证"
    oidc_label_en: str = "the city's sign-in"
    """What its button calls it."""

    def names_port(self, name: str) -> bool:
        """Whether somebody set the port of this server: postgres, temporal, ui or web."""
        return f"{name}_port" in self.model_fields_set

    @property
    def evidence_place(self) -> EvidencePlace | None:
        """The bucket of photos and papers; None where they are in the home."""
        return self.bucket_at(self.evidence) if self.evidence else None

    def bucket_at(self, address: str) -> EvidencePlace:
        """A bucket of the same store."""
        return place_at(
            address, self.evidence_endpoint, self.evidence_region, self.evidence_credentials, self.evidence_ca
        )

    @property
    def embeds_postgres(self) -> bool:
        """True when PostgreSQL is started by us."""
        return self.database_url is None

    @property
    def embeds_temporal(self) -> bool:
        """True when the Temporal server is started by us."""
        return self.temporal_address is None
