"""Which unit a line means: by code or by name, in the register or new, never two at once (domain §2)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.judging.register import BATCH, KnownSubject
from rules.subjects.names import normalised_name
from tests.ledgers.books import CODE, OTHER_CODE, Registered, checked, codes, line

KNOWN = KnownSubject(id="s1", name="某某化工有限公司", district="650203", code=CODE)
OTHER = KnownSubject(id="s2", name="某餐馆", district="650203", code=OTHER_CODE)
NO_CODE = KnownSubject(id="s3", name="无证小作坊", district="650203")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("某某化工有限责任公司", "某某化工有限公司"),
        ("某某（新疆）化工有限公司", "某某(新疆)化工有限公司"),
        ("某某 化工 有限公司", "某某化工有限公司"),
        ("ＡＢＣ工厂", "abc工厂"),
        ("“某某”商店", "某某商店"),
        ("某某·商店", "某某商店"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert normalised_name(one) == normalised_name(other)


def test_a_company_and_a_stock_company_are_two() -> None:
    assert normalised_name("某某股份有限公司") != normalised_name("某某有限公司")


@given(st.text())
def test_normalising_a_name_is_done_once(name: str) -> None:
    assert normalised_name(normalised_name(name)) == normalised_name(name)


@pytest.mark.parametrize("code", [CODE, CODE.lower(), f" {CODE[:9]} {CODE[9:]}", CODE.translate({48: "０"})])
def test_a_unit_is_found_by_its_code(tmp_path: Path, code: str) -> None:
    answer = checked(tmp_path, line(code=code), register=Registered(KNOWN))
    assert ([row.subject for row in answer.planned], answer.new_subjects, answer.subjects) == (["s1"], 0, 1)
    assert codes(answer.warnings) == []


def test_a_unit_is_found_by_its_name_alone(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(name="某某化工有限责任公司"), register=Registered(KNOWN))
    assert [row.subject for row in answer.planned] == ["s1"]
    assert codes(answer.warnings) == ["name_read_as"]


def test_a_unit_is_found_by_its_code_alone(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(name=None, code=CODE, district=None), register=Registered(KNOWN))
    assert [row.subject for row in answer.planned] == ["s1"]


@pytest.mark.parametrize(
    ("facts", "code", "column"),
    [
        ({"code": CODE, "name": "某餐馆"}, "code_name_contradict", "C"),
        ({"code": CODE, "name": "无人知道的厂"}, "code_name_contradict", "C"),
        ({"code": "91650200000000033N", "name": "某餐馆"}, "name_code_contradict", "C"),
        ({"code": CODE, "district": "独山子区"}, "district_contradict", "D"),
        ({"code": "91650200000000033N", "name": None}, "name_missing", "B"),
        ({"name": "无人知道的厂", "district": None}, "district_missing", "D"),
        ({"code": 916502000000000176, "name": "某厂"}, "code_lost_digits", "C"),
        ({"code": "9.1650200000000E+17", "name": "某厂"}, "code_lost_digits", "C"),
    ],
)
def test_code_and_name_that_contradict_are_an_error(
    tmp_path: Path, facts: dict[str, str | None], code: str, column: str
) -> None:
    answer = checked(tmp_path, line(**facts), register=Registered(KNOWN, OTHER, NO_CODE))
    assert [(e.code, e.row, e.column) for e in answer.errors] == [(code, 2, column)]
    assert answer.planned == ()


def test_a_wrong_check_digit_warns_and_is_kept(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(code=CODE[:-1] + "0"))
    assert codes(answer.warnings) == ["code_suspicious"]
    (row,) = answer.planned
    assert not isinstance(row.subject, str)
    assert row.subject.code == CODE[:-1] + "0"


def test_a_code_for_a_unit_registered_without_one_is_said(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(name="无证小作坊", code=CODE), register=Registered(NO_CODE))
    assert [row.subject for row in answer.planned] == ["s3"]
    assert codes(answer.warnings) == ["code_new_for_subject"]


def test_two_registered_units_of_one_name_need_a_code(tmp_path: Path) -> None:
    twin = KnownSubject(id="s9", name="某某化工有限公司", district="650203", code=OTHER_CODE)
    answer = checked(tmp_path, line(), line(serial=2, code=OTHER_CODE), register=Registered(KNOWN, twin))
    assert [(e.code, e.row) for e in answer.errors] == [("name_ambiguous", 2)]
    assert [row.subject for row in answer.planned] == ["s9"]


def test_the_same_name_in_another_district_is_another_unit(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(district="独山子区"), register=Registered(KNOWN))
    assert (answer.new_subjects, codes(answer.errors)) == (1, [])


def test_a_new_unit_is_new_once(tmp_path: Path) -> None:
    lines = [
        line(code=CODE),
        line(serial=2, description="第二处问题在此"),
        line(serial=3, name="某某化工有限责任公司", description="第三处问题在此"),
    ]
    answer = checked(tmp_path, *lines)
    assert (answer.subjects, answer.new_subjects, len(answer.planned)) == (1, 1, 3)
    assert len({row.subject for row in answer.planned}) == 1


def test_one_code_for_two_new_names_is_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(code=CODE), line(name="某餐馆", code=CODE))
    assert [(e.code, e.row) for e in answer.errors] == [("code_of_two_names", 3)]


def test_one_new_name_with_two_codes_is_an_error(tmp_path: Path) -> None:
    answer = checked(tmp_path, line(code=CODE), line(code=OTHER_CODE, description="别的问题在此"))
    assert [(e.code, e.row) for e in answer.errors] == [("name_of_two_codes", 3)]


def test_the_register_is_asked_in_batches_not_by_row(tmp_path: Path) -> None:
    register = Registered()
    lines = [line(name=f"某厂{n}", code=None) for n in range(BATCH + 10)]
    answer = checked(tmp_path, *lines, register=register)
    assert answer.new_subjects == BATCH + 10
    assert register.asked == [BATCH, 10]
