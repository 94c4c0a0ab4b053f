"""Declaring a copy the live installation, by the office, noted: only then clocks run and notices go out."""

from contextlib import suppress

import psycopg

from desk.heads import heads_of
from embedded.databases import Login
from embedded.errors import StackError
from embedded.passwords import passwords_of
from embedded.postgres import SUPERUSER
from embedded.settings import StackSettings
from engine.connection import Services
from engine.operator import operator
from models.actors import Actor
from models.audit import AuditLine, audit_actor
from models.base import Frozen
from models.refusals import Refused
from rules.access.deeds import may_order
from store.audit import note as note_line
from store.differences import Difference
from store.files_trouble import FilesTrouble
from store.installation import Installation, become_live, installation

_END_SESSIONS = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = %s AND usename = %s AND pid <> pg_backend_pid()"""


class Live(Frozen):
    """The installation as it is now; whether it was declared just now; what its logs lost since heads were signed."""

    installation: Installation
    new: bool
    lost: tuple[Difference, ...]


def declare_live(services: Services, settings: StackSettings, by: Actor, note: str) -> Live | Refused:
    """From now on this is the live installation. A second time it has no effect.

    Heads that were signed after the backup, and kept elsewhere, are told once, and signing begins anew.
    """
    if refused := may_order(by, "declare_live"):
        return refused
    new, lost = become_live(services.owner, str(by), note), tuple[Difference, ...]()
    if new:
        _end_read_only_sessions(services, settings)
        with suppress(FilesTrouble):  # whose it is then is told by doctor, and asked again with the next file
            services.claim_files()
        note_line(services.owner, AuditLine(kind="declared_live", by=audit_actor(by, account=operator().account)))
        lost = tuple(heads_of(services).begin_anew(services.engine))
    return Live(installation=installation(services.engine), new=new, lost=lost)


def _end_read_only_sessions(services: Services, settings: StackSettings) -> None:
    """Connections that began in the copy only read: pages and workers make new ones, at their next question.

    The owner of a PostgreSQL elsewhere may lack the right to end them; then a restart of the pages does it.
    """
    app, owner = Login.of_url(services.endpoints.app_database_url), Login.of_url(services.endpoints.owner_url)
    who = owner
    if settings.embeds_postgres:
        who = owner.as_role(SUPERUSER, passwords_of(services.home).superuser)
    with suppress(StackError, psycopg.errors.InsufficientPrivilege), who.connect() as connection:
        connection.execute(_END_SESSIONS, (app.database, app.user))
