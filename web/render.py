"""Pages out of templates: everything escaped, nothing undefined, words from the catalogues."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError
from starlette.routing import Match

from desk.evidence import ACCEPTED
from models.actors import Actor, parse_actor
from models.instants import BEIJING, say_due, say_instant
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import DEEDS, OFFICIALS, Reach, reach
from rules.case.stage import NAMES
from rules.words.announced import TOPIC_NAMES
from rules.words.clauses import clause_said
from rules.words.clock_words import about_words, duty, duty_said, missed_said
from rules.words.of_a_row import note_said
from rules.words.terms import CLOCKS, COLOURS, COMMANDS, DUTIES, GRADES, MUSTS, OUTCOMES, ROLES, STATES
from serving.backing import backing_of
from store.campaigns import Campaign
from store.counted import COUNTED_TO
from views.forms.labels import field_label
from web import assets
from web.devices import device_named
from web.language import keep, language_of, switched
from web.options import CHOICES
from web.words import WORDS

_HERE = Path(__file__).parent
_COUNTED = re.compile(
    r"\{(\w+)\} (?:cases|findings|subjects|things|rows|notices|values|errors|columns|remarks|differences"
    r"|days|hours|seconds)\b(?! were)"
)
_CITY = SimpleNamespace(zh="全市", en="the whole city")
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_MAPS: dict[str, dict[Any, tuple[str, str]]] = {
    "clocks": CLOCKS,
    "colours": COLOURS,
    "commands": COMMANDS,
    "grades": GRADES,
    "musts": MUSTS,
    "outcomes": OUTCOMES,
    "stages": dict(NAMES),
    "states": STATES,
    "roles": ROLES,
    "topics": dict(TOPIC_NAMES),
}


@cache
def environment() -> Environment:
    """The templates, read once."""
    env = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {
        "asset": assets.address,
        "module": assets.module,
        "case_url": case_url,
        "act_url": act_url,
        "visit_url": visit_url,
        "device_named": device_named,
        "file_url": file_url,
        **CHOICES,
    }
    known |= {"subject_url": subject_url, "readers": DEEDS["read"].roles, "managers": DEEDS["manage_people"].roles}
    known |= {"officials": OFFICIALS}
    known |= {"starters": DEEDS["open_cases"].roles}
    known |= {"operators": DEEDS["operate"].roles, "maintainers": DEEDS["maintain"].roles}
    known["auditors"] = DEEDS["read_audit"].roles
    known |= {"accepted_files": ACCEPTED, "field_label": field_label}
    known["visitors"] = DEEDS["record_findings"].roles
    env.globals.update(known)
    filters: dict[str, Any] = env.filters
    filters["clause"], filters["noted"] = clause_said, note_said
    return env


def page(
    request: Request, template: str, campaign: Campaign | None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """The page in the reader's language."""
    language = language_of(request)
    place = 1 if language == "en" else 0
    kept = _kept(request)

    def onward(path: str, **query: Any) -> str:
        return link(path, **{**kept, **query})

    facts: dict[str, Any] = {
        "lang": language,
        "other_language": switched(request, language),
        "path": request.url.path,
        "is_answer": _may_be_asked_for(request),
        "campaign": campaign,
        "visit": getattr(request.state, "visit", None),
        "own": _own(request, campaign),
        "now": campaign.now() if campaign else None,
        "is_trial": backing_of(request).services.endpoints.engine == "trial",
        "is_copy": backing_of(request).is_copy(),
        **speaking(place, campaign.plan if campaign else None),
        "link": onward,
        **context,
    }
    response = HTMLResponse(environment().get_template(template).render(facts), status)
    keep(request, response)
    response.headers["Vary"] = "Cookie, Accept-Language, HX-Request"
    return response


def _may_be_asked_for(request: Request) -> bool:
    """Whether this answers a form at an address of which there is a page too: the way back leads to that."""
    if request.method != "POST":
        return False
    asked = {**request.scope, "method": "GET"}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


def _own(request: Request, campaign: Campaign | None) -> Reach | None:
    """What the reader may read of the campaign, so that no list offers more."""
    who: Actor | None = getattr(request.state, "actor", None)
    found = reach(campaign.plan, who) if campaign and who else None
    return None if isinstance(found, Refused) else found


def _kept(request: Request) -> dict[str, str]:
    """What the address says about every page, and each link hands on: the campaign."""
    return {name: value for name in ("campaign",) if (value := request.query_params.get(name))}


def link(path: str, **query: Any) -> str:
    """An address without empty parameters."""
    named = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(named, doseq=True)}" if named else path


def listed_at(request: Request, response: Response, address: str) -> Response:
    """A list as the reader's browser is to remember it: by the address without what the form left empty."""
    if "hx-request" in request.headers:
        response.headers["HX-Push-Url"] = address
    return response


def case_url(case_id: str) -> str:
    """The page of a case; its id has slashes."""
    return f"/cases/{quote(case_id, safe='/')}"


