"""Hashes that name their algorithm: `sha256:…`. A text without a name is SHA-256, as older lines of the log are."""

import hashlib

ALGORITHMS: tuple[str, ...] = ("sha256", "sm3")
"""Every algorithm that a hash may name. `sm3` is computed only where OpenSSL offers it."""
NEW = "sha256"
"""With which new hashes are computed."""


class UnknownAlgorithm(ValueError):
    """A hash names an algorithm that is not in the table, or that this machine does not offer."""

    def __init__(self, name: str) -> None:
        self.name = name
        offered = [one for one in ALGORITHMS if one in hashlib.algorithms_available]
        self.zh = f"哈希算法 {name} 在本机不能使用；可选：{'、'.join(offered)}"
        self.en = f"the hash algorithm {name} is not offered here; known: {', '.join(offered)}"
        super().__init__(self.en)


def digest(algorithm: str, content: bytes) -> bytes:
    """The raw hash. Raises UnknownAlgorithm."""
    if algorithm not in ALGORITHMS:
        raise UnknownAlgorithm(algorithm)
    try:
        return hashlib.new(algorithm, content).digest()
    except ValueError:
        raise UnknownAlgorithm(algorithm) from None


def hashed(content: bytes, algorithm: str = NEW) -> str:
    """`sha256:` and the hash in hex. Raises UnknownAlgorithm."""
    return f"{algorithm}:{digest(algorithm, content).hex()}"


def named(stored: str) -> str:
    """A stored hash with the name of its algorithm; one without a name is SHA-256."""
    return stored if ":" in stored else f"sha256:{stored}"


def chained(before: str, body: str, like: str = NEW) -> str:
    """The hash of a line: of the stored hash of the line before and its body, written as `like` is.

    `like`: an algorithm, or a stored hash, with or without the name of its algorithm. Raises UnknownAlgorithm.
    """
    algorithm, colon, _ = like.partition(":")
    if not colon and like not in ALGORITHMS:
        return hashlib.sha256((before + body).encode()).hexdigest()
    return hashed((before + body).encode(), algorithm)
