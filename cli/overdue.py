"""`rectify overdue`: what is overdue, and whose turn is it?"""

from datetime import datetime
from typing import Annotated

import typer

from cli.banner import banner
from cli.filters import KINDS, STAGES, District, Sector, StageOf, meant, place_meant
from cli.names import districts, named, roles
from cli.old_names import with_old_names
from cli.output import AsJson, Lang, out, print_json, say, table
from cli.services import campaign_named, role_name, services
from cli.shapes import instant_option
from cli.workdays import provisional_mark
from models.instants import say_due, say_instant
from models.plan import Plan
from rules.words.clock_words import duty, missed_said
from store.overdue import OverdueFilter, OverdueRow, overdue_page
from views.lists import overdue_list
from views.plain import plain


def overdue(
    district: District = None,
    sector: Sector = None,
    stage: StageOf = None,
    role: Annotated[str | None, typer.Option(help="The role that is late. 责任方，如企业、检查员。")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="rectification (the enterprise) or duty (the office). 整改逾期（企业）或履职逾期（监管部门）。"
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="An instant or a day; now if left out. 截至时刻或日期，缺省为现在。")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What is overdue, most urgent first: case, finding or must, due, days late, level. 逾期事项。"""
    which = {
        "stage": meant("--stage", stage, STAGES, as_json=as_json),
        "kind": meant("--kind", kind, KINDS, as_json=as_json),
    }
    at = instant_option("--as-of", as_of, as_json=as_json) if as_of is not None else None
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        which |= place_meant([of.plan], district=district, sector=sector, as_json=as_json)
        which |= {"role": meant("--role", role, roles([of.plan]), as_json=as_json), "campaign_id": of.campaign_id}
        now = of.now()
        at = at or now
        missed = overdue_page(found.engine, of.plan, at, OverdueFilter.model_validate(which), limit, now=now)
    if as_json:
        print_json(with_old_names(plain(overdue_list(of.campaign_id, at, missed, None)), "overdue"))
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
                m.subject, m.case_id, named(districts([plan]), m.district), named(STAGES, m.stage), _missed(m),
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
