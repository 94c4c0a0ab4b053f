"""A payload key that is missing is named once, loses nothing, and a rotation needs no restart."""

import asyncio
import json
import logging
import secrets
import time
from base64 import b64encode
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client, RPCError

from engine.claims import console, speaking, speaks
from engine.codec import SealedCodec
from engine.connection import Services, sealed_converter
from engine.hand_in import open_case, submit
from engine.key_rotation import KeyInUse, NoSuchKey, add_key, key_statuses, retire_unused_key, use_key
from engine.keys import KeyRing, Keys, KeyTrouble, make_keys, read_keys, write_keys
from engine.payload_keys import all_key_troubles, key_troubles, register_keys, ring_of
from engine.relay import restart_relay
from models.commands import Open
from models.wire import Receipt
from store.audit import AuditFilter, audit_page
from store.payload_keys import known_keys, needed_keys
from tests.durable.office import Office, command, eventually
from workers.cases import cases_worker
from workers.logs import log_as_json


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A keys.json with one key that the database knows."""
    made = tmp_path / "keys.json"
    make_keys(made)
    return made


def material() -> str:
    """32 bytes of their own."""
    return b64encode(secrets.token_bytes(32)).decode()


def codes(troubles: tuple[KeyTrouble, ...]) -> list[tuple[str, str]]:
    """What is wrong, with which key."""
    return [(trouble.code, trouble.key_id) for trouble in troubles]


def test_a_lost_file_is_not_made_anew_where_payloads_were_sealed(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    first = ring_of(engine, file, None)
    assert first.current() and file.stat().st_mode & 0o777 == 0o600, "made at the first start"
    assert register_keys(engine, file) == ()
    file.rename(tmp_path / "lost")
    ring = ring_of(engine, file, None)
    assert not file.exists()
    with pytest.raises(KeyTrouble) as told:
        ring.current()
    assert told.value.code == "payload_keys_gone" and codes(key_troubles(engine, file)) == [("payload_keys_gone", "")]
    (tmp_path / "lost").rename(file)
    assert ring.current() == first.current(), "found again without a restart"


async def test_nor_where_there_are_cases_from_before_keys_were_remembered(office: Office, tmp_path: Path) -> None:
    engine, elsewhere = office.services.engine, tmp_path / "keys.json"
    assert ring_of(engine, elsewhere, None).current(), "a campaign alone has sealed nothing that is worth keeping"
    elsewhere.unlink()
    await office.open("05-10")
    assert not known_keys(engine)
    with pytest.raises(KeyTrouble, match=r"keys\.json"):
        ring_of(engine, elsewhere, None).current()


def test_what_is_wrong_is_named_with_its_key(engine: Engine, file: Path) -> None:
    keys = read_keys(file)
    register_keys(engine, file)
    file.write_text(json.dumps({"current": "nope", "keys": keys.keys}))
    assert codes(key_troubles(engine, file)) == [("payload_key_missing", "nope")]
    with pytest.raises(KeyTrouble, match="nope"):
        KeyRing(file=file).current()
    file.write_text(json.dumps({"current": "k2", "keys": {"k2": material()}}))
    assert codes(key_troubles(engine, file)) == [("payload_key_missing", keys.current)]
    file.write_text(json.dumps({"current": keys.current, "keys": {keys.current: material()}}))
    assert codes(key_troubles(engine, file)) == [("payload_key_altered", keys.current)]
    with pytest.raises(KeyTrouble, match="not the one"):
        ring_of(engine, file, None).current()
    for content in ("no JSON", "{}", json.dumps({"current": "a", "keys": {"a": "c2hvcnQ="}})):
        file.write_text(content)
        assert codes(key_troubles(engine, file)) == [("payload_keys_unreadable", "")]
    assert [k.key_id for k in known_keys(engine)] == [keys.current], "nothing wrong was remembered"


async def test_a_rotation_needs_no_restart_and_old_payloads_stay_readable(engine: Engine, file: Path) -> None:
    web, worker = (SealedCodec(ring_of(engine, file, None)) for _ in range(2))
    plain = sealed_converter(KeyRing(read_keys(file))).payload_converter.to_payloads([{"a": 1}])
    [old] = await web.encode(plain)
    first = read_keys(file).current
    second = add_key(engine, file)
    assert (await web.encode(plain))[0].metadata["key-id"] == first.encode(), "added, not used yet"
    use_key(engine, file, second)
    [new] = await web.encode(plain)
    assert new.metadata["key-id"] == second.encode()
    assert await worker.decode([old, new]) == [*plain, *plain]
    statuses = {key.key_id: key for key in key_statuses(engine, file)}
    assert statuses[second].current and statuses[first].superseded_at and not statuses[first].current
    with pytest.raises(NoSuchKey):
        use_key(engine, file, "nope")
    noted = [
        (one.facts["what"], one.facts["key_id"]) for one in audit_page(engine, AuditFilter(kind="key_changed"), 10)
    ]
    assert noted == [("used", second), ("added", second)]


async def test_a_key_that_running_workflows_may_need_does_not_go(office: Office, client: Client, file: Path) -> None:
    engine = office.services.engine
    register_keys(engine, file)
    first = read_keys(file).current
    await office.open("05-10")
    with pytest.raises(KeyInUse):
        await retire_unused_key(client, engine, file, first)
    use_key(engine, file, add_key(engine, file))
    with pytest.raises(KeyInUse) as told:
        await retire_unused_key(client, engine, file, first)
    assert told.value.workflows
    assert first in read_keys(file).keys


async def test_a_key_that_nothing_needs_any_more_goes_and_takes_nothing_with_it(
    idle_office: Office, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = idle_office.services.engine
    services = Services(idle_office.services.endpoints)
    services.__dict__ |= {"keys": ring_of(engine, file, None), "engine": engine}
    client = await services.temporal()
    register_keys(engine, file)
    first = read_keys(file).current

    others = "ExecutionStatus = 'Running' AND WorkflowType != 'Notices'"

    async def nothing_runs() -> bool:
        """What other tests left is ended; the list still has it for a moment."""
        running = [found async for found in client.list_workflows(others)]
        for found in running:
            with suppress(RPCError):
                await client.get_workflow_handle(found.id, run_id=found.run_id).terminate("the test is over")
        return not running

    await eventually(nothing_runs)
    await restart_relay(client)
    use_key(engine, file, second := add_key(engine, file))
    with pytest.raises(KeyInUse) as told:
        await retire_unused_key(client, engine, file, first)
    assert told.value.workflows == 0, "other processes may not know yet"
    monkeypatch.setattr("engine.key_rotation._MARGIN", timedelta())
    before = (await client.get_workflow_handle("notices").describe()).run_id
    await retire_unused_key(client, engine, file, first)
    assert list(read_keys(file).keys) == [second] and key_troubles(engine, file) == ()
    assert (await client.get_workflow_handle("notices").describe()).run_id != before, "the relay began anew"
    retired = {key.key_id: key.retired_at for key in key_statuses(engine, file)}
    assert retired[first] and not retired[second]


async def test_a_worker_without_the_key_loses_nothing_and_says_which(
    idle_office: Office, file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office, engine = idle_office, idle_office.services.engine
    here = read_keys(office.services.keys_file)
    write_keys(file, Keys(current="k-other", keys={"k-other": material()}))
    lacking = Services(office.services.endpoints)
    lacking.__dict__ |= {"keys": ring_of(engine, file, "worker cases"), "engine": engine}
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    log_as_json()
    try:
        async with cases_worker(await lacking.temporal(), engine):
            opening = office.opening("s-keys")
            began = time.monotonic()
            with pytest.raises(KeyTrouble) as told:
                await office.hand_in("05-10", "s-keys", opening)
            assert told.value.code == "payload_key_missing" and told.value.key_id == here.current
            assert "worker cases@" in told.value.en and time.monotonic() - began < 15
            [needed] = needed_keys(engine)
            assert (needed.key_id, needed.process.split("@")[0]) == (here.current, "worker cases")
            assert ("payload_key_missing", here.current) in codes(all_key_troubles(engine, office.services.keys_file))
            write_keys(file, Keys(current=here.current, keys={**read_keys(file).keys, **here.keys}))
            answer = await eventually(lambda: _opened(office, opening), within=60)
            assert answer
            await eventually(lambda: _none_needed(engine))
    finally:
        root.handlers[:], root.level = before
    office.file(f"case/{office.campaign.campaign_id}/s-keys")
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("{") and here.current in line]
    assert len(lines) == 1 and "Traceback" not in lines[0], lines


async def _opened(office: Office, opening: Open) -> bool:
    try:
        return isinstance(await office.hand_in("05-10", "s-keys", opening), Receipt)
    except KeyTrouble:
        return False


async def _none_needed(engine: Engine) -> bool:
    return not await asyncio.to_thread(needed_keys, engine)


async def test_an_opening_that_cannot_be_sealed_or_signed_is_answered_at_once(office: Office, file: Path) -> None:
    engine, client = office.services.engine, Services(office.services.endpoints)
    client.__dict__ |= {"keys": KeyRing(file=file.parent / "nowhere.json"), "engine": engine}
    here, opening = office.campaign_at("05-10"), office.opening("s-1")
    codes: list[str] = []
    with speaking(console()):
        for temporal, speaker in ((await client.temporal(), console()), (office.client, None)):
            speaks(speaker)
            async with asyncio.timeout(20):
                with pytest.raises(KeyTrouble) as told:
                    await open_case(temporal, engine, here, "s-1", opening)
            codes.append(told.value.code)
    assert codes == ["payload_keys_gone", "nobody_speaks"]


async def test_a_command_to_a_case_without_its_key_is_answered_with_the_code(office: Office, file: Path) -> None:
    opened = await office.open("05-10")
    client = Services(office.services.endpoints)
    client.__dict__ |= {"keys": KeyRing(file=file.parent / "nowhere.json"), "engine": office.services.engine}
    with pytest.raises(KeyTrouble) as told:
        await submit(await client.temporal(), office.services.engine, opened.case_id, command("add_note", text="x"))
    assert told.value.code == "payload_keys_gone"
