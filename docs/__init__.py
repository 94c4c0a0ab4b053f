"""Documentation, and the little that keeps it true."""
