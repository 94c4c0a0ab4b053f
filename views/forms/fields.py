"""The fields of a form, made from the command's own model: one kind of field for each kind of value."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.case import Case, Finding
from models.commands import COMMAND_MODELS, OF_EVERY_COMMAND, Assignment, FindingFacts, Verdict
from models.people import Standing
from models.plan import Article, Limit, Plan
from rules.access.posts import officers_for
from rules.case.measures import responsible_persons
from rules.words.naming import Both
from rules.words.terms import GRADES
from views.forms.kinds import FormField, Kind, Option
from views.forms.labels import hint, label

_LONG = {"description", "note", "reason", "text"}
_YES_NO = {
    "passed": (Both("合格", "passed"), Both("不合格", "failed")),
    "granted": (Both("同意", "granted"), Both("不同意", "refused")),
}
TAKES_FILES = {
    *("record_findings", "register", "declare_rectified", "reinspect", "propose_measure", "record_execution"),
    *("accept_restart", "refuse_restart", "look_back", "add_note", "attach"),
}
"""Commands on whose forms there is a field for files."""
NEEDED = {("return_measure", "reason")}
"""What an official is to say though the command would do without: whoever it comes back to reads why."""
_ALL_FINDINGS = {"add_note", "attach"}
_NUMBERED = re.compile(r"F?([0-9]{1,6})", re.ASCII)
ONE_A_ROW = ("assignments.", "verdicts.")
_DETAILS = {"suspend": ("supervision",), "close": ("checks",), "fine": ("receipt",), "refer": ("letter", "receipt")}
_BY_TYPE: dict[Kind, set[Any]] = {"day": {date}, "amount": {Decimal}, "lines": {tuple}}


@dataclass(frozen=True)
class Asked:
    """What a form is for: a command of this kind in this case, about these findings, this must or level; `by_account`:
    officers are chosen among the district's inspectors, where those have accounts.
    """

    plan: Plan
    case: Case
    do: str
    about: str
    refs: tuple[str, ...]
    shown: str | None
    inspectors: tuple[Standing, ...]
    me: str = ""
    with_another: bool = True
    """Whether two act on the spot, as inspectors do."""
    by_account: bool = False

    @property
    def officers(self) -> tuple[str, ...]:
        """Who of the inspectors may be in charge of the case, by name."""
        return officers_for(self.inspectors, {self.case.subject.sector})

    @property
    def eligible(self) -> tuple[Finding, ...]:
        """The findings that the command may be about, in the order of the form."""
        return tuple(f for ref in self.refs if (f := self.case.finding(ref)) is not None)


_UNCHECKED_ZH = "本区该行业没有检查员账号，确认所填姓名无误"
_UNCHECKED_EN = "No inspector there has an account for the sector: the name is as it is written"
WITHOUT_ACCOUNT = FormField("without_account", "tick", Both(_UNCHECKED_ZH, _UNCHECKED_EN), True)
"""Ticked by whoever writes the name of an officer whom nobody knows."""


def fields_of(asked: Asked, rows: Mapping[str, int] | None = None) -> tuple[FormField, ...]:
    """The form's fields in the order of the model, then those of every command; `rows`: how many where one may add."""
    return (*own_fields(asked, rows), *fields_of_every_command(asked))


def own_fields(asked: Asked, rows: Mapping[str, int] | None = None) -> tuple[FormField, ...]:
    """The fields that only this command has."""
    own = _of_model(asked, COMMAND_MODELS[asked.do], "", rows or {}, leave_out=OF_EVERY_COMMAND)
    return (*own, WITHOUT_ACCOUNT) if asked.do == "assign_officers" and asked.by_account and not asked.officers else own


def _of_model(
    asked: Asked, model: type[BaseModel], prefix: str, rows: Mapping[str, int], leave_out: Iterable[str] = ()
) -> tuple[FormField, ...]:
    made: list[FormField] = []
    for name, info in model.model_fields.items():
        if name in leave_out:
            continue
        special = _SPECIAL.get(name)
        found = special(asked, f"{prefix}{name}", rows) if special else _plain(asked, f"{prefix}{name}", info)
        if found is not None:
            made.append(found)
    return tuple(made)


