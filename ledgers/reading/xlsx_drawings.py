"""Pictures and text boxes on a sheet: counted, so that it can be said that they are not imported. Child only."""

import zipfile

from ledgers.reading.refusal import Refusal
from ledgers.reading.xlsx_parts import Attributes, absolute, is_relation, new_parser, parse, relations

_MOST_COLUMNS = 16_000
"""Behind which Excel has no more."""
_SHAPES = frozenset({"sp", "cxnSp", "graphicFrame"})


def drawn_on(package: zipfile.ZipFile, part: str) -> tuple[int, int, int]:
    """Pictures, shapes and the columns that they reach; a drawing that cannot be read counts for nothing."""
    folder, _, file = part.rpartition("/")
    pictures = shapes = columns = 0
    try:
        for relation in relations(package, f"{folder}/_rels/{file}.rels"):
            if not is_relation(relation, "drawing"):
                continue
            drawing = _Drawing()
            drawing.read(package, absolute(folder, relation["Target"]))
            pictures, shapes = pictures + drawing.pictures, shapes + drawing.shapes
            columns = max(columns, drawing.columns)
    except Refusal:
        pass
    return pictures, shapes, columns


class _Drawing:
    """A drawing as it passes: what is on it, and the furthest column that a corner stands in."""

    def __init__(self) -> None:
        self.pictures = self.shapes = self.columns = 0
        self._text: str | None = None

    def read(self, package: zipfile.ZipFile, part: str) -> None:
        """The whole part."""
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._end
        parser.CharacterDataHandler = self._characters
        for _ in parse(package, part, parser):
            pass

    def _begin(self, name: str, _: Attributes) -> None:
        plain = name.rpartition(":")[2]
        self.pictures += plain == "pic"
        self.shapes += plain in _SHAPES
        self._text = "" if plain == "col" else None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text += text

    def _end(self, name: str) -> None:
        if self._text and self._text.strip().isdecimal():
            self.columns = min(_MOST_COLUMNS, max(self.columns, int(self._text) + 1))
        self._text = None
