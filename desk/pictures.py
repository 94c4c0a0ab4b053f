"""Pictures as they are taken in: told by their bytes, opened whole, and copied upright without what they say aside.

The original is kept as it came. What pages show are copies of our own: JPEG, turned as the camera was held, without
EXIF. Nothing is opened that has more pixels than `MOST_PIXELS`, and only so many at once.
"""

import io
import struct
import threading
from datetime import datetime
from typing import IO, NamedTuple

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from models.files import Media
from models.instants import BEIJING
from models.typed import folded
from store.attachments import Look

MOST_PIXELS = 50_000_000
COPY_SIDE, THUMB_SIDE = 2000, 320
_MEDIA: dict[str, Media] = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # of telephones: a JPEG with a second picture behind it
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
_OPENED = ("JPEG", "PNG", "WEBP", "HEIF")
_ORIENTATION = ExifTags.Base.Orientation
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LONGEST_TAG = 300
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, ZeroDivisionError, struct.error, EOFError)
_opening = threading.BoundedSemaphore(2)

Image.MAX_IMAGE_PIXELS = None  # ours is asked before anything is opened, and refuses where Pillow's warns
pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] -- its options have no types


class TooManyPixels(Exception):
    """More than `MOST_PIXELS`: opened, it would take the machine's memory."""


class BrokenPicture(Exception):
    """It says that it is a picture, and cannot be opened to its end."""


class Seen(NamedTuple):
    """A picture: what it is, what it says of itself, and the copies to look at."""

    media: Media
    look: Look
    copy: bytes
    thumb: bytes


def seen(content: IO[bytes]) -> Seen | None:
    """The picture; None for what is none of ours. BrokenPicture and TooManyPixels for one that is not taken."""
    try:
        content.seek(0)
        picture = Image.open(content, formats=_OPENED)
    except UnidentifiedImageError:
        return None
    except _BROKEN as error:
        raise BrokenPicture from error
    with picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TooManyPixels
        with _opening:
            return _seen(picture)


def _seen(picture: Image.Image) -> Seen:
    said = _said(picture)
    turn = _turn(picture)
    width, height = picture.size[::-1] if turn in (5, 6, 7, 8) else picture.size
    media = _MEDIA[picture.format or ""]
    try:
        picture.draft("RGB", (COPY_SIDE, COPY_SIDE))
        picture.load()
        copy = _in_colours(picture)
        copy.thumbnail((COPY_SIDE, COPY_SIDE), Image.Resampling.LANCZOS)
    except (*_BROKEN, MemoryError) as error:
        raise BrokenPicture from error
    copy = copy.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else copy
    profile = picture.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
    look = Look(width=width, height=height, taken_at=_taken_at(said), exif=said)
    thumb = copy.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return Seen(media, look, _as_jpeg(copy, profile), _as_jpeg(thumb, profile))


def _in_colours(picture: Image.Image) -> Image.Image:
    """In RGB, what is transparent on white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _as_jpeg(picture: Image.Image, profile: bytes | None) -> bytes:
    """Nothing of the original's but pixels and the profile of their colours."""
    target = io.BytesIO()
    picture.info.clear()
    picture.save(target, "JPEG", quality=85, optimize=True, icc_profile=profile)
    return target.getvalue()


def _turn(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return 1


def _said(picture: Image.Image) -> dict[str, str]:
    """Every tag of the EXIF by its name, as text; nothing where it cannot be read."""
    try:
        exif = picture.getexif()
        groups = (
            (ExifTags.TAGS, dict(exif)),
            (ExifTags.TAGS, exif.get_ifd(ExifTags.IFD.Exif)),
            (ExifTags.GPSTAGS, exif.get_ifd(ExifTags.IFD.GPSInfo)),
        )
        return {
            str(names.get(tag, tag)): _plain(value)
            for names, tags in groups
            for tag, value in tags.items()
            if not isinstance(value, bytes | dict)
        }
    except _BROKEN:
        return {}


def _plain(value: object) -> str:
    return "".join(c for c in str(folded(str(value))) if c.isprintable())[:_LONGEST_TAG].strip()


def _taken_at(said: dict[str, str]) -> datetime | None:
    """When the picture was taken, by the camera's clock; in Beijing time where it does not say in which."""
    written = said.get("DateTimeOriginal") or said.get("DateTime", "")
    zone = said.get("OffsetTimeOriginal") or said.get("OffsetTime", "")
    try:
        at = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
        return datetime.fromisoformat(f"{at.isoformat()}{zone}") if zone else at.replace(tzinfo=BEIJING)
    except ValueError:
        return None
