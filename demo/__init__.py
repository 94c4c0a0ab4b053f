"""The demonstration: a campaign in full swing, by real commands to real workflows, on virtual dates."""
