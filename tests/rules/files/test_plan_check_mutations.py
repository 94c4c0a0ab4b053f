"""`plan check`: a plan with something wrong is refused, and the error names its line, its field and the remedy."""

import re

import pytest

from rules.files.plan_check import PlanError
from tests.rules.files.text import FILE, KARAMAY, Place, cut, drop, errors_of, header_of, paste, plan_file, put

CHINESE = re.compile("[一-鿿]")
V04: Place = ("illegal_conduct", "V04")
CLOSE: Place = ("musts", "close")
RECTIFICATION: Place = ("phases", "rectification")
CLOCKS: Place = ("clocks", None)
EXTENSION: Place = ("clocks.extension", None)
READINGS: Place = ("readings", None)
ARTICLE: Place = ("articles", "fixed")
HEAD: Place = ("", None)


def two_languages(error: PlanError) -> bool:
    """Field, sentence and remedy, in Chinese and in English."""
    told = bool(CHINESE.search(error.zh) and CHINESE.search(error.remedy_zh))
    return (
        told and bool(re.search("[a-z]{3}", error.en) and re.search("[a-z]{3}", error.remedy_en)) and error.field != ""
    )


# what a person typed: (block, key, value) -> (field, a word of the sentence)
WRONG_VALUES: list[tuple[Place, str, str, str, str]] = [
    (RECTIFICATION, "begins", '"05-20"', "phases[1].begins", "overlaps"),
    (RECTIFICATION, "begins", '"06-02"', "phases[1].begins", "missing between"),
    (RECTIFICATION, "ends", '"05-31"', "phases[1].ends", "ends before"),
    (RECTIFICATION, "ends", '"04-30"', "phases[1].ends", "ends before"),
    (RECTIFICATION, "begins", '"02-30"', "phases[1].begins", "02-30"),
    (RECTIFICATION, "begins", '"06-31"', "phases[1].begins", "06-31"),
    (RECTIFICATION, "begins", '"June"', "phases[1].begins", "June"),
    (RECTIFICATION, "begins", "601", "phases[1].begins", "MM-DD"),
    (RECTIFICATION, "begins", "2013-06-01", "phases[1].begins", "MM-DD"),
    (RECTIFICATION, "begins", '"2013-13-01T00:00"', "phases[1].begins", "2013-13-01"),
    (RECTIFICATION, "musts", '"sometimes"', "phases[1].musts", "'pending' or 'owed'"),
    (RECTIFICATION, "look_back", '"maybe"', "phases[1].look_back", "boolean"),
    (RECTIFICATION, "source", '"X"', "phases[1].source", "'N', 'L' or 'A'"),
    (RECTIFICATION, "source", '"n"', "phases[1].source", "'N', 'L' or 'A'"),
    (RECTIFICATION, "clause", '""', "phases[1].clause", "at least 1"),
    (RECTIFICATION, "clause", "[]", "phases[1].clause", "string"),
    (RECTIFICATION, "id", '"phase two"', "phases[1].id", "phase two"),
    (RECTIFICATION, "id", '""', "phases[1].id", "no id"),
    (RECTIFICATION, "id", '"第二阶段"', "phases[1].id", "no id"),
    (RECTIFICATION, "zh", '""', "phases[1].zh", "at least 1"),
    (RECTIFICATION, "en", "{}", "phases[1].en", "string"),
    (RECTIFICATION, "colour", '"red"', "phases[1].colour", "not permitted"),
    (RECTIFICATION, '"颜色"', '"red"', "phases[1].颜色", "not permitted"),
    (("phases", "consolidation"), "look_back", "false", "phases", "look_back = true"),
    (V04, "id", '"V03"', "illegal_conduct[3].id", "duplicate id V03"),
    (("hazards", "H05"), "id", '"V05"', "hazards[4].id", "duplicate id V05"),
    (("other", None), "id", '"H12"', "other.id", "duplicate id H12"),
    (("districts", "650204"), "id", '"650203"', "districts[2].id", "duplicate id 650203"),
    (("sectors", "fireworks"), "id", '"fire_safety"', "sectors[5].id", "duplicate id fire_safety"),
    (("districts", "650204"), "streets", '"one street"', "districts[2].streets", "tuple"),
    (("districts", "650204"), "streets", "[[]]", "districts[2].streets[0]", "string"),
    (V04, "illegal_operation", '"perhaps"', "illegal_conduct[3].illegal_operation", "boolean"),
    (V04, "illegal_operation_source", '"B"', "illegal_conduct[3].illegal_operation_source", "'N', 'L' or 'A'"),
    (READINGS, "hazard_failed", '"V11"', "readings.hazard_failed", "V11"),
    (READINGS, "resurgence", '"H01"', "readings.resurgence", "H01"),
    (READINGS, "unlicensed", '""', "readings.unlicensed", "no category"),
    (CLOSE, "id", '"warn"', "musts[1].id", "'suspend', 'close', 'fine' or 'refer'"),
    (CLOSE, "id", '"suspend"', "musts[1].id", "duplicate id suspend"),
    (CLOSE, "decided_by", '"mayor"', "musts[1].decided_by", "'inspector'"),
    (CLOSE, "decided", '{ working_days = 15, at_most = 14, source = "A", clause = "3.2.must2" }',
     "musts[1].decided.working_days", "passes its cap of 14"),
    (CLOSE, "decided", '{ source = "A", clause = "3.2.must2" }', "musts[1].decided", "exactly one unit"),
    (CLOSE, "decided", '{ working_days = 15, clause = "3.2.must2" }', "musts[1].decided.source", "required"),
    (CLOSE, "executed", "7", "musts[1].executed", ""),
    (EXTENSION, "days", "0", "clocks.extension.days", "greater than or equal to 1"),
    (EXTENSION, "days", "-15", "clocks.extension.days", "greater than or equal to 1"),
    (EXTENSION, "days", "15.5", "clocks.extension.days", "integer"),
    (EXTENSION, "days", '"a fortnight"', "clocks.extension.days", "integer"),
    (EXTENSION, "days", "nan", "clocks.extension.days", ""),
    (EXTENSION, "days", "inf", "clocks.extension.days", ""),
    (EXTENSION, "days", "99999999999999999999", "clocks.extension.days", "3660"),
    (EXTENSION, "days", "400", "clocks.extension.days", "end of any campaign"),
    (EXTENSION, "working_days", "15", "clocks.extension", "exactly one unit"),
    (EXTENSION, "weeks", "2", "clocks.extension.weeks", "not permitted"),
    (("clocks.reinspection_major", None), "days", "11", "clocks.reinspection_major.days", "passes its cap of 10"),
    (CLOCKS, "investigation_phase", '"spring"', "clocks.investigation_phase", "spring"),
    (CLOCKS, "registration_phase", '""', "clocks.registration_phase", "no phase"),
    (CLOCKS, "rectification_caps", "[]", "clocks.rectification_caps", "at least one"),
    (CLOCKS, "rectification_caps", '["consolidation", "rectification"]', "clocks.rectification_caps", "order of time"),
    (CLOCKS, "look_back_on", '"10-31"', "clocks.look_back_on", "outside its phase"),
    (CLOCKS, "look_back_on", '"02-30"', "clocks.look_back_on", "02-30"),
    (ARTICLE, "unit", "{}", "articles[0].unit", "either fixed or a factor"),
    (ARTICLE, "unit", "{ fixed = 100, factor = 2 }", "articles[0].unit", "either fixed or a factor"),
    (ARTICLE, "person", "{ fixed = 0 }", "articles[0].person.fixed", "greater than 0"),
    (ARTICLE, "person", "{ fixed = -1 }", "articles[0].person.fixed", "greater than 0"),
    (ARTICLE, "person", "{ fixed = nan }", "articles[0].person.fixed", "finite"),
    (ARTICLE, "person", "{ fixed = inf }", "articles[0].person.fixed", "finite"),
    (ARTICLE, "person", '{ fixed = "much" }', "articles[0].person.fixed", "decimal"),
    (ARTICLE, "person", "{ factor = 2 }", "articles[0].base", "base"),
    (("articles", "by-illegal-gains"), "base", '""', "articles[1].base", "base"),
    (("articles", "by-illegal-gains"), "id", '"fixed"', "articles[1].id", "duplicate id fixed"),
    (("questions", "lawful"), "id", '"clean"', "questions", "exactly licensed, major_hazard, lawful"),
    (("restart_conditions", "safety"), "id", '"luck"', "restart_conditions", "exactly measures, licences, safety"),
    (("roles", "government"), "id", '"mayor"', "roles[2].id", "'inspector'"),
    (("targets", "major-accidents"), "deaths_from", '"ten"', "targets[0].deaths_from", "integer"),
    (HEAD, "id", '"a b"', "id", "no id"),
    (HEAD, "city", "[]", "city", "string"),
    (HEAD, "plan_due", '"17 May"', "plan_due", "17 May"),
    (HEAD, "version", "2", "version", "not permitted"),
]  # fmt: skip


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(("place", "key", "value", "field", "word"), WRONG_VALUES)
def test_a_wrong_value_is_refused_at_its_line(place: Place, key: str, value: str, field: str, word: str) -> None:
    text, line = put(KARAMAY, place, key, value)
    errors = errors_of(text)
    found = [e for e in errors if e.field == field]
    assert found, errors
    error = found[0]
    assert (error.file, word in error.en, two_languages(error)) == (FILE, True, True), error
    assert error.line == _line_of(text, place, field, line), error


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("must", ["suspend", "close", "fine", "refer"])
@pytest.mark.parametrize("role", ["enterprise", "public", "auditor", "regulator", "admin"])
def test_a_must_is_decided_by_an_official_who_acts_in_cases(must: str, role: str) -> None:
    """Not by those whom it is about or who only read; the remedy names who may."""
    text, line = put(KARAMAY, ("musts", must), "decided_by", f'"{role}"')
    (error,) = errors_of(text)
    index = ["suspend", "close", "fine", "refer"].index(must)
    assert (error.line, error.field, two_languages(error)) == (line, f"musts[{index}].decided_by", True)
    assert role in error.en
    for remedy in (error.remedy_zh, error.remedy_en):
        assert "inspector, supervisor, government, office" in remedy


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("role", ["inspector", "supervisor", "government", "office"])
def test_a_city_chooses_which_official_decides_a_must(role: str) -> None:
    plan = plan_file(put(KARAMAY, CLOSE, "decided_by", f'"{role}"')[0]).plan
    assert plan.must("close").decided_by == role


