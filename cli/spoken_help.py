"""Help in one language: of each text "English. 中文。" the half of the run, and Typer's own words in Chinese.

The texts stand once, where the option is; here they are split, for the help and for docs/commands.md.
"""

import re
from typing import Any

import typer
from rich.markup import escape
from typer import rich_utils

from cli.output import Language

_HAN = re.compile("[一-鿿]")
_SHOWN = "Show this message and exit. 显示本帮助并退出。"
# what Typer writes around the texts: the names of `typer.rich_utils`, in Chinese and in English
_TYPERS = {
    "ARGUMENTS_PANEL_TITLE": ("参数", "Arguments"),
    "OPTIONS_PANEL_TITLE": ("选项", "Options"),
    "COMMANDS_PANEL_TITLE": ("命令", "Commands"),
    "DEFAULT_STRING": ("[默认：{}]", "[default: {}]"),
    "REQUIRED_LONG_STRING": ("[必填]", "[required]"),
}


class _ChineseUsage(typer.Context.formatter_class):
    """The line of usage under its Chinese name."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """As elsewhere, but for the name."""
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)


class _ChineseContext(typer.Context):
    formatter_class = _ChineseUsage


def both(text: str) -> tuple[str, str]:
    """English and Chinese of a help text; ValueError if one of them is missing."""
    text = " ".join(text.split())
    han = _HAN.search(text)
    end = text.rfind(". ", 0, han.start()) if han else -1
    if end < 0:
        raise ValueError(f"write the help as 'English. 中文。': {text}")
    return text[: end + 1], text[end + 2 :]


def speak_help(command: Any, language: Language) -> None:
    """Let a command and all below it tell their help in one language. Any: Typer's commands have no public types."""
    place = 0 if language == "zh" else 1
    for name, words in _TYPERS.items():
        setattr(rich_utils, name, words[place])
    _spoken(command, language)


def _spoken(command: Any, language: Language) -> None:
    command.help = _half(command.help, language)
    if language == "zh":
        command.context_class = _ChineseContext
        command.options_metavar = "[选项]"
        if getattr(command, "subcommand_metavar", None):
            command.subcommand_metavar = "命令 [参数]..."
    shown = command.get_help_option(typer.Context(command))
    shown.help = _half(_SHOWN, language)
    for parameter in command.params:
        parameter.help = escape(_half(parameter.help, language))  # which is shown as markup: [/sector] is none
    for inner in getattr(command, "commands", {}).values():
        _spoken(inner, language)


def _half(text: str, language: Language) -> str:
    en, zh = both(text)
    return zh if language == "zh" else en
