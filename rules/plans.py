"""Plans by digest: what a running case pins is found again, wherever its rules run.

Content-addressed, so a plan looked up twice is the same plan: deterministic under replay. The process that runs
rules gives a `loader` once (the database, a file); the cache then never changes an answer, only how fast it comes.
"""

from collections.abc import Callable

from models.plan import Plan

_known: dict[str, Plan] = {}
_loaders: list[Callable[[str], Plan]] = []


def remember(digest: str, plan: Plan) -> None:
    """Keep a plan that was read."""
    _known[digest] = plan


def load_with(loader: Callable[[str], Plan]) -> None:
    """Where to look for plans that are not known yet."""
    _loaders[:] = [loader]


def plan_by_digest(digest: str) -> Plan:
    """The plan of the digest; LookupError if nobody has it."""
    if digest not in _known:
        if not _loaders:
            raise LookupError(f"no plan {digest}")
        _known[digest] = _loaders[0](digest)
    return _known[digest]
