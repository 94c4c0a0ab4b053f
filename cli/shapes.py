"""Input of the wrong shape, said so that a person can mend it."""

from typing import Any

from pydantic import ValidationError


def input_problem(file: str, error: ValidationError) -> dict[str, Any]:
    """A problem with one line for each wrong field."""
    lines: list[dict[str, str]] = []
    for e in error.errors(include_url=False):
        loc = [str(p) for p in e["loc"]]
        # the first part is the command's kind, which the reader knows
        field = ".".join(loc[1:] if e["type"].startswith("union_tag") is False and len(loc) > 1 else loc) or "do"
        message = e["msg"].removeprefix("Value error, ")
        lines.append(
            {"field": field, "zh": f"{file}: {field}: 填写有误：{message}", "en": f"{file}: {field}: {message}"}
        )
    return {
        "code": "invalid_command",
        "rule": "contracts §1",
        "zh": f"命令有 {len(lines)} 处错误，未提交",
        "en": f"the command has {len(lines)} error(s); nothing was handed in",
        "errors": lines,
    }
