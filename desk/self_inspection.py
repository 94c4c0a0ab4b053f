"""自查自纠: an enterprise's people keep the ledger of what they found at themselves (3.1.ledger).

Nothing of it is a finding: that an inspector records, by the command for it, and the row says which one.
"""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Engine

from desk.refusals import noted_refusal
from models.actors import Actor
from models.audit import AuditActor, AuditLine
from models.hashes import hashed
from models.refusals import Refused
from models.self_inspection import OwnFinding
from rules.access.deeds import Place, may
from rules.campaign.decide import over
from rules.words.clauses import cited
from rules.words.naming import Both
from rules.words.refusals import refuse
from store import self_inspection as store
from store.audit import note
from store.campaigns import Campaign
from store.certificate import certificate_of
from store.subject_search import standing_for

DEED = "self_inspect"


def may_keep(campaign: Campaign, who: Actor, subject_id: str | None) -> Refused | None:
    """None for whoever speaks for the subject."""
    refused = may(campaign.plan, who, DEED, Place(subject=subject_id))
    return refused or (refuse("not_own_subject") if who.subject is None else None)


class WrongDayOfRow(NamedTuple):
    """A day of a row that cannot be: its number from 0, the field, and why."""

    row: int
    field: str
    why: Refused


def wrong_days(campaign: Campaign, rows: Sequence[OwnFinding], today: date) -> tuple[WrongDayOfRow, ...]:
    """What is not so yet, or was put right before it was found."""
    found: list[WrongDayOfRow] = []
    for number, row in enumerate(rows):
        for field, day in (("found_on", row.found_on), ("rectified_on", row.rectified_on)):
            if day and day > today:
                both = Both(f"今天为 {today}，所填为 {day}", f"{day}: today is {today}")
                found.append(WrongDayOfRow(number, field, cited(campaign.plan, refuse("found_later", day=both))))
        if row.rectified_on and row.rectified_on < row.found_on:
            days = {"found": row.found_on, "day": row.rectified_on}
            early = cited(campaign.plan, refuse("right_before_found", **days))
            found.append(WrongDayOfRow(number, "rectified_on", early))
    return tuple(found)


def enter(
    engine: Engine,
    campaign: Campaign,
    who: Actor,
    rows: Sequence[OwnFinding],
    command_id: str,
    today: date,
    by: AuditActor,
) -> int | Refused:
    """The rows, each once however often it is sent under this id; how many are new.

    Those of a merged subject stand under the one that stands for it.
    """
    if refused := may_keep(campaign, who, who.subject):
        return noted_refusal(engine, who, cited(campaign.plan, refused), DEED)
    if wrong := wrong_days(campaign, rows, today):
        return noted_refusal(engine, who, wrong[0].why, DEED)
    if certificate_of(engine, campaign.campaign_id):
        return noted_refusal(engine, who, over(campaign.phases), DEED, campaign.campaign_id)
    assert who.subject is not None
    subject_id = standing_for(engine, who.subject)
    named = [(_entry_id(who.subject, command_id, n, row), row) for n, row in enumerate(rows)]
    try:
        with engine.begin() as connection:
            added = store.enter(connection, campaign.campaign_id, subject_id, str(who), named)
            if added:
                digest = hashed("\n".join(row.model_dump_json() for row in rows).encode())
                facts = {"subject_id": subject_id, "campaign": campaign.campaign_id, "rows": added, "digest": digest}
                note(connection, AuditLine(kind="self_inspected", by=by, facts=facts))
    except store.TooManyRows:
        return noted_refusal(engine, who, cited(campaign.plan, refuse("ledger_full", most=store.MOST)), DEED)
    return added


def _entry_id(subject: str, command_id: str, n: int, row: OwnFinding) -> str:
    """What is sent again with other words is another row: nothing is dropped unseen."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{command_id}/{n}/{row.model_dump_json()}"))


def put_right(
    engine: Engine, campaign: Campaign, who: Actor, entry_id: str, on: date, by: AuditActor
) -> bool | Refused:
    """What was found is put right since that day, also said again; False where the own subject has no such row."""
    if refused := may_keep(campaign, who, who.subject):
        return noted_refusal(engine, who, cited(campaign.plan, refused), DEED)
    if certificate_of(engine, campaign.campaign_id):
        return noted_refusal(engine, who, over(campaign.phases), DEED, campaign.campaign_id)
    assert who.subject is not None
    subject_id = standing_for(engine, who.subject)
    row = store.entry(engine, campaign.campaign_id, entry_id)
    if row is None or row.subject_id != subject_id:
        return False
    if on < row.found_on:
        return _before(engine, campaign, who, row.found_on, on)
    with engine.begin() as connection:
        done = store.put_right(connection, campaign.campaign_id, subject_id, entry_id, on)
        if done:
            facts = {"subject_id": subject_id, "entry": entry_id, "rectified_on": str(on)}
            note(connection, AuditLine(kind="self_inspected", by=by, facts=facts))
    if done:
        return True
    said = store.entry(engine, campaign.campaign_id, entry_id)
    if said is None or said.rectified_on == on:
        return said is not None
    stays = cited(campaign.plan, refuse("right_already", day=said.rectified_on))
    return noted_refusal(engine, who, stays, DEED)


def _before(engine: Engine, campaign: Campaign, who: Actor, found: date, day: date | None) -> Refused:
    """What was found is not put right before it was found."""
    early = cited(campaign.plan, refuse("right_before_found", found=found, day=day))
    return noted_refusal(engine, who, early, DEED)
