"""What a form tells the browser that keeps what is typed into it, and what is told where things have moved on since."""

import hashlib

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


def moved_on() -> Trouble:
    """409: somebody changed meanwhile the very thing that this would change."""
    zh, en = "打开表单后，该事项已有变动，本次未提交", "this was changed since the form was opened; nothing was done"
    remedy = {
        "remedy_zh": "请核对下列变动；仍需办理的，再次提交",
        "remedy_en": "look at what changed; send it again if it still holds",
    }
    return Trouble(409, "moved_on", zh, en, **remedy)
