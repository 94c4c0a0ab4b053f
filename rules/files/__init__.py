"""Files that people write, read whole or refused with line and remedy: plans, scripts, calendars."""
