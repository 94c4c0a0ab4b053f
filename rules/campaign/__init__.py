"""Judging a campaign as a whole: its calendar (domain §5)."""
