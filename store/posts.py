"""Posts and delegations as the desk judges them: of one person, in one transaction; who can act in a role at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from models.actors import Role
from models.people import Delegation, Post
from store.people import UnknownPerson, held_columns

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('administrators', 2))")
_CAN_SIGN_IN = """EXISTS (SELECT FROM accounts a WHERE a.person_id = p.person_id AND a.closed_at IS NULL
    AND (a.password_hash IS NOT NULL
        OR EXISTS (SELECT FROM passkeys k WHERE k.account_id = a.account_id AND k.removed_at IS NULL)
        OR EXISTS (SELECT FROM city_links l WHERE l.account_id = a.account_id AND l.removed_at IS NULL)))"""


class ActingFor(NamedTuple):
    """A delegation with the post and both names."""

    delegation: Delegation
    post: Post
    holder: str
    delegate: str

    @property
    def until_at(self) -> datetime:
        """The first instant at which it lasts no more: its own end, or that of the post where this is earlier."""
        return min(self.delegation.until_at, self.post.until_at or self.delegation.until_at)

    @property
    def ends_with_the_post(self) -> bool:
        """Whether the post ends before the delegation would have."""
        return self.until_at < self.delegation.until_at


def post_of(connection: Connection, post_id: str) -> Post | None:
    """The post of that id, held or not."""
    sql = f"SELECT {held_columns('o')} FROM posts o WHERE post_id = :id"
    row = connection.execute(text(sql), {"id": post_id}).mappings().first()
    return Post(**row) if row else None


def posts_of(connection: Connection, person_id: str) -> tuple[Post, ...]:
    """Every post that somebody was given; locked against another given at the same time. UnknownPerson: has left."""
    lock = text("SELECT 1 FROM persons WHERE person_id = :id AND left_at IS NULL FOR NO KEY UPDATE")
    if connection.execute(lock, {"id": person_id}).first() is None:
        raise UnknownPerson(person_id)
    sql = f"SELECT {held_columns('o')} FROM posts o WHERE person_id = :id"
    return tuple(Post(**row) for row in connection.execute(text(sql), {"id": person_id}).mappings())


def delegations_to(connection: Connection, person_id: str) -> tuple[Delegation, ...]:
    """Every delegation that somebody was given."""
    sql = "SELECT delegation_id, post_id, delegate_id, since_at, until_at FROM delegations WHERE delegate_id = :id"
    return tuple(Delegation(**row) for row in connection.execute(text(sql), {"id": person_id}).mappings())


def acting_for(engine: Engine, person_id: str) -> tuple[ActingFor, ...]:
    """Delegations that somebody was given, and those of the own posts, the newest first."""
    sql = f"""SELECT {held_columns("o")}, d.delegation_id, d.delegate_id, d.since_at AS acts_since,
            d.until_at AS acts_until, h.name AS holder, p.name AS delegate
        FROM delegations d JOIN posts o USING (post_id)
        JOIN persons h ON h.person_id = o.person_id JOIN persons p ON p.person_id = d.delegate_id
        WHERE d.delegate_id = :id OR o.person_id = :id ORDER BY d.since_at DESC, d.delegation_id"""
    with engine.connect() as connection:
        rows = connection.execute(text(sql), {"id": person_id}).mappings().all()
    return tuple(
        ActingFor(
            Delegation(
                delegation_id=row["delegation_id"],
                post_id=row["post_id"],
                delegate_id=row["delegate_id"],
                since_at=row["acts_since"],
                until_at=row["acts_until"],
            ),
            Post(**{name: row[name] for name in Post.model_fields}),
            row["holder"],
            row["delegate"],
        )
        for row in rows
    )


def who_can_act(connection: Connection, roles: Sequence[Role], at: datetime) -> tuple[datetime | None, ...]:
    """Until when each of those who can sign in acts in a post of these roles at the instant, for another too.

    Asked by one transaction at a time.
    """
    connection.execute(_LOCK)
    sql = f"""SELECT o.until_at FROM posts o JOIN persons p USING (person_id)
        WHERE o.role = ANY(:roles) AND p.left_at IS NULL AND {_CAN_SIGN_IN}
            AND o.since_at <= :at AND (o.until_at IS NULL OR o.until_at > :at)
        UNION ALL SELECT least(d.until_at, o.until_at) FROM delegations d JOIN posts o USING (post_id)
        JOIN persons h ON h.person_id = o.person_id JOIN persons p ON p.person_id = d.delegate_id
        WHERE o.role = ANY(:roles) AND p.left_at IS NULL AND h.left_at IS NULL AND {_CAN_SIGN_IN}
            AND o.since_at <= :at AND (o.until_at IS NULL OR o.until_at > :at)
            AND d.since_at <= :at AND d.until_at > :at"""
    return tuple(connection.execute(text(sql), {"roles": list(roles), "at": at}).scalars())
