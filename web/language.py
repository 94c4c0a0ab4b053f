"""The language of a page: asked for in the address, kept in a cookie, else the browser's, else Chinese."""

from typing import Literal
from urllib.parse import urlencode

from fastapi import Request, Response

from serving import cookies

Language = Literal["zh", "en"]
COOKIE = "rectify_lang"
_YEAR = 365 * 24 * 3600


def language_of(request: Request) -> Language:
    """The language to answer in."""
    for wanted in (request.query_params.get("lang"), cookies.kept(request, COOKIE)):
        if wanted in ("zh", "en"):
            return "en" if wanted == "en" else "zh"
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"


def keep(request: Request, response: Response) -> None:
    """Remember a language that the address asked for."""
    if (wanted := request.query_params.get("lang")) in ("zh", "en"):
        cookies.keep(request, response, COOKIE, wanted, seconds=_YEAR)


def switched(request: Request, language: Language) -> str:
    """The same address in the other language."""
    other = "zh" if language == "en" else "en"
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "lang" and value]
    return f"?{urlencode([*rest, ('lang', other)])}"
