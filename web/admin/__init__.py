"""The wing of administration: how the system runs, who was let in, what was done."""
