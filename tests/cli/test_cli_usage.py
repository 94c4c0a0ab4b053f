"""Exit codes (contracts §2): 2 for bad usage and bad input, 1 refused, 3 not reachable; JSON is one document."""

import json
from pathlib import Path

import pytest

from tests.cli.run import CHINESE, PLAN, invoke, rectify

BY = ("--by", "inspector:王@650203")
NEEDS_A_STACK: list[tuple[str, ...]] = [
    ("campaign", "start", str(PLAN)),
    ("campaign", "status"),
    ("campaign", "open", *BY),
    ("campaign", "move", *BY, "--phase", "x", "--to", "2027-06-10", "--reason", "x"),
    ("campaign", "complete", *BY, "--reason", "x"),
    ("campaign", "certificate"),
    ("subject", "search", "x"),
    ("subject", "show", "x"),
    ("subject", "tree"),
    ("subject", "suspicions"),
    ("subject", "add", *BY, "--name", "x", "--district", "650203"),
    ("subject", "change", "x", *BY),
    ("subject", "move", "x", *BY, "--district", "650203", "--reason", "x"),
    ("subject", "cease", "x", *BY, "--on", "2027-06-10", "--reason", "x"),
    ("subject", "resume", "x", *BY, "--reason", "x"),
    ("subject", "merge", "x", "y", *BY, "--reason", "x"),
    ("subject", "licence", "x", *BY, "--kind", "x"),
    ("subject", "person", "x", *BY, "--name", "x"),
    ("ledger", "template", "x.xlsx"),
    ("ledger", "import", str(PLAN)),
    ("ledger", "export", "x.xlsx"),
    ("ledger", "undo", "x", "--reason", "x"),
    ("bulk", "assign", *BY, "--officers", "x"),
    ("bulk", "reassign", *BY, "--from", "x", "--to", "y"),
    ("bulk", "remind", *BY),
    ("bulk", "note", *BY, "--text", "x"),
    ("bulk", "export", "x.xlsx"),
    ("job", "list"),
    ("job", "show", "x"),
    ("job", "retry", "x"),
    ("job", "stop", "x"),
    ("schedule", "status"),
    ("schedule", "run", "verify"),
    ("schedule", "reminders"),
    ("case", "open", *BY, "--name", "x", "--district", "650203"),
    ("case", "list"),
    ("case", "show", "case/x/y"),
    ("case", "timeline", "case/x/y"),
    ("case", "explain", "case/x/y"),
    ("case", "do", "case/x/y", "-"),
    ("case", "do", "case/x/y", "-", "--signal"),
    ("overdue",),
    ("worker", "cases"),
    ("db", "migrate"),
    ("readmodel", "verify"),
    ("readmodel", "rebuild"),
    ("workflow", "replay"),
    ("demo", "advance", "--days", "1"),
]
NOTE = json.dumps({"do": "add_note", "by": "inspector:王@650203", "text": "x"})


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("args", NEEDS_A_STACK, ids=lambda a: " ".join(a[:2]))
def test_without_a_stack_it_is_exit_3_with_a_remedy(args: tuple[str, ...], empty_home: Path) -> None:
    for lang, remedy in (("zh", "rectify up"), ("en", "rectify up")):
        told = invoke(*args, "--lang", lang, stdin=NOTE)
        assert (told.code, told.out) == (3, "")
        assert remedy in told.said
        assert bool(CHINESE.search(told.said)) is (lang == "zh")
    told = invoke(*args, "--json", stdin=NOTE)
    assert (told.code, told.problem["code"], told.err) == (3, "not_running", "")
    assert told.problem["remedy_zh"] and told.problem["remedy_en"]
    assert not empty_home.exists()


def test_without_a_stack_it_is_exit_3_as_a_process_too(empty_home: Path) -> None:
    told = rectify("case", "list", "--json", env={"RECTIFY_HOME": str(empty_home)})
    assert (told.code, told.problem["code"], told.err) == (3, "not_running", "")


def test_stopping_what_does_not_run_is_done(empty_home: Path) -> None:
    told = invoke("down", "--json")
    assert (told.code, told.json) == (0, {"stopped": True})


def test_doctor_without_a_stack_says_what_is_missing(empty_home: Path) -> None:
    told = invoke("doctor", "--json")
    assert told.code in (0, 1)
    assert told.json["ok"] is (told.code == 0)
    for check in told.json["checks"]:
        assert check["name"] and check["sentence_zh"] and check["sentence_en"]
        assert check["ok"] or (check["remedy_zh"] and check["remedy_en"])
    assert invoke("doctor", "--lang", "zh").code == told.code


