"""The pages: read-only, in Chinese and English; no SQL of their own, no rules."""
