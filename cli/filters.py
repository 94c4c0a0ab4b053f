"""Filters of lists: a value that nothing can have is a slip of the pen, not an empty answer."""

from collections.abc import Iterable
from typing import get_args

from cli.output import BAD_INPUT, fail
from models.actors import ROLES
from models.case import FindingState, Outcome
from models.jobs import JobKind, JobState
from rules.stage import NAMES
from rules.urgency import LEVELS
from store.campaigns import Campaign

_FIXED: dict[str, tuple[str, ...]] = {
    "stage": tuple(NAMES),
    "role": ROLES,
    "kind": ("rectification", "duty"),
    "outcome": ("open", *get_args(Outcome)),
    "state": get_args(FindingState),
    "level": LEVELS,
}
_PLACES = {"district": "区划代码", "sector": "行业领域"}


def require_word(*, as_json: bool, **wanted: str | None) -> None:
    """Exit 2 naming the option, the value and what it may be: a stage, a role, a finding's state, a level…"""
    _require(_FIXED, wanted, as_json=as_json)


def require_job_word(*, as_json: bool, **wanted: str | None) -> None:
    """The same for jobs, which have other kinds and states."""
    _require({"kind": get_args(JobKind), "state": get_args(JobState)}, wanted, as_json=as_json)


def require_place(campaigns: Iterable[Campaign], *, as_json: bool, **wanted: str | None) -> None:
    """The same for district and sector, which are those of the campaigns' plans."""
    plans = [campaign.plan for campaign in campaigns]
    known = {
        "district": {d.id: (d.zh, d.en) for plan in plans for d in plan.districts},
        "sector": {s.id: (s.zh, s.en) for plan in plans for s in plan.sectors},
    }
    for option, value in wanted.items():
        if value is not None and value not in known[option]:
            may_be_zh = "、".join(f"{code} {zh}" for code, (zh, _) in known[option].items())
            may_be_en = ", ".join(f"{code} {en}" for code, (_, en) in known[option].items())
            zh = f"--{option}：没有{_PLACES[option]} {value}；可选：{may_be_zh}"
            en = f"--{option}: there is no {value}; known: {may_be_en}"
            fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)


def _require(known: dict[str, tuple[str, ...]], wanted: dict[str, str | None], *, as_json: bool) -> None:
    for option, value in wanted.items():
        if value is not None and value not in known[option]:
            may_be = ", ".join(known[option])
            zh, en = f"--{option}：没有 {value}；可选：{may_be}", f"--{option}: there is no {value}; known: {may_be}"
            fail(BAD_INPUT, {"code": "invalid_option", "zh": zh, "en": en}, as_json=as_json)
