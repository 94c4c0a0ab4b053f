"""Beside a proposal: who is told once it is approved. After a declaration: whether anybody looks at it."""

import uuid
from collections.abc import Sequence

from models.actors import Actor
from models.case import Case
from rules.words.naming import Both
from serving.backing import Backing
from serving.filter_words import names_a_case
from serving.problems import Trouble
from serving.readable import readable_case
from store.campaigns import Campaign
from store.told import holders
from views.forms.foreseen import declared_foreseen
from views.told import Told, told_on_approval


def told_next(
    behind: Backing, campaign: Campaign, who: Actor, proposals: Sequence[tuple[Case, str]]
) -> list[tuple[Told, ...]]:
    """Of each proposed must of a case; whoever could read it is looked up once for all."""
    plan, now = campaign.plan, campaign.now()
    if not proposals:
        return []
    territories = {plan.city, *(case.district for case, _ in proposals)}
    there = holders(behind.records, territories, [case.subject_id for case, _ in proposals])
    return [told_on_approval(plan, case, who, must, str(uuid.uuid4()), now, there) for case, must in proposals]


def after_declaring(behind: Backing, who: Actor, done: str | None, about: str | None) -> tuple[Both, ...]:
    """What is to be known of a case in which somebody has just declared findings; nothing after another deed."""
    if done != "declare_rectified" or not names_a_case(about or ""):
        return ()
    try:
        return declared_foreseen(readable_case(behind, str(about), who)[1])
    except Trouble:  # an address that somebody wrote
        return ()