def _line_of(text: str, place: Place, field: str, line: int) -> int:
    """A rule about a whole list is told where the list begins, one about a whole table at its header."""
    if field in ("phases", "questions", "restart_conditions"):
        return header_of(text, (field, None))
    if field in ("clocks.extension", "articles[0].base"):
        return header_of(text, place)
    # two of a kind: the second one in the file is the one that is told
    return text.split("\n").index('id = "fire_safety"', line) + 1 if field == "sectors[5].id" else line


MISSING: list[tuple[Place, str, str]] = [
    (RECTIFICATION, "begins", "phases[1].begins"),
    (RECTIFICATION, "clause", "phases[1].clause"),
    (RECTIFICATION, "source", "phases[1].source"),
    (RECTIFICATION, "musts", "phases[1].musts"),
    (V04, "id", "illegal_conduct[3].id"),
    (V04, "zh", "illegal_conduct[3].zh"),
    (("other", None), "clause", "other.clause"),
    (CLOSE, "decided", "musts[1].decided"),
    (CLOSE, "decided_by_source", "musts[1].decided_by_source"),
    (CLOCKS, "look_back_on", "clocks.look_back_on"),
    (EXTENSION, "source", "clocks.extension.source"),
    (EXTENSION, "days", "clocks.extension"),
    (READINGS, "resurgence", "readings.resurgence"),
    (ARTICLE, "person", "articles[0].person"),
    (("districts", "650204"), "en", "districts[2].en"),
]


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(("place", "key", "field"), MISSING)
def test_what_is_left_out_is_refused_at_the_header_of_its_table(place: Place, key: str, field: str) -> None:
    text, line = drop(KARAMAY, place, key)
    found = [e for e in errors_of(text) if e.field == field]
    assert [(e.line, two_languages(e)) for e in found] == [(line, True)]


