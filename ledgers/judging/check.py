"""Checks a ledger against plan, calendar and register: what would be applied, what is wrong, how it was read."""

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ledgers.book import Book, Sheet
from ledgers.cells import cell_text
from ledgers.decisions import Decisions
from ledgers.errors import ERRORS
from ledgers.fields import LABELS, OWN_SHEETS, Field
from ledgers.issues import Issue, issue
from ledgers.judging.register import Register
from ledgers.judging.subjects import Subjects
from ledgers.meaning.closing import ClosingColumns
from ledgers.meaning.dates import DayRead, Season, read_day
from ledgers.meaning.exported import EXPORTED, OF_SUBJECT, changed_since
from ledgers.meaning.facts import Facts, LineReader
from ledgers.meaning.given import Given, read_given
from ledgers.meaning.nothing import says_nothing_found
from ledgers.meaning.vocabulary import Vocabulary
from ledgers.planned import Checked, Exported, NewSubject, PlannedRow, ReadColumn, digest_of
from ledgers.table.header import Header, as_if_complete, find_header, header_errors, mapping_errors
from ledgers.table.lines import SAID_OF_ONE, Line, lines
from ledgers.table.titles import inspected_by_title, major_by_title
from models.instants import day_of, end_of_day, start_of_day
from models.plan import PhaseDates, Plan

_OF_A_FINDING: tuple[Field, ...] = ("description", "inspected_on", *SAID_OF_ONE)


def check_ledger(
    plan: Plan,
    phases: tuple[PhaseDates, ...],
    today: date,
    book: Book,
    register: Register,
    decided: Decisions | None = None,
) -> Checked:
    """Every line of every sheet, judged. Nothing is applied; `planned` holds the lines without errors.

    `phases` are the campaign's, in order; `today` is the Beijing day of the import, from which a registration counts;
    `decided`: what whoever imports says once for all lines.
    """
    check = _Check(plan, phases, today, decided or Decisions())
    with collection_paused():
        return check.plan_rows(check.read(book), register)


