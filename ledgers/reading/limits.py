"""How much a file may ask of us. The child that reads it is held to these by the kernel and by its own counting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, counts and seconds; plain data, because the child imports as little as it can."""

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 500_000_000
    """Of all the parts of a workbook that are read, together."""
    unpacked_ratio: int = 250
    """Unpacked to packed, for parts above 20 MB."""
    sheets: int = 40
    rows: int = 200_000
    """Rows with something in them, of all sheets together; also the furthest row of a text file."""
    columns: int = 256
    """The furthest column with something in it."""
    cells: int = 4_000_000
    cell_characters: int = 32_767
    """What a cell of Excel can hold."""
    text_characters: int = 120_000_000
    """Of all cells together, each shared text counted once."""
    merges: int = 400_000
    memory_bytes: int = 700_000_000
    """Address space of the child."""
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
