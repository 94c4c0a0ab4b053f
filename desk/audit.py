"""Whether the record is the one that was written: chains of all logs, and every signed head that is at hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine

from desk.claims_kept import wrong_claims
from desk.head_files import read_head
from desk.heads import HEAD, PUBLIC_KEY, ForgedHeads, SignedHeads, hash_of, stamp_of
from desk.time_stamps import Stamping
from models.base import Frozen
from store.chains import Checked, check_chains
from store.differences import Difference, difference
from store.erasure import Tombstone
from store.heads import Heads, heads_now, not_as_signed
from store.register_traces import check_register


class ClaimsChecked(Frozen):
    """How many lines carry a signed claim, and how many of those are the claim of their line."""

    claimed: int
    held: int


class RecordChecked(Frozen):
    """What was read and what is wrong. `signed_at`: of the newest heads that it was compared with.

    `erased`: cases that were erased after their retention. `before_chaining`: lines of campaigns from before their
    logs were chained, held by the first chained line.
    `register_changes`: those of the register that the audit log vouches for, each held against the register.
    `time_stamps`: those that hold; None where no authority is set. `claims` is None where no line carries one.
    """

    cases: int
    lines: int
    campaign_lines: int
    before_chaining: int
    erased: tuple[Tombstone, ...] = ()
    audit_lines: int
    heads: int
    time_stamps: int | None = None
    signed_at: datetime | None
    claims: ClaimsChecked | None = None
    register_changes: int = 0
    differences: tuple[Difference, ...]


class _Signed(NamedTuple):
    heads: list[Heads]
    files: int
    wrong: list[Difference]
    stamps: int


def check_record(engine: Engine, own: SignedHeads, kept: Path | None = None) -> RecordChecked:
    """Every line of every log, and all of them beside the signed heads; nothing is signed or changed.

    `kept`: a folder of heads that was kept elsewhere, to be compared with too. All is read as of one moment.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return checked_on(connection, own, kept)


def checked_on(connection: Connection, own: SignedHeads, kept: Path | None = None) -> RecordChecked:
    """The same, as a connection sees the record; the heads are read first, so that none is newer than what it sees."""
    signed = [_own(own), *([_kept(own, kept)] if kept else [])]
    heads = sorted((h for s in signed for h in s.heads), key=lambda h: h.at, reverse=True)
    of_the_heads = list(not_as_signed(connection, heads_now(connection, datetime.now(UTC)), heads))
    checked = check_chains(connection, wrong_claims(connection.engine))
    register_changes, wrong_in_register = check_register(connection)
    wrong = [d for s in signed for d in s.wrong]
    return RecordChecked(
        cases=checked.cases,
        lines=checked.lines,
        campaign_lines=checked.campaign_lines,
        before_chaining=checked.before_chaining,
        erased=checked.erased,
        audit_lines=checked.audit_lines,
        heads=sum(s.files for s in signed),
        time_stamps=sum(s.stamps for s in signed) if own.stamping else None,
        signed_at=heads[0].at if heads else None,
        claims=_claims(checked) if checked.claimed else None,
        register_changes=register_changes,
        differences=(*wrong, *of_the_heads, *checked.differences, *wrong_in_register),
    )


def _claims(checked: Checked) -> ClaimsChecked:
    wrong = sum(one.code == "claim_wrong" for one in checked.differences)
    return ClaimsChecked(claimed=checked.claimed, held=checked.claimed - wrong)


def _own(own: SignedHeads) -> _Signed:
    newest, wrong = own.newest_or_wrong()
    files = own.head_files()
    told = [wrong] if wrong else []
    told += [d for d in _chain(own) if d not in told] if files else []
    stamps, wrongly_stamped = _stamps(own, own.stamping)
    return _Signed([newest] if newest else [], len(files), [*told, *wrongly_stamped], stamps)


def _stamps(of: SignedHeads, by: Stamping | None) -> tuple[int, list[Difference]]:
    """How many time stamps hold, and which do not; nothing is said of them where no authority is set."""
    held, wrong = 0, list[Difference]()
    for file in of.head_files() if by else ():
        head, stamp = read_head(file), stamp_of(file)
        if by is None or head is None or not stamp.exists():
            continue
        if by.holds(head.head.encode(), stamp.read_bytes(), head.said.at):
            held += 1
        else:
            wrong.append(difference("stamp_wrong", "", file=file.name))
    return held, wrong


def _chain(own: SignedHeads) -> Iterator[Difference]:
    """Every head of this installation: signed by its key, and naming the one before it.

    An older version may have signed between two of them, in its own form, while both ran.
    """
    key, before = own.public_key(), set[str]()
    for file in own.files():
        if not file.name.endswith(HEAD):
            before.add(hash_of(file))
            continue
        head = read_head(file)
        if head is None or not head.is_signed_by(key):
            yield difference("heads_forged", "", file=file.name)
        elif before and head.said.before not in before:
            yield difference("heads_broken", "", file=file.name)
        before = {hash_of(file)}


def _kept(own: SignedHeads, folder: Path) -> _Signed:
    """Heads that were kept elsewhere, by the key that was kept with them; all that have their leaves."""
    elsewhere = SignedHeads(folder, own.key_file)
    key = _kept_key(folder) or own.public_key()
    heads, wrong, files = list[Heads](), list[Difference](), elsewhere.head_files()
    if files and own.key_file.exists() and key != own.public_key():
        wrong.append(difference("heads_of_another_key", "", file=files[-1].name))
    for file in files:
        try:
            heads.append(elsewhere.read(file, key))
        except ForgedHeads as forged:
            wrong.append(difference("heads_forged", "", file=str(forged)))
        except FileNotFoundError:  # a head alone shows that it was signed, and by itself no log
            continue
    stamps, wrongly_stamped = _stamps(elsewhere, own.stamping)
    return _Signed(heads, len(files), [*wrong, *wrongly_stamped], stamps)


def _kept_key(folder: Path) -> Ed25519PublicKey | None:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex((folder / PUBLIC_KEY).read_text().strip()))
    except (OSError, ValueError):
        return None
