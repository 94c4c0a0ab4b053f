"""The text of docs/orders.md: the fields of every command to a case, read from the models of the commands."""

from collections.abc import Iterator
from typing import Any, get_args

from docs.markdown import table
from docs.schemas import Schema, fields
from models.actors import Actor
from models.commands import COMMAND, AnyCommand, Command
from models.plan import Plan
from rules.words import terms as words

HEADERS = ("field 字段", "type", "类型", "needed or default 必填或默认值")
SAID_ONCE = frozenset({*(f.alias or name for name, f in Command.model_fields.items()), "do"})


def orders(plan: Plan) -> str:
    """The whole page; the names are those of the plan."""
    union = COMMAND.json_schema()
    parts: dict[str, Schema] = union["$defs"]
    kinds = {kind.model_fields["do"].default: kind for kind in get_args(AnyCommand)}
    names = {kind.__name__ for kind in kinds.values()}
    text = (
        "# Fields of the commands",
        "<!-- Written by `python -m docs.generate`; do not edit. -->",
        "Read from `models/commands.py`. A command is one JSON object: what is to be done (`do`), the fields of every"
        " command, and its own. A field that nobody knows is refused. Who may give which command:"
        " [access.md](access.md). How it is sent: `rectify case do` in [commands.md](commands.md),"
        " or [api.md](api.md).",
        "以下内容由程序生成：命令是一个 JSON 对象，含 `do`、共有字段和各自的字段，多余的字段不予受理。",
        "An instant is `2027-08-15T09:00`; without an offset it is Beijing time. A day is `2027-08-15`. Where an"
        " instant is asked, a day alone means 00:00 of it; as `due` it means 24:00. A list of texts that has only one"
        " may be the text alone. Yes and no are `true` and `false`.",
        "时刻不写时区的为北京时间；只写日期的指当日零时，`due` 指当日 24:00。列表只有一项文字的，可直接写该文字。"
        "是否写作 `true`、`false`。",
        "## Every command 共有字段",
        "Over HTTP `by` may be left out: the token says who. The program and the API make a `command_id` where none is"
        " given; sent again with it, a command has one effect. Scripts of `rectify try` need no `command_id` and add"
        " `at`.",
        "接口以令牌为准，可省略 `by`；`command_id` 可省略，由系统生成。",
        table(HEADERS, _common()),
        f"Officials (`by`, `with`) are written `role:name@territory`, or as an object [{Actor.__name__}](#actor)."
        " 人员写作 `角色:姓名@辖区代码`。",
        *(_section(f"{do} {words.COMMANDS[do][0]}", _whole(kind, parts[kind.__name__])) for do, kind in kinds.items()),
        "## Shapes 字段的结构",
        *(_section(name, part, depth=3) for name, part in parts.items() if name not in names),
        "## Names from the plan 方案中的名称",
        f"These texts are names of the plan; here those of `{plan.id}`. 以下文字取自方案。",
        table(("field 字段", "one of 取值"), _names(plan)),
        "`illegal_operation` left out is that of the category: yes for"
        f" {', '.join(c.id for c in plan.illegal_conduct if c.illegal_operation)}."
        " 未写 `illegal_operation` 的，依类别而定。",
    )
    return "\n\n".join(text) + "\n"


def _whole(kind: type[Command], schema: Schema) -> Schema:
    """The schema with what a list holds at least: where one text stands for a list, the framework leaves that out."""
    properties = dict(schema["properties"])
    for name, field in kind.model_fields.items():
        least = next((rule.min_length for rule in field.metadata if hasattr(rule, "min_length")), 0)
        if least and properties.get(name, {}).get("type") == "array":
            properties[name] = {**properties[name], "minItems": least}
    return {**schema, "properties": properties}


def _common() -> Iterator[tuple[str, ...]]:
    schema: dict[str, Any] = Command.model_json_schema()
    return fields(schema)


def _section(title: str, schema: Schema, depth: int = 2) -> str:
    said = [schema["description"]] if "description" in schema else []
    rows = list(fields(schema, SAID_ONCE if "do" in schema["properties"] else frozenset()))
    return "\n\n".join([f"{'#' * depth} {title}", *said, table(HEADERS, rows)])


def _names(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each field that takes a name of the plan, with the names."""
    for field, named in (
        ("category", (*plan.illegal_conduct, *plan.hazards, plan.other)),
        ("district", plan.districts),
        ("sector", plan.sectors),
        ("checks", plan.closure_checks),
        ("conditions", plan.restart_conditions),
        ("article", plan.articles),
    ):
        yield f"`{field}`", "、".join(f"`{one.id}` {one.zh}" for one in named)