@pytest.mark.parametrize("key", ["id", "zh", "en", "notice", "city", "plan_due", "plan_due_source"])
def test_what_is_left_out_at_the_head_of_the_file_is_refused(key: str) -> None:
    (error,) = errors_of(drop(KARAMAY, HEAD, key)[0])
    assert (error.field, error.line, two_languages(error)) == (key, 1, True)


@pytest.mark.parametrize("key", ["zh", "en", "notice", "city"])
def test_an_empty_name_at_the_head_of_the_file_is_refused(key: str) -> None:
    text, line = put(KARAMAY, HEAD, key, '""')
    (error,) = errors_of(text)
    assert (error.field, error.line) == (key, line)


MISSING_BLOCKS: list[tuple[Place, str, str]] = [
    (("phases", "investigation"), "clocks.investigation_phase", "no phase investigation"),
    (("phases", "rectification"), "phases[1].begins", "missing between investigation and consolidation"),
    (("phases", "consolidation"), "phases", "look_back = true"),
    (("musts", "suspend"), "musts", "suspend is missing"),
    (("musts", "close"), "musts", "close is missing"),
    (("musts", "fine"), "musts", "fine is missing"),
    (("musts", "refer"), "musts", "refer is missing"),
    (("illegal_conduct", "V10"), "readings.hazard_failed", "V10"),
    (("roles", "government"), "musts[1].decided_by", "no role government"),
    (("questions", "lawful"), "questions", "exactly"),
    (("restart_conditions", "safety"), "restart_conditions", "exactly"),
    (("other", None), "other", "required"),
    (("readings", None), "readings", "required"),
    (EXTENSION, "clocks.extension", "required"),
]


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(("place", "field", "word"), MISSING_BLOCKS)
def test_a_missing_block_is_refused(place: Place, field: str, word: str) -> None:
    text = cut(KARAMAY, place)
    found = [e for e in errors_of(text) if e.field == field and word in e.en]
    assert found, errors_of(text)
    assert two_languages(found[0])
    lines = text.split("\n")
    beginnings = {"phases": "[[phases]]", "musts": "[[musts]]", "clocks.extension": "[clocks]"}
    if field in beginnings:
        assert found[0].line == lines.index(beginnings[field]) + 1


