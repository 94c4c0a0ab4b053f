"""Fields that lie sealed in the database: a dump, a copied table or a log shows none of them."""

import json
from collections.abc import Iterator
from typing import Protocol

from sqlalchemy import Engine, text

MARK = "sealed:"
"""Before a sealed text, so that it is told from one that an older version wrote plainly."""
HIDDEN = "***"
_BATCH = 500


class Sealing(Protocol):
    """Seals and opens with the keys of the installation, each text for one purpose."""

    def seal(self, purpose: str, text: str) -> str:
        """Sealed with the current key, the mark before it."""
        ...

    def unseal(self, purpose: str, sealed: str) -> str:
        """The text. Raises ValueError for what was altered or sealed for another purpose."""
        ...

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed with the current key."""
        ...


def sealed_phone(sealing: Sealing, subject_id: str, phone: str) -> str:
    """As it is kept; no number stays no number."""
    return sealing.seal(_of_subject(subject_id), phone) if phone else ""


def opened_phone(sealing: Sealing | None, subject_id: str, kept: str) -> str:
    """The number; `***` for one that nobody asked to open."""
    if not kept or sealing is None:
        return HIDDEN if kept else ""
    return sealing.unseal(_of_subject(subject_id), kept) if kept.startswith(MARK) else kept


def opened_change(sealing: Sealing | None, subject_id: str, kept: str) -> str:
    """What a change of a responsible person wrote, the number opened or hidden."""
    person = json.loads(kept)
    return json.dumps({**person, "phone": opened_phone(sealing, subject_id, person["phone"])}, ensure_ascii=False)


def seal_older(owner: Engine, sealing: Sealing) -> int:
    """Seal what lies there plainly or under an older key, batch by batch; how many. Done again it finds nothing.

    A value that somebody changes meanwhile stays as he wrote it: he sealed it.
    """
    return sum(_phones(owner, sealing)) + sum(_changes(owner, sealing)) + sum(_one_time_secrets(owner, sealing))


def _phones(owner: Engine, sealing: Sealing) -> Iterator[int]:
    find = f"""SELECT subject_id, name, phone AS kept FROM responsible_persons
    WHERE phone <> '' AND (subject_id, name) > (:after, :name) ORDER BY subject_id, name LIMIT {_BATCH}"""
    put = "UPDATE responsible_persons SET phone = :new WHERE subject_id = :after AND name = :name AND phone = :kept"
    place: dict[str, object] = {"after": "", "name": ""}
    while True:
        with owner.begin() as connection:
            rows = connection.execute(text(find), place).all()
            for row in rows:
                if _is_due(sealing, row.kept):
                    new = sealing.seal(_of_subject(row.subject_id), opened_phone(sealing, row.subject_id, row.kept))
                    facts = {"after": row.subject_id, "name": row.name, "kept": row.kept, "new": new}
                    yield connection.execute(text(put), facts).rowcount
        if not rows:
            return
        place = {"after": rows[-1].subject_id, "name": rows[-1].name}


def _changes(owner: Engine, sealing: Sealing) -> Iterator[int]:
    find = f"""SELECT change_id, subject_id, reason FROM subject_changes
    WHERE CASE WHEN "do" = 'person' THEN reason::jsonb ->> 'phone' <> '' ELSE false END AND change_id > :after
    ORDER BY change_id LIMIT {_BATCH}"""
    put = "UPDATE subject_changes SET reason = :new WHERE change_id = :id AND reason = :kept"
    after = 0
    while True:
        with owner.begin() as connection:
            rows = connection.execute(text(find), {"after": after}).all()
            for row in rows:
                person = json.loads(row.reason)
                if _is_due(sealing, person["phone"]):
                    phone = opened_phone(sealing, row.subject_id, person["phone"])
                    new = {**person, "phone": sealing.seal(_of_subject(row.subject_id), phone)}
                    facts = {"id": row.change_id, "kept": row.reason, "new": json.dumps(new, ensure_ascii=False)}
                    yield connection.execute(text(put), facts).rowcount
        if not rows:
            return
        after = rows[-1].change_id


def _one_time_secrets(owner: Engine, sealing: Sealing) -> Iterator[int]:
    """Those of accounts were sealed from the beginning, without the mark."""
    find = "SELECT account_id, totp_secret FROM accounts WHERE totp_secret IS NOT NULL ORDER BY account_id"
    put = "UPDATE accounts SET totp_secret = :new WHERE account_id = :id AND totp_secret = :kept"
    with owner.begin() as connection:
        for row in connection.execute(text(find)).all():
            if not sealing.is_current(MARK + row.totp_secret):
                purpose = of_one_time_codes(row.account_id)
                new = sealing.seal(purpose, sealing.unseal(purpose, MARK + row.totp_secret)).removeprefix(MARK)
                facts = {"id": row.account_id, "kept": row.totp_secret, "new": new}
                yield connection.execute(text(put), facts).rowcount


def of_one_time_codes(account_id: str) -> str:
    """For what the secret of an account's one-time codes is sealed."""
    return f"one-time codes of {account_id}"


def _is_due(sealing: Sealing, kept: str) -> bool:
    return not kept.startswith(MARK) or not sealing.is_current(kept)


def _of_subject(subject_id: str) -> str:
    return f"phone at {subject_id}"
