"""`rectify work`: what somebody's office is to do now, most urgent first; each line says by which command."""

from typing import Annotated

import typer

from cli.banner import banner
from cli.filters import STAGES, By, actor_meant, actor_written
from cli.names import districts, named
from cli.output import REFUSED, AsJson, Lang, fail, out, print_json, say, table
from cli.services import campaign_named, services
from cli.workdays import provisional_mark
from models.instants import say_due, say_instant, show_instant
from models.refusals import Refused
from rules.access.deeds import ACTING, reach
from rules.words.clock_words import duty, duty_said
from store.overdue import OverdueFilter
from store.to_do import ToDoRow, to_do_page
from views.plain import plain


def work(
    by: By,
    mine: Annotated[bool, typer.Option("--mine", help="Cases in that person's charge alone. 仅本人承办的。")] = False,
    decisions: Annotated[bool, typer.Option("--decisions", help="Decisions alone. 仅待审批的。")] = False,
    campaign: Annotated[
        str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """What somebody's office is to do now, most urgent first. 待办事项。"""
    typed = actor_written(by, as_json=as_json)
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        who = actor_meant(typed, [of.plan], as_json=as_json)
        own = reach(of.plan, who)
        if isinstance(own, Refused):
            fail(REFUSED, own.model_dump(), as_json=as_json)
        which = OverdueFilter(
            campaign_id=of.campaign_id,
            district=own.district,
            sector=own.sector,
            role=who.role if who.role in ACTING else None,
            officer=who.name if mine else None,
        )
        now = of.now()
        rows = to_do_page(found.engine, of, now, which, limit, decisions=decisions)
    if as_json:
        print_json({"campaign": of.campaign_id, "as_of": show_instant(now), "to_do": [plain(row) for row in rows]})
        return
    banner(of)
    headers = (("对象", "subject"), ("案件", "case"), ("区", "district"), ("状态", "stage"), ("待办", "to do"))
    table(
        f"{say('待办事项', 'To do')}  {say('截至', 'as of')} {say_instant(now)}",
        [say(*h) for h in (*headers, ("期限", "due"), ("剩余天数", "days left"))],
        (
            (
                r.subject, r.case_id, named(districts([of.plan]), r.district), named(STAGES, r.stage),
                say(*duty_said(duty(r.clock, r.role), r.about)), _due(r), _left(r),
            )
            for r in rows
        ),
        whole=(1, 5),
    )  # fmt: skip
    if not rows:
        out().print(say("没有待办事项", "nothing is to be done"))


def _left(row: ToDoRow) -> int:
    """Days that are left; below 0 those by which it is late."""
    return -(row.days_late or 0) if row.days_left is None else row.days_left


def _due(row: ToDoRow) -> str:
    return f"{say_due(row.due_at)}\n{provisional_mark(row.provisional).strip()}".rstrip()
