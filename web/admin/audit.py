"""`/admin/audit`: what was done beside the cases, newest first, by kind, outcome, person, case, day; and as a file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from ledgers.writing.plain_list import write_list
from models.audit import AuditLine, LoggedAudit, as_fact
from models.instants import day_of, end_of_day, say_instant, start_of_day
from models.plan import Plan
from models.typed import same_text
from rules.words.audited import AUDIT_KINDS, AUDIT_OUTCOMES
from rules.words.naming import Both, district_named
from rules.words.terms import EVERY_DEED, ROLES
from serving.audited import asked_by
from serving.backing import Backing, Behind
from serving.filter_words import names_a_case
from serving.guard import from_our_page
from serving.problems import one_field
from store.audit import AuditFilter, audit_count, audit_page, noted
from store.case_list import CaseFilter, searched_cases
from store.counted import COUNTED_TO
from store.done import StepBy, steps_by
from store.people import names_of, people
from store.subject_search import find_subject, search_subjects
from web.admin.door import Auditing, tabs
from web.admin.record import record_of
from web.admin.why_refused import LEFT_OUT
from web.audit_lines import AT_THE_COMMAND_LINE, Line, in_words, is_at_the_command_line
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
_IN_THE_CASE = ("在案件中办理，时间为案件时间", "done in the case, by the time of the campaign")
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
        ("被代理人", "Acting for"),
        ("角色", "Role"),
        ("辖区", "Territory"),
        ("案件", "Case"),
        ("关于人员、对象", "About"),
    ),
    *(("文件", "File"), ("说明", "Facts")),
)


@router.get(_HERE)
def audit(request: Request, who: Auditing, behind: Behind, query: Annotated[AuditQuery, Query()]) -> Response:
    """A page of the log, and what the last verification of the record said."""
    cases = _cases_meant(behind, query.case)
    wrong, too_many, meant = _backwards(query), cases.too_many, _people_meant(behind, query.who)
    which = None if wrong or too_many else _filter(query, meant, cases)
    found = audit_page(behind.records, which, _ROWS + 1, query.after) if which else tuple[LoggedAudit, ...]()
    shown, kept, campaign = found[:_ROWS], query.address, newest(behind)
    rows = in_words(behind, shown, campaign.plan if campaign else None)
    response = page(
        request,
        "admin_audit.html",
        campaign,
        status=200 if which else 422,
        wrong=wrong,
        too_many=too_many,
        tabs=tabs(who),
        rows=rows,
        leaves_out=any(LEFT_OUT in fact.value[0] for row in rows for fact in row.facts if fact.name == "code"),
        query=query,
        count=audit_count(behind.records, which, COUNTED_TO + 1) if which and shown else 0,
        kinds=AUDIT_KINDS,
        at_command_line=is_at_the_command_line,
        command_line=AT_THE_COMMAND_LINE,
        today=day_of(datetime.now(UTC)) if campaign and campaign.clock_offset else None,
        outcomes=AUDIT_OUTCOMES,
        is_nobody=not shown and _is_nobody(behind, meant),
        is_no_subject=cases.is_nothing,
        of_cases=(which.cases or ())[:_CASES_LINKED] if which else (),
        so_many_cases=len(which.cases or ()) if which else 0,
        steps=_steps_asked(behind, which, query, _ROWS) if not query.after else None,
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
    which = _filter(query, _people_meant(behind, query.who), cases)
    if (count := audit_count(behind.records, which, _MOST + 1)) > _MOST:
        zh, en = f"超过 {_MOST} 行", f"leaves more than {_MOST} lines"
        raise one_field("since", zh, en, "请按日期缩小范围", "narrow it by days")
    asked = {name: str(value) for name, value in query.address.items() if value}
    campaign, place = newest(behind), 1 if language_of(request) == "en" else 0
    plan, heads = campaign.plan if campaign else None, [header[place] for header in _HEADERS]
    steps = _steps_asked(behind, which, query, _MOST)
    facts = {name: as_fact(value) for name, value in asked.items() if name != "campaign"}
    facts |= {"what": "audit", "rows": count + len(steps.rows if steps else ())}
    file = f"{('审计日志', 'audit')[place]} {day_of(datetime.now(UTC))}.csv"
    line = AuditLine(kind="exported", by=asked_by(request, who), file=file, facts=facts)
    rows = chain(_rows(behind, which, plan, place), _step_rows(steps, plan, place) if steps else ())
    with noted(behind.records, line):
        return download(file, lambda path: write_list(path, "audit", heads, rows), "audit")


def _backwards(query: AuditQuery) -> Both | None:
    """What is wrong with days of which the first is after the last."""
    if query.since is None or query.until is None or query.since <= query.until:
        return None
    return Both("“至”早于“自”", "the last day is before the first")


def _filter(query: AuditQuery, people_meant: tuple[str, ...] | None, cases: "_CasesMeant") -> AuditFilter:
    return AuditFilter(
        kind=query.kind,
        outcome=query.outcome,
        people=people_meant,
        cases=cases.ids,
        subjects=cases.subjects,
        since=start_of_day(query.since) if query.since else None,
        until=end_of_day(query.until) if query.until else None,
    )


class _Steps(NamedTuple):
    """What whoever is asked for did in cases, with the names by id; `more`: than are shown."""

    rows: tuple[StepBy, ...]
    names: dict[str, str]
    more: bool


def _steps_asked(behind: Backing, which: AuditFilter | None, query: AuditQuery, most: int) -> _Steps | None:
    """None where nobody is asked for, or less than all: what was done in cases stands in them, and not in this log."""
    if which is None or not which.people or query.case or query.kind or query.outcome:
        return None
    found = steps_by(behind.records, which.people, most + 1, which.since, which.until)
    everybody = {who for one in found for who in (one.person, one.principal) if who}
    return _Steps(found[:most], names_of(behind.records, sorted(everybody)), len(found) > most)


def _people_meant(behind: Backing, asked: str | None) -> tuple[str, ...] | None:
    """What was asked for, and the ids of everybody of that name or login, else of those in whose name it is."""
    if asked is None:
        return None
    known = people(behind.records, words=asked, limit=_NAMESAKES)
    of_that_name = [p for p in known if asked == p.name or any(same_text(asked) == a.login for a in p.accounts)]
    found = of_that_name or known
    return (asked, *(p.person_id for p in found), *(a.account_id for p in found for a in p.accounts))


def _is_nobody(behind: Backing, meant: tuple[str, ...] | None) -> bool:
    """Whether it is nobody's name, login or id."""
    return meant is not None and len(meant) == 1 and not names_of(behind.records, meant)


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
    at_most = _CASES_ASKED + 1
    called = [*search_subjects(behind.records, asked, limit=at_most)]
    called += search_subjects(behind.records, asked, limit=at_most, state="merged")
    meant = _CasesMeant(
        tuple(row.case_id for row in found),
        tuple({asked, *(one.subject_id for one in called), *(row.subject_id for row in found)}),
    )
    if not found and not called:
        return meant._replace(is_nothing=find_subject(behind.records, asked) is None)
    if hits <= len(found) and len(called) <= _CASES_ASKED:
        return meant
    said = Both(f"符合的案件或对象超过 {_CASES_ASKED} 个", f"more than {_CASES_ASKED} cases or subjects are called so")
    return meant._replace(too_many=(said, Both("请写得更完整", "write more of it")))


