"""`rectify workdays`: check a file, show the years, publish one; what is provisional says so."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Installation
from tests.cli.run import CHINESE, invoke, rectify

OFFICE = "office:钱@650200"
THIS_YEAR = datetime.now(UTC).year
FAR = 2101  # no library knows it, no campaign of this run reaches it
FILE = f"""\
year = {FAR}
source = "made up for tests"
off = [{FAR}-06-01]
on = [{FAR}-06-04]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "year.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def here(cli_home: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """This process works in the installation."""
    for name, value in cli_home.env.items():
        monkeypatch.setenv(name, value)
    return cli_home


# ---------------------------------------------------------------- check


def test_a_valid_file_is_told_in_both_languages_and_as_json(file: Path) -> None:
    assert "weekdays off 1, weekend days worked 1" in invoke("workdays", "check", str(file), "--lang", "en").out
    assert CHINESE.search(invoke("workdays", "check", str(file), "--lang", "zh").out)
    told = invoke("workdays", "check", str(file), "--json").json
    assert (told["year"], told["off"], told["on"], len(told["digest"])) == (FAR, [f"{FAR}-06-01"], [f"{FAR}-06-04"], 32)
    assert invoke("workdays", "check", "-", "--json", stdin=FILE).json == told


def test_a_wrong_file_is_refused_by_line_and_field_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        FILE.replace(f"[{FAR}-06-01]", f"[\n  {FAR}-06-05,\n]").replace("source", "sauce"), encoding="utf-8"
    )
    told = invoke("workdays", "check", str(path), "--json")
    assert (told.code, told.problem["code"]) == (2, "working_days_invalid")
    assert {(e["line"], e["field"]) for e in told.problem["errors"]} == {(1, "source"), (2, "sauce")}
    path.write_text(FILE.replace(f"[{FAR}-06-01]", f"[\n  {FAR}-06-05,\n]"), encoding="utf-8")
    shown = invoke("workdays", "check", str(path), "--lang", "en")
    assert shown.code == 2 and f"{path}:4: off[0]: {FAR}-06-05 is at a weekend" in shown.said
    assert "remove it" in shown.said


@pytest.mark.parametrize("verb", [("check",), ("publish", "--by", OFFICE, "--reason", "x")])
@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\xff\xfe", "not_utf8"), (b"x" * 5_000_001, "file_too_large"), (b"", "working_days_invalid")],
)
def test_a_hostile_file_is_bad_input(
    verb: tuple[str, ...], content: bytes, code: str, tmp_path: Path, empty_home: Path
) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(content)
    told = invoke("workdays", verb[0], str(path), *verb[1:], "--json")
    assert (told.code, told.problem["code"]) == (2, code)
    assert not empty_home.exists()


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    told = invoke("workdays", "check", str(tmp_path / "none.toml"), "--json")
    assert (told.code, told.problem["code"]) == (2, "file_unreadable")


# ---------------------------------------------------------------- refusals


@pytest.mark.usefixtures("empty_home")
def test_without_a_running_stack_nothing_is_shown_or_published(file: Path) -> None:
    for call in (("show",), ("publish", str(file), "--by", OFFICE, "--reason", "x")):
        told = invoke("workdays", *call, "--json")
        assert (told.code, told.problem["code"]) == (3, "not_running")


@pytest.mark.parametrize("by", ["", "qian", "boss:a@b"])
def test_a_publisher_who_is_nobody_is_bad_input(file: Path, by: str) -> None:
    told = invoke("workdays", "publish", str(file), "--by", by, "--reason", "x", "--json")
    assert (told.code, told.problem["code"]) == (2, "invalid_option")
    assert told.problem["en"].startswith("--by: ")


def test_a_publication_without_a_reason_is_bad_input(file: Path) -> None:
    told = invoke("workdays", "publish", str(file), "--by", OFFICE, "--reason", " ", "--json")
    assert (told.code, told.problem["code"]) == (2, "invalid_option")
    assert invoke("workdays", "publish", str(file), "--by", OFFICE).code == 2


@pytest.mark.usefixtures("here")
def test_only_the_office_publishes(file: Path) -> None:
    told = invoke("workdays", "publish", str(file), "--by", "supervisor:李@650203", "--reason", "x", "--json")
    assert (told.code, told.problem["code"]) == (1, "role_not_permitted")
    years = [row["year"] for row in invoke("workdays", "show", "--json").json["years"] if row["state"] == "published"]
    assert FAR + 1 not in years


# ---------------------------------------------------------------- show, publish


@pytest.mark.usefixtures("here")
def test_the_years_are_listed_and_the_provisional_ones_named() -> None:
    told = invoke("workdays", "show", "--json").json
    listed = {row["year"]: row["state"] for row in told["years"]}
    assert THIS_YEAR in listed and told["provisional"] == [y for y, s in listed.items() if s == "provisional"]
    unknown = invoke("workdays", "show", str(FAR + 1), "--json").json
    assert (unknown["state"], unknown["provisional"], unknown["off"]) == ("provisional", True, [])
    assert "provisional: Monday to Friday" in invoke("workdays", "show", str(FAR + 1), "--lang", "en").said
    assert "暂定" in invoke("workdays", "show", str(FAR + 1), "--lang", "zh").said
    refused = invoke("workdays", "show", str(FAR + 1), "--toml", "--lang", "en")
    assert refused.code == 1 and "not published yet" in refused.said
    assert invoke("workdays", "show", "0").code == 2


def test_a_published_year_is_shown_with_who_and_why_and_published_again_it_is_the_same(
    here: Installation, file: Path
) -> None:
    publish = ("workdays", "publish", str(file), "--by", OFFICE, "--reason", "the notice", "--json")
    told = rectify(*publish, env=here.env)
    assert told.code == 0 and (told.json["new"], told.json["campaigns"]) == (True, []), told
    shown = invoke("workdays", "show", str(FAR), "--json").json
    assert (shown["state"], shown["source"], shown["by"], shown["reason"]) == (
        "published", "made up for tests", OFFICE, "the notice",
    )  # fmt: skip
    again = invoke("workdays", "publish", str(file), "--by", "office:孙@650200", "--reason", "once more", "--json").json
    assert (again["new"], again["by"]) == (False, OFFICE)
    table = invoke("workdays", "show", str(FAR), "--lang", "en").said
    assert "published here" in table and f"off: {FAR}-06-01" in table
    assert invoke("workdays", "show", str(FAR), "--toml").out.splitlines()[0] == f"year = {FAR}"


def test_running_campaigns_follow_and_their_status_says_so(here: Installation, tmp_path: Path) -> None:
    """This year as the library has it: nothing moves by it, but every running campaign is told."""
    toml = invoke("workdays", "show", str(THIS_YEAR), "--toml").out
    path = tmp_path / "this.toml"
    path.write_text(toml, encoding="utf-8")
    told = invoke("workdays", "publish", str(path), "--by", OFFICE, "--reason", "the notice", "--lang", "en")
    assert told.code == 0 and here.campaign in told.said and here.other_campaign in told.said, told
    status = invoke("campaign", "status", here.campaign, "--json").json
    assert (status["moves"][-1]["year"], status["moves"][-1]["reason"]) == (THIS_YEAR, "the notice")
    line = f"the working days of {THIS_YEAR} published by office:钱@the city"
    assert line in invoke("campaign", "status", here.campaign, "--lang", "en").said


# ---------------------------------------------------------------- provisional


@pytest.mark.usefixtures("here")
def test_what_is_counted_over_an_unpublished_year_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    who = ("--by", "inspector:王@650204", "--name", "a", "--id", "unsure", "--district", "650204")
    case = invoke("case", "open", *who, "--json").json["case_id"]

    def marks() -> dict[str, bool]:
        return {d["clock"]: d["provisional"] for d in invoke("case", "show", case, "--json").json["deadlines"]}

    late = ("overdue", "--district", "650204", "--as-of", f"{THIS_YEAR + 1}-12-01", "--lang", "en")
    monkeypatch.setattr("rules.clocks.recount.is_provisional", lambda *_: False)
    assert marks() == {"investigation": False}
    assert "provisional" not in invoke("case", "show", case, "--lang", "en").said + invoke(*late).said
    monkeypatch.setattr("rules.clocks.recount.is_provisional", lambda *_: True)
    assert marks() == {"investigation": True}
    assert "(provisional)" in invoke("case", "show", case, "--lang", "en").said
    assert "（暂定）" in invoke("case", "show", case, "--lang", "zh").said
    assert "(provisional)" in invoke(*late).said
    rows = invoke(*late, "--json").json["overdue"]
    assert {row["clock"]: row["provisional"] for row in rows if row["case_id"] == case} == {"investigation": True}
    finding = {"ref": "a", "category": "V04", "grade": "general", "description": "x"}
    for command in (
        {"do": "record_findings", "findings": [finding]},
        {"do": "register", "assignments": [{"ref": "a", "responsible": "孙"}]},
    ):
        sent = invoke("case", "do", case, "-", stdin=json.dumps({"by": "inspector:王@650204", **command}))
        assert sent.code == 0, sent
    [must] = invoke("case", "explain", case, "--json").json["musts"]
    assert must["provisional"] is True and "(provisional)" in must["en"]