BAD_USAGE: list[tuple[str, ...]] = [
    ("nothing",),
    ("plan", "nothing"),
    ("plan", "check"),
    ("plan", "check", "a", "b"),
    ("plan", "check", str(PLAN), "--colour"),
    ("plan", "check", str(PLAN), "--year", "1899"),
    ("plan", "check", str(PLAN), "--year", "MMXIII"),
    ("plan", "check", str(PLAN), "--lang", "xx"),
    ("plan", "check", str(PLAN), "--lang"),
    ("try",),
    ("case", "open", *BY),
    ("case", "open", *BY, "--name", "x", "--district", "650203", "--kind", "zoo"),
    ("case", "open", "--by", "王", "--name", "x", "--district", "650203"),
    ("case", "open", *BY, "--name", "", "--district", "650203"),
    ("case", "open", *BY, "--name", "x", "--district", "650203", "--source", "gossip"),
    ("case", "open", *BY, "--name", "x", "--district", "650203", "--command-id", "x" * 65),
    ("case", "show"),
    ("case", "do", "case/x/y"),
    ("case", "list", "--limit", "0"),
    ("case", "list", "--limit", "1001"),
    ("case", "list", "--limit", "many"),
    ("overdue", "--kind", "all"),
    ("overdue", "--as-of", "2013-13-01"),
    ("overdue", "--as-of", ""),
    ("overdue", "--as-of", "9999-12-31"),
    ("overdue", "--limit", "-1"),
    ("worker",),
    ("worker", "papers please"),
    ("worker", ""),
    ("campaign", "start"),
    ("campaign", "start", str(PLAN), "--year", "0"),
    ("campaign", "start", "nothing.toml"),
    ("campaign", "move", *BY, "--phase", "x", "--reason", "x"),
    ("campaign", "move", *BY, "--phase", "x", "--to", "some day", "--reason", "x"),
    ("campaign", "complete", *BY),
    ("subject", "add", "--by", "nobody", "--name", "x", "--district", "650203"),
    ("subject", "add", *BY, "--name", "x", "--district", "650203", "--id", "a/b"),
    ("subject", "add", *BY, "--name", "x", "--district", "650203", "--latitude", "91"),
    ("subject", "search", "x", "--state", "asleep"),
    ("subject", "cease", "x", *BY, "--on", "never", "--reason", "x"),
    ("subject", "licence", "x", *BY, "--kind", "x", "--expires", "some day"),
    ("ledger", "template", "x.docx"),
    ("ledger", "import", "nothing.xlsx"),
    ("ledger", "import", str(PLAN), "--map", "no field"),
    ("ledger", "import", str(PLAN), "--map", "a=nothing"),
    ("ledger", "import", str(PLAN), "--source", "hearsay"),
    ("ledger", "import", str(PLAN), "--value", "no meaning"),
    ("ledger", "import", str(PLAN), "--closed", "maybe"),
    ("ledger", "import", str(PLAN), "--past-due", "forgive"),
    ("ledger", "import", str(PLAN), "--annotated", "x.pdf"),
    ("ledger", "export", "x.pdf"),
    ("bulk", "export", "x.pdf"),
    ("bulk", "assign", "--by", "nobody", "--officers", "x"),
    ("schedule", "run", "sweep"),
    ("job", "list", "--limit", "0"),
    ("demo", "advance"),
    ("demo", "advance", "--days", "-1"),
    ("demo", "advance", "--days", "a week"),
    ("workflow", "replay", "--file", "nothing.json"),
    ("up", "now"),
    ("x" * 100_000,),
    ("plan", "check", "x" * 100_000),
    ("--lang", "zh"),
]


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("args", BAD_USAGE, ids=lambda a: " ".join(a)[:50])
def test_bad_usage_is_exit_2(args: tuple[str, ...], empty_home: Path) -> None:
    told = invoke(*args)
    assert (told.code, told.out) == (2, "")
    assert told.err


