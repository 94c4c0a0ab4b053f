"""Cases by district and stage, as a table."""

from collections.abc import Sequence

from cli.output import say, table
from models.case import Stage
from rules.case.stage import NAMES
from rules.words.terms import OUTCOMES
from store.campaigns import Campaign
from store.counts import CaseCount


def show_counts(campaign: Campaign, rows: Sequence[CaseCount]) -> None:
    """Districts in rows, stages and outcomes in columns; zero is a dash."""
    states: list[Stage] = [s for s in NAMES if s != "closed"]
    ends = [o for o in OUTCOMES if any(r.outcome == o for r in rows)]

    def number(district: str, stage: str | None, outcome: str | None) -> int | None:
        here = (r for r in rows if r.district == district and r.outcome == outcome)
        return sum(r.cases for r in here if outcome or r.stage == stage) or None

    table(
        f"{say('各区各阶段案件数', 'Cases by district and stage')}  {campaign.campaign_id}",
        (
            say("区", "district"),
            *(say(*NAMES[s]) for s in states),
            *(say(*OUTCOMES[o]) for o in ends),
            say("合计", "all"),
        ),
        (
            (
                f"{d.id} {say(d.zh, d.en)}",
                *(number(d.id, s, None) for s in states),
                *(number(d.id, None, o) for o in ends),
                sum(r.cases for r in rows if r.district == d.id),
            )
            for d in campaign.plan.districts
        ),
    )
