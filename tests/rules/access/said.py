"""What domain §4 and §7 say of who may do what, written here once more: it reads nothing of the code's own table."""

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from models.actors import ROLES, Actor
from models.commands import AnyCommand
from tests.cast import CITY, ELSEWHERE, HERE

Why = Literal["role", "place", "sector", "subject", "alone"] | None
WHY: dict[str, Why] = {
    **{"role_not_permitted": "role", "wrong_territory": "place", "unknown_district": "place"},
    **{"wrong_sector": "sector", "no_sector": "sector", "not_own_subject": "subject"},
    **{"four_eyes": "alone", "own_finding": "alone", "second_inspector": "alone"},
}
"""For whom a refusal is, by its code; a code that is not here is about what is asked, not about who asks."""

Kind = Literal["command", "opening", "register", "read", "whole", "installation", "oneself", "order"]


class Asked(NamedTuple):
    """A deed in a stage, with what it names; `deed` as the table above has it. `command`: the witness, by anybody.

    `beside`: who must be another person, the proposer or the recorder.
    """

    kind: Kind
    do: str
    deed: str
    named: str = ""
    stage: str = ""
    command: AnyCommand | None = None
    beside: str = ""

    def given_by(self, by: Actor) -> "Asked":
        """The same, asked by somebody."""
        return self if self.command is None else self._replace(command=self.command.model_copy(update={"by": by}))


class Who(NamedTuple):
    """Somebody who could ask. `relation` to the case, in whatever role; of an enterprise whose subject it is."""

    actor: Actor
    relation: str
    subject: str


_TABLE = """
open                      inspector office              | add change licence person   inspector office
assign_officers           supervisor                    | cease resume                supervisor office
record_findings           inspector                     | move merge                  office
correct_finding           inspector                     | open_cases move_boundary    office
register                  inspector                     | complete_now                office
reassign_responsible      inspector                     | publish_working_days        office
request_extension         enterprise inspector          | declare_live                office
decide_extension          supervisor                    | manage_people               admin
declare_rectified         enterprise inspector          | operate                     admin office auditor
maintain manage_tokens    admin                         | read_audit                  auditor
reinspect                 inspector                     | read_own                    enterprise
propose_measure           inspector                     | approve_measure.suspend     supervisor
record_execution          inspector                     | approve_measure.close       government
stay_measure lift_stay    supervisor                    | approve_measure.fine        supervisor
accept_restart            inspector                     | approve_measure.refer       supervisor
refuse_restart            inspector                     | return_measure.suspend      supervisor
look_back                 inspector                     | return_measure.close        government
rescind_finding           supervisor                    | return_measure.fine         supervisor
rescind_finding.graver    government                    | return_measure.refer        supervisor
transfer                  office                        | list_for_supervision.district  supervisor
void                      supervisor                    | list_for_supervision.city      office
add_note                  inspector supervisor government office          | delist.district  supervisor
attach                    inspector supervisor government office enterprise
read                      inspector supervisor government regulator office auditor | delist.city      office
take_up_codes             inspector supervisor government regulator office enterprise auditor admin public
change_ways_in            inspector supervisor government regulator office enterprise auditor admin public
read_sealed               inspector supervisor government office          | erase_case       admin
self_inspect              enterprise
order.assign order.reassign  supervisor                 | order.import                inspector
order.note order.remind   inspector supervisor government office
"""
MANDATED = {  # what the system does on order, without an official's name (ADR 0027)
    "ledger_import": "open add record_findings register correct_finding reassign_responsible order.import",
    "ledger_undo": "open correct_finding reassign_responsible rescind_finding void",
}
PROPOSED = {"escalation": {"suspend", "close", "fine", "refer"}}
"""Which musts are proposed in the case of a stage; of the others none."""
PROVEN = {
    *("approve_measure", "return_measure", "rescind_finding", "void"),
    *("merge", "move_boundary", "complete_now", "publish_working_days"),
    *("manage_people", "take_up_codes", "change_ways_in", "declare_live", "erase_case", "maintain", "manage_tokens"),
}
"""What whoever signed in proves anew to be that person for (A)."""
FOUR_EYES = {
    **{"approve_measure": "proposer", "return_measure": "proposer", "rescind_finding": "recorder"},
    **{"accept_restart": "second signatory"},
}
"""Who must be another person than whoever does it."""
GRAVER = {"escalation": {"c", "r"}, "closed": {"c"}}
"""Grounds of a pending, owed or executed close or refer: the government rescinds them (domain §4)."""


