"""Somebody who reaches Temporal, holds the payload keys, and even a worker's or an old key: what he tries."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.client import Client

from embedded.temporal_access import connect_temporal
from engine.claim_keys import key_file, public_half
from engine.connection import Services, sealed_converter
from engine.keys import Keys, new_key, read_keys
from models.campaign import AnyCampaignCommand
from models.claims import Claim, OrderClaim, Purpose, Signed
from models.commands import AnyCommand
from store.claim_keys import keep_claim_key, retire_key
from tests.cast import COLLEAGUE, SUPERVISOR, actor

S = TypeVar("S", bound=Signed)
Forgery = Callable[["Forger", AnyCommand, str], Claim | None]


class Forger:
    """A client that seals and does not sign, and the keys that he came by."""

    def __init__(self, client: Client, services: Services) -> None:
        self.client, self.services = client, services

    @classmethod
    async def of(cls, services: Services) -> "Forger":
        """He has what seals."""
        converter = sealed_converter(services.keys)
        return cls(await connect_temporal(services.endpoints.temporal, data_converter=converter), services)

    def key(self, purpose: Purpose) -> tuple[str, Ed25519PrivateKey]:
        """The installation's own, which only a test may use."""
        keys = read_keys(key_file(self.services.home, purpose))
        return keys.current, Ed25519PrivateKey.from_private_bytes(keys.material(keys.current))

    def another_key(self) -> tuple[str, Ed25519PrivateKey]:
        """A second key of the doors, good until it is retired."""
        key_id, material = new_key()
        keys = Keys(current=key_id, keys={key_id: material})
        keep_claim_key(self.services.owner, key_id, "door", public_half(keys, key_id))
        return key_id, Ed25519PrivateKey.from_private_bytes(keys.material(key_id))

    def retired_key(self) -> tuple[str, Ed25519PrivateKey]:
        """A key of the doors that was taken out of use."""
        key_id, key = self.another_key()
        retire_key(self.services.owner, key_id)
        return key_id, key

    def claim(
        self, command: AnyCommand | AnyCampaignCommand, case_id: str, purpose: Purpose = "door", /, **change: Any
    ) -> Claim:
        """Truly signed, for this command or (`change`) for something else."""
        key_id, key = self.key(purpose)
        facts: dict[str, Any] = {
            "key_id": key_id,
            "by": command.by,
            "do": command.do,
            "case_id": case_id,
            "command_id": command.command_id,
            "content": command.digest,
            "at": datetime.now(UTC),
            "door": "token:stolen",
        }
        return signed(Claim.model_validate(facts | change), key)

    def order(self, command: AnyCommand, purpose: Purpose = "door", /, **change: Any) -> OrderClaim:
        """Truly signed, for work that this command is part of, or (`change`) for other work."""
        key_id, key = self.key(purpose)
        deed = {"open": "open_cases", "add_note": "note"}[command.do]
        facts: dict[str, Any] = {
            "key_id": key_id,
            "by": command.by,
            "deed": deed,
            "of": "job/1",
            "campaign_id": "karamay-2013-2027",
            "content": "sha256:a list",
            "at": datetime.now(UTC),
            "door": "console:root",
        }
        return signed(OrderClaim.model_validate(facts | change), key)


def signed(claim: S, key: Ed25519PrivateKey) -> S:
    """With the key's signature."""
    return claim.model_copy(update={"signature": b64encode(key.sign(claim.signed_text())).decode()})


def _with_key(key_of: Callable[[Forger], tuple[str, Ed25519PrivateKey]]) -> Forgery:
    def forge(forger: Forger, command: AnyCommand, case_id: str) -> Claim:
        key_id, key = key_of(forger)
        return signed(forger.claim(command, case_id, key_id=key_id), key)

    return forge


def _for_another(**change: Any) -> Forgery:
    return lambda forger, command, case_id: forger.claim(command, case_id, **change)


def _aged(**ago: int) -> Forgery:
    return lambda forger, command, case_id: forger.claim(command, case_id, at=datetime.now(UTC) - timedelta(**ago))


def _rewritten(**change: Any) -> Forgery:
    """The right words over a signature of others."""

    def forge(forger: Forger, command: AnyCommand, case_id: str) -> Claim:
        true = {name: getattr(forger.claim(command, case_id), name) for name in change}
        return forger.claim(command, case_id, **change).model_copy(update=true)

    return forge


def _on_order(purpose: Purpose = "work", given_with: Purpose = "door", **change: Any) -> Forgery:
    def forge(forger: Forger, command: AnyCommand, case_id: str) -> Claim:
        return forger.claim(command, case_id, purpose, order=forger.order(command, given_with, **change))

    return forge


def _another_list(forger: Forger, command: AnyCommand, case_id: str) -> Claim:
    order = forger.order(command).model_copy(update={"content": "sha256:another list"})
    return forger.claim(command, case_id, "work", order=order)


_STRANGER = ("k-stranger", Ed25519PrivateKey.generate())
FORGERIES: dict[str, tuple[Forgery, str]] = {
    "no claim": (lambda *_: None, "no signed claim"),
    "a stranger's key": (_with_key(lambda _: _STRANGER), "none of this installation"),
    "a stranger's signature": (_with_key(lambda f: (f.key("door")[0], _STRANGER[1])), "signature is wrong"),
    "a claim for another deed": (_for_another(do="void"), "another deed"),
    "a claim for another case": (_for_another(case_id="case/karamay-2013-2027/other"), "another case"),
    "another's claim": (_for_another(by=actor(COLLEAGUE)), "somebody else's"),
    "a claim for other content": (_for_another(content="sha256:0"), "other content"),
    "a claim for another command": (_for_another(command_id="another"), "another command_id"),
    "a deed written over": (_rewritten(do="void"), "signature is wrong"),
    "a case written over": (_rewritten(case_id="case/karamay-2013-2027/other"), "signature is wrong"),
    "a name written over": (_rewritten(by=actor(COLLEAGUE)), "signature is wrong"),
    "content written over": (_rewritten(content="sha256:0"), "signature is wrong"),
    "a claim kept for 16 minutes": (_aged(minutes=16), "older than 15 minutes"),
    "a claim for later": (_aged(minutes=-3), "lies ahead"),
    "a retired key": (_with_key(Forger.retired_key), "was retired"),
    "a worker's key in an official's name": (lambda f, c, case: f.claim(c, case, "work"), "does not sign such"),
    "a worker's order": (_on_order(given_with="work"), "does not sign such"),
    "a door's key on an order": (_on_order("door"), "does not sign such"),
    "an order of other work": (_on_order(deed="assign"), "does not cover"),
    "an order of another campaign": (_on_order(campaign_id="another"), "does not cover"),
    "another's order": (_on_order(by=actor(SUPERVISOR)), "does not cover"),
    "an order with another list": (_another_list, "signature of the order"),
}
"""What is tried, and what the refusal says of it."""
