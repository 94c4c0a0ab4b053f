"""`/views`: lists under a name, one's own and those that others share; what is kept are parameters, no address."""

import unicodedata
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from models.actors import Actor
from models.typed import folded
from rules.access.deeds import Place
from serving.actors import Official, within
from serving.backing import Backing, Behind
from serving.forms import Posted, form_values
from serving.problems import Trouble, one_field
from store.campaigns import Campaign
from store.case_list import case_rows
from store.counted import Rows, all_counted
from store.saved_views import (
    VIEWS_A_PERSON,
    SavedView,
    Share,
    ViewedList,
    change_view,
    delete_view,
    has_view_named,
    names_of,
    save_view,
    saved_views,
    shared_with,
)
from views.forms.posted import posted_value
from web.entry import newest
from web.lists.asked import board_asked, cases_asked, work_asked
from web.lists.back import QUERIES, back_to
from web.queries import BoardQuery, CasesQuery, WorkQuery
from web.render import link, page
from web.workbench import bench_in

router = APIRouter(include_in_schema=False)
_LARGEST, _FIELDS = 20_000, 20
LONGEST_NAME = 60
PATHS: dict[ViewedList, str] = {"cases": "/cases", "board": "/", "work": "/work"}
"""Where the list is that a view is of."""
_COUNTED_OFTEN = 30
"""Counts are as old as the numbers of the board, times this: a minute."""


class ShownView(NamedTuple):
    """A view as its reader sees it. `address`: None where the list knows what it asks for no more.

    `share`: with whom, where it is the reader's own. `hits`: how many it has, None beyond the reader's reach.
    """

    view: SavedView
    address: str | None
    is_own: bool
    share: Share | None
    owner: str = ""
    hits: int | None = None


def views_offered(behind: Backing, who: Actor, *of: ViewedList) -> tuple[ShownView, ...]:
    """The reader's views of these lists, and those that others share; nobody's without a person."""
    if who.person is None:
        return ()
    shares: dict[str, Share] = {text: share for share, text in shared_with(who).items()}
    found = saved_views(behind.engine, who.person, *of)
    return tuple(
        ShownView(view, _address(view), view.owner == who.person, shares.get(view.shared_with or "")) for view in found
    )


@router.get("/views")
def views(request: Request, who: Official, behind: Behind, done: str = "") -> Response:
    """The views with how many cases each has; the own ones can be renamed, shared and deleted."""
    _person(who)
    campaign, offered = newest(behind), views_offered(behind, who, *PATHS)
    if campaign is None:
        return page(request, "empty.html", None)
    within(campaign, who, Place())
    names = names_of(behind.records, [one.view for one in offered if not one.is_own])
    counts = _counted(behind, campaign, who, offered)
    rows = [one._replace(owner=names.get(one.view.owner, ""), hits=counts.get(one.view.view_id)) for one in offered]
    return page(
        request, "views.html", campaign, rows=rows, shares=tuple(shared_with(who)), longest=LONGEST_NAME, done=done
    )


@router.post("/views")
async def save(request: Request, who: Official, behind: Behind) -> Response:
    """Keep the list under a name, and show it; sent twice it is kept once."""
    posted = await form_values(request, _LARGEST, _FIELDS)
    of = _list_of(posted)
    asked = back_to(f"{PATHS[of]}?{posted_value(posted, 'asked')}")
    if asked is None or asked.query.view.get("list") == "done":
        raise one_field("asked", "不是该列表的筛选条件", "are no parameters of that list")
    view = SavedView(
        view_id=_id_of(posted),
        owner=_person(who),
        list=of,
        name=_name(posted),
        asked=asked.query.view,
        shared_with=_share(who, posted),
    )

    def keep() -> str:
        with behind.records.begin() as connection:
            if has_view_named(connection, view):
                return "view_exists"
            return "view_saved" if save_view(connection, view) else ""

    said = await run_in_threadpool(keep)
    if not said:
        raise _too_many()
    return RedirectResponse(link(asked.path, **asked.query.address, done=said), 303)


