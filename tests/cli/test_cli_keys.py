"""`rectify keys` on a stack of its own: a key is added and used, and none retired that something may need."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from cli.services import services
from engine.claim_key_troubles import claim_key_troubles
from engine.claim_keys import key_file
from engine.claims import Unsigned
from engine.connection import Services
from engine.keys import read_keys
from store.case_log import timeline
from tests.cli.homes import Home, home_up, work_in
from tests.cli.run import CHINESE, Ran, invoke
from tests.durable.office import command


@pytest.fixture(scope="module")
def keys() -> Iterator[Home]:
    """A stack without a campaign."""
    with home_up() as home:
        yield home


@pytest.fixture(autouse=True)
def here(keys: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process works there."""
    work_in(keys.env, monkeypatch)


def done(*args: str) -> Ran:
    """A verb of keys that succeeds, as JSON."""
    told = invoke("keys", *args, "--json")
    assert (told.code, told.err) == (0, ""), told
    return told


def status() -> dict[str, tuple[bool, bool, bool]]:
    """By id: current, in keys.json, retired."""
    told = done("status").json
    assert told["troubles"] == []
    return {key["key_id"]: (key["current"], key["in_file"], bool(key["retired_at"])) for key in told["keys"]}


def test_a_key_is_added_and_used_and_a_current_one_is_not_retired() -> None:
    (first,) = status()
    second = done("add").json["key_id"]
    assert status() == {first: (True, True, False), second: (False, True, False)}
    refused = invoke("keys", "retire", first, "--json")
    assert (refused.code, refused.problem["code"]) == (1, "payload_key_in_use")
    assert refused.problem["remedy_zh"] and refused.problem["remedy_en"]
    assert done("use", second).json == {"current": second}
    assert status() == {first: (False, True, False), second: (True, True, False)}
    for lang, words in (("zh", ("载荷密钥", "现用", "撤除时间")), ("en", ("Payload keys", "current", "retired"))):
        table = invoke("keys", "status", "--lang", lang).out
        assert all(word in table for word in (*words, first, second))
        (shown,) = [line for line in table.splitlines() if second in line]
        assert shown.count("✓") == 2, "current, and in keys.json"


def test_a_key_that_a_running_workflow_may_need_stays(keys: Home) -> None:
    assert keys.started_campaign("keys")
    (before,) = [key for key, (current, _, _) in status().items() if current]
    added = done("add").json["key_id"]
    assert added in invoke("keys", "use", added, "--lang", "zh").out
    for lang, said in (("zh", "个在办流程可能用它加密"), ("en", "running workflow(s) may need it")):
        refused = invoke("keys", "retire", before, "--lang", lang)
        assert (refused.code, refused.out) == (1, "") and said in refused.said
    assert status()[before] == (False, True, False)


@pytest.mark.parametrize("verb", ["use", "retire"])
def test_a_key_that_is_not_there_is_refused(verb: str) -> None:
    told = invoke("keys", verb, "k-nothing", "--json")
    assert (told.code, told.problem["code"]) == (1, "unknown_payload_key")
    assert "rectify keys status" in told.problem["remedy_zh"]
    for lang in ("zh", "en"):
        spoken = invoke("keys", verb, "k-nothing", "--lang", lang)
        assert (spoken.code, spoken.out) == (1, "") and "k-nothing" in spoken.said
        assert bool(CHINESE.search(spoken.said)) is (lang == "zh")


@pytest.mark.parametrize("verb", ["status", "add", "use", "retire"])
def test_the_help_of_keys_speaks_one_language(verb: str) -> None:
    told = {lang: invoke("keys", verb, "--help", "--lang", lang) for lang in ("zh", "en")}
    assert {t.code for t in told.values()} == {0}
    assert "密钥" in told["zh"].out and not CHINESE.search(told["en"].out)
    assert ("ID" in told["zh"].out) is (verb in ("use", "retire"))


def signing() -> dict[str, tuple[str, bool, bool, bool]]:
    """By id: purpose, current, held here, retired."""
    told = done("claims", "status").json["keys"]
    return {k["key_id"]: (k["purpose"], k["current"], k["in_home"], bool(k["retired_at"])) for k in told}


def noted(home: Home, name: str) -> str:
    """A case is opened and a note written there; the id of the key that signed it."""
    campaign = home.started_campaign(name)
    by = ("--by", "inspector:王@650203", "--district", "650203", "--campaign", campaign)
    opened = invoke("case", "open", "--id", name, "--name", f"{name}厂", *by, "--json")
    assert opened.code == 0, opened
    services = Services.here()
    line = timeline(services.engine, opened.json["case_id"])[0]
    services.close()
    assert line.claim is not None and line.claim.door.startswith("console:")
    return line.claim.key_id


