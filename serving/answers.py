"""JSON as every answer shows it: instants with the Beijing offset, amounts as text, any text at all."""

import json
from typing import Any

from fastapi import Response

from views.plain import plain


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """One JSON document."""
    return Response(encoded(document), status, headers, "application/json")


def encoded(document: Any) -> bytes:
    """UTF-8, whatever the texts hold: half a character pair becomes a question mark."""
    return json.dumps(plain(document), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
