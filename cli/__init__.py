"""The command line: commands in, reads out; no rules, no SQL of its own."""
