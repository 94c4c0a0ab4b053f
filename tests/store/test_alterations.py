"""Whoever owns the database alters the record: each alteration is found, named with its log, its line and a remedy."""

import shutil
from pathlib import Path
from random import Random

from sqlalchemy import text

from bench import alterations
from bench.alterations import KINDS, Vandal, record_of
from desk.audit import check_record
from desk.heads import HEAD, SignedHeads
from engine.connection import Services
from store.campaigns import Campaign


def test_hundreds_of_alterations_are_found_each_with_line_and_remedy(
    services: Services, campaign: Campaign, heads: SignedHeads
) -> None:
    record_of(services, campaign, heads, cases=5, steps=12)
    assert check_record(services.engine, heads).differences == ()
    told = alterations.alterations(services, heads, 16 * len(KINDS), seed=14)
    assert told["missed"] == []
    assert told["found"] == 16 * len(KINDS)
    assert check_record(services.engine, heads).differences == (), "each was taken back"


def test_who_owns_database_and_home_and_signs_all_anew_is_found_by_heads_that_were_kept_elsewhere(
    services: Services, campaign: Campaign, heads: SignedHeads, tmp_path: Path
) -> None:
    record_of(services, campaign, heads, cases=3, steps=8)
    kept = shutil.copytree(heads.folder, tmp_path / "kept")
    with services.owner.begin() as connection:
        for table in ("case_log", "audit_log", "campaign_log"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        [changed] = Vandal(connection, Random(2)).alter("edit, chained anew")
    assert changed
    for file in (*heads.folder.iterdir(), *heads.key_file.parent.glob("heads.*")):
        if file.is_file():
            file.unlink()
    assert heads.check_and_sign(services.engine) == []
    assert check_record(services.engine, heads).differences == (), "it is whole by itself"
    found = check_record(services.engine, heads, kept).differences
    assert [(d.code, d.case_id) for d in found] == [("heads_of_another_key", ""), ("log_rewritten", changed)]
    [head] = kept.glob(f"*{HEAD}")
    head.write_text(head.read_text().replace("2026", "2025", 1))
    assert "heads_forged" in {d.code for d in check_record(services.engine, heads, kept).differences}


def test_a_head_that_was_taken_out_of_the_middle_is_missed(
    services: Services, campaign: Campaign, heads: SignedHeads
) -> None:
    record_of(services, campaign, heads, cases=1, steps=3)
    for _ in range(3):
        assert heads.check_and_sign(services.engine) == []
    assert check_record(services.engine, heads).heads == 4
    heads.head_files()[1].unlink()
    assert [d.code for d in check_record(services.engine, heads).differences] == ["heads_broken"]
