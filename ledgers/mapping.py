"""Which column is which field, where somebody says so: `HEADER=FIELD`."""

from collections.abc import Iterable

from ledgers.fields import FIELD_OF


class NoMapping(ValueError):
    """Why a pair is none, in both languages."""

    def __init__(self, pair: str) -> None:
        known = ", ".join(FIELD_OF)
        self.zh = f"“{pair}”须写作 列名=字段；字段：{known}"
        self.en = f"'{pair}': write HEADER=FIELD; fields: {known}"
        super().__init__(self.en)


def read_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """Fields by header, an empty one to leave the column out. Raises NoMapping."""
    found: dict[str, str] = {}
    for pair in pairs:
        header, equals, field = (part.strip() for part in pair.rpartition("="))
        if not equals or not header or (field and field not in FIELD_OF):
            raise NoMapping(pair)
        found[header] = field
    return found
