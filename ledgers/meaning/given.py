"""What texts of cells mean, where whoever imports says so once for all lines: 触电 is H09, an empty district 650203."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledgers.cells import cell_text
from ledgers.fields import Field
from ledgers.issues import Issue, issue
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.vocabulary import Vocabulary, read_grade, read_kind
from ledgers.table.lines import Line
from ledgers.words import folded, is_blank

_MAY_BE_EMPTY: tuple[Field, ...] = ("category", "grade", "district", "street", "sector", "kind", "responsible", "due")
"""Where a text may be said to mean nothing."""
_FILLED: tuple[Field, ...] = ("category", "district", "sector", "grade")
"""Where an empty cell may be said to mean something."""


@dataclass(slots=True)
class Given:
    """The meanings by field and folded text; `used`: those that stood in some cell."""

    meanings: dict[Field, dict[str, str]] = field(default_factory=dict[Field, dict[str, str]])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    used: set[str] = field(default_factory=set[str])

    def apply(self, line: Line) -> None:
        """Each cell of the line as it is meant; a row that we exported says what it says."""
        if not self.meanings or line.cells.get("key"):
            return
        for name, meanings in self.meanings.items():
            if (meaning := self._meaning(meanings, cell_text(line.cells.get(name)))) is None:
                continue
            if meaning and name == "category" and is_blank(cell_text(line.cells.get(name))):
                continue  # only of a line that says a problem: see `filled`
            line.cells[name] = meaning or None

    def of(self, name: Field, text: str) -> str | None:
        """What a part of a cell means; None where nobody said."""
        return self._meaning(self.meanings.get(name, {}), text)

    def fills(self, name: Field) -> bool:
        """Whether an empty cell of that column means something."""
        return "" in self.meanings.get(name, {})

    def _meaning(self, meanings: Mapping[str, str], text: str) -> str | None:
        word = folded(text.strip())
        if is_blank(word) and word not in meanings:
            word = ""
        if word not in meanings:
            return None
        self.used.add(word)
        return meanings[word]

    def unused(self) -> list[Issue]:
        """What stood in no cell: a slip of the pen, perhaps."""
        return [
            issue("", None, None, "value_nowhere", text=text)
            for word, text in self.texts.items()
            if word not in self.used
        ]


def read_given(values: Mapping[str, str], words: Vocabulary, season: Season) -> tuple[Given, list[Issue]]:
    """The meanings, sorted by the fields that know them, and those that no field knows."""
    given, wrong = Given(), list[Issue]()
    for text, meaning in values.items():
        word = folded(text)
        fields = _fields_of(text, meaning, words, season)
        if not fields:
            wrong.append(issue("", None, None, "value_unknown", text=text, meaning=meaning))
            continue
        given.texts[word] = text
        for name, value in fields.items():
            given.meanings.setdefault(name, {})[word] = value
    return given, wrong


def _fields_of(text: str, meaning: str, words: Vocabulary, season: Season) -> dict[Field, str]:
    if not meaning:
        return dict.fromkeys(_MAY_BE_EMPTY, "")
    found: dict[Field, str] = {}
    category, sector, district = words.category(meaning), words.sector(meaning), words.district(meaning)
    if category.value and not category.near:
        found["category"] = category.value
    if sector.value and not sector.near:
        found["sector"] = sector.value
    if district.value and " " not in district.value:
        found["district"] = district.value
    if grade := read_grade(meaning):
        found["grade"] = {"general": "一般", "major": "重大"}[grade]
    if read_kind(meaning):
        found["kind"] = meaning
    if isinstance(read_day(meaning, season), DayRead):
        found["due"] = meaning
    return found if folded(text) else {name: value for name, value in found.items() if name in _FILLED}
