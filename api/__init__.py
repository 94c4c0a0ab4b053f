"""The JSON API (contracts §3): commands in, reads out; no SQL of its own, no rules."""