def act_url(case_id: str, do: str, about: str | None = None, back: str | None = None, **before: str | None) -> str:
    """The form of a command in a case; `back`: the list that it came from; `before`: what was done just before."""
    return link(f"{case_url(case_id)}/do/{do}", about=about, back=back, **before)


def visit_url(case_id: str, back: str | None = None, **before: str | None) -> str:
    """The form of what is found on the spot, likewise."""
    return link(f"{case_url(case_id)}/visit", back=back, **before)


def named_actor(by: str) -> Actor | None:
    """Whoever is written `role:name@territory`; None where the text is no official's."""
    try:
        return Actor.model_validate(parse_actor(by))
    except ValueError:
        return None


def subject_url(subject_id: str) -> str:
    """The page of a subject of the register."""
    return f"/subjects/{quote(subject_id, safe='')}"


def file_url(case_id: str, sha256: str, size: str) -> str:
    """Where a file of a case is."""
    asked = "" if size == "original" else f"?size={size}"
    return f"{case_url(case_id)}/files/{sha256}{asked}"


def _of_one(said: str, facts: Mapping[str, object]) -> str:
    """An English sentence with the singular behind each number that is one: `{n} cases` for 1 is `{n} case`."""
    return _COUNTED.sub(lambda m: m[0][:-1] if str(facts.get(m[1])) == "1" else m[0], said)


def speaking(place: int, plan: Plan | None) -> dict[str, Any]:
    """What templates say things by, in Chinese (0) or in English (1), with the names of the plan."""
    named: dict[tuple[str, str], Any] = {}
    if plan is not None:
        named = {("district", d.id): d for d in plan.districts} | {("sector", s.id): s for s in plan.sectors}
        named |= {("territory", d.id): d for d in plan.districts} | {("territory", plan.city): _CITY}
        named |= {("role", r.id): r for r in plan.roles} | {("phase", p.id): p for p in plan.phases}
        categories = (*plan.illegal_conduct, *plan.hazards, plan.other)
        named |= {("category", c.id): c for c in categories} | {("question", q.id): q for q in plan.questions}

    def t(key: str, **facts: object) -> str:
        said = WORDS[key][place]
        return (_of_one(said, facts) if place and facts else said).format(**facts)

    def word(kind: str, key: Any) -> str:
        return _MAPS[kind].get(key, (str(key), str(key)))[place]

    def name(kind: str, key: Any) -> str:
        """What the plan calls it."""
        found = named.get((kind, key))
        return str(key or "") if found is None else (found.zh, found.en)[place]

    def role(key: str | None) -> str:
        """In Chinese what the plan calls the role, in English a short word."""
        return name("role", key) if place == 0 and ("role", key) in named else word("roles", key or "")

    def signed(who: Actor) -> str:
        """By name, and for whom a delegate acts."""
        return f"{who.name} {t('acting_for', name=who.principal_name)}" if who.principal_name else who.name

    def official(by: str) -> str:
        """Whoever gave an order, `role:name@territory`, or the system."""
        try:
            who = Actor.model_validate(parse_actor(by))
        except (ValueError, ValidationError):
            return t("the_system")
        return " · ".join((who.name, role(who.role), name("territory", who.territory)))

    def about(key: str) -> str:
        return about_words(key)[place]

    def todo(clock: str, about: str, role: str) -> str:
        """What is to be done by a deadline."""
        return duty_said(duty(clock, role), about)[place]

    def hits(count: int) -> str:
        """How many a list has; beyond what is counted, more than that."""
        return t("hits_many", n=number(COUNTED_TO)) if count > COUNTED_TO else number(count)

    def duty_name(clock: str, role: str) -> str:
        """The clock as that role meets it."""
        return DUTIES[duty(clock, role)][place]

    def missed(clock: str, about: str, role: str) -> str:
        """What was not done in time."""
        return missed_said(duty(clock, role), about)[place]

    def say(zh: str, en: str) -> str:
        return (zh, en)[place]

    def day(instant: datetime) -> str:
        return _day(instant, place)

    said: dict[str, Callable[..., str]] = {
        "t": t,
        "word": word,
        "name": name,
        "role": role,
        "signed": signed,
        "official": official,
        "about": about,
        "todo": todo,
        "hits": hits,
        "missed": missed,
        "duty_name": duty_name,
        "say": say,
        "when": say_instant,
        "due": say_due,
        "day": day,
        "number": number,
    }
    return dict(said)


def number(value: Any) -> str:
    """With thousands set apart; of an amount the cents too."""
    return f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"


def _day(instant: datetime, place: int) -> str:
    local = instant.astimezone(BEIJING)
    if place == 1:
        return f"{local:%A}, {local.day} {local:%B} {local.year}"
    return f"{local.year}年{local.month}月{local.day}日 {_WEEKDAYS[local.weekday()]}"
