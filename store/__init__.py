"""The permanent record in PostgreSQL: tables, the one write path, queries, migrations."""
