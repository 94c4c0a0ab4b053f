"""What ends with a post, or with whoever leaves: cases to hand over, delegations, a post that nobody else holds."""

from collections.abc import Sequence
from datetime import UTC, datetime

from desk.people import cases_in_charge
from models.people import Person, Post
from models.plan import Plan
from rules.access.posts import stands_in
from rules.access.vacancies import Vacancy, vacancies
from rules.words.naming import Both
from serving.backing import Backing
from store.people import held_posts, in_post
from store.posts import ActingFor
from store.tokens import IssuedToken, issued_tokens
from web.deeds.people_fields import held_posts_of, lasting, place_in_words, post_in_words, role_in_words


def what_ends(behind: Backing, person: Person, plan: Plan | None, acting: Sequence[ActingFor]) -> tuple[Both, ...]:
    """Each in a sentence, before somebody leaves."""
    return _with(behind, person, held_posts_of(person, datetime.now(UTC)), plan, acting)


def ends_with_each_post(
    behind: Backing, person: Person, plan: Plan | None, acting: Sequence[ActingFor], subjects: dict[str, str]
) -> tuple[Both, ...]:
    """The same of each post that somebody holds, headed by it where there are several, before one of them is ended."""
    held = held_posts_of(person, datetime.now(UTC))
    told = list[Both]()
    for post in held:
        said = _with(behind, person, (post,), plan, acting)
        if said and held[1:]:
            head = post_in_words(post, plan, subjects)
            told.append(Both(f"\n【{head.zh}】", f"\n[{head.en}]"))
        told.extend(said)
    return tuple(told)


def _with(
    behind: Backing, person: Person, ending: Sequence[Post], plan: Plan | None, acting: Sequence[ActingFor]
) -> tuple[Both, ...]:
    """What ends with these posts; of all of them also the cases of posts that have ended already."""
    is_all = len(ending) == len(held_posts_of(person, datetime.now(UTC)))
    of = person if is_all else person.model_copy(update={"posts": tuple(ending)})
    told = (
        handed_over(behind, of, plan) or _no_cases(of),
        _delegations(ending, plan, acting),
        _acting_no_more(person, ending, plan, acting),
        _tokens(behind, ending),
        _short_without(behind, ending, plan),
    )
    return tuple(one for one in told if one is not None)


def left_vacant(behind: Backing, person: Person, plan: Plan | None) -> tuple[Vacancy, ...]:
    """Of the posts that somebody had, those that too few hold now."""
    if plan is None:
        return ()
    had = {(post.role, post.territory) for post in person.posts}
    found = vacancies(plan, held_posts(behind.records, datetime.now(UTC)))
    return tuple(one for one in found if (one.role, one.territory) in had)


def handed_over(behind: Backing, person: Person, plan: Plan | None) -> Both | None:
    """The open cases that somebody is in charge of, and who hands them over; None where there are none."""
    found = cases_in_charge(behind.records, person)
    if not found:
        return None
    told = [(one, place_in_words(one.district, plan), _supervisors(behind, one.district)) for one in found]
    head = role_in_words("supervisor", plan).zh
    zh = "；".join(f"{place.zh} {one.cases} 件，由{head}（{who.zh}）移交" for one, place, who in told)
    en = "; ".join(f"{one.cases} in {place.en}, by its supervisor ({who.en})" for one, place, who in told)
    return Both(
        f"其承办的在办案件须移交：{zh}，在案件列表中用“批量移交承办案件”办理。",
        f"The open cases in that person's charge are to be handed to another officer: {en}, in the list of cases.",
    )


def _no_cases(person: Person) -> Both | None:
    """Of whoever is put in charge of cases, that there are none."""
    if all(post.role != "inspector" for post in held_posts_of(person, datetime.now(UTC))):
        return None
    return Both("其名下没有在办案件。", "No open case is in that person's charge.")


def _delegations(ending: Sequence[Post], plan: Plan | None, acting: Sequence[ActingFor]) -> Both | None:
    """Those that others act by in one of these posts: they end with the post."""
    ids = {post.post_id for post in ending}
    lent = [one for one in lasting(acting, datetime.now(UTC)) if one.post.post_id in ids]
    if not lent:
        return None
    told = [(one.delegate, post_in_words(one.post, plan, {})) for one in lent]
    zh = "；".join(f"{delegate}（{post.zh}）" for delegate, post in told)
    en = "; ".join(f"{delegate} ({post.en})" for delegate, post in told)
    return Both(f"代理随岗位终止：{zh}。", f"Delegations end with their post: {en}.")


def _acting_no_more(
    person: Person, ending: Sequence[Post], plan: Plan | None, acting: Sequence[ActingFor]
) -> Both | None:
    """Those by which this person acts for others, that no other post of the own fits."""
    now, ids = datetime.now(UTC), {post.post_id for post in ending}
    own = [post for post in held_posts_of(person, now) if post.post_id not in ids]
    lost = [
        one
        for one in lasting(acting, now)
        if one.delegation.delegate_id == person.person_id and not any(stands_in(post, one.post) for post in own)
    ]
    if not lost:
        return None
    told = [(one.holder, post_in_words(one.post, plan, {})) for one in lost]
    zh, en = (
        "；".join(f"{who}（{post.zh}）" for who, post in told),
        "; ".join(f"{who} ({post.en})" for who, post in told),
    )
    return Both(f"不再代理：{zh}。", f"No longer acts for: {en}.")


def _tokens(behind: Backing, ending: Sequence[Post]) -> Both | None:
    """Those by which another system acts in these posts."""
    found = tokens_of(behind, ending)
    if not found:
        return None
    named = [one.label or one.token_id for one in found]
    return Both(f"接口令牌随之失效：{'、'.join(named)}。", f"Tokens of other systems end with it: {', '.join(named)}.")


def tokens_of(behind: Backing, posts: Sequence[Post]) -> tuple[IssuedToken, ...]:
    """Those in force that speak by one of these posts."""
    ids = [post.post_id for post in posts]
    return issued_tokens(behind.records, in_force_at=datetime.now(UTC), of_posts=ids) if ids else ()


def _short_without(behind: Backing, ending: Sequence[Post], plan: Plan | None) -> Both | None:
    """The posts that the campaign needs and too few hold besides these."""
    if plan is None or not ending:
        return None
    held, ids = held_posts(behind.records, datetime.now(UTC)), {post.post_id for post in ending}
    before = {(one.role, one.territory): one.held for one in vacancies(plan, held)}
    after = vacancies(plan, [post for post in held if post.post_id not in ids])
    fewer = [one for one in after if before.get((one.role, one.territory)) != one.held]
    if not fewer:
        return None
    told = [(one, role_in_words(one.role, plan), place_in_words(one.territory, plan)) for one in fewer]
    zh = "；".join(f"{role.zh} · {place.zh}（需 {one.needed} 人，余 {one.held} 人）" for one, role, place in told)
    en = "; ".join(f"{role.en} · {place.en} ({one.held} of {one.needed})" for one, role, place in told)
    return Both(f"除此人外，下列岗位无人担任或人数不足：{zh}。", f"Posts that too few hold besides this person: {en}.")


def _supervisors(behind: Backing, district: str) -> Both:
    names = dict.fromkeys(one.name for one in in_post(behind.records, "supervisor", district))
    return Both("、".join(names), ", ".join(names)) if names else Both("该岗位空缺", "nobody holds that post")
