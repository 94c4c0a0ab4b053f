"""The handbook tells the truth: scripts, verbs, settings, who may do what; and it tells the same in both languages."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from docs import generate
from docs.commands import leaves, options, root
from embedded.settings import StackSettings
from models.commands import COMMAND, AnyCommand
from models.working_days import WorkingYear
from rules.files.working_days_check import read_year
from tests.docs.documents import DOCUMENTS, FENCE, HANDBOOK, ROOT, calls, name_of, other_language, shape, text_of
from tests.docs.test_names import product_sources

BESIDE_THE_STACK = {"RECTIFY_DEBUG", "RECTIFY_SETTINGS"}
PAGES_OF_ROLES = {
    "inspector": ("inspector",),
    "supervisor": ("supervisor", "government"),
    "enterprise": ("enterprise",),
    "campaign": ("office",),
}
WITH_SCRIPTS = [page for page in HANDBOOK if "```yaml" in text_of(page)]
EITHER = pytest.mark.parametrize("language", generate.LANGUAGES)


def page(language: str, name: str) -> str:
    """The text of a page."""
    return text_of(generate.HANDBOOK / language / f"{name}.md")


def settings() -> set[str]:
    """Every setting that the program reads."""
    return {f"RECTIFY_{name.upper()}" for name in StackSettings.model_fields} | BESIDE_THE_STACK


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, without its two head lines."""
    found = re.findall(r"(?:^\|.*\n?)+", FENCE.sub("", text), re.MULTILINE)
    return [[[c.strip() for c in row.strip("|").split("|")] for row in table.splitlines()[2:]] for table in found]


def commands_of(role: str) -> set[str]:
    """The commands that a role may give to a case, as docs/access.md has them from the code."""
    rows = [row for row in text_of(generate.ACCESS).partition("\n## ")[0].splitlines() if row.startswith("|")]
    column = [c.strip().partition(" ")[0] for c in rows[0].split("|")].index(role)
    given = {row.split("`")[1] for row in rows if row.startswith("| `") and row.split("|")[column].strip()}
    return given & {kind.model_fields["do"].default for kind in get_args(AnyCommand)}


def test_there_are_pages() -> None:
    assert len(generate.pages("en")) > 15


@pytest.mark.parametrize("document", HANDBOOK, ids=name_of)
def test_a_page_is_there_in_both_languages_with_the_same_shape(document: Path) -> None:
    other = other_language(document)
    assert other.is_file(), f"write {name_of(other)}"
    assert shape(text_of(document)) == shape(text_of(other))


@pytest.mark.parametrize("document", HANDBOOK, ids=name_of)
def test_a_page_leads_to_the_other_language_and_home(document: Path) -> None:
    language = document.parent.name
    word, home = ("中文", "README.md") if language == "en" else ("English", "README.zh-CN.md")
    there = f"[{word}](../{other_language(document).parent.name}/{document.name}) · [rectify](../../../{home})"
    assert text_of(document).splitlines()[2] == there


def test_there_are_scripts_in_both_languages() -> None:
    assert {document.parent.name for document in WITH_SCRIPTS} == set(generate.LANGUAGES)


@pytest.mark.parametrize("document", WITH_SCRIPTS, ids=name_of)
def test_every_script_has_the_outcome_that_is_shown(document: Path) -> None:
    text = text_of(document)
    assert len(generate.scripts(text)) == len(re.findall("^```yaml", text, re.MULTILINE)), (
        "each ```yaml script is followed by a ```text block with its outcome"
    )
    renewed = generate.with_outcomes(text, document.parent.name)
    assert text == renewed, f"{name_of(document)} shows an old outcome; renew it: .venv/bin/{generate.COMMAND}"


@EITHER
def test_the_working_days_that_are_printed_can_be_published(language: str) -> None:
    text = page(language, "working-days")
    [printed] = [block for kind, block in FENCE.findall(text) if kind == "toml"]
    year = read_year(printed, "2027.toml")
    assert isinstance(year, WorkingYear), year
    [told] = re.findall(r"^✓ .*2027 .*?(\d+)[^\d\n]+(\d+)[^\d\n]*$", text, re.MULTILINE)
    assert told == (str(len(year.off)), str(len(year.on)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    wrong: list[str] = []
    for names, command, words in calls(text_of(document)):
        given = {word.split("=")[0] for word in words if word.startswith("--")}
        is_verb = names and not (hasattr(command, "commands") and words and not words[0].startswith(("-", "[OPTIONS]")))
        if not is_verb or not given <= options(command):
            wrong.append(" ".join((*names, *words)))
    assert not wrong, f"{name_of(document)}: no such call of rectify: {wrong}"


def commands_in(text: str) -> list[str]:
    """The JSON that is handed in by the blocks of a page."""
    blocks = "".join(block for kind, block in FENCE.findall(text) if kind == "sh")
    return re.findall(r"rectify case do \S+ - <<'END'\n(.*?)\nEND", blocks, re.DOTALL)


@pytest.mark.parametrize("document", [page for page in HANDBOOK if "<<'END'" in text_of(page)], ids=name_of)
def test_every_command_that_a_block_hands_in_is_one(document: Path) -> None:
    told = commands_in(text_of(document))
    assert len(told) == text_of(document).count("<<'END'")
    for given in told:
        COMMAND.validate_python({**json.loads(given), "command_id": "x"})


@EITHER
def test_every_verb_is_named(language: str) -> None:
    missing = {names for names, _ in leaves(root())} - {names for names, _, _ in calls(page(language, "verbs"))}
    assert not missing, f"the page of verbs does not name: {sorted(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = re.findall(r"^(?:\$ )?make ([a-z]+)|`make ([a-z]+)`", text_of(document), re.MULTILINE)
    assert {name for pair in named for name in pair if name} <= targets


@EITHER
def test_every_setting_is_documented_and_every_documented_one_exists(language: str) -> None:
    rows = re.findall(r"^\| `(RECTIFY_\w+)` \|", page(language, "settings"), re.MULTILINE)
    assert sorted(rows) == sorted(settings())


@pytest.mark.parametrize("document", HANDBOOK, ids=name_of)
def test_every_setting_that_a_page_names_exists(document: Path) -> None:
    assert set(re.findall(r"RECTIFY_\w+", text_of(document))) <= settings()


def _default(name: str) -> str | None:
    field = StackSettings.model_fields[name]
    if field.default_factory is not None or name == "lang":
        return None  # told in words
    match field.default:
        case bool() as truth:
            return str(truth).lower()
        case None | ():
            return ""
        case other:
            return str(other)


@EITHER
@pytest.mark.parametrize("name", [n for n in StackSettings.model_fields if _default(n) is not None])
def test_defaults_are_as_documented(language: str, name: str) -> None:
    found = re.search(rf"^\| `RECTIFY_{name.upper()}` \| (.*?)\|", page(language, "settings"), re.MULTILINE)
    assert found is not None
    assert found[1].strip().strip("`") == _default(name)


def test_every_setting_that_the_code_names_exists() -> None:
    read = {name for file in product_sources() for name in re.findall(r"RECTIFY_[A-Z_0-9]+[A-Z0-9]", text_of(file))}
    assert read - {"RECTIFY_"} <= settings()


@EITHER
@pytest.mark.parametrize("name", PAGES_OF_ROLES)
def test_a_role_is_told_exactly_what_it_may_do(language: str, name: str) -> None:
    told = [{c for row in table for c in re.findall(r"`(\w+)`", row[1])} for table in tables(page(language, name))]
    assert told == [commands_of(role) for role in PAGES_OF_ROLES[name]]
