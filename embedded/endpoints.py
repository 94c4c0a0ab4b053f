"""Where the services of a home are: written by `up`, read by every process."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from embedded.evidence_place import EvidencePlace
from embedded.machine_errors import owner_elsewhere
from embedded.settings import StackSettings
from embedded.temporal_access import TemporalAccess, TemporalTls
from embedded.web_listener import WebListener


class Endpoints(BaseModel):
    """Where the stack's services are; holds passwords."""

    model_config = ConfigDict(frozen=True)

    database_url: str | None
    """As the owner of our tables, in SQLAlchemy's form; None on a machine that may not have it."""
    app_database_url: str
    """As the application role, which owns nothing."""
    temporal_address: str
    namespace: str
    engine: Literal["trial", "postgres", "external"] = "postgres"
    """Which Temporal server carries the cases."""
    temporal_tls: TemporalTls | None = None
    """How we show ourselves to the Temporal server; None is plain text, as the trial engine wants it."""
    temporal_api_key_file: Path | None = None
    """Where the token for a Temporal server elsewhere lies."""
    ui_url: str | None
    """Where the web process hands the Temporal UI on, once it serves; None without one."""
    ui_inner: str | None = None
    """Where the Temporal UI itself listens, which answers to any name and may take writes: for the web process only."""
    web_url: str | None = None
    """Where people open the pages, once whoever starts the stack has started them."""
    web_listener: WebListener = WebListener()
    """How they are reached."""
    evidence: EvidencePlace | None = None
    """The bucket of photos and papers of cases; None where they are in the home."""
    home: Path

    @property
    def owner_url(self) -> str:
        """The owner's; StackError where this machine has none."""
        if self.database_url is None:
            raise owner_elsewhere()
        return self.database_url

    @property
    def temporal(self) -> TemporalAccess:
        """How Temporal is reached."""
        return TemporalAccess(
            address=self.temporal_address,
            namespace=self.namespace,
            tls=self.temporal_tls,
            api_key_file=self.temporal_api_key_file,
        )


def endpoints_of(settings: StackSettings) -> Endpoints | None:
    """Return the endpoints that the last `up` wrote, or None when the stack was stopped since."""
    try:
        return Endpoints.model_validate_json((settings.home / "endpoints.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
