"""Which subject a line means: by code or by name, in the register and within the file, asked for in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from ledgers.fields import LABELS, Field
from ledgers.issues import Issue, issue
from ledgers.judging.register import BATCH, KnownSubject, NameKey, Register
from ledgers.meaning.facts import Facts
from ledgers.meaning.vocabulary import Vocabulary
from ledgers.planned import NewSubject
from rules.subjects.names import normalised_name

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Subjects:
    """The subjects of a file: known ones by the register, new ones once each."""

    words: Vocabulary
    letters: Callable[[str, Field], str | None]
    """The column of a field in a sheet, for what is said."""
    report: Callable[[Issue], None]
    districts: dict[str, str] = field(default_factory=dict[str, str])
    """Where the known subjects that were resolved are, by id."""
    by_code: dict[str, KnownSubject] = field(default_factory=dict[str, KnownSubject])
    by_name: dict[NameKey, Sequence[KnownSubject]] = field(default_factory=dict[NameKey, Sequence[KnownSubject]])
    _new: dict[str | NameKey, tuple[NewSubject, Facts]] = field(
        default_factory=dict[str | NameKey, tuple[NewSubject, Facts]]
    )
    _new_codes: dict[NameKey, tuple[str, int]] = field(default_factory=dict[NameKey, tuple[str, int]])

    def ask(self, facts: Iterable[Facts], register: Register) -> None:
        """Look up every code and every name of the lines, in batches."""
        codes: dict[str, None] = {}
        names: dict[NameKey, None] = {}
        for one in facts:
            if one.unidentified:
                continue
            if one.code:
                codes[one.code] = None
            if one.name:
                names[one.district, one.plain] = None
                if one.code and one.district:
                    self._new_codes.setdefault((one.district, one.plain), (one.code, one.row))
        for batch in _batches(codes):
            self.by_code.update(register.by_codes(batch))
        for name_batch in _batches(names):
            self.by_name.update(register.by_names(name_batch))

    def resolve(self, facts: Facts) -> str | NewSubject | None:
        """The id of a known subject or the facts of a new one; None after an error was reported."""
        if facts.unidentified:
            return None
        plain = facts.plain
        by_code = self.by_code.get(facts.code) if facts.code else None
        named = self.by_name.get((facts.district, plain), ()) if plain else ()
        if by_code is not None:
            return self._known_by_code(facts, plain, by_code)
        if len(named) > 1:
            same = [s for s in named if s.code == facts.code] if facts.code else []
            if len(same) != 1:
                return self._wrong(facts, "name", "name_ambiguous", name=facts.name, count=len(named))
            named = same
        if named:
            return self._known_by_name(facts, named[0])
        return self._add(facts, plain)

    def _known_by_code(self, facts: Facts, plain: str, known: KnownSubject) -> str | None:
        if plain and plain != normalised_name(known.name):
            details = {"code": facts.code, "registered": known.name, "name": facts.name}
            return self._wrong(facts, "code", "code_name_contradict", **details)
        if not self._same_district(facts, known):
            return None
        self._read_as(facts, known)
        self.districts[known.id] = known.district
        return known.id

    def _known_by_name(self, facts: Facts, known: KnownSubject) -> str | None:
        if facts.code and known.code and known.code != facts.code:
            details = {"name": facts.name, "registered": known.code, "code": facts.code}
            return self._wrong(facts, "code", "name_code_contradict", **details)
        if facts.code and not known.code:
            self._say(facts, "code", "code_new_for_subject", name=known.name, code=facts.code)
        if not self._same_district(facts, known):
            return None
        self._read_as(facts, known)
        self.districts[known.id] = known.district
        return known.id

    def _same_district(self, facts: Facts, known: KnownSubject) -> bool:
        if facts.district in (None, known.district):
            return True
        shown = next((d.zh for d in self.words.plan.districts if d.id == known.district), known.district)
        text = self.words.district_of(facts.district).zh if facts.district else ""
        self._wrong(facts, "district", "district_contradict", name=known.name, registered=shown, text=text)
        return False

    def _read_as(self, facts: Facts, known: KnownSubject) -> None:
        if facts.name and facts.name != known.name and "".join(facts.name.split()) != "".join(known.name.split()):
            self._say(facts, "name", "name_read_as", text=facts.name, name=known.name)

    def _add(self, facts: Facts, plain: str) -> NewSubject | None:
        if not facts.name:
            return self._wrong(facts, "name", "name_missing", code=facts.code)
        if facts.district is None:
            return self._wrong(facts, "district", "district_missing", known=self.words.shown_districts())
        place: NameKey = (facts.district, plain)
        code, row = self._new_codes.get(place, (facts.code, facts.row))
        if facts.code and code != facts.code:
            details = {"name": facts.name, "row": row, "other": code, "code": facts.code}
            return self._wrong(facts, "code", "name_of_two_codes", **details)
        key: str | NameKey = code or place
        if key in self._new:
            subject, first = self._new[key]
            if first.plain != plain:
                details = {"code": code, "row": first.row, "other": subject.name, "name": facts.name}
                return self._wrong(facts, "code", "code_of_two_names", **details)
            if subject.district != facts.district:
                shown = self.words.district_of(subject.district).zh
                text = self.words.district_of(facts.district).zh
                return self._wrong(
                    facts, "district", "district_contradict", name=facts.name, registered=shown, text=text
                )
            self._tell_other_facts(facts, subject, first)
            return subject
        subject = NewSubject(facts.name, code, facts.district, facts.street, facts.sector, facts.kind)
        self._new[key] = subject, facts
        return subject

    def _tell_other_facts(self, facts: Facts, subject: NewSubject, first: Facts) -> None:
        other: tuple[tuple[Field, object, object], ...] = (
            ("street", facts.street, subject.street),
            ("sector", facts.sector, subject.sector),
            ("kind", facts.kind if facts.kind != "enterprise" else None, subject.kind),
        )
        fields: list[Field] = [name for name, here, there in other if here not in (None, there)]
        if fields:
            labels = "、".join(LABELS[name] for name in fields)
            self._say(facts, fields[0], "subject_facts_differ", name=facts.name, fields=labels, row=first.row)

    def _wrong(self, facts: Facts, name: Field, code: str, /, **details: object) -> None:
        facts.wrong = True
        self._say(facts, name, code, **details)

    def _say(self, facts: Facts, name: Field, code: str, /, **details: object) -> None:
        self.report(issue(facts.sheet, facts.row, self.letters(facts.sheet, name), code, **details))


def _batches(keys: Iterable[_Key]) -> Iterator[list[_Key]]:
    left = iter(keys)
    while batch := list(islice(left, BATCH)):
        yield batch
