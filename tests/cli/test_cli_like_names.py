"""A case opened under a new id while the register has a subject of like name: a warning, never a refusal."""

import pytest

from tests.cli.conftest import Installation
from tests.cli.run import CHINESE, Ran, invoke

pytestmark = pytest.mark.usefixtures("here")


def opened(name: str, *options: str, district: str = "650203") -> Ran:
    """`case open` by the inspector of the district."""
    who = ("--by", f"inspector:王@{district}", "--district", district)
    told = invoke("case", "open", *who, "--name", name, "--json", *options)
    assert told.code == 0, told
    return told


def test_a_second_opening_of_a_like_name_names_the_first(cli_home: Installation) -> None:
    first = opened("相似（一）有限责任公司", "--id", "like-1")
    assert first.json["warnings"] == []
    second = opened("相似 (一) 有限公司", "--id", "like-2", "--lang", "zh")
    (warning,) = second.json["warnings"]
    for word in ("相似（一）有限责任公司", "like-1", f"case/{cli_home.campaign}/like-1", "克拉玛依区", "--id like-1"):
        assert word in warning["zh"]
    assert "subject merge like-2 like-1" in warning["zh"] and "subject merge like-2 like-1" in warning["en"]
    assert warning["zh"] in "".join(second.err.splitlines())
    other = opened("相似(一)有限公司", "--lang", "en", "--id", "like-3", "--street", "天山路街道")
    assert "the register has a subject of like name" in other.err and "Karamay" in other.err


def test_the_same_district_goes_first_and_an_ended_case_is_none() -> None:
    opened("近似厂", "--id", "near-1", district="650204")
    there = opened("近似厂", "--id", "near-2", district="650205").json["warnings"]
    assert "near-1" in there[0]["zh"] and "白碱滩区" in there[0]["zh"]
    void = '{"do": "void", "by": "supervisor:李@650205", "reason": "误录"}'
    assert invoke("case", "do", "near-2", "-", stdin=void).code == 0
    (warning,) = opened("近似厂", "--id", "near-3", district="650205").json["warnings"]
    assert "near-2" in warning["en"] and "case/" not in warning["en"], "its own district's, which has no open case"


@pytest.mark.parametrize("name", ["独一厂", "近似"])
def test_no_other_name_is_warned_of(name: str) -> None:
    assert opened(name).json["warnings"] == []


def test_a_subject_that_the_register_knows_is_opened_without_a_warning() -> None:
    opened("重开厂", "--id", "again-1")
    opened("重开厂", "--id", "again-2")
    void = '{"do": "void", "by": "supervisor:李@650203", "reason": "误录"}'
    assert invoke("case", "do", "again-2", "-", stdin=void).code == 0
    again = opened("重开厂", "--id", "again-2", "--lang", "en")
    assert again.json["warnings"] == [] and again.err == "" and not CHINESE.search(again.err)


def test_an_opening_that_is_refused_warns_of_nobody() -> None:
    opened("拒开厂", "--id", "refused-1")
    who = ("--by", "enterprise:孙@650203", "--district", "650203", "--name", "拒开厂")
    told = invoke("case", "open", *who, "--lang", "en")
    assert told.code == 1 and "refused-1" not in told.said
