"""Who may do what, enumerated whole, against what the domain says and against Cedar (domain §4, §7; ADR 0038)."""

from functools import cache
from typing import NamedTuple, get_args

import cedarpy
import pytest

from models.actors import ROLES
from models.campaign import AnyCampaignCommand
from models.commands import AnyCommand
from rules.access.cedar import policies, schema
from rules.access.deeds import DEEDS
from rules.case.stage import stage
from rules.subjects.register import Change
from tests.cast import HERE, plan
from tests.rules.access.cases import BESIDE, STAGES, situation
from tests.rules.access.cedar import Cedar, Request, person, principal, request_of
from tests.rules.access.matrix import (
    SECTORS,
    Beside,
    commands_in,
    differences,
    everybody,
    of_a_case,
    passes_without_proof,
    questions,
    second_differences,
    seconds,
)
from tests.rules.access.said import FOUR_EYES, PROVEN, Asked, Who, expected, expected_roles

IN_THE_MATRIX, ASKED_OF_CEDAR = 760_320, 51_840


class Whole(NamedTuple):
    """What differs from what is expected; every answer by the question that Cedar is asked; what has two of them."""

    different: list[str]
    answers: dict[Request, bool]
    contradictory: dict[Request, bool]


@cache
def whole() -> Whole:
    """The whole matrix, once."""
    given: dict[Request, bool] = {}
    twice: dict[Request, bool] = {}
    known = {id(who): (principal(who.actor), person(who.actor)) for who in everybody()}
    seen: dict[tuple[object, ...], bool] = {}

    def keep(who: Who, asked: Asked, sector: str | None, allowed: bool) -> None:
        key = (id(who), asked.do, asked.named, asked.beside, sector)
        if seen.get(key) is not allowed and asked.kind != "order":
            seen[key] = allowed
            request = request_of(*known[id(who)], asked, sector)
            if given.setdefault(request, allowed) != allowed:
                twice[request] = allowed

    return Whole(list(differences(questions(), keep=keep)), given, twice)


def test_the_matrix_has_every_deed_in_every_stage_and_for_everybody() -> None:
    commands = {kind.model_fields["do"].default for kind in get_args(AnyCommand)}
    of_the_campaign = {kind.model_fields["do"].default for kind in get_args(AnyCampaignCommand)}
    asked = {question.do for question in questions()} - {"order"}
    assert asked == set(DEEDS) >= commands | of_the_campaign | set(get_args(Change))
    assert [stage(*situation(name)) for name in STAGES] == list(STAGES)
    assert all({asked.do for asked in commands_in(name)} | {"open"} == commands for name in STAGES)
    assert {who.actor.role for who in everybody()} == {*ROLES, "system"}
    assert {asked.deed for asked in questions()} == set(expected_roles())
    assert {do: deed.beside for do, deed in DEEDS.items() if deed.beside} == FOUR_EYES
    assert len(everybody()) * len(questions()) * len(SECTORS) == IN_THE_MATRIX


@pytest.mark.clause("§7")
@pytest.mark.clause("domain §4")
def test_every_answer_is_what_the_domain_says() -> None:
    assert whole().different[:10] == []


@pytest.mark.clause("§7")
def test_whoever_may_does_it_in_some_case() -> None:
    """What is refused to others is not refused to all."""
    whom = [who for who in everybody() if who.actor.territory == HERE or who.actor.role == "office"]
    left = {asked.deed for asked in questions() if asked.kind == "command"}
    for name in (*STAGES, *BESIDE):
        for asked in (asked for asked in commands_in(name) if asked.deed in left):
            may = next((who for who in whom if not expected(who, asked, None)), None)
            if may is not None and asked.command is not None:
                command = asked.command.model_copy(update={"by": may.actor})
                left -= {asked.deed} if of_a_case(*situation(name), command) is None else set[str]()
    assert left == set()


@pytest.mark.clause("§7")
def test_the_second_inspector_is_another_one_of_the_district_and_sector() -> None:
    requests: dict[Request, bool] = {}

    def keep(asked: Beside, fits: bool) -> None:
        command, second, sector = asked
        beside = (second.role, second.territory, second.sector, person(second))
        who = principal(command.by), person(command.by)
        requests[Request(who[0], command.do, sector, "", who[1], None, beside)] = fits

    assert list(second_differences(keep))[:5] == []
    assert Cedar(requests).differs_from(requests) == [] and len(requests) == 3 * len(seconds()) * len(SECTORS)


# ---------------------------------------------------------------- the second opinion


def test_the_policies_fit_their_schema() -> None:
    told = cedarpy.validate_policies(policies(plan()), schema())  # pyright: ignore[reportUnknownMemberType]
    assert told.validation_passed, [str(error) for error in told.errors]


def test_cedar_gives_the_same_answer_to_every_question() -> None:
    assert whole().contradictory == {}
    assert Cedar(whole().answers).differs_from(whole().answers)[:5] == []
    assert len(whole().answers) == ASKED_OF_CEDAR


@pytest.mark.parametrize(
    ("policy", "do"),
    [
        *(("territory", "register"), ("sector", "register"), ("whole", "operate"), ("subject", "declare_rectified")),
        *(("own_case", "read_own"), ("known_territory", "move_boundary"), ("regulator", "read")),
        *(("four_eyes", "approve_measure"), ("four_eyes", "rescind_finding")),
    ],
)
def test_without_a_policy_that_forbids_cedar_answers_otherwise(policy: str, do: str) -> None:
    without = "\n\n".join(p for p in policies(plan()).split("\n\n") if f'@id("{policy}")' not in p)
    beside = policy == "four_eyes"  # asked of whoever has somebody beside in the case
    refused = (r for r, given in whole().answers.items() if r.do == do and not given and bool(r.beside) >= beside)
    of_it = dict.fromkeys(refused, False)
    assert Cedar(of_it, without).differs_from(of_it)


def test_proof_is_asked_for_of_whoever_signed_in_and_not_lately_proved_to_be_that_person() -> None:
    """The doors' `require_proof`, and Cedar's own rule of it."""
    answers: dict[Request, bool] = {}
    for do in DEEDS:
        asked = next(q for q in questions() if q.do == do and q.stage in ("", "not open", "consolidation"))
        who = next(w for w in everybody() if not w.actor.sector and not expected(w, asked, None))
        for signed_in, minutes in ((False, 99), (True, 9), (True, 11)):
            passes = passes_without_proof(do, signed_in=signed_in, minutes=minutes)
            assert passes == (not signed_in or minutes < 10 or do not in PROVEN)
            request = Request(principal(who.actor), do, None, asked.named, signed_in=signed_in, proven=minutes < 10)
            answers[request] = passes
    assert Cedar(answers).differs_from(answers) == []
