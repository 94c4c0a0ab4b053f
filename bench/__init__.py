"""Measures, as ratios within one run; reports, not gates."""
