"""The choices of the filters, and the names of those that are set."""

from collections.abc import Callable
from typing import Any, get_args

from models.case import FindingState
from models.plan import MUSTS
from rules.access.deeds import ACTING, Reach
from rules.case.stage import NAMES
from rules.words.announced import TOPIC_NAMES
from rules.words.terms import OUTCOMES
from store.campaigns import Campaign

Options = list[tuple[str, str]]
Word = Callable[..., str]


def plan_districts(campaign: Campaign, name: Word, own: Reach | None) -> Options:
    """The districts of the plan that the reader may read."""
    there = own.district if own else None
    return [(d.id, name("district", d.id)) for d in campaign.plan.districts if there in (None, d.id)]


def plan_sectors(campaign: Campaign, name: Word, own: Reach | None) -> Options:
    """The sectors of the plan that the reader may read."""
    there = own.sector if own else None
    return [(s.id, name("sector", s.id)) for s in campaign.plan.sectors if there in (None, s.id)]


def role_options(role: Word) -> Options:
    """Those who act in a case."""
    return [(r, role(r)) for r in ACTING]


def told_options(role: Word) -> Options:
    """Those who are told of a case."""
    return [(r, role(r)) for r in (*ACTING, "office")]


def topic_options(say: Word) -> Options:
    """What notices are about."""
    return [(topic, say(*names)) for topic, names in TOPIC_NAMES.items()]


def stage_options(word: Word) -> Options:
    """All stages, most urgent first."""
    return [(s, word("stages", s)) for s in (*(s for s in NAMES if s != "closed"), "closed")]


def finding_options(word: Word) -> Options:
    """In which states a finding may be."""
    return [(state, word("states", state)) for state in get_args(FindingState)]


def outcome_options(word: Word, t: Word) -> Options:
    """Open, and every outcome."""
    return [("open", t("outcome_open")), *((o, word("outcomes", o)) for o in OUTCOMES)]


def filter_name(field: str, value: Any, name: Word, word: Word, role: Word, t: Word) -> str:
    """A filter that is set, as a person says it."""
    label = t({"q": "search", "role": "late_role", "case": "ticked"}.get(field, field))
    return f"{label}{t('colon')}{filter_value(field, value, name, word, role, t)}"


def filter_value(field: str, value: Any, name: Word, word: Word, role: Word, t: Word) -> str:
    """The value of a filter, as a person says it."""
    named: dict[str, Callable[[], str]] = {
        "district": lambda: name("district", value),
        "sector": lambda: name("sector", value),
        "stage": lambda: word("stages", value),
        "next_role": lambda: role(value),
        "outcome": lambda: t("outcome_open") if value == "open" else word("outcomes", value),
        "overdue": lambda: t("overdue_yes" if value == "true" else "overdue_no"),
        **dict.fromkeys(
            ("investigated", "found", "in_time", "no_sector", "no_street", "void"), lambda: t(f"is_{value}")
        ),
        "musts": lambda: t(f"must_{value}"),
        "soon": lambda: t("yes"),
        "must": lambda: word("musts", value),
        "unsettled": lambda: word("grades", value),
        "stood": lambda: _stood(value, word, t),
        "case": lambda: t("n_cases", n=len(value)),
        "listed": lambda: t(f"listed_{value}"),
        "source": lambda: t(f"from_{value}"),
        "kind": lambda: t(f"side_{value}"),
        "role": lambda: role(value),
        "told_role": lambda: role(value),
        "topic": lambda: word("topics", value),
    }
    return named.get(field, lambda: str(value))()


def _stood(value: str, word: Word, t: Word) -> str:
    """A stage, and the day at whose end cases stood in it."""
    stage, _, day = value.partition(".")
    return t("stood_in", stage=word("stages", stage), day=day)


def must_options(word: Word) -> Options:
    """The four musts."""
    return [(must, word("musts", must)) for must in MUSTS]


def grade_options(word: Word) -> Options:
    """The grades of findings, the graver first."""
    return [(grade, word("grades", grade)) for grade in ("major", "general")]


CHOICES: dict[str, Any] = {
    f.__name__: f
    for f in (
        *(plan_districts, plan_sectors, role_options, told_options, topic_options, stage_options, outcome_options),
        finding_options,
        *(filter_name, filter_value, must_options, grade_options),
    )
}