@contextmanager
def collection_paused() -> Generator[None, None, None]:
    """No garbage collection meanwhile: looking through a million small values costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(slots=True)
class _Check:
    plan: Plan
    phases: tuple[PhaseDates, ...]
    today: date
    decided: Decisions
    words: Vocabulary = field(init=False)
    season: Season = field(init=False)
    cap: datetime = field(init=False)
    errors: list[Issue] = field(default_factory=list[Issue])
    warnings: list[Issue] = field(default_factory=list[Issue])
    columns: list[ReadColumn] = field(default_factory=list[ReadColumn])
    headers: dict[str, Header] = field(default_factory=dict[str, Header])
    given: Given = field(default_factory=Given)
    closed: int = 0
    """Lines that the ledger itself calls closed."""
    left_out: int = 0
    """Of these, those that are not imported."""

    def __post_init__(self) -> None:
        self.words = Vocabulary(self.plan)
        last = self.phases[-1].ends_at
        self.season = Season(day_of(self.phases[0].begins_at), day_of(last - timedelta(microseconds=1)))
        now = start_of_day(self.today)
        ends = {p.id: p.ends_at for p in self.phases}
        caps = [ends[phase] for phase in self.plan.clocks.rectification_caps]
        self.given, unknown = read_given(self.decided.values, self.words, self.season)
        self.errors.extend(unknown)
        self.cap = next((cap for cap in caps if now < cap), last)  # as `rules/clocks/periods.py:rectification_cap`

    def report(self, one: Issue) -> None:
        """To the errors or the warnings, by its code."""
        (self.errors if one.code in ERRORS else self.warnings).append(one)

    def read(self, book: Book) -> list[Facts]:
        """The facts of every line of every sheet that is a ledger."""
        found: list[Facts] = []
        read_any = False
        passed: list[Issue] = []
        headers = {
            s.name: find_header(s, self.decided.columns) for s in book.sheets if s.rows and s.name not in OWN_SHEETS
        }
        has_ledger = any(h and h.of("description") for s in book.sheets if not s.hidden and (h := headers.get(s.name)))
        for sheet in book.sheets:
            if sheet.name not in headers:
                continue
            header = headers[sheet.name]
            if header and has_ledger and all(header.of(f) is None for f in _OF_A_FINDING):
                header = None  # a list of units or of words beside the ledger
            if header is None or sheet.hidden:
                code = "sheet_not_read" if header is None else "hidden_sheet_not_read"
                if sheet.name and (header is not None or not sheet.hidden):  # the sheet of a text file has none
                    passed.append(issue(sheet.name, None, None, code, sheet=sheet.name))
                continue
            read_any = True
            found.extend(self._sheet(sheet, header))
        self.warnings.extend(passed)
        if self.headers:
            self.errors.extend(mapping_errors(self.headers, self.decided.columns))
            self.warnings.extend(self.given.unused())
        if not read_any:
            first = next((s for s in book.sheets if s.rows and not s.hidden), book.sheets[0])
            rows = " | ".join(" ".join(cell_text(c) for c in row.cells if c is not None)[:60] for row in first.rows[:3])
            self.report(issue(first.name, None, None, "no_ledger", found=rows))
        return found

    def _sheet(self, sheet: Sheet, header: Header) -> Iterator[Facts]:
        self.headers[sheet.name] = header
        self.columns.extend(ReadColumn(sheet.name, header.row, c.letters, c.header, c.field) for c in header.columns)
        wrong = header_errors(sheet, header, ("category",) if self.given.fills("category") else ())
        self.errors.extend(wrong)
        as_if = as_if_complete(header) if wrong else header
        if as_if is None or any(one.code != "column_missing" for one in wrong):
            return
        self.headers[sheet.name] = header = as_if
        self._tell_hidden(sheet, header)
        self._tell_drawn(sheet)
        of_major = major_by_title(sheet.name, header)
        if not of_major and header.of("grade") is None and header.of("major") is None:
            self.report(issue(sheet.name, header.row, None, "grade_column_missing"))
        reader = LineReader(
            sheet.name,
            header,
            self.words,
            self.season,
            self._district_of_title(sheet, header),
            self.today,
            self.report,
            of_major,
            self._day_of_title(sheet, header),
            self.given,
        )
        closing = ClosingColumns(header, self.season)
        closed = left_out = 0
        before, told = len(self.errors), len(self.warnings)
        for line in lines(sheet, header, self.report, self.words.districts_in):
            is_closed = self._is_closed(sheet, line, closing)
            closed += is_closed
            if is_closed and self.decided.closed == "skip":
                left_out += 1
                _drop(self.errors, before, line.row)  # no error of a row that is not imported, nor how it was read
                _drop(self.warnings, told, line.row, but="closing_unclear")
            else:
                facts = reader.read(line)
                facts.closed = is_closed
                facts.wrong |= bool(wrong) or any(e.row == facts.row for e in self.errors[before:])
                yield facts
            before, told = len(self.errors), len(self.warnings)
        self._tell_closed(sheet, closed, left_out)

    def _is_closed(self, sheet: Sheet, line: Line, closing: ClosingColumns) -> bool:
        """Whether the line says that its item is done with, or leaves open whether; a doubt is told."""
        if not closing or line.cells.get("key") or says_nothing_found(line.text("description")):
            return False
        found = closing.of(line.progress)
        facts = {"text": found.said}
        if found.state == "unclear":
            self.report(issue(sheet.name, line.row, found.letters, "closing_unclear", **facts))
        elif found.contradicted:
            self.report(issue(sheet.name, line.row, found.letters, "closing_contradicted", **facts))
        return found.state in ("closed", "unclear")

    def _tell_closed(self, sheet: Sheet, closed: int, left_out: int) -> None:
        self.closed += closed
        self.left_out += left_out
        if closed:
            code = "closed_left_out" if left_out else "closed_taken_in"
            self.report(issue(sheet.name, None, None, code, count=closed))

    def _tell_drawn(self, sheet: Sheet) -> None:
        if sheet.drawn.pictures:
            self.report(issue(sheet.name, None, None, "pictures_not_imported", count=sheet.drawn.pictures))
        if sheet.drawn.shapes:
            self.report(issue(sheet.name, None, None, "text_boxes_not_imported", count=sheet.drawn.shapes))

    def _tell_hidden(self, sheet: Sheet, header: Header) -> None:
        for column in header.columns:
            if column.field and column.place in sheet.hidden_columns and column.field not in ("key", "version"):
                place = column.letters
                self.report(issue(sheet.name, header.row, place, "hidden_column_read", header=column.header))
        hidden = [row.number for row in sheet.rows if row.hidden and row.number > header.row]
        for first, last, count in _stretches(hidden):
            facts = {"first": first, "last": last, "count": count}
            self.report(issue(sheet.name, first, None, "hidden_rows_read", **facts))

    def _district_of_title(self, sheet: Sheet, header: Header) -> str | None:
        """The one district that the titles or the sheet's name say, where no column does."""
        if header.of("district") is not None:
            return None
        named = self.words.districts_in(" ".join((sheet.name, *header.titles)))
        if len(named) != 1:
            return None
        [district] = named
        shown_as = self.words.district_of(district).zh
        self.report(issue(sheet.name, header.row, None, "district_from_title", district=shown_as))
        return district

    def _day_of_title(self, sheet: Sheet, header: Header) -> date | None:
        """The day of inspection that a title names (检查日期：…), where no column does; else today is told."""
        if header.of("inspected_on") is not None:
            return None
        text = inspected_by_title(header)
        read = read_day(text, self.season) if text else None
        if isinstance(read, DayRead):
            self.report(issue(sheet.name, header.row, None, "inspected_from_title", text=text, day=read.day))
            return read.day
        if read is not None:
            self.report(issue(sheet.name, header.row, None, read, text=text))
        self.report(issue(sheet.name, header.row, None, "inspected_today", today=self.today))
        return None

    def _letters(self, sheet: str, name: Field) -> str | None:
        return next((c.letters for c in self.headers[sheet].columns if c.field == name), None)

    def plan_rows(self, lines_read: list[Facts], register: Register) -> Checked:
        """The result: subjects looked up, days judged, repeated and unchanged lines left out."""
        subjects = Subjects(self.words, self._letters, self.report)
        subjects.ask(lines_read, register)
        planned: list[PlannedRow] = []
        seen: dict[str, dict[int, Facts]] = {}
        keys: dict[str, int] = {}
        skipped = 0
        for facts in lines_read:
            exported = self._exported(facts, keys)
            if exported is not None and not exported.changed:
                skipped += 1
                continue
            subject = subjects.resolve(facts)
            if exported is not None or not facts.version:  # of an exported row it must be known what was changed
                self._judge_days(facts, exported)
            if facts.wrong or subject is None or facts.inspected_on is None:
                continue
            digest = _digest(facts)
            alike = seen.setdefault(digest, {})
            if same := alike.get(facts.aside):
                skipped += 1
                self.report(issue(facts.sheet, facts.row, None, "duplicate_row", sheet=same.sheet, row=same.row))
                continue
            if alike:
                first = next(iter(alike.values()))
                self.report(issue(facts.sheet, facts.row, None, "alike_but_aside", sheet=first.sheet, row=first.row))
                digest = digest_of(digest, len(alike))  # by its number: read again with other remarks it is the same
            alike[facts.aside] = facts
            district = subject.district if isinstance(subject, NewSubject) else subjects.districts[subject]
            planned.append(
                PlannedRow(
                    facts.sheet, facts.row, subject, district, facts.inspected_on, facts.findings, digest, exported
                )
            )
        return self._checked(len(lines_read) + self.left_out, skipped, planned)

    def _checked(self, rows: int, skipped: int, planned: list[PlannedRow]) -> Checked:
        new = {row.subject for row in planned if isinstance(row.subject, NewSubject)}
        known = {row.subject for row in planned if not isinstance(row.subject, NewSubject)}
        return Checked(
            rows=rows,
            findings=sum(len(row.findings) for row in planned),
            subjects=len(new) + len(known),
            new_subjects=len(new),
            skipped=skipped,
            errors=tuple(sorted(self.errors, key=_order)),
            warnings=tuple(sorted(self.warnings, key=_order)),
            columns=tuple(self.columns),
            planned=tuple(planned),
            closed=self.closed,
        )

    def _exported(self, facts: Facts, keys: dict[str, int]) -> Exported | None:
        if not facts.key or facts.wrong:
            return None
        if facts.key in keys:
            self._wrong(facts, "key", "key_twice", key=facts.key, row=keys[facts.key])
            return None
        keys[facts.key] = facts.row
        version, changed = changed_since(facts.key, facts.version, _exported_facts(facts))
        moved: list[Field] = [f for f in changed if f in OF_SUBJECT]
        if moved:
            self._wrong(facts, moved[0], "exported_subject_changed", fields=_labels(moved))
        elif changed:
            place = self._letters(facts.sheet, changed[0])
            self.report(issue(facts.sheet, facts.row, place, "exported_changed", fields=_labels(changed)))
        return Exported(facts.key, version, changed)

    def _judge_days(self, facts: Facts, exported: Exported | None) -> None:
        """Inspection within the campaign and not ahead; a due date after it, ahead, within the cap (domain §5)."""
        day, due = facts.inspected_on if facts.dated else None, facts.due
        changed: tuple[Field, ...] = EXPORTED if exported is None else exported.changed
        if day is not None and "inspected_on" in changed:
            if not self.season.begins <= day <= self.season.ends:
                bounds = {"begins": self.season.begins, "ends": self.season.ends}
                self._wrong(facts, "inspected_on", "inspected_outside", day=day, **bounds)
                day = None
            elif day > self.today:
                self._wrong(facts, "inspected_on", "inspected_in_future", day=day, today=self.today)
        if due is None or "due" not in changed:
            return
        if day is not None and due < day:
            self._wrong(facts, "due", "due_before_inspection", due=due, day=day)
        elif end_of_day(due) > self.cap:
            self._wrong(facts, "due", "due_past_cap", due=due, cap=day_of(self.cap - timedelta(microseconds=1)))
        elif due < self.today and exported is None and (facts.closed or self.decided.past_due == "plan"):
            facts.due, facts.findings = None, tuple(replace(f, due=None) for f in facts.findings)
            code = "due_of_closed_left_out" if facts.closed else "due_by_plan"
            self.report(issue(facts.sheet, facts.row, self._letters(facts.sheet, "due"), code, group=code, due=due))
        elif due < self.today:
            self._wrong(facts, "due", "due_not_ahead", group="due_not_ahead", due=due, today=self.today)

    def _wrong(self, facts: Facts, name: Field, code: str, /, **details: object) -> None:
        facts.wrong = True
        self.report(issue(facts.sheet, facts.row, self._letters(facts.sheet, name), code, **details))


