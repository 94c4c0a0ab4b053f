"""The form of a command at the terminal: asked field by field, or filled in by `--set FIELD=VALUE`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import typer

from cli.names import id_meant
from cli.output import BAD_INPUT, err, fail, say
from rules.words.naming import Both
from views.forms.fields import FormField

Posted = dict[str, list[str]]
_ASKED_ONE_BY_ONE = ("line", "text", "lines", "day", "instant", "amount")


def preset(fields: Iterable[FormField]) -> Posted:
    """What a form says where nobody writes anything: its numbers, its grades."""
    return {one.name: list(one.value) for one in _single(fields) if one.value}


def set_by_options(given: Sequence[str], *, as_json: bool) -> Posted:
    """`--set` as it was typed: a field that is named twice has two values."""
    posted: Posted = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            zh, en = f"--set 须写作 字段=值：{one}", f"--set is FIELD=VALUE: {one}"
            fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
        posted.setdefault(name.strip(), []).append(value)
    return posted


def refuse_unknown(fields: Sequence[FormField], posted: Posted, *, as_json: bool) -> None:
    """Exit 2 for a field that the form does not have, naming those that it has; nothing is left out in silence."""
    known = {one.name: one for one in _single(fields)}
    unknown = [name for name in posted if name not in known]
    if unknown:
        lines = [
            {"field": one.name, "zh": f"{one.name}：{_asks(one, 0)}", "en": f"{one.name}: {_asks(one, 1)}"}
            for one in known.values()
            if one.kind not in ("files", "hidden")
        ]
        zh, en = f"没有字段 {unknown[0]}；可填字段：", f"there is no field {unknown[0]}; the fields are:"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en, "errors": lines}, as_json=as_json)


def by_value(fields: Sequence[FormField], posted: Posted, *, as_json: bool) -> Posted:
    """The same with what was chosen by name said by its value; exit 2 for what is no choice."""
    known = {one.name: one for one in _single(fields)}
    return {name: [_chosen(known[name], value, as_json=as_json) for value in values] for name, values in posted.items()}


def _chosen(asked: FormField, value: str, *, as_json: bool) -> str:
    found = _option(asked, value)
    if found is None:
        may = [say(f"{o.value} {o.zh}", f"{o.value} {o.en}") for o in asked.options]
        zh, en = f"{asked.name}：没有 {value}", f"{asked.name}: there is no {value}"
        problem = {"code": "invalid_option", "zh": zh, "en": en, "errors": [{"zh": line, "en": line} for line in may]}
        fail(BAD_INPUT, problem, as_json=as_json)
    return found


def _option(asked: FormField, value: str) -> str | None:
    """The value of what was typed, by itself or by a name; None where it may only be chosen and is no choice."""
    if asked.kind == "tick":
        return {"true": "true", "是": "true", "yes": "true", "false": "", "否": "", "no": ""}.get(value.strip().lower())
    if not asked.options or not value.strip():
        return value
    called = {o.value: (o.zh, o.en, o.zh.removeprefix(o.value).strip(), o.en.removeprefix(o.value).strip())
              for o in asked.options}  # fmt: skip
    return id_meant(value.strip(), called) or (value if asked.free else None)


def _single(fields: Iterable[FormField]) -> Iterator[FormField]:
    """The fields that hold a value, those of groups and rows too."""
    for one in fields:
        if one.parts:
            yield from _single(one.parts)
        else:
            yield one


def _asks(asked: FormField, language: int) -> str:
    choices = "、" if language == 0 else ", "
    of = choices.join(f"{o.value} {o[1 + language]}" if o.value != o[1 + language] else o.value for o in asked.options)
    return asked.label[language] + (f" ({of})" if of else "")


# ---------------------------------------------------------------- at the terminal


@dataclass
class Terminal:
    """Asks on the error stream, so that an answer on the output stays one document."""

    posted: Posted = field(default_factory=Posted)

    def choose(self, what: str, options: Sequence[tuple[str, str]]) -> str:
        """One of several, by number, by itself or by name."""
        self._list(options)
        while True:
            typed = self._line(what)
            if typed.isdecimal() and 0 < int(typed) <= len(options):
                return options[int(typed) - 1][0]
            if found := id_meant(typed, {value: (name, name) for value, name in options}):
                return found
            self._again(say("请输入编号", "type one of the numbers"))

    def fill(self, fields: Iterable[FormField], more: Callable[[str], Sequence[FormField]]) -> None:
        """Ask for each field; `more`: the rows of a list with one row more, where rows may be added."""
        for one in fields:
            if one.kind == "rows":
                self._rows(one, more)
            elif one.kind in ("group", "row"):
                self._heading(one.label)
                self.fill(one.parts, more)
            elif one.kind not in ("hidden", "files"):
                self._ask(one)

    def confirm(self, what: str) -> bool:
        """Yes or no, no where nothing is typed."""
        return self._line(f"{what} [y/N]").lower() in ("y", "yes", "是")

    def _rows(self, rows: FormField, more: Callable[[str], Sequence[FormField]]) -> None:
        self._heading(rows.label)
        for row in rows.parts:
            self.fill([row], more)
        while rows.free and self.confirm(say("再添加一项？", "one more?")):
            self.fill(more(rows.name)[-1:], more)

    def _ask(self, one: FormField) -> None:
        offered = [(o.value, say(o.zh, o.en)) for o in one.options]
        if offered:
            self._list(offered)
        several = one.kind in ("ticks", "lines")
        while True:
            typed = self._line(self._question(one))
            if not typed:
                if one.value or not one.required:
                    return
                self._again(say("此项必填", "it is to be filled in"))
                continue
            parts = [part.strip() for part in typed.replace("，", ",").split(",")] if several else [typed]
            values = [self._value(one, part) for part in parts if part]
            if None not in values:
                self.posted[one.name] = [value for value in values if value is not None]
                return
            self._again(say("没有这一项，请输入编号", "there is no such choice; type its number"))

    def _value(self, one: FormField, typed: str) -> str | None:
        if one.options and typed.isdecimal() and 0 < int(typed) <= len(one.options):
            return one.options[int(typed) - 1].value
        if one.kind == "tick":
            return "true" if typed.lower() in ("y", "yes", "是") else "" if typed.lower() in ("n", "no", "否") else None
        return _option(one, typed)

    def _question(self, one: FormField) -> str:
        known = {o.value: say(o.zh, o.en) for o in one.options}
        kept = say("、", ", ").join(known.get(value, value) for value in one.value)
        beside = {
            "day": say("年-月-日", "year-month-day"),
            "tick": say("y 或回车", "y or Enter"),
            "ticks": say("编号，可多选，逗号分隔", "numbers, with commas between"),
            "lines": say("多项用逗号分隔", "with commas between"),
        }.get(one.kind, "")
        marks = [beside, f"[{kept}]" if kept else "" if one.required else say("可不填", "may be left empty")]
        return " ".join(part for part in (say(*one.label), *marks) if part)

    def _list(self, options: Sequence[tuple[str, str]]) -> None:
        for number, (value, name) in enumerate(options, start=1):
            err().print(f"  {number:>2}  {name if name.startswith(value) else f'{name}  {value}'}", markup=False)

    def _heading(self, label: Both) -> None:
        if say(*label):
            err().print(f"· {say(*label)}", markup=False)

    def _again(self, why: str) -> None:
        err().print(f"  {why}", markup=False)

    def _line(self, question: str) -> str:
        return str(typer.prompt(question, default="", show_default=False, err=True)).strip()
