"""Static files: our own, and those of the front-end packages that `make setup` lays into `build`.

Their addresses carry a digest, so a browser may keep them for ever; without it they are asked for by ETag.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HERE = Path(__file__).parent
_FOLDERS = {"static": _HERE / "static", "build": _HERE / "build"}
_NEEDED = ("htmx.min.js", "tabler.min.css")


def missing() -> list[str]:
    """The files of the front-end packages that are not there."""
    return [name for name in _NEEDED if not (_FOLDERS["build"] / name).is_file()]


@cache
def address(folder: str, name: str) -> str:
    """The address of a file, with its digest."""
    digest = hashlib.sha256((_FOLDERS[folder] / name).read_bytes()).hexdigest()[:12]
    return f"/{folder}/{name}?v={digest}"


class _Kept(StaticFiles):
    """Says how long a file may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        asked: Any = scope["query_string"]
        kept = "public, max-age=31536000, immutable" if asked.startswith(b"v=") else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def serve(app: FastAPI) -> None:
    """Both folders."""
    for name, folder in _FOLDERS.items():
        app.mount(f"/{name}", _Kept(directory=folder, check_dir=False), name=name)
