"""The verbs on a real stack, started and stopped by the command line itself (contracts §2)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.instants import show_instant
from tests.cli.conftest import Installation
from tests.cli.run import ANSI, CHINESE, Ran, invoke, rectify

INSPECTOR = "inspector:王@650203"
WRONG_CODE, RIGHT_CODE = "91350100M000100Y44", "91350100M000100Y43"
FINDING = {"ref": "a", "category": "V04", "grade": "major", "description": "超许可范围 [/x]"}
LATER = show_instant(datetime.now(UTC) + timedelta(days=200)) or ""
pytestmark = pytest.mark.usefixtures("here")


def open_case(*options: str, name: str = "某厂", district: str = "650203") -> Ran:
    """`case open` by the inspector of the district."""
    by = f"inspector:王@{district}"
    return invoke("case", "open", "--by", by, "--name", name, "--district", district, "--json", *options)


def new_case(**given: str) -> str:
    """The id of a case of a subject of its own."""
    opened = open_case("--sector", "fire_safety", **given)
    assert opened.code == 0, opened
    return opened.json["case_id"]


def do(case: str, what: str, *options: str, by: str = INSPECTOR, **fields: Any) -> Ran:
    """`case do` from stdin."""
    command = json.dumps({"do": what, "by": by, **fields})
    return invoke("case", "do", case, "-", "--json", *options, stdin=command)


def with_a_violation(**given: str) -> str:
    """A case in which suspend is owed on `a`."""
    case = new_case(**given)
    assert do(case, "record_findings", findings=[FINDING]).code == 0
    assert do(case, "register", assignments=[{"ref": "a", "responsible": "孙"}]).code == 0
    return case


def test_up_again_adopts_what_runs(cli_home: Installation) -> None:
    before = json.loads((cli_home.folder / "home" / "endpoints.json").read_text(encoding="utf-8"))
    again = rectify("up", "--json", env=cli_home.env, within=280)
    assert (again.code, again.json["temporal"]) == (0, before["temporal_address"])
    assert again.json["temporal_ui"] == before["ui_url"]
    assert set(again.json["workers"]) >= {"cases"}
    assert not ANSI.search(again.err)


def test_doctor_is_content() -> None:
    told = invoke("doctor", "--json")
    assert [c for c in told.json["checks"] if not c["ok"]] == []
    assert (told.code, told.json["ok"]) == (0, True)
    for lang in ("zh", "en"):
        assert invoke("doctor", "--lang", lang).code == 0


def test_doctor_says_whom_temporal_lets_in_and_warns_where_that_is_everybody(cli_home: Installation) -> None:
    endpoints = json.loads((cli_home.folder / "home" / "endpoints.json").read_text(encoding="utf-8"))
    checks = {c["name"]: c for c in invoke("doctor", "--json").json["checks"]}
    [shown] = [line for line in invoke("doctor", "--lang", "en").out.splitlines() if " open_temporal " in line]
    is_open = endpoints["engine"] == "trial"
    assert checks["open_temporal"]["warns"] == checks["temporal_certificates"]["warns"] == is_open
    assert ("every account" if is_open else "a certificate") in checks["open_temporal"]["sentence_en"]
    assert ("!" in shown.split()) == is_open


# ---------------------------------------------------------------- campaigns


def test_a_campaign_started_again_is_the_same_and_another_plan_under_its_name_is_refused(
    cli_home: Installation,
) -> None:
    assert invoke("campaign", "start", str(cli_home.plan), "--json").json["campaign"] == cli_home.campaign
    other = cli_home.folder / "other.toml"
    text = cli_home.plan.read_text(encoding="utf-8")
    other.write_text(text.replace("working_days = 15", "working_days = 14", 1), encoding="utf-8")
    told = invoke("campaign", "start", str(other), "--json")
    assert (told.code, told.problem["code"]) == (1, "other_plan")


def test_the_status_of_a_campaign(cli_home: Installation) -> None:
    new_case()
    told = invoke("campaign", "status", "--json")
    assert (told.code, told.json["campaign"], told.json["phase"]) == (0, cli_home.campaign, "rectification")
    assert sum(row["cases"] for row in told.json["counts"]) >= 1
    for lang, word in (("zh", "合计"), ("en", "all")):
        assert word in invoke("campaign", "status", cli_home.campaign, "--lang", lang).out


@pytest.mark.parametrize("name", ["nothing", "", "[/]", "x" * 5000, "'; --"])
def test_an_unknown_campaign_is_not_found(name: str) -> None:
    told = invoke("campaign", "status", name, "--json")
    assert (told.code, told.problem["code"]) == (1, "unknown_campaign")
    assert invoke("overdue", "--campaign", name, "--json").code == 1
    assert invoke("campaign", "status", name, "--lang", "en").code == 1


# ---------------------------------------------------------------- opening


def test_a_case_is_opened_with_a_receipt(cli_home: Installation) -> None:
    told = open_case("--id", "厂-1", "--street", "天山路街道", "--sector", "fireworks").json
    assert set(told) == {"accepted", "case_id", "command_id", "seq", "stage", "outcome", "due", "warnings"}
    assert told["case_id"] == f"case/{cli_home.campaign}/厂-1"
    assert (told["accepted"], told["seq"], told["stage"], told["outcome"]) == (True, 1, "investigation", None)
    again = open_case("--id", "厂-1", "--street", "天山路街道", "--sector", "fireworks")
    assert (again.code, again.problem["code"]) == (1, "already_open")
    assert again.problem["rule"] and again.problem["zh"] and again.problem["en"]


def test_the_same_opening_sent_again_has_one_effect() -> None:
    sent = ("--id", "twice", "--command-id", str(uuid4()))
    first, second = open_case(*sent), open_case(*sent)
    assert (first.code, second.code) == (0, 0)
    assert first.json["case_id"] == second.json["case_id"]
    assert (open_case(*sent, name="另一厂").code, open_case(*sent, name="另一厂").problem["code"]) == (
        1,
        "command_id_reused",
    )


@pytest.mark.parametrize(
    ("by", "district", "sector", "code"),
    [
        (INSPECTOR, "650299", "fireworks", "unknown_district"),
        (INSPECTOR, "650203", "gambling", "unknown_sector"),
        (INSPECTOR, "650202", "fireworks", "wrong_territory"),
        ("enterprise:孙@650203", "650203", "fireworks", "role_not_permitted"),
    ],
)
def test_an_opening_is_refused_with_exit_1(by: str, district: str, sector: str, code: str) -> None:
    args = ("case", "open", "--by", by, "--name", "x", "--district", district, "--sector", sector)
    told = invoke(*args, "--json")
    assert (told.code, told.problem["code"], told.err) == (1, code, "")
    for lang in ("zh", "en"):
        spoken = invoke(*args, "--lang", lang)
        assert (spoken.code, spoken.out) == (1, "")
        assert code in spoken.said
        assert "rectify up" not in spoken.said


@pytest.mark.clause("domain §2")
def test_a_wrong_check_digit_of_a_credit_code_warns_and_opens() -> None:
    warned, quiet = open_case("--code", WRONG_CODE, "--lang", "en"), open_case("--code", RIGHT_CODE, name="有代码的厂")
    assert (warned.code, warned.json["accepted"], quiet.code, quiet.err) == (0, True, 0, "")
    assert WRONG_CODE in warned.err
    assert CHINESE.search(open_case("--code", WRONG_CODE, "--lang", "zh").err)


@pytest.mark.parametrize("subject", ["[/x] 厂", "[red]厂", "a'b\"c", "\\[x]", "厂\t二"])
def test_a_subject_may_have_any_name(subject: str) -> None:
    case = with_a_violation(name=subject)
    for verb in (("case", "show", case), ("case", "timeline", case), ("case", "explain", case), ("case", "list")):
        for lang in ("zh", "en"):
            assert invoke(*verb, "--lang", lang).code == 0
    assert invoke("case", "show", case, "--json").json["subject"]["name"] == subject.strip()
    assert invoke("overdue", "--as-of", LATER, "--lang", "zh").code == 0


# ---------------------------------------------------------------- commands


def test_a_command_from_a_file_and_one_from_stdin(tmp_path: Path) -> None:
    case = new_case()
    file = tmp_path / "command.json"
    file.write_text(json.dumps({"do": "record_findings", "by": INSPECTOR, "findings": [FINDING]}), encoding="utf-8-sig")
    told = invoke("case", "do", case, str(file), "--json")
    assert (told.code, told.json["stage"], told.json["seq"]) == (0, "registration", 2)
    assert do(case, "add_note", text="看过").json["seq"] == 3
    assert "受理" in invoke("case", "do", case, "-", "--lang", "zh", stdin=json.dumps(_note("又看过"))).out


def _note(text: str, **more: Any) -> dict[str, Any]:
    return {"do": "add_note", "by": INSPECTOR, "text": text, **more}


def test_a_command_as_a_process_has_true_exit_codes(cli_home: Installation) -> None:
    case = new_case()
    args = ("case", "do", case, "-", "--json")
    done = rectify(*args, env=cli_home.env, stdin=json.dumps(_note("x")).encode())
    assert (done.code, done.json["accepted"], done.err) == (0, True, "")
    wrong = json.dumps({**_note("x"), "by": "inspector:王@650202"}).encode()
    refused = rectify(*args, env=cli_home.env, stdin=wrong)
    assert (refused.code, refused.problem["code"], refused.err) == (1, "wrong_territory", "")
    unknown = rectify("case", "show", "case/x/y", "--json", env=cli_home.env)
    assert (unknown.code, unknown.problem["code"], unknown.err) == (1, "unknown_case", "")


def test_a_refused_command_is_exit_1_with_code_rule_and_command_id() -> None:
    told = do(new_case(), "approve_measure", by="supervisor:李@650203", must="suspend", command_id="mine")
    assert (told.code, told.err) == (1, "")
    assert set(told.problem) == {"code", "rule", "zh", "en", "command_id"}
    assert (told.problem["code"], told.problem["command_id"]) == ("not_proposed", "mine")


def test_a_command_sent_again_is_answered_again_and_with_other_content_refused() -> None:
    case = new_case()
    first, second = do(case, "add_note", text="x", command_id="one"), do(case, "add_note", text="x", command_id="one")
    assert (first.code, second.code, first.json["accepted"], second.json["accepted"]) == (0, 0, True, True)
    other = do(case, "add_note", text="y", command_id="one")
    assert (other.code, other.problem["code"]) == (1, "command_id_reused")
    assert len(invoke("case", "timeline", case, "--json").json["timeline"]) == 2


@pytest.mark.clause("contracts §4")
def test_a_command_by_signal_is_sent_and_done() -> None:
    case = new_case()
    sent = do(case, "add_note", "--signal", text="signalled", command_id="by-signal")
    assert (sent.code, sent.json) == (0, {"sent": True, "command_id": "by-signal", "receipt": "by-signal"})
    assert do(case, "add_note", text="after").code == 0
    told = [line["do"] for line in invoke("case", "timeline", case, "--json").json["timeline"]]
    assert told == ["open", "add_note", "add_note"]


@pytest.mark.parametrize(
    "case",
    [
        "case/x/y",
        "",
        " ",
        "../x",
        "a'b",
        'a"; DROP TABLE cases; --',
        "[/]",
        "%s",
        "x" * 3000,
        "案件",
        "case/../..",
        "a\nb",
    ],
)
def test_a_case_that_is_not_there_is_not_found_by_any_verb(case: str) -> None:
    for verb in ("show", "timeline", "explain"):
        told = invoke("case", verb, case, "--json")
        assert (told.code, told.problem["code"], told.err) == (1, "unknown_case", ""), verb
    for options in ((), ("--signal",)):
        told = do(case, "add_note", *options, text="x")
        assert (told.code, told.problem["code"]) == (1, "unknown_case"), options
    told = invoke("workflow", "replay", case, "--json")
    assert (told.code, told.problem["code"]) == (1, "unknown_case")
    assert invoke("case", "show", case, "--lang", "en").code == 1


# ---------------------------------------------------------------- reads


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("停产整顿", "待办时限", "孙")), ("en", ("suspension", "Unmet deadlines"))]
)
def test_a_case_is_shown(lang: str, words: tuple[str, ...]) -> None:
    case = with_a_violation()
    told = invoke("case", "show", case, "--lang", lang)
    assert (told.code, told.err) == (0, "")
    assert all(word in told.out for word in (*words, case))
    shown = invoke("case", "show", case, "--json").json
    assert (shown["stage"], shown["next"], shown["findings"][0]["ref"]) == ("escalation", "inspector", "a")
    assert {d["clock"] for d in shown["deadlines"]} == {"rectification", "decision"}


def test_a_timeline_tells_everything_in_both_languages() -> None:
    case = with_a_violation()
    lines = invoke("case", "timeline", case, "--json").json["timeline"]
    assert [(line["seq"], line["do"]) for line in lines] == [(1, "open"), (2, "record_findings"), (3, "register")]
    assert all(CHINESE.search(line["zh"]) and line["en"] and line["by"] == INSPECTOR for line in lines)
    for lang in ("zh", "en"):
        told = invoke("case", "timeline", case, "--lang", lang).out
        assert "[/x]" in told


def test_a_must_is_explained_by_clause_ground_and_date() -> None:
    case = with_a_violation()
    (must,) = invoke("case", "explain", case, "--json").json["musts"]
    assert (must["must"], must["clause"], must["source"], must["next_actor"]) == (
        "suspend",
        "3.2.must1",
        "N",
        "inspector",
    )
    assert [g["ref"] for g in must["grounds"]] == ["a"]
    assert "3.2.must1" in invoke("case", "explain", case, "--lang", "zh").out
    assert "no must" in invoke("case", "explain", new_case(), "--lang", "en").out


def test_cases_are_listed_page_by_page_and_filtered() -> None:
    mine = {new_case(district="650205"), new_case(district="650205"), with_a_violation(district="650203")}
    seen, after = [], ""
    while True:
        page = invoke("case", "list", "--limit", "2", "--after", after, "--json").json
        assert len(page["cases"]) <= 2
        seen += [row["case_id"] for row in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert mine <= set(seen)
    assert len(seen) == len(set(seen))
    for option, value, key in (
        ("--district", "650205", "district"),
        ("--stage", "escalation", "stage"),
        ("--sector", "fire_safety", "sector"),
    ):
        rows = invoke("case", "list", option, value, "--json").json["cases"]
        assert rows and {row[key] for row in rows} == {value}
    assert invoke("case", "list", "--outcome", "open", "--json").json["cases"]
    assert invoke("case", "list", "--outcome", "shut_down", "--json").json == {"cases": [], "next": None}
    assert "--after" in invoke("case", "list", "--limit", "1", "--lang", "zh").out
