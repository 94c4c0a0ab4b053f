"""`/people/new`: who is added, with a first post, and the link by which the password is set."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from desk import people as desk
from desk.people import NotDone
from models.audit import audit_actor
from models.people import Post
from models.typed import folded
from rules.access.posts import login_refused, name_refused, period_refused, post_refused
from rules.words.naming import Both
from serving.actors import SignedIn
from serving.backing import Backing, Behind
from serving.problems import Trouble, all_checked, needed, one_field
from store.campaigns import Campaign, campaigns
from store.people import LoginTaken
from store.sessions import credentials
from views.forms.fields import FormField
from web.deeds.form import DeedForm, Done, HandedIn, carry_out, deed_page
from web.deeds.people import MANAGE, OF_A_POST, ask_which, link_page, manager, managing, not_done, post_of, require
from web.deeds.people_fields import post_fields, several_meant, since_of, until_of
from web.entry import newest

router = APIRouter(include_in_schema=False)
_ADD = Both("新增人员", "Add somebody")
_OF_A_LOGIN = Both(
    "字母、汉字、数字，也可用 . _ -（不在首位），中间不留空格，最多 64 个字",
    "Letters, Chinese characters and digits, also . _ - but not first; without spaces, at most 64",
)


@router.get("/people/new")
def add_form(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The form of somebody new."""
    manager(visit)
    campaign = newest(behind)
    asked = request.query_params
    return deed_page(request, campaign, _form(campaign, asked.get("role", ""), asked.get("territory", "")))


@router.post("/people/new")
async def add(request: Request, behind: Behind, visit: SignedIn) -> Response:
    """The link by which the person sets a password, shown once."""
    who = await managing(request, behind, visit)
    campaign = await run_in_threadpool(newest, behind)
    form = _form(campaign)

    async def deed(handed: HandedIn) -> Done:
        facts, now = handed.facts, datetime.now(UTC)
        name, login = (folded(str(facts.get(one, ""))).strip() for one in ("name", "login"))
        await run_in_threadpool(_checked, behind, facts, name, login, now)
        if several := await run_in_threadpool(several_meant, behind, facts):
            return await run_in_threadpool(ask_which, request, campaign, form, several, handed)
        post, by = await run_in_threadpool(post_of, behind, facts), audit_actor(who)
        try:
            invited = await run_in_threadpool(desk.add, behind.records, by, name, login, [post], now)
        except LoginTaken:
            raise _taken() from None
        except NotDone as no:
            raise not_done(no.refusal) from None
        return await run_in_threadpool(link_page, request, behind, campaign, invited)

    return await carry_out(request, behind, who, campaign, form, deed)


def _checked(behind: Backing, facts: dict[str, Any], name: str, login: str, now: datetime) -> None:
    """Whatever is wrong, at once."""
    all_checked(
        lambda: needed(facts, "name", "login", *OF_A_POST),
        lambda: require(name_refused(name)),
        lambda: _free(behind, login),
        lambda: require(period_refused(since_of(facts, now), until_of(facts), now)),
        lambda: _fits(behind, facts, now),
    )


def _free(behind: Backing, login: str) -> None:
    require(login_refused(login) if login else None)
    if login and credentials(behind.records, login) is not None:
        raise _taken()


def _taken() -> Trouble:
    return one_field("login", "已有人使用", "this login is taken", "换一个登录名", "choose another")


def _fits(behind: Backing, facts: dict[str, Any], now: datetime) -> None:
    """The role and the territory, whenever and of whichever enterprise."""
    if facts.get("role") == "enterprise" or not all(facts.get(one) for one in OF_A_POST):
        return
    of = {one: facts.get(one) for one in (*OF_A_POST, "sector")}
    post = Post.model_validate({"post_id": "", "person_id": "", "since_at": now, **of})
    require(post_refused([campaign.plan for campaign in campaigns(behind.records)], post))


def _form(campaign: Campaign | None, role: str = "", territory: str = "") -> DeedForm:
    """`role` and `territory`: of the post that is vacant, where the form was opened for it."""
    wanted = {"role": role, "territory": territory}
    fields = (
        FormField("name", "line", Both("姓名", "Name"), True),
        FormField("login", "line", Both("登录名", "Login"), True, hint=_OF_A_LOGIN),
        *(_chosen(one, wanted.get(one.name, "")) for one in post_fields(campaign.plan if campaign else None)),
    )
    return DeedForm(MANAGE, _ADD, "/people/new", "/people", "", fields)


def _chosen(field: FormField, value: str) -> FormField:
    """With that option chosen, where it is one of the field's."""
    return replace(field, value=(value,)) if any(one.value == value for one in field.options) else field