@pytest.mark.clause("3.1.ledger")
def test_a_ledger_is_never_written_over_by_its_annotated_copy(tmp_path: Path, empty_home: Path) -> None:
    ledger, other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    ledger.write_bytes(b"PK")
    other.hardlink_to(ledger)
    for name in (ledger, other, tmp_path / "." / "a.xlsx"):
        told = invoke("ledger", "import", str(ledger), "--dry-run", "--annotated", str(name), "--lang", "en")
        assert told.code == 2 and "name another file" in told.err
    assert ledger.read_bytes() == b"PK"


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(
    "args",
    [
        ("plan", "check", "nothing.toml"),
        ("try", "nothing.yaml"),
        ("overdue", "--kind", "all"),
        ("overdue", "--as-of", "x"),
        ("worker", "none"),
        ("case", "open", "--by", "x", "--name", "y", "--district", "z"),
        ("case", "do", "case/x/y", "nothing.json"),
        ("campaign", "start", "nothing.toml"),
        ("try",),
        ("nothing",),
        ("case", "show"),
        ("overdue", "--limit", "many"),
        ("overdue", "--colour"),
        ("plan", "check", "a", "b"),
        ("demo", "advance", "--days", "-1"),
        ("ledger", "undo", "x", "--reason", " "),
        ("bulk", "note", *BY, "--text", ""),
        ("bulk", "reassign", *BY, "--from", "", "--to", "x"),
        ("subject", "move", "x", *BY, "--district", "650203", "--reason", ""),
        ("schedule", "reminders", "--level", "mayor"),
    ],
    ids=lambda a: " ".join(a[:3]),
)
def test_bad_input_as_json_is_one_document(args: tuple[str, ...], empty_home: Path) -> None:
    told = invoke(*args, "--json")
    assert (told.code, told.err) == (2, "")
    assert told.problem["code"] and told.problem["zh"] and told.problem["en"]
    assert CHINESE.search(told.problem["zh"])


@pytest.mark.parametrize("lang", ["xx", "", "ZH", "zh-CN"])
def test_a_language_that_is_none_in_the_environment_is_bad_usage(
    lang: str, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECTIFY_LANG", lang)
    told = invoke("plan", "check", str(PLAN))
    assert told.code == (0 if lang == "" else 2)


def test_the_language_of_the_environment_is_spoken_unless_another_is_asked_for(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECTIFY_LANG", "zh")
    assert "方案有效" in invoke("plan", "check", str(PLAN)).out
    assert "the plan is valid" in invoke("plan", "check", str(PLAN), "--lang", "en").out


@pytest.mark.parametrize(
    ("name", "value"), [("RECTIFY_POSTGRES_PORT", "abc"), ("RECTIFY_TEMPORAL_PORT", "70000"), ("RECTIFY_UI", "perhaps")]
)
@pytest.mark.parametrize("verb", ["doctor", "up", "down", "overdue"])
def test_a_setting_that_is_none_is_bad_input_naming_it(
    verb: str, name: str, value: str, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    told = invoke(verb, "--lang", "en")
    assert (told.code, told.out) == (2, "")
    assert name in told.said
    assert "pydantic" not in told.said


@pytest.mark.parametrize("verb", [("case", "list"), ("doctor",), ("overdue",), ("up",), ("down",)], ids=" ".join)
def test_a_home_that_is_a_file_is_bad_input(
    verb: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").touch()
    monkeypatch.setenv("RECTIFY_HOME", str(tmp_path / "home"))
    told = invoke(*verb, "--lang", "en")
    assert (told.code, told.out) == (2, "")
    assert "RECTIFY_HOME" in told.said


@pytest.mark.parametrize(
    ("home", "text"),
    [("endpoints.json", ""), ("endpoints.json", "{"), ("endpoints.json", "[]"), ("endpoints.json", "\x00")],
)
def test_endpoints_that_cannot_be_read_are_told_in_a_sentence(empty_home: Path, home: str, text: str) -> None:
    empty_home.mkdir()
    (empty_home / home).write_text(text, encoding="utf-8")
    assert invoke("case", "list", "--lang", "en").code in (1, 3)


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (("case", "show"), "缺少 CASE", "Missing argument 'CASE'"),
        (("overdue", "--limit", "many"), "--limit：须为整数（所给：many）", "--limit: Input should be a valid integer"),
        (("overdue", "--colour"), "没有选项 --colour", "No such option: --colour"),
        (("overdue", "--as-of", "x"), "--as-of：“x”不是有效时刻", "--as-of: 'x' is no instant"),
        (("subject", "cease", "x", *BY, "--on", "x", "--reason", "x"), "--on：“x”不是有效日期", "--on: 'x' is no day"),
        (
            ("user", "token", "boss:x@650203"),
            "没有角色“boss”；可选：检查员",
            "unknown role 'boss'; one of",
        ),
    ],
)
def test_wrong_usage_is_told_in_the_language_of_the_run_and_in_no_other(
    args: tuple[str, ...], zh: str, en: str, empty_home: Path
) -> None:
    told = {lang: invoke(*args, "--lang", lang) for lang in ("zh", "en")}
    assert {t.code for t in told.values()} == {2}
    assert zh in told["zh"].said and en not in told["zh"].said
    assert en in told["en"].said and not CHINESE.search(told["en"].said)