def _drop(issues: list[Issue], start: int, row: int, but: str = "") -> None:
    """Take out what was said of a row since then."""
    issues[start:] = [one for one in issues[start:] if one.row != row or one.code == but]


def _digest(facts: Facts) -> str:
    of_findings = (v for f in facts.findings for v in (f.category, f.grade, f.description, f.responsible, f.due))
    of_subject = (facts.code, facts.plain, facts.district)
    inspected_on = facts.inspected_on if facts.dated else None
    return digest_of(*of_subject, inspected_on, facts.key, *of_findings)


def _exported_facts(facts: Facts) -> dict[Field, str | date | None]:
    finding = facts.findings[0]
    return {
        "name": facts.name,
        "code": facts.code,
        "district": facts.district,
        "street": facts.street,
        "sector": facts.sector,
        "inspected_on": facts.inspected_on,
        "category": finding.category,
        "grade": finding.grade,
        "description": finding.description,
        "responsible": finding.responsible,
        "due": finding.due,
    }


def _labels(fields: tuple[Field, ...] | list[Field]) -> str:
    return "、".join(LABELS[f] for f in fields)


def _order(one: Issue) -> tuple[str, int, str, str]:
    return one.sheet, one.row or 0, one.column or "", one.code


def _stretches(numbers: list[int]) -> Iterator[tuple[int, int, int]]:
    """Stretches of hidden rows that lie close together: first, last, how many."""
    first = last = count = 0
    for number in numbers:
        if count and number - last > 20:
            yield first, last, count
            count = 0
        first = first if count else number
        last, count = number, count + 1
    if count:
        yield first, last, count
