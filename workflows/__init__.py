"""Durability only: wait, decide, record."""
