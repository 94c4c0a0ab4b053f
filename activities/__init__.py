"""Effects: idempotent, one file an effect."""
