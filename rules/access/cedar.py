"""The table of deeds in Cedar, a language for such rules that others can read and check: a second opinion of it.

Written from the table and a plan. The rules do not ask it; a test asks it every question of the whole matrix.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.plan import Plan
from rules.access.deeds import ALL_DISTRICTS, DEEDS, MANDATES, WHOLE, Deed, Roles, roles_of
from rules.words.clauses import clause_for
from rules.words.terms import CAMPAIGN_COMMANDS, COMMANDS, EVERY_DEED
from rules.words.terms import DEEDS as CHANGES

NAMESPACE = "Rectify"
OWN = ("read_own", "self_inspect")
"""For whoever speaks for a subject alone."""
OF_SUBJECTS = frozenset({*CHANGES, "read_sealed"})
IN_A_PLACE, OF_THE_WHOLE, ELSE, COMMAND = "in a place", "of the whole", "else", "command to a case"
_SCHEMA = """// Who asks, for what, about what: the questions that access.cedar answers.
namespace Rectify {
  entity Role;
  entity Mandate;
  entity Actor in [Role, Mandate] = { territory: String, sector?: String, subject?: String };
  entity Case = { district: String, sector?: String, subject?: String };
  entity Subject = { district: String, sector?: String };
  entity Campaign;
  entity Installation;

