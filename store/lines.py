"""A line of a case's log, as it is kept: read, or told why it cannot be."""

from models.base import is_newer
from models.events import Transition
from store.differences import BrokenLog, NewerLog, difference


def read_line(case_id: str, seq: int, body: str, *, chained: bool = True) -> Transition:
    """The transition; NewerLog for one that a newer version wrote, BrokenLog for one that nobody can have written.

    `chained`: whether the line is known to follow from those before it, or nobody asks just now.
    """
    try:
        return Transition.model_validate_json(body)
    except ValueError as error:
        if chained and is_newer(Transition, body):
            raise NewerLog(difference("line_newer", case_id, line=seq)) from error
        raise BrokenLog(difference("line_unreadable", case_id, line=seq)) from error
