"""From one form to the next: where it leads, and what was done just before."""

from rules.words.terms import COMMANDS
from serving.filter_words import names_a_case
from web.lists.back import Back
from web.render import link


def done_before(done: str, done_in: str) -> dict[str, str | None]:
    """The command and its case, as the page of the form says them; None for whatever else the address holds."""
    return {"done": done if done in COMMANDS else None, "done_in": done_in if names_a_case(done_in) else None}


def next_after(back: Back | None, case_id: str, do: str) -> str:
    """Where somebody goes on who has done something in a case: to what is next in the list that it was opened from."""
    kept = back.query.address if back and back.path == "/work" else {}
    return link("/work/next", **kept, done=do, about=case_id)
