"""Values of options that name something: by id or by name; what nothing can have is a slip of the pen, not "none"."""

from collections.abc import Iterable
from typing import Annotated, get_args

import typer
from pydantic import TypeAdapter, ValidationError

from cli.names import TypedActor, Words, actor_typed, districts, id_meant, listed, roles, sectors, territories
from cli.output import BAD_INPUT, fail
from cli.shapes import input_problem
from models.actors import Actor, Person
from models.case import FindingState
from models.plan import Plan
from rules.case.stage import NAMES
from rules.clocks.urgency import LEVELS
from rules.files.shapes import in_both
from rules.words.terms import OUTCOMES, OVERDUE_KINDS, STATES, SUBJECT_KINDS

By = Annotated[str, typer.Option(help="role:name@territory, by id or name. 经办人：角色:姓名@辖区，编号或名称。")]
District = Annotated[str | None, typer.Option(help="District, by code or name. 区划，代码或名称。")]
Sector = Annotated[str | None, typer.Option(help="Sector, by id or name. 行业领域，编号或名称。")]
StageOf = Annotated[str | None, typer.Option("--stage", help="Stage of the case. 案件状态，如排查摸底、限期整改。")]
STAGES: Words = {stage: names for stage, names in NAMES.items()}
OUTCOMES_OR_OPEN: Words = {"open": ("在办", "open"), **OUTCOMES}
FINDING_STATES: Words = {state: STATES[state] for state in get_args(FindingState)}
REMINDED: Words = {role: names for role, names in roles(()).items() if role in LEVELS}
KINDS: Words = OVERDUE_KINDS
SUBJECTS: Words = {**SUBJECT_KINDS, "site": (*SUBJECT_KINDS["site"], "场所", "工地")}


def meant(option: str, typed: str | None, known: Words, *, as_json: bool) -> str | None:
    """The id of what was typed; exit 2 naming the option, the value and what it may be. None stays None."""
    if typed is None:
        return None
    one = id_meant(typed, known)
    if one is None:
        may_be_zh, may_be_en = listed(known)
        zh, en = f"{option}：没有 {typed}；可选：{may_be_zh}", f"{option}: there is no {typed}; known: {may_be_en}"
        fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
    return one


def place_meant(
    plans: Iterable[Plan], *, district: str | None, sector: str | None = None, as_json: bool
) -> dict[str, str | None]:
    """District and sector by id, those of the plans; exit 2 naming what there is."""
    plans = list(plans)
    return {
        "district": meant("--district", district, districts(plans), as_json=as_json),
        "sector": meant("--sector", sector, sectors(plans), as_json=as_json),
    }


def as_written(typed: str | None, known: Words) -> str | None:
    """The id of what was typed, or what was typed, where the rules refuse what there is not."""
    return typed if typed is None else id_meant(typed, known) or typed


def actor_written(text: str, *, as_json: bool, option: str = "--by", code: str = "invalid_command") -> TypedActor:
    """The parts of an actor before any plan is at hand that names roles and places; exit 2 for another shape."""
    try:
        return actor_typed(text)
    except ValueError as error:
        zh, en = in_both(str(error))
        problem = {"code": code, "zh": f"{option}：{zh}", "en": f"{option}: {en}"}
        fail(BAD_INPUT, problem, as_json=as_json)


def actor_meant(typed: TypedActor, plans: Iterable[Plan], *, as_json: bool, option: str = "--by") -> Actor:
    """The actor by role and territory of the plans; exit 2 naming which there are. Rules judge an unknown code."""
    plans = list(plans)
    role = meant(option, typed.role, roles(plans), as_json=as_json)
    place = typed.territory
    if not place.isdigit():
        place = meant(option, place, territories(plans), as_json=as_json)
    of_sector = f"/{meant(option, typed.sector, sectors(plans), as_json=as_json)}" if typed.sector else ""
    try:
        return TypeAdapter(Person).validate_python(f"{role}:{typed.name}@{place}{of_sector}")
    except ValidationError as error:
        fail(BAD_INPUT, input_problem(option, error), as_json=as_json)
