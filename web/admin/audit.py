"""`/admin/audit`: what was done beside the cases, newest first, by kind, outcome, person, case, day; and as a file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from ledgers.writing.plain_list import write_list
from models.audit import AuditLine, LoggedAudit, as_fact
from models.instants import day_of, end_of_day, say_due, say_instant, start_of_day
from models.people import Person
from models.plan import Plan
from models.typed import same_text
from rules.access import scope
from rules.access.deeds import NOT_YOURS
from rules.case.stage import NAMES as STAGES
from rules.words.audited import AUDIT_FACTS, AUDIT_KINDS, AUDIT_OUTCOMES, AUDIT_VALUES, OF_A_MOVE, OF_AN_EARLY_END
from rules.words.naming import Both, district_named, sector_named
from rules.words.running import CHORE_NAMES
from rules.words.terms import EVERY_DEED, OUTCOMES, ROLES
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.filter_words import names_a_case
from serving.guard import from_our_page
from serving.problems import one_field
from store.audit import AuditFilter, audit_count, audit_page, noted
from store.case_list import CaseFilter, searched_cases
from store.counted import COUNTED_TO
from store.people import holders_of_accounts, names_of, people
from store.subject_search import names_of_subjects, search_subjects
from store.tokens import labels_of
from web.admin.door import Auditing, tabs
from web.admin.record import record_of
from web.admin.why_refused import why_refused
from web.download import download
from web.entry import newest
from web.language import language_of
from web.queries import AuditQuery
from web.render import link, listed_at, page

router = APIRouter(include_in_schema=False)
_HERE = "/admin/audit"
_ROWS, _PAGE, _MOST = 50, 2000, 50_000
_NAMESAKES = 200
_CASES_ASKED = 200
_CASES_LINKED = 5
_PEOPLE = ("holder", "person", "who")
"""Facts that are ids of people."""
_SUBJECTS = ("subject_id", "subject", "into")
"""Facts that are ids of subjects."""
_HEADERS = (
    *(
        ("序号", "No."),
        ("时间（北京时间）", "At (Beijing time)"),
        ("事项", "What"),
        ("结果", "Outcome"),
        ("经办人", "By"),
    ),
    *(
        ("经办人编号", "By (id)"),
        ("角色", "Role"),
        ("辖区", "Territory"),
        ("案件", "Case"),
        ("关于人员、对象", "About"),
    ),
    *(("文件", "File"), ("说明", "Facts")),
)
_OF_A_REFUSAL = {"code": ("未予受理的原因", "why refused")}
_VALUES: dict[str, Mapping[Any, tuple[str, str]]] = {
    **{"deed": EVERY_DEED, "role": ROLES, "kind": AUDIT_KINDS, "schedule": CHORE_NAMES},
    **{"stage": STAGES, "outcome": OUTCOMES, "file": {"xlsx": ("Excel", "Excel"), "csv": ("CSV", "CSV")}},
    **dict.fromkeys(("what", "way", "by_way_of", "order", "edge"), AUDIT_VALUES),
}


class Line(NamedTuple):
    """A line of the log with the names of whoever acted and was acted on, and its facts in words.

    `subjects`: those of the register that it is about, by id and name.
    """

    logged: LoggedAudit
    by: str
    about: str
    subjects: tuple[tuple[str, str], ...]
    facts: tuple[tuple[tuple[str, str], tuple[str, str]], ...]


@router.get(_HERE)
def audit(request: Request, who: Auditing, behind: Behind, query: Annotated[AuditQuery, Query()]) -> Response:
    """A page of the log, and what the last verification of the record said."""
    cases = _cases_meant(behind, query.case)
    wrong, too_many = _backwards(query), cases.too_many
    which = None if wrong or too_many else _filter(behind, query, cases)
    found = audit_page(behind.records, which, _ROWS + 1, query.after) if which else tuple[LoggedAudit, ...]()
    shown, kept, campaign = found[:_ROWS], query.address, newest(behind)
    response = page(
        request,
        "admin_audit.html",
        campaign,
        status=200 if which else 422,
        wrong=wrong,
        too_many=too_many,
        tabs=tabs(who),
        rows=_lines(behind, shown, campaign.plan if campaign else None),
        query=query,
        count=audit_count(behind.records, which, COUNTED_TO + 1) if which and shown else 0,
        kinds=AUDIT_KINDS,
        today=day_of(datetime.now(UTC)) if campaign and campaign.clock_offset else None,
        outcomes=AUDIT_OUTCOMES,
        is_nobody=query.who is not None and not shown and not _called_so(behind, query.who),
        is_no_subject=cases.is_nothing,
        of_cases=(which.cases or ())[:_CASES_LINKED] if which else (),
        record=record_of(behind),
        following=link(_HERE, **kept, after=shown[-1].seq) if found[_ROWS:] else None,
        first=link(_HERE, **kept) if query.after else None,
        export=link(f"{_HERE}/export", **kept),
    )
    return listed_at(request, response, link(_HERE, **kept, after=query.after))


@router.get("/admin/audit/export", dependencies=[Depends(from_our_page)])
def export(request: Request, who: Auditing, behind: Behind, query: Annotated[AuditQuery, Query()]) -> Response:
    """All lines that the filters leave, as a table; who exported is noted."""
    if wrong := _backwards(query):
        raise one_field("until", *wrong)
    cases = _cases_meant(behind, query.case)
    if cases.too_many:
        raise one_field("case", *cases.too_many[0], *cases.too_many[1])
    which = _filter(behind, query, cases)
    if audit_count(behind.records, which, _MOST + 1) > _MOST:
        zh, en = f"超过 {_MOST} 行", f"leaves more than {_MOST} lines"
        raise one_field("since", zh, en, "请按日期缩小范围", "narrow it by days")
    asked = {name: str(value) for name, value in query.address.items() if value}
    facts = {"what": "audit", **{name: as_fact(value) for name, value in asked.items() if name != "campaign"}}
    place = 1 if language_of(request) == "en" else 0
    line = AuditLine(kind="exported", by=asked_by(request, who), file="audit.csv", facts=facts)
    campaign, heads = newest(behind), [header[place] for header in _HEADERS]
    rows = _rows(behind, which, campaign.plan if campaign else None, place)
    with noted(behind.records, line):
        return download("audit.csv", lambda path: write_list(path, "audit", heads, rows), "audit")


def _backwards(query: AuditQuery) -> Both | None:
    """What is wrong with days of which the first is after the last."""
    if query.since is None or query.until is None or query.since <= query.until:
        return None
    return Both("“至”早于“自”", "the last day is before the first")


def _filter(behind: Backing, query: AuditQuery, cases: "_CasesMeant") -> AuditFilter:
    """A person by id; by name or login everybody of that name, whoever that is, else those in whose name it is."""
    asked, meant = query.who, None
    if asked is not None:
        found = _called_so(behind, asked)
        meant = (asked, *(p.person_id for p in found), *(a.account_id for p in found for a in p.accounts))
    return AuditFilter(
        kind=query.kind,
        outcome=query.outcome,
        people=meant,
        cases=cases.ids,
        subjects=cases.subjects,
        since=start_of_day(query.since) if query.since else None,
        until=end_of_day(query.until) if query.until else None,
    )


def _called_so(behind: Backing, asked: str) -> Sequence[Person]:
    """Everybody of that name or login, else those in whose name it is."""
    known = people(behind.records, words=asked, limit=_NAMESAKES)
    return [p for p in known if asked == p.name or any(same_text(asked) == a.login for a in p.accounts)] or known


class _CasesMeant(NamedTuple):
    """The cases and subjects whose lines are asked for, None for all; what is wrong with a name that more have, and the
    remedy.
    """

    ids: tuple[str, ...] | None
    subjects: tuple[str, ...] | None = None
    too_many: tuple[Both, Both] | None = None
    is_nothing: bool = False


def _cases_meant(behind: Backing, asked: str | None) -> _CasesMeant:
    """The case of that id; else those whose number begins so, and whatever subject is called so, case or none."""
    if asked is None or names_a_case(asked):
        return _CasesMeant(None if asked is None else (asked,))
    found, hits = searched_cases(behind.records, CaseFilter(q=asked), datetime.now(UTC), _CASES_ASKED)
    states = (None, "merged")
    called = [
        s for state in states for s in search_subjects(behind.records, asked, limit=_CASES_ASKED + 1, state=state)
    ]
    meant = _CasesMeant(
        tuple(row.case_id for row in found),
        tuple({asked, *(one.subject_id for one in called), *(row.subject_id for row in found)}),
    )
    if not found and not called:
        return meant._replace(is_nothing=True)
    if hits <= len(found) and len(called) <= _CASES_ASKED:
        return meant
    said = Both(f"符合的案件或对象超过 {_CASES_ASKED} 个", f"more than {_CASES_ASKED} cases or subjects are called so")
    return meant._replace(too_many=(said, Both("请写得更完整", "write more of it")))


def _lines(behind: Backing, shown: Sequence[LoggedAudit], plan: Plan | None) -> list[Line]:
    ids = {one for line in shown for one in (line.by.person, line.about_person) if one}
    ids |= {str(line.facts[name]) for line in shown for name in _PEOPLE if name in line.facts}
    names = names_of(behind.records, sorted(ids)) if ids else {}
    accounts = {line.by.account for line in shown if line.by.account and not line.by.person}
    names |= holders_of_accounts(behind.records, sorted(accounts)) if accounts else {}
    tokens = {str(line.facts["token_id"]) for line in shown if "token_id" in line.facts}
    labels = labels_of(behind.records, tokens) if tokens else {}
    names |= {one: f"{one}（{label}）" for one, label in labels.items()}
    subjects = {str(line.facts[name]) for line in shown for name in _SUBJECTS if line.facts.get(name)}
    known = names_of_subjects(behind.records, subjects) if subjects else {}
    return [_line(line, names, known, plan) for line in shown]


def _line(line: LoggedAudit, names: dict[str, str], subjects: dict[str, str], plan: Plan | None) -> Line:
    by = names.get(line.by.person or line.by.account or "") or line.by.name or line.by.account or line.by.token or ""
    about = line.about_person or ""
    about_whom = names.get(about, about)
    if line.kind == "sign_in_failed":  # somebody tried that account: whoever it was
        by, about_whom = "", by
    called = AUDIT_FACTS | _called(line)
    said = {name: _said(name, names.get(str(value), value), plan) for name, value in line.facts.items()}
    of = tuple((one, subjects.get(one, one)) for n in _SUBJECTS if (one := str(line.facts.get(n) or "")))
    if line.kind == "command_refused" and "code" in said:
        said["code"] = why_refused(str(line.facts["code"]), _known(line, of, said, plan))
    facts = tuple((called.get(name, (name, name)), value) for name, value in said.items())
    return Line(line, by, about_whom, of, facts)


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


def _rows(behind: Backing, which: AuditFilter, plan: Plan | None, place: int) -> Iterator[list[str]]:
    last: int | None = None
    while found := audit_page(behind.records, which, _PAGE, last):
        yield from (_cells(line, plan, place) for line in _lines(behind, found, plan))
        last = found[-1].seq


def _cells(line: Line, plan: Plan | None, place: int) -> list[str]:
    of, role, territory = line.logged, line.logged.by.role or "", line.logged.by.territory or ""
    there = district_named(plan, territory)[place] if plan and territory else territory
    about = (line.about, *(name for _, name in line.subjects), str(of.facts.get("campaign", "")))
    facts = "; ".join(f"{name[place]}={value[place]}" for name, value in line.facts)
    return [
        *(str(of.seq), say_instant(of.at), AUDIT_KINDS[of.kind][place], AUDIT_OUTCOMES[of.outcome][place], line.by),
        *(of.by.id, ROLES.get(role, (role, role))[place], there, of.case_id or ""),
        *("; ".join(filter(None, about)), of.file or "", facts),
    ]
