"""What is decided once for all lines, as a form asks for it: a choice for each text and column, read back from it."""

import json
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from desk.kept_ledgers import Decided, ValueMeant
from desk.ledger import Source
from ledgers.decisions import Closed, PastDue
from ledgers.fields import FIELDS, LABELS, Field
from ledgers.planned import Checked, LedgerPlan
from ledgers.writing.template import choices
from models.plan import Plan
from rules.words.naming import Both
from rules.words.terms import GRADES, SUBJECT_KINDS
from serving.forms import Posted
from serving.problems import one_field
from views.forms.fields import Option

T = TypeVar("T", Source, Closed, PastDue)
_ABOUT: TypeAdapter[tuple[str, str]] = TypeAdapter(tuple[str, str])
_MOST_CHOICES = 500
_LONGEST_ROWS = 100
_BLANK = "="
_OURS: set[Field] = {"key", "version", "serial"}
FIELD_NAMES: dict[Field, Both] = {
    "name": Both(LABELS["name"], "name of the unit"),
    "code": Both(LABELS["code"], "credit code"),
    "district": Both(LABELS["district"], "district"),
    "street": Both(LABELS["street"], "street or town"),
    "sector": Both(LABELS["sector"], "sector"),
    "kind": Both(LABELS["kind"], "kind of subject"),
    "inspected_on": Both(LABELS["inspected_on"], "day of inspection"),
    "description": Both(LABELS["description"], "the problem"),
    "category": Both(LABELS["category"], "category"),
    "category_list": Both(LABELS["category_list"], "list of the category"),
    "grade": Both(LABELS["grade"], "grade"),
    "major": Both(LABELS["major"], "whether major"),
    "minor": Both(LABELS["minor"], "whether general"),
    "responsible": Both(LABELS["responsible"], "who rectifies"),
    "due": Both(LABELS["due"], "due date"),
    "key": Both(LABELS["key"], "key of the row"),
    "version": Both(LABELS["version"], "version"),
    "serial": Both(LABELS["serial"], "number"),
    "progress": Both(LABELS["progress"], "how far it is"),
}
_EMPTY_CELLS: dict[str, Field] = {"category_missing": "category", "district_missing": "district"}
_MAY_BE_BLANK = ("grade", "sector", "kind", "responsible", "due")


class Choice(NamedTuple):
    """One choice: `about` stands for it in the form; `chosen` is the option that counts now, empty for none."""

    about: str
    field: Both
    text: str
    rows: str
    options: tuple[Option, ...]
    chosen: str


def value_choices(plan: Plan, ledger: LedgerPlan, decided: Decided) -> tuple[Choice, ...]:
    """Each text that means nothing yet, once, and those that were decided; where a choice helps."""
    made = [_value(plan, v.field, v.text, v.rows, f"={v.meaning}") for v in decided.values]
    known = {(v.field, v.text) for v in decided.values}
    for one in ledger.checked.unknown_values:
        if (one.field, one.value) not in known:
            made.append(_value(plan, one.field, one.value, _rows(one.rows), ""))
    for code, field in _EMPTY_CELLS.items():
        rows = [e.row for e in ledger.all_errors if e.code == code and e.row is not None]
        if rows and (field, "") not in known:
            made.append(_value(plan, field, "", _rows(rows), ""))
    return tuple(choice for choice in made if choice is not None)[:_MOST_CHOICES]


def _value(plan: Plan, field: str, text: str, rows: str, chosen: str) -> Choice | None:
    options = _meanings(plan, field)
    if field in _MAY_BE_BLANK and text:
        options = (*options, Option(_BLANK, "作空白", "as if empty"))
    if not options:
        return None
    return Choice(json.dumps([field, text]), FIELD_NAMES[cast("Field", field)], text, rows, options, chosen)


