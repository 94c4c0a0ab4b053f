"""Every command that leaves this process for a case is signed: by whoever speaks here, and only what he may say.

Who speaks is said where somebody is known: by the API for the request of a token, by the command line, by a worker that
carries out an order. Where nobody speaks nothing is signed, and the command does not leave.
"""

from base64 import b64decode, b64encode
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import temporalio.client
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from temporalio.client import OutboundInterceptor, WorkflowHandle, WorkflowUpdateHandle

from engine.keys import KeyTrouble, read_keys
from engine.operator import operator_name
from models.actors import Actor
from models.campaign import AnyCampaignCommand, CampaignSubmission, OpenCases
from models.claims import Claim, OrderClaim, Purpose, Signed
from models.commands import AnyCommand
from models.wire import CaseStart, Submission

FOLDER = "claims"
S = TypeVar("S", bound=Signed)


class Speaker(NamedTuple):
    """In whose name commands leave here: the one `actor`, or (at a console, None) whoever is named there.

    `door` says how that is known; `order` is what a worker carries out, in the name of whoever gave it.
    """

    actor: Actor | None
    door: str
    order: OrderClaim | None = None
    purpose: Purpose = "door"


_speaking: ContextVar[Speaker | None] = ContextVar("speaking", default=None)


@contextmanager
def speaking(who: Speaker | None) -> Generator[None]:
    """Commands that this task hands in, and those that it starts, are said by him; None: by nobody."""
    before = _speaking.set(who)
    try:
        yield
    finally:
        _speaking.reset(before)


def speaks(who: Speaker | None) -> None:
    """As `speaking`, for the rest of this task: of a request, or of a process that is one person's. None: nobody."""
    _speaking.set(who)


def console() -> Speaker:
    """Whoever sits at the command line: known to the operating system, and trusted to name who gives the command."""
    return Speaker(None, f"console:{operator_name()}")


class Unsigned(KeyTrouble):
    """A command that may not leave: nobody speaks here, it names another than who does, or there is no key."""


def _nobody() -> Unsigned:
    return Unsigned(
        "nobody_speaks",
        "无法签署命令：不知由何人提交",
        "the command cannot be signed: nobody is known to have asked for it",
        "请通过网页、接口或命令行提交",
        "hand it in through API, pages or command line",
    )


def _another(named: Actor, who: Actor) -> Unsigned:
    return Unsigned(
        "speaks_for_another",
        f"无法签署命令：经办人为 {named}，提交人为 {who}",
        f"the command cannot be signed: it is in the name of {named}, and {who} asks for it",
        "请由经办人本人提交",
        "whoever the command names is to hand it in",
    )


def key_gone(file: Path) -> Unsigned:
    """The private key is not there, or cannot be read."""
    return Unsigned(
        "claim_key_missing",
        f"无法签署命令：缺少签名密钥 {file}，或无法读取",
        f"the command cannot be signed: there is no key {file}, or it cannot be read",
        "运行 rectify up（首次启动时生成），并确认运行账户可读",
        "run rectify up (it makes the key at its first start); the account that runs rectify is to read it",
        file.stem,
    )


