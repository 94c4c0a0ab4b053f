"""The home belongs to the account, whoever of ours writes there; no foreign folder is taken."""

import os
import pwd
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.account import Account, give_file, own_folder, prepare_folders, refuse_foreign, take_home
from embedded.children import Children
from embedded.errors import StackError
from embedded.lock import FileLock
from embedded.progress import Voice
from embedded.settings import StackSettings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands files over to an account; owner: embedded")


@pytest.fixture
def account() -> Account:
    """One that owns nothing here."""
    found = pwd.getpwnam("nobody")
    return Account("nobody", found.pw_uid, found.pw_gid)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the account could enter."""
    with tempfile.TemporaryDirectory(prefix="rectify-") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "home"


def owners(folder: Path) -> set[int]:
    """Whom the folder, and everything in it, belongs to."""
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


def taken(home: Path, account: Account) -> list[str]:
    """What was said when the home was prepared and taken."""
    said: list[str] = []
    settings = StackSettings(home=home, lang="en")
    prepare_folders(settings, account)
    refuse_foreign(home, account)
    take_home(home, account, Voice(settings, said.append))
    return said


def test_what_root_writes_into_the_home_is_the_accounts(home: Path, account: Account) -> None:
    assert taken(home, account) == []
    give_file(home / "ports.json", "{}")
    with FileLock(home / "lock", within=1, on_wait=lambda: None):
        own_folder(home / "heads")
    children = Children(home)
    children.start("child", ["/bin/true"])
    children.stop("child")
    assert owners(home) == {account.uid} and {file.name for file in home.iterdir()} == {
        "ports.json", "lock", "heads", "run", "logs",
    }  # fmt: skip
    assert {file.stat().st_mode & 0o077 for file in (home, *home.rglob("*"))} == {0}


def test_a_home_of_root_and_another_account_is_handed_over_and_that_is_told(home: Path, account: Account) -> None:
    (home / "postgres" / "data").mkdir(parents=True)
    (home / "passwords.json").write_text("{}")
    (home / "postgres" / "data" / "PG_VERSION").write_text("18")
    elsewhere = home.parent / "elsewhere"
    elsewhere.write_text("none of ours")
    (home / "link").symlink_to(elsewhere)
    os.link(elsewhere, home / "second-name")
    for path in (home / "postgres", *(home / "postgres").rglob("*")):
        os.chown(path, 2, 2)
    assert taken(home, account) == [f"handing {home} over to the account nobody"]
    (home / "second-name").unlink()
    assert owners(home) == {account.uid} and elsewhere.stat().st_uid == 0
    assert taken(home, account) == [], "once"


def test_a_server_that_removes_its_own_files_meanwhile_is_no_trouble(home: Path, account: Account) -> None:
    """As PostgreSQL does where `up` finds it running."""
    taken(home, account)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            for number in range(50):
                (home / f"pg_internal.{number}").touch()
            for number in range(50):
                (home / f"pg_internal.{number}").unlink()

    server = threading.Thread(target=serve)
    server.start()
    try:
        for _ in range(200):
            taken(home, account)
    finally:
        over.set()
        server.join()


@pytest.mark.parametrize("owner", [0, 2])
def test_a_folder_that_is_none_of_ours_is_not_taken(home: Path, account: Account, owner: int) -> None:
    home.mkdir()
    (home / "letters").write_text("of a person")
    os.chown(home, owner, owner)
    with pytest.raises(StackError) as refused:
        taken(home, account)
    assert refused.value.code == "folder_foreign" and "RECTIFY_HOME" in refused.value.remedy_zh
    assert owners(home) == {0, owner}


def test_an_up_that_comes_second_does_not_take_what_the_first_has_half_written_for_foreign(
    home: Path, account: Account
) -> None:
    (home / "run").mkdir(parents=True)
    prepare_folders(StackSettings(home=home), account)  # before the lock: judges nothing
    (home / "run").rmdir()
    (home / ".passwords.json.0a1b2c3d").write_text("{")
    assert taken(home, account) == [], "killed in its first moment"


def test_root_does_not_write_through_a_link_that_the_account_laid(home: Path, account: Account) -> None:
    taken(home, account)
    (home / "logs").mkdir()
    target = home.parent / "target"
    target.write_text("of root")
    (home / "logs" / "child.log").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        Children(home).start("child", ["/bin/echo", "x"])
    assert target.read_text() == "of root"
