"""What a form tells the browser that keeps what is typed into it, and what is told where things have moved on since."""

import hashlib
import uuid

from fastapi import Request, Response

from serving.cookies import cookie_name, is_encrypted
from serving.problems import Trouble

SEEN = "seen"
"""The hidden field that says how far things were when the form was opened."""
TAKEN_COOKIE = "rectify_taken"
_UNTIL_READ = 600
"""Seconds."""


def draft_name(*of: str) -> str:
    """The name under which the browser keeps what is typed into the form; it says nothing about what the form is of."""
    return hashlib.sha256("\0".join(of).encode()).hexdigest()[:16]


def taken_up(request: Request, answer: Response, name: str) -> Response:
    """What was typed was taken: the next page has the browser forget it, so scripts may read this cookie."""
    called, secure = cookie_name(request, TAKEN_COOKIE), is_encrypted(request)
    answer.set_cookie(called, name, max_age=_UNTIL_READ, path="/", secure=secure, samesite="lax")
    return answer


USED = "command_id_reused"
_USED = frozenset({USED, "issued_already", "issued_otherwise"})


def unless_used(trouble: Trouble, command_id: str) -> tuple[Trouble, str]:
    """Of a form whose id was used for something else, sent from another tab perhaps: what to do, and another id.

    Without one neither this form nor one that is opened afresh, with what was typed, could ever be sent.
    """
    if trouble.problem.code not in _USED:
        return trouble, command_id
    if trouble.problem.code != USED:
        return trouble, str(uuid.uuid4())
    zh, en = (
        "本表已提交过，内容与此不同，本次未办理",
        "this form was handed in before, with other content; nothing was done now",
    )
    remedy = {
        "remedy_zh": "可能是在另一页面提交的，请核对；仍需办理的，再次提交",
        "remedy_en": "from another tab, perhaps: look at what became of it; send it again if this is to be done too",
    }
    return Trouble(409, USED, zh, en, rule=trouble.problem.rule, **remedy), str(uuid.uuid4())


def moved_on() -> Trouble:
    """409: somebody changed meanwhile the very thing that this would change."""
    zh, en = "打开表单后，该事项已有变动，本次未提交", "this was changed since the form was opened; nothing was done"
    remedy = {
        "remedy_zh": "请核对下列变动；仍需办理的，再次提交",
        "remedy_en": "look at what changed; send it again if it still holds",
    }
    return Trouble(409, "moved_on", zh, en, **remedy)
