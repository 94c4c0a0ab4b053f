"""Questions of the matrix as Cedar takes them, and what it answers; one that was asked before is not asked again."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import cedarpy

from models.actors import Actor
from models.typed import same_text
from rules.access.cedar import NAMESPACE, group_of, policies, schema
from tests.cast import HERE, plan
from tests.rules.access.cases import PROPOSER, RECORDER
from tests.rules.access.said import Asked


class Person(NamedTuple):
    """Ids and names of a person, with the principal's of a delegate."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


Principal = tuple[str, str | None, str, str | None, str | None]


class Request(NamedTuple):
    """A question of which Cedar knows nothing more."""

    principal: Principal
    do: str
    sector: str | None
    named: str = ""
    who: Person = Person()
    beside: Person | None = None
    second: tuple[str, str, str | None, Person] | None = None
    signed_in: bool = False
    proven: bool = False


def person(one: Actor) -> Person:
    """As four eyes see somebody."""
    ids = tuple(i for i in (one.person, one.principal) if i) if one.person else ()
    return Person(ids, tuple(same_text(n) for n in (one.name, one.principal_name) if n))


_BESIDE = {"proposer": person(PROPOSER), "recorder": person(RECORDER)}


def principal(one: Actor) -> Principal:
    """What of somebody is not a relation to the case."""
    return one.role, one.mandate, one.territory, one.sector, one.subject


def request_of(who: Principal, known: Person, asked: Asked, sector: str | None) -> Request:
    """The question of the matrix, with the proposer or the recorder where there is one."""
    beside = _BESIDE.get(asked.beside)
    return Request(who, asked.do, sector, asked.named, known if beside else Person(), beside)


class Cedar:
    """The policies of the plan, or others, over every principal and place that is asked about.

    A permit for one deed cannot answer for another: each deed is asked with its own and with all that forbids.
    """

    def __init__(self, requests: Iterable[Request], text: str | None = None) -> None:
        self.requests, self.text = list(requests), text or policies(plan())
        entities = {(e["uid"]["type"], e["uid"]["id"]): e for r in self.requests for e in _entities(r)}
        self.entities = cedarpy.Entities.from_json_str(json.dumps(list(entities.values())), schema())  # pyright: ignore[reportUnknownMemberType]

    def allowed(self) -> dict[Request, bool]:
        """Its answer to each; one that ends in an error is none."""
        asked: dict[str, list[Request]] = defaultdict(list)
        for request in self.requests:
            asked[request.do].append(request)
        return {request: answer for do, requests in asked.items() for request, answer in self._answers(do, requests)}

    def _answers(self, do: str, requests: list[Request]) -> Iterator[tuple[Request, bool]]:
        of_it = cedarpy.PolicySet.from_str("\n".join(p for p in self.text.split("\n\n") if _may_concern(p, do)))
        told = cedarpy.is_authorized_batch([_asked(r) for r in requests], of_it, self.entities)  # pyright: ignore[reportUnknownMemberType]
        for request, answer in zip(requests, told, strict=True):
            assert not answer.diagnostics.errors, (request, answer.diagnostics.errors)
            yield request, answer.allowed

    def differs_from(self, given: Mapping[Request, bool]) -> list[Request]:
        """The questions that it answers otherwise."""
        allowed = self.allowed()
        return [request for request in self.requests if given[request] != allowed[request]]


def _may_concern(policy: str, do: str) -> bool:
    return "permit (" not in policy or f'action == {NAMESPACE}::Action::"{do}"' in policy


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{kind}", "id": name}


def _resource(request: Request) -> tuple[str, dict[str, Any]]:
    _, kind = group_of(request.do)
    if kind not in ("Case", "Subject"):
        return kind, {}
    facts = {"district": HERE, "sector": request.sector, "subject": "ent-1" if kind == "Case" else None}
    return kind, {name: value for name, value in facts.items() if value is not None}


def _entities(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    role, mandate, territory, sector, subject = request.principal
    facts = {"territory": territory, "sector": sector, "subject": subject}
    attributes = {name: value for name, value in facts.items() if value is not None}
    parents = [_uid("Role", role), *([_uid("Mandate", mandate)] if mandate else [])]
    kind, about = _resource(request)
    return (
        {"uid": _uid("Actor", repr(request.principal)), "attrs": attributes, "parents": parents},
        {"uid": _uid(kind, repr(request.sector)), "attrs": about, "parents": []},
    )


def _asked(request: Request) -> dict[str, Any]:
    kind, _ = _resource(request)
    context: dict[str, Any] = {"named": request.named, "who": _known(request.who)}
    context |= {"signed_in": request.signed_in, "proven": request.proven}
    if request.beside is not None:
        context["beside"] = _known(request.beside)
    if request.second is not None:
        role, territory, sector, who = request.second
        second = {"role": role, "territory": territory, "person": _known(who)}
        context["second"] = second | ({"sector": sector} if sector else {})
    return {
        "principal": _uid("Actor", repr(request.principal)),
        "action": _uid("Action", request.do),
        "resource": _uid(kind, repr(request.sector)),
        "context": context,
    }


def _known(one: Person) -> dict[str, list[str]]:
    return {"ids": list(one.ids), "names": list(one.names)}
