"""The figures of a campaign: by district and sector, and week by week."""
