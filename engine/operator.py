"""Who works at the command line of this machine, as the operating system knows it: in claims, audit and mandates."""

import os

from embedded.account import account_name
from models.audit import AuditActor


def operator_name() -> str:
    """The account that somebody signed in with here; under sudo the one that called it, not root."""
    caller = os.environ.get("SUDO_UID", "") if os.geteuid() == 0 else ""
    return account_name(int(caller) if caller.isdecimal() else os.getuid())


def operator() -> AuditActor:
    """The same, as the audit log names him."""
    return AuditActor(account=f"os:{operator_name()}")
