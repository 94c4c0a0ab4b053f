"""A restore that is interrupted anywhere goes on, or leaves what was there."""

import itertools
from pathlib import Path

import pytest

from embedded import staging

OLD = {"passwords.json": "old", "keys.json": "old", "postgres/data/PG_VERSION": "old", "logs/web.log": "old"}
NEW = {"passwords.json": "new", "keys.json": "new", "postgres/data/PG_VERSION": "new", "engine.txt": "new"}


class Interrupted(Exception):
    """Power was cut here."""


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def files_in(folder: Path) -> dict[str, str]:
    """What lies there, but for what was moved aside and the restore's own."""
    files = (file for file in folder.rglob("*") if file.is_file())
    found = {str(file.relative_to(folder)): file.read_text() for file in files}
    return {name: text for name, text in found.items() if not name.startswith(("replaced-", ".restoring", "lock"))}


def aside_in(home: Path) -> dict[str, str]:
    (aside,) = home.glob("replaced-*")
    return files_in(aside)


def begun(home: Path, old: dict[str, str]) -> None:
    lay(home, {**old, "lock": ""})
    lay(staging.begin(home), NEW)


def interrupt(patch: pytest.MonkeyPatch, after: int) -> None:
    """The n-th change of a name, or removal, does not happen, nor what comes behind it."""
    left = itertools.count(after, -1)

    def counted(method: str) -> None:
        really = getattr(Path, method)

        def change(self: Path, *args: object, **more: object) -> object:
            if next(left) <= 0:
                raise Interrupted
            return really(self, *args, **more)

        patch.setattr(Path, method, change)

    for method in ("rename", "replace", "unlink"):
        counted(method)


@pytest.mark.parametrize("old", [OLD, {}], ids=["replaced", "empty"])
def test_an_interruption_at_any_step_is_made_good_by_calling_again(
    old: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in itertools.count():
        home = tmp_path / str(steps)
        begun(home, old)
        assert not staging.is_interrupted(home) or not old
        staging.ready(home, "b")
        with monkeypatch.context() as patch:
            interrupt(patch, steps)
            try:
                staging.finish(home)
                interrupted = False
            except Interrupted:
                interrupted = True
        if interrupted and staging.is_ready(home) is not None:
            assert staging.is_interrupted(home)
            staging.finish(home)
        assert files_in(home) == NEW
        assert not staging.is_interrupted(home)
        assert not old or aside_in(home) == old
        if not interrupted:
            break
    assert steps > len(NEW)


def test_before_it_is_ready_the_home_is_as_it_was(tmp_path: Path) -> None:
    begun(tmp_path, OLD)
    assert files_in(tmp_path) == OLD
    assert staging.is_ready(tmp_path) is None
    staging.discard(tmp_path)
    assert files_in(tmp_path) == OLD and not staging.is_empty(tmp_path)


def test_a_home_that_was_empty_is_not_started_while_half_restored(tmp_path: Path) -> None:
    begun(tmp_path, {})
    assert staging.is_interrupted(tmp_path)
    staging.discard(tmp_path)
    assert staging.is_empty(tmp_path) and not staging.is_interrupted(tmp_path)


def test_what_was_moved_aside_before_stays_where_it_is(tmp_path: Path) -> None:
    lay(tmp_path, {"replaced-20260101T000000Z/keys.json": "older"})
    begun(tmp_path, OLD)
    staging.ready(tmp_path, "b")
    aside = staging.finish(tmp_path)
    assert aside is not None and files_in(aside) == OLD
    assert (tmp_path / "replaced-20260101T000000Z" / "keys.json").read_text() == "older"
