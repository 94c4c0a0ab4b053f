"""The compound file that an .xls is: the names of its streams, and one stream whole. Child only."""

import struct
from dataclasses import dataclass

from ledgers.reading.refusal import Refusal

_END = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""
_ENTRY = 128
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the directory: its name, whether it is a stream, where it begins, its bytes."""

    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """A compound file held in memory; every chain is followed at most once round."""

    def __init__(self, content: bytes):
        self.content = content
        try:
            shift, mini_shift = struct.unpack_from("<HH", content, 30)
            if shift not in (9, 12) or mini_shift != 6:
                raise Refusal("damaged", reason="sector size")
            self.sector, self.mini_sector = 1 << shift, 1 << mini_shift
            (directory,) = struct.unpack_from("<I", content, 48)
            self.cutoff, mini_fat = struct.unpack_from("<II", content, 56)
            self.fat = self._table(self._fat_sectors())
            self.entries = tuple(self._entries(self._chain(directory, self.fat)))
            self.mini_fat = self._table(self._chain(mini_fat, self.fat))
        except struct.error:
            raise Refusal("damaged", reason="compound file") from None

    def names(self) -> set[str]:
        """The names of all streams and storages."""
        return {entry.name for entry in self.entries}

    def stream(self, *names: str) -> bytes | None:
        """The content of the first stream of one of the names; None if there is none."""
        for name in names:
            for entry in self.entries:
                if entry.kind == _STREAM and entry.name == name:
                    return self._content(entry)
        return None

    def _content(self, entry: Entry) -> bytes:
        if entry.size >= self.cutoff:
            whole = b"".join(self._at(s) for s in self._chain(entry.start, self.fat))
            return whole[: entry.size]
        root = next((e for e in self.entries if e.kind == _ROOT), None)
        if root is None:
            raise Refusal("damaged", reason="no root entry")
        mini = b"".join(self._at(s) for s in self._chain(root.start, self.fat))
        size = self.mini_sector
        chain = self._chain(entry.start, self.mini_fat)
        return b"".join(mini[s * size : (s + 1) * size] for s in chain)[: entry.size]

    def _at(self, sector: int) -> bytes:
        begin = (sector + 1) * self.sector
        return self.content[begin : begin + self.sector]

    def _chain(self, start: int, table: list[int]) -> list[int]:
        chain: list[int] = []
        while start < _END:
            if start >= len(table) or len(chain) > len(table):
                raise Refusal("damaged", reason="sector chain")
            chain.append(start)
            start = table[start]
        return chain

    def _table(self, sectors: list[int]) -> list[int]:
        joined = b"".join(self._at(s) for s in sectors)
        return list(struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4]))

    def _fat_sectors(self) -> list[int]:
        found = [s for s in struct.unpack_from("<109I", self.content, 76) if s < _END]
        (following,) = struct.unpack_from("<I", self.content, 68)
        most = len(self.content) // self.sector + 1
        for _ in range(most):
            if following >= _END:
                break
            block = self._at(following)
            numbers = struct.unpack(f"<{len(block) // 4}I", block)
            found += [s for s in numbers[:-1] if s < _END]
            following = numbers[-1]
        if len(found) > most:
            raise Refusal("damaged", reason="allocation table")
        return found

    def _entries(self, chain: list[int]) -> list[Entry]:
        joined = b"".join(self._at(s) for s in chain)
        found: list[Entry] = []
        for begin in range(0, len(joined) - _ENTRY + 1, _ENTRY):
            (length,) = struct.unpack_from("<H", joined, begin + 64)
            if not 2 <= length <= 64:
                continue
            name = joined[begin : begin + length - 2].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<II", joined, begin + 116)
            found.append(Entry(name, joined[begin + 66], start, size))
        return found
