"""Ledgers of self-inspection and investigation as Excel and CSV: read, checked, written (3.1.ledger)."""
