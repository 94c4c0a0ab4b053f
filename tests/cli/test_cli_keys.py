"""`rectify keys` on a stack of its own: a key is added and used, and none retired that something may need."""

from collections.abc import Iterator

import pytest

from tests.cli.homes import Home, home_up, work_in
from tests.cli.run import CHINESE, Ran, invoke


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
    for lang, said in (("zh", "个在办流程可能用它封存"), ("en", "running workflow(s) may need it")):
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
