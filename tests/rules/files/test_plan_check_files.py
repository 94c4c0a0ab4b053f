"""`rectify plan check FILE`: exit code, file:line, both languages, whatever the file is."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.program import program
from tests.rules.files.text import FOOD_SAFETY, KARAMAY, put

RUNNER = CliRunner()
BAD, LINE = put(KARAMAY, ("clocks.extension", None), "days", "0")


def check(file: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; no exception reaches the user."""
    result = RUNNER.invoke(program(), ["plan", "check", str(file), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the plan of the test is written; a long path, as people have them."""
    folder = tmp_path / "方案 of the city" / ("x" * 60)
    folder.mkdir(parents=True)
    return folder / "plan.toml"


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize(("text", "lang"), [(KARAMAY, "zh"), (KARAMAY, "en"), (FOOD_SAFETY, "zh"), (FOOD_SAFETY, "en")])
def test_a_valid_plan_is_shown_and_exits_0(file: Path, text: str, lang: str) -> None:
    file.write_text(text, encoding="utf-8")
    code, out, err = check(file, "--lang", lang)
    assert (code, err) == (0, "")
    assert ("方案有效" if lang == "zh" else "the plan is valid") in out


@pytest.mark.clause("contracts §2")
def test_json_has_the_keys_of_the_contract(file: Path) -> None:
    file.write_text(KARAMAY, encoding="utf-8")
    code, out, err = check(file, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    promised = {"id", "phases", "illegal_conduct", "hazards", "musts", "districts", "sectors", "assumptions"}
    assert promised <= set(told)
    assert told["phases"][0] == {"id": "investigation", "begins": "05-05", "ends": "05-31"}
    numbers = {k: told[k] for k in ("illegal_conduct", "hazards", "musts", "districts", "sectors")}
    assert numbers == {"illegal_conduct": 10, "hazards": 12, "musts": 4, "districts": 4, "sectors": 9}
    assert all(isinstance(a, str) for a in told["assumptions"])


@pytest.mark.parametrize(
    ("year", "ends"), [("2013", "2014-01-01T00:00:00+08:00"), ("2028", "2029-01-01T00:00:00+08:00")]
)
def test_the_phases_of_a_year_are_shown_as_instants(file: Path, year: str, ends: str) -> None:
    file.write_text(KARAMAY, encoding="utf-8")
    told = json.loads(check(file, "--json", "--year", year)[1])
    assert told["calendar"][-1]["ends_at"] == ends


@pytest.mark.clause("contracts §2")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_plan_is_refused_with_file_line_field_and_remedy_on_one_line(file: Path, lang: str) -> None:
    file.write_text(BAD, encoding="utf-8")
    code, out, err = check(file, "--lang", lang)
    assert (code, out) == (2, "")
    (told,) = [line for line in err.splitlines() if f"{file}:{LINE}: clocks.extension.days: " in line]
    assert told.endswith("改为合适的类型和取值" if lang == "zh" else "give it the right type and value")


@pytest.mark.clause("contracts §2")
def test_a_wrong_plan_is_refused_with_one_json_document(file: Path) -> None:
    file.write_text(BAD, encoding="utf-8")
    code, out, _ = check(file, "--json")
    (error,) = json.loads(out)["error"]["errors"]
    assert (code, error["file"], error["line"], error["field"]) == (2, str(file), LINE, "clocks.extension.days")
    assert error["zh"] and error["en"] and error["remedy_zh"] and error["remedy_en"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (KARAMAY.replace('id = "V05"', "id = V05", 1), KARAMAY.split("\n").index('id = "V05"') + 1),
        (KARAMAY.replace('id = "V05"', 'id = "V05', 1), KARAMAY.split("\n").index('id = "V05"') + 1),
        (KARAMAY.replace('id = "V05"', 'id = "V05"\nid = "V05"', 1), KARAMAY.split("\n").index('id = "V05"') + 2),
        (
            KARAMAY.replace("[clocks.extension]", "[clocks.extension", 1),
            KARAMAY.split("\n").index("[clocks.extension]") + 1,
        ),
        (KARAMAY.replace('begins = "06-01"', "begins = 06-01", 1), KARAMAY.split("\n").index('begins = "06-01"') + 1),
    ],
    ids=["bare word", "open quote", "key twice", "open header", "bare month-day"],
)
def test_broken_syntax_is_refused_at_its_line(file: Path, text: str, line: int, lang: str) -> None:
    file.write_text(text, encoding="utf-8")
    code, _, err = check(file, "--lang", lang)
    assert code == 2
    assert f"{file}:{line}: TOML: " in err


def test_an_empty_file_is_refused(file: Path) -> None:
    file.touch()
    code, _, err = check(file, "--lang", "en")
    assert code == 2
    assert f"{file}:1: phases: " in err


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00id", bytes(range(256)), KARAMAY.encode("gb18030"), KARAMAY.encode("utf-16")]
)
def test_a_binary_file_or_another_encoding_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    code, out, err = check(file, "--lang", "en")
    assert (code, out) == (2, "")
    assert str(file) in err
    assert "save it as UTF-8" in err


def test_a_file_of_10_mb_is_refused(file: Path) -> None:
    file.write_bytes(b"# comment\n" * 1_000_000)
    code, _, err = check(file, "--lang", "en")
    assert code == 2
    assert "larger than 5 MB" in err.replace("\n", " ")


@pytest.mark.parametrize(("begins", "newline"), [("\ufeff", "\n"), ("", "\r\n"), ("\ufeff", "\r\n")])
def test_a_byte_order_mark_and_the_line_ends_of_windows_are_understood(file: Path, begins: str, newline: str) -> None:
    file.write_bytes((begins + KARAMAY).replace("\n", newline).encode())
    assert check(file)[0] == 0
    file.write_bytes((begins + BAD).replace("\n", newline).encode())
    (error,) = json.loads(check(file, "--json")[1])["error"]["errors"]
    assert error["line"] == LINE


def test_the_digest_does_not_hang_on_layout(file: Path) -> None:
    file.write_text(KARAMAY, encoding="utf-8")
    digest = json.loads(check(file, "--json")[1])["digest"]
    file.write_text("# again\n\n" + KARAMAY.replace(" = ", "   =  "), encoding="utf-8")
    assert json.loads(check(file, "--json")[1])["digest"] == digest


@pytest.mark.parametrize(
    "name", [".", "nothing.toml", "no/such/folder.toml", "x" * 300, "[/]", "[bold]x[/bold].toml", "a\nb"]
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    code, out, err = check(tmp_path / name, "--lang", "en")
    assert (code, out) == (2, "")
    assert str(tmp_path / name).replace("\n", "") in err.replace("\n", "")


def test_hostile_nesting_is_bad_input(file: Path) -> None:
    file.write_text("a = " + "[" * 20_000, encoding="utf-8")
    assert check(file, "--lang", "en")[0] == 2


def test_several_errors_are_all_told(file: Path) -> None:
    text, one = put(BAD, ("phases", "rectification"), "clause", '""')
    file.write_text(text, encoding="utf-8")
    code, _, err = check(file, "--lang", "zh")
    assert code == 2
    assert re.findall(r":(\d+): ", err) == [str(one), str(LINE)]
