"""The documents that people read: READMEs, the handbook in both languages, all others; and what stands in them."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from docs import generate
from docs.commands import root

ROOT = generate.ROOT
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
HANDBOOK = [page for language in generate.LANGUAGES for page in generate.pages(language)]
ABOUT_TESTS = sorted((ROOT / "tests").rglob("README.md"))
DOCUMENTS = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ABOUT_TESTS})
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
Call = tuple[tuple[str, ...], Any, list[str]]
"""The names of a verb, its command, and the words after it."""


def name_of(file: Path) -> str:
    """A document as tests name it."""
    return file.relative_to(ROOT).as_posix()


def text_of(file: Path) -> str:
    """A document whole."""
    return file.read_text(encoding="utf-8")


def other_language(page: Path) -> Path:
    """The page of the handbook that says the same in the other language."""
    return generate.HANDBOOK / ("zh" if page.parent.name == "en" else "en") / page.name


def headings(text: str) -> list[str]:
    """Every heading with its marks."""
    return re.findall(r"^#+ .*$", FENCE.sub("", text), re.MULTILINE)


def anchor(heading: str) -> str:
    """The address of a heading within its page."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip()).replace(" ", "-").lower()


def shape(text: str) -> dict[str, list[Any]]:
    """What a text has in common with the same text in another language."""
    return {
        "levels of headings": [heading.split()[0] for heading in headings(text)],
        "blocks": [language for language, _ in FENCE.findall(text)],
        "rows of tables": [line.count("|") for line in FENCE.sub("", text).splitlines() if line.startswith("|")],
        "calls": [(names, [w for w in words if w.startswith("--")]) for names, _, words in calls(text)],
    }


def calls(text: str) -> Iterator[Call]:
    """Everything that is called as `rectify …`, in inline code and in blocks."""
    return (resolve(call) for call in _called(text))


def _called(text: str) -> Iterator[str]:
    for language, block in FENCE.findall(text):
        for line in block.splitlines():
            if language in ("sh", "text") and (found := re.match(r"(?:\$ )?(?:\.venv/bin/)?rectify (.*)", line)):
                yield found[1]
    for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)):
        if found := re.match(r"(?:\.venv/bin/)?rectify (.+)", code):
            yield found[1]


@cache
def _program() -> Any:
    return root()


def resolve(call: str) -> Call:
    """The names of the verb, its command, and the words after it."""
    words = shlex.split(call.split(" | ")[0].split(" <<")[0])
    command = _program()
    names: list[str] = []
    while words and (found := getattr(command, "commands", {}).get(words[0])):
        names.append(words.pop(0))
        command = found
    return tuple(names), command, words
