"""What was done just before a form was opened, where one led to the next."""

import re

from rules.words.terms import COMMANDS
from serving.filter_words import CaseIdConvertor


def done_before(done: str, done_in: str) -> dict[str, str | None]:
    """The command and its case, as the page of the form says them; None for whatever else the address holds."""
    is_case = re.fullmatch(CaseIdConvertor.regex, done_in) is not None
    return {"done": done if done in COMMANDS else None, "done_in": done_in if is_case else None}
