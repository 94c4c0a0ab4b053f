"""At the door: invisible signs, look-alike persons and ids, days that cannot be (ADR 0019)."""

from collections.abc import Callable

import pytest

from models.actors import Actor, parse_actor
from models.commands import COMMAND
from models.register import SubjectFacts
from models.typed import folded, is_id, same_text
from rules.case.door import at_the_door, wrong_id
from rules.subjects.names import normalised_name
from rules.subjects.search_words import plain
from tests.cast import HERE, OFFICE, SUPERVISOR, actor, plan
from tests.rules.case.test_limits import case_of, command
from tests.rules.story import Story, h, illegal, v

UNSEEN = ("\u200b", "\u200d", "\ufe00", "\U000e0100", "\u3164", "\u034f", "\u202e", "\u2066", "\u00ad", "\ufeff")
LOOKALIKES: tuple[Callable[[str], str], ...] = (
    *(lambda name, sign=sign: name[0] + sign + name[1:] for sign in UNSEEN),
    *(lambda name, sign=sign: name + sign for sign in UNSEEN),
    lambda name: " ".join(name),
    lambda name: "\u3000".join(name),
    lambda name: "\u2800".join(name),
)


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize("written", LOOKALIKES)
def test_a_proposer_who_writes_his_name_another_way_is_no_second_person(written: Callable[[str], str]) -> None:
    lookalike = Actor(role="government", name=written("张三"), territory=HERE)
    proposed = Story().at("06-10").record(illegal("a")).register("a").propose("close", by=f"inspector:张三@{HERE}")
    approval = command("approve_measure", must="close").model_copy(update={"by": lookalike})
    refused = at_the_door(plan(), case_of(proposed), approval, lambda: None)
    assert refused is not None and getattr(refused, "code", None) == "four_eyes"


def test_two_officials_with_different_names_are_two_persons() -> None:
    story = Story().at("06-10").record(illegal("a")).register("a").propose("close", by=f"inspector:张三@{HERE}")
    assert story.approve("close", by=f"government:张叁@{HERE}").end().must("close")["state"] == "decided"


@pytest.mark.clause("domain §4")
def signed_in(written: str, person: str, principal: str | None = None, principal_name: str | None = None) -> Actor:
    return actor(written).model_copy(
        update={"person": person, "principal": principal, "principal_name": principal_name}
    )


@pytest.mark.clause("domain §4")
@pytest.mark.parametrize(
    ("proposer", "approver", "alone"),
    [
        (signed_in(f"inspector:张三@{HERE}", "p1"), signed_in(f"government:张三@{HERE}", "p2"), False),
        (signed_in(f"inspector:张三@{HERE}", "p1"), signed_in(f"government:李四@{HERE}", "p1"), True),
        (signed_in(f"inspector:张三@{HERE}", "p1"), signed_in(f"government:李四@{HERE}", "p2", "p1", "张三"), True),
        (signed_in(f"inspector:李四@{HERE}", "p2", "p1", "张三"), signed_in(f"government:张三@{HERE}", "p1"), True),
        (signed_in(f"inspector:李四@{HERE}", "p2", "p1"), signed_in(f"government:王五@{HERE}", "p3", "p1"), True),
        (signed_in(f"inspector:李四@{HERE}", "p2", "p1"), signed_in(f"government:王五@{HERE}", "p3", "p4"), False),
        (actor(f"inspector:张三@{HERE}"), signed_in(f"government:张三@{HERE}", "p1"), True),
        (actor(f"inspector:张三@{HERE}"), signed_in(f"government:李四@{HERE}", "p2", "p1", "张 三"), True),
        (actor(f"inspector:张三@{HERE}"), signed_in(f"government:李四@{HERE}", "p2"), False),
    ],
)
def test_four_eyes_are_persons_and_a_delegate_counts_as_the_principal(
    proposer: Actor, approver: Actor, alone: bool
) -> None:
    story = Story().at("06-10").record(illegal("a")).register("a").propose("close", by=f"inspector:甲@{HERE}")
    case = case_of(story)
    musts = tuple(m.model_copy(update={"proposed_by": proposer}) if m.must == "close" else m for m in case.musts)
    approval = command("approve_measure", must="close").model_copy(update={"by": approver})
    judged = at_the_door(plan(), case.model_copy(update={"musts": musts}), approval, lambda: None)
    assert (getattr(judged, "code", None) == "four_eyes") is alone


@pytest.mark.clause("domain §4")
def test_the_recorder_does_not_rescind_under_another_spelling() -> None:
    story = Story().at("05-10").record(h("a"), by=f"inspector:张三@{HERE}")
    assert story.rescind("a", by=f"supervisor:张 三@{HERE}").refusal() == "own_finding"


