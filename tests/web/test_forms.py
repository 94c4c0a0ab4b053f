"""Forms are made from the commands' own models: what is offered can be filled in, handed in, and is taken."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

import pytest

from models.case import Case
from models.commands import COMMAND, COMMAND_MODELS, AnyCommand
from models.instants import day_of
from models.refusals import Refused
from rules.case.decide import decide
from rules.case.door import at_the_door
from rules.case.next_steps import next_steps
from serving.forms import Posted
from tests.cast import ENTERPRISE, GOVERNMENT, INSPECTOR, OFFICE, SUPERVISOR, actor, attached, plan
from tests.rules.case.test_fine import limit, still
from tests.rules.story import Story, h, illegal, v
from views.forms.command import command_facts
from views.forms.fields import Asked, FormField, fields_of
from views.forms.labels import BUTTONS
from views.forms.posted import as_asked, as_posted, place_of, read, rows_posted
from views.forms.steps import Offer, offer_of, offers

WHO = (INSPECTOR, SUPERVISOR, GOVERNMENT, OFFICE, ENTERPRISE, "supervisor:Gao@650203")


def extended() -> Story:
    return Story().at("05-10").record(h("a"), v("b")).register("a", "b").extend("a", "05-30")


STORIES = {
    "opened": lambda: Story().at("05-10").note(),
    "recorded": lambda: Story().at("06-03").record(h("a"), h("b")),
    "registered": lambda: Story().at("05-10").record(h("a"), h("b", grade="major")).register("a", "b"),
    "extension asked for": extended,
    "declared": lambda: Story().at("06-03").record(h("a")).register("a").declare("a"),
    "close owed": lambda: Story().at("06-03").record(illegal("a")).register("a"),
    "close proposed": lambda: Story().at("06-03").record(illegal("a")).register("a").propose("close"),
    "close decided": lambda: Story().at("06-03").record(illegal("a")).register("a").propose("close").approve("close"),
    "fine owed": still,
    "fine proposed": lambda: still().propose("fine", fine=limit()),
    "fine decided": lambda: still().propose("fine", fine=limit()).approve("fine"),
    "crime": lambda: Story().at("06-03").record(v("a", suspected_crime=True)).register("a").propose("refer"),
    "crime decided": lambda: (
        Story().at("06-03").record(v("a", suspected_crime=True)).register("a").propose("refer").approve("refer")
    ),
    "suspended": lambda: Story().at("06-03").record(v("a")).register("a").carry_out("suspend").settle("a"),
    "stayed": lambda: Story().at("06-03").record(v("a")).register("a").propose("suspend").stay("suspend"),
    "consolidation": lambda: Story().at("10-03").record(h("a")).register("a").settle("a").at("11-05").note(),
}


def at(name: str) -> tuple[Case, Story]:
    story = STORIES[name]()
    case = story.end().case
    assert case is not None
    return case, story


def asked(case: Case, story: Story, who: str, offer: Offer) -> Asked:
    return Asked(plan(), case, offer.do, offer.about, offer.refs, offer.shown, ())


LEFT_EMPTY = {"base", "inspected_on", "observed_at", "with", "note"}
ANSWERS = {
    "answers.licensed": "true",
    "answers.major_hazard": "false",
    "answers.lawful": "true",
    "conditions.measures": "false",
}


def filled(form: Asked, fields: tuple[FormField, ...], today: date) -> Iterator[tuple[str, list[str]]]:
    """As somebody fills in a form: everything that is asked for, in every row."""
    for f in fields:
        own = f.name.rpartition(".")[2]
        if f.parts:
            yield from filled(form, f.parts, today)
        elif f.kind == "hidden" or (f.preset and f.value != ("",)):
            yield f.name, list(f.value)
        elif f.name in ANSWERS and (form.about == "nothing" or form.do == "refuse_restart"):
            yield f.name, [ANSWERS[f.name]]
        elif own in LEFT_EMPTY or (form.do == "record_findings" and "answers" in f.name):
            yield f.name, [""]
        elif f.kind in ("choice", "yes_no"):
            yield f.name, [f.options[0].value]
        elif f.kind == "ticks":
            yield f.name, [o.value for o in f.options] if own != "officers" else ["Li\nMa"]
        elif f.kind == "lines":
            yield f.name, ["甲\r\n乙\n\n"]
        elif f.kind == "day":
            yield f.name, [str(today + timedelta(days=20 if own == "due" and form.do != "register" else 0))]
        elif f.kind != "tick":
            yield f.name, [f"{own} 内容"]


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.clause("contracts §1")
def test_what_is_offered_can_be_filled_in_and_is_taken(name: str) -> None:
    case, story = at(name)
    seen = 0
    for who in WHO:
        for offer in offers(next_steps(plan(), case, actor(who), story.now)):
            if offer.refused:
                continue
            form = asked(case, story, who, offer)
            command = command_from(form, dict(filled(form, fields_of(form), day_of(story.now))), who)
            answer = at_the_door(plan(), case, command, partial(decide, plan(), case, command, story.now))
            assert not isinstance(answer, Refused), (offer.do, offer.about, answer, command)
            seen += 1
    assert seen > 0


def test_every_command_of_an_official_has_a_form_and_a_button() -> None:
    assert set(BUTTONS) == set(COMMAND_MODELS) - {"open"}
    offered = {
        offer.do
        for name in STORIES
        for case, story in [at(name)]
        for who in WHO
        for offer in offers(next_steps(plan(), case, actor(who), story.now))
        if not offer.refused
    }
    assert offered == set(BUTTONS) - {"delist"}  # which follows a listing


def form_of(name: str, do: str, who: str, about: str = "") -> tuple[Asked, Case, Story]:
    case, story = at(name)
    offer = offer_of(next_steps(plan(), case, actor(who), story.now), do, about)
    assert offer is not None and not offer.refused
    return asked(case, story, who, offer), case, story


def command_from(form: Asked, posted: Posted, who: str) -> AnyCommand:
    form = as_asked(form, posted)
    facts = command_facts(form, read(fields_of(form, rows_posted(posted, 200)), posted).facts, "c-1")
    if form.do == "attach":
        facts["files"] = [attached("a")]
    return COMMAND.validate_python({**facts, "by": actor(who)})


def test_rows_that_are_left_empty_are_none_and_their_mistakes_stand_in_their_own_row() -> None:
    form, _, _ = form_of("recorded", "register", INSPECTOR)
    posted = {"assignments.0.ref": ["a"], "assignments.1.ref": ["b"], "assignments.1.responsible": ["Sun"]}
    command = command_from(form, posted, INSPECTOR)
    assert command.do == "register" and [a.ref for a in command.assignments] == ["b"]
    places = read(fields_of(form), posted).places
    assert place_of("assignments.0.due", places) == "assignments.1.due"


def test_a_row_that_the_case_no_longer_takes_is_refused_not_left_out() -> None:
    _, _, story = form_of("recorded", "register", INSPECTOR)
    posted = {f"assignments.{n}.{k}": [x] for n, r in enumerate("ab") for k, x in (("ref", r), ("responsible", "Sun"))}
    later = story.register("a").end().case
    assert later is not None
    now = Asked(plan(), later, "register", "", ("b",), None, ())
    command = command_from(now, posted, INSPECTOR)
    assert command.do == "register" and [a.ref for a in command.assignments] == ["a", "b"]
    answer = decide(plan(), later, command, story.now)
    assert isinstance(answer, Refused) and answer.code == "already_registered"


def test_a_form_comes_back_as_it_was_filled_in_but_for_what_is_decided() -> None:
    form, _, _ = form_of("close proposed", "approve_measure", GOVERNMENT, "close")
    old = f"sha256:{'0' * 64}"
    shown = {f.name: f.value for f in as_posted(fields_of(form), {"reason": ["因为"], "shown": [old]})}
    assert shown["reason"] == ("因为",) and shown["shown"] == (form.shown,)
    assert command_from(form, {"must": ["close"], "shown": [old]}, GOVERNMENT).model_dump()["shown"] == old


def test_one_more_row_where_one_is_asked_for_and_no_more_than_a_command_brings() -> None:
    form, _, _ = form_of("opened", "record_findings", INSPECTOR)
    posted = {"findings.0.ref": ["1"], "more": ["findings"]}
    rows = next(f for f in fields_of(form, rows_posted(posted, 200)) if f.name == "findings")
    assert [row.parts[0].value for row in rows.parts] == [("F1",), ("F2",)]
    shown = [row.parts[0].value for f in as_posted((rows,), {**posted, "findings.0.ref": ["7"]}) for row in f.parts]
    assert shown == [("7",), ("F2",)], "the new row has its number"
    assert rows_posted({"findings.9999.ref": ["1"], "more": ["findings"]}, 200) == {"findings": 200}


def test_a_fine_is_worked_out_from_the_article() -> None:
    form, _, _ = form_of("fine owed", "propose_measure", INSPECTOR, "fine")
    command = command_from(
        form, {"must": ["fine"], "fine.article": ["by-illegal-gains"], "fine.base": ["30,000"]}, INSPECTOR
    )
    assert command.do == "propose_measure" and command.fine is not None
    assert (command.fine.unit, [p.amount for p in command.fine.persons]) == (150000, [50000])


def test_what_the_form_does_not_ask_for_gets_into_no_command() -> None:
    form, _, _ = form_of("opened", "add_note", OFFICE)
    posted = {
        "text": ["x"],
        "by": ["admin:X@1"],
        "do": ["void"],
        "command_id": ["y"],
        "second": ["z"],
        "campaign": ["k"],
    }
    command = command_from(form, posted, OFFICE)
    assert (command.do, str(command.by), command.command_id, command.second) == ("add_note", OFFICE, "c-1", None)
