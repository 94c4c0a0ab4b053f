"""What is no subject of a plan, and what a subject becomes by a change (domain §2; all A unless said otherwise).

The decider of the register: the desk asks it before the cases follow, the store under the subject's lock.
"""

from datetime import date
from typing import Literal

from models.plan import Plan
from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.words.clauses import cited
from rules.words.naming import Both
from rules.words.refusals import refuse

Change = Literal["add", "change", "licence", "person", "cease", "resume", "move", "merge"]
"""The deeds of the register (`rules/access/deeds.py`)."""


MOST_IN_A_LINE = 200
"""Characters of a name, a code, a street or a community (A). What was longer before there was a limit stays."""
_LEAST_DIGITS = 5
"""Of a phone number (A): those of the police and of special services are no responsible person's."""
_LINES = {
    "name": Both("名称", "the name"),
    "code": Both("统一社会信用代码", "the credit code"),
    "street": Both("街道（乡镇）", "the street or town"),
    "community": Both("社区（村）", "the community or village"),
}


def too_long(facts: SubjectFacts, before: SubjectFacts | None = None) -> tuple[str, Refused] | None:
    """The first fact that does not fit into a line of the register, and why; what was so `before` is left as it is."""
    for field, names in _LINES.items():
        text = getattr(facts, field)
        if text is not None and len(text) > MOST_IN_A_LINE and text != getattr(before, field, None):
            return field, refuse("line_too_long", field=names, most=MOST_IN_A_LINE, length=len(text))
    return None


def no_phone_number(phone: str) -> Refused | None:
    """What nobody can dial is no phone number; none at all is left out."""
    digits = sum(sign.isascii() and sign.isdigit() for sign in phone)
    if not phone or (digits >= _LEAST_DIGITS and not phone.strip("0123456789+- ")):
        return None
    return refuse("no_phone_number", least=_LEAST_DIGITS)


def wrong_place(plan: Plan, facts: SubjectFacts) -> Refused | None:
    """A district or sector that the plan does not have."""
    if not any(d.id == facts.district for d in plan.districts):
        return cited(plan, refuse("unknown_district", district=facts.district))
    if facts.sector is not None and not any(s.id == facts.sector for s in plan.sectors):
        return cited(plan, refuse("unknown_sector", sector=facts.sector))
    return None


def changed(subject: Registered, version: int, facts: SubjectFacts) -> Registered | Refused:
    """The subject with other facts; refused where they are the ones that it has."""
    if refused := _stands(subject, version):
        return refused
    if facts == subject.facts:
        return refuse("nothing_changed", subject=subject.name)
    return _next(subject, **facts.model_dump())


def ceased(subject: Registered, version: int, on: date) -> Registered | Refused:
    """The subject that no longer operates; its cases go on."""
    return _stands(subject, version) or _next(subject, state="ceased", ceased_on=on)


def ceased_ahead(on: date, today: date) -> Refused | None:
    """Nobody has ceased on a day that is still to come."""
    return refuse("ceased_ahead", today=today) if on > today else None


def resumed(subject: Registered, version: int) -> Registered | Refused:
    """The subject that operates again."""
    if refused := _stands(subject, version):
        return refused
    if subject.state != "ceased":
        return refuse("subject_not_active", subject=subject.name, state=subject.state)
    return _next(subject, state="active", ceased_on=None)


def merged(duplicate: Registered, into: Registered) -> Registered | Refused:
    """The duplicate behind another subject, which stands for itself."""
    if duplicate.subject_id == into.subject_id:
        return refuse("merge_with_itself", subject=into.name)
    for one in (duplicate, into):
        if one.state == "merged":
            return refuse("subject_merged", subject=one.name, into=one.merged_into)
    return behind(duplicate, into)


def behind(subject: Registered, into: Registered) -> Registered:
    """A duplicate of a duplicate stands behind the same subject as it."""
    return _next(subject, state="merged", merged_into=into.subject_id)


def described(subject: Registered) -> Registered:
    """The subject with one licence or responsible person more, or another one."""
    return _next(subject)


def _stands(subject: Registered, version: int) -> Refused | None:
    """It stands for itself, and as the caller read it."""
    if subject.state == "merged":
        return refuse("subject_merged", subject=subject.name, into=subject.merged_into)
    if subject.version != version:
        return refuse("stale_version", subject=subject.name, version=subject.version)
    return None


def _next(subject: Registered, **change: object) -> Registered:
    return subject.model_copy(update={**change, "version": subject.version + 1})
