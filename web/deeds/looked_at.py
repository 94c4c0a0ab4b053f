"""What the register shows before a change is written: subjects of like name, a code that cannot be, two files beside.

The form comes back once, filled in, with what is to be looked at; sent again and confirmed it is done.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from models.plan import Plan
from models.register import Registered, SubjectFacts
from rules.subjects.credit_code import code_warning
from rules.words.naming import Both, district_named
from serving.backing import Backing
from store.subject_search import (
    Matches,
    find_subject,
    lineage,
    matches,
    open_cases_of,
)
from views.forms.fields import FormField
from web.deeds.alike import SHOWN, alike_subjects
from web.deeds.form import DeedForm
from web.render import case_url, subject_url
from web.words import WORDS

CERTAIN = FormField("certain", "hidden", Both("", ""))
LOOKED_AT = FormField("looked_at", "hidden", Both("", ""))
_CERTAIN = FormField("certain", "tick", Both("已核对以上提示，仍要登记", "I have looked at this, and register it so"))
_FOR_GOOD = Both("确认并入（不可恢复）", "Merge for good")


class Hints(NamedTuple):
    """What is to be looked at before a subject is written: sentences, and the subjects that are alike."""

    said: tuple[Both, ...]
    alike: tuple[Registered, ...]


def hints(behind: Backing, plan: Plan, facts: SubjectFacts, subject_id: str, *, names: bool) -> Hints:
    """A code that cannot be right (domain §2: it warns), and with `names` who has the code or a like name."""
    said: list[Both] = []
    if facts.code and (wrong := code_warning(facts.code)):
        said.append(Both(f"{wrong[0]}，请按证照核对", f"{wrong[1]}: look at the licence again"))
    found = alike_subjects(behind, plan, facts) if names else ()
    others = tuple(one for one in found if one.subject_id != subject_id)[:SHOWN]
    if others:
        said.append(
            Both(
                "登记簿中已有下列相近的对象；如为同一对象，请勿重复登记",
                "the register has these that are alike: do not register one of them again",
            )
        )
    return Hints(tuple(said), others)


def asking_whether(form: DeedForm, found: Hints) -> DeedForm:
    """The form once more, with what is to be looked at and a tick that it was."""
    said = Both(
        "。".join(one.zh for one in found.said) + "。",
        ". ".join(one.en[0].upper() + one.en[1:] for one in found.said) + ".",
    )
    links = tuple((f"{one.name} · {one.subject_id}", subject_url(one.subject_id)) for one in found.alike)
    return form.with_fields(_CERTAIN, effect=said, links=links)


def merge_candidates(behind: Backing, words: str, one: Registered) -> Matches:
    """Whom the words name: one by its id, else those that a search finds; never itself."""
    known = find_subject(behind.engine, words)
    found = Matches((known,)) if known is not None else matches(behind.engine, words, one.district)
    others = tuple(o for o in found.subjects if o.subject_id != one.subject_id and o.state != "merged")
    return found._replace(subjects=others)


def beside(form: DeedForm, behind: Backing, plan: Plan, one: Registered, into: Registered) -> DeedForm:
    """The form with both files side by side, to be looked at before what cannot be taken back."""
    heads = (
        Both("本对象（将被并入，不再单列）", "This subject (will be merged away)"),
        Both("保留的对象", "The subject that stays"),
    )
    goes, stays = (open_cases_of(behind.engine, side.subject_id) for side in (one, into))
    files = zip(_file(behind, plan, one, goes), _file(behind, plan, into, stays), strict=True)
    rows = tuple((label, left, right) for (label, left), (_, right) in files)
    links = tuple(
        (f"{side.name} · {case_id}", case_url(case_id)) for side, ids in ((one, goes), (into, stays)) for case_id in ids
    )
    mark, effect = replace(LOOKED_AT, value=(into.subject_id,)), _with_cases(form.effect, goes, stays)
    return form.with_fields(mark, effect=effect, links=links, beside=(heads, rows), button=_FOR_GOOD)


def _with_cases(effect: Both | None, goes: list[str], stays: list[str]) -> Both | None:
    """The effect, and what becomes of the open cases where both have some: merging subjects merges no cases (A)."""
    if effect is None or not (goes and stays):
        return effect
    return Both(
        f"{effect.zh}双方均有在办案件：案件不合并，各自继续办理、分别结案，均列在保留的对象名下；属重复纳入排查的，请将其中一件作废。",
        f"{effect.en} Both have open cases: these are not merged, each goes on and is closed by itself, both under the"
        " one that stays. Where one of them was opened in error, make it void.",
    )


def _file(behind: Backing, plan: Plan, one: Registered, cases: list[str]) -> tuple[tuple[Both, Both], ...]:
    def as_it_is(value: Any) -> Both:
        return Both(str(value), str(value)) if value else Both("–", "–")

    ids = ", ".join(lineage(behind.engine, one.subject_id))
    return (
        (Both("名称", "Name"), as_it_is(one.name)),
        (Both("编号", "Id"), as_it_is(ids)),
        (Both("统一社会信用代码", "Credit code"), as_it_is(one.code)),
        (Both("类别", "Kind"), Both(*WORDS[f"kind_{one.kind}"])),
        (Both("辖区", "District"), district_named(plan, one.district)),
        (Both("街道（乡镇）", "Street or town"), as_it_is(one.street)),
        (Both("行业领域", "Sector"), _sector(plan, one.sector)),
        (Both("在办案件", "Open cases"), as_it_is(len(cases))),
    )


def _sector(plan: Plan, sector_id: str | None) -> Both:
    found = next((sector for sector in plan.sectors if sector.id == sector_id), None)
    return Both(found.zh, found.en) if found else Both("–", "–")
