"""The body of a form that a page sends: read within a time and a size, from our own pages alone."""

from urllib.parse import parse_qs

from fastapi import Request

from models.commands import printable
from serving.bodies import pieces
from serving.guard import foreign_page, is_foreign
from serving.problems import Trouble, one_field

Posted = dict[str, list[str]]
"""The values of each field, in the order of the page."""


async def form_values(request: Request, most: int, fields: int) -> Posted:
    """What the form holds, line ends as `\\n`; 403 for one that another page sent, 413 for a larger one.

    422 for more fields, and for a value with control characters.
    """
    if is_foreign(request):
        raise foreign_page()
    body = b"".join([piece async for piece in pieces(request, most, request.app.state.patience.command)])
    text = body.decode("utf-8", "replace")
    try:
        values = parse_qs(text, keep_blank_values=True, max_num_fields=fields, errors="replace")
    except ValueError:
        zh, en = f"表单最多 {fields} 项", f"a form has at most {fields} fields"
        raise Trouble(422, "too_many_fields", zh, en) from None
    return {_clean(name, name): [_clean(name, v) for v in found] for name, found in values.items()}


def _clean(name: str, value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return printable(value)
    except ValueError:
        shown = "".join(c for c in name if c.isprintable())
        raise one_field(shown or "form", "不得含有控制字符", "control characters are not allowed") from None
