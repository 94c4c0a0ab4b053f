"""What happened to a case, in Chinese and in English: names of its plan for ids, dates as officials write them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast

from models.calendar_moved import CalendarMoved
from models.commands import Answers, ExecutionDetails, Fine
from models.events import AnyEvent, CaseOpened, Transition
from models.plan import Plan
from rules.words.boundaries import Phases, boundaries_moved
from rules.words.clock_words import about_words, missed_said
from rules.words.naming import Both, day_said, district_named, due_said, finding_named, listed, unmet_conditions
from rules.words.terms import EVENTS, LEVELS, OUTCOMES

_PUBLISHED = Both("{year}年工作日安排已公布（{source}）", "the working days of {year} were published ({source})")
_COMMA, _COLON, _END = Both("、", ", "), Both("：", ": "), Both("；", "; ")
_YES_NO = {True: Both("是", "yes"), False: Both("否", "no")}
_PASSED = {True: Both("合格", "passed"), False: Both("不合格", "failed")}
_GRANTED = {True: Both("同意", "granted"), False: Both("不同意", "refused")}
_RECURRED = {True: Both("问题复发", "it recurred"), False: Both("未复发", "it did not recur")}
# what an event may say beside its sentence: field -> how it is introduced
_TAILS: dict[str, tuple[tuple[str, Both], ...]] = {
    "files_attached": (("refs", Both("涉及问题", "about")),),
    "extension_requested": (("reason", Both("理由", "reason")),),
    "extension_decided": (("reason", Both("理由", "reason")),),
    "rectification_declared": (("evidence", Both("整改情况和证明材料", "evidence")),),
    "verdict_given": (("note", Both("复查意见", "opinion")),),
    "measure_proposed": (("fine", Both("罚款", "fine")),),
    "measure_approved": (("reason", Both("理由", "reason")),),
    "measure_returned": (("reason", Both("理由", "reason")),),
    "measure_executed": (
        ("supervision", Both("监管措施", "supervision")),
        ("checks", Both("已核实", "verified")),
        ("letter", Both("移送书", "letter")),
        ("receipt", Both("凭证（回执）", "receipt")),
    ),
    "measure_stayed": (("reason", Both("理由", "reason")),),
    "stay_lifted": (("authority", Both("决定机关", "by")), ("reason", Both("理由", "reason"))),
    "restart_refused": (("unmet_conditions", Both("不符合情况", "not met")),),
    "case_closed": (("reason", Both("理由", "reason")),),
}


def sentences(plan: Plan, log: Iterable[Transition]) -> list[Both]:
    """Each transition of a case's whole log, from its first one on."""
    found: list[Both] = []
    proposed: set[str] = set()
    phases: Phases = ()
    for transition in log:
        found.append(sentence(plan, transition, proposed, phases))
        for event in transition.events:
            _follow(proposed, event)
            if isinstance(event, CaseOpened | CalendarMoved):
                phases = event.phases
    return found


def _follow(proposed: set[str], event: AnyEvent) -> None:
    """Which measures wait for a decision: what was proposed, until it is returned or its grounds change."""
    match event.kind:
        case "measure_proposed":
            proposed.add(event.id)
        case "measure_returned" | "grounds_joined":
            proposed.discard(event.id)
        case "grounds_dropped":
            if event.reopens:
                proposed.discard(event.id)
        case _:
            pass