  // One person: ids of whoever signed in (with the principal's, of a delegate), and names as they compare.
  type Person = { ids: Set<String>, names: Set<String> };
  type Second = { role: String, territory: String, sector?: String, person: Person };
  // named: a must, a level, or "graver". beside: the proposer of the measure, or the recorder of the finding.
  type Question = {
    named: String, who: Person, beside?: Person, second?: Second, signed_in: Bool, proven: Bool
  };

"""


def schema() -> str:
    """The Cedar schema: entities, actions, context."""
    groups = "".join(f'  action "{group}";\n' for group in (IN_A_PLACE, OF_THE_WHOLE, ELSE, COMMAND))
    return f"{_SCHEMA}{groups}{''.join(_actions())}}}\n"


def _actions() -> Iterator[str]:
    """Those that belong to the same groups and are done to the same thing are declared together."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for do in DEEDS:
        alike.setdefault((*group_of(do), do in COMMANDS), []).append(do)
    for (group, resource, is_command), deeds in alike.items():
        groups = f'"{group}", "{COMMAND}"' if is_command else f'"{group}"'
        yield f"""  action {", ".join(f'"{do}"' for do in deeds)}
    in [{groups}] appliesTo {{ principal: Actor, resource: {resource}, context: Question }};
"""


def group_of(do: str) -> tuple[str, str]:
    """The group of the deed, and what it is done to."""
    if do in WHOLE:
        return OF_THE_WHOLE, "Campaign" if do in CAMPAIGN_COMMANDS else "Installation"
    if do in COMMANDS or do in ("read", *OWN):
        return IN_A_PLACE, "Case"
    return (IN_A_PLACE, "Subject") if do in OF_SUBJECTS else (ELSE, "Installation")


def policies(plan: Plan) -> str:
    """The Cedar policies under a plan: a permit for each deed, then what forbids. Cedar denies by default."""
    return "\n".join((*(_permit(plan, do, deed) for do, deed in DEEDS.items()), *_forbids(plan)))


def _permit(plan: Plan, do: str, deed: Deed) -> str:
    zh, en = EVERY_DEED[do]
    notes = {"id": do, "zh": zh, "en": en, "clause": clause_for(plan, deed.clause)}
    return _policy("permit", notes, f"action == {_action(do)}", when=_by_what_it_names(plan, do, deed))


def _by_what_it_names(plan: Plan, do: str, deed: Deed) -> str:
    names = [must.id for must in plan.musts] if deed.by_plan else list(deed.instead)
    told = _among(do, deed.roles)
    for name in reversed(names):
        told = f'if context.named == "{name}" then {_among(do, roles_of(plan, do, name))}\n  else {told}'
    return told


def _among(do: str, roles: Roles) -> str:
    """Of these roles, or the system under a mandate that gives it one of them."""
    mandates = [mandate for mandate, parts in MANDATES.items() if parts.get(do) in roles]
    told = [
        f"principal in [{_listed(kind, names)}]" for kind, names in (("Role", roles), ("Mandate", mandates)) if names
    ]
    return " || ".join(told) or "false"


def _listed(kind: str, names: Iterable[str]) -> str:
    return ", ".join(f'{NAMESPACE}::{kind}::"{name}"' for name in names)


def _forbids(plan: Plan) -> Iterator[str]:
    place, whole = f"action in {_action(IN_A_PLACE)}", f"action in {_action(OF_THE_WHOLE)}"
    known = ", ".join(f'"{one}"' for one in (plan.city, *(district.id for district in plan.districts)))
    everywhere = _listed("Role", ALL_DISTRICTS)
    yield _policy(
        "forbid",
        {"id": "territory", "zh": "属地管辖", "en": "the own district, unless it is a post of the whole city"},
        place,
        unless=f"principal has subject || principal.territory == resource.district || principal in [{everywhere}]\n"
        f'  || (principal in {NAMESPACE}::Role::"government" && principal.territory == "{plan.city}")',
    )
    yield _policy(
        "forbid",
        {"id": "sector", "zh": "限本行业领域", "en": "whoever has a sector acts and reads in it alone"},
        place,
        when="principal has sector && !(principal has subject)",
        unless="resource has sector && resource.sector == principal.sector",
    )
    yield _policy(
        "forbid",
        {"id": "whole", "zh": "全市事项不由单个行业领域办理", "en": "nobody of one sector acts for the whole"},
        whole,
        when="principal has sector",
    )
    yield _policy(
        "forbid",
        {"id": "subject", "zh": "限本单位", "en": "whoever speaks for a subject acts and reads in its cases alone"},
        place,
        when="principal has subject",
        unless="resource has subject && resource.subject == principal.subject",
    )
    yield _policy(
        "forbid",
        {"id": "own_case", "zh": "未注明单位的企业账号不能查看", "en": "without a subject nobody reads the own case"},
        f"action in [{_listed('Action', OWN)}]",
        unless="principal has subject",
    )
    yield _policy(
        "forbid",
        {"id": "known_territory", "zh": "方案所列区划", "en": "a territory that the plan has"},
        f"action in [{_listed('Action', (IN_A_PLACE, *CAMPAIGN_COMMANDS))}]",
        unless=f"[{known}].contains(principal.territory)",
    )
    yield _policy(
        "forbid",
        {"id": "regulator", "zh": "行业主管部门须注明行业领域", "en": "a regulator has a sector"},
        place,
        when=f'principal in {NAMESPACE}::Role::"regulator"',
        unless="principal has sector",
    )
    yield from _four_eyes()
    proven = _listed("Action", (do for do, deed in DEEDS.items() if deed.proven))
    yield _policy(
        "forbid",
        {"id": "proof", "zh": "再次验证身份", "en": "whoever signed in proves anew to be that person"},
        f"action in [{proven}]",
        when="context.signed_in && !context.proven",
    )


def _four_eyes() -> Iterator[str]:
    beside = _listed("Action", (do for do, deed in DEEDS.items() if deed.beside in ("proposer", "recorder")))
    yield _policy(
        "forbid",
        {"id": "four_eyes", "zh": "须另有其人", "en": "another person than the proposer, or the recorder"},
        f"action in [{beside}]",
        when=f"context has beside && ({_same('context.beside')})",
    )
    reaches = "context.second.territory == resource.district"
    own = (
        "context.second has sector && (if resource has sector then resource.sector != context.second.sector else true)"
    )
    yield _policy(
        "forbid",
        {"id": "second", "zh": "第二名检查员", "en": "a second inspector: another person, of the district and sector"},
        f"action in {_action(COMMAND)}",
        when=f'context has second && (context.second.role != "inspector" || !({reaches})\n'
        f"  || ({own})\n  || ({_same('context.second.person')}))",
    )


def _same(other: str) -> str:
    """One person: by id where both signed in, else by name."""
    return (
        f"if context.who.ids.isEmpty() || {other}.ids.isEmpty() then context.who.names.containsAny({other}.names)"
        f" else context.who.ids.containsAny({other}.ids)"
    )


def _policy(effect: str, notes: Mapping[str, str], actions: str, *, when: str = "", unless: str = "") -> str:
    conditions: Sequence[tuple[str, str]] = (("when", when), ("unless", unless))
    told: Iterable[str] = (f"\n{word} {{\n  {what}\n}}" for word, what in conditions if what)
    marks = "".join(f'@{name}("{value}")\n' for name, value in notes.items())
    return f"{marks}{effect} (principal, {actions}, resource){''.join(told)};\n"


def _action(do: str) -> str:
    return f'{NAMESPACE}::Action::"{do}"'
