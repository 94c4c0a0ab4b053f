"""`rectify work`: what an office is to do, and nobody else's."""

import json

import pytest

from tests.cli.run import invoke

pytestmark = pytest.mark.usefixtures("here")
INSPECTOR, SUPERVISOR = "inspector:王@650203", "supervisor:李@650203"


def listed(by: str, *more: str) -> set[tuple[str, str]]:
    """The last part of each case that is listed, and the clock."""
    told = invoke("work", "--by", by, "--limit", "10000", "--json", *more)
    assert told.code == 0, told.said
    return {(row["case_id"].rpartition("/")[2], row["clock"]) for row in told.json["to_do"]}


def test_what_an_office_is_to_do_is_listed_for_it_alone() -> None:
    of = ("--id", "work-1", "--name", "待办采石场", "--district", "650203")
    assert invoke("case", "open", "--by", INSPECTOR, *of, "--json").code == 0
    try:
        own = ("work-1", "investigation")
        assert own in listed(INSPECTOR) and own in listed("auditor:顾@650200")
        assert own not in listed(SUPERVISOR) and own not in listed("inspector:王@650204")
        assert own not in listed(INSPECTOR, "--decisions") and own not in listed(INSPECTOR, "--mine")
        told = invoke("work", "--by", INSPECTOR, "--limit", "10000", "--lang", "zh")
        assert told.code == 0 and "待办采石场" in told.said
    finally:
        voided = json.dumps({"do": "void", "by": SUPERVISOR, "reason": "误录"})
        assert invoke("case", "do", "work-1", "-", "--json", stdin=voided).json["outcome"] == "void"


def test_who_reads_nothing_has_no_list() -> None:
    told = invoke("work", "--by", "admin:管@650200", "--json")
    assert (told.code, told.problem["code"]) == (1, "role_not_permitted")
