"""The columns of lists: which a reader may choose, and what each says of a case or a deadline in a file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast, get_args

from models.instants import day_of, say_due
from store.case_list import CaseRow
from store.due_soon import DueSoonRow
from store.overdue import DeadlineRow, OverdueRow
from store.to_do import ToDoRow

ColumnWord = Literal[
    "due",
    "subject",
    "stage",
    "listed",
    "next_role",
    "officer",
    "musts",
    "district",
    "street",
    "sector",
    "source",
    "opened",
    "closed",
]
DeadlineColumn = Literal[
    "urgency",
    "subject",
    "what",
    "turn",
    "officer",
    "level",
    "due",
    "stage",
    "district",
    "street",
    "sector",
    "kind",
    "grade",
]
Column = ColumnWord | DeadlineColumn
Words = Mapping[str, Callable[..., str]]


class Columns(NamedTuple):
    """Those of a list: which there are, which are shown where none are chosen, and which words stand over them.

    `heads`: where the words are not those of the column's own name.
    """

    all: tuple[Column, ...]
    usual: tuple[Column, ...]
    heads: Mapping[str, str]

    def heading(self, column: Column) -> str:
        """The key of the word that stands over the column."""
        return self.heads.get(column, column)

    def chosen(self, columns: Sequence[Column] | None) -> tuple[Column, ...]:
        """Those that are shown."""
        return tuple(columns) if columns else self.usual


OF_CASES = Columns(
    get_args(ColumnWord),
    ("subject", "due", "next_role", "stage", "officer", "district", "sector", "opened"),
    {"closed": "closed_at", "musts": "musts_now", "due": "earliest_due"},
)
_DEADLINE: tuple[DeadlineColumn, ...] = get_args(DeadlineColumn)


def of_deadlines(what: str, *left_out: DeadlineColumn, urgency: Literal["late", "time_left"] | None = None) -> Columns:
    """Those of a list of deadlines; `what` heads what is or was to be done, `left_out` are not usual there.

    `urgency`: heads the days, where they are all late, or all left; else each says which.
    """
    usual: tuple[DeadlineColumn, ...] = ("urgency", "subject", "what", "turn", "due", "officer", "level")
    heads = {"what": what, "turn": "late_role"} | ({"urgency": urgency} if urgency else {})
    return Columns(_DEADLINE, tuple(c for c in usual if c not in left_out), heads)


def columns_chosen(value: Any) -> Any:
    """`columns=due,stage` or one for each, in the order of the address; the subject cannot be left out.

    None for the usual ones of cases: an address says nothing that goes without saying.
    """
    if not isinstance(value, str | list | tuple):
        return value
    given = [value] if isinstance(value, str) else [str(one) for one in cast("Sequence[object]", value)]
    names = tuple(dict.fromkeys(name.strip() for one in given for name in one.split(",") if name.strip()))
    if not names:
        return None
    chosen = names if "subject" in names else ("subject", *names)
    return None if chosen == OF_CASES.usual else chosen


def said_of_case(column: Column, row: CaseRow, musts: tuple[str, ...], words: Words) -> str:
    """What the column says of a case, in a file; nothing where the page shows a dash."""
    t, word = words["t"], words["word"]
    match column:
        case "due":
            return say_due(row.due_at) if row.due_at else ""
        case "subject":
            return row.subject_name
        case "stage" if row.listed:
            return f"{_stage(row, word)}{t('comma')}{_listed(row, t)}"
        case "stage":
            return _stage(row, word)
        case "listed" if row.listed:
            return _listed(row, t)
        case "listed":
            return ""
        case "next_role":
            return words["role"](row.next_role) if row.next_role else ""
        case "musts":
            return t("comma").join(word("musts", must) for must in musts)
        case "source":
            return t(f"from_{row.source}")
        case "opened":
            return day_of(row.opened_at).isoformat()
        case "closed":
            return day_of(row.closed_at).isoformat() if row.closed_at else ""
        case _:
            return _of_both(column, row, words)


def _stage(row: CaseRow, word: Callable[..., str]) -> str:
    return word("outcomes", row.outcome) if row.outcome else word("stages", row.stage)


def _listed(row: CaseRow, t: Callable[..., str]) -> str:
    return t(f"was_listed_{row.listed}") if row.outcome else t(f"listed_{row.listed}")


def said_of_deadline(column: Column, row: DeadlineRow, words: Words, columns: Columns, *, is_missed: bool) -> str:
    """What the column says of a deadline, in a file; `is_missed`: of a list of what was missed."""
    t, word = words["t"], words["word"]
    match column:
        case "urgency":
            return _urgency(row, t, "days" if "urgency" in columns.heads else None)
        case "subject":
            return row.subject
        case "what":
            what = words["missed" if is_missed else "todo"](row.clock, row.about, row.role)
            return f"{what}{t('colon')}{row.description}" if row.description else what
        case "turn":
            return words["role"](row.role)
        case "level":
            return words["role"](row.level) if isinstance(row, OverdueRow) else ""
        case "due":
            return say_due(row.due_at)
        case "stage":
            return word("stages", row.stage)
        case "kind":
            return t(f"side_{row.kind}")
        case "grade":
            return word("grades", row.grade) if row.grade else ""
        case _:
            return _of_both(column, row, words)


def _of_both(column: Column, row: CaseRow | DeadlineRow, words: Words) -> str:
    match column:
        case "officer":
            return words["t"]("comma").join(row.officers)
        case "district":
            return words["name"]("district", row.district)
        case "street":
            return row.street or ""
        case "sector":
            return words["name"]("sector", row.sector) if row.sector else ""
        case _:
            raise AssertionError(column)


def _urgency(row: DeadlineRow, t: Callable[..., str], days: str | None) -> str:
    """How late it is, or how long it has; `days`: the word for either, where the head says which."""
    late = row.days_late if isinstance(row, OverdueRow | ToDoRow) else None
    left = row.days_left if isinstance(row, DueSoonRow | ToDoRow) else None
    if late is not None:
        return t(days or "days_late", n=late) if late else t("today_late")
    return t(days or "days_left", n=left) if left else t("within_a_day")
