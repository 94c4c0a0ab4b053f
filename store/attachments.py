"""What was taken in for a case: a row a file, with what its picture says of itself; named by a step, it stays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, text

from models.base import Frozen
from models.files import AttachedFile, CaseFile
from store.differences import Difference, difference
from store.files import Files, Kind
from store.files_trouble import FilesTrouble

MOST = 600
"""Files of a case that may lie there, named or not."""
MOST_OF_ENTERPRISE = 300
"""Of these, what came from the enterprise's own people: it cannot keep out what officials bring."""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:case_id, 2))")
_COLUMNS = 'sha256, name, media, size, "by", at, width, height, taken_at'
_KEPT = "(named_seq IS NOT NULL OR at > clock_timestamp() - interval '29 days')"
"""A day less than what is deleted (`store/retention.py`): what a command may name does not go meanwhile."""
_NAMED = text("""UPDATE attachments SET named_seq = :seq
WHERE case_id = :case_id AND sha256 = ANY(:hashes) AND named_seq IS NULL""")
_BATCH = 500


class TooManyFiles(Exception):
    """The case has as many files as it may have."""


class Look(Frozen):
    """What a picture says of itself: pixels upright, when it was taken, and its EXIF, tag by tag."""

    width: int
    height: int
    taken_at: datetime | None = None
    exif: dict[str, str] = {}  # noqa: RUF012 -- pydantic copies defaults


class Attachment(AttachedFile):
    """A file that was taken in: by whom and when (wall time), and the size of its picture."""

    by: str
    at: datetime
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None

    @property
    def file(self) -> AttachedFile:
        """As a command names it."""
        return AttachedFile(sha256=self.sha256, name=self.name, media=self.media, size=self.size)


def keep(
    engine: Engine,
    files: Files,
    case_id: str,
    file: AttachedFile,
    by: str,
    contents: Mapping[Kind, IO[bytes]],
    look: Look | None = None,
) -> AttachedFile:
    """Take in a file: row and contents, or neither. One that the case has already keeps its name.

    TooManyFiles beyond `MOST`, or `MOST_OF_ENTERPRISE`; FilesTrouble where their place does not take it.
    """
    row: dict[str, Any] = {**file.model_dump(), "case_id": case_id, "by": by, "most": MOST}
    row |= {"most_of_enterprise": MOST_OF_ENTERPRISE}
    row |= {"width": None, "height": None, "taken_at": None, "exif": None}
    if look is not None:
        row |= {**look.model_dump(exclude={"exif"}), "exif": to_json(look.exif).decode()}
    with engine.begin() as connection:
        connection.execute(_LOCK, row)  # whoever deletes what nobody named waits, or has done so
        kept = connection.execute(_KEEP, row).mappings().first()
        if kept is None:
            raise TooManyFiles
        files.keep(case_id, file.sha256, contents)
    return AttachedFile.model_validate(dict(kept))


_KEEP = text("""
INSERT INTO attachments (case_id, sha256, name, media, size, "by", width, height, taken_at, exif)
SELECT :case_id, :sha256, :name, :media, :size, :by, CAST(:width AS integer), CAST(:height AS integer),
    CAST(:taken_at AS timestamptz), CAST(:exif AS jsonb)
WHERE EXISTS (SELECT FROM attachments WHERE case_id = :case_id AND sha256 = :sha256)
    OR (SELECT count(*) < :most AND (NOT starts_with(:by, 'enterprise:')
            OR count(*) FILTER (WHERE starts_with("by", 'enterprise:')) < :most_of_enterprise)
        FROM attachments WHERE case_id = :case_id)
ON CONFLICT (case_id, sha256) DO UPDATE SET at = CASE WHEN attachments.named_seq IS NULL THEN clock_timestamp()
    ELSE attachments.at END
RETURNING sha256, name, media, size
""")


def attachments(engine: Engine, case_id: str, hashes: Collection[str] | None = None) -> tuple[Attachment, ...]:
    """The files of a case in the order in which they came, or those of these hashes; of what may go soon none."""
    sql = f"""SELECT {_COLUMNS} FROM attachments WHERE case_id = :case_id AND {_KEPT}
        AND (CAST(:hashes AS text[]) IS NULL OR sha256 = ANY(:hashes)) ORDER BY at, sha256"""
    asked = {"case_id": case_id, "hashes": None if hashes is None else list(hashes)}
    with engine.connect() as connection:
        return tuple(Attachment.model_validate(dict(row)) for row in connection.execute(text(sql), asked).mappings())


def unknown_of(engine: Engine, case_id: str, files: Sequence[AttachedFile]) -> AttachedFile | None:
    """The first of the files that was not taken in for this case as it is named."""
    if not files:
        return None
    known = {_as_named(one) for one in attachments(engine, case_id, [file.sha256 for file in files])}
    return next((file for file in files if _as_named(file) not in known), None)


def _as_named(file: AttachedFile) -> tuple[str, str, str, int]:
    return file.sha256, file.name, file.media, file.size


def name_files(connection: Connection, case_id: str, named: Sequence[tuple[int, AttachedFile | CaseFile]]) -> None:
    """From now on these files stay: the step of that number names them. Part of the caller's transaction."""
    for seq in sorted({seq for seq, _ in named}):
        hashes = [file.sha256 for at, file in named if at == seq]
        connection.execute(_NAMED, {"case_id": case_id, "seq": seq, "hashes": hashes})


def check_rows(connection: Connection, case_id: str, named: Sequence[CaseFile]) -> list[Difference]:
    """Files that a log names, and that the table does not have, or not so."""
    sql = text("SELECT sha256, name, media, size FROM attachments WHERE case_id = :id AND named_seq IS NOT NULL")
    if not named:
        return []
    rows = {tuple(row) for row in connection.execute(sql, {"id": case_id})}
    gone = {file.sha256 for file in named if _as_named(file) not in rows}
    return [difference("file_row_gone", case_id, sha256=sha256) for sha256 in sorted(gone)]


def check_files(engine: Engine, files: Files, *, every_byte: bool) -> list[Difference]:
    """Named files that are missing in their place, or changed there: by their size, or by every byte.

    Where the place does not answer that is told, and no more: nothing is said to be missing then.
    """
    try:
        return list(_wrong_files(engine, files, every_byte=every_byte))
    except FilesTrouble as trouble:
        return [difference("files_away", "", zh=trouble.zh, en=trouble.en)]


def _wrong_files(engine: Engine, files: Files, *, every_byte: bool) -> Iterator[Difference]:
    last = ("", "")
    sql = text("""SELECT case_id, sha256, size FROM attachments WHERE named_seq IS NOT NULL
        AND (case_id, sha256) > (:case_id, :sha256) ORDER BY case_id, sha256 LIMIT :limit""")
    while True:
        with engine.connect() as connection:
            asked = {"case_id": last[0], "sha256": last[1], "limit": _BATCH}
            rows = connection.execute(sql, asked).all()
        sizes = files.sizes([(case_id, sha256) for case_id, sha256, _ in rows])
        for (case_id, sha256, size), there in zip(rows, sizes, strict=True):
            if there is None:
                yield difference("file_missing", case_id, sha256=sha256)
            elif there != size or (every_byte and files.measured(case_id, sha256) != (sha256, size)):
                yield difference("file_changed", case_id, sha256=sha256)
        if len(rows) < _BATCH:
            return
        last = (rows[-1].case_id, rows[-1].sha256)
