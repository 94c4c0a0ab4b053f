"""Judgement: pure functions, no clock of their own, no I/O. `decide` gives events or a refusal, `evolve` the case."""
