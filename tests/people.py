"""People who hold a post and have signed in: for tests of pages and of whatever asks who somebody is."""

from datetime import UTC, datetime
from uuid import uuid4

from desk import people, sign_in
from engine.connection import Services
from engine.operator import operator
from models.people import Post
from tests.cast import actor

PASSWORD = "一二三四五六七八九十"


def post(written: str, *, subject: str | None = None) -> Post:
    """A post as `role:name@territory/sector` says it, held from now on."""
    who = actor(written)
    return Post(
        post_id="",
        person_id="",
        role=who.role,  # pyright: ignore[reportArgumentType] -- nobody writes the system
        territory=who.territory,
        sector=who.sector,
        subject_id=subject,
        since_at=datetime.now(UTC),
    )


def person(services: Services, *posts: str, login: str | None = None, subject: str | None = None) -> people.Invited:
    """Somebody with these posts, written as actors; the name is that of the first."""
    name, login = actor(posts[0]).name, login or uuid4().hex[:12]
    now = datetime.now(UTC)
    return people.add(services.engine, operator(), name, login, [post(one, subject=subject) for one in posts], now)


def session(services: Services, *posts: str, subject: str | None = None) -> str:
    """The token of a session of somebody with these posts."""
    invited = person(services, *posts, subject=subject)
    return sign_in.begin(services.engine, invited.account_id, invited.person_id, "tests", datetime.now(UTC)).token


def member(services: Services, *posts: str) -> people.Invited:
    """Somebody who has set the password."""
    invited = person(services, *posts)
    assert sign_in.accept_invitation(services.engine, invited.token, PASSWORD, datetime.now(UTC)) == invited.login
    return invited
