"""A case on paper, as its log tells it: one HTML document a language, complete in itself, to be read and printed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from models.actors import Actor
from models.case import Case
from models.events import Transition
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.case.stage import NAMES, stage
from rules.words.clock_words import unmet_said
from rules.words.naming import Both, district_named, sector_named
from rules.words.of_a_row import note_said
from rules.words.sentences import sentences
from rules.words.terms import COMMANDS, GRADES, MUSTS, OUTCOMES, ROLES, SOURCES, STATES, SUBJECT_KINDS

_STYLE = """body{font-family:"Noto Serif SC",SimSun,serif;max-width:62em;margin:2em auto;padding:0 1em;line-height:1.5}
table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}th,td{border:1px solid #999;padding:.3em .5em;
text-align:left;vertical-align:top}th{background:#eee}thead{display:table-header-group}tr{break-inside:avoid}"""
_Cells = Sequence[object]


class _Words:
    """One language, and the words of the plan in it."""

    def __init__(self, plan: Plan, *, chinese: bool) -> None:
        self.plan, self.chinese = plan, chinese
        self.categories = {c.id: (c.zh, c.en) for c in (*plan.illegal_conduct, *plan.hazards, plan.other)}

    def say(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    def both(self, words: Both) -> str:
        return self.say(words.zh, words.en)

    def person(self, who: Actor | None) -> str:
        if who is None:
            return self.say("系统", "clock")
        role = self.say(*ROLES[who.role][:2]) if who.role in ROLES else who.role
        name = who.name
        if who.principal_name:
            name += self.say(f" 代 {who.principal_name}", f" for {who.principal_name}")
        return f"{name}（{role}）" if self.chinese else f"{name} ({role})"

    def category(self, of: str) -> str:
        return f"{of} {self.say(*self.categories[of])}" if of in self.categories else of


def case_paper(plan: Plan, case: Case, log: Sequence[Transition], now: datetime, head: str, *, chinese: bool) -> str:
    """The document; `head` says under which signed head the log stands."""
    words = _Words(plan, chinese=chinese)
    title = words.say("案件记录", "Record of a case")
    parts = [
        f"<h1>{escape(title)}　{escape(case.subject.name)}</h1>",
        f"<p>{escape(case.case_id)}<br>{escape(head)}</p>",
        _facts(words, case, now),
        _table(words.say("问题", "Findings"), *_findings(words, case)),
        _table(words.say("四个一律", "Four musts"), *_musts(words, case)),
        _table(words.say("案件经过", "Course"), *_course(words, log)),
    ]
    lang = "zh-CN" if chinese else "en"
    begin = f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    return "\n".join([begin, f"<style>{_STYLE}</style></head><body>", *parts, "</body></html>", ""])


def _facts(words: _Words, case: Case, now: datetime) -> str:
    subject, say = case.subject, words.say
    reached = OUTCOMES[case.outcome] if case.outcome else NAMES[stage(case, now)]
    facts: list[tuple[str, object]] = [
        (say("对象", "Subject"), f"{subject.name} · {say(*SUBJECT_KINDS[subject.kind][:2])}"),
        (say("统一社会信用代码", "Credit code"), subject.code),
        (say("辖区", "District"), words.both(district_named(words.plan, case.district))),
        (say("街道（乡镇）", "Street or town"), subject.street),
        (say("行业领域", "Sector"), words.both(sector_named(words.plan, subject.sector))),
        (say("来源", "Source"), say(*SOURCES[case.source])),
        (say("纳入排查", "Opened"), f"{say_instant(case.opened_at)} · {words.person(case.opened_by)}"),
        (say("状态", "State"), say(*reached)),
        (say("结案", "Ended"), say_instant(case.closed_at) if case.closed_at else None),
        (say("未办结事项", "Left unmet"), say(*unmet_said(case.unmet)) if case.unmet else None),
    ]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in facts if value)
    return f"<table>{rows}</table>"


def _findings(words: _Words, case: Case) -> tuple[_Cells, Iterable[_Cells]]:
    say = words.say
    heads = (
        *(say("编号", "Ref"), say("类别", "Category"), say("等级", "Grade"), say("描述", "Description")),
        *(say("状态", "State"), say("整改责任人", "Responsible"), say("期限", "Due")),
    )
    rows = (
        (
            *(f.ref, words.category(f.category), say(*GRADES[f.grade]), f.description),
            *(say(*STATES[f.state]), f.responsible, say_due(f.due_at)),
        )
        for f in case.findings
    )
    return heads, rows


def _musts(words: _Words, case: Case) -> tuple[_Cells, Iterable[_Cells]]:
    say = words.say
    heads = (
        *(say("措施", "Must"), say("状态", "State"), say("依据", "Grounds")),
        *(say("批准", "Decided"), say("执行时间", "Executed"), say("罚款（元）", "Fine (yuan)")),
    )
    rows = (
        (
            *(say(*MUSTS[m.must]), say(*STATES[m.state]), " ".join(m.refs)),
            f"{say_instant(m.decided_at)} {words.person(m.decided_by)}" if m.decided_by else None,
            *(m.executed_on, m.fine.unit if m.fine else None),
        )
        for m in case.musts
    )
    return heads, rows


def _course(words: _Words, log: Sequence[Transition]) -> tuple[_Cells, Iterable[_Cells]]:
    say = words.say
    heads = ("#", say("时间", "At"), say("事项", "What"), say("经办", "By"), say("内容", "What happened"))
    rows = (
        (
            *(seq, say_instant(step.at), say(*COMMANDS[step.do])),
            "、".join(words.person(who) for who in (step.by, step.second) if who) or words.person(None),
            words.both(said) + (f"（{say(*note_said(step.note))}）" if step.note else ""),
        )
        for seq, (step, said) in enumerate(zip(log, sentences(words.plan, log), strict=True), start=1)
    )
    return heads, rows


def _table(title: str, heads: _Cells, rows: Iterable[_Cells]) -> str:
    head = "".join(f"<th>{_cell(cell)}</th>" for cell in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return "–" if value is None else escape(str(value))
