"""A log that was cut or rewritten by whoever owns the database: found, told, and never made the record (ADR 0021)."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from desk.audit import check_record
from desk.heads import HEAD, LEAVES, SignedHeads
from engine.stuck import stuck_cases
from engine.unreachable import CaseStuck
from rules.case.evolve import apply
from store.campaigns import Campaign
from store.differences import Difference
from store.log import record
from store.verify import BrokenLog, fold_case, rebuild_case
from tests.durable.office import CaseFile, Office, command, eventually, finding
from tests.store.paper import long_case, take_in, write
from workers.check import check_logs, compare_with_running, verify_all
from workers.restart import restart_case

TABLES = ("findings", "musts", "deadlines", "case_spans", "reminders", "cases")


@pytest.fixture
def heads(tmp_path: Path) -> SignedHeads:
    """A folder of signed heads apart from the database."""
    return SignedHeads(tmp_path / "heads", tmp_path / "heads.key")


class Owner:
    """Whoever owns the database: no trigger and no grant holds him back."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        connection.execute("ALTER TABLE case_log DISABLE TRIGGER USER")

    def delete_case(self, case_id: str) -> None:
        for table in ("case_log", *TABLES):
            self.connection.execute(f"DELETE FROM {table} WHERE case_id = %s", (case_id,))  # pyright: ignore

    def cut_last_line(self, case_id: str) -> None:
        last = "SELECT max(seq) FROM case_log WHERE case_id = %(id)s"
        cut = f"DELETE FROM case_log WHERE case_id = %(id)s AND seq = ({last})"
        assert self.connection.execute(cut, {"id": case_id}).rowcount == 1  # pyright: ignore

    def rewrite(self, case_id: str, old: str, new: str) -> None:
        """Words of the log are others, and its chain is whole again."""
        lines = self.connection.execute(
            "SELECT seq, body FROM case_log WHERE case_id = %s ORDER BY seq", (case_id,)
        ).fetchall()
        assert any(old in body for _, body in lines)
        last = ""
        for seq, body in lines:
            forged = body.replace(old, new)
            last = hashlib.sha256((last + forged).encode()).hexdigest()
            self.connection.execute(
                "UPDATE case_log SET body = %s, hash = %s WHERE case_id = %s AND seq = %s", (forged, last, case_id, seq)
            )


@pytest.fixture
def owner(superuser: psycopg.Connection) -> Iterator[Owner]:
    """The database's owner."""
    yield Owner(superuser)


def codes(found: list[Difference], case_id: str) -> list[str]:
    return [d.code for d in found if d.case_id == case_id]


def three_cases(engine: Engine, campaign: Campaign) -> list[str]:
    """Written, with some lines each."""
    return [write(engine, campaign.plan, long_case(campaign, seed)).case_id for seed in (1, 4, 11)]


def test_an_ended_case_that_was_deleted_whole_is_missed(
    engine: Engine, campaign: Campaign, heads: SignedHeads, owner: Owner
) -> None:
    gone, *others = three_cases(engine, campaign)
    assert check_logs(engine, heads) == (3, [])
    owner.delete_case(gone)
    for _ in range(3):  # and again every night: the signed head is not signed over
        checked, found = check_logs(engine, heads)
        assert (checked, codes(found, gone)) == (2, ["log_cut"])
        assert not [d for d in found if d.case_id in others]


def test_a_log_that_was_rewritten_and_chained_anew_is_not_what_was_signed(
    engine: Engine, campaign: Campaign, heads: SignedHeads, owner: Owner
) -> None:
    changed = three_cases(engine, campaign)[1]
    check_logs(engine, heads)
    owner.rewrite(changed, "A factory", "B factory")
    rebuild_case(engine, changed)  # its chain holds and its rows are its fold: only the signed head knows
    for _ in range(2):
        assert codes(check_logs(engine, heads)[1], changed) == ["log_rewritten"]


def test_a_log_that_goes_on_after_its_signing_is_no_difference(
    engine: Engine, campaign: Campaign, heads: SignedHeads, owner: Owner
) -> None:
    log = long_case(campaign, 4)
    take_in(engine, log)
    case = write(engine, campaign.plan, log[:5])
    assert check_logs(engine, heads)[1] == []
    now = case
    for step in log[5:]:
        record(engine, campaign.plan, now, step)
        now = apply(now, step)
    assert check_logs(engine, heads)[1] == []
    owner.rewrite(case.case_id, "A factory", "B factory")
    assert codes(check_logs(engine, heads)[1], case.case_id) == ["log_rewritten"], "no advice to rebuild its rows"


def test_heads_that_are_gone_or_forged_are_told_and_nothing_is_signed_over_them(
    engine: Engine, campaign: Campaign, heads: SignedHeads
) -> None:
    three_cases(engine, campaign)
    check_logs(engine, heads)
    [head], [leaves] = heads.folder.glob(f"*{HEAD}"), heads.folder.glob(f"*{LEAVES}")
    for file in (head, leaves):
        kept = file.read_bytes()
        middle = len(kept) // 2
        file.write_bytes(kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :])
        assert [d.code for d in check_logs(engine, heads)[1]] == ["heads_forged"]
        file.unlink()
        code = "heads_gone" if file is head else "heads_forged"
        assert [d.code for d in check_logs(engine, heads)[1]] == [code]
        assert len(list(heads.folder.glob(f"*{HEAD}"))) == (file is leaves), "nothing was signed"
        file.write_bytes(kept)
    assert check_logs(engine, heads)[1] == []