def _plain(asked: Asked, place: str, info: FieldInfo) -> FormField:
    """The field that follows from the type alone."""
    name = place.rpartition(".")[2]
    of = asked.do if "." not in place else place.partition(".")[0]
    required = info.is_required() or (asked.do, name) in NEEDED
    facts: dict[str, Any] = {"label": label(of, name), "hint": hint(asked.do, name), "required": required}
    kinds = _bare(info.annotation)
    if bool in kinds:
        if not info.is_required() and info.default is False:
            return FormField(place, "tick", **facts)
        yes, no = _YES_NO.get(name, (Both("是", "yes"), Both("否", "no")))
        return FormField(place, "yes_no", options=(Option("true", *yes), Option("false", *no)), **facts)
    for kind, types in _BY_TYPE.items():
        if types & kinds:
            return FormField(place, kind, **facts)
    return FormField(place, "text" if name in _LONG else "line", **facts)


def _bare(annotation: Any) -> set[Any]:
    """The types that a value may have, without what is said about them; a due instant is written as a day."""
    if get_origin(annotation) is tuple:
        return {tuple}
    if annotation is datetime:
        return {date}
    inner = [a for a in get_args(annotation) if a is not type(None)]
    return set[Any]().union(*(_bare(a) for a in inner)) if inner and not isinstance(inner[0], str) else {annotation}


# ---------------------------------------------------------------- fields that case and plan fill

Make = Callable[[Asked, str, Mapping[str, int]], FormField | None]


