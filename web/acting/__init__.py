"""Acting in a case: forms made from the commands' own models, and what they hand in."""
