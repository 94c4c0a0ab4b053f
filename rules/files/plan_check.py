"""Reading a plan: a whole Plan, or every error with file, line, field and remedy. Pure: text in, answer out."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, cast

from pydantic import ValidationError

from models.base import Frozen
from models.plan import Period, Plan
from rules.files.plan_consistency import SenseError, sense_errors
from rules.files.shapes import shape_remedy, shape_sentence
from rules.files.toml_lines import PlanPath, line_of

YEARS = (2023, 2024)  # boundaries without a year must fit in a common year and in a leap year
_SYNTAX = re.compile(r"\(at line (\d+), column (\d+)\)")


class PlanError(Frozen):
    """One thing wrong with a plan file, or another one in TOML."""

    file: str
    line: int
    field: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    @classmethod
    def of(cls, file: str, line: int, e: SenseError) -> "PlanError":
        """What does not fit, at its place."""
        told = {"zh": e.zh, "en": e.en, "remedy_zh": e.remedy_zh, "remedy_en": e.remedy_en}
        return cls(file=file, line=line, field=_dotted(e.path), **told)

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
        plan = Plan.model_validate(content)
    except (ValueError, RecursionError) as error:  # tomllib lets Python's own limit on digits through
        return unreadable(error, text, file, "a number has too many digits (数字位数过多)")
    errors = in_order(
        PlanError.of(file, line_of(text, e.path), e)
        for e in dict.fromkeys(e for year in YEARS for e in sense_errors(plan, year))
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


def unreadable(error: ValueError | RecursionError, text: str, file: str, impossible: str) -> tuple[PlanError, ...]:
    """Why a text is no file of its shape; `impossible` says it where Python does not."""
    match error:
        case ValidationError():
            return in_order(shape_errors(error, text, file))
        case tomllib.TOMLDecodeError():
            return (syntax_error(str(error), text, file),)
        case RecursionError():
            return (syntax_error("nested too deeply (嵌套过深)", text, file),)
        case _:
            return (syntax_error(impossible, text, file),)


def syntax_error(message: str, text: str, file: str) -> PlanError:
    """A text that is no TOML."""
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


def shape_errors(error: ValidationError, text: str, file: str) -> Iterator[PlanError]:
    """Values of the wrong shape."""
    for e in error.errors(include_url=False):
        path = tuple(p for p in e["loc"] if p != "function-after")
        zh, en = shape_sentence(e)
        remedy_zh, remedy_en = shape_remedy(e)
        yield PlanError(
            file=file,
            line=line_of(text, path),
            field=_dotted(path),
            zh=zh,
            en=en,
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
        )


def _dotted(path: PlanPath) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "plan"


def in_order(errors: Iterator[PlanError]) -> tuple[PlanError, ...]:
    """By line, then by field."""
    return tuple(sorted(errors, key=lambda e: (e.line, e.field)))
