"""Stories with their answers, written from domain §4: owed, pending and executed after each step.

A line is `(when, what, owed, pending, executed)`; `what` is a command, or None when only the clock moves.
Every finding's grounds at the end stand in `reasons`: must -> {ref: (reason, clause)}.
"""

from dataclasses import dataclass, field
from typing import Any

from models.case import EarlierOrder
from tests.cast import CHECKS
from tests.properties.ground import instant

Fields = dict[str, Any]
Standing = tuple[str, str, str]
Line = tuple[str, Fields | None, str, str, str]
Reasons = dict[str, dict[str, tuple[str, str]]]

INSPECTOR, SUPERVISOR = "inspector:王@650203", "supervisor:赵@650203"
GOVERNMENT, FIRM = "government:孙@650203", "enterprise:厂长@650203"
PROOFS: Fields = {
    "suspend": {"supervision": ["派员驻守"]},
    "close": {"checks": list(CHECKS)},
    "fine": {"receipt": "缴款书"},
    "refer": {"letter": "移送书", "receipt": "回执"},
}
FIXED: Fields = {"article": "fixed", "unit": 100000, "persons": [{"name": "张", "amount": 10000}]}

CONDUCT = ("unlawful_conduct", "3.2.must1")
V10 = ("hazard_failed", "2.2.10")
DANGER = ("imminent_danger", "3.2.must1")
ILLEGAL = ("illegal_operation", "3.2.must2")
IN_VAIN = ("suspension_failed", "3.2.must2")
GOES_ON = ("still_going_on", "3.2.must3")
AGAIN = ("again", "3.2.must3")
CRIME = ("suspected_crime", "3.2.must4")


@dataclass(frozen=True)
class Story:
    """A case from its opening on."""

    name: str
    lines: tuple[Line, ...]
    reasons: Reasons
    orders: tuple[EarlierOrder, ...] = field(default=())


def _found(ref: str, category: str, **flags: Any) -> Fields:
    return {"ref": ref, "category": category, "grade": "general", "description": "现场情况", **flags}


def _record(*findings: Fields) -> Fields:
    return {"do": "record_findings", "by": INSPECTOR, "findings": list(findings)}


def _register(*refs: str) -> Fields:
    assignments = [{"ref": r, "responsible": "张"} for r in refs]
    return {"do": "register", "by": INSPECTOR, "assignments": assignments}


def _declare(ref: str) -> Fields:
    return {"do": "declare_rectified", "by": FIRM, "refs": [ref], "evidence": ["照片"]}


def _verdict(ref: str, passed: bool) -> Fields:
    return {"do": "reinspect", "by": INSPECTOR, "verdicts": [{"ref": ref, "passed": passed}]}


def _propose(must: str) -> Fields:
    fine = {"fine": FIXED} if must == "fine" else {}
    return {"do": "propose_measure", "by": INSPECTOR, "must": must, **fine}


def _approve(must: str) -> Fields:
    by = GOVERNMENT if must == "close" else SUPERVISOR
    return {"do": "approve_measure", "by": by, "must": must}


def _execute(must: str, day: str) -> Fields:
    date, details = f"2013-{day}", PROOFS[must]
    return {"do": "record_execution", "by": INSPECTOR, "must": must, "date": date, "details": details}


def _measure(must: str, day: str, before: Standing, after: Standing) -> tuple[Line, ...]:
    """Proposed, approved, executed on one day."""
    steps = (_propose(must), _approve(must), _execute(must, day))
    return tuple((f"{day} 1{n}:00", s, *(after if n == 2 else before)) for n, s in enumerate(steps))


def _order(category: str) -> tuple[EarlierOrder, ...]:
    return (EarlierOrder(category=category, ordered_at=instant("03-01 09:00")),)


