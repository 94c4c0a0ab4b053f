"""Each check of who may do what, turned off in turn: the matrix tells, each time (domain §4, §7; ADR 0038)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import desk.bulk
import desk.ledger
import rules.access.deeds
import rules.access.giving
import rules.case.door
import serving.actors
from models.actors import ROLES, Actor, Mandate, Role
from models.plan import Plan
from models.refusals import Refused
from rules.access.deeds import DEEDS, MANDATES, Place, Reach, Roles, may_steer, roles_of
from tests.cast import HERE, plan
from tests.rules.access import matrix
from tests.rules.access.matrix import (
    OF_THE_REGISTER,
    OPENING,
    ORDERS,
    commands_in,
    differences,
    everybody,
    passes_without_proof,
    questions,
    second_differences,
)
from tests.rules.access.said import PROVEN, Asked, Who

Patch = pytest.MonkeyPatch
TurnOff = Callable[[Patch], None]
_APPROVALS = tuple(a for a in commands_in("escalation") if a.do in ("approve_measure", "return_measure"))
_RESCISSION = tuple(a for a in commands_in("escalation") if a.do == "rescind_finding")
_READING = tuple(a for a in questions() if a.kind == "read")
_OTHER = tuple(a for a in questions() if a.kind in ("whole", "installation"))
_LEDGER = tuple(a for a in ORDERS if a.named == "import")
_OF_CASES = commands_in("registration")


def _nobody(*_: object, **__: object) -> None:
    """Refuses nobody."""


def _always(*_: object, **__: object) -> bool:
    return True


def _never(*_: object, **__: object) -> bool:
    return False


def _off(module: object, name: str, instead: Any = _nobody) -> TurnOff:
    return lambda patch: patch.setattr(module, name, instead)


def _row(do: str, **changes: Any) -> TurnOff:
    """A row of the table, with a column as it would be without."""
    return lambda patch: patch.setitem(DEEDS, do, replace(DEEDS[do], **changes))


def _forget_sectors(patch: Patch) -> None:
    given = rules.access.deeds.out_of_reach

    def out_of_reach(one: Plan, who: Actor, where: Place) -> Refused | None:
        return given(one, who.model_copy(update={"sector": None}), where)

    for module in (rules.access.deeds, rules.access.giving):
        patch.setattr(module, "out_of_reach", out_of_reach)


def _forget_subjects(patch: Patch) -> None:
    """Whoever speaks for a subject is then somebody of the district."""
    given = rules.access.giving.out_of_reach
    patch.setattr(
        rules.access.giving,
        "out_of_reach",
        lambda one, who, where: given(one, who.model_copy(update={"subject": None}), where),
    )


def _all_of_one_role(patch: Patch) -> None:
    """The system does whatever its mandate's role may, not what the mandate names."""
    patch.setattr(rules.access.deeds, "_part_of", lambda who, do: "inspector" if who.role == "system" else who.role)


def _by_name_alone(self: Actor, other: Actor) -> bool:
    return self.name.strip() == other.name.strip()


def _by_person_alone(self: Actor, other: Actor) -> bool:
    return self.person is not None and self.person == other.person


def _without_names(self: Actor, other: Actor) -> bool:
    ids = {i for i in (self.person, self.principal) if i}
    return not ids.isdisjoint({i for i in (other.person, other.principal) if i})


def _same(instead: Callable[[Actor, Actor], bool]) -> TurnOff:
    def off(patch: Patch) -> None:
        patch.setattr(Actor, "same_person", instead)
        patch.setattr(Actor, "seems_same_person", instead)

    return off


def _where_is_forgotten(patch: Patch) -> None:
    patch.setattr(desk.bulk, "Place", lambda *_: Place())


