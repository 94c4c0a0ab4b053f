"""On site, by telephone: what the day brings and what is written down there, also without a network."""