def _meanings(plan: Plan, field: str) -> tuple[Option, ...]:
    match field:
        case "category":
            listed = (
                *((c, Both("非法违法行为", "Illegal conduct")) for c in plan.illegal_conduct),
                *((c, Both("事故隐患", "Hazards")) for c in plan.hazards),
                (plan.other, Both("其他", "Other")),
            )
            return tuple(Option(f"={c.id}", f"{c.id} {c.zh}", f"{c.id} {c.en}", under) for c, under in listed)
        case "district":
            return tuple(Option(f"={d.id}", d.zh, d.en) for d in plan.districts)
        case "sector":
            return tuple(Option(f"={s.id}", s.zh, s.en) for s in plan.sectors)
        case "grade":
            return tuple(Option(f"={zh}", zh, en) for zh, en in GRADES.values())
        case "kind":
            written = choices(plan)["kind"]
            return tuple(Option(f"={zh}", zh, en) for zh, (_, en) in zip(written, SUBJECT_KINDS.values(), strict=True))
        case _:
            return ()


def column_choices(checked: Checked, decided: Decided, *, known: bool) -> tuple[Choice, ...]:
    """The columns that were not understood or decided about, or those that were (`known`)."""
    fields: dict[str, Field | None] = {plain(c.header): c.field for c in reversed(checked.columns) if c.header}
    made: list[Choice] = []
    for header, field in reversed(fields.items()):
        is_known = field is not None and header not in decided.columns
        if is_known == known and field not in _OURS:
            chosen = f"={decided.columns[header]}" if header in decided.columns else ""
            named = FIELD_NAMES[field] if field else Both("", "")
            made.append(Choice(json.dumps(["", header]), named, header, "", _FIELD_OPTIONS, chosen))
    return tuple(made)[:_MOST_CHOICES]


def plain(header: str) -> str:
    """A header in one line, as it is named in a decision."""
    return " ".join(header.split())


_FIELD_OPTIONS = (
    *(Option(f"={field}", *FIELD_NAMES[field]) for field in FIELDS if field not in _OURS),
    Option(_BLANK, "不导入该列", "leave it out"),
)


def read_decided(posted: Posted, before: Decided) -> Decided:
    """What the form says; 422 for what no form of ours says."""
    shown = dict(zip(posted.get("value.about", []), posted.get("value.rows", []), strict=False))
    values = tuple(
        ValueMeant(field=field, text=text, meaning=meant, rows=shown.get(json.dumps([field, text]), "")[:_LONGEST_ROWS])
        for field, text, meant in _chosen(posted, "value")
    )
    columns = {text: meant for _, text, meant in _chosen(posted, "column") if meant in ("", *FIELDS)}
    return Decided(
        source=_one_of(posted, "source", ("self_inspection", "inspection"), before.source),
        columns=columns,
        values=values,
        closed=_one_of(posted, "closed", ("skip", "import"), before.closed),
        past_due=_one_of(posted, "past_due", ("refuse", "plan"), before.past_due),
        skip_errors="skip_errors" in posted,
    )


def source_of(posted: Posted) -> Source:
    """Whose ledger it is."""
    return _one_of(posted, "source", ("self_inspection", "inspection"), "self_inspection")


def _chosen(posted: Posted, kind: Literal["value", "column"]) -> Iterable[tuple[str, str, str]]:
    """Field, text, and what it was chosen to be, of each choice that was made."""
    for about, chosen in zip(posted.get(f"{kind}.about", []), posted.get(f"{kind}.chosen", []), strict=False):
        if not chosen.startswith("=") or len(chosen) > 100:
            continue
        try:
            field, text = _ABOUT.validate_json(about)
        except ValidationError:
            raise one_field(kind, "不是本页的选项", "is none of the choices on this page") from None
        yield field, text, chosen.removeprefix("=")


def _one_of(posted: Posted, name: str, known: tuple[T, ...], before: T) -> T:
    given = posted.get(name, [before])[-1]
    return next((one for one in known if one == given), before)


def _rows(rows: Sequence[int]) -> str:
    """The first few, and that there are more."""
    return ", ".join(map(str, rows[:8])) + ("…" if len(rows) > 8 else "")
