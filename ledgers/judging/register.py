"""What the checks ask of the register of subjects. They ask for many at once, never row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

NameKey = tuple[str | None, str]
"""A district code (None: any district) and a name as `rules/subjects/names.py:normalised_name` gives it."""
BATCH = 5_000
"""The most keys in one question."""


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """A subject of the register, as far as a ledger needs it."""

    id: str
    name: str
    district: str
    code: str | None = None
    street: str | None = None
    sector: str | None = None


class Register(Protocol):
    """Looks subjects up in batches of at most BATCH keys; a key that is not there is left out of the answer."""

    def by_codes(self, codes: Sequence[str]) -> Mapping[str, KnownSubject]:
        """The subjects with these unified credit codes (capitals, no spaces)."""
        ...

    def by_names(self, names: Sequence[NameKey]) -> Mapping[NameKey, Sequence[KnownSubject]]:
        """All subjects with these normalised names, in the district where one is given."""
        ...


class EmptyRegister:
    """A register in which nobody stands yet."""

    def by_codes(self, codes: Sequence[str]) -> Mapping[str, KnownSubject]:
        """Nobody."""
        return {}

    def by_names(self, names: Sequence[NameKey]) -> Mapping[NameKey, Sequence[KnownSubject]]:
        """Nobody."""
        return {}
