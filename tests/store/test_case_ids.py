"""Which id the next case of a subject has, while others open cases too."""

from typing import Any

import pytest
from sqlalchemy import Engine

from store import case_ids
from store.campaigns import Campaign
from store.case_ids import case_to_open
from tests.durable.office import command, finding
from tests.store.paper import on_paper, write


@pytest.mark.clause("domain §2")
def test_a_case_that_is_recorded_between_two_looks_gets_no_second_one(
    engine: Engine, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = f"case/{campaign.campaign_id}/s1"
    look = case_ids._newest  # pyright: ignore[reportPrivateUsage] -- between it and the next statement

    def record_meanwhile(*facts: Any) -> Any:
        found = look(*facts)
        steps = [("05-10", command("record_findings", findings=[finding("F1", "V04")]))]
        write(engine, campaign.plan, on_paper(campaign, first, steps))
        return found

    monkeypatch.setattr(case_ids, "_newest", record_meanwhile)
    assert case_to_open(engine, campaign.campaign_id, "s1", ["s1"]) == (None, first)
    monkeypatch.undo()
    newest, following = case_to_open(engine, campaign.campaign_id, "s1", ["s1"])
    assert newest is not None and (newest.case_id, newest.closed, following) == (first, False, f"{first}-2")