@pytest.mark.clause("3.1.restart")
def test_one_signatory_in_two_spellings_is_one() -> None:
    story = Story().at("06-10").record(v("a")).register("a").carry_out("suspend").declare("a").verdict(a=True)
    assert story.accept_restart(signatories=("张三", "张\u200b三")).refusal() == "two_signatories"


def test_a_second_inspector_is_another_person_however_he_is_written() -> None:
    case = case_of(Story().at("05-10").record(h("a")))
    given = command("add_note", f"inspector:张三@{HERE}", text="x", **{"with": f"inspector:张 三@{HERE}"})
    refused = at_the_door(plan(), case, given, lambda: None)
    assert getattr(refused, "code", None) == "second_inspector"


@pytest.mark.parametrize("sign", UNSEEN)
def test_signs_that_nobody_sees_are_folded_out_of_what_is_written_down(sign: str) -> None:
    facts = SubjectFacts(name=f"东湖{sign}加油站{sign}", district="650203")
    assert facts.name == "东湖加油站"
    assert normalised_name(f"东湖{sign}加油站") == "东湖加油站" == plain(f"东湖{sign}加油站")
    note = COMMAND.validate_python({**command("add_note", text="x").model_dump(), "text": f"看{sign}见"})
    assert getattr(note, "text", None) == "看见"


@pytest.mark.parametrize("sign", UNSEEN)
def test_what_is_blank_without_them_is_refused(sign: str) -> None:
    with pytest.raises(ValueError):
        SubjectFacts(name=sign * 3, district="650203")
    with pytest.raises(ValueError):
        command("add_note", text=f" {sign} ")
    with pytest.raises(ValueError):
        Actor.model_validate(parse_actor(f"inspector:{sign}@{HERE}"))


@pytest.mark.parametrize("ref", [f"a{sign}" for sign in UNSEEN])
def test_two_refs_that_look_the_same_are_one_ref(ref: str) -> None:
    assert Story().at("05-10").record(h("a"), h(ref)).refusal() == "duplicate_ref"


@pytest.mark.parametrize(
    "wrong",
    [
        ".",
        "..",
        "a..b",
        "a?b",
        "a#b",
        "a%2fb",
        "$(x)",
        "a b",
        "-a",
        "a/b",
        "ａ",
        "a\u202eb",
        "a\u200b",
        "a" * 65,
        "",
        "a.",
    ],
)
def test_an_id_that_no_address_takes_or_that_looks_like_another_is_refused(wrong: str) -> None:
    refused = wrong_id(wrong)
    assert refused is not None and refused.code == "unfit_id"
    assert refused.en.isascii() and refused.zh.isprintable()


@pytest.mark.parametrize("right", ["a", "s-0a1b", "加油站-3", "91650203MA77XXXX0K", "demo_1.2", "a-2"])
def test_other_ids_are_taken(right: str) -> None:
    assert wrong_id(right) is None and is_id(right)


def test_a_day_of_inspection_years_ago_is_a_slip_and_last_year_is_not() -> None:
    ask = Story().at("05-10")
    assert ask.record({**h("a"), "inspected_on": "1900-01-01"}).refusal() == "inspected_too_early"
    assert Story().at("05-10").record({**h("a"), "inspected_on": "2012-06-01"}).end().state("a") == "recorded"


def test_folding_leaves_alone_what_is_seen() -> None:
    for text in ("（演示）①㎡，。“”", "ABC é 한", "é"):
        assert folded(text) == text
    assert same_text("ＬＩ Ming") == "liming"
    assert folded(3) == 3


@pytest.mark.clause("4.2")
def test_a_district_does_not_take_a_case_over_that_the_city_watches() -> None:
    story = Story().at("05-10").record(h("a", grade="major"))
    story.do("list_for_supervision", OFFICE, level="city", reason="a major hazard")
    lowered = story.do("list_for_supervision", SUPERVISOR, level="district", reason="ours")
    assert lowered.refusal() == "already_listed"


@pytest.mark.clause("domain §4")
def test_a_measure_is_not_executed_for_a_day_on_which_it_was_stayed() -> None:
    def lifted() -> Story:
        story = Story().at("06-03").record(v("a")).register("a").propose("suspend").approve("suspend")
        return story.at("06-05").stay("suspend").at("06-09").lift("suspend").at("06-10")

    for day in ("06-06", "06-08"):
        assert lifted().execute("suspend", date=day).refusal() == "executed_in_stay"
    for day in ("06-04", "06-05", "06-09", "06-10"):
        assert lifted().execute("suspend", date=day).end().executed == ["suspend"]
