"""The whole schema: what the migrations lead to."""

from store import (
    tables_access,
    tables_audit,
    tables_campaign,
    tables_files,
    tables_installation,
    tables_register,
    tables_self_inspection,
    tables_sign_in,
)
from store.tables import metadata

__all__ = [
    "metadata",
    "tables_access",
    "tables_audit",
    "tables_campaign",
    "tables_files",
    "tables_installation",
    "tables_register",
    "tables_self_inspection",
    "tables_sign_in",
]
