"""What a person or a program sees: tables by Rich or one JSON document; refusals and exit codes.

Exit codes (contracts §2): 0 done, 1 refused or not found, 2 bad usage or bad input, 3 a service is not reachable.
"""

import itertools
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, NoReturn, get_args

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_LONGEST_WORD = 16  # columns of the terminal; what is longer, as a sentence in Chinese, is broken anywhere
DONE, REFUSED, BAD_INPUT, UNREACHABLE = 0, 1, 2, 3
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")  # whichever is set first

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout. 只输出一个 JSON 文档。")]


class _Spoken:
    """The language of the run."""

    language: Language = "en"


def speak_as_asked(args: Sequence[str]) -> Language:
    """Choose the language of the run: that of `--lang` in the arguments, else of RECTIFY_LANG, else of the locale."""
    given = [arg.removeprefix("--lang=") for arg in args if arg.startswith("--lang=")]
    given += [value for option, value in itertools.pairwise(args) if option == "--lang"]
    given.append(os.environ.get("RECTIFY_LANG", ""))
    locale = next((found for name in _LOCALES if (found := os.environ.get(name))), "")
    given.append("zh" if locale.lower().startswith("zh") else "en")
    _Spoken.language = next(language for chosen in given for language in LANGUAGES if language == chosen)
    return _Spoken.language


def speak(value: str | None) -> str | None:
    """Choose the language of the run, that of the option; of RECTIFY_LANG it is only said whether it is one."""
    chosen = value or os.environ.get("RECTIFY_LANG")
    if not chosen:
        return None
    if chosen not in LANGUAGES:
        raise typer.BadParameter("zh or en (只能是 zh 或 en)")
    if value:
        _Spoken.language = chosen
    return chosen


Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="zh|en", help="Language of the answer. 输出语言。", callback=speak, is_eager=True),
]


def filled(value: str | list[str] | None) -> str | list[str] | None:
    """An option that says something: not empty, nor blanks."""
    if any(not text.strip() for text in ([value] if isinstance(value, str) else value or ())):
        raise typer.BadParameter("is empty; fill it in (不得为空，请填写)")
    return value


def say(zh: str, en: str) -> str:
    """The sentence in the language of the run."""
    return zh if _Spoken.language == "zh" else en


def language() -> Language:
    """The language of the run."""
    return _Spoken.language


def out() -> Console:
    """The console for answers (stdout); as wide as the terminal, and wide enough for tables when piped."""
    width = None if sys.stdout.isatty() else 160
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


def err() -> Console:
    """The console for progress and refusals (stderr)."""
    return Console(file=sys.stderr, highlight=False)


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, whole: Sequence[int] = ()) -> None:
    """A table for people; cells are shown as text, None as a dash; the columns in `whole` are never broken.

    Where the terminal is too narrow for it, each row is a block of its own.
    """
    console, cells = out(), [["–" if cell is None else str(cell) for cell in row] for row in rows]
    if _width(columns, cells, whole) > console.width:
        _blocks(console, title, columns, cells)
        return
    shown = Table(title=Text(title), title_justify="left", header_style="bold", expand=False)
    for place, column in enumerate(columns):
        shown.add_column(Text(column), overflow="fold", no_wrap=place in whole)
    for row in cells:
        shown.add_row(*map(Text, row))
    console.print(shown)


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[int]) -> int:
    """The width at which a table is still read: of a column that may be broken, its longest word, up to a point."""
    width = 1
    for place, column in enumerate(columns):
        texts = (column, *(row[place] for row in rows))
        if place in whole:
            width += max(map(cell_len, texts)) + 3
        else:
            words = (cell_len(word) for text in texts for word in text.split())
            width += min(max(words, default=0), _LONGEST_WORD) + 3
    return width


def _blocks(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console.print(Text(title, style="bold"))
    for row in rows:
        console.print()
        for column, cell in zip(columns, row, strict=True):
            console.print(Text(f"{column}: ", style="dim") + Text(cell), soft_wrap=True)


def fail(code: int, problem: dict[str, Any], *, as_json: bool) -> NoReturn:
    """Tell the problem and end with an exit code."""
    tell(problem, as_json=as_json)
    raise typer.Exit(code)


def tell(problem: dict[str, Any], *, as_json: bool) -> None:
    """A refusal; `problem` has code, zh, en and may have rule, remedy_zh, remedy_en, errors."""
    if as_json:
        print_json({"error": problem})
    else:
        console = err()
        console.print(Text("✗ ", style="bold red") + Text(say(problem["zh"], problem["en"])), soft_wrap=True)
        lines = [say(_rests_on(problem), f"rule: {problem['rule']}  ({problem['code']})")] if "rule" in problem else []
        lines += [say(error["zh"], error["en"]) for error in problem.get("errors", ())]
        if remedy := problem.get(say("remedy_zh", "remedy_en")):
            lines.append(say(f"办法：{remedy}", f"remedy: {remedy}"))
        for line in lines:
            console.print(f"  {line}", markup=False, soft_wrap=True)


def _rests_on(problem: dict[str, Any]) -> str:
    """The clause in Chinese, where it is one that a city knows, and the code that a person tells the help desk."""
    clause = str(problem["rule"])
    known = "" if clause.startswith(("domain", "contracts")) else f"依据：方案第 {clause.partition('.must')[0]} 条  "
    return f"{known}代码：{problem['code']}"
