"""The desk where commands are handed in: to the running case, or to the record when the case has ended."""
