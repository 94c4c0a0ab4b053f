"""Judging one case: what a command does, what follows of itself, whose turn it is (domain §3–6)."""
