"""docs/commands.md is as the code writes it, and has every verb with every option, in both languages."""

import re
from typing import Any

import pytest

from cli.spoken_help import both
from docs import generate
from docs.commands import EVERYWHERE, commands, leaves, options, root

RENEW = f"docs/commands.md is not what the code writes; renew it: .venv/bin/{generate.COMMAND}"
VERBS = list(leaves(root()))


def sections() -> dict[str, str]:
    """What the committed file says, by verb; "" is what stands before the first."""
    begun = re.split(r"^## rectify ", generate.COMMANDS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": begun[0], **{part.partition("\n")[0]: part for part in begun[1:]}}


def test_the_committed_file_is_the_generated_one() -> None:
    assert generate.COMMANDS.read_text(encoding="utf-8") == commands(), RENEW


def test_every_verb_has_its_section() -> None:
    assert [name for name in sections() if name] == [" ".join(names) for names, _ in VERBS]


@pytest.mark.parametrize(
    ("names", "command"), VERBS, ids=lambda part: " ".join(part) if isinstance(part, tuple) else ""
)
def test_every_option_of_a_verb_is_documented(names: tuple[str, ...], command: Any) -> None:
    told = sections()
    own = set(re.findall(r"`(--[a-z-]+)", told[" ".join(names)]))
    shared = set(re.findall(r"`(--[a-z-]+)", told[""]))
    assert options(command) - own - shared == set(), RENEW
    assert own <= options(command), RENEW
    assert shared <= EVERYWHERE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name. 名称。", ("Name.", "名称。")),
        ("One. Two. 只输出一个 JSON 文档。", ("One. Two.", "只输出一个 JSON 文档。")),
        ("A line\n  of two. JSON 行。", ("A line of two.", "JSON 行。")),
    ],
)
def test_a_help_text_has_two_languages(text: str, told: tuple[str, str]) -> None:
    assert both(text) == told


@pytest.mark.parametrize("text", ["", "Name.", "名称。", "Name 名称"])
def test_a_help_text_of_one_language_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="English"):
        both(text)
