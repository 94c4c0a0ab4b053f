"""Vocabulary: frozen types for plan, case, commands, events and refusals. No I/O."""
