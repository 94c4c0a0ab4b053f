"""Input of the wrong shape, said so that a person can mend it."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from cli.output import BAD_INPUT, fail
from models.instants import parse_instant
from rules.files.shapes import in_both, shape_remedy, shape_sentence


def instant_option(option: str, text: str, *, a_date_means: str = "end", as_json: bool) -> datetime:
    """The instant that an option names (a day alone: 24:00 of it, or its `start`), or exit 2."""
    try:
        return parse_instant(text, a_date_means=a_date_means)
    except ValueError as error:
        zh, en = in_both(str(error))
        problem = {"code": "invalid_option", "zh": f"{option}：{zh}", "en": f"{option}: {en}"}
        fail(BAD_INPUT, problem, as_json=as_json)


def input_problem(where: str, error: ValidationError) -> dict[str, Any]:
    """A problem with one line for each wrong field; `where` is the file, the verb or the option."""
    lines: list[dict[str, str]] = []
    for e in error.errors(include_url=False):
        loc = [str(p) for p in e["loc"]]
        tagged = e["type"].startswith("union_tag")
        # the first part is the command's kind, which the reader knows
        field = ".".join(loc[1:] if not tagged and len(loc) > 1 else loc) or ("do" if tagged else "")
        place = f"{where}: {field}" if field else where
        zh, en = shape_sentence(e)
        if e["type"] != "value_error":  # our own say what to write
            remedy_zh, remedy_en = shape_remedy(e)
            zh, en = f"{zh}；{remedy_zh}", f"{en}; {remedy_en}"
        lines.append({"field": field or where, "zh": f"{place}：{zh}", "en": f"{place}: {en}"})
    return {
        "code": "invalid_command",
        "rule": "contracts §1",
        "zh": f"有 {len(lines)} 处填写有误，未提交",
        "en": f"{len(lines)} error(s) in what was given; nothing was handed in",
        "errors": lines,
    }
