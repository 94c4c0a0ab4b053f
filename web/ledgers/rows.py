"""The rows of an import or of its undoing as a person knows them: about whom, and what the ledger says of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.jobs import ChangedRow, LedgerRow, UndoChange
from rules.words.naming import Both
from serving.backing import Backing
from store.jobs import StoredItem
from store.ledger_rows import case_subjects
from store.subject_search import subject_names
from web.words import WORDS


class RowTold(NamedTuple):
    """A row; `subject` and `found` are empty where the reader may not know them, `case_id` where it is none to read."""

    item: StoredItem
    subject: str
    found: Both
    case_id: str | None


def rows_told(behind: Backing, items: Sequence[StoredItem], *, is_own: bool) -> tuple[RowTold, ...]:
    """These rows; of another's import those alone whose case the reader reads are told in full."""
    readable = cases_read(behind, items)
    subjects = subjects_of(behind, items, readable)
    return tuple(
        RowTold(
            item,
            subjects.get(item.number, "") if is_own or case_of(item) in readable else "",
            _found(item) if is_own or case_of(item) in readable else Both("", ""),
            case_of(item) if case_of(item) in readable else None,
        )
        for item in items
    )


def case_of(item: StoredItem) -> str | None:
    """The case that a row is about, as soon as it has one."""
    return (item.result.case_id if item.result else None) or getattr(item.body, "case_id", None)


def cases_read(behind: Backing, items: Iterable[StoredItem]) -> dict[str, str]:
    """Of the cases that rows are about those that are there and that the reader may read, with their subjects."""
    named = sorted({case_id for item in items if (case_id := case_of(item))})
    return case_subjects(behind.engine, named) if named else {}


def subjects_of(behind: Backing, items: Sequence[StoredItem], cases: dict[str, str]) -> dict[int, str]:
    """The name of the subject of each row that has one, by the row's number: the register's, else the ledger's."""
    ids = {item.body.subject_id for item in items if isinstance(item.body, LedgerRow)}
    known = subject_names(behind.engine, sorted(ids)) if ids else {}

    def name(item: StoredItem) -> str:
        if isinstance(item.body, LedgerRow):
            new = item.body.facts.name if item.body.facts else ""
            return known.get(item.body.subject_id) or new or cases.get(case_of(item) or "", "")
        return cases.get(case_of(item) or "", "")

    return {item.number: name(item) for item in items}


_NOTHING = Both(*("；".join((WORDS["finds_nothing"][n], WORDS["finds_nothing_still"][n])) for n in (0, 1)))


def _found(item: StoredItem) -> Both:
    match item.body:
        case LedgerRow(findings=findings):
            said = "；".join(one.description for one in findings)
            return Both(said, said) if said else _NOTHING
        case ChangedRow(ref=ref) | UndoChange(ref=ref):
            return Both(*(text.format(ref=ref) for text in WORDS["changes_finding"]))
        case _:
            return Both("", "")