def test_a_folder_that_lacks_the_newest_heads_is_told_and_not_signed_over(
    engine: Engine, campaign: Campaign, heads: SignedHeads
) -> None:
    three_cases(engine, campaign)
    check_logs(engine, heads)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    assert heads.check_and_sign(engine) == []
    heads.key_file.with_suffix(".last").write_text(moment.isoformat(timespec="seconds"))
    for _ in range(2):
        assert [d.code for d in check_logs(engine, heads)[1]] == ["heads_older"]
    assert len(heads.head_files()) == 2


def test_heads_in_the_older_form_are_compared_with_and_followed_by_the_new(
    engine: Engine, campaign: Campaign, heads: SignedHeads, owner: Owner
) -> None:
    gone, *_ = three_cases(engine, campaign)
    check_logs(engine, heads)
    [head], [leaves] = heads.folder.glob(f"*{HEAD}"), heads.folder.glob(f"*{LEAVES}")
    lasts = {name: [seq, last.partition(":")[2]] for name, (seq, last) in heads.read(head).heads.items()}
    packed = gzip.compress(json.dumps({"at": head.name[:10] + "T00:00:00Z", "heads": lasts, "before": None}).encode())
    older = head.with_name(head.name.removesuffix(HEAD) + ".json.gz")
    older.write_bytes(packed)
    older.with_name(older.name + ".sig").write_bytes(heads.sign_bytes(packed))
    head.unlink()
    leaves.unlink()
    heads.key_file.with_suffix(".last").unlink()
    owner.delete_case(gone)
    for _ in range(2):  # by the older form, then by the new one that follows it
        assert codes(heads.check_and_sign(engine), gone) == ["log_cut"]
    assert [d.code for d in check_record(engine, heads).differences] == ["log_cut"], "the files are a chain"


def test_one_bad_case_does_not_keep_the_others_from_being_rebuilt(
    engine: Engine, campaign: Campaign, owner: Owner
) -> None:
    first, cut, _ = three_cases(engine, campaign)
    owner.connection.execute("DELETE FROM case_log WHERE case_id = %s AND seq = 1", (cut,))
    assert codes(check_logs(engine, None)[1], cut) == ["line_does_not_follow"]
    with pytest.raises(BrokenLog):
        rebuild_case(engine, cut)
    rebuild_case(engine, first)
    owner.connection.execute("DELETE FROM case_log WHERE case_id = %s", (cut,))
    assert codes(check_logs(engine, None)[1], cut) == ["log_gone"], "its rows are still there"


async def opened(office: Office) -> CaseFile:
    file = await office.open("05-10")
    await file.record(finding("F1", "H05"))
    await file.do("add_note", text="the line that is cut")
    return file


async def test_a_cut_tail_of_a_running_case_is_told_each_night_and_not_mended(
    office: Office, heads: SignedHeads, owner: Owner
) -> None:
    file, engine = await opened(office), office.services.engine
    owner.cut_last_line(file.case_id)
    rebuild_case(engine, file.case_id)
    for _ in range(2):
        _, found = await verify_all(office.client, engine, office.services.files, heads)
        assert [d["code"] for d in found] == ["workflow_ahead"]
    assert await file.steps() == ["open", "record_findings"]


async def test_a_case_without_workflow_does_not_go_on_from_a_log_that_was_cut(
    office: Office, heads: SignedHeads, owner: Owner
) -> None:
    file, engine = await opened(office), office.services.engine
    check_logs(engine, heads)
    owner.cut_last_line(file.case_id)
    rebuild_case(engine, file.case_id)
    await file.handle.terminate("by hand")
    _, found = await verify_all(office.client, engine, office.services.files, heads)
    assert [d["code"] for d in found] == ["log_cut", "workflow_ended"]
    refused = await restart_case(office.client, engine, file.case_id, heads)
    assert refused is not None and refused.code == "log_cut"
    assert [d.code for d in await compare_with_running(office.client, engine)] == ["workflow_ended"], (
        "nobody started it"
    )


async def test_a_case_that_cannot_go_on_is_named_and_holds_nobody_else_back(
    office: Office, heads: SignedHeads, owner: Owner
) -> None:
    stuck, other = await opened(office), await opened(office)
    check_logs(office.services.engine, heads)
    owner.cut_last_line(stuck.case_id)
    await stuck.signal(command("add_note", text="its log has no place for it"))

    async def named() -> list[str]:
        return [case.case_id for case in await stuck_cases(office.client)]

    assert await eventually(named, within=120) == [stuck.case_id]
    with pytest.raises(CaseStuck) as told:
        await stuck.send(command("add_note", text="nor for this"))
    assert told.value.case_id == stuck.case_id
    await other.do("add_note", text="goes on")


async def test_a_lost_or_stuck_case_goes_on_from_its_log_when_it_is_restarted(
    office: Office, heads: SignedHeads
) -> None:
    file, engine = await opened(office), office.services.engine
    before = fold_case(engine, file.case_id).case
    await file.handle.terminate("by hand")
    for _ in range(2):  # lost, then running: ended and started anew
        assert await restart_case(office.client, engine, file.case_id, heads) is None
        assert (await office.file(file.case_id).case()) == before
    await office.file(file.case_id).send(command("add_note", text="it goes on"))
    assert (await file.steps())[-1] == "add_note"
    with pytest.raises(LookupError):
        await restart_case(office.client, engine, "case/karamay-2013-2027/nobody", heads)
