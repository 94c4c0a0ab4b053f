"""What is overdue, and the verbs of operations, on a real stack (contracts §2)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.instants import show_instant
from tests.cli.conftest import Installation
from tests.cli.homes import work_in
from tests.cli.run import ANSI, PLAN, invoke, rectify

pytestmark = pytest.mark.usefixtures("here")

NOW = datetime.now(UTC)
INSPECTOR = "inspector:王@650203"
Missed = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def cases(cli_home: Installation) -> dict[str, str]:
    """In a campaign of their own: a case where enterprise and office will be late, one where only the office will."""
    made: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        work_in(cli_home.env, patch)
        for subject, district, sector in (("late", "650203", "fireworks"), ("idle", "650202", "fire_safety")):
            who = ("--by", f"inspector:王@{district}", "--name", f"{subject}厂", "--id", subject)
            where = ("--district", district, "--sector", sector, "--campaign", cli_home.other_campaign)
            opened = invoke("case", "open", *who, *where, "--json")
            made[subject] = opened.json["case_id"]
        finding = {"ref": "a", "category": "V04", "grade": "general", "description": "x"}
        commands: tuple[dict[str, Any], ...] = (
            {"do": "record_findings", "findings": [finding]},
            {"do": "register", "assignments": [{"ref": "a", "responsible": "孙"}]},
        )
        for command in commands:
            told = invoke("case", "do", made["late"], "-", stdin=json.dumps({"by": INSPECTOR, **command}))
            assert told.code == 0, told
    return made


def in_days(days: int) -> str:
    """An instant to come."""
    return show_instant(NOW + timedelta(days=days)) or ""


@pytest.fixture
def overdue(cli_home: Installation) -> Missed:
    """What will be overdue in that campaign in so many days."""

    def found(*options: str, days: int = 25) -> list[dict[str, Any]]:
        told = invoke("overdue", "--campaign", cli_home.other_campaign, "--as-of", in_days(days), "--json", *options)
        assert (told.code, told.err) == (0, ""), told
        return told.json["overdue"]

    return found


def kinds(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Which clocks of which cases."""
    return {(row["case_id"].rsplit("/", 1)[1], row["clock"]) for row in rows}


ALL = {("late", "rectification"), ("late", "decision"), ("idle", "investigation")}


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ALL),
        (("--kind", "rectification"), {("late", "rectification")}),
        (("--kind", "duty"), {("late", "decision"), ("idle", "investigation")}),
        (("--district", "650203"), {("late", "rectification"), ("late", "decision")}),
        (("--district", "650202"), {("idle", "investigation")}),
        (("--district", "650204"), set()),
        (("--sector", "fireworks"), {("late", "rectification"), ("late", "decision")}),
        (("--stage", "investigation"), {("idle", "investigation")}),
        (("--stage", "escalation"), {("late", "rectification"), ("late", "decision")}),
        (("--role", "enterprise"), {("late", "rectification")}),
        (("--kind", "duty", "--district", "650203"), {("late", "decision")}),
        (("--role", "government"), set()),
    ],
)
@pytest.mark.usefixtures("cases")
def test_overdue_is_filtered(options: tuple[str, ...], expected: set[Any], overdue: Missed) -> None:
    assert kinds(overdue(*options)) == expected


@pytest.mark.usefixtures("cases")
def test_overdue_has_the_facts_of_the_contract_most_urgent_first(overdue: Missed) -> None:
    rows = overdue()
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)
    for row in rows:
        assert {"case_id", "finding", "due", "days_late", "level"} <= set(row)
    (mine,) = [row for row in rows if row["clock"] == "rectification"]
    assert (mine["finding"], mine["kind"], mine["role"]) == ("a", "rectification", "enterprise")
    assert overdue("--limit", "1") == rows[:1]
    assert overdue(days=0) == []
    assert {row["level"] for row in overdue(days=50)} == {"office"}


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(("lang", "word"), [("zh", "逾期天数"), ("en", "days late")])
def test_overdue_is_read_by_people(lang: str, word: str, cli_home: Installation) -> None:
    of = ("--campaign", cli_home.other_campaign, "--lang", lang)
    told = invoke("overdue", "--as-of", in_days(50), *of)
    assert (told.code, told.err) == (0, "")
    assert word in told.out
    assert not ANSI.search(told.out)
    nothing = invoke("overdue", *of)
    assert ("没有逾期事项" if lang == "zh" else "nothing is overdue") in nothing.out


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        ("--stage", "sleeping", "escalation"),
        ("--role", "mayor", "inspector"),
        ("--kind", "late", "duty"),
        ("--sector", "gambling", "fireworks"),
        ("--district", "[/]", "650203"),
    ],
)
@pytest.mark.usefixtures("cases")
def test_a_filter_that_nothing_can_have_is_bad_input_and_not_an_empty_answer(
    option: str, value: str, known: str
) -> None:
    for verb in (("overdue",), ("case", "list")):
        if verb == ("case", "list") and option in ("--role", "--kind"):
            continue
        told = invoke(*verb, option, value, "--json")
        assert (told.code, told.problem["code"]) == (2, "invalid_option")
        assert value in told.problem["en"] and known in told.problem["en"] and known in told.problem["zh"]


