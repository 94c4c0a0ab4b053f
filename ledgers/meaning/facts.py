"""Reads one line into facts: what each cell means under the plan, and what is wrong with it (3.1.ledger)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from ledgers.cells import Cell, Spoilt, cell_text
from ledgers.decisions import value_option
from ledgers.errors import ERRORS
from ledgers.fields import Field, plain_header
from ledgers.issues import Issue, issue
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.due_words import read_period
from ledgers.meaning.exported import readable
from ledgers.meaning.findings import split_findings
from ledgers.meaning.given import Given
from ledgers.meaning.grades import grade_of, is_major
from ledgers.meaning.names import CONTINUED, NUMBERED, is_plate, several_units, without_phone
from ledgers.meaning.nothing import names_no_unit, names_nobody, says_nothing_found
from ledgers.meaning.vacuous import no_problem
from ledgers.meaning.vocabulary import List, Reading, Vocabulary, read_kind, read_list
from ledgers.planned import PlannedFinding
from ledgers.table.header import Header
from ledgers.table.lines import Line
from ledgers.words import folded, is_blank, tidy
from models.commands import Grade, SubjectKind
from rules.subjects.credit_code import code_warning
from rules.subjects.names import normalised_name
from rules.subjects.register import MOST_IN_A_LINE

_LONGEST = 4_000
_OF_A_LINE: frozenset[Field] = frozenset({"name", "code", "street"})
_LOST = re.compile(r"\d(?:\.\d+)?E\+?\d+")
_IN_BRACKETS = re.compile(r"\([^)]*\)$")
_FOLLOWS = frozenset({"description_missing", "category_missing", "inspected_missing", "grade_assumed"})
_COUNTS = re.compile("[数项个条处]")
_EXPORTED: tuple[Field, Field] = ("key", "version")
_MOST_DIGITS = 15
"""Digits that Excel keeps of a number."""
_SPOILT = {"formula": "formula", "error": "cell_error", "struck": "struck_out"}
_SPLIT_CATEGORIES = re.compile(r"[、,，;；/\n]+")


@dataclass(slots=True)
class Facts:
    """A line as it was understood; `wrong` if any cell of it was not."""

    sheet: str
    row: int
    name: str = ""
    code: str | None = None
    district: str | None = None
    street: str | None = None
    sector: str | None = None
    kind: SubjectKind = "enterprise"
    inspected_on: date | None = None
    findings: tuple[PlannedFinding, ...] = ()
    key: str = ""
    version: str = ""
    dated: bool = True
    """Whether the ledger itself says when it was inspected."""
    wrong: bool = False
    due: date | None = None
    unidentified: bool = False
    """What says which subject is meant was wrong itself: it cannot be looked up."""
    plain: str = ""
    """The name as subjects are compared by it."""
    closed: bool = False
    """Whether the ledger itself calls it closed."""
    aside: int = 0
    """What the line says in columns that were not understood (0: nothing)."""


@dataclass(slots=True)
class LineReader:
    """Reads the lines of one sheet; remembers the days that it read."""

    sheet: str
    header: Header
    words: Vocabulary
    season: Season
    default_district: str | None
    today: date
    report: Callable[[Issue], None]
    of_major: str = ""
    """Where the sheet or its description says that it lists major hazards: the words that say so."""
    inspected_on: date | None = None
    """Where no column has it: the day of inspection that a title names."""
    given: Given = field(default_factory=Given)
    _days: dict[Cell, DayRead | str] = field(default_factory=dict[Cell, "DayRead | str"])
    _letters: dict[Field, str] = field(default_factory=dict[Field, str])
    _spoilt: set[Field] = field(default_factory=set[Field])
    """Fields of the present line whose cell could not be taken: that they are missing need not be said too."""
    _last_name: str = ""
    _last_plain: str = ""
    _codes: dict[str, tuple[str, str] | None] = field(default_factory=dict[str, "tuple[str, str] | None"])
    _of_enterprises: bool = False
    """The kind stands under 企业类型 or 单位类型, where offices write who owns it or what it makes."""

    _major_is_counted: bool = False
    """The column of major hazards says how many: 重大隐患（项）."""

    def __post_init__(self) -> None:
        kind = self.header.of("kind")
        self._of_enterprises = kind is not None and plain_header(kind.header).startswith(("企业", "单位", "主体"))
        major = self.header.of("major")
        self._major_is_counted = major is not None and _COUNTS.search(major.header) is not None
        self._letters = {c.field: c.letters for c in self.header.columns if c.field}

    def read(self, line: Line) -> Facts:
        """The facts of a line; everything wrong or assumed is reported."""
        facts = Facts(self.sheet, line.row, aside=line.aside)
        self._spoilt.clear()
        self.given.apply(line)
        struck = False
        for name, cell in line.cells.items():
            if isinstance(cell, Spoilt):
                if not (struck and cell.kind == "struck"):  # a line that is struck out is told once
                    self._say(facts, name, _SPOILT[cell.kind], text=cell.shown)
                struck |= cell.kind == "struck"
                line.cells[name] = None
                self._spoilt.add(name)
            elif isinstance(cell, str) and len(cell) > (most := MOST_IN_A_LINE if name in _OF_A_LINE else _LONGEST):
                self._say(facts, name, "text_too_long", limit=most)
        self._key(line, facts)
        self._subject(line, facts)
        if "inspected_on" not in self._letters:
            # no such column: said once for the sheet
            facts.inspected_on, facts.dated = self.inspected_on or self.today, self.inspected_on is not None
        else:
            facts.inspected_on = self._day(line, facts, "inspected_on")
            if facts.inspected_on is None and not line.text("inspected_on"):
                self._say(facts, "inspected_on", "inspected_missing")
        facts.due = self._due(line, facts)
        self._findings(line, facts)
        return facts

    def _say(self, facts: Facts, name: Field | None, code: str, /, **details: object) -> None:
        if name in self._spoilt and code in _FOLLOWS:
            return
        facts.wrong |= code in ERRORS
        place = self._letters.get(name) if name else None
        self.report(issue(self.sheet, facts.row, place, code, **details))

    def _take(self, facts: Facts, name: Field, text: str, reading: Reading, near: str, shown_as: str) -> str | None:
        """The value of a reading; its error or what a near spelling was read as is reported."""
        if reading.error:
            self._say(facts, name, reading.error, **dict(reading.facts))
            return None
        if reading.near:
            self._say(facts, name, near, text=text, read=shown_as)
        return reading.value

    def _key(self, line: Line, facts: Facts) -> None:
        facts.key, facts.version = (cell_text(line.cells.get(name)).strip() for name in _EXPORTED)
        if (facts.key or facts.version) and not readable(facts.key, facts.version):
            self._say(facts, "key", "key_unreadable")
            facts.key, facts.version = "", facts.version or "?"

    def _subject(self, line: Line, facts: Facts) -> None:
        facts.name = " ".join(line.text("name").split())
        if several_units(line.text("name")):
            self._say(facts, "name", "two_names", text=facts.name)
        if numbered := NUMBERED.match(facts.name):
            self._say(facts, "name", "name_number_dropped", text=facts.name, name=facts.name[numbered.end() :])
            facts.name = facts.name[numbered.end() :]
        if continued := CONTINUED.search(facts.name):
            self._say(facts, "name", "name_continued", text=facts.name, name=facts.name[: continued.start()])
            facts.name = facts.name[: continued.start()]
        if facts.name != self._last_name:
            self._last_name, self._last_plain = facts.name, normalised_name(facts.name)
        facts.plain = self._last_plain
        facts.code = self._code(line, facts)
        if not facts.name and not facts.code and not self._spoilt.intersection(("name", "code")):
            self._say(facts, "name", "subject_missing")
        facts.unidentified = not facts.name and not facts.code
        if facts.name and names_no_unit(facts.name):
            self._say(facts, "name", "name_unreadable", text=facts.name)
            facts.unidentified = True
        self._place(line, facts)
        if text := line.text("sector"):
            reading = self.words.sector(text)
            as_shown = self.words.shown_sector(reading.value) if reading.near else ""
            facts.sector = self._take(facts, "sector", text, reading, "sector_near", as_shown)
        self._kind(line, facts)

    def _kind(self, line: Line, facts: Facts) -> None:
        if text := line.text("kind"):
            kind = read_kind(text)
            if kind is None and self._of_enterprises:
                self._say(facts, "kind", "kind_of_enterprise", text=text)
            elif kind is None:
                self._say(facts, "kind", "kind_unknown", text=text)
            else:
                facts.kind = kind
        elif is_plate(facts.name):
            facts.kind = "vehicle"
            self._say(facts, "name", "kind_assumed", text=facts.name)

    def _code(self, line: Line, facts: Facts) -> str | None:
        cell = line.cells.get("code")
        text = line.text("code")
        if not text:
            return None
        code = _IN_BRACKETS.sub("", folded(text).replace("-", "").lstrip("'"))
        if not any(sign.isdigit() for sign in code):
            self._say(facts, "code", "code_none", text=text)
            return None
        if (isinstance(cell, (int, float)) and abs(cell) >= 10**_MOST_DIGITS) or _LOST.fullmatch(code):
            self._say(facts, "code", "code_lost_digits")
            self._spoilt.add("code")
            return None
        if code not in self._codes:
            self._codes[code] = code_warning(code)
        if warning := self._codes[code]:
            self._say(facts, "code", "code_suspicious", zh=warning[0], en=warning[1])
        return code

    def _place(self, line: Line, facts: Facts) -> None:
        street = line.text("street")
        if text := line.text("district"):
            reading = self.words.district(text)
            as_shown = self.words.district_of(reading.value).zh if reading.near else ""
            value = self._take(facts, "district", text, reading, "district_near", as_shown) or ""
            code, _, rest = value.partition(" ")
            facts.district, street = code or None, street or rest
            facts.unidentified |= not code
        else:
            facts.district = self.default_district
        if not street or facts.district is None:
            facts.street = tidy(street) or None
            return
        known = self.words.street(facts.district, street)
        if known is None:
            self._say(
                facts, "street", "street_unknown", text=street, district=self.words.district_of(facts.district).zh
            )
        facts.street = known or tidy(street)

    def _day(self, line: Line, facts: Facts, name: Field) -> date | None:
        cell = line.cells.get(name)
        read = self._days.get(cell)
        if read is None:
            if not line.text(name):
                return None
            read = self._days[cell] = read_day(cell, self.season)
        if not isinstance(read, str) and read.note == "date_end_of_month" and name != "due":
            read = "date_incomplete"  # a deadline at its end; an inspection was on some day of it
        if isinstance(read, str):
            self._say(facts, name, read, text=line.text(name), **self._or_given(name, line.text(name)))
            return None
        if read.note:
            self._say(facts, name, read.note, text=line.text(name), day=read.day)
        return read.day

    def _due(self, line: Line, facts: Facts) -> date | None:
        """A day, or a period that is counted from the day of inspection: 立即整改, 7日内 (A)."""
        text = line.text("due")
        period = read_period(text) if text and not facts.key else None
        if period is None:
            return self._day(line, facts, "due")
        if facts.inspected_on is None:
            return None  # told already: there is nothing to count from
        due = period.after(facts.inspected_on)
        self._say(facts, "due", "due_from_words", group=text, text=text, day=due)
        return due

    def _or_given(self, name: Field, text: str) -> dict[str, str]:
        if name != "due":
            return {"or_zh": "", "or_en": ""}
        option = value_option(text, "")
        return {"or_zh": f"，或用 {option} 一律按空白读", "or_en": f", or leave all such out with {option}"}

    def _findings(self, line: Line, facts: Facts) -> None:
        cell = line.cells.get("description")
        text = tidy(cell_text(cell))
        if not facts.key and len(text) < 40 and says_nothing_found(text):
            if is_major(line):
                self._say(facts, "description", "nothing_found_but_major")
                return
            category = line.text("category")
            code = "nothing_found_but_category" if category else "nothing_found"
            self._say(facts, "description", code, **({"category": category} if category else {}))
            return
        if not text or (not facts.key and is_blank(text)):
            self._say(facts, "description", "description_missing")
            return
        if not facts.key and self._names_no_problem(facts, text):
            return
        texts = (text,)
        if not facts.key and (len(text) > 5):
            described = split_findings(text)
            texts = described.texts
            if len(texts) > 1:
                self._say(facts, "description", "several_findings", count=len(texts))
            elif described.unsure:
                self._say(facts, "description", described.unsure)
        if len(texts) > 1:
            for one in texts:
                self._names_no_problem(facts, one)
        if len(texts) > 1 and any(says_nothing_found(re.split("[:：]", one)[-1].strip()) for one in texts):
            self._say(facts, "description", "nothing_found_among")
        grade = self._grade(line, facts)
        if grade == "major" and len(texts) > 1:
            self._say(facts, "grade" if "grade" in self._letters else "major", "major_for_all", count=len(texts))
        categories = self._categories(line, facts, len(texts))
        persons = self._responsible(line, facts, len(texts))
        if categories and not facts.wrong:
            facts.findings = tuple(
                PlannedFinding(category, grade, one, person, facts.due)
                for category, one, person in zip(categories, texts, persons, strict=True)
            )

    def _names_no_problem(self, facts: Facts, text: str) -> bool:
        """Whether the text is refused, for it names no problem; a place or a topic alone is only told."""
        code = no_problem(text)
        if code:
            self._say(facts, "description", code, text=text)
        return code in ERRORS

    def _responsible(self, line: Line, facts: Facts, count: int) -> tuple[str | None, ...]:
        """Who rectifies each of the findings: one for all, or as many as they are, numbered like them."""
        text = tidy(line.text("responsible"))
        if not facts.key and (without := without_phone(text)) != text:
            self._say(facts, "responsible", "phone_left_out")
            text = without
        named = split_findings(text).texts
        if not facts.key and any(names_nobody(one) for one in named if one):
            self._say(facts, "responsible", "responsible_nobody", text=text, option=value_option(text, ""))
        if count > 1 and len(named) == count:
            return named
        if count > 1 and (len(named) > 1 or "\n" in text):
            self._say(facts, "responsible", "responsible_do_not_match", findings=count, text=text)
        return (text.replace("\n", "、") or None,) * count

    def _grade(self, line: Line, facts: Facts) -> Grade:
        grade, said = grade_of(line, self._letters, counted=self._major_is_counted, of_major=self.of_major)
        if said:
            column, code, details = said
            if code == "grade_unknown":
                option = value_option(details["text"])
                details |= {"or_zh": f"，或用 {option} 统一指定", "or_en": f", or say once which with {option}"}
            self._say(facts, column, code, **details)
        return grade

    def _categories(self, line: Line, facts: Facts, count: int) -> tuple[str, ...]:
        text = line.text("category") or self.given.of("category", "") or ""
        if not text:
            if "category" in self._letters:  # else said once for the sheet
                self._say(facts, "category", "category_missing")
            facts.wrong = True
            return ()
        of_list = read_list(line.text("category_list")) if "category_list" in self._letters else None
        reading = self._category(facts, text, of_list)
        if reading.error and len(parts := _several_categories(text)) > 1:
            readings = [self._category(facts, part, of_list) for part in parts]
            if all(r.value for r in readings):
                if len({r.value for r in readings}) == 1:
                    return (readings[0].value,) * count
                if len(readings) != count:
                    facts_of = {"findings": count, "categories": len(readings)}
                    facts_of |= {"text": " ".join(text.split()), "option": value_option(text)}
                    self._say(facts, "category", "categories_do_not_match", **facts_of)
                    return ()
                for part, r in zip(parts, readings, strict=True):
                    self._take(facts, "category", part, r, "category_near", self.words.shown_category(r.value))
                return tuple(r.value for r in readings)
        as_shown = self.words.shown_category(reading.value) if reading.near else ""
        value = self._take(facts, "category", text, reading, "category_near", as_shown)
        return (value,) * count if value else ()

    def _category(self, facts: Facts, text: str, of_list: List | None) -> Reading:
        """A number alone is counted in the list that the header names (隐患类别: the hazards), and that is said."""
        reading = self.words.category(self.given.of("category", text) or text, of_list)
        if reading.error == "category_number_alone" and (by_header := self._list_of_header()):
            reading = self.words.category(text, by_header)
            if reading.value:
                shown_as = self.words.shown_category(reading.value)
                self._say(facts, "category", "category_by_header", text=text, read=shown_as)
        return reading

    def _list_of_header(self) -> List | None:
        column = self.header.of("category")
        return read_list(column.header) if column is not None else None


def _several_categories(text: str) -> tuple[str, ...]:
    numbered = split_findings(text).texts
    if len(numbered) > 1:
        return numbered
    return tuple(part.strip() for part in _SPLIT_CATEGORIES.split(text) if part.strip())
