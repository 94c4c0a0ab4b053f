"""The chores of the office: reminder ladder, weekly digest, nightly verification, seal of the logs, deletion."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from temporalio import activity

from activities.on_a_thread import on_a_thread
from models.audit import AuditActor
from models.housekeeping import ChoreDone
from models.instants import day_of
from rules.retention import EXPIRES
from store.campaigns import Campaign, campaigns
from store.certificate import certificate_of
from store.differences import Difference
from store.files import Files
from store.reminders import remind
from store.reports import Report, digest, keep_report
from store.retention import delete_expired

Verify = Callable[[], Awaitable[tuple[int, list[dict[str, Any]]]]]
Seal = Callable[[], list[Difference]]
_WEEK = timedelta(days=7)
_log = structlog.stdlib.get_logger("housekeeping")


def chores(engine: Engine, files: Files, verify: Verify, seal: Seal) -> list[Callable[..., Any]]:
    """The activities `remind`, `digest`, `verify`, `seal` and `expire`; run twice, each writes once."""

    @on_a_thread("remind")
    def remind_step() -> ChoreDone:
        told = 0
        for campaign in _running(engine):
            told += remind(engine, campaign.plan, campaign.campaign_id, campaign.now())
        _log.info("reminded", told=told)
        return ChoreDone(counted=told)

    @on_a_thread("digest")
    def digest_step() -> ChoreDone:
        districts = 0
        for campaign in _running(engine):
            now = campaign.now()
            body = digest(engine, campaign.campaign_id, now, now - _WEEK)
            year, week, _ = day_of(now).isocalendar()
            key = f"{campaign.campaign_id}/{year}-W{week:02d}"
            keep_report(engine, Report(kind="digest", campaign_id=campaign.campaign_id, at=now, key=key, body=body))
            districts += len(body["districts"])
        return ChoreDone(counted=districts)

    @activity.defn(name="verify")
    async def verify_step() -> ChoreDone:
        checked, differences = await verify()
        now = datetime.now(UTC)
        body = {"checked": checked, "differences": differences}
        report = Report(kind="verify", campaign_id=None, at=now, key=now.isoformat(timespec="minutes"), body=body)
        await asyncio.to_thread(keep_report, engine, report)
        _log.info("verified", checked=checked, differences=len(differences))
        return ChoreDone(counted=checked, wrong=len(differences))

    @on_a_thread("seal")
    def seal_step() -> ChoreDone:
        found = seal()
        if found:
            now = datetime.now(UTC)
            body = {"differences": [d.model_dump() for d in found]}
            key = now.isoformat(timespec="minutes")
            keep_report(engine, Report(kind="seal", campaign_id=None, at=now, key=key, body=body))
            _log.error("the log is not what was signed", alarm="log_cut", differences=len(found))
        return ChoreDone(counted=1, wrong=len(found))

    @on_a_thread("expire")
    def expire_step() -> ChoreDone:
        days = {what: kept.days for what, kept in EXPIRES.items()}
        gone = delete_expired(engine, days, datetime.now(UTC), AuditActor(account="schedule"), files)
        _log.info("deleted what is past its time", **gone)
        return ChoreDone(counted=sum(gone.values()))

    return [remind_step, digest_step, verify_step, seal_step, expire_step]


def _running(engine: Engine) -> list[Campaign]:
    return [c for c in campaigns(engine) if certificate_of(engine, c.campaign_id) is None]