def _fixed(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    return FormField(place, "hidden", label(asked.do, place), value=(asked.about,), preset=True)


def _shown(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    return FormField(place, "hidden", Both("", ""), value=(asked.shown or "",), preset=True)


def _finding_option(finding: Finding) -> Option:
    short = finding.description if len(finding.description) <= 40 else f"{finding.description[:40]}…"
    return Option(finding.ref, f"{finding.ref}　{short}", f"{finding.ref} {short}")


def _ref(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    """The finding that it is about; of a new finding its number."""
    if place != "ref":
        number = int(place.split(".")[1])
        return FormField(place, "line", label(asked.do, "ref"), True, value=(_unused(asked.case, number),), preset=True)
    options = tuple(_finding_option(f) for f in asked.eligible)
    value = asked.about if asked.about in asked.refs else asked.refs[0] if len(asked.refs) == 1 else ""
    return FormField(place, "choice", label(asked.do, "ref"), True, options, value=(value,), preset=True)


def _unused(case: Case, number: int) -> str:
    """The number of a new finding, as F3: those of the case go on, also where an earlier one is a bare number."""
    known = [int(found[1]) for f in case.findings if (found := _NUMBERED.fullmatch(f.ref))]
    return f"F{max([len(case.findings), *known]) + 1 + number}"


def _refs(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    findings = asked.case.findings if asked.do in _ALL_FINDINGS else asked.eligible
    options = tuple(_finding_option(f) for f in findings)
    ticked = tuple(f.ref for f in findings if f.ref == asked.about)
    return FormField(place, "ticks", label(asked.do, "refs"), asked.do not in _ALL_FINDINGS, options, value=ticked)


def _reclassify(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField | None:
    """Of a close: which ground is no illegal operation (N 3.2)."""
    proposed = [m for m in asked.case.musts_in("proposed") if m.must == asked.about == "close"]
    refs = {g.ref for m in proposed for g in m.grounds if g.reason == "illegal_operation"}
    options = tuple(_finding_option(f) for f in asked.case.findings if f.ref in refs)
    said = hint(asked.do, "reclassify")
    return FormField(place, "ticks", label(asked.do, "reclassify"), options=options, hint=said) if options else None


def _nothing(asked: Asked, place: str, rows: Mapping[str, int]) -> None:
    """No field: a proposal names all grounds of its must."""


def _files_of_row(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField | None:
    """The files of a finding; those of the whole act stand below, with what every command takes."""
    of, _, row = place.partition(".")
    return FormField(place, "files", label(of, "files")) if row else None


def _answers(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    options = (Option("true", "是", "yes"), Option("false", "否", "no"))
    parts = tuple(
        FormField(f"{place}.{q.id}", "yes_no", Both(q.zh, q.en), asked.about == "nothing", options)
        for q in asked.plan.questions
    )
    return FormField(place, "group", label(asked.do, "answers"), parts=parts)


def _findings(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField | None:
    if asked.about == "nothing":
        return None
    made = tuple(
        FormField(
            f"{place}.{n}",
            "row",
            Both(f"第 {n + 1} 项", f"Finding {n + 1}"),
            parts=tuple(
                part if asked.do == "record_findings" and (n == 0 or part.preset) else _starred(part)
                for part in _of_model(asked, FindingFacts, f"{place}.{n}.", rows)
            ),
        )
        for n in range(rows.get(place, 1))
    )
    return FormField(place, "rows", label(asked.do, "findings"), parts=made, free=True)


def _one_for_each(model: type[BaseModel], *, is_needed_alone: bool = False) -> Make:
    """A row for each finding that the command may be about; `is_needed_alone`: the only one is not left empty."""

    def make(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
        is_needed, said = is_needed_alone and len(asked.eligible) == 1, hint(asked.do, place)
        made = tuple(
            FormField(
                f"{place}.{n}",
                "row",
                Both(*_finding_option(f)[1:3]),
                parts=(
                    FormField(f"{place}.{n}.ref", "hidden", Both("", ""), value=(f.ref,), preset=True),
                    *(
                        f if is_needed else _optional(f)
                        for f in _of_model(asked, model, f"{place}.{n}.", rows, leave_out=("ref",))
                    ),
                ),
            )
            for n, f in enumerate(asked.eligible)
        )
        return FormField(place, "rows", label(asked.do, place), parts=made, hint=None if is_needed else said)

    return make


def _optional(field: FormField) -> FormField:
    """Of a row that may be left empty; what is filled in is judged as a whole."""
    return replace(field, required=False)


def _starred(field: FormField) -> FormField:
    """Of a row that may be left empty, and is whole where it is not."""
    return replace(field, required=False, starred=field.required)


def _category(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    plan = asked.plan
    listed = (
        *((c, Both("非法违法行为", "Illegal conduct")) for c in plan.illegal_conduct),
        *((c, Both("事故隐患", "Hazards")) for c in plan.hazards),
        (plan.other, Both("其他", "Other")),
    )
    marks = {c.id: "" if c is plan.other else f"{c.id} " for c, _ in listed}
    options = tuple(Option(c.id, f"{marks[c.id]}{c.zh}", f"{marks[c.id]}{c.en}", under) for c, under in listed)
    return FormField(place, "choice", label(asked.do, "category"), asked.do != "correct_finding", options)


def _grade(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    options = tuple(Option(grade, *names) for grade, names in GRADES.items())
    return FormField(place, "choice", label(asked.do, "grade"), asked.do != "correct_finding", options)


def _fine(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField | None:
    """Of a fine: the article and the base; the amounts follow."""
    if asked.about != "fine":
        return None
    articles = tuple(Option(a.id, *_with_limits(a)) for a in asked.plan.articles)
    parts = (
        FormField(f"{place}.article", "choice", label(asked.do, "article"), True, articles),
        FormField(f"{place}.base", "amount", label(asked.do, "base"), hint=hint(asked.do, "base")),
    )
    return FormField(place, "group", label(asked.do, "fine"), parts=parts, hint=_who_is_fined(asked))


def _with_limits(article: Article) -> Both:
    """The article with what it fines at most, the unit and each person responsible."""
    unit, person = _limit_said(article.unit), _limit_said(article.person)
    return Both(
        f"{article.zh}：单位 {unit.zh}，责任人每人 {person.zh}",
        f"{article.en}: the unit {unit.en}, each person responsible {person.en}",
    )


def _limit_said(limit: Limit) -> Both:
    if limit.fixed is not None:
        return Both(f"{limit.fixed:,} 元", f"{limit.fixed:,} yuan")
    if limit.factor is not None and limit.factor < 1:
        share = f"{(limit.factor * 100).normalize():f}%"
        return Both(f"基数的 {share}", f"{share} of the base")
    return Both(f"基数的 {limit.factor} 倍", f"{limit.factor} × base")


def _who_is_fined(asked: Asked) -> Both | None:
    """That the amounts follow, and for whom."""
    known, owed = hint(asked.do, "fine"), next((m for m in asked.case.musts_in("owed") if m.must == "fine"), None)
    names = sorted(responsible_persons(asked.case, owed)) if owed else []
    if known is None or not names:
        return known
    return Both(f"{known.zh}；责任人：{'、'.join(names)}", f"{known.en}; responsible: {', '.join(names)}")


def _details(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    """What proves the execution of this must."""
    checks = tuple(Option(c.id, c.zh, c.en) for c in asked.plan.closure_checks)
    kinds: dict[str, Kind] = {"supervision": "lines", "checks": "ticks"}
    parts = tuple(
        FormField(
            f"{place}.{name}",
            kinds.get(name, "line"),
            label(asked.about, name),
            True,
            checks if name == "checks" else (),
            hint=hint(asked.do, name),
        )
        for name in _DETAILS[asked.about]
    )
    return FormField(place, "group", Both("执行证明", "Proof"), parts=parts)


def _conditions(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    options = (Option("true", "符合", "met"), Option("false", "不符合", "not met"))
    parts = tuple(
        FormField(f"{place}.{c.id}", "yes_no", Both(c.zh, c.en), True, options) for c in asked.plan.restart_conditions
    )
    return FormField(place, "group", label(asked.do, "conditions"), parts=parts)


def _evidence(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    """What was done and what proves it; photos alone prove it too."""
    return FormField(place, "lines", label(asked.do, "evidence"), hint=hint(asked.do, "evidence"))


def _officers(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    """Ticks for the inspectors of the district and sector; where none of those has an account, names are written."""
    is_chosen = asked.by_account and bool(asked.officers)
    names = asked.officers if is_chosen else (*asked.case.officers, *asked.officers)
    options = tuple(Option(name, name, name) for name in dict.fromkeys(names))
    of, now = label(asked.do, "officers"), asked.case.officers
    return FormField(place, "ticks", of, True, options, value=now, free=not is_chosen)


def _signatories(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    """Who signs the acceptance: inspectors of the district are ticked, others written."""
    names = dict.fromkeys(name for name in (asked.me, *(i.name for i in asked.inspectors)) if name)
    options = tuple(Option(name, name, name) for name in names)
    kind: Kind = "ticks" if options else "lines"
    label_of, hint_of = label(asked.do, "signatories"), hint(asked.do, "signatories")
    return FormField(place, kind, label_of, True, options, (), (asked.me,), hint_of, free=bool(options))


def _district(asked: Asked, place: str, rows: Mapping[str, int]) -> FormField:
    options = tuple(Option(d.id, d.zh, d.en) for d in asked.plan.districts if d.id != asked.case.district)
    return FormField(place, "choice", label(asked.do, "district"), True, options)


def fields_of_every_command(asked: Asked) -> tuple[FormField, ...]:
    """What every command takes: a note, when it happened, the other inspector."""
    who = tuple(Option(i.post.post_id, i.name, i.name) for i in asked.inspectors)
    together = who and asked.with_another
    with_whom = (FormField("with", "choice", label(asked.do, "with"), options=who),) if together else ()
    files = FormField("files", "files", label(asked.do, "files"), asked.do == "attach", hint=hint(asked.do, "files"))
    return (
        *((files,) if asked.do in TAKES_FILES else ()),
        *with_whom,
        FormField("observed_at", "instant", label(asked.do, "observed_at")),
        *((FormField("note", "text", label(asked.do, "note")),) if asked.do != "add_note" else ()),
    )


_SPECIAL: dict[str, Make] = {
    "must": _fixed,
    "level": _fixed,
    "shown": _shown,
    "ref": _ref,
    "refs": _refs,
    "reclassify": _reclassify,
    "grounds": _nothing,
    "answers": _answers,
    "findings": _findings,
    "assignments": _one_for_each(Assignment, is_needed_alone=True),
    "verdicts": _one_for_each(Verdict),
    "category": _category,
    "grade": _grade,
    "fine": _fine,
    "details": _details,
    "conditions": _conditions,
    "officers": _officers,
    "signatories": _signatories,
    "evidence": _evidence,
    "files": _files_of_row,
    "district": _district,
}
