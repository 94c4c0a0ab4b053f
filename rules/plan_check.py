"""Reading a plan: a whole Plan, or every error with file, line, field and remedy. Pure: text in, answer out."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from pydantic import ValidationError

from models.base import Frozen
from models.plan import Period, Plan
from rules.plan_lines import PlanPath, line_of
from rules.plan_sense import sense_errors

YEAR = 2023  # any common year: boundaries without a year are compared in it
_SYNTAX = re.compile(r"\(at line (\d+), column (\d+)\)")
_REMEDIES = {
    "missing": ("补上该项", "add it"),
    "extra_forbidden": ("删去该项或改正拼写", "remove it or mend its spelling"),
    "literal_error": ("改用所列的值之一", "use one of the values listed"),
}


class PlanError(Frozen):
    """One thing wrong with a plan file."""

    file: str
    line: int
    field: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.en} — {self.remedy_en}"


class PlanFile(Frozen):
    """A valid plan; `content` is what was read, as canonical JSON, `digest` what running cases pin it by."""

    plan: Plan
    content: str
    digest: str


def read_plan(text: str, file: str) -> PlanFile | tuple[PlanError, ...]:
    """The plan in the TOML text, or all errors, in the order of their lines."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (_syntax_error(str(error), text, file),)
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        return _in_order(_shape_errors(error, text, file))
    errors = _in_order(
        PlanError(
            file=file,
            line=line_of(text, e.path),
            field=_dotted(e.path),
            zh=e.zh,
            en=e.en,
            remedy_zh=e.remedy_zh,
            remedy_en=e.remedy_en,
        )
        for e in sense_errors(plan, YEAR)
    )
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return errors or PlanFile(plan=plan, content=canonical, digest=digest_of(canonical))


def digest_of(content: str) -> str:
    """Equal for equal content, whatever the comments and the order of keys in the file; 32 hex digits."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def assumptions(plan: Plan) -> tuple[str, ...]:
    """Every value marked A, as `path: value (clause)`."""
    return tuple(_assumed(plan.model_dump(mode="json"), ()))


def _assumed(node: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, list):
        for index, item in enumerate(cast("list[Any]", node)):
            name = cast("dict[str, Any]", item).get("id", index) if isinstance(item, dict) else index
            yield from _assumed(item, (*path, str(name)))
    elif isinstance(node, dict):
        table = cast("dict[str, Any]", node)
        if table.get("source") == "A":
            yield f"{'.'.join(path)}: {_shown(table)} ({table['clause']})"
        for key, value in table.items():
            if key.endswith("_source") and value == "A":
                what = key.removesuffix("_source")
                yield f"{'.'.join((*path, what))}: {table[what]}"
            yield from _assumed(value, (*path, key))


def _shown(node: dict[str, Any]) -> str:
    if "working_days" in node:
        return ", ".join(f"{n} {unit}" for unit, n in Period.model_validate(node).amounts.items())
    facts = (f"{k}={v}" for k, v in node.items() if k not in ("source", "clause"))
    return str(node.get("en") or ", ".join(facts))


def _syntax_error(message: str, text: str, file: str) -> PlanError:
    place = _SYNTAX.search(message)
    return PlanError(
        file=file,
        line=int(place.group(1)) if place else text.count("\n") + 1,
        field="TOML",
        zh=f"不是有效的 TOML：{message}",
        en=f"not valid TOML: {message}",
        remedy_zh="改正该行的写法",
        remedy_en="mend the syntax of that line",
    )


def _shape_errors(error: ValidationError, text: str, file: str) -> Iterator[PlanError]:
    for e in error.errors(include_url=False):
        path = tuple(p for p in e["loc"] if p != "function-after")
        zh, en = _REMEDIES.get(e["type"], ("改为合适的类型和取值", "give it the right type and value"))
        yield PlanError(
            file=file,
            line=line_of(text, path),
            field=_dotted(path),
            zh=f"{e['msg']}（所给：{_given(e['input'])}）",
            en=f"{e['msg']} (given: {_given(e['input'])})",
            remedy_zh=zh,
            remedy_en=en,
        )


def _given(value: Any) -> str:
    shown = value.isoformat() if isinstance(value, date) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _dotted(path: PlanPath) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "plan"


def _in_order(errors: Iterator[PlanError]) -> tuple[PlanError, ...]:
    return tuple(sorted(errors, key=lambda e: (e.line, e.field)))