@pytest.mark.usefixtures("cases")
def test_a_list_of_an_unknown_campaign_or_outcome_is_not_empty_but_refused() -> None:
    told = invoke("case", "list", "--campaign", "nowhere", "--json")
    assert (told.code, told.problem["code"]) == (1, "unknown_campaign")
    told = invoke("case", "list", "--outcome", "lost", "--json")
    assert (told.code, told.problem["code"]) == (2, "invalid_option")


@pytest.mark.usefixtures("cases")
def test_the_read_model_is_verified_rebuilt_and_verified() -> None:
    told = invoke("readmodel", "verify", "--json")
    number = told.json["checked"]
    assert (told.code, told.json) == (0, {"checked": number, "differences": []})
    before = invoke("case", "list", "--limit", "1000", "--json").json
    assert len(before["cases"]) == number >= 2
    assert invoke("readmodel", "rebuild", "--json").json == {"rebuilt": number, "differences": []}
    assert invoke("case", "list", "--limit", "1000", "--json").json == before
    assert invoke("readmodel", "verify", "--no-running", "--json").code == 0
    for lang, word in (("zh", f"核对 {number} 个案件"), ("en", f"{number} cases checked")):
        assert word in invoke("readmodel", "verify", "--lang", lang).out


def test_histories_replay_one_and_all(cases: dict[str, str]) -> None:
    for args in ((), (cases["late"],)):
        told = invoke("workflow", "replay", *args, "--json")
        assert (told.code, told.json) == (0, {"failures": []})


@pytest.mark.parametrize("content", ["", "{}", "[]", "\x00", "[" * 100_000, '{"events": []}', '{"events": [{}]}'])
@pytest.mark.timeout(60)
def test_a_file_that_is_no_history_is_bad_input_and_does_not_hang(content: str, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text(content, encoding="utf-8")
    told = invoke("workflow", "replay", "--file", str(file), "--json")
    assert (told.code, told.problem["code"], told.err) == (2, "no_history", "")


def test_a_history_file_that_is_not_there_is_one_problem() -> None:
    told = invoke("workflow", "replay", "--file", "nothing.json", "--json")
    assert (told.code, told.problem["code"], told.err) == (2, "file_unreadable", "")


def test_the_database_is_migrated_again_without_effect() -> None:
    told = invoke("db", "migrate", "--json")
    assert (told.code, list(told.json)) == (0, ["revision", "sealed"])
    assert told.json["revision"] in invoke("db", "migrate", "--lang", "zh").out


def test_a_worker_of_no_queue_is_bad_input(cli_home: Installation) -> None:
    told = rectify("worker", "nothing", "--json", env=cli_home.env)
    assert (told.code, told.problem["code"], told.err) == (2, "unknown_queue", "")


def test_a_demonstration_is_refused_in_a_home_in_use(cli_home: Installation) -> None:
    told = invoke("demo", "--json")
    assert (told.code, told.problem["code"]) == (2, "home_in_use")
    assert told.problem["remedy_zh"] and told.problem["remedy_en"]
    moved = invoke("demo", "advance", "--days", "1", "--json")
    assert (moved.code, moved.problem["code"]) == (1, "not_a_demo")
    assert not (Path(cli_home.env["RECTIFY_HOME"]) / "demo.txt").exists()


def test_no_campaign_is_started_in_the_home_of_a_demonstration(cli_home: Installation) -> None:
    """It would be the newest, and be taken for the demonstration."""
    mark = Path(cli_home.env["RECTIFY_HOME"]) / "demo.txt"
    mark.touch()
    try:
        told = invoke("campaign", "start", str(PLAN), "--json")
    finally:
        mark.unlink()
    assert (told.code, told.problem["code"]) == (1, "home_of_a_demonstration")
