"""A tree of hashes over the heads of all chains (RFC 6962): one root stands for all of them, a short proof for one.

A leaf is hashed as H(0x00 || leaf), a node as H(0x01 || left || right), so that neither passes for the other.
"""

import json
from collections.abc import Sequence

from models.base import Frozen
from models.hashes import NEW, digest


class Step(Frozen):
    """One step of a proof: the hash in hex beside the way to the root, and on which side it stands."""

    side: str
    hash: str


def leaf_text(chain: str, name: str, seq: int, last: str) -> str:
    """What is hashed of one chain: `case` or `audit`, its id, the number of its last line, and that line's hash."""
    return json.dumps([chain, name, seq, last], ensure_ascii=False, separators=(",", ":"))


def root_of(leaves: Sequence[str], algorithm: str = NEW) -> str:
    """The root over the leaves in this order, named: `sha256:…`. Raises UnknownAlgorithm."""
    level = _hashed_leaves(leaves, algorithm)
    while len(level) > 1:
        level = _above(level, algorithm)
    return f"{algorithm}:{(level[0] if level else digest(algorithm, b'')).hex()}"


def proof_of(leaves: Sequence[str], place: int, algorithm: str = NEW) -> tuple[Step, ...]:
    """The hashes beside the way from one leaf to the root. Raises UnknownAlgorithm."""
    level, steps = _hashed_leaves(leaves, algorithm), list[Step]()
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            steps.append(Step(side="left" if beside < place else "right", hash=level[beside].hex()))
        level, place = _above(level, algorithm), place // 2
    return tuple(steps)


def _hashed_leaves(leaves: Sequence[str], algorithm: str) -> list[bytes]:
    return [digest(algorithm, b"\x00" + leaf.encode()) for leaf in leaves]


def _above(level: list[bytes], algorithm: str) -> list[bytes]:
    """A node without a neighbour goes up as it is: the tree of RFC 6962, built from below."""
    nodes = [_node(level[n], level[n + 1], algorithm) for n in range(0, len(level) - 1, 2)]
    return nodes + level[len(nodes) * 2 :]


def _node(left: bytes, right: bytes, algorithm: str) -> bytes:
    return digest(algorithm, b"\x01" + left + right)
