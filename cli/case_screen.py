"""A case on the screen: findings, the four musts, unmet deadlines; of an ended one what it left behind."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cli.names import categories, districts, named
from cli.output import out, say, table
from cli.services import role_name
from cli.workdays import provisional_mark
from models.case import Case
from models.instants import say_due
from models.plan import Plan
from rules.case.next_steps import NextStep
from rules.case.stage import NAMES, stage
from rules.clocks.deadlines import deadlines
from rules.clocks.recount import provisional
from rules.clocks.urgency import colour
from rules.words.clock_words import duty, duty_said, unmet_said
from rules.words.terms import COLOURS, GRADES, LEVELS, MUSTS, OUTCOMES, STATES


def case_state(reached: Any, outcome: Any) -> str:
    """The outcome of a case, or its stage."""
    return say(*OUTCOMES[outcome]) if outcome else say(*NAMES[reached])


def show_case(plan: Plan, folded: Case, now: datetime) -> None:
    """The tables for people."""
    running, by, unsure = deadlines(plan, folded), folded.working_days, provisional(plan, folded)

    def day(at: datetime | None, clock: str, about: str) -> str | None:
        return f"{say_due(at)}{provisional_mark((clock, about) in unsure)}" if at else None

    console = out()
    subject = folded.subject
    state, place = case_state(stage(folded, now), folded.outcome), named(districts([plan]), folded.district)
    console.print(f"{subject.name}  {folded.case_id}  {place} {subject.street or ''}  {state}", markup=False)
    if folded.unmet and (left := say(*unmet_said(folded.unmet))):
        console.print(f"{say('未办结事项：', 'left unmet: ')}{left}", markup=False)
    table(
        say("问题", "Findings"),
        [
            say(*h)
            for h in (
                ("编号", "ref"),
                ("类别", "category"),
                ("等级", "grade"),
                ("状态", "state"),
                ("责任人", "responsible"),
                ("期限", "due"),
            )
        ],
        (
            (
                f.ref,
                f"{f.category} {named(categories(plan), f.category)}",
                say(*GRADES[f.grade]),
                say(*STATES[f.state]),
                f.responsible,
                day(f.due_at, "rectification", f.ref),
            )
            for f in folded.findings
        ),
    )
    table(
        say("四个一律", "Four musts"),
        [
            say(*h)
            for h in (
                ("措施", "must"),
                ("状态", "state"),
                ("依据", "grounds"),
                ("提请和审批时限", "decide by"),
                ("执行时限", "execute by"),
            )
        ],
        (
            (
                say(*MUSTS[m.must]),
                say(*STATES[m.state]),
                " ".join(m.refs),
                day(m.decide_by, "decision", m.id),
                day(m.execute_by, "execution", m.id),
            )
            for m in folded.musts
        ),
    )
    table(
        say("待办时限", "Unmet deadlines"),
        [say(*h) for h in (("事项", "what"), ("待办单位", "role"), ("时限", "due"), ("缓急", "urgency"))],
        (
            (
                say(*duty_said(duty(d.clock, d.role), d.about)),
                role_name(plan, d.role),
                day(d.due_at, d.clock, d.about),
                say(*COLOURS[colour(plan, d.due_at, now, by)]),
            )
            for d in running
        ),
    )


def show_steps(steps: Iterable[NextStep]) -> None:
    """What may be done, by the name that `case do` takes, then what may not, with why; one reason for all once."""
    steps = tuple(steps)
    reasons = {say(step.refused.zh, step.refused.en) if step.refused else "" for step in steps}
    if len(reasons) < 2 and "" not in reasons:
        nothing = say("当前无可办理事项", "nothing may be done now")
        out().print(say("：", ": ").join([nothing, *reasons]), markup=False)
        return
    headers = (("事项", "what"), ("命令", "do"), ("对象", "about"), ("依据", "clause"), ("不能办理的原因", "why not"))
    table(
        say("当前可办理事项", "Next steps"),
        [say(*h) for h in headers],
        (
            (
                say(step.zh, step.en),
                step.do,
                about_said(step.about),
                step.clause,
                say(step.refused.zh, step.refused.en) if step.refused else "",
            )
            for step in sorted(steps, key=lambda step: step.refused is not None)
        ),
        whole=(1,),
    )


def about_said(about: str) -> str:
    """A must or a level by name; a ref as it is."""
    known = {**MUSTS, **LEVELS, "nothing": ("未发现问题", "nothing found")}
    return say(*known[about]) if about in known else about