@cache
def expected_roles() -> dict[str, frozenset[str]]:
    """The roles of each deed, by its name, and by what it names after a dot."""
    found: dict[str, frozenset[str]] = {}
    for words in (cell.split() for line in _TABLE.strip().splitlines() for cell in line.split("|")):
        roles = frozenset(word for word in words if word in ROLES)
        found |= {deed: roles for deed in words if deed not in ROLES}
    return found


def of_the_role(who: Who, deed: str) -> bool:
    """The role is one of the deed's; the system has the deeds of its mandate."""
    if who.actor.role == "system":
        return deed in MANDATED.get(who.actor.mandate or "", "").split()
    return who.actor.role in expected_roles()[deed]


def of_the_place(who: Actor, district: str) -> bool:
    """The own district; office, regulator and auditor every district, the city's government too; in this city."""
    everywhere = who.role in ("office", "regulator", "auditor") or (who.role == "government" and who.territory == CITY)
    return of_the_city(who) and (everywhere or who.territory == district)


def of_the_city(who: Actor) -> bool:
    """A territory that the plan has."""
    return who.territory in (CITY, HERE, ELSEWHERE)


def of_the_sector(who: Actor, sector: str | None) -> bool:
    """Whoever has a sector acts and reads in it alone; a regulator has one."""
    return (who.sector is None and who.role != "regulator") or (who.sector is not None and who.sector == sector)


def expected(who: Who, asked: Asked, sector: str | None) -> tuple[Why, ...]:
    """Every reason why it is not allowed; none where it is."""
    key = (id(who), asked.kind, asked.deed, sector)
    if (wrong := _EXPECTED.get(key)) is None:
        wrong = _EXPECTED[key] = tuple(_reasons(who, asked, sector))
    return (*wrong, "alone") if asked.beside and alone(who, asked) else wrong


_EXPECTED: dict[tuple[object, ...], tuple[Why, ...]] = {}


def _reasons(who: Who, asked: Asked, sector: str | None) -> Iterator[Why]:
    one = who.actor
    if not of_the_role(who, asked.deed):
        yield "role"
    if asked.kind == "oneself":
        return
    if asked.kind in ("whole", "installation"):
        if asked.kind == "whole" and not of_the_city(one):
            yield "place"
        if one.sector:
            yield "sector"
    elif asked.kind == "order":  # over many cases: each is asked about again
        if not of_the_place(one, HERE) and not (asked.named == "import" and of_the_place(one, ELSEWHERE)):
            yield "place"
    elif one.subject is not None or asked.deed in ("read_own", "self_inspect"):  # wherever the case was handed on
        if who.subject != "own":
            yield "subject"
        if not of_the_city(one):
            yield "place"
    else:
        if not of_the_place(one, HERE):
            yield "place"
        if not of_the_sector(one, sector):
            yield "sector"


def alone(who: Who, asked: Asked) -> bool:
    """Four eyes: the proposer decides nothing that he proposed, the recorder rescinds nothing (domain §4)."""
    return who.relation == "recorder" if asked.beside == "recorder" else who.relation.startswith("proposer")


def beside_in(stage: str, do: str, named: str) -> str:
    """Who must be another person than whoever decides: the proposer, or the recorder of what can be rescinded."""
    if do == "rescind_finding":
        return "" if stage in ("investigation", "closed") else "recorder"
    decides = do in ("approve_measure", "return_measure")
    return "proposer" if decides and named in PROPOSED.get(stage, ()) else ""


def second_fits(second: Actor, sector: str | None) -> bool:
    """Another inspector, of the district and of the sector (domain §7: two inspectors sign)."""
    fits = second.role == "inspector" and of_the_place(second, HERE) and second.sector in (None, sector)
    return fits and second.person == "p-wu"
