"""What came back stands until it is done anew; an extension says nothing of a verdict."""

import pytest

from models.events import (
    AnyEvent,
    ExtensionDecided,
    MeasureProposed,
    MeasureReturned,
    RectificationDeclared,
    Transition,
    VerdictGiven,
)
from tests.rules.story import instant
from views.setbacks import SETTING_BACK, failed_verdicts, setbacks

FAILED = ("reinspect", VerdictGiven(ref="1", passed=False, note="no guard rail"))
PASSED = ("reinspect", VerdictGiven(ref="1", passed=True, note=""))
GRANTED = ("decide_extension", ExtensionDecided(ref="1", granted=True, reason="winter"))
REFUSED = ("decide_extension", ExtensionDecided(ref="1", granted=False, reason="no need"))
DECLARED = ("declare_rectified", RectificationDeclared(ref="1", evidence=("photo",)))
RETURNED = ("return_measure", MeasureReturned(id="suspend-1", reason="blurred"))
PROPOSED = ("propose_measure", MeasureProposed(id="suspend-1"))


def log(*steps: tuple[str, AnyEvent]) -> list[Transition]:
    at = instant("06-03")
    return [Transition(at=at, do=do, command_id=do, content="", events=(event,)) for do, event in steps]


@pytest.mark.parametrize(
    ("steps", "standing"),
    [
        ((FAILED, GRANTED), ["no guard rail"]),
        ((FAILED, REFUSED), ["no guard rail"]),
        ((REFUSED,), ["no need"]),
        ((REFUSED, GRANTED), []),
        ((REFUSED, FAILED), ["no guard rail"]),
        ((FAILED, PASSED), []),
        ((FAILED, DECLARED), []),
        ((REFUSED, DECLARED), []),
        ((FAILED, DECLARED, FAILED), ["no guard rail"]),
        ((RETURNED,), ["blurred"]),
        ((RETURNED, PROPOSED), []),
        ((PROPOSED, RETURNED, FAILED, DECLARED), ["blurred"]),
    ],
)
def test_what_still_stands(steps: tuple[tuple[str, AnyEvent], ...], standing: list[str]) -> None:
    assert [one.reason for one in setbacks(log(*steps)).values()] == standing
    assert {do for do, _ in steps} <= set(SETTING_BACK), "lists read these steps alone"


def test_whoever_looks_again_is_told_the_last_failed_verdict() -> None:
    told = failed_verdicts(log(FAILED, GRANTED, DECLARED))
    assert [one.reason for one in told.values()] == ["no guard rail"]
