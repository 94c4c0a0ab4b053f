"""The text of docs/commands.md: every verb of the program with its arguments and options, read from the program itself.

Each help text of the program is one string, "English. 中文。"; it becomes two columns (`cli/spoken_help.py`).
"""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from cli.program import program
from cli.spoken_help import both
from docs.markdown import table

PROGRAM = "rectify"
EVERYWHERE = {"--json", "--lang", "--help"}
Names = tuple[str, ...]


def root() -> Any:
    """The program. Any: what the command-line library builds has no public types."""
    return get_command(program())


def leaves(command: Any, names: Names = ()) -> Iterator[tuple[Names, Any]]:
    """Every verb that does something by itself, in the order of the program's own help; not what it hides there."""
    inner: dict[str, Any] | None = getattr(command, "commands", None)
    if inner is None or command.invoke_without_command:
        yield names, command
    for name, sub in (inner or {}).items():
        if not sub.hidden:
            yield from leaves(sub, (*names, name))


def options(command: Any) -> set[str]:
    """Every option of a verb, as it is written."""
    return {option for p in command.params for option in (*p.opts, *p.secondary_opts) if option.startswith("--")}


def commands() -> str:
    """The whole page."""
    said = [(p, both(p.help)) for _, command in leaves(root()) for p in command.params if p.opts[0] in EVERYWHERE]
    shared = {p.opts[0]: (_written(p), *told) for p, told in said}
    parts = [
        "# Commands",
        "<!-- Written by `python -m docs.generate`; do not edit. -->",
        "Read from the program; `--help` after a verb shows the same. What is without brackets in a usage"
        " line is needed. 以下内容由程序生成；用法中不带方括号的为必填。",
        "Exit codes: 0 done, 1 refused or not found, 2 bad usage or bad input, 3 a service is not reachable."
        " 退出码：0 完成，1 不予受理或未找到，2 用法或输入有误，3 服务不可达。",
        "Every verb takes these too. 每条命令均可使用：",
        table(("option", "what", "含义"), sorted(shared.values())),
        *(_section(names, command) for names, command in leaves(root())),
    ]
    return "\n\n".join(parts) + "\n"


def _section(names: Names, command: Any) -> str:
    own = [p for p in command.params if p.opts[0] not in EVERYWHERE]
    parts = [f"## {PROGRAM} {' '.join(names)}", f"```text\n{_usage(names, own)}\n```", "<br>".join(both(command.help))]
    if own:
        headers = ("argument or option", "what", "含义", "default")
        parts.append(table(headers, ((_written(p), *both(p.help), _default(p)) for p in own)))
    return "\n\n".join(parts)


def _usage(names: Names, own: list[Any]) -> str:
    arguments = [_value(p) if p.required else f"[{_value(p)}]" for p in own if _is_argument(p)]
    needed = [_call(p) for p in own if not _is_argument(p) and p.required]
    may = ["[OPTIONS]"] if any(not _is_argument(p) and not p.required for p in own) else []
    return " ".join((PROGRAM, *names, *arguments, *needed, *may))


def _written(parameter: Any) -> str:
    if _is_argument(parameter):
        return f"`{_value(parameter)}`"
    other = [f"`{option}`" for option in parameter.secondary_opts]
    return ", ".join((f"`{_call(parameter)}`", *other))


def _call(parameter: Any) -> str:
    option = parameter.opts[0]
    return option if parameter.is_flag else f"{option} {_value(parameter)}"


def _value(parameter: Any) -> str:
    return parameter.metavar or parameter.opts[0].lstrip("-").replace("-", "_").upper()


def _default(parameter: Any) -> str:
    if parameter.required:
        default = "needed 必填"
    elif parameter.default in (None, "", False):
        default = "–"
    else:
        default = f"`{parameter.opts[0] if parameter.default is True else parameter.default}`"
    return f"{default}; may be repeated 可重复" if getattr(parameter, "multiple", False) else default


def _is_argument(parameter: Any) -> bool:
    return parameter.param_type_name == "argument"
