"""Deeds outside of a case: in a campaign, in the register of subjects, among people. Each is a form of its own."""
