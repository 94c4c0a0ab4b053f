"""The fields of the forms about people: posts and delegations by name, never by their ids alone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.actors import ROLE_NAMES, ROLES, Role
from models.instants import day_of, end_of_day, parse_day, say_due, start_of_day
from models.people import Person, Post
from models.plan import Plan
from rules.access.posts import OF_ONE_DISTRICT, stands_in
from rules.words.naming import Both
from rules.words.refusals import refuse
from serving.backing import Backing
from serving.problems import Trouble, one_field, refused
from store.people import people
from store.posts import ActingFor
from store.subject_search import Matches, matches, names_of_subjects, search_subjects
from views.forms.fields import FormField, Option
from web.deeds.choosing import SEARCH, words_for
from web.entry import newest

FOUND = 8
"""Subjects that a search offers."""
LAST_DAY = FormField("until", "day", Both("最后一日（含当日；不填为立即免去）", "Last day in it; at once if left out"))


def post_in_words(post: Post, plan: Plan | None, subjects: dict[str, str] | None = None) -> Both:
    """`检查员 · 克拉玛依区 · 消防安全`; of an enterprise's people with the subject's name."""
    sector = next((Both(s.zh, s.en) for s in plan.sectors if s.id == post.sector), None) if plan else None
    subject = (subjects or {}).get(post.subject_id or "", post.subject_id)
    more = (sector, Both(subject, subject) if subject else None)
    parts = [role_in_words(post.role, plan), place_in_words(post.territory, plan), *(one for one in more if one)]
    return Both(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))


def role_in_words(role: Role, plan: Plan | None) -> Both:
    """What the plan calls it, in English a short word."""
    zh, en = ROLE_NAMES[role]
    return Both(next((r.zh for r in plan.roles if r.id == role), zh) if plan else zh, en)


def place_in_words(territory: str, plan: Plan | None) -> Both:
    """A district by name, the whole city as such."""
    if plan is not None and territory == plan.city:
        return Both("全市", "the whole city")
    found = next((d for d in plan.districts if d.id == territory), None) if plan else None
    return Both(found.zh, found.en) if found else Both(territory, territory)


def held_for(since: datetime, until: datetime | None) -> Both:
    """From when until when, as a choice tells it."""
    begins = day_of(since)
    if until is None:
        return Both(f"{begins} 起", f"since {begins}")
    return Both(f"{begins} 至 {say_due(until)}", f"{begins} until {say_due(until)}")


def post_fields(plan: Plan | None) -> tuple[FormField, ...]:
    """Of a new post."""
    territories = (Option(plan.city, "全市", "the whole city"),) if plan else ()
    territories += tuple(Option(d.id, d.zh, d.en) for d in plan.districts) if plan else ()
    sectors = tuple(Option(s.id, s.zh, s.en) for s in plan.sectors) if plan else ()
    roles = tuple(Option(role, *role_in_words(role, plan)) for role in ROLES if role != "public")
    return (
        FormField("role", "choice", Both("角色", "Role"), True, roles),
        FormField("territory", "choice", Both("辖区", "Territory"), True, territories, hint=_of_one_district(plan)),
        FormField("sector", "choice", Both("只管一个行业领域的，选择该领域", "Of one sector alone"), options=sectors),
        FormField(
            "subject_id",
            "line",
            Both("企业人员：所属企业", "Of an enterprise's people: the enterprise"),
            hint=Both(
                "先选辖区，再输入名称、拼音首字母或信用代码查找",
                "Choose the territory, then look for it by name, initials or credit code",
            ),
            search="/people/subjects",
        ),
        *SEARCH,
        FormField("since", "day", Both("自（不填为现在）", "From; now if left out")),
        FormField("until", "day", Both("至（含当日；不填为长期）", "Last day (leave empty for no end)")),
    )


def _of_one_district(plan: Plan | None) -> Both:
    """Which roles have a district, and never the whole city."""
    said = [role_in_words(role, plan) for role in ROLES if role in OF_ONE_DISTRICT]
    return Both(
        f"{'、'.join(role.zh for role in said)}须选一个区，不能选全市",
        f"Of one district, never of the whole city: {', '.join(role.en for role in said)}",
    )


def territory_of(plan: Plan | None, territory: str | None) -> str | None:
    """The district by which subjects are looked for; None where it is the whole city, or none is said."""
    return territory if plan and any(district.id == territory for district in plan.districts) else None


def several_meant(behind: Backing, facts: dict[str, Any]) -> Matches | None:
    """The enterprises to choose from, unless the words are just one's; then that one is put into the facts.

    Those of the post's territory, whose people alone can have the post; 422 where there are none.
    """
    if facts.get("role") != "enterprise":
        facts.pop("searched", None)  # nobody is to be chosen any more
    words = words_for(facts, "subject_id")
    if not words or names_of_subjects(behind.records, [words]):
        return None
    facts["subject_id"] = words
    campaign = newest(behind)
    plan = campaign.plan if campaign else None
    there = territory_of(plan, facts.get("territory"))
    found = matches(behind.records, words, there, there_alone=True)
    exact = [one for one in found.subjects if words in (one.name, one.code)]
    if not found.subjects:
        raise _no_subject(behind, plan, words, there)
    if len(exact) != 1:
        return found
    facts["subject_id"] = exact[0].subject_id
    return None


def _no_subject(behind: Backing, plan: Plan | None, typed: str, there: str | None) -> Trouble:
    """That the register has none by these words in the district, and where it has some."""
    elsewhere = search_subjects(behind.records, typed, limit=FOUND) if there else ()
    if not elsewhere or there is None:
        zh, en = f"登记簿中没有“{typed}”", f"the register has no subject '{typed}'"
        return one_field("subject_id", zh, en, "请核对名称，或先登记该对象", "check the name, or register it first")
    here = place_in_words(there, plan)
    named = [(one.name, place_in_words(one.district, plan)) for one in elsewhere]
    zh = f"{here.zh}没有“{typed}”；其他辖区有：" + "、".join(f"{name}（{place.zh}）" for name, place in named)
    en = f"{here.en} has no '{typed}'; elsewhere there are: " + ", ".join(f"{name} ({at.en})" for name, at in named)
    return one_field("subject_id", zh, en, "请核对名称和辖区", "check the name and the territory")


def since_of(facts: dict[str, Any], now: datetime) -> datetime:
    """From when a post or a delegation is to be held; now where nothing is said, and never from a day gone by."""
    day = _day(facts, "since")
    if day is not None and day < day_of(now):
        raise one_field(
            *("since", "早于今天", "is before today"),
            *("岗位自授予之日起担任，不填为现在", "a post is held from when it is given: leave it empty for now"),
        )
    return now if day is None or day == day_of(now) else start_of_day(day)


def until_of(facts: dict[str, Any]) -> datetime | None:
    """The end of the last day that is said; None for no end."""
    day = _day(facts, "until")
    return None if day is None else end_of_day(day)


def last_day_of(facts: dict[str, Any], person: Person, now: datetime) -> datetime | None:
    """When a post is to end that is held now; None for at once; 422 for a day gone by, or after the end it has."""
    ends = until_of(facts)
    if ends is None:
        return None
    if ends <= now:
        zh, en = "立即免去的，本栏不填", "leave it empty to end the post at once"
        raise one_field("until", "早于今天", "is before today", zh, en)
    held = next((post for post in held_posts_of(person, now) if post.post_id == facts.get("post_id")), None)
    if held is not None and held.until_at is not None and ends >= held.until_at:
        last = say_due(held.until_at)
        zh, en = f"该岗位本已于 {last} 到期", f"the post ends on {last} already"
        raise one_field("until", zh, en, "须填更早的日期，或不填", "choose an earlier day, or leave it empty")
    return ends


def _day(facts: dict[str, Any], name: str) -> Any:
    if facts.get(name) is None:
        return None
    try:
        return parse_day(facts[name])
    except ValueError:
        raise one_field(name, "须为日期", "is to be a day", "如 2027-06-30", "as 2027-06-30") from None


def held_posts_of(person: Person, now: datetime) -> tuple[Post, ...]:
    """The posts that somebody holds, or will."""
    return tuple(post for post in person.posts if post.until_at is None or post.until_at > now)


def post_choice(person: Person, plan: Plan | None, subjects: dict[str, str]) -> FormField:
    """One of the posts of somebody, each with its dates."""
    options = tuple(_post_option(post, plan, subjects) for post in held_posts_of(person, datetime.now(UTC)))
    only = (options[0].value,) if len(options) == 1 else ()
    return FormField("post_id", "choice", Both("岗位", "Post"), True, options, value=only)


def _post_option(post: Post, plan: Plan | None, subjects: dict[str, str]) -> Option:
    words, times = post_in_words(post, plan, subjects), held_for(post.since_at, post.until_at)
    return Option(post.post_id, f"{words.zh}（{times.zh}）", f"{words.en} ({times.en})")


def delegate_fields(
    behind: Backing, person: Person, plan: Plan | None, subjects: dict[str, str]
) -> tuple[FormField, ...]:
    """Whose post, who acts in it, and until when; those alone are offered who may stand in for one of the posts.

    409 where nobody may.
    """
    now = datetime.now(UTC)
    posts = held_posts_of(person, now)
    others = [p for p in people(behind.records, is_here=True) if p.person_id != person.person_id]
    fitting = [(p, own) for p in others if (own := _fitting(p, posts, now))]
    if not fitting:
        raise refused(refuse("nobody_stands_in"))
    near = {post.territory for post in posts}
    fitting.sort(key=lambda one: (one[1].territory not in near, one[1].territory, one[0].name, one[0].person_id))
    options = tuple(
        _person_option(
            p, own, plan, subjects, [post for post in posts if _fitting(p, [post], now)] if posts[1:] else []
        )
        for p, own in fitting
    )
    until = (day_of(now + timedelta(days=7)).isoformat(),)
    return (
        post_choice(person, plan, subjects),
        FormField(
            "delegate_id",
            "choice",
            Both("代理人", "Who acts"),
            True,
            options,
            hint=Both(
                "只列出可代理的人员：担任同一角色的，以及同一区的检查员与区安监局负责人",
                "Those alone who may: of the same role, and inspectors and the supervisor of one district",
            ),
        ),
        FormField("since", "day", Both("自（不填为现在）", "From; now if left out")),
        FormField("until", "day", Both("至（含当日）", "Last day"), True, value=until),
    )


def _fitting(person: Person, posts: Iterable[Post], now: datetime) -> Post | None:
    """The own post by which somebody may stand in for one of these, that of the same district first."""
    held = held_posts_of(person, now)
    fits = [(own.territory != of.territory, own) for of in posts for own in held if stands_in(own, of)]
    return min(fits, key=lambda one: (one[0], one[1].post_id))[1] if fits else None


def _person_option(
    person: Person, own: Post, plan: Plan | None, subjects: dict[str, str], may_in: Iterable[Post]
) -> Option:
    """`may_in`: in which of the holder's posts, where there are several."""
    words = post_in_words(own, plan, subjects)
    login = next((a.login for a in person.accounts if a.closed_at is None), person.person_id)
    zh, en = f"{person.name} · {words.zh}（{login}）", f"{person.name} · {words.en} ({login})"
    if of := [post_in_words(post, plan, subjects) for post in may_in]:
        zh += f"，可代理：{'、'.join(one.zh for one in of)}"
        en += f", may act as: {', '.join(one.en for one in of)}"
    return Option(person.person_id, zh, en)


