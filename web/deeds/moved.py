"""What became of a subject, a person or a campaign since a form about it was opened: both versions, by whom, when."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from models.actors import ROLE_NAMES, Actor, Role
from models.audit import LoggedAudit
from models.people import Person
from models.plan import Plan
from models.register import Licence, Registered, ResponsiblePerson
from rules.words.naming import Both, district_named, due_said, instant_said
from rules.words.terms import DEEDS, REGISTER_STATES, SUBJECT_KINDS
from serving.backing import Backing
from store.audit import AuditFilter, audit_page
from store.campaign_log import calendar_moves
from store.campaigns import Campaign
from store.people import names_of
from store.subject_search import changes_of
from views.forms.posted import Posted, number_in, posted_value
from views.since import NOTHING, Differing, Facts, Since, Step, Who, differing, who_of
from web.deeds.form import Moved
from web.drafts import SEEN
from web.render import named_actor

_HELD, _OVER = Both("在任", "in force"), Both("已终止", "ended")
_AUDITED = 50
_FACTS: dict[str, Both] = {
    "name": Both("名称", "Name"),
    "code": Both("统一社会信用代码", "Credit code"),
    "kind": Both("类别", "Kind"),
    "district": Both("辖区", "District"),
    "street": Both("街道（乡镇）", "Street or town"),
    "community": Both("社区（村）", "Community or village"),
    "sector": Both("行业领域", "Sector"),
    "state": Both("状态", "State"),
    "ceased_on": Both("停止经营之日", "Ceased on"),
    "merged_into": Both("并入", "Merged into"),
}


# ---------------------------------------------------------------- a subject of the register


def subject_moved(
    behind: Backing, plan: Plan, subject: Registered, who: Actor, do: str, posted: Posted
) -> Moved | None:
    """Of a licence or responsible person it is held back where a colleague wrote the same one meanwhile."""
    seen = number_in(posted, SEEN)
    if not 0 < seen < subject.version:
        return None
    changes = changes_of(behind.records, subject.subject_id)
    later = [c for c in changes if c["version"] > seen]
    steps = tuple(Step(c["at"], who_of(named_actor(c["by"])), Both(*DEEDS[c["do"]])) for c in later)
    if not later:
        return None
    if do in _ONES:
        same = [c for c in changes if c["do"] == do and _one(do, json.loads(c["reason"])) == _one(do, _written(posted))]
        rows = _of_one(do, [c for c in same if c["version"] <= seen], [c for c in same if c["version"] > seen])
        others = [c for c in same if c["version"] > seen and c["by"] != str(who)]
        return Moved(Since(rows, steps), holds=bool(others))
    then: dict[str, Any] = later[0]["before"] or {}
    now = subject.model_dump(mode="json")
    rows = differing(_registered(plan, then), _registered(plan, now))
    theirs = {n: posted_value(posted, n).strip() for n in _FACTS if n in posted}
    untouched = {n: str(now[n] or "") for n, value in theirs.items() if value == str(then.get(n) or "")}
    touched = {n: v for n, v in theirs.items() if n not in untouched}
    wrote = _registered(plan, touched)
    rows = tuple(row._replace(wrote=wrote[row.facet, ""][1] if row.facet in touched else None) for row in rows)
    return Moved(Since(rows, steps), mended=untouched)


def _registered(plan: Plan, facts: Mapping[str, Any]) -> Facts:
    """How the register has a subject, fact by fact."""
    sectors = {s.id: Both(s.zh, s.en) for s in plan.sectors}

    def said(name: str, value: Any) -> Both:
        match name:
            case _ if not value:
                return NOTHING
            case "district":
                return district_named(plan, value)
            case "sector":
                return sectors.get(value, Both(value, value))
            case "kind":
                return Both(*SUBJECT_KINDS.get(value, (value, value)))
            case "state":
                return Both(*REGISTER_STATES.get(value, (value, value)))
            case _:
                return Both(str(value), str(value))

    return {(name, ""): (what, said(name, facts.get(name))) for name, what in _FACTS.items()}


_ONES: dict[str, tuple[type[Licence] | type[ResponsiblePerson], tuple[str, ...], str]] = {
    "licence": (Licence, ("kind", "number"), "expires_on"),
    "person": (ResponsiblePerson, ("name",), "post"),
}
"""What there may be several of: its type, what tells one from another, and the fact that is shown of it."""


def what_changed(plan: Plan, change: Mapping[str, Any]) -> tuple[Both, ...]:
    """What a change of the register changed, each fact as it was and is; of a licence or a person, which one."""
    if change["do"] in _ONES:
        kept, (_, names, _) = json.loads(change["reason"]), _ONES[change["do"]]
        what = " ".join(str(kept[name]) for name in names if kept.get(name))
        return (Both(what, what),)
    if not change["before"]:
        return ()
    rows = differing(_registered(plan, change["before"]), _registered(plan, change["after"] or {}))
    return tuple(
        Both(f"{row.what.zh}：{row.then.zh} → {row.now.zh}", f"{row.what.en}: {row.then.en} → {row.now.en}")
        for row in rows
    )


def _written(posted: Posted) -> dict[str, str]:
    return {name: values[-1].strip() for name, values in posted.items() if values[-1].strip()}


def _one(do: str, facts: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Which licence or person it is; None for what is none."""
    kind, names, _ = _ONES[do]
    try:
        found = kind.model_validate({n: v for n, v in facts.items() if n in names})
    except ValidationError:
        return None
    return tuple(getattr(found, name) for name in names)


