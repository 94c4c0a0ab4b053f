"""Who asked, signed where he was known: a claim for a command to a case, and one for an order over many cases."""

import json
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from models.actors import Actor
from models.base import Frozen, is_none

Purpose = Literal["door", "work"]
"""What a key signs: what somebody asks for at a door, or what a worker does on an order that a door has signed."""


class Signed(Frozen):
    """What a key of this installation has signed (Ed25519, base64), over all fields but the signature itself.

    `door`: how the person was known: `session:<id>`, `token:<id>`, `console:<user of the operating system>`, or for a
    worker `order:<what>`.
    """

    domain: ClassVar[bytes]
    key_id: str
    content: str
    at: datetime
    door: str
    signature: str = ""

    def signed_text(self) -> bytes:
        """Canonical JSON of the fields, with the kind of claim before it: one is never taken for another."""
        facts = self.model_dump(mode="json", exclude={"signature"})
        return self.domain + json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class OrderClaim(Signed):
    """Somebody ordered work over many cases: what, for which job or campaign, and the digest of the frozen list.

    `by` is None where nobody is named: then the system acts, under a mandate.
    """

    domain: ClassVar[bytes] = b"rectify-order-v1\n"
    by: Actor | None
    deed: str
    of: str
    campaign_id: str


class Claim(Signed):
    """Somebody asked for this command, of this case: `content` is the command's digest, of which a log has the start.

    `order`: what the command carries out, where a worker signs.
    """

    domain: ClassVar[bytes] = b"rectify-claim-v1\n"
    by: Actor
    do: str
    case_id: str
    command_id: str
    order: OrderClaim | None = Field(default=None, exclude_if=is_none)

    @property
    def key_ids(self) -> list[str]:
        """Of every key that signed a part of it."""
        return [self.key_id, self.order.key_id] if self.order else [self.key_id]


class ClaimKey(Frozen):
    """A key that signs claims, as the record knows it: its public half (base64), since when, and until when."""

    key_id: str
    purpose: Purpose
    public_key: str
    made_at: datetime
    retired_at: datetime | None = None