@router.post("/views/{view_id}")
async def change(request: Request, who: Official, behind: Behind, view_id: str) -> Response:
    """Rename or share one of one's own, or delete it; 404 for another's."""
    posted, person = await form_values(request, _LARGEST, _FIELDS), _person(who)
    deletes = posted_value(posted, "do") == "delete"
    name, share = ("", None) if deletes else (_name(posted), _share(who, posted))

    def carry_out() -> bool:
        with behind.records.begin() as connection:
            if deletes:
                return delete_view(connection, person, view_id)
            if has_view_named(connection, SavedView(view_id=view_id, owner=person, list="cases", name=name, asked={})):
                zh, en = "已有同名视图", "is that of another view of yours"
                raise one_field("name", zh, en, "请换一个名称", "choose another")
            return change_view(connection, person, view_id, name, share)

    if not await run_in_threadpool(carry_out):
        raise Trouble(404, "unknown_view", "没有该视图", "there is no such view")
    return RedirectResponse(link("/views", done="deleted" if deletes else "changed"), 303)


def _counted(behind: Backing, campaign: Campaign, who: Actor, offered: tuple[ShownView, ...]) -> Mapping[str, int]:
    """How many each view has, by its id; those that lead beyond the reader's reach have none."""
    now = campaign.now()
    wanted = {one.view.view_id: rows for one in offered if (rows := _rows_of(campaign, who, one.view, now))}
    asked = ("views", campaign.campaign_id, who.model_dump_json(), *(one.view.model_dump_json() for one in offered))
    counts = behind.lately(asked, lambda: all_counted(behind.engine, tuple(wanted.values())), _COUNTED_OFTEN)
    return dict(zip(wanted, counts, strict=True))


def _rows_of(campaign: Campaign, who: Actor, view: SavedView, now: datetime) -> Rows | None:
    try:
        match QUERIES[PATHS[view.list]].model_validate(view.asked):
            case CasesQuery() as query:
                return case_rows(cases_asked(campaign, who, query), now)
            case BoardQuery() as query:
                return board_asked(campaign, who, query).rows(now)
            case WorkQuery() as query:
                return work_asked(bench_in(campaign, who), query).rows(now)
    except (ValidationError, Trouble):
        return None


def _address(view: SavedView) -> str | None:
    """Made anew of what the list's own query model takes; no stored address is ever followed."""
    path = PATHS[view.list]
    try:
        return link(path, **QUERIES[path].model_validate(view.asked).view)
    except ValidationError:
        return None


def _list_of(posted: Posted) -> ViewedList:
    wanted = posted_value(posted, "list") or "cases"
    for known in PATHS:
        if wanted == known:
            return known
    raise one_field("list", "只能是案件、看板或待办列表", "is to be one of: cases, board, work")


def _person(who: Actor) -> str:
    if who.person is None:
        zh, en = "保存视图须以个人账号登录", "views are kept for whoever signed in"
        raise Trouble(403, "no_person", zh, en, remedy_zh="请登录后保存", remedy_en="sign in first")
    return who.person


def _id_of(posted: Posted) -> str:
    try:
        return str(uuid.UUID(posted_value(posted, "view_id")))
    except ValueError:
        return str(uuid.uuid4())


def _name(posted: Posted) -> str:
    name = folded(" ".join(posted_value(posted, "name").split())).strip()
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in name):
        zh, en = f"须为 1 至 {LONGEST_NAME} 个字符", f"is to have 1 to {LONGEST_NAME} characters"
        raise one_field("name", zh, en, "如：本周到期", "as: due this week")
    return name


def _share(who: Actor, posted: Posted) -> str | None:
    wanted, shares = posted_value(posted, "share"), shared_with(who)
    if not wanted:
        return None
    for share, text in shares.items():
        if wanted == share:
            return text
    raise one_field(
        "share", "只能与本岗位或本辖区共享", "is to be one of: office, district", "留空为仅自己", "or empty"
    )


def _too_many() -> Trouble:
    zh, en = f"每人最多保存 {VIEWS_A_PERSON} 个视图", f"one keeps at most {VIEWS_A_PERSON} views"
    return Trouble(409, "too_many_views", zh, en, remedy_zh="请先删除不用的视图", remedy_en="delete one first: /views")


def form_of(of: ViewedList, query: CasesQuery | BoardQuery | WorkQuery) -> dict[str, Any]:
    """What the form that keeps a list has hidden: the id of the view that it will be, and what the list asks for."""
    asked = link("", **query.address).removeprefix("?")
    return {"view_id": str(uuid.uuid4()), "list": of, "asked": asked}
