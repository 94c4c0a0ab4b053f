"""`rectify overdue`: what is overdue, and whose turn is it?"""

from datetime import datetime
from typing import Annotated, Any

import typer

from cli.banner import banner
from cli.filters import require_place, require_word
from cli.output import AsJson, Lang, out, print_json, say, table
from cli.services import campaign_named, role_name, services
from cli.shapes import instant_given
from cli.workdays import provisional_mark
from models.instants import say_due, say_instant, show_instant
from models.plan import Plan
from rules.clock_words import duty, missed_said
from rules.stage import NAMES
from store.lists import OverdueFilter, OverdueRow, overdue_page


def overdue(
    district: Annotated[str | None, typer.Option(help="District code. 区划代码。")] = None,
    sector: Annotated[str | None, typer.Option(help="Sector. 行业领域。")] = None,
    stage: Annotated[str | None, typer.Option(help="Stage of the case. 案件状态。")] = None,
    role: Annotated[str | None, typer.Option(help="The role that is late. 责任方。")] = None,
    kind: Annotated[
        str | None, typer.Option(help="rectification (the enterprise) or duty (the office). 逾期类别。")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="An instant or a day; now if left out. 截至时刻。")] = None,
    campaign: Annotated[str | None, typer.Option(help="The campaign; the newest if left out. 行动。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What is overdue, most urgent first: case, finding or must, due, days late, level. 逾期事项。"""
    require_word(as_json=as_json, stage=stage, role=role, kind=kind)
    at = instant_given("--as-of", as_of, as_json=as_json) if as_of is not None else None
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        require_place([of], as_json=as_json, district=district, sector=sector)
        now = of.now()
        at = at or now
        which = OverdueFilter.model_validate(
            {
                "campaign_id": of.campaign_id,
                "district": district,
                "sector": sector,
                "stage": stage,
                "role": role,
                "kind": kind,
            }
        )
        missed = overdue_page(found.engine, of.plan, at, which, limit, now=now)
    if as_json:
        print_json({"campaign": of.campaign_id, "as_of": show_instant(at), "overdue": [_facts(m) for m in missed]})
        return
    banner(of)
    show(of.plan, missed, at)


def show(plan: Plan, missed: tuple[OverdueRow, ...], at: datetime) -> None:
    """The table for people."""
    headers = (
        ("对象", "subject"), ("案件", "case"), ("区", "district"), ("状态", "stage"), ("逾期事项", "missed"),
        ("责任方", "whose turn"), ("期限", "due"), ("逾期天数", "days late"), ("提醒至", "level"),
    )  # fmt: skip
    table(
        f"{say('逾期事项', 'Overdue')}  {say('截至', 'as of')} {say_instant(at)}",
        [say(*h) for h in headers],
        (
            (
                m.subject, m.case_id, m.district, _stage(m.stage), _missed(m),
                role_name(plan, m.role), _due(m), m.days_late,
                role_name(plan, m.level),
            )
            for m in missed
        ),
        whole=(1, 6),
    )  # fmt: skip
    if not missed:
        out().print(say("没有逾期事项", "nothing is overdue"))


def _missed(missed: OverdueRow) -> str:
    return say(*missed_said(duty(missed.clock, missed.role), missed.about))


def _due(missed: OverdueRow) -> str:
    return f"{say_due(missed.due_at)}\n{provisional_mark(missed.provisional).strip()}".rstrip()


def _stage(reached: str) -> str:
    return next((say(*names) for stage, names in NAMES.items() if stage == reached), reached)


def _facts(missed: OverdueRow) -> dict[str, Any]:
    finding = missed.about if missed.clock in ("rectification", "registration", "reinspection", "extension") else None
    facts = missed.model_dump(exclude={"due_at"})
    return {"case": missed.case_id, **facts, "finding": finding, "due": show_instant(missed.due_at)}
