"""Schemas that the framework cannot read off the functions: commands as bodies, problems as answers."""

from typing import Any

from models.commands import COMMAND, Open
from serving.problems import PROBLEM, Problem

_REFS = "#/components/schemas/{model}"
_STATUSES = {
    401: "No token, or one that is not valid",
    403: "The role or the territory does not reach so far",
    404: "There is no such thing, or none that you may read",
    405: "The address does not take that method",
    408: "The body did not come in time",
    409: "The rules refuse it, with code, rule and sentence",
    413: "The body is too large",
    415: "The body is of another kind",
    422: "A value of the wrong shape, each field named",
    503: "A service does not answer",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text, "content": {PROBLEM: {}}} for status, text in _STATUSES.items()
}


def _command_schemas() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The union of all commands, an opening, and the schemas that both refer to."""
    union = COMMAND.json_schema(ref_template=_REFS)
    parts: dict[str, Any] = union.pop("$defs")
    for part in parts.values():
        _loosen(part)
    opening = {"allOf": [{"$ref": _REFS.format(model=Open.__name__)}]}
    return union, opening, parts


def _loosen(part: dict[str, Any]) -> None:
    """Over HTTP the token says who, and the server makes a command_id where none is given."""
    if "do" in part.get("properties", {}):
        part["required"] = sorted({*part.get("required", ()), "do"} - {"by", "command_id"})


_UNION, _OPENING, COMMAND_PARTS = _command_schemas()


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


COMMAND_BODY = _body(_UNION)
OPENING_BODY = _body(_OPENING)