def test_a_key_that_signs_commands_is_replaced_while_the_stack_runs(keys: Home) -> None:
    (first,) = [key for key, (purpose, *_) in signing().items() if purpose == "door"]
    assert noted(keys, "claimed-1") == first
    for verb, code in (("retire", "claim_key_in_use"), ("use", "unknown_claim_key"), ("retire", "unknown_claim_key")):
        which = first if code == "claim_key_in_use" else "k-nothing"
        refused = invoke("keys", "claims", verb, which, "--json")
        assert (refused.code, refused.problem["code"]) == (1, code) and refused.problem["remedy_zh"]
    second = done("claims", "add").json["key_id"]
    assert signing()[second] == ("door", False, True, False)
    done("claims", "use", second)
    assert noted(keys, "claimed-2") == second, "the workers take it without a new start"
    done("claims", "retire", first)
    assert (signing()[first], signing()[second]) == (("door", False, False, True), ("door", True, True, False))
    assert noted(keys, "claimed-3") == second
    work = done("claims", "add", "--purpose", "work").json["key_id"]
    assert signing()[work] == ("work", False, True, False)
    for lang, words in (("zh", ("受理", "批量办理", "停用时间")), ("en", ("door", "work", "retired"))):
        shown = invoke("keys", "claims", "status", "--lang", lang).out
        assert all(word in shown for word in (*words, first, second, work))


@pytest.mark.parametrize("verb", ["status", "add", "use", "retire"])
def test_the_help_of_keys_claims_speaks_one_language(verb: str) -> None:
    told = {lang: invoke("keys", "claims", verb, "--help", "--lang", lang) for lang in ("zh", "en")}
    assert {t.code for t in told.values()} == {0}
    assert "密钥" in told["zh"].out and not CHINESE.search(told["en"].out)


def test_a_verb_speaks_for_its_console_and_a_process_that_serves_for_nobody() -> None:
    note = command("add_note", text="one")
    with services(as_json=True) as found:
        assert found.signer.claim("case/c/s", note).door.startswith("console:")
    with services(as_json=True, serves=True) as found, pytest.raises(Unsigned, match="nobody"):
        found.signer.claim("case/c/s", note)


@pytest.mark.parametrize("file", ["claims/door.key", "claims/work.key", "keys.json"])
def test_a_key_that_is_gone_or_unreadable_is_named_by_doctor_and_readyz(keys: Home, file: str) -> None:
    name = "claim_keys" if file.startswith("claims") else "payload_keys"
    place = Path(keys.env["RECTIFY_HOME"]) / file
    kept, codes = place.read_bytes(), set[str]()
    owner = place.stat()
    try:
        for spoil in (lambda: place.write_text("no key"), place.unlink):
            spoil()
            [check] = [c for c in invoke("doctor", "--json").json["checks"] if c["name"] == name]
            assert not check["ok"] and place.name in check["sentence_zh"] and place.name in check["sentence_en"]
            assert CHINESE.search(check["remedy_zh"]) and "backup" in check["remedy_en"]
            told = readyz(keys)
            assert told.status_code == 503 and told.json()["checks"][name] is False, told.text
            assert told.json()["remedy_zh"] and place.name in told.json()["en"]
            codes.add(told.json()["code"])
    finally:
        place.write_bytes(kept)
        os.chown(place, owner.st_uid, owner.st_gid)
        place.chmod(0o600)
    assert codes == (
        {"claim_key_missing"} if name == "claim_keys" else {"payload_keys_unreadable", "payload_keys_gone"}
    )
    assert all(
        c["ok"] for c in invoke("doctor", "--json").json["checks"] if c["name"] in ("claim_keys", "payload_keys")
    )


def test_a_claim_key_that_was_retired_or_is_another_installation_s_is_named(keys: Home) -> None:
    with services(as_json=True) as found:
        key = read_keys(key_file(found.home, "door")).current
        with found.owner.begin() as connection:
            retired = {"id": key}
            connection.execute(text("UPDATE claim_keys SET retired_at = now() WHERE key_id = :id"), retired)
        try:
            [trouble] = claim_key_troubles(found.engine, found.home)
            assert (trouble.code, trouble.key_id) == ("claim_key_revoked", key)
            assert readyz(keys).json()["code"] == "claim_key_revoked"
        finally:
            with found.owner.begin() as connection:
                connection.execute(text("UPDATE claim_keys SET retired_at = NULL WHERE key_id = :id"), retired)
        assert claim_key_troubles(found.engine, found.home) == ()


def readyz(home: Home) -> httpx.Response:
    """What the web process says."""
    at = json.loads((Path(home.env["RECTIFY_HOME"]) / "endpoints.json").read_text())["web_url"]
    return httpx.get(f"{at}/readyz", timeout=60, trust_env=False)
