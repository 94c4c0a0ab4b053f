"""Lines of the audit log in words: who, about whom and what, which facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.audit import LoggedAudit
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.access import scope
from rules.access.deeds import NOT_YOURS
from rules.case.stage import NAMES as STAGES
from rules.words.audited import AUDIT_FACTS, AUDIT_KINDS, AUDIT_VALUES, OF_A_MOVE, OF_AN_EARLY_END
from rules.words.naming import Both, district_named, sector_named
from rules.words.running import CHORE_NAMES
from rules.words.terms import EVERY_DEED, OUTCOMES, ROLES
from serving.backing import Backing
from store.people import holders_of_accounts, logins_of, names_of
from store.subject_search import names_of_subjects
from store.tokens import labels_of
from web.admin.why_refused import as_told, why_refused

_PEOPLE = ("holder", "person", "who")
"""Facts that are ids of people."""
_SUBJECTS = ("subject_id", "subject", "into")
"""Facts that are ids of subjects."""
_OF_A_REFUSAL = {"code": ("未予受理的原因", "why refused")}
_VALUES: dict[str, Mapping[Any, tuple[str, str]]] = {
    **{"deed": EVERY_DEED, "role": ROLES, "kind": AUDIT_KINDS, "schedule": CHORE_NAMES},
    **{"stage": STAGES, "outcome": OUTCOMES, "file": {"xlsx": ("Excel", "Excel"), "csv": ("CSV", "CSV")}},
    **dict.fromkeys(("what", "way", "by_way_of", "order", "edge"), AUDIT_VALUES),
}


AT_THE_COMMAND_LINE = Both("命令行", "command line")


class Fact(NamedTuple):
    """A fact of a line: its name in the log, what it is called, and its value in words."""

    name: str
    called: tuple[str, str]
    value: tuple[str, str]


class Line(NamedTuple):
    """A line of the log with the names of whoever acted and was acted on, and its facts in words.

    `acted_for`: in whose post a delegate acted. `subjects`: those of the register that it is about, by id and name.
    """

    logged: LoggedAudit
    by: str
    acted_for: str
    about: str
    subjects: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]


def is_at_the_command_line(line: LoggedAudit) -> bool:
    """Whether an account of the machine did it, and nobody who signed in."""
    return not line.by.person and (line.by.account or "").startswith("os:")


def in_words(behind: Backing, shown: Sequence[LoggedAudit], plan: Plan | None) -> list[Line]:
    """Lines of the log as the page and its export tell them, in a few queries for all."""
    ids = {one for line in shown for one in (line.by.person, line.by.principal, line.about_person) if one}
    ids |= {str(line.facts[name]) for line in shown for name in _PEOPLE if name in line.facts}
    names = names_of(behind.records, sorted(ids)) if ids else {}
    accounts = {line.by.account for line in shown if line.by.account and not line.by.person}
    names |= holders_of_accounts(behind.records, sorted(accounts)) if accounts else {}
    tokens = {str(line.facts["token_id"]) for line in shown if "token_id" in line.facts}
    labels = labels_of(behind.records, tokens) if tokens else {}
    names |= {one: f"{one} · {label}" for one, label in labels.items()}
    opened = sorted({str(line.facts["account"]) for line in shown if "account" in line.facts})
    logins = logins_of(behind.records, opened) if opened else {}
    values = names | {one: f"{login} · {one}" for one, login in logins.items()}
    subjects = {str(line.facts[name]) for line in shown for name in _SUBJECTS if line.facts.get(name)}
    known = names_of_subjects(behind.records, subjects) if subjects else {}
    return [_line(line, names, values, known, plan) for line in shown]


def _line(
    line: LoggedAudit, names: dict[str, str], values: dict[str, str], subjects: dict[str, str], plan: Plan | None
) -> Line:
    """`names`: of people, by their ids and accounts; `values`: of what facts hold."""
    by = names.get(line.by.person or line.by.account or "") or line.by.name or line.by.account or line.by.token or ""
    about = line.about_person or ""
    about_whom = names.get(about, about)
    is_at_the_door = line.kind == "sign_in_failed" and line.facts.get("way") != "proof"
    if is_at_the_door:  # somebody tried that account: whoever it was
        by, about_whom = "", by
    called = AUDIT_FACTS | _called(line)
    said = {name: _said(name, values.get(str(value), value), plan) for name, value in line.facts.items()}
    of = tuple((one, subjects.get(one, one)) for n in _SUBJECTS if (one := str(line.facts.get(n) or "")))
    told = Both(*(said.pop(name, ("", ""))[0] for name in ("said_zh", "said_en")))
    if line.kind == "command_refused" and "code" in said:
        code = str(line.facts["code"])
        said["code"] = as_told(code, told) if all(told) else why_refused(code, _known(line, of, said, plan))
    facts = tuple(Fact(name, called.get(name, (name, name)), value) for name, value in said.items())
    acted_for = names.get(line.by.principal or "", line.by.principal or "")
    return Line(line, by, acted_for, about_whom, of, facts)


def _known(
    line: LoggedAudit, of: tuple[tuple[str, str], ...], said: dict[str, tuple[str, str]], plan: Plan | None
) -> dict[str, Both]:
    """What the line keeps of the facts of a refusal's sentence."""
    known = {"do": Both(*said["deed"])} if "deed" in said else {}
    if of:
        known["subject"] = Both(of[0][1], of[0][1])
    if line.facts["code"] not in NOT_YOURS:  # it is about another's role, or a place that is not whose it is
        return known
    if line.by.role:
        known["role"] = Both(*ROLES.get(line.by.role, (line.by.role, line.by.role)))
    if line.by.territory:
        known["territory"] = Both(*_said("territory", line.by.territory, plan))
    return known


def _called(line: LoggedAudit) -> dict[str, tuple[str, str]]:
    """What two instants of a line are called, where they are no period: what was, and what is."""
    if "edge" in line.facts:
        return OF_A_MOVE
    if line.kind == "command_refused":
        return _OF_A_REFUSAL
    return OF_AN_EARLY_END if line.facts.get("deed") == "complete_now" else {}


def _said(name: str, value: object, plan: Plan | None) -> tuple[str, str]:
    """A value by its name where it has one."""
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    if name in ("territory", "district") and plan is not None:
        return district_named(plan, str(value))
    if name == "phase" and plan is not None:
        return next(((p.zh, p.en) for p in plan.phases if p.id == value), (str(value), str(value)))
    if name == "sector" and plan is not None:
        return sector_named(plan, str(value))
    if name in ("since", "until", "expires") and (instant := _instant(str(value))) is not None:
        said = say_instant(instant) if name == "since" else say_due(instant)
        return said, said
    if name == "scope":
        words = [scope.named(word) for word in str(value).split(",")]
        return "、".join(word.zh for word in words), ", ".join(word.en for word in words)
    known = _VALUES.get(name, {})
    return known.get(str(value), (str(value), str(value)))


def _instant(value: str) -> datetime | None:
    """An instant with a time of day; a day alone is told as it is."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
