"""People, the posts that they hold, and how somebody stands at the door: which person, in which post, for whom."""

from datetime import datetime

from models.actors import Actor, Role
from models.base import Frozen


class Post(Frozen):
    """A role in a territory, of one sector or all, for a time; of an enterprise's people for one subject.

    `until_at` is the first instant at which it is held no more.
    """

    post_id: str
    person_id: str
    role: Role
    territory: str
    sector: str | None = None
    subject_id: str | None = None
    since_at: datetime
    until_at: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        """Whether it is held at the instant."""
        return self.since_at <= now and (self.until_at is None or now < self.until_at)


class Delegation(Frozen):
    """Somebody acts in another's post for a time (AB角), and counts as that person."""

    delegation_id: str
    post_id: str
    delegate_id: str
    since_at: datetime
    until_at: datetime


class Standing(Frozen):
    """A post that a person may act in now: the own one, or a principal's."""

    post: Post
    person_id: str
    name: str
    delegation_id: str | None = None
    principal_name: str | None = None

    @property
    def actor(self) -> Actor:
        """Who acts."""
        principal = self.post.person_id if self.delegation_id else None
        return Actor(
            role=self.post.role,
            name=self.name,
            territory=self.post.territory,
            sector=self.post.sector,
            person=self.person_id,
            principal=principal,
            principal_name=self.principal_name,
            subject=self.post.subject_id,
        )


class Account(Frozen):
    """By which a person signs in; several of one person are one person."""

    account_id: str
    person_id: str
    login: str
    has_password: bool
    has_totp: bool
    made_at: datetime
    closed_at: datetime | None = None


class Person(Frozen):
    """Somebody, with everything that was ever given to that person, the newest first."""

    person_id: str
    name: str
    is_demo: bool = False
    made_at: datetime
    left_at: datetime | None = None
    posts: tuple[Post, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    accounts: tuple[Account, ...] = ()


class Visit(Frozen):
    """A session: whose, since when, on which device, and when the person last proved to be that person."""

    session_id: str
    account_id: str
    person_id: str
    name: str
    login: str
    standing: Standing | None
    device: str
    began_at: datetime
    proven_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_demo: bool = False
