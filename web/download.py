"""A file that is made for one answer: written to disk row by row, streamed, and deleted after it."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA = {".csv": "text/csv; charset=utf-8", ".xlsx": XLSX}


def download(name: str, write: Callable[[Path], object], plain: str = "ledger") -> FileResponse:
    """The file that is written for this answer alone; `plain`: its name for browsers that know ASCII only."""
    folder, suffix = tempfile.TemporaryDirectory(prefix="download-"), Path(name).suffix
    try:
        path = Path(folder.name) / f"{plain}{suffix}"
        write(path)
    except BaseException:
        folder.cleanup()
        raise
    named = f"attachment; filename={plain}{suffix}; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": named}
    return FileResponse(path, media_type=_MEDIA[suffix], headers=headers, background=BackgroundTask(folder.cleanup))
