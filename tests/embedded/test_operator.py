"""Who works at the command line is one person, in the audit log, in signed claims and in mandates."""

import os

import pytest

from embedded.account import account_name
from engine.claims import console
from engine.operator import operator


@pytest.mark.parametrize(
    ("root", "called_by", "uid"), [(True, "1", 1), (True, "", 0), (True, "x", 0), (False, "1", 1000), (True, None, 0)]
)
def test_under_sudo_it_is_whoever_called_it_everywhere(
    monkeypatch: pytest.MonkeyPatch, root: bool, called_by: str | None, uid: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(os, "getuid", lambda: 0 if root else 1000)
    monkeypatch.delenv("SUDO_UID", raising=False)
    if called_by is not None:
        monkeypatch.setenv("SUDO_UID", called_by)
    name = account_name(uid)
    assert operator().account == f"os:{name}"
    assert console().door == f"console:{name}"
