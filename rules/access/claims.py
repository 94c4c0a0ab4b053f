"""Whether a command's claim holds: asked before `decide` sees the command, and again where it is recorded.

The comparison is pure: who checks hands in the keys, the instant, and how a signature is checked.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from models.actors import Actor
from models.campaign import AnyCampaignCommand
from models.case_ids import ids_of
from models.claims import Claim, ClaimKey, OrderClaim, Purpose, Signed
from models.commands import AnyCommand, start_of
from models.events import CommandRefused, Transition
from models.refusals import Refused
from rules.access.deeds import MANDATES
from rules.words.naming import Both
from rules.words.refusals import refuse

OLDEST = timedelta(minutes=15)  # a claim is as old as that at most when its command is taken (A)
EARLIEST = timedelta(minutes=2)  # clocks of two machines differ by so much at most (A)
_ORDERED: Mapping[str, frozenset[str]] = {
    "import": frozenset(MANDATES["ledger_import"]),
    "undo": frozenset(MANDATES["ledger_undo"]),
    "open_cases": frozenset({"open"}),
    "assign": frozenset({"assign_officers"}),
    "reassign": frozenset({"assign_officers"}),
    "note": frozenset({"add_note"}),
}
"""What a worker may do on each order, and nothing else."""
_WHY = {
    "key_unknown": Both("签名密钥不属于本系统", "its key is none of this installation"),
    "key_retired": Both("签名密钥已停用", "its key was retired"),
    "purpose": Both("签名密钥不得用于此类命令", "its key does not sign such commands"),
    "by": Both("经办人不符", "it is somebody else's"),
    "do": Both("办理事项不符", "it is for another deed"),
    "case_id": Both("案件不符", "it is for another case"),
    "command_id": Both("命令编号不符", "it is for another command_id"),
    "content": Both("内容不符", "it is for other content"),
    "old": Both("声明已超过15分钟", "it is older than 15 minutes"),
    "future": Both("声明时间晚于当前时间，请校准时钟", "its instant lies ahead; set the clocks right"),
    "signature": Both("签名有误", "its signature is wrong"),
    "order": Both("所依据的批量指令不包括该命令", "the order that it names does not cover the command"),
    "order_signature": Both("所依据的批量指令签名有误", "the signature of the order that it names is wrong"),
}
Holds = Callable[[str, bytes, str], bool]
"""Whether the signature (base64) is that of the text by the private half of the public key (base64)."""


class Asked(NamedTuple):
    """What a claim must say: the command that came, and the case (or campaign) that it came to."""

    by: Actor
    do: str
    case_id: str
    command_id: str
    content: str


def asked_of(case_id: str, command: AnyCommand | AnyCampaignCommand) -> Asked:
    """What the claim of a command must say."""
    return Asked(command.by, command.do, case_id, command.command_id, command.digest)


def refused_claim(
    claim: Claim | None, asked: Asked, keys: Mapping[str, ClaimKey], now: datetime, holds: Holds
) -> Refused | None:
    """Why the command may not be taken, if so; `now` is the wall clock's, whatever date the campaign has."""
    if claim is None:
        return refuse("unclaimed")
    differs = next((name for name in Asked._fields if getattr(claim, name) != getattr(asked, name)), None)
    age = now - claim.at
    wrong = (
        differs
        or ("old" if age > OLDEST else "future" if age < -EARLIEST else None)
        or _wrong_signature(claim, keys, holds)
        or _beyond_the_key(claim, keys, holds)
    )
    return refuse_claim(wrong) if wrong else None


def wrong_record(case_id: str, step: Transition, keys: Mapping[str, ClaimKey], holds: Holds) -> str | None:
    """Why the claim that a log keeps is not that of its line, if so: a key may be retired since, and the line old.

    Of the command the log keeps the start of the digest.
    """
    claim = step.claim
    if claim is None or step.by is None:
        return "by" if claim else None
    asked = (step.by, step.do, case_id, asked_id(step))
    if (claim.by, claim.do, claim.case_id, claim.command_id) != asked:
        return "by"
    if step.content and start_of(claim.content) != step.content:
        return "content"
    for signed in (claim, claim.order) if claim.order else (claim,):
        key = keys.get(signed.key_id)
        if key is None or not holds(key.public_key, signed.signed_text(), signed.signature):
            return "signature"
    return None


def asked_id(step: Transition) -> str:
    """Of the command that asked: a refusal that is kept has an id of its own, `refused:{command}:{place}`."""
    refusal = any(isinstance(event, CommandRefused) for event in step.events)
    return step.command_id.split(":", 1)[1].rsplit(":", 1)[0] if refusal else step.command_id


def refuse_claim(why: str) -> Refused:
    """The refusal of a claim, for one of the reasons that there are."""
    return refuse("claim_invalid", why=_WHY[why])


def refused_order(order: OrderClaim, keys: Mapping[str, ClaimKey], holds: Holds) -> Refused | None:
    """Why no door of this installation gave the order, if so; it may be as old as its job is long."""
    wrong = _wrong_order(order, keys, holds)
    return refuse_claim(wrong) if wrong else None


def _wrong_signature(signed: Signed, keys: Mapping[str, ClaimKey], holds: Holds) -> str | None:
    key = keys.get(signed.key_id)
    if key is None or signed.at < key.made_at - EARLIEST:
        return "key_unknown"
    if key.retired_at is not None:
        return "key_retired"
    return None if holds(key.public_key, signed.signed_text(), signed.signature) else "signature"


def _beyond_the_key(claim: Claim, keys: Mapping[str, ClaimKey], holds: Holds) -> str | None:
    """A door's key signs what somebody asks for there; a worker's what was ordered, or the system has a mandate for."""
    purpose: Purpose = keys[claim.key_id].purpose
    if purpose == "door":
        return "purpose" if claim.order else None
    if claim.order is None:
        return None if claim.by.role == "system" and claim.by.mandate else "purpose"
    return _wrong_order(claim.order, keys, holds) or (None if _covers(claim.order, claim) else "order")


def _wrong_order(order: OrderClaim, keys: Mapping[str, ClaimKey], holds: Holds) -> str | None:
    wrong = _wrong_signature(order, keys, holds)
    if wrong == "signature":
        return "order_signature"
    return wrong or (None if keys[order.key_id].purpose == "door" else "purpose")


def _covers(order: OrderClaim, claim: Claim) -> bool:
    """The command is of those that the order is for, in its campaign, in the name of whoever gave it."""
    named = claim.by == order.by if claim.by.role != "system" else _names(order.by, claim.by)
    ordered = claim.do in _ORDERED.get(order.deed, ())
    return named and ordered and claim.case_id.startswith(ids_of(order.campaign_id))


def _names(ordered_by: Actor | None, system: Actor) -> bool:
    return system.mandate is not None and (ordered_by in (None, system) or str(ordered_by) == system.ordered_by)


Checked = Callable[[Claim | None, Asked], Refused | None]
_checks: list[Checked] = []


def check_with(check: Checked) -> None:
    """Which keys this process checks claims by; a worker says it once, before it takes commands."""
    _checks[:] = [check]


def at_the_worker(claim: Claim | None, asked: Asked) -> Refused | None:
    """Why the worker may not show the command to `decide`, if so. Replays do not ask, so they need no keys."""
    return _checks[0](claim, asked)
