"""`rectify case erase`: the record of a closed case goes after its retention, and leaves a tombstone."""

from typing import Annotated

import typer

from cli.filters import actor_meant, actor_written
from cli.output import REFUSED, AsJson, Lang, fail, filled, out, print_json, say
from cli.services import CaseId, case_named, no_case, services, stack_settings
from desk.erasure import erase_case
from models.case_ids import campaign_in
from models.refusals import Refused
from store.campaigns import campaign_of
from views.plain import plain


def erase(
    case: CaseId,
    by: Annotated[str, typer.Option(help="admin:name@territory, an administrator. 系统管理员。")],
    reason: Annotated[str, typer.Option(help="By which decision. 依据。", callback=filled)],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Erase a closed case whose retention is over; a tombstone stays (administrators only). 销毁到期案卷。"""
    who = actor_written(by, as_json=as_json)
    with services(as_json=as_json) as found:
        case_id = case_named(found, case, as_json=as_json)
        try:
            plan = campaign_of(found.engine, campaign_in(case_id)).plan
            whom = actor_meant(who, [plan], as_json=as_json)
            done = erase_case(
                found.owner, found.files, case_id, whom, reason, stack_settings(as_json=as_json).case_years
            )
        except LookupError:
            no_case(case_id, as_json=as_json)
    if isinstance(done, Refused):
        fail(REFUSED, done.model_dump(), as_json=as_json)
    if as_json:
        print_json(plain(done))
        return
    zh, en = (
        f"已销毁 {done.case_id} 的案卷（共 {done.last_seq} 行）",
        f"{done.case_id} with its {done.last_seq} lines is erased",
    )
    out().print(say(zh, en), markup=False, soft_wrap=True)
