"""Of a PostgreSQL elsewhere the record is dumped, and restored beside what is there, under its name at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from desk.heads import heads_of
from embedded.backup_errors import BackupRefused
from embedded.databases import Login
from embedded.endpoints import Endpoints
from embedded.progress import Voice
from embedded.settings import StackSettings
from embedded.throwaway import throwaway_folder
from engine.connection import Services
from store.campaigns import Campaign
from store.engine import even_in_copies
from store.installation import become_live, is_copy
from tests.store.paper import long_case, write
from workers.backup import make_backup
from workers.restore import restore_backup

SECRET = b"sixteen or more signs"


class Elsewhere:
    """An installation whose PostgreSQL and Temporal somebody else keeps, and the next one that is to take its place."""

    def __init__(self, services: Services, folder: Path) -> None:
        endpoints = services.endpoints
        (folder / "home").mkdir()
        self.services = Services(endpoints.model_copy(update={"home": folder / "home", "engine": "external"}))
        self.folder, self.owner = folder, Login.of_url(endpoints.database_url)
        self.app = Login.of_url(endpoints.app_database_url)
        self.settings = self.settings_of("home", self.owner.database)

    def settings_of(self, home: str, database: str) -> StackSettings:
        """Those of a home that works on this database."""
        return StackSettings(
            home=self.folder / home,
            database_url=self.owner.to(database).url,
            app_database_url=self.app.to(database).url,
            temporal_address=self.services.endpoints.temporal_address,
        )

    def saved(self, **more: Any) -> Path:
        """A backup."""
        secret = None if more.get("plain") else SECRET
        where = self.folder / f"backup-{len(list(self.folder.iterdir()))}"
        return make_backup(self.services, self.settings, where, secret, None, Voice(self.settings), **more).where

    def restored(self, where: Path, home: str, database: str, *, replace: bool = False) -> Services:
        """What the backup was restored into."""
        settings = self.settings_of(home, database)
        done = restore_backup(settings, where, SECRET, Voice(settings), replace=replace)
        assert (done.checked, done.differences) == (1, ())
        return Services(
            Endpoints(
                database_url=str(settings.database_url), app_database_url=str(settings.app_database_url),
                temporal_address="", namespace="rectify", ui_url=None, home=settings.home,
            )
        )  # fmt: skip

    def databases(self, like: str) -> list[str]:
        """Names of those that begin so."""
        with self.owner.to("postgres").connect() as admin:
            rows = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1", (f"{like}%",))
            return [row[0] for row in rows]


@pytest.fixture
def elsewhere(services: Services, campaign: Campaign) -> Iterator[Elsewhere]:
    """One with a case."""
    write(services.engine, campaign.plan, long_case(campaign, 31))
    with throwaway_folder() as folder:
        found = Elsewhere(services, folder)
        yield found
        found.services.close()
        with found.owner.to("postgres").connect() as admin:
            for name in found.databases("restored_"):
                admin.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(name)))


def lines(of: Services) -> int:
    """Of all logs."""
    with of.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM case_log")).scalar_one()


def test_a_dump_becomes_a_copy_beside_the_live_one(elsewhere: Elsewhere) -> None:
    copy = elsewhere.restored(elsewhere.saved(), "copy", "restored_one")
    assert lines(copy) == lines(elsewhere.services) > 0
    assert is_copy(copy.engine) and not is_copy(elsewhere.services.engine)
    with pytest.raises(InternalError, match="read-only"), copy.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET seq = seq"))
    with even_in_copies(copy.engine).begin() as connection:  # who comes to look is written down
        connection.execute(text("DELETE FROM failed_sign_ins"))
    assert not heads_of(copy).signs
    copy.close()
    assert become_live(copy.owner, "office:Qian@650200", "drill")
    with copy.engine.begin() as connection:
        assert connection.execute(text("UPDATE cases SET seq = seq")).rowcount == 1
    assert not become_live(copy.owner, "office:Qian@650200", "again")
    copy.close()
    assert elsewhere.databases("restored_") == ["restored_one"]


def test_a_database_that_is_there_is_replaced_only_when_asked_and_while_nobody_uses_it(elsewhere: Elsewhere) -> None:
    saved = elsewhere.saved()
    elsewhere.restored(saved, "first", "restored_two").close()
    for replace, code in ((False, "database_not_empty"), (True, "database_in_use")):
        with elsewhere.owner.to("restored_two").connect(), pytest.raises(BackupRefused) as told:
            elsewhere.restored(saved, "second", "restored_two", replace=replace)
        assert told.value.code == code
        assert elsewhere.databases("restored_") == ["restored_two"]
    elsewhere.restored(saved, "second", "restored_two", replace=True).close()
    (now, before) = elsewhere.databases("restored_")
    assert now == "restored_two" and before.startswith("restored_two_replaced_")


def test_a_plain_backup_is_made_only_when_asked_and_has_no_keys(elsewhere: Elsewhere) -> None:
    with pytest.raises(BackupRefused) as told:
        make_backup(
            elsewhere.services, elsewhere.settings, elsewhere.folder / "x", None, None, Voice(elsewhere.settings)
        )
    assert told.value.code == "backup_key_needed"
    plain = elsewhere.saved(plain=True)
    assert not (plain / "keys.part").exists()
    copy = elsewhere.restored(plain, "plain", "restored_three")
    assert lines(copy) == lines(elsewhere.services)
    assert not (copy.home / "keys.json").exists() and not (copy.home / "heads.key").exists()
    copy.close()
