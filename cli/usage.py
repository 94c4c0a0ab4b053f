"""How a command line that cannot be understood is refused: in the language of the run, or as one JSON document."""

import itertools
import re
import sys
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.output import BAD_INPUT, LANGUAGES, speak_as_asked, tell
from cli.spoken_help import speak_help
from rules.files.shapes import in_both, shape_sentence

# what Typer says, and the same in Chinese
_CHINESE = (
    (r"Missing (?:argument|option|parameter) '?([^']+?)'?\.?", "缺少 {0}"),
    (r"No such option: (\S+).*", "没有选项 {0}"),
    (r"No such command '(.*)'.*", "没有命令 {0}"),
    (r"Option '(.+)' requires an argument\.?", "选项 {0} 缺少取值"),
    (r"Option '(.+)' does not take a value\.?", "选项 {0} 不带取值"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "多余的参数：{0}"),
)
_LONGEST = 200


class Program(TyperGroup):
    """The program: its help as Typer shows it, its usage errors as every other refusal."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """As a group runs, but for what is told of a wrong usage; ends with SystemExit."""
        passed = args[0] if args else extra.pop("args", None)
        given = list(sys.argv[1:] if passed is None else passed)
        speak_help(self, speak_as_asked(given))
        try:
            code = super().main(_for_help(given), *args[1:], standalone_mode=False, **extra)
        except TyperException as error:
            _refuse(error, given)
        except typer.Abort:
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def _for_help(given: list[str]) -> list[str]:
    """Without `--lang`, which is read already, where help is asked for: neither the program nor a group takes it."""
    if "--help" not in given:
        return given
    left = list(given)
    for language in LANGUAGES:
        left = [arg for arg in left if arg != f"--lang={language}"]
        while ("--lang", language) in (pairs := list(itertools.pairwise(left))):
            place = pairs.index(("--lang", language))
            del left[place : place + 2]
    return left


def _refuse(error: TyperException, given: list[str]) -> NoReturn:
    """Exit 2, naming what was wrong and where help is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.exit(BAD_INPUT)  # the help stands there already
    zh, en = _both(error)
    context = getattr(error, "ctx", None)
    helps = f"{context.command_path} --help" if context else "rectify --help"
    problem = {"code": "usage", "zh": zh, "en": en, "remedy_zh": f"见 {helps}", "remedy_en": f"see {helps}"}
    tell(problem, as_json="--json" in given)
    sys.exit(BAD_INPUT)


def _both(error: TyperException) -> tuple[str, str]:
    en = " ".join(error.format_message().split())[:_LONGEST]
    for pattern, zh in _CHINESE:
        if found := re.fullmatch(pattern, en):
            return zh.format(*found.groups()), en
    where, colon, what = en.removeprefix("Invalid value for ").partition(": ")
    if not colon:
        return f"用法不对：{en}", en
    where = where.strip("'\"")
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ValidationError):
        zh, en = shape_sentence(cause.errors(include_url=False)[0])
    else:
        zh, en = in_both(what)
    return f"{where}：{zh}", f"{where}: {en}"
