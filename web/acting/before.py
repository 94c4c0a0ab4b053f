"""From one form to the next: where it leads, and what was done just before."""

from typing import NamedTuple

from models.actors import Actor
from rules.words.naming import Both
from rules.words.terms import COMMANDS
from serving.backing import Backing
from serving.filter_words import names_a_case
from store.ledger_rows import case_subjects
from web.acting.told import after_declaring
from web.lists.back import Back
from web.render import link


class DoneBefore(NamedTuple):
    """A command that was given just before the page was opened; `but`: what is to be known of it all the same."""

    do: str
    case_id: str | None
    subject: str | None
    but: tuple[Both, ...]


def done_before(behind: Backing, who: Actor, done: str | None, about: str | None) -> DoneBefore | None:
    """The command and its case as an address names them; None for whatever else it holds."""
    if done not in COMMANDS:
        return None
    case_id = about if names_a_case(about or "") else None
    subject = case_subjects(behind.engine, [case_id]).get(case_id) if case_id else None
    return DoneBefore(done, case_id, subject, after_declaring(behind, who, done, case_id))


def next_after(back: Back | None, case_id: str, do: str) -> str:
    """Where somebody goes on who has done something in a case: to what is next in the list that it was opened from."""
    kept = back.query.address if back and back.path == "/work" else {}
    return link("/work/next", **kept, done=do, about=case_id)