class Signer:
    """The private keys of a home, one file a purpose; read again when it changes."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        self._held: dict[Purpose, tuple[tuple[int, int], str, Ed25519PrivateKey]] = {}

    def claim(self, case_id: str, command: AnyCommand | AnyCampaignCommand) -> Claim:
        """The claim of whoever speaks for this command to this case (or campaign). Unsigned if he may not say it."""
        who = self._speaker(command.by)
        claim = Claim(
            key_id="",
            by=command.by,
            do=command.do,
            case_id=case_id,
            command_id=command.command_id,
            content=command.digest,
            at=datetime.now(UTC),
            door=who.door,
            order=who.order,
        )
        return self._signed(claim, who.purpose)

    def order(self, by: Actor | None, deed: str, of: str, campaign_id: str, content: str) -> OrderClaim:
        """The claim of whoever speaks for this order over many cases. Unsigned if he may not give it."""
        who = self._speaker(by)
        order = OrderClaim(
            key_id="",
            by=by,
            deed=deed,
            of=of,
            campaign_id=campaign_id,
            content=content,
            at=datetime.now(UTC),
            door=who.door,
        )
        return self._signed(order, "door")

    def _speaker(self, named: Actor | None) -> Speaker:
        who = _speaking.get()
        if who is None:
            raise _nobody()
        if who.actor is not None and named is not None and named != who.actor:
            raise _another(named, who.actor)
        return who

    def _signed(self, claim: S, purpose: Purpose) -> S:
        key_id, key = self._key(purpose)
        named = claim.model_copy(update={"key_id": key_id})
        signature = b64encode(key.sign(named.signed_text())).decode()
        return named.model_copy(update={"signature": signature})

    def _key(self, purpose: Purpose) -> tuple[str, Ed25519PrivateKey]:
        file = self._folder / f"{purpose}.key"
        try:
            found = file.stat()
            mark, held = (found.st_mtime_ns, found.st_ino), self._held.get(purpose)
            if held is None or held[0] != mark:
                keys = read_keys(file)
                private = Ed25519PrivateKey.from_private_bytes(keys.material(keys.current))
                held = self._held[purpose] = (mark, keys.current, private)
        except (OSError, KeyTrouble):
            raise key_gone(file) from None
        return held[1], held[2]


@lru_cache(maxsize=4096)  # asked at the door of a case, and again where its step is recorded
def holds(public_key: str, text: bytes, signature: str) -> bool:
    """Whether the private half of the key made the signature of the text."""
    try:
        _public(public_key).verify(b64decode(signature, validate=True), text)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))


class Claims(temporalio.client.Interceptor):
    """Of a client: what it sends to a case is signed."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Signs on the way out."""
        return _Signing(next, self.signer)


class _Signing(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, signer: Signer) -> None:
        super().__init__(next)
        self.signer = signer

    async def start_workflow(self, input: temporalio.client.StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        input.args = self._stamped(input.id, input.args)
        return await super().start_workflow(input)

    async def signal_workflow(self, input: temporalio.client.SignalWorkflowInput) -> None:
        input.args = self._stamped(input.id, input.args)
        await super().signal_workflow(input)

    async def start_workflow_update(
        self, input: temporalio.client.StartWorkflowUpdateInput
    ) -> WorkflowUpdateHandle[Any]:
        input.args = self._stamped(input.id, input.args)
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self, input: temporalio.client.StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        starting, asking = input.start_workflow_input, input.update_workflow_input
        asking.args = self._stamped(starting.id, asking.args)
        starting.args = self._stamped(starting.id, starting.args, asking.args)
        return await super().start_update_with_start_workflow(input)

    def _stamped(self, workflow_id: str, args: Sequence[Any], beside: Sequence[Any] = ()) -> list[Any]:
        """With claims; the opening that is sent twice, with the start and beside it, has one."""
        known = [s for s in beside if isinstance(s, Submission)]
        return [self._stamp(workflow_id, arg, known) for arg in args]

    def _stamp(self, workflow_id: str, arg: Any, known: list[Submission]) -> Any:
        match arg:
            case Submission():
                return arg.model_copy(update={"claim": self.signer.claim(workflow_id, arg.command)})
            case CaseStart(opening=opening) if opening is not None:
                same = next((s.claim for s in known if s.command == opening), None)
                return arg.model_copy(update={"claim": same or self.signer.claim(workflow_id, opening)})
            case CampaignSubmission(command=command):
                claim, order = self.signer.claim(workflow_id, command), None
                if isinstance(command, OpenCases):  # what the campaign's worker opens, it opens on this order
                    campaign_id = workflow_id.partition("/")[2]
                    order = self.signer.order(command.by, command.do, workflow_id, campaign_id, command.digest)
                return arg.model_copy(update={"claim": claim, "order": order})
            case _:
                return arg
