"""The table of deeds, enumerated whole: role, territory, sector, the system under its mandates (domain §7)."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from models.actors import MANDATE_NAMES, ROLES, Actor, Mandate, parse_actor, system
from models.campaign import AnyCampaignCommand
from models.commands import AddNote, AnyCommand
from models.refusals import Refused
from rules.access.deeds import DEEDS, GRAVER, MANDATES, Place, Reach, may, may_steer, reach, roles_of
from rules.subjects.register import Change
from tests.cast import CITY, ELSEWHERE, HERE, plan
from tests.rules.story import Story, h

MINES, FIRE = "non_coal_mines", "fire_safety"
EVERYWHERE = {"office", "regulator", "auditor"}
OF_ALL = {"open_cases", "move_boundary", "complete_now", "publish_working_days", "declare_live", "erase_case"}
OF_THE_SYSTEM = {
    *("manage_people", "manage_tokens", "take_up_codes", "change_ways_in", "operate", "maintain"),
    *("read_own", "read_sealed", "read_audit", "self_inspect"),
}
OF_A_PLACE = [do for do in DEEDS if do not in OF_ALL]


def actor(text: str) -> Actor:
    return Actor.model_validate(parse_actor(text))


def code(refused: Refused | None) -> str | None:
    return refused.code if refused else None


def test_the_table_has_every_command_and_every_deed_of_register_and_campaign() -> None:
    commands = {kind.model_fields["do"].default for kind in (*get_args(AnyCommand), *get_args(AnyCampaignCommand))}
    assert set(DEEDS) == commands | set(get_args(Change)) | {"read", "declare_live", "erase_case"} | OF_THE_SYSTEM


@pytest.mark.clause("§7")
@pytest.mark.parametrize("do", OF_A_PLACE)
@pytest.mark.parametrize("role", ROLES)
def test_every_deed_of_every_role_at_every_place(do: str, role: str) -> None:
    for named in ("", "suspend", "close", "fine", "refer", "district", "city", GRAVER):
        allowed = role in roles_of(plan(), do, named)
        for territory in (HERE, ELSEWHERE, CITY):
            for sector in (None, MINES, FIRE):
                who = Actor(role=role, name="Gao", territory=territory, sector=sector)  # type: ignore[arg-type]
                reaches = territory == HERE or role in EVERYWHERE or (role == "government" and territory == CITY)
                for place in (None, MINES):
                    fits = sector is None or sector == place
                    expected = (
                        "role_not_permitted" if not allowed
                        else "no_sector" if role == "regulator" and sector is None
                        else "wrong_territory" if not reaches
                        else None if fits else "wrong_sector"
                    )  # fmt: skip
                    assert code(may(plan(), who, do, Place(HERE, place), named)) == expected


@pytest.mark.clause("§7")
@pytest.mark.parametrize("do", ["no_such_deed", "deadline_passed", ""])
@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_in_the_table_nobody_may_do(do: str, role: str) -> None:
    who = Actor(role=role, name="Gao", territory=CITY)  # type: ignore[arg-type]
    assert code(may(plan(), who, do, Place())) == "role_not_permitted"


@pytest.mark.clause("§7")
def test_an_inspector_of_a_sector_acts_in_it_alone() -> None:
    def recorded(sector: str | None, by: str) -> str | None:
        story = Story(**({"sector": sector} if sector else {}))
        return story.at("06-03").do("record_findings", by, findings=[h("a")]).run().official[-1].get("code")

    of_mines = f"inspector:Li@{HERE}/{MINES}"
    assert recorded(MINES, of_mines) is None
    assert recorded(FIRE, of_mines) == recorded(None, of_mines) == "wrong_sector"
    assert recorded(FIRE, f"inspector:Li@{HERE}") is None, "one who is written without a sector acts in all"


@pytest.mark.clause("§7")
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("office:Gao@650200", Reach(None, None)),
        ("auditor:Gao@650200", Reach(None, None)),
        ("government:Gao@650200", Reach(None, None)),
        ("government:Gao@650203", Reach("650203", None)),
        ("supervisor:Gao@650203", Reach("650203", None)),
        ("inspector:Gao@650203", Reach("650203", None)),
        ("inspector:Gao@650203/fire_safety", Reach("650203", "fire_safety")),
        ("regulator:Gao@650203/fire_safety", Reach(None, "fire_safety")),
        ("regulator:Gao@650200", "no_sector"),
        ("inspector:Gao@110000", "unknown_district"),
        ("enterprise:Gao@650203", "role_not_permitted"),
        ("admin:Gao@650200", "role_not_permitted"),
        ("public:Gao@650200", "role_not_permitted"),
    ],
)
def test_what_an_official_may_read(who: str, expected: Reach | str) -> None:
    given = reach(plan(), actor(who))
    assert (given.code if isinstance(given, Refused) else given) == expected


# ---------------------------------------------------------------- the system


@pytest.mark.parametrize("mandate", list(MANDATES))
@pytest.mark.parametrize("do", list(DEEDS))
def test_the_system_does_what_its_mandate_names_and_nothing_else(mandate: Mandate, do: str) -> None:
    who = system(mandate, HERE, "operator")
    assert (may(plan(), who, do, Place(HERE)) is None) == (do in MANDATES[mandate])
    assert may_steer(who, "open_cases") is not None
    assert code(may(plan(), who, do, Place(ELSEWHERE))) in ("wrong_territory", "role_not_permitted")


def test_the_system_rescinds_nothing_that_only_the_government_may() -> None:
    assert code(may(plan(), system("ledger_undo", HERE, "x"), "rescind_finding", Place(HERE), GRAVER)) is not None


def test_without_a_mandate_the_system_does_nothing() -> None:
    bare = Actor(role="system", name="系统", territory=HERE)
    assert all(may(plan(), bare, do, Place(HERE)) is not None for do in DEEDS)


@pytest.mark.parametrize("text", ["system:台账导入@650203", "system:x@650200/fire_safety"])
def test_nobody_can_write_himself_the_system(text: str) -> None:
    with pytest.raises(ValidationError, match="unknown role 'system'"):
        AddNote.model_validate({"by": text, "command_id": "a", "text": "x"})


def test_every_mandate_has_a_name_and_names_who_gave_it() -> None:
    assert set(MANDATE_NAMES) == set(MANDATES) == set(get_args(Mandate))
    assert system("ledger_undo", HERE, "operator:root").ordered_by == "operator:root"


@pytest.mark.clause("domain §7")
def test_whoever_speaks_for_one_subject_acts_in_its_own_case_alone() -> None:
    who = Actor(role="enterprise", name="Ma", territory=HERE, person="p1", subject="ent-1")
    assert may(plan(), who, "declare_rectified", Place(HERE, None, "ent-1")) is None
    for other in ("ent-2", None):
        assert code(may(plan(), who, "declare_rectified", Place(HERE, None, other))) == "not_own_subject"


# ---------------------------------------------------------------- what older records hold


def test_an_actor_without_sector_or_mandate_is_written_as_ever() -> None:
    """Digests of commands, chains of logs and histories were made of these letters."""
    old: dict[str, Any] = {"role": "inspector", "name": "Li", "territory": HERE}
    assert Actor.model_validate(old).model_dump(mode="json") == old
    note = AddNote.model_validate({"by": f"inspector:Li@{HERE}", "command_id": "a", "text": "x"})
    assert note.content == "8718a2e2aecb662a36442ea0"


@pytest.mark.parametrize("text", [f"inspector:Li@{HERE}", f"inspector:Li@{HERE}/{MINES}"])
def test_an_actor_is_written_as_it_is_read(text: str) -> None:
    assert str(actor(text)) == text
