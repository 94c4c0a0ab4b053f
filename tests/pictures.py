"""Pictures as telephones send them, drawn here: none of them shows anything."""

import io
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageDraw

EXIF = {"DateTimeOriginal": "2027:05:10 08:30:00", "Model": "Telephone 9", "GPSLatitude": "45.6"}
"""What the pictures say of themselves, among other things."""


def drawn(width: int = 640, height: int = 480, mark: str = "red") -> Image.Image:
    """A wall with a mark in its upper left corner, so that it shows which way is up."""
    picture = Image.new("RGB", (width, height), "gray")
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 4), fill=mark)
    return picture


def jpeg(width: int = 640, height: int = 480, *, turned: int = 1, mark: str = "red") -> bytes:
    """As a camera that was held on its side writes it: `turned` says how to turn it back."""
    target = io.BytesIO()
    drawn(width, height, mark).save(target, "JPEG", quality=80, exif=_exif(turned))
    return target.getvalue()


def heic(width: int = 640, height: int = 480) -> bytes:
    """As iPhones write it."""
    target = io.BytesIO()
    pillow_heif.from_pillow(drawn(width, height)).save(target, quality=60, exif=_exif(1).tobytes())
    return target.getvalue()


def saved(kind: str, **options: Any) -> bytes:
    """The picture in another format."""
    target = io.BytesIO()
    drawn().save(target, kind, **options)
    return target.getvalue()


def _exif(turned: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Model] = EXIF["Model"]
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = EXIF["DateTimeOriginal"]
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return exif
