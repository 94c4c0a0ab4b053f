"""Who comes to the ledger centre, and which imports somebody sees there."""

from typing import NamedTuple

from fastapi import Request

from desk.imports import posts_taken_back, reads_import
from models.actors import Actor
from models.jobs import Job, JobState
from serving.actors import reach, require_scope
from serving.backing import Backing
from serving.problems import Trouble, nothing_here
from store.campaigns import Campaign
from store.jobs import JobCursor, JobFilter, StoredItem, items, job_of, jobs
from store.reading import reading_now

FAILED_SHOWN = 200


def require_official(campaign: Campaign, who: Actor) -> None:
    """404 for whoever speaks for one subject; 403 for whoever reads nothing of the campaign."""
    if who.subject is not None:
        raise nothing_here()
    reach(campaign, who)


def imports_seen(
    behind: Backing, campaign: Campaign, who: Actor, state: JobState | None, after: str | None, limit: int
) -> tuple[tuple[Job, ...], str | None]:
    """A page of imports of the campaign, newest first, and the mark of the next: one's own; all for whoever reads
    everything; for whoever takes imports back those that one may take back, too.

    The last are read beyond the reader's role in PostgreSQL, which shows only what somebody ordered.
    """
    posts = posts_taken_back(campaign.plan, who)
    mine = (str(who), reading_now().everywhere)
    which = JobFilter(kind="import", campaign_id=campaign.campaign_id, own_or_in=mine, or_of=posts, state=state)
    walk = behind.walk("imports", which)
    engine = behind.records if posts else behind.engine
    found = jobs(engine, which, limit=limit + 1, after=walk.marked(JobCursor, after))
    shown = found[:limit]
    if len(found) == len(shown):
        return shown, None
    return shown, walk.mark(JobCursor(created_at=shown[-1].created_at, job_id=shown[-1].job_id))


class Followed(NamedTuple):
    """An import that somebody sees, its campaign, and the first rows of it that failed."""

    campaign: Campaign
    job: Job
    failed: tuple[StoredItem, ...]


def followed(behind: Backing, who: Actor, job_id: str) -> Followed:
    """An import that somebody sees; 404 for one that is not there, and for another's."""
    if who.subject is not None:
        raise unknown_job(job_id)
    engine, job = behind.engine, job_of(behind.engine, job_id)
    if job is None or not reads_import(who, job):
        engine, job = behind.records, job_of(behind.records, job_id)
    if job is None or job.kind != "import":
        raise unknown_job(job_id)
    campaign = behind.campaign(job.campaign_id)
    if not reads_import(who, job) and job.by.partition("@")[2] not in posts_taken_back(campaign.plan, who):
        raise unknown_job(job_id)
    reach(campaign, who)
    return Followed(campaign, job, items(engine, job_id, state="failed", limit=FAILED_SHOWN))


def unknown_job(job_id: str) -> Trouble:
    """404: there is no such import, or it is another's."""
    zh, en = f"没有导入任务 {job_id}", f"there is no import {job_id}"
    remedy = {"remedy_zh": "在台账中心的导入清单中查找", "remedy_en": "look for it in the list of imports"}
    return Trouble(404, "unknown_job", zh, en, **remedy)


async def require_import_scope(request: Request, behind: Backing, who: Actor) -> None:
    """403 for a token that is not for importing; a session has no scope."""
    await require_scope(request, behind, who, "import")