def sentence(plan: Plan, transition: Transition, proposed: Iterable[str] = (), phases: Phases = ()) -> Both:
    """What a transition did: its events, one after the other.

    `proposed` are the musts proposed before it, `phases` the calendar before it.
    """
    waiting = frozenset(proposed)
    said = [_said(plan, event, waiting, phases) for event in transition.events]
    return Both("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _said(plan: Plan, event: AnyEvent, proposed: frozenset[str], phases: Phases) -> Both:
    if isinstance(event, CalendarMoved) and event.working_days:
        facts = event.working_days.model_dump()
        return Both(_PUBLISHED.zh.format(**facts), _PUBLISHED.en.format(**facts))
    if isinstance(event, CalendarMoved) and phases:
        return boundaries_moved(plan, phases, event)
    facts = _facts(plan, event, proposed)
    tails = [(introduced, facts[name]) for name, introduced in _TAILS.get(event.kind, ()) if facts.get(name)]
    zh, en = (
        EVENTS[event.kind][place].format(**{name: _in(place, value) for name, value in facts.items()})
        + "".join(f"{_END[place]}{of[place]}{_COLON[place]}{_in(place, value)}" for of, value in tails)
        for place in (0, 1)
    )
    return Both(zh, en)


def _in(place: int, value: Any) -> Any:
    if isinstance(value, Both):
        return value[place]
    if isinstance(value, tuple):
        return _COMMA[place].join(map(str, cast("tuple[Any, ...]", value)))
    return value


def _facts(plan: Plan, event: AnyEvent, proposed: frozenset[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {name: _fact(plan, name, getattr(event, name)) for name in type(event).model_fields}
    match event.kind:
        case "case_opened":
            facts["subject_name"] = event.subject.name
        case "answers_recorded":
            facts["answers"] = _answers(plan, event.answers)
        case "verdict_given":
            facts["passed"] = _PASSED[event.passed]
        case "extension_decided":
            facts["granted"] = _GRANTED[event.granted]
        case "looked_back":
            facts["recurred"] = _RECURRED[event.recurred]
        case "deadline_passed":
            missed = [missed_said(_duty(m.clock, m.about, proposed), m.about) for m in event.missed]
            facts["missed"] = _joined(missed)
        case "measure_executed":
            facts |= _details(plan, event.details)
        case "officers_assigned" if not event.officers:
            facts["officers"] = Both("无，由辖区另行指派", "none, until others are put in charge")
        case "files_attached":
            facts["names"] = tuple(file.name for file in event.files)
        case "restart_refused":
            facts["unmet_conditions"] = unmet_conditions(plan, (c for c, met in event.conditions.items() if not met))
        case "listed_for_supervision":
            facts["level"] = Both(*LEVELS[event.level])
        case "command_refused":
            facts["refusal"] = Both(event.refusal.zh, event.refusal.en)
        case "case_closed":
            facts["outcome"] = Both(*OUTCOMES[event.outcome])
        case "must_pended" | "must_arose" | "grounds_joined":
            facts["refs"] = tuple(g.ref for g in event.grounds)
        case _:
            pass
    if isinstance(must_id := facts.get("id"), str):
        facts["must"] = about_words(must_id)
    facts["due"] = facts.get("due_at") or facts.get("look_back_due_at") or ""
    return facts


def _fact(plan: Plan, name: str, value: Any) -> Any:
    """A field of an event as a sentence shows it."""
    match value:
        case datetime():
            return due_said(value)
        case date():
            return day_said(value)
        case Fine():
            return _fine(plan, value)
        case str() if name == "ref":
            return finding_named(value)
        case str() if name == "district":
            return district_named(plan, value)
        case str() if name == "category":
            names = {c.id: c for c in (*plan.illegal_conduct, *plan.hazards, plan.other)}
            found = names.get(value)
            return Both(f"{value} {found.zh}", f"{value} {found.en}") if found else value
        case str() if name == "phase":
            found = next((p for p in plan.phases if p.id == value), None)
            return Both(found.zh, found.en) if found else value
        case _:
            return value


def _duty(clock: str, about: str, proposed: frozenset[str]) -> str:
    """A measure that was not even proposed is late for its proposal."""
    return "proposal" if clock == "decision" and about not in proposed else clock


def _answers(plan: Plan, answers: Answers) -> Both:
    given = {name: answer for name, answer in answers if answer is not None}
    said = [(q, _YES_NO[given[q.id]]) for q in plan.questions if q.id in given]
    return Both(
        "；".join(f"{q.zh}：{answer.zh}" for q, answer in said), "; ".join(f"{q.en}: {answer.en}" for q, answer in said)
    )


def _details(plan: Plan, details: ExecutionDetails) -> dict[str, Any]:
    facts: dict[str, Any] = details.model_dump()
    if details.checks:
        names = {c.id: c for c in plan.closure_checks}
        known = [names[c] for c in details.checks if c in names]
        facts["checks"] = listed(known)
    return facts


def _fine(plan: Plan, fine: Fine) -> Both:
    article = plan.article(fine.article)
    zh, en = [f"单位 {fine.unit:,} 元"], [f"unit {fine.unit:,} yuan"]
    zh += [f"{p.name} {p.amount:,} 元" for p in fine.persons]
    en += [f"{p.name} {p.amount:,} yuan" for p in fine.persons]
    zh_article, en_article = (article.zh, article.en) if article else (fine.article, fine.article)
    return Both(f"{'、'.join(zh)}（{zh_article}）", f"{', '.join(en)} ({en_article})")


def _joined(all_of: list[Both]) -> Both:
    return Both("、".join(one.zh for one in all_of), ", ".join(one.en for one in all_of))
