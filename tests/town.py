"""A town in full swing: the demonstration's stories, folded on paper and written by the real write path."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from demo.stories import Story, stories
from models.case import Case
from models.events import Transition
from models.instants import BEIJING
from models.plan import Plan
from rules.case.announce_table import TOPICS
from rules.case.clock_actor import clock_steps
from rules.case.decide import decide, decide_opening
from rules.case.evolve import apply
from rules.plans import remember
from store.campaigns import Campaign, move_clock
from store.log import record
from store.notices import deliver

AUGUST = datetime(2027, 8, 15, 9, tzinfo=BEIJING)


def fill(engine: Engine, campaign: Campaign, until: datetime = AUGUST, *, every: int = 1) -> Campaign:
    """Every story (or each `every`-th one) up to the instant; the campaign's clock stands there afterwards."""
    remember(campaign.digest, campaign.plan)
    for story in stories(campaign.plan, campaign.year)[::every]:
        _write(engine, campaign, story, until)
    for topic in TOPICS:
        deliver(engine, topic, 100_000)
    return move_clock(engine, campaign.campaign_id, until - campaign.now() + timedelta(seconds=1))


def _write(engine: Engine, campaign: Campaign, story: Story, until: datetime) -> None:
    plan, case_id = campaign.plan, f"case/{campaign.campaign_id}/{story.subject_id}"
    opening = decide_opening(plan, campaign.case_start(case_id), story.opening, story.opened_at)
    assert isinstance(opening, Transition), opening
    case = _one(engine, plan, None, opening)
    for at, command in story.steps:
        case = _fall(engine, plan, case, at)
        decided = decide(plan, case, command, at)
        assert isinstance(decided, Transition), (story.kind, decided)
        case = _one(engine, plan, case, decided)
    _fall(engine, plan, case, until)


def _fall(engine: Engine, plan: Plan, case: Case, until: datetime) -> Case:
    for step, after in clock_steps(plan, case, until):
        record(engine, plan, case, step)
        case = after
    return case


def _one(engine: Engine, plan: Plan, case: Case | None, step: Transition) -> Case:
    record(engine, plan, case, step)
    return apply(case, step)
