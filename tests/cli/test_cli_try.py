"""`rectify try`: the document of the contract, exit codes, both languages (contracts §2)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import ANSI, CHINESE, ROOT, SCRIPT, invoke, rectify

AFTER = {"stage", "outcome", "due", "owed", "pending", "executed", "overdue"}
STEP = {"at", "do", "accepted"} | AFTER
CASE = AFTER | {"musts", "findings"}
MUST = {"must", "state", "clause", "grounds", "arose_at", "decide_by", "execute_by"}
FINDING = {"ref", "state", "due"}
# what stands beside the contract's keys: sentences, and the case's own list of reasons
TOLD, REFUSED, MORE_OF_CASE, MORE_OF_MUST = {"zh", "en"}, {"code", "rule", "zh", "en"}, {"unmet", "explain"}, {"id"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
MUSTS = ["suspend", "close", "fine", "refer"]


def _after(told: dict[str, Any]) -> None:
    assert told["stage"] is None or isinstance(told["stage"], str)
    assert told["outcome"] is None or isinstance(told["outcome"], str)
    assert told["due"] is None or INSTANT.fullmatch(told["due"])
    assert isinstance(told["overdue"], bool)
    for kind in ("owed", "pending", "executed"):
        assert told[kind] == [m for m in MUSTS if m in told[kind]]


@pytest.mark.clause("contracts §2")
def test_json_has_the_keys_and_shapes_of_the_contract(script: Path) -> None:
    ran = invoke("try", str(script), "--json")
    assert (ran.code, ran.err) == (0, "")
    told = ran.json
    assert {"steps", "case"} <= set(told) <= {"steps", "case", "warnings"}
    for line in told["steps"]:
        assert set(line) >= STEP
        assert set(line) - STEP <= (TOLD if line["accepted"] else REFUSED)
        assert line["accepted"] or set(line) >= REFUSED
        assert INSTANT.fullmatch(line["at"])
        _after(line)
    case = told["case"]
    assert CASE <= set(case) <= CASE | MORE_OF_CASE
    _after(case)
    for must in case["musts"]:
        assert MUST <= set(must) <= MUST | MORE_OF_MUST
        assert must["must"] in MUSTS
        assert must["grounds"] == ["a"]
        assert all(must[k] is None or INSTANT.fullmatch(must[k]) for k in ("arose_at", "decide_by", "execute_by"))
    assert [set(f) for f in case["findings"]] == [FINDING]


@pytest.mark.clause("contracts §2")
def test_the_course_of_a_case_as_the_contract_tells_it(script: Path) -> None:
    told = invoke("try", str(script), "--json").json
    acts = [(line["do"], line["accepted"], line.get("code")) for line in told["steps"]]
    assert acts[:3] == [
        ("record_findings", True, None),
        ("register", True, None),
        ("approve_measure", False, "not_proposed"),
    ]
    assert {do for do, _, _ in acts[3:]} == {"deadline_passed"}
    assert len({line["at"] for line in told["steps"]}) == len(told["steps"])
    assert told["case"]["owed"] == ["suspend"]
    assert told["case"]["overdue"] is True
    (must,) = told["case"]["musts"]
    assert (must["state"], must["clause"], must["arose_at"]) == ("owed", "3.2.must1", "2013-06-03T10:00:00+08:00")


@pytest.mark.clause("contracts §2")
def test_a_case_with_nothing_in_it_has_the_same_keys(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    opening = 'do: open, by: "enterprise:x@650203", subject: {name: x, district: 650203}'
    file.write_text(f"plan: karamay-2013\nyear: 2013\nsteps:\n  - {{at: 2013-06-03, {opening}}}\n", encoding="utf-8")
    ran = invoke("try", str(file), "--json")
    assert (ran.code, ran.json["steps"][0]["code"]) == (0, "role_not_permitted")
    assert CASE <= set(ran.json["case"]) <= CASE | MORE_OF_CASE
    assert (ran.json["case"]["stage"], ran.json["case"]["musts"], ran.json["case"]["findings"]) == (None, [], [])


@pytest.mark.parametrize(("lang", "words"), [("zh", ("不予受理", "停产整顿", "现状")), ("en", ("refused", "standing"))])
def test_people_read_it_in_their_language(script: Path, lang: str, words: tuple[str, ...]) -> None:
    ran = invoke("try", str(script), "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert all(word in ran.out for word in words)
    assert not ANSI.search(ran.out)


def test_as_a_process_it_is_one_document_and_exit_0_even_with_refused_steps(script: Path) -> None:
    ran = rectify("try", str(script), "--json", env={"RECTIFY_LANG": "zh"})
    assert (ran.code, ran.err) == (0, "")
    assert [line["accepted"] for line in ran.json["steps"][:3]] == [True, True, False]


@pytest.mark.parametrize("plan", ["karamay-2013", "karamay-2013.toml", "campaigns/karamay-2013.toml", "beside.toml"])
def test_the_plan_is_found_by_id_by_name_from_the_project_and_beside_the_script(
    plan: str, script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (ROOT / "campaigns" / "karamay-2013.toml").read_text(encoding="utf-8")
    (tmp_path / "beside.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir("/")
    script.write_text(SCRIPT.replace("plan: karamay-2013", f"plan: {plan}"), encoding="utf-8")
    assert invoke("try", str(script), "--json").code == 0


@pytest.mark.parametrize("plan", ["nothing", "../../etc/passwd", "/dev/null", ".", "[/]", "x" * 5000, '"a\\0b"'])
def test_a_plan_that_is_not_there_is_bad_input(plan: str, script: Path) -> None:
    written = plan if plan.startswith('"') else json.dumps(plan)
    script.write_text(SCRIPT.replace("plan: karamay-2013", f"plan: {written}"), encoding="utf-8")
    for form in ("--json", "--lang=en"):
        assert invoke("try", str(script), form).code == 2


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("650203}", "650299}", "unknown_district"), ("year: 2013", "year: 2014", "campaign_not_running")],
)
def test_a_case_that_could_not_be_opened_is_bad_input(script: Path, old: str, new: str, code: str) -> None:
    script.write_text(SCRIPT.replace(old, new, 1), encoding="utf-8")
    ran = invoke("try", str(script), "--json")
    assert (ran.code, ran.problem["code"]) == (2, code)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_errors_of_a_script_are_told_with_file_line_and_field_each_on_one_line(tmp_path: Path, lang: str) -> None:
    folder = tmp_path / ("y" * 80)
    folder.mkdir()
    file = folder / "case.yaml"
    file.write_text(SCRIPT.replace("year: 2013", "year: x").replace("must: suspend", "must: waive"), encoding="utf-8")
    ran = invoke("try", str(file), "--lang", lang)
    assert (ran.code, ran.out) == (2, "")
    lines = ran.err.splitlines()
    for line, field in ((2, "year"), (8, "steps[2].must")):
        assert [x for x in lines if f"{file}:{line}: {field}: " in x], ran.err
    assert bool(CHINESE.search(lines[0])) is (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("text", ["[/x] 厂", "[red]厂", "[/]", "[bold", "\\[x]", "{0}", "%s"])
def test_what_people_write_is_shown_as_they_wrote_it(script: Path, text: str, lang: str) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    written = SCRIPT.replace("name: 某厂", f"name: {quoted}").replace("ref: a,", f"ref: {quoted},")
    script.write_text(written.replace("[{ref: a, responsible", f"[{{ref: {quoted}, responsible"), encoding="utf-8")
    ran = invoke("try", str(script), "--lang", lang)
    assert ran.code == 0
    assert ran.out.count(text) >= 3
