"""Both READMEs tell the truth: scripts, commands, settings; and they tell the same. Options: test_commands.py."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs import generate
from docs.commands import leaves, options, root
from embedded.settings import StackSettings
from models.working_days import WorkingYear
from rules.files.working_days_check import read_year
from tests.docs.test_names import product_sources

ROOT = generate.ROOT
READMES = list(generate.READMES)
NAMING = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BESIDE_THE_STACK = {"RECTIFY_DEBUG"}
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def _id(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def settings() -> set[str]:
    """Every setting that the program reads."""
    return {f"RECTIFY_{name.upper()}" for name in StackSettings.model_fields} | BESIDE_THE_STACK


def calls(text: str) -> Iterator[str]:
    """Everything that is called as `rectify …`, in inline code and in blocks."""
    for language, block in FENCE.findall(text):
        for line in block.splitlines():
            if language in ("sh", "text") and (found := re.match(r"(?:\$ )?(?:\.venv/bin/)?rectify (.*)", line)):
                yield found[1]
    for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)):
        if found := re.match(r"(?:\.venv/bin/)?rectify (.+)", code):
            yield found[1]


def resolve(call: str) -> tuple[list[str], Any, list[str]]:
    """The names of the verb, its command, and the words after it."""
    words = shlex.split(call.split(" | ")[0].split(" <<")[0])
    command: Any = root()
    names: list[str] = []
    while words and (found := getattr(command, "commands", {}).get(words[0])):
        names.append(words.pop(0))
        command = found
    return names, command, words


@pytest.mark.parametrize("readme", READMES, ids=_id)
def test_every_script_has_the_outcome_that_is_shown(readme: Path) -> None:
    text = text_of(readme)
    assert len(generate.scripts(text)) == len(re.findall("^```yaml", text, re.MULTILINE)) > 0, (
        "each ```yaml script is followed by a ```text block with its outcome"
    )
    renewed = generate.with_outcomes(text, generate.READMES[readme])
    assert text == renewed, f"{_id(readme)} shows an old outcome; renew it: .venv/bin/{generate.COMMAND}"


@pytest.mark.parametrize("readme", READMES, ids=_id)
def test_the_working_days_that_are_printed_can_be_published(readme: Path) -> None:
    text = text_of(readme)
    [printed] = [block for language, block in FENCE.findall(text) if language == "toml"]
    year = read_year(printed, "2027.toml")
    assert isinstance(year, WorkingYear), year
    [told] = re.findall(r"^✓ .*2027 .*?(\d+)[^\d\n]+(\d+)[^\d\n]*$", text, re.MULTILINE)
    assert told == (str(len(year.off)), str(len(year.on)))


@pytest.mark.parametrize("document", NAMING, ids=_id)
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    wrong: list[str] = []
    for call in calls(text_of(document)):
        names, command, words = resolve(call)
        given = {word.split("=")[0] for word in words if word.startswith("--")}
        is_verb = names and not (hasattr(command, "commands") and words and not words[0].startswith("-"))
        if not is_verb or not given <= options(command):
            wrong.append(call)
    assert not wrong, f"{_id(document)}: no such call of rectify: {wrong}"


@pytest.mark.parametrize("readme", READMES, ids=_id)
def test_every_command_is_documented(readme: Path) -> None:
    named = {tuple(resolve(call)[0]) for call in calls(text_of(readme))}
    missing = {names for names, _ in leaves(root())} - named
    assert not missing, f"{_id(readme)} does not name: {sorted(missing)}"


@pytest.mark.parametrize("readme", READMES, ids=_id)
def test_the_options_are_one_link_away(readme: Path) -> None:
    assert f"]({generate.COMMANDS.relative_to(ROOT).as_posix()})" in text_of(readme), "link to the command reference"


@pytest.mark.parametrize("document", NAMING, ids=_id)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = re.findall(r"^(?:\$ )?make ([a-z]+)|`make ([a-z]+)`", text_of(document), re.MULTILINE)
    assert {name for pair in named for name in pair if name} <= targets


@pytest.mark.parametrize("readme", READMES, ids=_id)
def test_every_setting_is_documented_and_every_documented_one_exists(readme: Path) -> None:
    rows = set(re.findall(r"^\| `(RECTIFY_\w+)` \|", text_of(readme), re.MULTILINE))
    assert rows == settings()
    assert set(re.findall(r"RECTIFY_\w+", text_of(readme))) <= settings()


def _default(name: str) -> str | None:
    field = StackSettings.model_fields[name]
    if field.default_factory is not None or name == "lang":
        return None  # told in words
    match field.default:
        case bool() as truth:
            return str(truth).lower()
        case None:
            return ""
        case other:
            return str(other)


@pytest.mark.parametrize("readme", READMES, ids=_id)
@pytest.mark.parametrize("name", [n for n in StackSettings.model_fields if _default(n) is not None])
def test_defaults_are_as_documented(readme: Path, name: str) -> None:
    found = re.search(rf"^\| `RECTIFY_{name.upper()}` \| (.*?)\|", text_of(readme), re.MULTILINE)
    assert found is not None
    assert found[1].strip().strip("`") == _default(name)


def test_every_setting_that_the_code_names_exists() -> None:
    read = {name for file in product_sources() for name in re.findall(r"RECTIFY_[A-Z_0-9]+[A-Z0-9]", text_of(file))}
    assert read - {"RECTIFY_"} <= settings()


def test_both_readmes_have_the_same_shape() -> None:
    english, chinese = map(text_of, READMES)
    assert _headings(english) == _headings(chinese)
    assert [language for language, _ in FENCE.findall(english)] == [language for language, _ in FENCE.findall(chinese)]
    rows = [len(re.findall(r"^\|", text, re.MULTILINE)) for text in (english, chinese)]
    assert rows[0] == rows[1]


def _headings(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = ([(tuple(n), sorted(o)) for n, o in _named(text_of(readme))] for readme in READMES)
    assert english == chinese


def _named(text: str) -> Iterator[tuple[list[str], list[str]]]:
    for call in calls(text):
        names, _, words = resolve(call)
        yield names, [word for word in words if word.startswith("--")]
