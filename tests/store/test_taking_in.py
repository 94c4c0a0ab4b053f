"""Files of cases: told by their bytes, kept whole with their hash, copied upright without EXIF, or refused."""

import io
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image
from psycopg import errors
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from desk.evidence import NotTakenIn, fitting_name, take_in
from desk.pictures import COPY_SIDE, THUMB_SIDE
from engine.connection import Services
from models.audit import AuditActor
from models.files import LARGEST_FILE, AttachedFile
from models.instants import BEIJING
from store.attachments import attachments, check_files, unknown_of
from store.campaigns import Campaign
from store.files import Files, hash_in, key_of
from store.files_trouble import FilesTrouble
from store.folder import Folder
from store.retention import delete_expired
from store.verify import check_case, rebuild_case
from tests.cast import ENTERPRISE, INSPECTOR, actor
from tests.durable.office import command
from tests.pictures import EXIF, heic, jpeg, saved
from tests.store.paper import on_paper, write

CASE = "case/karamay-2013-2027/files"
OFFICE_TYPE = "application/vnd.openxmlformats-officedocument."


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Folder(tmp_path / "files"))


def taken(engine: Engine, files: Files, content: bytes, name: str = "照片.jpg", case_id: str = CASE) -> AttachedFile:
    return take_in(engine, files, case_id, actor(INSPECTOR), name, io.BytesIO(content))


def refused(engine: Engine, files: Files, content: bytes, name: str = "照片.jpg") -> tuple[int, str]:
    with pytest.raises(NotTakenIn) as told:
        taken(engine, files, content, name)
    assert all(any("一" <= c <= "鿿" for c in zh) for zh in (told.value.said.zh, told.value.remedy.zh))
    assert attachments(engine, CASE) == () and not list(files.listed()), "no half of it stays"
    return told.value.status, told.value.code


def opened(files: Files, file: AttachedFile, kind: Any) -> Image.Image:
    return Image.open(io.BytesIO(held(files, file, kind)))


def held(files: Files, file: AttachedFile, kind: Any = "original") -> bytes:
    content = files.open(CASE, file.sha256, kind)
    assert content is not None
    with content:
        return content.read()


