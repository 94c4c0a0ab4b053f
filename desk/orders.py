"""Orders over many cases are signed where they are given: who, what, and the digest of the list that was frozen."""

from sqlalchemy import Engine

from engine.claims import Signer
from models.actors import Actor, parse_actor
from models.claims import OrderClaim
from models.jobs import work_of
from store.claim_keys import claim_keys
from store.jobs import Sign, job_of, keep_order, list_digest


def signing(signer: Signer, by: Actor | None, deed: str, job_id: str, campaign_id: str) -> Sign:
    """How the digest of a job's list becomes the claim of its order; `by` None: of the system, under a mandate."""

    def sign(content: str) -> OrderClaim:
        return signer.order(by, deed, work_of(job_id), campaign_id, content)

    return sign


def sign_again(engine: Engine, signer: Signer, job_id: str) -> None:
    """The order of a job from before orders were signed, or whose key was retired since, signed by who speaks now.

    One whose list is not what was signed stays as it is: its items go on failing.
    """
    job = job_of(engine, job_id)
    if job is None or (job.order and not _signable(engine, job.order, job_id)):
        return
    named = Actor.model_validate(parse_actor(job.by)) if "@" in job.by else None
    by, deed = (job.order.by, job.order.deed) if job.order else (named, str(job.params.get("order", job.kind)))
    keep_order(engine, job_id, signing(signer, by, deed, job_id, job.campaign_id)(list_digest(engine, job_id)))


def _signable(engine: Engine, order: OrderClaim, job_id: str) -> bool:
    key = claim_keys(engine).get(order.key_id)
    return key is not None and key.retired_at is not None and order.content == list_digest(engine, job_id)
