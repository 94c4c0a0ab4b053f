"""A campaign's pinned plan: found by its digest, and told when it cannot be read."""

import psycopg
import pytest
from sqlalchemy import Engine

from rules.files.plan_check import PlanFile
from rules.plans import plan_by_digest
from store.campaigns import UnreadablePlan, add_campaign, campaign_of, plans_from


def test_a_plan_that_this_version_cannot_read_stops_its_own_campaign_only(
    engine: Engine, superuser: psycopg.Connection, plan_file: PlanFile
) -> None:
    old, well = (add_campaign(engine, plan_file, year) for year in (2026, 2027))
    superuser.execute(
        "UPDATE campaigns SET plan = '{}', digest = 'of another shape' WHERE campaign_id = %s", [old.campaign_id]
    )
    superuser.commit()
    plans_from(engine)
    assert plan_by_digest(well.digest) == plan_file.plan
    assert campaign_of(engine, well.campaign_id) == well
    with pytest.raises(UnreadablePlan, match="errors, the first at"):
        campaign_of(engine, old.campaign_id)
    with pytest.raises(UnreadablePlan):
        plan_by_digest("of another shape")