def packed(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return target.getvalue()


def originals(files: Files) -> list[str]:
    return [sha256 for key, _ in files.listed() if (sha256 := hash_in(key))]


def row(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM attachments")).mappings().one()


def test_a_photo_is_kept_as_it_came_and_shown_upright_without_what_it_says_aside(engine: Engine, files: Files) -> None:
    content = jpeg(3000, 2000, turned=6)
    file = taken(engine, files, content, "C:\\图\\现场\u202e.jpg")
    assert (file.name, file.media, file.size) == ("现场.jpg", "image/jpeg", len(content))
    assert held(files, file) == content
    for kind, side in (("copy", COPY_SIDE), ("thumb", THUMB_SIDE)):
        copy = opened(files, file, kind)
        assert copy.format == "JPEG" and max(copy.size) == side and copy.height > copy.width
        assert not dict(copy.getexif()) and b"Telephone" not in held(files, file, kind)
        red, green, _ = copy.convert("RGB").getpixel((copy.width - 4, 3))  # pyright: ignore[reportGeneralTypeIssues]
        assert red > 180 > green, "turned by a quarter: the mark is at the right"
    kept = row(engine)
    assert (kept["width"], kept["height"], kept["by"]) == (2000, 3000, INSPECTOR)
    assert kept["taken_at"] == datetime(2027, 5, 10, 8, 30, tzinfo=BEIJING)
    assert kept["exif"]["Model"] == EXIF["Model"] and kept["exif"]["GPSLatitudeRef"] == "N"


def test_what_telephones_and_offices_send_is_known_by_its_bytes(engine: Engine, files: Files) -> None:
    expected = {
        "image/heic": heic(),
        "image/png": saved("PNG"),
        "image/webp": saved("WEBP"),
        "application/pdf": b"%PDF-1.7\n%%EOF",
        f"{OFFICE_TYPE}spreadsheetml.sheet": packed("xl/workbook.xml"),
        f"{OFFICE_TYPE}wordprocessingml.document": packed("word/document.xml"),
    }
    found = {media: taken(engine, files, content, "x.exe") for media, content in expected.items()}
    assert {media: file.media for media, file in found.items()} == {media: media for media in expected}
    assert {Path(file.name).suffix for file in found.values()} == {".heic", ".png", ".webp", ".pdf", ".xlsx", ".docx"}
    assert opened(files, found["image/heic"], "copy").size == (640, 480)
    assert files.open(CASE, found["application/pdf"].sha256, "thumb") is None


def bomb() -> bytes:
    """A PNG that says it is 60,000 pixels wide and high, in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (lambda: b"just text in a .jpg", 415, "file_kind"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "file_kind"),
        (lambda: saved("GIF"), 415, "file_kind"),
        (lambda: packed("xl/workbook.xml", "xl/vbaProject.bin"), 415, "file_kind"),
        (lambda: packed("evil.exe"), 415, "file_kind"),
        (lambda: jpeg()[:-3000], 415, "file_broken"),
        (bomb, 413, "picture_too_large"),
        (lambda: b"", 422, "file_empty"),
        (lambda: b"\xff" * (LARGEST_FILE + 1), 413, "file_too_large"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(
    engine: Engine, files: Files, content: Any, status: int, code: str
) -> None:
    assert refused(engine, files, content()) == (status, code)


NAMES = {
    "../../etc/passwd": "passwd.jpg",
    "a\nb\x07.JPG": "ab.JPG",
    "": "file.jpg",
    "长" * 300: "长" * 196 + ".jpg",
}


@pytest.mark.parametrize("written", NAMES)
def test_a_name_is_a_name_and_fits_what_the_file_is(written: str) -> None:
    assert fitting_name(written, "image/jpeg") == NAMES[written]


def test_a_command_names_what_was_taken_in_for_its_own_case_alone(engine: Engine, files: Files) -> None:
    file = taken(engine, files, jpeg())
    assert taken(engine, files, jpeg(), "anders.jpg") == file, "sent again it is the same"
    assert unknown_of(engine, CASE, [file]) is None
    for other in ({"name": "x.jpg"}, {"media": "image/png"}, {"size": 1}, {"sha256": f"sha256:{'0' * 64}"}):
        assert unknown_of(engine, CASE, [file, file.model_copy(update=other)]) is not None
    assert unknown_of(engine, f"{CASE}-2", [file]) is not None


def test_where_the_disk_takes_nothing_no_row_stays(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(FilesTrouble):
        taken(engine, Files(Folder(tmp_path / "files")), jpeg())
    assert attachments(engine, CASE) == ()


@pytest.fixture
def named(services: Services, campaign: Campaign, files: Files) -> AttachedFile:
    """A file that a step of a case names, beside one that none names."""
    case_id = f"case/{campaign.campaign_id}/files"
    assert case_id == CASE
    file = taken(services.engine, files, jpeg())
    taken(services.engine, files, jpeg(mark="blue"), "unnamed.jpg")
    attach = command("attach", files=[file.model_dump()])
    write(services.engine, campaign.plan, on_paper(campaign, case_id, [("05-10", attach)]))
    return file


def test_what_a_step_names_stays_and_what_none_names_goes(
    services: Services, superuser: psycopg.Connection, named: AttachedFile, files: Files
) -> None:
    engine, by = services.engine, AuditActor(account="schedule")
    superuser.execute("ALTER TABLE attachments DISABLE TRIGGER USER")
    superuser.execute("UPDATE attachments SET at = at - interval '31 days'")
    superuser.execute("ALTER TABLE attachments ENABLE TRIGGER USER")
    superuser.commit()
    assert [file.name for file in attachments(engine, CASE)] == [named.name], "what may go soon is named no more"
    later = {"unnamed_files": 30}
    assert delete_expired(engine, later, datetime.now(UTC), by, files, dry_run=True) == {"unnamed_files": 1}
    assert len(originals(files)) == 2
    assert delete_expired(engine, later, datetime.now(UTC), by, files) == {"unnamed_files": 1}
    assert originals(files) == [named.sha256]
    assert delete_expired(engine, {"unnamed_files": 0}, datetime.now(UTC) + timedelta(days=400), by, files) == {
        "unnamed_files": 0
    }
    for statement in ("DELETE FROM attachments", "UPDATE attachments SET name = 'x'", "TRUNCATE attachments"):
        with pytest.raises(errors.RaiseException):
            superuser.execute(statement)  # pyright: ignore[reportArgumentType]
        superuser.rollback()
    with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as connection:
        connection.execute(text("DELETE FROM attachments"))


def test_a_file_that_is_missing_or_changed_is_told(
    services: Services, superuser: psycopg.Connection, named: AttachedFile, files: Files, tmp_path: Path
) -> None:
    engine, path = services.engine, tmp_path / "files" / key_of(CASE, named.sha256)
    assert check_files(engine, files, every_byte=True) == [] and check_case(engine, CASE) == []
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    assert check_files(engine, files, every_byte=False) == [], "its size alone tells nothing"
    assert [d.code for d in check_files(engine, files, every_byte=True)] == ["file_changed"]
    path.write_bytes(content[:-1])
    assert [d.code for d in check_files(engine, files, every_byte=False)] == ["file_changed"]
    path.unlink()
    [found] = check_files(engine, files, every_byte=False)
    assert (found.code, found.case_id) == ("file_missing", CASE) and named.sha256 in found.what
    superuser.execute("ALTER TABLE attachments DISABLE TRIGGER USER")
    superuser.execute("UPDATE attachments SET named_seq = NULL")
    superuser.commit()
    assert [d.code for d in check_case(engine, CASE)] == ["file_row_gone"]
    rebuild_case(engine, CASE)
    assert check_case(engine, CASE) == [] and row_of(engine, named)["named_seq"] == 2


def row_of(engine: Engine, file: AttachedFile) -> Any:
    with engine.connect() as connection:
        sql = text("SELECT * FROM attachments WHERE sha256 = :sha256")
        return connection.execute(sql, {"sha256": file.sha256}).mappings().one()


def test_an_enterprise_cannot_keep_out_what_officials_bring(
    engine: Engine, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.attachments.MOST", 5)
    monkeypatch.setattr("store.attachments.MOST_OF_ENTERPRISE", 3)

    def sent(who: str, mark: int) -> AttachedFile:
        return take_in(engine, files, CASE, actor(who), f"{mark}.jpg", io.BytesIO(jpeg(mark=f"#{mark * 40:02x}0000")))

    own = [sent(ENTERPRISE, n) for n in range(3)]
    with pytest.raises(NotTakenIn) as told:
        sent(ENTERPRISE, 3)
    assert (told.value.status, told.value.code) == (409, "too_many_files") and "of the enterprise" in told.value.said.en
    assert sent(ENTERPRISE, 0) == own[0], "sent again it is the same file"
    assert len([sent(INSPECTOR, n) for n in (4, 5)]) == 2
    with pytest.raises(NotTakenIn):
        sent(INSPECTOR, 6)
