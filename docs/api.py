"""The text of docs/api.md: the JSON API, read from the OpenAPI document of the application."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from api import imports
from api.app import add_api
from api.schemas import PROBLEMS
from cli.spoken_help import both
from docs.markdown import table
from docs.orders import HEADERS
from docs.schemas import NEEDED, Schema, default, told
from embedded.settings import StackSettings
from embedded.stack import Endpoints
from engine.connection import Services
from models.commands import Open
from rules.access.deeds import DEEDS
from rules.words import terms as words
from serving import bodies
from serving.app import bare_app

ADDRESS = f"http://127.0.0.1:{StackSettings.model_fields['web_port'].default}"
_TOKEN = '-H "Authorization: Bearer $TOKEN"'
_REF = re.compile(r'"#/components/schemas/(\w+)"')
EXAMPLES = f"""\
# a token, for a week
TOKEN=$(.venv/bin/rectify user token inspector:No.1@650203 --days 7)

# a read: duties of the own district that are overdue
curl {_TOKEN} "{ADDRESS}/api/v1/overdue?kind=duty&limit=5"

# a command
curl {_TOKEN} -H "Content-Type: application/json" \\
  -d '{{"do": "add_note", "text": "see circular 7"}}' \\
  "{ADDRESS}/api/v1/cases/case/karamay-2013-2027/demo-176/commands"

# an import: first what it would do, then the same without dry_run
curl {_TOKEN} -H "Content-Type: text/csv" --data-binary @ledger.csv \\
  "{ADDRESS}/api/v1/imports?name=ledger.csv&dry_run=true"
"""


def document() -> Schema:
    """The OpenAPI document. The application is made on services that are never asked."""
    nowhere = "postgresql+psycopg://nobody@localhost/nothing"
    endpoints = Endpoints(
        database_url=nowhere,
        app_database_url=nowhere,
        temporal_address="localhost:0",
        namespace="nothing",
        ui_url=None,
        home=Path("nowhere"),
    )
    app = bare_app(Services(endpoints))
    add_api(app)
    return app.openapi()


def operations(openapi: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Every method and path with what the document says of it."""
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def api(openapi: Schema) -> str:
    """The whole page."""
    found = list(operations(openapi))
    text = (
        "# The JSON API",
        "<!-- Written by `python -m docs.generate`; do not edit. -->",
        f"Read from the application; `{ADDRESS}/openapi.json` says the same to programs. Only loopback names are"
        " answered, others get 421. 以下内容由程序生成，只应答本机地址。",
        "## How it is called 调用方法",
        "Under `/api/v1` every call carries a token, which says who asks; each sees the own territory, and a command is"
        " given by whom the token names. `/healthz`, `/readyz` and `/metrics` want none.",
        "`/api/v1` 下的每次调用都须带令牌，由令牌确定人员，各人只见本辖区。",
        f"```sh\n{EXAMPLES}```",
        "Lists come page by page: `next` of an answer is `after` of the next call, and null on the last page. Instants"
        " carry the offset of Beijing. An amount is text. `Location` names what was made. A command"
        " sent again with its `command_id` has one effect and the same answer.",
        "列表分页：答复中的 `next` 用作下一次调用的 `after`，最后一页为 null。重复提交同一 `command_id` 只生效一次。",
        table(("method 方法", "path 路径", "what", "作用"), _overview(found)),
        "## Errors 错误",
        "Every error is a [Problem](#problem) as `application/problem+json`: a stable `code`"
        " ([states.md](states.md#refusals) lists those of the rules), the rule it rests on"
        " ([plan.md](plan.md#where-a-rule-comes-from-规则出处) says what it is about), and the sentence in both"
        " languages.",
        "错误均为问题文档，载明代码、所依规则和中英文说明。",
        table(("status 状态码", "what 含义"), ((str(status), p["description"]) for status, p in PROBLEMS.items())),
        *(_section(method, path, operation) for method, path, operation in found),
        "## Shapes 答复的结构",
        *_shapes(openapi),
    )
    return "\n\n".join(text) + "\n"


def _overview(found: list[tuple[str, str, Schema]]) -> Iterator[tuple[str, ...]]:
    for method, path, operation in found:
        yield method, f"`{path}`", *both(operation["summary"])


