"""The text of docs/access.md: the table of deeds as the rules have it (`rules/access/deeds.py`, domain §7)."""

from collections.abc import Iterator, Sequence

from docs.markdown import table
from models.actors import MANDATE_NAMES, ROLE_NAMES, ROLES
from models.plan import Plan
from rules.access.deeds import DEEDS, GRAVER, MANDATES, Beside, roles_of
from rules.words import terms as words
from rules.words.clauses import clause_for

_GRAVER = ("关闭取缔或移送的依据", "a ground of a pending, owed or executed close or refer")
_BESIDE: dict[Beside, str] = {
    "proposer": "提请人 proposer",
    "recorder": "记录人 recorder",
    "second signatory": "另一签字人 second signatory",
}
_COLUMNS = ("another person 须另有其人", "proven anew 再次验证", "clause 依据")
_OF_THE_REGISTER = frozenset(words.DEEDS)


def access(plan: Plan) -> str:
    """The whole page, for the plan."""
    parts = (
        "# Who may do what",
        "<!-- Written by `python -m docs.generate`; do not edit. -->",
        "Read from the table of deeds in `rules/access/deeds.py`, which everybody asks who lets somebody act or read."
        " Deny by default: what is not here nobody may do. Where a must is named, the plan"
        f" `{plan.id}` says who decides it. The same table in Cedar: [access.cedar](access.cedar), with"
        " [access.cedarschema](access.cedarschema); [0038](adr/0038-the-whole-matrix.md) says how both are compared.",
        f"以下内容由程序根据权限表生成；未列明的一律不予受理。措施由谁审批，以方案 `{plan.id}` 为准。"
        "另以 Cedar 语言写出同一权限表，供核对。",
        table(("deed", "事项", *(f"{role} {ROLE_NAMES[role][0]}" for role in ROLES), *_COLUMNS), _rows(plan)),
        "Another person 须另有其人: four eyes, counted by person; a delegate counts as the principal. Proven anew"
        " 再次验证: whoever signed in proves within ten minutes before it to be that person.",
        "## Where",
        "The office and auditors reach every district, and so do regulators, in their own sector alone; the government"
        " of the city every district; all others their own district. A territory that the plan does not have reaches"
        " nothing. Somebody who is written with a sector (`inspector:NAME@TERRITORY/SECTOR`) acts and reads"
        " in it alone, not on subjects that have none, and does nothing for the whole campaign; a regulator without one"
        " reads nothing. A second inspector is of the district and, if of one sector, of the subject's.",
        "安委会办公室、审计员及行业主管部门可及全市，其中行业主管部门限于本行业领域；市政府可及全市；其余人员限于本辖区。"
        "注明行业领域的人员仅限该领域，不含未注明行业领域的对象；未注明行业领域的行业主管部门账号不能查看案件。"
        "注明行业领域的人员不办理全市事项；方案未列的区划一律不予受理；第二名检查员须属本辖区，注明行业领域的须与对象一致。",
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


def _rows(plan: Plan) -> Iterator[Sequence[str]]:
    for do, named, roles in _deeds(plan):
        deed, (zh, en) = DEEDS[do], words.EVERY_DEED[do]
        about_zh, about_en = _GRAVER if named == GRAVER else _about(named)
        whose = "subject " if do in _OF_THE_REGISTER else ""
        clause = plan.must(named).clause if deed.by_plan else clause_for(plan, deed.clause)
        marks = ("✓" if role in roles else "" for role in ROLES)
        beside = _BESIDE[deed.beside] if deed.beside else ""
        yield (
            f"{whose}`{do}`" + (f", {named if named != GRAVER else about_en}" if named else ""),
            f"{zh}{f'（{about_zh}）' if about_zh else ''} {en}",
            *marks,
            *(beside, "✓" if deed.proven else "", clause),
        )


def _about(named: str) -> tuple[str, str]:
    return {**words.MUSTS, **words.LEVELS}.get(named, ("", ""))


def _mandates() -> Iterator[Sequence[str]]:
    for mandate, deeds in MANDATES.items():
        yield f"`{mandate}`", MANDATE_NAMES[mandate], ", ".join(f"`{do}` as {role}" for do, role in deeds.items())
