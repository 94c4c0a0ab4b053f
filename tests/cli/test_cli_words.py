"""Words for codes on a real stack: short ids of cases, names of places, stages, roles, kinds; tables by name."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Installation
from tests.cli.run import Ran, invoke

BY = "inspector:王@650203"


@pytest.fixture(autouse=True)
def here(cli_home: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process works in the installation."""
    for name, value in cli_home.env.items():
        monkeypatch.setenv(name, value)


def opened(subject: str, *options: str, name: str = "") -> Ran:
    """`case open` of that subject by the inspector of 650203."""
    of = ("--id", subject, "--name", name or f"{subject}厂", "--district", "650203", "--json")
    return invoke("case", "open", "--by", BY, *of, *options)


def handed_in(case: str, what: str, *options: str, **fields: Any) -> Ran:
    """`case do` from stdin."""
    command = {"do": what, "by": BY, **fields}
    return invoke("case", "do", case, "-", "--json", *options, stdin=json.dumps(command))


# ---------------------------------------------------------------- short ids


@pytest.fixture(scope="session")
def twice(cli_home: Installation) -> dict[str, str]:
    """Full ids by what a person types: `both-1` has a case in either campaign, two in the newest."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cli_home.env.items():
            patch.setenv(name, value)
        for campaign in (cli_home.other_campaign, cli_home.campaign):
            assert opened("both-1", "--campaign", campaign).code == 0
        assert opened("old-1", "--campaign", cli_home.other_campaign).code == 0
        ended = f"case/{cli_home.campaign}/both-1"
        assert handed_in(ended, "void", by="supervisor:李@650203", reason="误录").json["outcome"] == "void"
        assert opened("both-1").code == 0
    newest, other = cli_home.campaign, cli_home.other_campaign
    return {
        "both-1": f"case/{newest}/both-1",
        "both-1-2": f"case/{newest}/both-1-2",
        "old-1": f"case/{other}/old-1",
        f"{other}/both-1": f"case/{other}/both-1",
        f"case/{other}/both-1": f"case/{other}/both-1",
    }


def test_the_id_of_the_subject_names_its_case_of_the_newest_campaign(twice: dict[str, str]) -> None:
    for typed, full in twice.items():
        assert invoke("case", "show", typed, "--json").json["case_id"] == full
        for verb in ("timeline", "explain"):
            assert invoke("case", verb, typed, "--json").json["case_id"] == full
        assert full in invoke("case", "timeline", typed, "--lang", "zh").out
        assert invoke("workflow", "replay", typed, "--json").json == {"failures": []}


def test_commands_go_to_the_case_of_the_short_id(twice: dict[str, str]) -> None:
    given = handed_in("both-1-2", "add_note", text="短编号")
    assert (given.code, given.json["case_id"]) == (0, twice["both-1-2"])
    assert handed_in("old-1", "add_note", "--signal", text="短编号").json["sent"] is True
    assert invoke("workflow", "restart", "old-1", "--json").json == {"case_id": twice["old-1"], "restarted": True}


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("typed", ["nobody-1", "nowhere-2027/both-1", "case/nowhere-2027/both-1"])
def test_an_unknown_case_is_refused_and_the_short_form_is_named(typed: str) -> None:
    for verb in (("case", "show"), ("case", "timeline"), ("workflow", "replay"), ("workflow", "restart")):
        told = invoke(*verb, typed, "--json")
        assert (told.code, told.problem["code"]) == (1, "unknown_case"), verb
        assert typed in told.problem["zh"] and typed in told.problem["en"]
    assert "demo-157" in told.problem["remedy_zh"] and "case/{campaign}/" in told.problem["remedy_en"]
    assert handed_in(typed, "add_note", text="x").problem["code"] == "unknown_case"
