"""Whoever owns the database alters the record: each alteration is found, named with its log, its line and a remedy."""

from bench import alterations
from bench.alterations import KINDS, record_of
from desk.audit import check_record
from desk.heads import SignedHeads
from engine.connection import Services
from store.campaigns import Campaign


def test_hundreds_of_alterations_are_found_each_with_line_and_remedy(
    services: Services, campaign: Campaign, heads: SignedHeads
) -> None:
    record_of(services, campaign, heads, steps=25)
    assert check_record(services.engine, heads).differences == ()
    told = alterations.alterations(services, heads, 20 * len(KINDS), seed=14)
    assert told["missed"] == []
    assert told["found"] == 20 * len(KINDS)
    assert check_record(services.engine, heads).differences == (), "each was taken back"
