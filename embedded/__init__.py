"""The one-machine stack: PostgreSQL, the Temporal server and its UI as child processes."""