def delegation_choice(acting: Iterable[ActingFor], plan: Plan | None, subjects: dict[str, str]) -> FormField:
    """One of the delegations that last, told by who acts for whom, in which post and until when."""
    options = tuple(_delegation_option(one, plan, subjects) for one in acting)
    only = (options[0].value,) if len(options) == 1 else ()
    return FormField("delegation_id", "choice", Both("代理", "Delegation"), True, options, value=only)


def _delegation_option(one: ActingFor, plan: Plan | None, subjects: dict[str, str]) -> Option:
    post, of = post_in_words(one.post, plan, subjects), one.delegation
    times = held_for(of.since_at, one.until_at)
    zh = f"{one.delegate} 代 {one.holder}：{post.zh}（{times.zh}）"
    return Option(of.delegation_id, zh, f"{one.delegate} for {one.holder}: {post.en} ({times.en})")


def lasting(acting: Iterable[ActingFor], now: datetime) -> tuple[ActingFor, ...]:
    """Those that last, or will."""
    return tuple(one for one in acting if one.until_at > now)


def subject_names(behind: Backing, posts: Iterable[Post]) -> dict[str, str]:
    """The names of the subjects that these posts are of, by id."""
    ids = sorted({post.subject_id for post in posts if post.subject_id})
    return names_of_subjects(behind.records, ids) if ids else {}
