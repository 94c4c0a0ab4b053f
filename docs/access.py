"""The text of docs/access.md: the table of deeds as the rules have it (`rules/access/deeds.py`, domain §7)."""

from collections.abc import Iterator, Sequence

from docs.markdown import table
from models.actors import MANDATE_NAMES, ROLES
from models.plan import Plan
from rules.access.deeds import DEEDS, GRAVER, MANDATES, roles_of
from rules.words import terms as words

_NAMED = {GRAVER: "a ground of a pending, owed or executed close or refer", "": ""}
_OF_THE_REGISTER = frozenset(words.DEEDS)


def access(plan: Plan) -> str:
    """The whole page, for the plan."""
    acting = [role for role in ROLES if any(role in roles for _, _, roles in _deeds(plan))]
    silent = ", ".join(f"`{role}`" for role in ROLES if role not in acting)
    parts = (
        "# Who may do what",
        "<!-- Written by `python -m docs.generate`; do not edit. -->",
        "Read from the table of deeds in `rules/access/deeds.py`, which everybody asks who lets somebody act or read."
        " Deny by default: what is not here nobody may do.",
        "以下内容由程序根据权限表生成；未列明的一律不予受理。",
        f"Roles without a column do nothing here: {silent}. Where a must is named, the plan `{plan.id}` says who"
        " decides it.",
        table(("deed", "事项", *acting, "beside 须另有其人"), _rows(plan, acting)),
        "## Where",
        "The office and auditors reach every district, and so do regulators, in their own sector alone; the government"
        " of the city every district; all others their own district. Somebody who is written with a sector"
        " (`inspector:NAME@TERRITORY/SECTOR`) acts and reads in that sector only, and not on subjects that have none; a"
        " regulator without one reads nothing.",
        "安委会办公室、审计员及行业主管部门可及全市，其中行业主管部门限于本行业领域；市政府可及全市；其余人员限于本辖区。"
        "注明行业领域的人员仅限该领域，不含未注明行业领域的对象；未注明行业领域的行业主管部门账号不能查看案件。",
        "## The system",
        "What is done on order without naming an official the system does, under a mandate that names who ordered it.",
        table(("mandate", "名称", "deeds, and as whom"), _mandates()),
    )
    return "\n\n".join(parts) + "\n"


def _deeds(plan: Plan) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every deed, once for each thing that it may name."""
    for do, deed in DEEDS.items():
        if deed.by_plan:
            for must in plan.musts:
                yield do, must.id, roles_of(plan, do, must.id)
            continue
        if deed.roles:
            yield do, "", deed.roles
        for named, roles in deed.instead.items():
            yield do, named, roles


def _rows(plan: Plan, acting: Sequence[str]) -> Iterator[Sequence[str]]:
    for do, named, roles in _deeds(plan):
        label = _NAMED.get(named, named)
        whose = "subject " if do in _OF_THE_REGISTER else ""
        marks = ("✓" if role in roles else "" for role in acting)
        yield f"{whose}`{do}`" + (f", {label}" if label else ""), words.EVERY_DEED[do][0], *marks, DEEDS[do].beside


def _mandates() -> Iterator[Sequence[str]]:
    for mandate, deeds in MANDATES.items():
        yield f"`{mandate}`", MANDATE_NAMES[mandate], ", ".join(f"`{do}` as {role}" for do, role in deeds.items())
