"""The clocks of a case: what runs, for how long, by which calendar, how urgent it is (domain §5)."""