def _rows(behind: Backing, which: AuditFilter, plan: Plan | None, place: int) -> Iterator[list[str]]:
    last: int | None = None
    while found := audit_page(behind.records, which, _PAGE, last):
        yield from (_cells(line, plan, place) for line in in_words(behind, found, plan))
        last = found[-1].seq


def _cells(line: Line, plan: Plan | None, place: int) -> list[str]:
    of, territory = line.logged, line.logged.by.territory or ""
    there = district_named(plan, territory)[place] if plan and territory else territory
    role = AT_THE_COMMAND_LINE if is_at_the_command_line(of) else ROLES.get(of.by.role or "", ("", ""))
    about = (line.about, *(name for _, name in line.subjects), str(of.facts.get("campaign", "")))
    facts = "; ".join(f"{one.called[place]}={one.value[place]}" for one in line.facts)
    return [
        *(str(of.seq), say_instant(of.at), AUDIT_KINDS[of.kind][place], AUDIT_OUTCOMES[of.outcome][place], line.by),
        *(of.by.id if line.by else "", line.acted_for, role[place] or of.by.role or "", there, of.case_id or ""),
        *("; ".join(filter(None, about)), of.file or "", facts),
    ]


def _step_rows(steps: _Steps, plan: Plan | None, place: int) -> Iterator[list[str]]:
    """What was done in cases, below the lines of the log, of which it is none: without a number."""
    for one in steps.rows:
        there = district_named(plan, one.district)[place] if plan else one.district
        acted_for = steps.names.get(one.principal, one.principal) if one.principal else ""
        yield [
            *("", say_instant(one.at), EVERY_DEED.get(one.do, (one.do, one.do))[place], AUDIT_OUTCOMES["done"][place]),
            *(steps.names.get(one.person, one.person), one.person, acted_for, "", there, one.case_id, one.subject),
            *("", _IN_THE_CASE[place]),
        ]