def _section(method: str, path: str, operation: Schema) -> str:
    parts = [f"## {method} {path}", "<br>".join(both(operation["summary"])), operation["description"]]
    if asked := operation.get("parameters"):
        parts.append(table(("parameter 参数", "in 位置", *HEADERS[1:], "what 说明"), map(_parameter, asked)))
    if "requestBody" in operation:
        parts.append("Body 请求体: " + _body(operation["requestBody"]["content"]))
    parts.append(table(("answer 答复", "what 含义", "shape 结构"), _answers(operation["responses"])))
    return "\n\n".join(parts)


def _parameter(asked: Schema) -> tuple[str, ...]:
    schema = asked["schema"]
    needed = NEEDED if asked["required"] else default(schema)
    return f"`{asked['name']}`", asked["in"], *told(schema), needed, asked.get("description", "")


def _body(content: Schema) -> str:
    kinds = ", ".join(f"`{kind}`" for kind in content)
    schema = next(iter(content.values()))["schema"]
    match schema:
        case {"format": "binary"}:
            return (
                f"the file itself, raw and no multipart form, of at most {imports.LARGEST:,} bytes, as {kinds}."
                f" The parameter `name` says what it is. It is for: {', '.join(DEEDS['record_findings'].roles)}."
                " 直接发送文件内容，不用表单。"
            )
        case {"discriminator": _}:
            return (
                f"{kinds}, one object of at most {bodies.LARGEST:,} bytes: a command with its `do` and its fields, see"
                " [orders.md](orders.md). `by` and `command_id` may be left out. 一条命令。"
            )
        case {"allOf": [{"$ref": _}]}:
            do = Open.model_fields["do"].default
            return (
                f"{kinds}, one object of at most {bodies.LARGEST:,} bytes: the fields of"
                f" [{do}](orders.md#{do}-{words.COMMANDS[do][0]}); `do`, `by`, `command_id` and the subject's `id` may"
                " be left out. `campaign` beside them names a campaign; the newest if left out. “纳入排查”命令的字段，"
                "可另写 `campaign`。"
            )
        case _:
            raise ValueError(f"no words for the body {schema}")


def _answers(responses: Schema) -> Iterator[tuple[str, str, str]]:
    """What is no error in common, then those errors in one row."""
    common = [status for status in responses if _is_common(status, responses[status])]
    for status, response in sorted(responses.items()):
        if status not in common:
            yield status, _meaning(status, response, starts_a_job="202" in responses), _shape(response["content"])
    if common:
        yield ", ".join(common), "an error, see [above](#errors-错误)", "[Problem](#problem)"


def _is_common(status: str, response: Schema) -> bool:
    return PROBLEMS.get(int(status), {}).get("description") == response["description"]


def _meaning(status: str, response: Schema, *, starts_a_job: bool) -> str:
    match status:
        case "202":
            return "a job was started; `Location` names it"
        case "200":
            return "checked; no job was started" if starts_a_job else "done"
        case _:
            return response["description"]


def _shape(content: Schema) -> str:
    schema = next((kind["schema"] for kind in content.values() if "schema" in kind), None)
    return told(schema)[0] if schema else ", ".join(f"`{kind}`" for kind in content)


def _shapes(openapi: Schema) -> Iterator[str]:
    """Every shape that an answer has, and those within it, in alphabetical order."""
    schemas = openapi["components"]["schemas"]
    waiting = [name for _, _, operation in operations(openapi) for name in _named(operation["responses"])]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(schemas[name])
    for name in sorted(found):
        rows = ((f"`{field}`", *_answered(schema)) for field, schema in schemas[name]["properties"].items())
        said = [schemas[name]["description"]] if "description" in schemas[name] else []
        yield "\n\n".join([f"### {name}", *said, table(HEADERS[:3], rows)])


def _named(schema: Schema) -> list[str]:
    return _REF.findall(json.dumps(schema))


def _answered(schema: Schema) -> tuple[str, str]:
    en, zh = told(schema)
    can_be_null = any(part.get("type") == "null" for part in schema.get("anyOf", ()))
    return (f"{en}, or null", f"{zh}，或 null") if can_be_null else (en, zh)
