"""The audit log: what is done beside the cases, by whom, about what; ids only, never what makes somebody valid."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator

from models.actors import Actor
from models.base import Frozen, is_none

AuditKind = Literal[
    "command_refused",
    "sign_in",
    "sign_in_failed",
    "sign_out",
    "permission_given",
    "permission_revoked",
    "exported",
    "order_given",
    "order_ended",
    "register_changed",
    "working_days_published",
    "sealed_data_read",
    "key_changed",
    "schedule_changed",
    "declared_live",
    "expired",
    "case_erased",
    "self_inspected",
    "campaign_steered",
]
AuditOutcome = Literal["done", "refused", "failed"]
_MOST_FACTS, _LONGEST_FACT = 20, 300
_NEVER = ("password", "secret", "token", "name", "phone", "id_number", "address")


def _shown(value: object) -> object:
    """Without signs that nobody sees, and that the database may not hold."""
    if not isinstance(value, str):
        return value
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in value)


Shown = Annotated[str, BeforeValidator(_shown)]
Fact = int | bool | Shown


def as_fact(text: str) -> str:
    """As much of a text as a fact takes."""
    return text[:_LONGEST_FACT]


class AuditActor(Frozen):
    """By whom: the id of a person, an account or a token, and the role; a name only where there is no id at all.

    `principal`: the id of whoever's post a delegate acted in. `account`: a local account's id, or `os:` and the account
    of the machine at whose command line it was done.
    """

    person: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    account: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    token: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    role: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    territory: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    name: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    principal: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)

    @property
    def id(self) -> str:
        """What somebody is known by here: person before account before token; empty where there is none of them."""
        return self.person or self.account or self.token or ""


def audit_actor(who: Actor | None, *, account: str | None = None, token: str | None = None) -> AuditActor:
    """An official by id, else by account or token; by name only where there is neither."""
    if who is None:
        return AuditActor(account=account, token=token)
    nameless = who.person or account or token
    return AuditActor(
        person=who.person,
        account=account,
        token=token,
        role=who.role,
        territory=who.territory[:200],
        name=None if nameless else who.name[:200],
        principal=who.principal,
    )


class AuditLine(Frozen):
    """What was done beside the cases. `about_person` and `file`: an id and a file's name, without its folder.

    `facts`: a few plain values, without personal data beyond ids.
    """

    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    kind: AuditKind
    by: AuditActor
    case_id: Shown | None = Field(default=None, exclude_if=is_none, max_length=300)
    about_person: Shown | None = Field(default=None, exclude_if=is_none, max_length=200)
    file: Shown | None = Field(default=None, exclude_if=is_none, max_length=300)
    outcome: AuditOutcome = "done"
    facts: Mapping[str, Fact] = Field(default_factory=dict[str, Fact])

    @field_validator("facts")
    @classmethod
    def _plain(cls, facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
        if len(facts) > _MOST_FACTS or any(isinstance(v, str) and len(v) > _LONGEST_FACT for v in facts.values()):
            raise ValueError(f"at most {_MOST_FACTS} facts of {_LONGEST_FACT} characters (事实过多或过长)")
        if found := [key for key in facts if key in _NEVER]:
            raise ValueError(f"{found[0]} is not written into the audit log ({found[0]} 不得写入审计日志)")
        return facts


class LoggedAudit(AuditLine):
    """A line as it lies in the audit log, with its number and its hash."""

    seq: int
    hash: str
