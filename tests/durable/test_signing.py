"""What leaves a process is signed by whoever speaks in it, and nothing else leaves."""

from pathlib import Path

import pytest

from engine.claim_keys import key_file, public_half
from engine.claims import Signer, Speaker, Unsigned, console, holds, speaking, speaks
from engine.keys import Keys, make_keys, new_key, read_keys, write_keys
from models.claims import Purpose
from tests.cast import INSPECTOR, SUPERVISOR, actor
from tests.durable.office import command

LI, WANG = actor(INSPECTOR), actor(SUPERVISOR)
NOTE = command("add_note", text="one")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with keys."""
    for purpose in ("door", "work"):
        make_keys(key_file(tmp_path, purpose))
    return tmp_path


def public(home: Path, purpose: Purpose) -> str:
    keys = read_keys(key_file(home, purpose))
    return public_half(keys, keys.current)


@pytest.mark.parametrize(
    ("who", "code"),
    [(None, "nobody_speaks"), (Speaker(WANG, "token:1"), "speaks_for_another")],
)
def test_a_command_that_the_speaker_may_not_say_is_not_signed(home: Path, who: Speaker | None, code: str) -> None:
    with speaking(console()):  # the tests' own speaker is put back
        speaks(who)
        with pytest.raises(Unsigned) as told:
            Signer(home).claim("case/c/s", NOTE)
        with pytest.raises(Unsigned):
            Signer(home).order(LI, "note", "job/1", "c", "sha256:1")
    assert told.value.code == code


def test_who_speaks_is_one_task_s_matter(home: Path) -> None:
    with speaking(Speaker(LI, "token:7")):
        claim = Signer(home).claim("case/c/s", NOTE)
        with speaking(console()):
            assert Signer(home).claim("case/c/s", NOTE).door.startswith("console:")
        assert (claim.door, claim.by) == ("token:7", LI)
    assert holds(public(home, "door"), claim.signed_text(), claim.signature)
    assert not holds(public(home, "work"), claim.signed_text(), claim.signature)
    assert not holds(public(home, "door"), claim.signed_text() + b" ", claim.signature)
    assert not holds(public(home, "door"), claim.signed_text(), "no base64")


def test_an_order_is_signed_at_the_door_and_carried_out_with_the_worker_s_key(home: Path) -> None:
    order = Signer(home).order(LI, "note", "job/1", "c", "sha256:1")
    with speaking(Speaker(None, "order:job/1", order, "work")):
        claim = Signer(home).claim("case/c/s", NOTE)
    assert claim.order == order and claim.door == "order:job/1"
    assert holds(public(home, "work"), claim.signed_text(), claim.signature)
    assert holds(public(home, "door"), order.signed_text(), order.signature)


def test_a_new_key_is_taken_up_without_a_new_start(home: Path) -> None:
    signer, file = Signer(home), key_file(home, "door")
    first, keys = signer.claim("case/c/s", NOTE).key_id, read_keys(file)
    key_id, material = new_key()
    write_keys(file, Keys(current=key_id, keys={**keys.keys, key_id: material}))
    assert (first, signer.claim("case/c/s", NOTE).key_id) == (keys.current, key_id)
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    with pytest.raises(Unsigned) as told:
        signer.claim("case/c/s", NOTE)
    assert told.value.code == "claim_key_missing"