@pytest.mark.clause("domain §7")
@pytest.mark.parametrize("role", ["inspector", "supervisor", "government"])
def test_a_plan_without_a_role_whose_turn_it_can_be_is_refused(role: str) -> None:
    assert any(role in e.en for e in errors_of(cut(KARAMAY, ("roles", role))))


@pytest.mark.clause("3.2")
def test_a_plan_in_which_no_phase_owes_the_musts_is_refused() -> None:
    text, _ = put(KARAMAY, RECTIFICATION, "musts", '"pending"')
    text, _ = put(text, ("phases", "consolidation"), "musts", '"pending"')
    (error,) = errors_of(text)
    assert (error.field, error.line) == ("phases", header_of(text, ("phases", None)))


@pytest.mark.clause("domain §5")
def test_a_clock_past_its_cap_is_refused_at_the_clock_whichever_of_both_was_changed() -> None:
    text, line = put(KARAMAY, EXTENSION, "at_most", "14")
    (error,) = errors_of(text)
    assert (error.field, error.line) == ("clocks.extension.days", line + 1)


def test_swapped_phases_are_refused_at_the_second() -> None:
    start, end = KARAMAY.index("[[phases]]"), KARAMAY.index("# ----", KARAMAY.index("[[phases]]"))
    blocks = KARAMAY[start:end].split("[[phases]]\n")[1:]
    swapped = "".join(f"[[phases]]\n{blocks[n]}" for n in (1, 0, 2))
    text = KARAMAY[:start] + swapped + KARAMAY[end:]
    errors = errors_of(text)
    assert [e.field for e in errors][:2] == ["phases[1].begins", "phases[2].begins"]
    assert text.split("\n")[errors[0].line - 1] == 'begins = "05-05"'


def test_a_second_other_or_a_fifth_must_is_refused() -> None:
    fifth, line = paste(KARAMAY, KARAMAY[KARAMAY.index("[[musts]]") : KARAMAY.index("[[closure_checks]]")])
    assert [e.field for e in errors_of(fifth)] == [f"musts[{n}].id" for n in (4, 5, 6, 7)]
    assert errors_of(fifth)[0].line == line + 1
    other, line = paste(KARAMAY, '[other]\nid = "x"')
    (error,) = errors_of(other)
    assert (error.field, error.line) == ("TOML", line)


@pytest.mark.clause("contracts §2")
def test_all_errors_are_told_at_once_in_the_order_of_their_lines() -> None:
    text, _ = put(KARAMAY, RECTIFICATION, "clause", '""')
    text, _ = put(text, EXTENSION, "days", "0")
    text, _ = put(text, ARTICLE, "person", "{ fixed = -1 }")
    text, _ = put(text, V04, "colour", "1")
    errors = errors_of(text)
    expected = ["phases[1].clause", "illegal_conduct[3].colour", "clocks.extension.days", "articles[0].person.fixed"]
    assert [e.field for e in errors] == expected
    assert [e.line for e in errors] == sorted({e.line for e in errors})


@pytest.mark.clause("contracts §2")
def test_all_errors_of_sense_are_told_at_once_too() -> None:
    text, _ = put(KARAMAY, RECTIFICATION, "begins", '"05-20"')
    text, _ = put(text, READINGS, "resurgence", '"V99"')
    text, _ = put(text, EXTENSION, "at_most", "3")
    text = cut(text, ("musts", "fine"))
    fields = {e.field for e in errors_of(text)}
    assert fields == {"phases[1].begins", "readings.resurgence", "clocks.extension.days", "musts"}


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        (EXTENSION, "days", "0"),
        (EXTENSION, "days", '"x"'),
        (RECTIFICATION, "source", '"X"'),
        (RECTIFICATION, "clause", '""'),
        (RECTIFICATION, "colour", "1"),
        (ARTICLE, "person", "{ fixed = -1 }"),
    ],
)
def test_the_chinese_sentence_is_chinese(place: Place, key: str, value: str) -> None:
    for error in errors_of(put(KARAMAY, place, key, value)[0]):
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", error.zh), error.zh
