"""What a claim must say, for how long it holds, and what a worker's key may sign; without servers and signatures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.actors import Actor, system
from models.claims import Claim, ClaimKey, OrderClaim
from models.refusals import Refused
from rules.access.claims import Asked, refused_claim, refused_order
from tests.cast import HERE, INSPECTOR, SUPERVISOR, actor

NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
DOOR = ClaimKey(key_id="d1", purpose="door", public_key="d", made_at=NOW - timedelta(days=30))
WORK = ClaimKey(key_id="w1", purpose="work", public_key="w", made_at=NOW - timedelta(days=30))
LI, WANG = actor(INSPECTOR), actor(SUPERVISOR)


def claim(by: Actor = LI, do: str = "add_note", key: ClaimKey = DOOR, **more: Any) -> Claim:
    facts: dict[str, Any] = {
        "case_id": "case/c/s",
        "command_id": "1",
        "content": "sha256:1",
        "at": NOW,
        "door": "token:1",
    }
    return Claim.model_validate({"by": by, "do": do, "key_id": key.key_id, **facts, **more})


def order(by: Actor | None = LI, deed: str = "note", key: ClaimKey = DOOR, **more: Any) -> OrderClaim:
    facts: dict[str, Any] = {"of": "job/1", "campaign_id": "c", "content": "sha256:2", "at": NOW - timedelta(days=9)}
    return OrderClaim.model_validate({"by": by, "deed": deed, "key_id": key.key_id, "door": "token:1", **facts, **more})


def refused(made: Claim, *keys: ClaimKey, at: datetime = NOW) -> Refused | None:
    """By keys that have signed everything."""
    known = {key.key_id: key for key in keys or (DOOR, WORK)}
    asked = Asked(made.by, made.do, made.case_id, made.command_id, made.content)
    return refused_claim(made, asked, known, at, lambda *_: True)


def test_without_a_claim_and_with_one_for_something_else_the_refusals_differ() -> None:
    asked = Asked(LI, "add_note", "case/c/s", "1", "sha256:1")
    keys = {DOOR.key_id: DOOR}
    without, wrong = (refused_claim(c, asked, keys, NOW, lambda *_: True) for c in (None, claim(by=WANG)))
    assert without is not None and without.code == "unclaimed"
    assert wrong is not None and wrong.code == "claim_invalid" and "somebody else's" in wrong.en
    unsigned = refused_claim(claim(), asked, keys, NOW, lambda *_: False)
    assert unsigned is not None and "signature is wrong" in unsigned.en


@pytest.mark.parametrize(
    ("age", "holds"),
    [(0, True), (15 * 60, True), (15 * 60 + 1, False), (-120, True), (-121, False)],
)
def test_a_claim_holds_for_a_quarter_of_an_hour_and_clocks_may_differ_by_two_minutes(age: int, holds: bool) -> None:
    assert (refused(claim(), at=NOW + timedelta(seconds=age)) is None) == holds


def test_a_key_holds_from_when_it_was_made_until_it_is_retired() -> None:
    for key, holds in (
        (DOOR, True),
        (DOOR.model_copy(update={"made_at": NOW + timedelta(minutes=3)}), False),
        (DOOR.model_copy(update={"retired_at": NOW + timedelta(days=1)}), False),
    ):
        assert (refused(claim(), key) is None) == holds
        assert (refused_order(order(at=NOW), {key.key_id: key}, lambda *_: True) is None) == holds


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (order(), True),
        (None, False),
        (order(by=WANG), False),
        (order(by=None), False),
        (order(deed="assign"), False),
        (order(deed="nothing that there is"), False),
        (order(campaign_id="other"), False),
        (order(key=WORK), False),
    ],
)
def test_a_worker_s_key_signs_in_an_official_s_name_what_he_ordered(given: OrderClaim | None, holds: bool) -> None:
    assert (refused(claim(key=WORK, order=given)) is None) == holds
    assert refused(claim(key=DOOR, order=given)) is None or given is not None, "a door's key carries out no order"


def test_what_the_system_does_has_a_mandate_and_where_there_is_an_order_names_who_gave_it() -> None:
    by = system("ledger_import", HERE, str(LI))
    for given, holds in (
        (None, True),
        (order(by=None, deed="import"), True),
        (order(deed="import"), True),
        (order(by=WANG, deed="import"), False),
        (order(by=None, deed="note"), False),
    ):
        assert (refused(claim(by, "record_findings", WORK, order=given)) is None) == holds, given
    without = Actor(role="system", name="系统", territory=HERE)
    assert refused(claim(without, "record_findings", WORK)) is not None
