"""A folder of signed heads apart from the database."""

from pathlib import Path

import pytest

from desk.heads import SignedHeads


@pytest.fixture
def heads(tmp_path: Path) -> SignedHeads:
    """Signed heads of a test's own."""
    return SignedHeads(tmp_path / "heads", tmp_path / "heads.key")
