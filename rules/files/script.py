"""Reading a script for `rectify try`: a whole Script, or every error with line, field and remedy."""

from datetime import datetime
from typing import Any, Literal, cast

from pydantic import Field, TypeAdapter, ValidationError

from models.actors import Person
from models.base import Frozen
from models.case import EarlierOrder
from models.commands import CLOCK_COMMANDS, COMMAND, AnyCommand, Subject, Text
from models.instants import Instant, parse_due, parse_instant
from rules.files.shapes import in_both, shape_sentence
from rules.files.yaml_lines import Path, YamlError, read_yaml

_PERSON: TypeAdapter[Any] = TypeAdapter(Person)


class ScriptError(Frozen):
    """One thing wrong with a script."""

    file: str
    line: int
    field: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.en}"


class EarlierOrderGiven(Frozen):
    """An earlier order as a script gives it."""

    category: Text
    ordered_at: Instant

    def order(self) -> EarlierOrder:
        """As the case keeps it."""
        return EarlierOrder(category=self.category, ordered_at=self.ordered_at)


class ScriptHead(Frozen):
    """Everything of a script but its steps."""

    plan: Text
    year: int | None = Field(default=None, ge=1900, le=2200)
    subject: Subject
    earlier_orders: tuple[EarlierOrderGiven, ...] = ()
    until: datetime | None = None


class Step(Frozen):
    """One step: a command, or one that only the clock may give (then `command` is None)."""

    at: datetime
    do: str
    command: AnyCommand | None


class Script(Frozen):
    """A readable script; steps are in the order of time."""

    kind: Literal["script"] = "script"
    head: ScriptHead
    steps: tuple[Step, ...]


class _Reader:
    def __init__(self, file: str, lines: dict[Path, int]) -> None:
        self.file, self.lines, self.errors = file, lines, list[ScriptError]()

    def wrong(self, path: Path, zh: str, en: str) -> None:
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)
        field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "script"
        self.errors.append(ScriptError(file=self.file, line=line, field=field, zh=zh, en=en))

    def invalid(self, path: Path, error: ValidationError, drop: int = 0) -> None:
        for e in error.errors(include_url=False):
            self.wrong((*path, *e["loc"][drop:]), *shape_sentence(e))

    def head(self, content: dict[str, Any]) -> ScriptHead | None:
        left_empty = {k for k in ("earlier_orders", "until") if content.get(k) is None}
        known = {k: v for k, v in content.items() if k != "steps" and k not in left_empty}
        if "subject" not in known and (opening := _opening_of(content)):
            known["subject"] = opening.get("subject")
        if "until" in known:
            try:
                known["until"] = parse_due(known["until"])
            except ValueError as error:
                self.wrong(("until",), *in_both(str(error)))
                known.pop("until")
        try:
            return ScriptHead.model_validate(known)
        except ValidationError as error:
            self.invalid((), error)
            return None

    def step(self, index: int, content: Any, subject: Any) -> Step | None:
        path: Path = ("steps", index)
        if not isinstance(content, dict):
            self.wrong(path, "步骤须为键值对", "a step is a mapping with at, do, by")
            return None
        fields = dict(cast("dict[str, Any]", content))
        at = self.instant((*path, "at"), fields.pop("at", None))
        if at is None:
            return None
        do = fields.get("do")
        if do in CLOCK_COMMANDS:
            return Step(at=at, do=do, command=None)
        fields.setdefault("command_id", f"step-{index + 1}")
        if do == "open":
            fields.setdefault("subject", subject)
        try:
            return Step(at=at, do=str(do), command=COMMAND.validate_python(fields))
        except ValidationError as error:
            self.invalid(path, error, drop=0 if error.errors()[0]["type"].startswith("union_tag") else 1)
            return None

    def instant(self, path: Path, value: Any) -> datetime | None:
        if value is None:
            self.wrong(path, "缺少时刻 at", "the instant `at` is missing")
            return None
        try:
            return parse_instant(value)
        except ValueError as error:
            self.wrong(path, str(error), str(error))
            return None


def _opening_of(content: dict[str, Any]) -> dict[str, Any] | None:
    steps = content.get("steps")
    listed = cast("list[Any]", steps) if isinstance(steps, list) else []
    mappings = (cast("dict[str, Any]", s) for s in listed if isinstance(s, dict))
    return next((s for s in mappings if s.get("do") == "open"), None)


def read_script(text: str, file: str) -> Script | tuple[ScriptError, ...]:
    """The script in the YAML text, or all its errors in the order of their lines."""
    answer = read_yaml(text)
    if isinstance(answer, YamlError):
        return (ScriptError(file=file, line=answer.line, field="YAML", zh=answer.zh, en=answer.en),)
    content, lines = answer
    reader = _Reader(file, lines)
    if not isinstance(content, dict):
        reader.wrong((), "脚本须含 plan、year、subject、steps", "a script has plan, year, subject and steps")
        return tuple(reader.errors)
    table = cast("dict[str, Any]", content)
    head = reader.head(table)
    given = table.get("steps")
    steps: list[Step | None] = []
    if isinstance(given, list) and given:
        steps = [reader.step(i, item, table.get("subject")) for i, item in enumerate(cast("list[Any]", given))]
    else:
        reader.wrong(("steps",), "steps 须为非空列表", "`steps` is a list with at least one step")
    for index in range(1, len(steps)):
        earlier, later = steps[index - 1], steps[index]
        if earlier and later and later.at < earlier.at:
            reader.wrong(("steps", index, "at"), "步骤须按时间先后排列", "steps stand in the order of time")
    if reader.errors or head is None:
        return tuple(sorted(reader.errors, key=lambda e: e.line))
    return Script(head=head, steps=tuple(s for s in steps if s))