STORIES: tuple[Story, ...] = (
    Story(
        "unlawful conduct in phase 2: suspended; in vain: closed and fined",
        (
            ("06-03 09:00", _record(_found("F1", "V04")), "", "", ""),
            ("06-03 10:00", _register("F1"), "suspend", "", ""),
            *_measure("suspend", "06-04", ("suspend", "", ""), ("", "", "suspend")),
            ("06-06 09:00", _declare("F1"), "", "", "suspend"),
            ("06-07 09:00", _verdict("F1", False), "close fine", "", "suspend"),
            *_measure("fine", "06-08", ("close fine", "", "suspend"), ("close", "", "suspend fine")),
            *_measure("close", "06-09", ("close", "", "suspend fine"), ("", "", "suspend close fine")),
        ),
        {"suspend": {"F1": CONDUCT}, "close": {"F1": IN_VAIN}, "fine": {"F1": GOES_ON}},
    ),
    Story(
        "unlawful conduct in phase 1: pending until 1 June, failing makes a fine pending too",
        (
            ("05-08 09:00", _record(_found("F1", "V08")), "", "", ""),
            ("05-08 10:00", _register("F1"), "", "suspend", ""),
            ("05-10 09:00", _declare("F1"), "", "suspend", ""),
            ("05-12 09:00", _verdict("F1", False), "", "suspend fine", ""),
            ("05-31 23:59", None, "", "suspend fine", ""),
            ("06-01 00:00", None, "suspend fine", "", ""),
        ),
        {"suspend": {"F1": CONDUCT}, "fine": {"F1": GOES_ON}},
    ),
    Story(
        "a hazard that fails is V10: pending in phase 1, lapsed when it passes",
        (
            ("05-08 09:00", _record(_found("F1", "H05"), _found("F2", "other")), "", "", ""),
            ("05-08 10:00", _register("F1", "F2"), "", "", ""),
            ("05-10 09:00", _declare("F1"), "", "", ""),
            ("05-10 10:00", _verdict("F1", False), "", "suspend", ""),
            ("05-12 09:00", _declare("F2"), "", "suspend", ""),
            ("05-12 10:00", _verdict("F2", False), "", "suspend", ""),
            ("05-14 09:00", _declare("F1"), "", "suspend", ""),
            ("05-14 10:00", _verdict("F1", True), "", "suspend", ""),
            ("06-01 00:00", None, "suspend", "", ""),
        ),
        {"suspend": {"F2": V10}},
    ),
    Story(
        "suspended for V10, it fails again: closed and fined; that order counts for later conduct",
        (
            ("06-10 09:00", _record(_found("F1", "H01")), "", "", ""),
            ("06-10 10:00", _register("F1"), "", "", ""),
            ("06-11 09:00", _declare("F1"), "", "", ""),
            ("06-11 10:00", _verdict("F1", False), "suspend", "", ""),
            *_measure("suspend", "06-12", ("suspend", "", ""), ("", "", "suspend")),
            ("06-14 09:00", _record(_found("F2", "V05")), "", "", "suspend"),
            ("06-14 10:00", _register("F2"), "suspend fine", "", "suspend"),
            ("06-15 09:00", _declare("F1"), "suspend fine", "", "suspend"),
            ("06-15 10:00", _verdict("F1", False), "suspend close fine", "", "suspend"),
        ),
        {
            "suspend": {"F1": V10, "F2": CONDUCT},
            "close": {"F1": IN_VAIN},
            "fine": {"F1": GOES_ON, "F2": AGAIN},
        },
    ),
    Story(
        "an illegal operation owes close, not suspend; failing at phase 1 makes no suspension of it",
        (
            ("05-08 09:00", _record(_found("F1", "V01")), "", "", ""),
            ("05-08 10:00", _register("F1"), "", "close", ""),
            ("05-09 09:00", _record(_found("F2", "H02", illegal_operation=True)), "", "close", ""),
            ("05-09 10:00", _register("F2"), "", "close", ""),
            ("05-10 09:00", _declare("F2"), "", "close", ""),
            ("05-10 10:00", _verdict("F2", False), "", "close", ""),
            ("06-01 00:00", None, "close", "", ""),
            *_measure("close", "06-03", ("close", "", ""), ("", "", "close")),
        ),
        {"close": {"F1": ILLEGAL, "F2": ILLEGAL}},
    ),
    Story(
        "not an illegal operation after all: suspended instead, hazard or not",
        (
            (
                "06-03 09:00",
                _record(_found("F1", "V02"), _found("F2", "H03", illegal_operation=True)),
                "",
                "",
                "",
            ),
            ("06-03 10:00", _register("F1", "F2"), "close", "", ""),
            ("06-03 11:00", _propose("close"), "close", "", ""),
            (
                "06-04 09:00",
                {"do": "return_measure", "by": GOVERNMENT, "must": "close", "reclassify": ["F1", "F2"]},
                "suspend",
                "",
                "",
            ),
            *_measure("suspend", "06-05", ("suspend", "", ""), ("", "", "suspend")),
            ("06-07 09:00", _declare("F2"), "", "", "suspend"),
            ("06-07 10:00", _verdict("F2", False), "close", "", "suspend"),
        ),
        {"suspend": {"F1": CONDUCT, "F2": CONDUCT}, "close": {"F2": IN_VAIN}},
    ),
    Story(
        "imminent danger is suspended at once, in phase 1 too; its failure owes close, no fine: not for V10",
        (
            ("05-08 09:00", _record(_found("F1", "H09", imminent_danger=True)), "suspend", "", ""),
            ("05-08 09:30", _register("F1"), "suspend", "", ""),
            *_measure("suspend", "05-09", ("suspend", "", ""), ("", "", "suspend")),
            ("05-11 09:00", _declare("F1"), "", "", "suspend"),
            ("05-11 10:00", _verdict("F1", False), "", "close", "suspend"),
            ("06-01 00:00", None, "close", "", "suspend"),
        ),
        {"suspend": {"F1": DANGER}, "close": {"F1": IN_VAIN}},
    ),
    Story(
        "an illegal operation in imminent danger: close pends beside the suspension",
        (
            ("05-08 09:00", _record(_found("F1", "V03", imminent_danger=True)), "suspend", "", ""),
            ("05-08 10:00", _register("F1"), "suspend", "close", ""),
            ("06-01 00:00", None, "suspend close", "", ""),
        ),
        {"suspend": {"F1": DANGER}, "close": {"F1": ILLEGAL}},
    ),
    Story(
        "again: recorded after an order in this case, pending in phase 1; recorded before it is not again",
        (
            ("05-08 09:00", _record(_found("F1", "V04"), _found("F2", "V05")), "", "", ""),
            ("05-08 10:00", _register("F1"), "", "suspend", ""),
            ("05-08 11:00", _register("F2"), "", "suspend", ""),
            ("05-09 09:00", _record(_found("F3", "V09"), _found("F4", "H04")), "", "suspend", ""),
            ("05-09 10:00", _register("F4"), "", "suspend", ""),
            ("05-09 11:00", _register("F3"), "", "suspend fine", ""),
            ("06-01 00:00", None, "suspend fine", "", ""),
        ),
        {"suspend": {"F1": CONDUCT, "F2": CONDUCT, "F3": CONDUCT}, "fine": {"F3": AGAIN}},
    ),
    Story(
        "an earlier order in V makes it again",
        (
            ("06-03 09:00", _record(_found("F1", "V07")), "", "", ""),
            ("06-03 10:00", _register("F1"), "suspend fine", "", ""),
        ),
        {"suspend": {"F1": CONDUCT}, "fine": {"F1": AGAIN}},
        _order("V06"),
    ),
    Story(
        "an earlier order about a hazard does not",
        (
            ("06-03 09:00", _record(_found("F1", "V07")), "", "", ""),
            ("06-03 10:00", _register("F1"), "suspend", "", ""),
        ),
        {"suspend": {"F1": CONDUCT}},
        _order("H06"),
    ),
    Story(
        "a suspected crime is referred at once, in any phase, and ends nothing else",
        (
            ("05-08 09:00", _record(_found("F1", "H07", suspected_crime=True)), "refer", "", ""),
            ("05-08 09:30", _register("F1"), "refer", "", ""),
            *_measure("refer", "05-09", ("refer", "", ""), ("", "", "refer")),
            ("05-11 09:00", _declare("F1"), "", "", "refer"),
            ("05-11 10:00", _verdict("F1", True), "", "", "refer"),
        ),
        {"refer": {"F1": CRIME}},
    ),
    Story(
        "found after an executed close: resurgence, closed and fined again whatever its category",
        (
            ("06-03 09:00", _record(_found("F1", "V01")), "", "", ""),
            ("06-03 09:30", _register("F1"), "close", "", ""),
            ("06-03 09:45", _record(_found("F2", "H08", suspected_crime=True)), "close refer", "", ""),
            *_measure("close", "06-04", ("close refer", "", ""), ("refer", "", "close")),
            ("06-06 09:00", _record(_found("F3", "H10")), "refer", "", "close"),
            ("06-06 10:00", _register("F3"), "close fine refer", "", "close"),
        ),
        {"close": {"F1": ILLEGAL, "F3": ILLEGAL}, "fine": {"F3": AGAIN}, "refer": {"F2": CRIME}},
    ),
    Story(
        "a hazard in order owes nothing",
        (
            ("06-03 09:00", _record(_found("F1", "H12")), "", "", ""),
            ("06-03 10:00", _register("F1"), "", "", ""),
            ("06-05 09:00", _declare("F1"), "", "", ""),
            ("06-06 09:00", _verdict("F1", True), "", "", ""),
        ),
        {},
    ),
)
