"""How the cells of an .xlsx look, as far as that says what they mean: as a date, or struck out. Child only."""

import zipfile
from dataclasses import dataclass, field

from ledgers.reading.number_formats import shows_date, shows_day
from ledgers.reading.xlsx_parts import Attributes, elements

_LISTS = ("fonts", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")


@dataclass(slots=True)
class Looks:
    """The style numbers, as cells write them, that show a date (and whether its day); those that are struck out."""

    dates: dict[str, bool] = field(default_factory=dict[str, bool])
    struck: set[str] = field(default_factory=set[str])


def is_struck(attributes: Attributes) -> bool:
    """Whether an element `strike` strikes out."""
    return attributes.get("val", "1") not in ("0", "false")


def read_looks(package: zipfile.ZipFile, part: str | None) -> Looks:
    """Those of the workbook; none if it has no styles."""
    looks = Looks()
    if part is None or part not in package.namelist():
        return looks
    formats: dict[str, str] = {}
    struck_fonts: set[str] = set()
    inside, font, number = "", -1, 0
    for name, attributes in elements(package, part):
        if name in _LISTS:
            inside = name
        elif name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "font" and inside == "fonts":
            font += 1
        elif name == "strike" and inside == "fonts" and is_struck(attributes):
            struck_fonts.add(str(font))
        elif name == "xf" and inside == "cellXfs":
            format_id = attributes.get("numFmtId", "0")
            shown_as = int(format_id) if format_id.isdigit() else 0, formats.get(format_id)
            if shows_date(*shown_as):
                looks.dates[str(number)] = shows_day(*shown_as)
            if attributes.get("fontId") in struck_fonts:
                looks.struck.add(str(number))
            number += 1
    return looks
