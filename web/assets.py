"""Static files: our own, and those of the front-end packages that `make setup` lays into `build`.

Their addresses carry a digest, so a browser may keep them for ever; without it they are asked for by ETag. Modules that
import each other by their names stand under the digest of all of them, so that no two versions meet.
"""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HERE = Path(__file__).parent
_FOLDERS = {"static": _HERE / "static", "build": _HERE / "build"}
_OF_MODULES = ("site",)
"""The folders in `static` whose modules import each other."""
_WORKER = "site/worker.js"
"""The only script that may stand between a page and us; of no other page than `/site`."""
_NEEDED = ("htmx.min.js", "tabler.min.css")


def missing() -> list[str]:
    """The files of the front-end packages that are not there."""
    return [name for name in _NEEDED if not (_FOLDERS["build"] / name).is_file()]


@cache
def address(folder: str, name: str) -> str:
    """The address of a file, with its digest."""
    digest = hashlib.sha256((_FOLDERS[folder] / name).read_bytes()).hexdigest()[:12]
    return f"/{folder}/{name}?v={digest}"


@cache
def module(folder: str, name: str) -> str:
    """The address of a module of a folder in `static`, under the digest of the whole folder."""
    return f"/modules/{_digest_of(folder)}/{folder}/{name}"


@cache
def _digest_of(folder: str) -> str:
    found = sorted((_FOLDERS["static"] / folder).glob("*.js"))
    return hashlib.sha256(b"\0".join(one.read_bytes() for one in found)).hexdigest()[:12]


class _Kept(StaticFiles):
    """Says how long a file may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        asked: Any = scope["query_string"]
        kept = "public, max-age=31536000, immutable" if asked.startswith(b"v=") else "no-cache"
        response.headers["Cache-Control"] = kept
        if path == _WORKER:
            response.headers["Service-Worker-Allowed"] = "/site"
        return response


class _Modules(StaticFiles):
    """Modules under their digest; under another one there is nothing."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        digest, _, name = path.partition("/")
        folder = name.partition("/")[0]
        if folder not in _OF_MODULES or digest != _digest_of(folder):
            raise HTTPException(404)
        response = await super().get_response(name, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def serve(app: FastAPI) -> None:
    """Both folders, and the modules of one of them."""
    mimetypes.add_type("application/manifest+json", ".webmanifest")
    app.mount("/modules", _Modules(directory=_FOLDERS["static"]), name="modules")
    for name, folder in _FOLDERS.items():
        app.mount(f"/{name}", _Kept(directory=folder, check_dir=False), name=name)
