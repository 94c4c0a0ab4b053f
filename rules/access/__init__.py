"""Who may do what, and where (domain §7)."""
