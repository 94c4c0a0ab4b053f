"""The columns of the list of cases: which a reader may choose, and what each says of a case."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast, get_args

from models.instants import day_of, say_due
from store.case_list import CaseRow

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
COLUMNS: tuple[ColumnWord, ...] = get_args(ColumnWord)
USUAL: tuple[ColumnWord, ...] = ("due", "subject", "stage", "next_role", "officer", "district", "sector", "opened")
HEADS: dict[ColumnWord, str] = {"closed": "closed_at", "musts": "musts_now"}
"""The words of a head, where they are not those of the column's own name."""


def columns_chosen(value: Any) -> Any:
    """`columns=due,stage` or one for each, in the order of the address; the subject cannot be left out.

    None for the usual ones: an address says nothing that goes without saying.
    """
    if not isinstance(value, str | list | tuple):
        return value
    given = [value] if isinstance(value, str) else [str(one) for one in cast("Sequence[object]", value)]
    names = tuple(dict.fromkeys(name.strip() for one in given for name in one.split(",") if name.strip()))
    if not names:
        return None
    chosen = names if "subject" in names else ("subject", *names)
    return None if chosen == USUAL else chosen


def heading(column: ColumnWord) -> str:
    """The key of the word that stands over the column."""
    return HEADS.get(column, column)


def said(column: ColumnWord, row: CaseRow, musts: tuple[str, ...], words: Mapping[str, Callable[..., str]]) -> str:
    """What the column says of a case, in a file; nothing where the page shows a dash."""
    t, word, name = words["t"], words["word"], words["name"]
    match column:
        case "due":
            return say_due(row.due_at) if row.due_at else ""
        case "subject":
            return row.subject_name
        case "stage":
            return word("outcomes", row.outcome) if row.outcome else word("stages", row.stage)
        case "listed":
            return t(f"listed_{row.listed}") if row.listed else ""
        case "next_role":
            return words["role"](row.next_role) if row.next_role else ""
        case "officer":
            return t("comma").join(row.officers)
        case "musts":
            return t("comma").join(word("musts", must) for must in musts)
        case "district":
            return name("district", row.district)
        case "street":
            return row.street or ""
        case "sector":
            return name("sector", row.sector) if row.sector else ""
        case "source":
            return t(f"from_{row.source}")
        case "opened":
            return day_of(row.opened_at).isoformat()
        case "closed":
            return day_of(row.closed_at).isoformat() if row.closed_at else ""
