"""What a finding looked like when a ledger was exported: changes with all that a ledger shows of it, and its state."""

import hashlib
from datetime import datetime


def finding_version(
    category: str, grade: str, description: str, responsible: str | None, due_at: datetime | None, state: str
) -> str:
    """Twelve hexadecimal digits over the facts."""
    due = due_at.timestamp() if due_at else None
    shown = repr((category, grade, description, responsible, due, state))
    return hashlib.sha256(shown.encode()).hexdigest()[:12]
