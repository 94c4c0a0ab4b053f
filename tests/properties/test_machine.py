"""Properties over examples: all commands and the clock; and one run reaches what can be reached."""

from typing import Any, get_args

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from models.case import FindingState, MustState, Outcome, Reason, Stage
from models.commands import AnyCommand
from models.events import AnyEvent
from models.plan import MUSTS
from rules.case.announce_table import WHATS
from rules.words.refusals import REFUSALS
from tests.properties.ground import PROFILE, profile
from tests.properties.machine import Campaign
from tests.properties.watch import REACHED

EXAMPLES, AT_LEAST, AT_MOST = 80, 2, 8  # rounds: more only while something has not been reached
CHOSEN = profile(EXAMPLES, stateful_step_count=24)
NEVER = {"refer pending", "close absorbed", "fine absorbed", "refer absorbed"}
AT_THE_DOOR = {
    "clock_only": "a command of the clock's kinds is no command of an official: refused where it is read",
    "invalid_command": "what is no command is refused where it is read",
    "unclaimed": "a command that nobody signed is refused before it is judged",
    "claim_invalid": "the same of a signature that does not fit",
    "shown_differs": "of a page that is older than the proposal (tests/rules/case/test_measure_shown)",
    "out_of_scope": "of a token's scope, which is asked at the door (tests/api/test_token_scopes)",
    "executed_in_stay": "of a day within a stay that was lifted days later (tests/rules/case/test_door)",
    "not_own_subject": "of people of one subject, whom only signing in makes (tests/rules/access)",
}
DEEP = (
    "resurgence",
    "recurred",
    "served",
    "joined",
    "merged",
    "granted in time",
    "granted late",
    "stayed owed",
    "stayed proposed",
    "stayed decided",
    "stayed executed",
    "carried over owed",
    "consolidated again",
    "finished honestly",
)


def _names(union: Any, field: str) -> set[str]:
    return {t.model_fields[field].default for t in get_args(union)}


def _missed() -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {
        "code": set(REFUSALS) - set(AT_THE_DOOR),
        "event": _names(AnyEvent, "kind"),
        "command": _names(AnyCommand, "do"),
        "state": set(get_args(MustState)),
        "must": {f"{m} {s}" for m in MUSTS for s in get_args(MustState)} - NEVER,
        "finding": set(get_args(FindingState)),
        "reason": set(get_args(Reason)),
        "stage": set(get_args(Stage)),
        "outcome": set(get_args(Outcome)),
        "deep": set(DEEP),
        "told": set(WHATS),
    }
    missed = {what: names - set(REACHED.get(what, ())) for what, names in wanted.items()}
    return {what: names for what, names in missed.items() if names}


@pytest.mark.timeout(7200)
@pytest.mark.clause("domain §3")
@pytest.mark.clause("domain §4")
@pytest.mark.clause("domain §5")
def test_every_command_in_every_state_keeps_the_rules_and_one_run_reaches_everything() -> None:
    """The properties stand in watch.py, laws.py and facts.py; the rest shows that none held in a void."""
    REACHED.clear()
    rounds = 0
    while rounds < AT_LEAST or (rounds < AT_MOST and _missed()):
        another = type(f"Campaign{rounds}", (Campaign,), {})
        machine = another if PROFILE == "deep" else seed(rounds)(another)
        run_state_machine_as_test(machine, settings=CHOSEN)
        rounds += 1
    assert not _missed()
    assert NEVER.isdisjoint(REACHED["must"]), "refer never waits; a close absorbs suspensions only"
