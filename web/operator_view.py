"""What the Temporal UI's port shows beside the UI: an entrance that lays down columns, and the way to a case's page.

The UI keeps the columns of its list in the browser, for each namespace; no server can preset them. So `/` of its port
is a page of ours that lays down those of cases where none are, and goes on to the list. Details of a workflow name
their case as `/rectify/case/…`, without an address that might have changed since; here it is known.
"""

from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.wire import CAMPAIGN_ATTRIBUTE, CASE_LINK, DISTRICT_ATTRIBUTE, DUE_ATTRIBUTE, STAGE_ATTRIBUTE
from web.render import case_url

COLUMNS = ("Status", "Workflow ID", STAGE_ATTRIBUTE, DUE_ATTRIBUTE, DISTRICT_ATTRIBUTE, CAMPAIGN_ATTRIBUTE, "Start")
_SCRIPT = "/rectify/columns.js"
_FILE = Path(__file__).parent / "static" / "columns.js"
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>rectify · Temporal</title>
<script src="{script}" data-namespace="{namespace}" data-columns="{columns}"></script></head>
<body><p><a href="/namespaces/{namespace}/workflows">工作流列表 · List of workflows</a></p></body>
</html>
"""


def beside_the_ui(request: Request, namespace: str, pages: str) -> Response | None:
    """The answer to an address that is not the UI's; None for all others. `pages`: where their case's page is."""
    path = request.url.path
    if path == _SCRIPT:
        return Response(_script(), media_type="text/javascript")
    if path.startswith(f"{CASE_LINK}case/"):
        return RedirectResponse(f"{pages}{case_url(path.removeprefix(CASE_LINK))}", 303)
    if path != "/":
        return None
    named = {"script": _SCRIPT, "namespace": escape(namespace), "columns": ",".join(COLUMNS)}
    return HTMLResponse(_PAGE.format(**named))


@cache
def _script() -> str:
    return _FILE.read_text(encoding="utf-8")
