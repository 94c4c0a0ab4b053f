"""The decider of the register: what a subject becomes by each change, and what is no change of it."""

from collections.abc import Callable
from datetime import date

import pytest

from models.refusals import Refused
from models.register import Registered, SubjectFacts
from rules.subjects.register import (
    MOST_IN_A_LINE,
    behind,
    ceased,
    ceased_ahead,
    changed,
    described,
    merged,
    no_phone_number,
    resumed,
    too_long,
    wrong_place,
)
from tests.cast import plan

ON = date(2027, 6, 1)
FACTS = SubjectFacts(name="a", district="650203")
STANDS = Registered(subject_id="a", version=3, **FACTS.model_dump())
OTHER = STANDS.model_copy(update={"subject_id": "c"})
CEASED = STANDS.model_copy(update={"state": "ceased", "ceased_on": ON})
GONE = STANDS.model_copy(update={"subject_id": "b", "state": "merged", "merged_into": "a"})
Judged = Registered | Refused


def code(judged: Judged) -> str | None:
    """The code of a refusal; None where it is done."""
    return judged.code if isinstance(judged, Refused) else None


CHANGES: dict[str, Callable[[Registered, int], Judged]] = {
    "change": lambda subject, version: changed(subject, version, FACTS.model_copy(update={"name": "b"})),
    "nothing": lambda subject, version: changed(subject, version, FACTS),
    "cease": lambda subject, version: ceased(subject, version, ON),
    "resume": resumed,
}
OWN = {("nothing", "active"): "nothing_changed", ("nothing", "ceased"): "nothing_changed"}
OWN |= {("resume", "active"): "subject_not_active"}


def test_nobody_has_ceased_on_a_day_that_is_still_to_come() -> None:
    assert ceased_ahead(ON, ON) is None and ceased_ahead(ON, date(2027, 6, 2)) is None
    told = ceased_ahead(ON, date(2027, 5, 31))
    assert told is not None and told.code == "ceased_ahead" and "2027-05-31" in told.zh


@pytest.mark.parametrize("phone", ["", "13900000000", "+86 139-0000-0000", "0990-6881234", "12345"])
def test_what_can_be_dialled_is_a_phone_number(phone: str) -> None:
    assert no_phone_number(phone) is None


@pytest.mark.parametrize("phone", ["not a phone", "1234", "+-", "12345 or 6", "１２３４５"])
def test_what_nobody_can_dial_is_none(phone: str) -> None:
    told = no_phone_number(phone)
    assert told is not None and told.code == "no_phone_number"


@pytest.mark.parametrize("do", CHANGES)
@pytest.mark.parametrize("subject", [STANDS, CEASED, GONE], ids=lambda s: s.state)
@pytest.mark.parametrize("version", [2, 3, 4])
def test_every_change_of_every_subject_by_who_read_it_when(do: str, subject: Registered, version: int) -> None:
    judged = CHANGES[do](subject, version)
    expected = (
        "subject_merged" if subject is GONE
        else "stale_version" if version != subject.version
        else OWN.get((do, subject.state))
    )  # fmt: skip
    assert code(judged) == expected
    if isinstance(judged, Registered):
        assert judged.version == subject.version + 1 and judged.subject_id == subject.subject_id


def test_what_a_change_writes_and_nothing_else() -> None:
    renamed = FACTS.model_copy(update={"name": "b", "street": "s"})
    assert changed(STANDS, 3, renamed) == STANDS.model_copy(update={"name": "b", "street": "s", "version": 4})
    assert ceased(STANDS, 3, ON) == CEASED.model_copy(update={"version": 4})
    assert resumed(CEASED, 3) == STANDS.model_copy(update={"version": 4})
    assert described(STANDS) == STANDS.model_copy(update={"version": 4})


def test_what_is_merged_stands_for_nobody() -> None:
    assert merged(STANDS, OTHER) == STANDS.model_copy(update={"state": "merged", "merged_into": "c", "version": 4})
    refused = [code(r) for r in (merged(STANDS, STANDS), merged(GONE, STANDS), merged(STANDS, GONE))]
    assert refused == ["merge_with_itself", "subject_merged", "subject_merged"]
    assert behind(GONE, OTHER) == GONE.model_copy(update={"merged_into": "c", "version": 4})


def test_a_place_that_the_plan_does_not_have_is_refused() -> None:
    for change, code in (({"district": "1"}, "unknown_district"), ({"sector": "x"}, "unknown_sector")):
        refused = wrong_place(plan(), SubjectFacts.model_validate({"name": "a", "district": "650203", **change}))
        assert refused is not None and refused.code == code


@pytest.mark.parametrize("field", ["name", "code", "street", "community"])
def test_what_is_longer_than_a_line_is_refused_and_stays_where_it_was_so_before(field: str) -> None:
    fits = FACTS.model_copy(update={field: "厂" * MOST_IN_A_LINE})
    over = FACTS.model_copy(update={field: "厂" * (MOST_IN_A_LINE + 1)})
    assert too_long(FACTS) is None and too_long(fits) is None
    found = too_long(over, FACTS)
    assert found is not None and (found[0], found[1].code) == (field, "line_too_long")
    assert too_long(over.model_copy(update={"sector": "fire_safety"}), over) is None
