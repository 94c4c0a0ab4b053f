"""People by forms: an administrator stays, delegates fit, posts make sense, who leaves hands over (A, 0031)."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import psycopg
import pytest

from desk import people as desk
from desk.people import NotDone
from engine.connection import Services
from engine.operator import operator
from models.instants import day_of
from models.people import Person
from models.register import SubjectFacts
from store.audit import AuditFilter, audit_page
from store.campaigns import Campaign
from store.people import people
from store.subjects import add_subject
from tests.cast import HERE, actor
from tests.durable.office import Office
from tests.people import member, person
from tests.web.conftest import As
from tests.web.visitor import Visitor

ADMIN, CITY, ELSEWHERE = "admin:管理员@650200", "650200", "650202"
DAY = timedelta(days=1)
TODAY = day_of(datetime.now(UTC))


def named(office: Office, name: str) -> Person:
    """The one person of that name."""
    [found] = [p for p in people(office.services.engine) if p.name == name]
    return found


def value_of(text: str, words: str) -> str:
    """What is chosen by the option that begins so."""
    [value] = re.findall(rf'<option value="([^"]+)"[^>]*>{re.escape(words)}', text)
    return value


async def test_a_vacant_post_leads_to_the_form_that_fills_it(visitor: As, office: Office) -> None:
    admin = visitor(ADMIN)
    [led] = re.findall(rf'href="(/people/new\?[^"]*role=government[^"]*territory={HERE})"', await admin.see("/people"))
    form = await admin.see(unescape(led))
    assert re.search(r'value="government" selected', form) and re.search(rf'value="{HERE}" selected', form)
    assert "selected" not in (await admin.see("/people/new?role=king&territory=x")).partition('name="role"')[2][:900]


async def test_the_page_of_a_person_says_that_guesses_shut_the_door_and_what_opens_it(
    visitor: As, office: Office, site: str
) -> None:
    one, admin = member(office.services, f"inspector:张三@{HERE}"), visitor(ADMIN)
    page = f"/people/{one.person_id}"
    async with httpx.AsyncClient(base_url=site, headers={"Origin": site}, timeout=60) as stranger:
        for tries in range(5):
            assert "shut out until" not in await admin.see(page), tries
            told = await stranger.post("/sign-in", data={"login": one.login.upper(), "password": "guess"})
            assert told.status_code == 401
    failed = audit_page(office.services.engine, AuditFilter(kind="sign_in_failed"), 9)
    assert {line.facts["from_ip"] for line in failed} == {"127.0.0.1"}, "from where somebody guessed"
    told_so = re.search(r"is shut out until (\S+ \S+); who follows a new link", await admin.see(page))
    assert told_so is not None
    until = datetime.fromisoformat(f"{told_so[1]}+08:00") - datetime.now(UTC)
    assert timedelta(minutes=13) < until <= timedelta(minutes=15)


async def test_whatever_is_wrong_with_somebody_new_is_told_at_once(visitor: As, office: Office) -> None:
    told = await visitor(ADMIN).send(
        "/people/new",
        {"name": "张" * 101, "login": "two words", "role": "", "territory": HERE, "until": "2020-01-01"},
    )
    assert told.status_code == 422
    assert set(re.findall(r'id="wrong-(\w+)"', told.text)) == {"name", "login", "role", "until"}
    taken = member(office.services, f"inspector:张三@{HERE}").login.upper()
    facts = {"name": "", "login": taken, "role": "inspector", "territory": CITY, "until": "2020-01-01"}
    told = await visitor(ADMIN).send("/people/new", facts)
    assert told.status_code == 422 and "is taken" in told.text
    assert set(re.findall(r'id="wrong-(\w+)"', told.text)) == {"name", "login", "territory", "until"}


async def test_people_are_found_by_district_and_role_of_one_post_that_they_hold(visitor: As, office: Office) -> None:
    services = office.services
    held = {"甲": ("inspector", HERE), "乙": ("inspector", ELSEWHERE), "丙": ("supervisor", HERE)}
    for name, (role, where) in held.items():
        member(services, f"{role}:{name}@{where}")
    admin = visitor(ADMIN)

    async def found(query: str) -> set[str]:
        text = await admin.see(f"/people?{query}")
        return {name for name in held if f">{name}</a>" in text}

    assert await found("") == set(held)
    assert await found(f"territory={HERE}") == {"甲", "丙"}
    assert await found("role=inspector") == {"甲", "乙"}
    assert await found(f"role=inspector&territory={HERE}&q=") == {"甲"}
    assert await found(f"role=government&territory={HERE}") == set()
    [post] = named(office, "甲").posts
    await admin.act(f"/people/{named(office, '甲').person_id}/do/end_post", post_id=post.post_id)
    assert await found(f"role=inspector&territory={HERE}") == set(), "a post that ended is held no more"
    assert await found(f"role=inspector&territory={HERE}&gone=true") == {"甲"}


async def test_the_last_administrator_loses_the_post_neither_here_nor_by_leaving(visitor: As, office: Office) -> None:
    services = office.services
    last = member(services, "admin:唯一@650200")
    admin = visitor("admin:来客@650200")  # has no password: could not come in again
    page = f"/people/{last.person_id}/do"
    [post] = named(office, "唯一").posts
    for do, facts in (("end_post", {"post_id": post.post_id}), ("leave", {"certain": "true"})):
        told = await admin.send(f"{page}/{do}", facts)
        assert told.status_code == 409 and "no administrator who can sign in for good" in told.text, do
    second = member(services, "admin:后任@650200")
    [temporary] = named(office, "后任").posts
    await admin.act(f"{page}/end_post", post_id=post.post_id)
    with pytest.raises(NotDone) as refused:
        desk.end_post(services.engine, operator(), temporary.post_id, datetime.now(UTC))
    assert refused.value.refusal.code == "last_administrator"
    with pytest.raises(NotDone):
        desk.leave(services.engine, operator(), second.person_id, datetime.now(UTC))
    assert [p.until_at for p in named(office, "后任").posts] == [None] and named(office, "后任").left_at is None


async def test_a_delegate_of_the_last_administrator_does_not_stay_in_the_place(visitor: As, office: Office) -> None:
    services = office.services
    first, acting = member(services, "admin:甲@650200"), person(services, "admin:乙@650200")
    now = datetime.now(UTC)
    [post] = named(office, "甲").posts
    desk.delegate(services.engine, operator(), post.post_id, acting.person_id, now, now + 5 * DAY)
    with pytest.raises(NotDone, match="last_administrator"):
        desk.leave(services.engine, operator(), first.person_id, now)


async def test_only_who_may_stand_in_is_offered_with_the_own_post_and_taken(visitor: As, office: Office) -> None:
    admin = visitor(ADMIN)
    visitor(f"supervisor:李四@{HERE}")
    deputy = visitor(f"inspector:副手@{HERE}")
    visitor(f"supervisor:邻区@{ELSEWHERE}")
    for unfit in (
        f"auditor:审计@{CITY}",
        f"government:区长@{HERE}",
        f"inspector:外区@{ELSEWHERE}",
        f"admin:管二@{CITY}",
    ):
        visitor(unfit)
    visitor(f"enterprise:厂长@{HERE}", subject="s1")
    holder = named(office, "李四")
    alone = await admin.see(f"/people/{named(office, '审计').person_id}/do/delegate", 409)
    assert "first give somebody such a post" in alone, "nobody may: told at once, and what to do"
    address = f"/people/{holder.person_id}/do/delegate"
    form = await admin.see(address)
    offered = re.findall(r"<option[^>]*>(\S+) · (?:inspector|supervisor) · (\w+) \(", form)
    assert [name for name, _ in offered] == ["副手", "邻区"], "the own district first"
    facts = {"post_id": holder.posts[0].post_id, "until": (TODAY + DAY).isoformat()}
    for unfit in ("审计", "区长", "外区", "管二", "厂长"):
        told = await admin.send(address, {**facts, "delegate_id": named(office, unfit).person_id})
        assert told.status_code == 409 and "holds a post of the same role" in told.text, unfit
    past = await admin.send(address, {**facts, "delegate_id": named(office, "副手").person_id, "until": "2020-01-01"})
    assert past.status_code == 409 and 'id="wrong-until"' in past.text
    await admin.act(address, **facts, delegate_id=named(office, "副手").person_id)
    for do in ("end_post", "leave"):
        told = await admin.see(f"/people/{holder.person_id}/do/{do}")
        assert "Delegations end with their post: 副手 (supervisor · Karamay)" in told, do
    assert "for 李四" in await deputy.see("/me")


async def test_a_delegation_is_told_in_words_on_both_pages_and_ended_on_either(visitor: As, office: Office) -> None:
    admin = visitor(ADMIN)
    visitor(f"supervisor:李四@{HERE}")
    deputy = visitor(f"inspector:副手@{HERE}")
    holder, acting = named(office, "李四"), named(office, "副手")
    for page in (holder, acting):
        post, now = holder.posts[0].post_id, datetime.now(UTC)
        given = desk.delegate(office.services.engine, operator(), post, acting.person_id, now, now + DAY)
        shown = await admin.see(f"/people/{page.person_id}")
        assert given not in shown and acting.name in shown and holder.name in shown
        form = await admin.see(f"/people/{page.person_id}/do/end_delegation")
        chosen = value_of(form, "副手 for 李四: supervisor · Karamay (")
        await admin.act(f"/people/{page.person_id}/do/end_delegation", delegation_id=chosen)
        assert "for 李四" not in await deputy.see("/me")
        lines = audit_page(office.services.engine, AuditFilter(people=(holder.person_id,)), 2)
        ended, began = (line.facts for line in lines)
        assert began["delegation"] == ended["delegation"] == given, "found under the holder of the post too"
        assert began["since"] == ended["since"] and str(began["until"]) > str(ended["until"]), (
            "its own instants, not the post's"
        )
        assert audit_page(office.services.engine, AuditFilter(person=holder.person_id), 2) == lines


async def test_a_delegation_of_a_post_that_was_ended_is_told_as_ended_on_both_pages(
    visitor: As, office: Office
) -> None:
    engine, admin = office.services.engine, visitor(ADMIN)
    visitor(f"supervisor:李四@{HERE}")
    visitor(f"inspector:副手@{HERE}")
    holder, acting, now = named(office, "李四"), named(office, "副手"), datetime.now(UTC)
    [post] = holder.posts
    desk.delegate(engine, operator(), post.post_id, acting.person_id, now, now + 5 * DAY)
    last = day_of(now + 5 * DAY).isoformat()
    for one in (holder, acting):
        assert last in await admin.see(f"/people/{one.person_id}")
    desk.end_post(engine, operator(), post.post_id, datetime.now(UTC))
    for one in (holder, acting):
        shown = await admin.see(f"/people/{one.person_id}")
        assert "ended with the post" in shown and last not in shown, one.name
        assert "End a delegation" not in shown, "there is none to end"
    [kept] = named(office, "副手").delegations
    assert kept.until_at <= datetime.now(UTC), "as the command line lists it"


async def test_who_loses_the_post_that_fits_acts_for_nobody(visitor: As, office: Office) -> None:
    engine = office.services.engine
    visitor(f"supervisor:李四@{HERE}")
    deputy, now = visitor(f"inspector:副手@{HERE}"), datetime.now(UTC)
    acting = named(office, "副手")
    desk.delegate(engine, operator(), named(office, "李四").posts[0].post_id, acting.person_id, now, now + DAY)
    assert "for 李四" in await deputy.see("/me")
    desk.end_post(engine, operator(), acting.posts[0].post_id, datetime.now(UTC))
    assert "for 李四" not in await deputy.see("/me")


@pytest.mark.parametrize(
    ("facts", "field", "said"),
    [
        ({"since": "2099-01-02", "until": "2099-01-01"}, "until", "later than the beginning"),
        ({"until": "2020-01-01"}, "until", "The end has passed already"),
        ({"since": "2020-01-01"}, "since", "is before today"),
        ({"territory": HERE, "role": "inspector"}, "role", "holds the same post already"),
        ({"territory": CITY, "role": "inspector"}, "territory", "one of a district"),
        (
            {"territory": ELSEWHERE, "role": "enterprise", "subject_id": "某"},
            "subject_id",
            "elsewhere there are: 某厂 s1",
        ),
        ({"territory": ELSEWHERE, "role": "enterprise", "subject_id": "s1"}, "territory", "registered in Karamay"),
        ({"territory": CITY, "role": "enterprise", "subject_id": "s1"}, "territory", "registered in Karamay"),
        ({"territory": HERE, "role": "enterprise", "subject_id": "无此厂"}, "subject_id", "no subject"),
    ],
)
async def test_a_post_that_makes_no_sense_is_refused_at_its_field(
    visitor: As, office: Office, facts: dict[str, str], field: str, said: str
) -> None:
    admin = visitor(ADMIN)
    visitor(f"inspector:张三@{HERE}")
    for subject_id in ("s1", "s2"):
        facts_of = SubjectFacts(name=f"某厂 {subject_id}", district=HERE)
        add_subject(office.services.engine, subject_id, facts_of, actor(f"office:王@{CITY}"))
    one = named(office, "张三")
    told = await admin.send(f"/people/{one.person_id}/do/post", {"role": "supervisor", "territory": HERE, **facts})
    assert told.status_code in (409, 422) and f'id="wrong-{field}"' in told.text and said in told.text
    assert len(named(office, "张三").posts) == 1


async def test_an_enterprise_is_found_by_its_name_and_its_posts_told_apart_by_dates(
    visitor: As, office: Office
) -> None:
    admin = visitor(ADMIN)
    add_subject(
        office.services.engine, "s1", SubjectFacts(name="东湖加油站", district=HERE), actor(f"office:王@{CITY}")
    )
    assert '<option value="s1" label="东湖加油站 · Karamay">' in await admin.see("/people/subjects?subject_id=东湖")
    one = person(office.services, f"inspector:张三@{HERE}")
    page = f"/people/{one.person_id}"
    facts = {"role": "enterprise", "territory": HERE, "subject_id": "东湖"}
    asked = await admin.send(f"{page}/do/post", facts)
    assert asked.status_code == 200 and '<option value="s1"' in asked.text, "a part of a name is chosen, not guessed"
    assert len(named(office, "张三").posts) == 1
    facts["subject_id"] = "东湖加油站"
    await admin.act(f"{page}/do/post", **facts, until=(TODAY + DAY).isoformat())
    await admin.act(f"{page}/do/post", **facts, since=(TODAY + 2 * DAY).isoformat())
    assert "东湖加油站" in await admin.see(page)
    form = await admin.see(f"{page}/do/end_post")
    options = re.findall(r"<option value=\"o-[^>]*>([^<]+东湖加油站[^<]+)<", form)
    assert len(set(options)) == 2 and any("(since 20" in one for one in options), options


async def test_several_enterprises_are_offered_as_a_choice_and_looked_for_anew(visitor: As, office: Office) -> None:
    admin, engine = visitor(ADMIN), office.services.engine
    for n in range(25):
        where = HERE if n < 22 else ELSEWHERE
        add_subject(engine, f"b{n:02}", SubjectFacts(name=f"锅炉房{n:02}", district=where), actor(f"office:王@{CITY}"))
    one = person(office.services, f"inspector:张三@{HERE}")
    address = f"/people/{one.person_id}/do/post"
    facts = {"role": "enterprise", "territory": HERE, "subject_id": "锅炉房"}
    told = await admin.send(address, facts)
    assert told.status_code == 200 and "More than 20 match" in told.text, "the list says that it is cut"
    assert len(re.findall('<option value="b', told.text)) == 20 and "Dushanzi" not in re.findall("锅炉房.*", told.text)
    told = await admin.send(address, {**facts, "again": "锅炉房0"})
    assert "More than" not in told.text and len(re.findall('<option value="b', told.text)) == 10
    assert len(named(office, "张三").posts) == 1, "nothing is written yet"
    await admin.act(address, **facts | {"subject_id": "b07"})
    assert {p.subject_id for p in named(office, "张三").posts} == {None, "b07"}


async def test_who_leaves_hands_over_the_own_cases_and_none_of_a_namesake(
    site: str, services: Services, town: Campaign, superuser: psycopg.Connection
) -> None:
    put = (
        "UPDATE cases SET officers = '[\"检查员3\"]' WHERE case_id IN (SELECT case_id FROM cases WHERE outcome IS NULL"
    )
    for district, cases in ((HERE, 2), (ELSEWHERE, 3)):
        superuser.execute(f"{put} AND district = %s LIMIT %s)", (district, cases))
    superuser.commit()
    one = person(services, f"inspector:检查员3@{HERE}")
    person(services, f"inspector:检查员3@{ELSEWHERE}")
    head = person(services, f"supervisor:区局负责人@{HERE}")
    admin = Visitor(site, services, ADMIN)
    for do in ("leave", "end_post"):
        before = await admin.see(f"/people/{one.person_id}/do/{do}")
        assert "2 in Karamay, by its supervisor (区局负责人)" in before and "Dushanzi" not in before, do
        before = await admin.see(f"/people/{head.person_id}/do/{do}")
        assert "besides this person: supervisor · Karamay (0 of 1)" in before, do
    told = await admin.send(f"/people/{one.person_id}/do/leave", {})
    assert told.status_code == 422 and 'name="certain"' in told.text, "one press is not enough for what is for good"
    await admin.act(f"/people/{one.person_id}/do/leave", certain="true")
    after = await admin.see(f"/people/{one.person_id}")
    assert "2 in Karamay" in after and 'href="/cases' not in after, "an administrator reads no cases"
    await admin.client.aclose()


async def test_a_login_that_is_none_is_refused_at_its_field_and_an_invitation_is_headed_by_the_name(
    visitor: As, office: Office
) -> None:
    admin = visitor(ADMIN)
    facts = {"name": "赵新", "role": "auditor", "territory": CITY}
    for login in ("赵 新", "赵新!"):
        told = await admin.send("/people/new", {**facts, "login": login})
        assert told.status_code == 422 and 'id="wrong-login"' in told.text and "is no login" in told.text, login
    told = await admin.send("/people/new", {**facts, "login": "ｚｈａｏ２"})
    assert told.status_code == 200, "letters of full width are letters"
    told = await admin.send("/people/new", {**facts, "login": "zhao-xin.1"})
    assert told.status_code == 200 and ">赵新</a>" in told.text and "zhao-xin.1" in told.text


async def test_nobody_gives_a_post_or_a_delegation_to_oneself(visitor: As, office: Office) -> None:
    """Who manages accounts decides no cases: two administrators are needed for that, and the log names both."""
    admin = visitor(ADMIN)
    own = named(office, actor(ADMIN).name)
    page, facts = f"/people/{own.person_id}", {"role": "supervisor", "territory": HERE}
    told = await admin.send(f"{page}/do/post", facts)
    assert told.status_code == 409 and "another administrator does" in told.text, told.text
    assert [post.role for post in named(office, actor(ADMIN).name).posts] == ["admin"]
    other = person(office.services, "admin:另一人@650200")
    holder = named(office, "另一人").posts[0]
    asked = {"post_id": holder.post_id, "delegate_id": own.person_id, "until": (TODAY + DAY).isoformat()}
    told = await admin.send(f"/people/{other.person_id}/do/delegate", asked)
    assert told.status_code == 409 and "another administrator does" in told.text
