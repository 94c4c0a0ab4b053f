"""Whatever an old .xls or another compound file does to its reader ends in sheets, or in a sentence (3.1.ledger)."""

import io
import math
import struct
from pathlib import Path

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers.reading.emit import Emitter
from ledgers.reading.limits import Limits
from ledgers.reading.read import read_book
from ledgers.reading.refusal import SENTENCES, Refusal
from ledgers.reading.xls import read_xls
from tests.ledgers.books import refused

_NUMBER, _RK, _LABEL = b"\x03\x02\x0e\x00", b"\x7e\x02\x0a\x00", b"\xfd\x00\x0a\x00"
"""Headers of records of cells in an .xls."""
NO_STREAM = 0xFFFFFFFF


def _compound(*streams: str) -> bytes:
    """A compound file with nothing but a directory of these names."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    struct.pack_into("<HHH", header, 28, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<III", header, 56, 4096, 0xFFFFFFFE, 0)
    struct.pack_into("<II", header, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *([0xFFFFFFFF] * 108))
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *([0xFFFFFFFF] * 126))
    directory = b""
    for number, (name, kind) in enumerate([("Root Entry", 5), *((s, 2) for s in streams)]):
        raw = name.encode("utf-16-le") + b"\0\0"
        entry = bytearray(raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + b"\0" * 60)
        following = number + 1 if 0 < number < len(streams) else NO_STREAM
        struct.pack_into("<III", entry, 68, NO_STREAM, following, NO_STREAM if number else 1)
        struct.pack_into("<I", entry, 116, 0xFFFFFFFE)
        directory += bytes(entry)
    return bytes(header) + fat + directory.ljust(512, b"\0")


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        (("EncryptionInfo", "EncryptedPackage"), "encrypted"),
        (("WordDocument",), "unsupported_format"),
        (("Book",), "unsupported_format"),
        (("Workbook", "_VBA_PROJECT_CUR"), "macros"),
    ],
)
def test_compound_files_are_told_apart(tmp_path: Path, streams: tuple[str, ...], code: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(_compound(*streams))
    assert refused(tmp_path / "a.xlsx").code == code


def test_an_old_xls_that_was_damaged_never_raises(tmp_path: Path) -> None:
    whole = (Path(__file__).parent / "old.xls").read_bytes()
    path = tmp_path / "b.xls"
    for place in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xA5]) + whole[place + 1 :])
        read_book(path)
        path.write_bytes(whole[:place])
        read_book(path)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["old.xls", "struck.xls"]),
    st.lists(st.tuples(st.integers(0, 6_000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=12),
    st.integers(0, 6_000),
)
def test_whatever_lies_in_an_old_xls_ends_in_sheets_or_in_a_refusal(
    name: str, written: list[tuple[int, bytes]], cut: int
) -> None:
    """xlrd and olefile raise all sorts of errors; the child would call any that passes here by its type alone."""
    content = bytearray((Path(__file__).parent / name).read_bytes())
    for place, put in written:
        content[place : place + len(put)] = put
    try:
        read_xls(io.BytesIO(bytes(content[: cut + 2_000])), Emitter(io.BytesIO(), Limits()))
    except Refusal as refusal:
        assert refusal.document()["code"] in SENTENCES


def test_a_directory_that_points_in_a_circle_is_a_refusal(tmp_path: Path) -> None:
    content = bytearray(_compound("One", "Two"))
    struct.pack_into("<III", content, 512 * 2 + 2 * 128 + 68, 1, 1, 1)  # of Two: both neighbours and the child are One
    (tmp_path / "a.xls").write_bytes(bytes(content))
    assert refused(tmp_path / "a.xls").code == "unsupported_format"


def test_a_number_that_is_none_is_damage_in_an_old_xls_too(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("台账").write(0, 0, math.pi)
    book.save(str(tmp_path / "a.xls"))
    content = (tmp_path / "a.xls").read_bytes()
    (tmp_path / "b.xls").write_bytes(content.replace(struct.pack("<d", math.pi), struct.pack("<d", float("nan"))))
    assert refused(tmp_path / "b.xls").code == "damaged"


def test_an_old_xls_that_claims_a_huge_grid_is_refused(tmp_path: Path) -> None:
    """Its number cells are moved to the last row and column: the records tell before a grid is laid out."""
    whole = bytearray((Path(__file__).parent / "old.xls").read_bytes())
    found = [place for place in range(len(whole) - 4) if whole[place : place + 4] in (_NUMBER, _RK, _LABEL)]
    assert found
    for place in found:
        struct.pack_into("<HH", whole, place + 4, 65_535, 200)
    path = tmp_path / "b.xls"
    path.write_bytes(bytes(whole))
    assert refused(path).code == "too_many_cells"
