"""The READMEs are a first screen: what it is, two commands, what it needs, the rooms, and the way into the handbook."""

import re
import struct
import tomllib
from pathlib import Path

import pytest

from docs import generate
from tests.docs.documents import FENCE, READMES, ROOT, name_of, shape, text_of

LINES = 80
PICTURE_BYTES = 200_000
BOTH = pytest.mark.parametrize("language", READMES)


def links(readme: Path) -> set[Path]:
    """What a README leads to in this repository."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text_of(readme))
    return {(ROOT / target).resolve() for target in targets}


def layers() -> list[list[str]]:
    """The rooms from the top down, as the import rules have them; several in one line are beside each other."""
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    return [line.split(" | ") for line in contracts[0]["layers"]]


@BOTH
def test_it_is_a_first_screen(language: str) -> None:
    assert len(text_of(READMES[language]).splitlines()) <= LINES, "the rest belongs into docs/handbook"


@BOTH
def test_it_shows_board_case_and_telephone_small_and_in_its_own_language(language: str) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text_of(READMES[language]))
    assert pictures == [f"docs/handbook/{name}.{language}.png" for name in ("board", "case", "site")]
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        width, height = struct.unpack(">II", content[16:24])
        assert content.startswith(b"\x89PNG") and height >= 700 and (width >= 1200) == ("site" not in picture)
        assert len(content) < PICTURE_BYTES


@BOTH
def test_two_commands_are_all_it_asks_for(language: str) -> None:
    [block] = [block for kind, block in FENCE.findall(text_of(READMES[language])) if kind == "sh"]
    assert re.findall(r"^(\S+ \S+)", block, re.MULTILINE) == ["make demo", "make test"]


@BOTH
def test_the_rooms_are_drawn_as_the_import_rules_have_them(language: str) -> None:
    [drawing] = [block for kind, block in FENCE.findall(text_of(READMES[language])) if kind == "text"]
    assert [re.split(r"\s{2,}", line)[0].split(" | ") for line in drawing.splitlines()] == layers()


@BOTH
def test_every_page_of_the_handbook_is_one_link_away(language: str) -> None:
    known, other = links(READMES[language]), "zh" if language == "en" else "en"
    missing = [name_of(page) for page in generate.pages(language) if page not in known]
    assert not missing, f"{name_of(READMES[language])} does not lead to {missing}"
    assert not known & set(generate.pages(other)), "pages of the other language"
    assert generate.COMMANDS in known, "link to the command reference"


def test_both_have_the_same_shape() -> None:
    assert shape(text_of(READMES["en"])) == shape(text_of(READMES["zh"]))
