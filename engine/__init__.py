"""Temporal's client: connect, seal, start, hand in, ask, signal, schedule. The one room that knows how to reach it."""