def _of_one(do: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> tuple[Differing, ...]:
    if not after:
        return ()
    _, names, fact = _ONES[do]

    def said(changes: list[dict[str, Any]]) -> Both:
        value = json.loads(changes[-1]["reason"]).get(fact) if changes else None
        return Both(value, value) if value else NOTHING

    last = json.loads(after[-1]["reason"])
    what = " ".join(str(last[name]) for name in names if last.get(name))
    return (Differing(fact, "", Both(what, what), said(before), said(after)),)


# ---------------------------------------------------------------- a person and its posts


def person_seen(person: Person, now: datetime) -> str:
    """The posts and delegations that somebody has, as the form of a deed about the person remembers them."""
    return " ".join(("-", *_held(person, now)))


def person_moved(behind: Backing, plan: Plan | None, person: Person, now: datetime, posted: Posted) -> Moved | None:
    """Held back wherever somebody gave or took something meanwhile, also where the button was pressed twice."""
    seen = set(posted_value(posted, SEEN).split()) - {"-"}
    held = set(_held(person, now))
    if seen == held:
        return None
    named = {post.post_id: _post_said(plan, post.role, post.territory) for post in person.posts}
    named |= {d.delegation_id: Both("代理他人岗位", "Acts in another's post") for d in person.delegations}
    changed = {one: "permission_revoked" if one in seen else "permission_given" for one in sorted(seen ^ held)}
    rows = tuple(
        Differing("post", one, named.get(one, Both(one, one)), *((_HELD, _OVER) if one in seen else (NOTHING, _HELD)))
        for one in changed
    )
    lines = audit_page(behind.records, AuditFilter(person=person.person_id), _AUDITED)
    about = [line for line in reversed(lines) if _is_about(line, person.person_id, changed)]
    names = names_of(behind.records, [line.by.person for line in about if line.by.person])
    return Moved(Since(rows, tuple(_audited(line, names, named) for line in about)), holds=True)


def _held(person: Person, now: datetime) -> tuple[str, ...]:
    posts = (post.post_id for post in person.posts if post.until_at is None or post.until_at > now)
    return (*posts, *(d.delegation_id for d in person.delegations if d.until_at > now))


def _is_about(line: LoggedAudit, person_id: str, changed: Mapping[str, str]) -> bool:
    """Whether it is the line of one of these changes; of somebody who left there is one of all of them."""
    if line.about_person != person_id:
        return False
    is_all = line.kind == "permission_revoked" and line.facts.get("what") == "everything"
    return is_all or any(changed.get(str(fact)) == line.kind for fact in line.facts.values())


_GIVEN = {
    "permission_given": Both("授予：{what}", "given: {what}"),
    "permission_revoked": Both("终止：{what}", "ended: {what}"),
}


def _audited(line: LoggedAudit, names: Mapping[str, str], named: Mapping[str, Both]) -> Step:
    what = next((named[str(v)] for v in line.facts.values() if str(v) in named), Both("全部岗位", "every post"))
    given = _GIVEN[line.kind]
    by = Who(names.get(line.by.person or "", line.by.id), line.by.role or "")
    return Step(line.at, by, Both(given.zh.format(what=what.zh), given.en.format(what=what.en)))


def _post_said(plan: Plan | None, role: Role, territory: str) -> Both:
    zh, en = ROLE_NAMES[role]
    there = district_named(plan, territory) if plan else Both(territory, territory)
    return Both(f"{zh} · {there.zh}", f"{en} · {there.en}")


# ---------------------------------------------------------------- a campaign and its calendar


def campaign_moved(behind: Backing, campaign: Campaign, do: str, posted: Posted, command_id: str) -> Moved | None:
    """Held back where somebody moved a boundary, or published the same year, meanwhile."""
    moves = [m for m in calendar_moves(behind.records, campaign.campaign_id) if m["number"] > number_in(posted, SEEN)]
    if not moves or any(m["command_id"] == command_id for m in moves):
        return None
    year = posted_value(posted, "year").strip()
    wanted = [m for m in moves if (str(m["year"]) == year if do == "publish_working_days" else m["year"] is None)]
    rows = tuple(_move_said(campaign.plan, move) for move in moves)
    steps = tuple(Step(m["moved_at"], who_of(named_actor(m["by"])), Both(m["reason"], m["reason"])) for m in moves)
    return Moved(Since(rows, steps), holds=bool(wanted))


def _move_said(plan: Plan, move: Mapping[str, Any]) -> Differing:
    if move["year"] is not None:
        what = Both(f"{move['year']} 年工作日安排", f"Working days of {move['year']}")
        return Differing("year", str(move["year"]), what, NOTHING, Both("已公布", "published"))
    phase, ends = plan.phase(move["phase"]), move["edge"] == "ends"
    what = Both(f"{phase.zh}{'结束' if ends else '开始'}", f"{phase.en} {'ends' if ends else 'begins'}")
    said = due_said if ends else instant_said
    return Differing("boundary", move["phase"], what, said(move["old_at"]), said(move["new_at"]))
