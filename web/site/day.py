"""What an inspector takes along for a day: the cases to visit, what is asked there, and with whom."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from desk.evidence import ACCEPTED
from models.actors import Actor
from models.base import Frozen
from models.files import FILES_A_COMMAND, LARGEST_FILE
from models.instants import say_due
from models.people import Standing
from models.plan import Plan
from rules.clocks.periods import before
from rules.words.clock_words import duty_said
from rules.words.naming import Both
from rules.words.terms import GRADES
from store.campaigns import Campaign
from store.to_do import ToDoRow
from web.site.again import Again, Said


class Task(Frozen):
    """What is to be done there, and until when; `late`: that was missed."""

    zh: str
    en: str
    due: str
    due_at: datetime
    late: bool
    about: str | None


class ToVisit(Frozen):
    """A case with what is to be done there, most urgent first, and what is to be looked at again."""

    case_id: str
    subject: str
    street: str | None
    district: Said
    sector: Said | None
    tasks: tuple[Task, ...]
    again: Again


class Category(Said):
    """An item of the checklist. Where it is found, the questions `denies` are not answered yes; nor, found as a major
    hazard, those of `affirms` no (`rules/case/investigation.py`).
    """

    denies: tuple[str, ...]
    affirms: tuple[str, ...]


class Categories(Frozen):
    """The part of the checklist under one heading."""

    zh: str
    en: str
    categories: tuple[Category, ...]


class Colleague(Frozen):
    """Somebody who may be the other inspector."""

    post_id: str
    actor: Actor


class Day(Frozen):
    """All of it. `now`: the campaign's instant, by which the telephone sets what it writes down.

    `observed_within`: seconds after which an inspection is no longer sent with its instant, but with its day.
    """

    by: Actor
    person: str
    campaign_id: str
    now: datetime
    observed_within: int
    is_own: bool
    cases: tuple[ToVisit, ...]
    questions: tuple[Said, ...]
    conditions: tuple[Said, ...]
    checklist: tuple[Categories, ...]
    grades: tuple[Said, ...]
    colleagues: tuple[Colleague, ...]
    most_files: int = FILES_A_COMMAND
    largest_file: int = LARGEST_FILE
    accepted: str = ACCEPTED


def day_of_inspector(
    campaign: Campaign,
    who: Actor,
    now: datetime,
    rows: tuple[ToDoRow, ...],
    again: Mapping[str, Again],
    *,
    is_own: bool,
    here: tuple[Standing, ...],
) -> Day:
    """The day of whoever signed in, from the lines of what is to be done, and what is looked at again by case."""
    plan = campaign.plan
    oldest = before(plan.clocks.observed_before, now, campaign.working_days)
    return Day(
        by=who,
        person=who.person or "",
        campaign_id=campaign.campaign_id,
        now=now,
        observed_within=int((now - oldest) / timedelta(seconds=1)),
        is_own=is_own,
        cases=_cases(plan, rows, again),
        questions=tuple(Said(id=q.id, zh=q.zh, en=q.en) for q in plan.questions),
        conditions=tuple(Said(id=c.id, zh=c.zh, en=c.en) for c in plan.restart_conditions),
        checklist=_checklist(plan),
        grades=tuple(Said(id=grade, zh=zh, en=en) for grade, (zh, en) in GRADES.items()),
        colleagues=tuple(
            Colleague(post_id=one.post.post_id, actor=one.actor) for one in here if not one.actor.seems_same_person(who)
        ),
    )


def _cases(plan: Plan, rows: tuple[ToDoRow, ...], again: Mapping[str, Again]) -> tuple[ToVisit, ...]:
    by_case: dict[str, list[ToDoRow]] = {}
    for row in rows:
        by_case.setdefault(row.case_id, []).append(row)
    districts = {d.id: Said(id=d.id, zh=d.zh, en=d.en) for d in plan.districts}
    sectors = {s.id: Said(id=s.id, zh=s.zh, en=s.en) for s in plan.sectors}
    return tuple(
        ToVisit(
            case_id=case_id,
            subject=of[0].subject,
            street=of[0].street,
            district=districts.get(of[0].district, Said(id=of[0].district, zh=of[0].district, en=of[0].district)),
            sector=sectors.get(of[0].sector or ""),
            tasks=tuple(_task(row) for row in of),
            again=again.get(case_id, Again()),
        )
        for case_id, of in by_case.items()
    )


def _task(row: ToDoRow) -> Task:
    zh, en = duty_said(row.clock, row.about)
    due, late = say_due(row.due_at), row.days_late is not None
    return Task(zh=zh, en=en, due=due, due_at=row.due_at, late=late, about=row.description)


def _checklist(plan: Plan) -> tuple[Categories, ...]:
    """Every category for every sector: the notice gives none to one sector alone (A)."""
    parts = (
        (Both("非法违法行为", "Illegal conduct"), plan.illegal_conduct),
        (Both("事故隐患", "Hazards"), plan.hazards),
        (Both("其他", "Other"), (plan.other,)),
    )
    return tuple(
        Categories(zh=zh, en=en, categories=tuple(_category(plan, c.id, Both(c.zh, c.en)) for c in of))
        for (zh, en), of in parts
    )


def _category(plan: Plan, category: str, names: Both) -> Category:
    is_illegal = plan.is_illegal_conduct(category)
    denies = ("lawful",) * is_illegal + ("licensed",) * (category == plan.readings.unlicensed)
    affirms = () if is_illegal else ("major_hazard",)
    return Category(id=category, zh=names.zh, en=names.en, denies=denies, affirms=affirms)
