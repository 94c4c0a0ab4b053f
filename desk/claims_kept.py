"""The signed claims that logs keep: whether each is that of its line, by the keys of the record (ADR 0021)."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import Engine

from engine.claims import holds
from models.claims import ClaimKey
from models.events import Transition
from rules.access.claims import wrong_record
from store.chains import WrongClaim
from store.claim_keys import claim_keys


def wrong_claims(engine: Engine) -> WrongClaim:
    """Asks of a line that carries a claim whether it is another's, or nobody's signature; retired keys still tell."""
    keys = claim_keys(engine)
    return lambda case_id, says: _is_wrong(case_id, says, keys)


def _is_wrong(case_id: str, says: Mapping[str, Any], keys: Mapping[str, ClaimKey]) -> bool:
    try:
        step = Transition.model_validate({**says, "events": _refusals(says)})
    except ValidationError:
        return True
    return wrong_record(case_id, step, keys, holds) is not None


def _refusals(says: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events that tell which command was meant: others are as long as a ledger, and say nothing of the claim."""
    events = cast("list[dict[str, Any]]", says["events"])
    return [one for one in events if one.get("kind") == "command_refused"]
