"""Names that `--json` had before the answers were composed once (views); accepted beside the new ones for a version."""

from typing import Any

# of a document or of each item in one of its lists: the new name, the old one
_OLD = {"case_id": "case", "due_at": "due", "next_role": "next"}


def with_old_names(document: dict[str, Any], items: str | None = None) -> dict[str, Any]:
    """The document with the old names beside the new ones; those of the items of its list, where one is named."""
    if items is not None:
        return {**document, items: [with_old_names(item) for item in document[items]]}
    return document | {old: document[new] for new, old in _OLD.items() if new in document}
