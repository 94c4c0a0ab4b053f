"""What was done just before a form was opened, where one led to the next."""

from rules.words.terms import COMMANDS
from serving.filter_words import names_a_case


def done_before(done: str, done_in: str) -> dict[str, str | None]:
    """The command and its case, as the page of the form says them; None for whatever else the address holds."""
    return {"done": done if done in COMMANDS else None, "done_in": done_in if names_a_case(done_in) else None}
