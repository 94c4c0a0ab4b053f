"""What is to be mended on a form: each mistake at its field, in the words of whoever fills the form in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.words.naming import Both
from serving.problems import Problem, WrongField
from views.forms.kinds import FormField, Kind
from views.forms.posted import place_of

_EMPTY = ("缺少该项", "不得为空", "至少须有")
"""How a mistake begins that says no more than that nothing stands there."""
_TICK, _CHOOSE = Both("请勾选", "tick what applies"), Both("请选择", "choose one")
_FILL_IN: dict[Kind, Both] = {
    **{"ticks": _TICK, "tick": _TICK},
    **{"yes_no": _CHOOSE, "choice": _CHOOSE},
    **{"rows": Both("请至少填写一项", "fill in one at least"), "files": Both("请选择文件", "choose a file")},
}


class Mending(NamedTuple):
    """The mistakes by the fields at which they are told, and those that belong to no field of the form."""

    wrong: dict[str, WrongField]
    elsewhere: list[WrongField]


def placed(problem: Problem | None, places: Mapping[str, str] | None = None) -> Iterator[tuple[str, WrongField]]:
    """The mistakes that a problem names, each with where on the form its field stands."""
    errors = (problem.errors if problem else None) or ()
    return ((place_of(error.field, places or {}), error) for error in errors)


def mending(fields: Iterable[FormField], told: Iterable[tuple[str, WrongField]]) -> Mending:
    """Each mistake at its place, or at what that is a part of; where a group is empty, at what is to be said in it."""
    known = {field.name: field for field in _all_of(fields)}
    wrong: dict[str, WrongField] = {}
    elsewhere: list[WrongField] = []
    for place, error in told:
        field = _field_at(place, known)
        if field is None:
            elsewhere.append(error)
            continue
        parts = [part for part in field.parts if part.required] if field.kind == "group" and _is_empty(error) else []
        for at in parts or [field]:
            wrong.setdefault(at.name, _said_at(at, error))
    return Mending(wrong, elsewhere)


def _all_of(fields: Iterable[FormField]) -> Iterator[FormField]:
    for field in fields:
        yield field
        yield from _all_of(field.parts)


def _field_at(place: str, known: dict[str, FormField]) -> FormField | None:
    """The field of that name; else that of which it is a part, as `evidence` of `evidence.3`."""
    parts: Sequence[str] = place.split(".")
    whole = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    found = next((name for name in (*whole, *parts) if name in known), None)
    return known[found] if found is not None else None


def _is_empty(error: WrongField) -> bool:
    return error.zh.startswith(_EMPTY)


def _said_at(field: FormField, error: WrongField) -> WrongField:
    if not _is_empty(error):
        return error
    zh, en = _FILL_IN.get(field.kind, Both("请填写", "fill it in"))
    return error.model_copy(update={"zh": zh, "en": en, "remedy_zh": "", "remedy_en": ""})