CHECKS: dict[str, tuple[TurnOff, tuple[Asked, ...]]] = {
    "role, of a case": (_off(rules.access.giving, "wrong_role"), _OF_CASES),
    "role, of the register": (_off(rules.access.deeds, "wrong_role"), OF_THE_REGISTER),
    "role, of the campaign and the installation": (_off(rules.access.deeds, "wrong_role"), _OTHER),
    "role, of reading": (_off(rules.access.deeds, "wrong_role"), _READING),
    "mandate": (_all_of_one_role, _OF_CASES),
    "what the plan decides": (_row("approve_measure", by_plan=False, roles=("supervisor", "government")), _APPROVALS),
    "level": (_row("delist", instead={}, roles=("supervisor", "office")), _OF_CASES),
    "gravity": (_row("rescind_finding", instead={}, roles=("supervisor", "government")), _RESCISSION),
    "territory, of a case": (_off(rules.access.giving, "out_of_reach"), _OF_CASES),
    "territory, of the register": (_off(rules.access.deeds, "out_of_reach"), OF_THE_REGISTER),
    "territory, of orders": (_where_is_forgotten, ORDERS),
    "territory, of ledgers": (_off(desk.ledger, "out_of_reach"), _LEDGER),
    "territory, of an opening": (_off(rules.access.deeds, "reaches", _always), (OPENING,)),
    "the own district": (_off(rules.access.deeds, "reaches", _always), _OF_CASES),
    "the whole city": (_off(rules.access.deeds, "_reaches_all", _never), _OF_CASES),
    "only some roles reach the whole city": (_off(rules.access.deeds, "_reaches_all", _always), _OF_CASES),
    "territory that the plan has, of a case": (_off(rules.access.giving, "no_post"), _OF_CASES),
    "territory that the plan has, of the rest": (_off(rules.access.deeds, "no_post"), (*OF_THE_REGISTER, *_OTHER)),
    "regulator without a sector": (_off(rules.access.deeds, "no_post"), _READING),
    "sector": (_forget_sectors, (*_OF_CASES, *OF_THE_REGISTER)),
    "sector, of the whole": (_off(matrix, "may_order", lambda who, do, *_: may_steer(who, do)), _OTHER),
    "subject": (_forget_subjects, _OF_CASES),
    "district, sector and subject of reading": (
        _off(serving.actors.access, "reach", lambda *_: Reach(None, None)),
        _READING,
    ),
    "four eyes": (_same(_never), (*_APPROVALS, *_RESCISSION)),
    "four eyes of the decider": (_same(_never), _APPROVALS),
    "four eyes of whoever rescinds": (_same(_never), _RESCISSION),
    "four eyes by name alone": (_same(_by_name_alone), _APPROVALS),
    "four eyes by account's person, without principals": (_same(_by_person_alone), _APPROVALS),
    "four eyes without names": (_same(_without_names), _APPROVALS),
    "four eyes for everybody": (_same(_always), _APPROVALS),
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_turned_off_is_missed(check: str, monkeypatch: Patch) -> None:
    turn_off, asked = CHECKS[check]
    turn_off(monkeypatch)
    assert next(differences(asked), None), f"nobody notices: {check}"


# ---------------------------------------------------------------- the second inspector, the proof


@pytest.mark.parametrize(
    "turn_off",
    [
        _off(rules.access.giving, "_second"),
        _off(rules.access.giving, "reaches", _always),
        _off(rules.case.door, "no_longer"),
        _same(_never),
        _same(_by_person_alone),
    ],
    ids=["the whole check", "the district", "the sector", "another person", "another person who did not sign in"],
)
def test_a_check_of_the_second_inspector_that_is_turned_off_is_missed(turn_off: TurnOff, monkeypatch: Patch) -> None:
    turn_off(monkeypatch)
    assert next(second_differences(), None)


@pytest.mark.parametrize("do", DEEDS)
def test_a_proof_that_is_asked_for_or_not_is_as_it_was_meant(do: str, monkeypatch: Patch) -> None:
    def as_meant() -> bool:
        return passes_without_proof(do, signed_in=True, minutes=11) == (do not in PROVEN)

    assert as_meant() and passes_without_proof(do, signed_in=True, minutes=9)
    monkeypatch.setitem(DEEDS, do, replace(DEEDS[do], proven=not DEEDS[do].proven))
    assert not as_meant()


# ---------------------------------------------------------------- each row of the table


def _rows() -> Iterator[tuple[str, str]]:
    """Each deed, with each thing that says who may do it."""
    for do, deed in DEEDS.items():
        if deed.roles:
            yield do, ""
        yield from ((do, named) for named in deed.instead)
        yield from ((do, must.id) for must in plan().musts if deed.by_plan)


@pytest.mark.parametrize(("do", "named"), tuple(_rows()))
def test_a_role_more_or_fewer_in_a_row_of_the_table_is_noticed(do: str, named: str, monkeypatch: Patch) -> None:
    asked = tuple(
        q for q in questions() if q.do == do and q.named == named and q.stage in ("escalation", "", "not open")
    )
    whom, right = _of_each_role(do), roles_of(plan(), do, named)
    assert next(differences(asked, whom), None) is None
    mutants = {f"without {role}": tuple(r for r in right if r != role) for role in right}
    mutants |= {f"with {role}": (*right, role) for role in ROLES if role not in right}
    for name, roles in mutants.items():
        with monkeypatch.context() as patch:
            _replace(patch, do, named, roles)
            assert next(differences(asked, whom), None), f"nobody notices: {do} {named} {name}"


def _of_each_role(do: str) -> tuple[Who, ...]:
    """One of each role in the district, who did nothing; for reading the own case they speak for the subject."""
    if do in ("read_own", "self_inspect"):
        facts = {"name": "高", "territory": HERE, "person": "p-gao", "subject": "ent-1"}
        return tuple(Who(Actor.model_validate({**facts, "role": role}), "", "own") for role in ROLES)
    return tuple(
        w for w in everybody() if w.actor.territory == HERE and w.relation in ("officer in charge", "the system")
    )


def _replace(patch: Patch, do: str, named: str, roles: Roles) -> None:
    """Such a row in the table, or such a must in the plan."""
    deed = DEEDS[do]
    if not deed.by_plan:
        row = replace(deed, instead={**deed.instead, named: roles}) if named else replace(deed, roles=roles)
        patch.setitem(DEEDS, do, row)
        return

    def other_plan(one: Plan, asked: str, name: str = "") -> Roles:
        return roles if (asked, name) == (do, named) else roles_of(one, asked, name)

    patch.setattr(rules.access.giving, "roles_of", other_plan)


@pytest.mark.parametrize("mandate", MANDATES)
def test_a_deed_more_or_fewer_under_a_mandate_is_noticed(mandate: Mandate, monkeypatch: Patch) -> None:
    whom = tuple(w for w in everybody() if w.actor.mandate == mandate and w.actor.territory == HERE)
    given, asked = MANDATES[mandate], tuple(q for q in questions() if q.stage in ("registration", "", "not open"))
    assert next(differences(asked, whom), None) is None
    mutants: dict[str, dict[str, Role]] = {
        f"without {do}": {d: part for d, part in given.items() if d != do} for do in given
    }
    of_roles = {
        do: deed.roles[0] for do, deed in DEEDS.items() if deed.roles and do not in ("read_own", "self_inspect")
    }
    mutants |= {f"with {do}": {**given, do: part} for do, part in of_roles.items() if do not in given}
    for name, deeds in mutants.items():
        with monkeypatch.context() as patch:
            patch.setitem(MANDATES, mandate, deeds)
            assert next(differences(asked, whom), None), f"nobody notices: {name}"
