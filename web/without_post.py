"""Whoever signed in and holds no post: as whom, since when, whom to ask, and what there is to do all the same."""

from datetime import UTC, datetime

from fastapi import Request, Response

from models.people import Visit
from rules.access.deeds import DEEDS
from serving.backing import backing_of
from serving.problems import Problem
from store.campaigns import Campaign
from store.people import in_post, person_of, standings
from web.deeds.people import MANAGE
from web.render import page

_NAMED = 5


def without_post(request: Request, visit: Visit, campaign: Campaign | None, problem: Problem) -> Response:
    """The page, in place of what was asked for: with posts that the person may act in, where there are some."""
    records, now = backing_of(request).records, datetime.now(UTC)
    posts = person_of(records, visit.person_id).posts
    managers = (
        [one.name for role in DEEDS[MANAGE].roles for one in in_post(records, role, campaign.plan.city)]
        if campaign
        else []
    )
    return page(
        request,
        "without_post.html",
        campaign,
        status=problem.status,
        problem=problem,
        person=visit,
        standings=standings(records, visit.person_id, now),
        ended=[post for post in posts if post.until_at is not None and post.until_at <= now][:_NAMED],
        coming=[post for post in posts if post.since_at > now][:_NAMED],
        managers=list(dict.fromkeys(managers))[:_NAMED],
        asked_again=str(request.url.path) if request.method == "GET" else None,
    )
