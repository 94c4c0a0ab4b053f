"""A post that is ended: on a last day or at once, what ends with it, and who is to fill it (A, 0031)."""

import re
from datetime import UTC, datetime, timedelta

from desk import people as desk
from desk.tokens import issue
from engine.operator import operator
from models.actors import Actor
from models.instants import day_of, end_of_day
from models.people import Post
from store.audit import AuditFilter, audit_page
from tests.cast import HERE, SUPERVISOR
from tests.durable.office import Office
from tests.people import person
from tests.web.conftest import As
from tests.web.test_people import ADMIN, ELSEWHERE, named, value_of

DAY = timedelta(days=1)


async def test_a_post_is_held_through_the_last_day_that_is_set_and_not_set_later(visitor: As, office: Office) -> None:
    admin, holder = visitor(ADMIN), visitor(f"supervisor:李四@{HERE}")
    one = named(office, "李四")
    today, address = day_of(datetime.now(UTC)), f"/people/{one.person_id}/do/end_post"
    facts = {"post_id": one.posts[0].post_id}
    past = await admin.send(address, {**facts, "until": (today - DAY).isoformat()})
    assert past.status_code == 422 and "leave it empty to end the post at once" in past.text
    last = today + 3 * DAY
    await admin.act(address, **facts, until=last.isoformat())
    [post] = named(office, "李四").posts
    assert post.until_at == end_of_day(last)
    assert "supervisor" in await holder.see("/me"), "the post is held until then"
    [line] = audit_page(office.services.engine, AuditFilter(people=(one.person_id,)), 1)
    assert line.kind == "permission_revoked" and str(line.facts["until"]).startswith((last + DAY).isoformat())
    later = await admin.send(address, {**facts, "until": (last + DAY).isoformat()})
    assert later.status_code == 422 and 'id="wrong-until"' in later.text and f"ends on {last}" in later.text
    await admin.act(address, **facts)
    [post] = named(office, "李四").posts
    assert post.until_at is not None and post.until_at <= datetime.now(UTC), "at once, where no day is set"


async def test_what_ends_is_said_of_each_post_and_who_fills_what_is_vacant_is_one_press_away(
    visitor: As, office: Office
) -> None:
    admin = visitor(ADMIN)
    one = person(office.services, f"supervisor:李四@{HERE}")
    page = f"/people/{one.person_id}"
    single = await admin.see(f"{page}/do/end_post")
    assert "besides this person: supervisor · Karamay (0 of 1)" in single and "[supervisor" not in single
    await admin.act(f"{page}/do/post", role="government", territory=ELSEWHERE)
    form = await admin.see(f"{page}/do/end_post")
    [effect] = re.findall(r'<p class="effect">(.*?)</p>', form, re.S)
    heads = ["[supervisor · Karamay]", "[district government · Dushanzi]"]
    [first, second] = sorted(heads, key=effect.index)
    of = {first: effect[effect.index(first) : effect.index(second)], second: effect[effect.index(second) :]}
    assert "supervisor · Karamay (0 of 1)" in of[heads[0]] and "district government" not in of[heads[0]].removeprefix(
        heads[0]
    )
    assert "district government · Dushanzi (0 of 1)" in of[heads[1]]
    ended = value_of(form, "supervisor · Karamay")
    address = f"{page}/do/end_post"
    told = await admin.send(address, {"post_id": ended})
    assert told.status_code == 303
    after = await admin.see(told.headers["location"])
    assert re.findall(r'href="/people/new\?[^"]*role=(\w+)', after) == ["supervisor"], "the vacant one of this person's"
    assert [p.role for p in _held(office)] == ["government"]


def _held(office: Office) -> list[Post]:
    now = datetime.now(UTC)
    return [p for p in named(office, "李四").posts if p.until_at is None or p.until_at > now]


async def test_what_acts_by_a_post_is_named_before_the_post_ends_and_ends_with_it(visitor: As, office: Office) -> None:
    admin, engine = visitor(ADMIN), office.services.engine
    deputy = visitor(f"inspector:副手@{HERE}")
    holder, acting = person(office.services, f"supervisor:李四@{HERE}"), named(office, "副手")
    page, [own], now = f"/people/{acting.person_id}", acting.posts, datetime.now(UTC)
    post = named(office, "李四").posts[0].post_id
    desk.delegate(engine, operator(), post, acting.person_id, now, now + 9 * DAY)
    held_by = Actor(role="inspector", name="副手", territory=HERE, person=acting.person_id)
    home = office.services.home
    issue(engine, home, held_by, now + DAY, operator(), scope=("read",), label="数据平台", post_id=own.post_id)
    assert "数据平台" in await admin.see(page)
    form = await admin.see(f"{page}/do/end_post")
    assert "No longer acts for: 李四 (supervisor · Karamay)" in form and "end with it: 数据平台" in form
    assert "until 20" in await deputy.see("/me"), "until when the delegation lasts"
    last = day_of(now) + 2 * DAY
    await admin.act(f"{page}/do/post", role="inspector", territory=HERE, sector="fire_safety", until=last.isoformat())
    assert "No longer acts for" not in await admin.see(f"{page}/do/end_post"), "the other post fits as well"
    await admin.act(f"{page}/do/end_post", post_id=own.post_id)
    [kept] = named(office, "副手").delegations
    assert kept.until_at == end_of_day(last), "as long as the post that fits"
    assert "数据平台" not in await admin.see(page)
    await admin.act(f"/people/{holder.person_id}/do/leave", certain="true")
    lines = audit_page(engine, AuditFilter(people=(holder.person_id,)), 2)
    assert [line.facts["what"] for line in lines] == ["everything", "post"] and lines[1].facts["role"] == "supervisor"


async def test_whoever_leaves_has_every_case_counted_of_whatever_sector_but_a_namesakes(
    visitor: As, office: Office
) -> None:
    admin = visitor(ADMIN)
    one = person(office.services, f"inspector:张三@{HERE}/fire_safety")
    for sector in ("fire_safety", "non_coal_mines"):
        await (await office.open("06-03", sector=sector)).do("assign_officers", SUPERVISOR, officers=["张三"])
    leave = f"/people/{one.person_id}/do/leave"
    assert "2 in Karamay" in await admin.see(leave)
    person(office.services, f"inspector:张三@{HERE}/non_coal_mines")
    assert "1 in Karamay" in await admin.see(leave), "the other is the namesake's"
