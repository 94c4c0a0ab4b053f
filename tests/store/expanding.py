"""Whether a migration only adds, so that the version before it goes on with the schema that it makes."""

import io
import re
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations

_NAME = r'(?:ONLY\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"?(\w+)"?'
_MADE = re.compile(rf"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+{_NAME}", re.I)
# a group names the table: what is done to one that the migration itself has made is no matter of older code
_TAKES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "drops": r"^\s*DROP\s+(?!INDEX\b)\w+",
        "drops a part of a table": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\bDROP\b(?!\s+(?:DEFAULT|NOT\s+NULL)\b)",
        "renames": rf"\bALTER\s+\w+\s+{_NAME}[^;]*?\bRENAME\b",
        "changes a type": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\bTYPE\b",
        "wants a value": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\bSET\s+NOT\s+NULL\b",
        "wants a value of a new column": rf"\bALTER\s+TABLE\s+{_NAME}\s+ADD\b(?![^;]*\bDEFAULT\b)[^;]*\bNOT\s+NULL\b",
        "takes a default away": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\bDROP\s+DEFAULT\b",
        "adds a condition": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\bADD\s+(?:CONSTRAINT|CHECK|UNIQUE|FOREIGN|PRIMARY)\b",
        "allows no duplicate": rf"\bCREATE\s+UNIQUE\s+INDEX\b[^;]*?\bON\s+{_NAME}",
        "takes a right away": r"^\s*REVOKE\b",
        "shows fewer rows": rf"\bCREATE\s+POLICY\s+\w+\s+ON\s+{_NAME}[^;]*?\bAS\s+RESTRICTIVE\b",
        "hides rows": rf"\bALTER\s+TABLE\s+{_NAME}[^;]*?\b(?:ENABLE|FORCE)\s+ROW\s+LEVEL\s+SECURITY\b",
        "replaces": r"\bCREATE\s+OR\s+REPLACE\b",
        "refuses": r"\bRAISE\s+EXCEPTION\b",
    }.items()
}


def statements_of(migration: ModuleType) -> str:
    """All that the migration would say to PostgreSQL; nothing is run."""
    said = io.StringIO()
    opts = {"as_sql": True, "output_buffer": said, "literal_binds": True}
    with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts=opts)):
        migration.upgrade()
    return said.getvalue()


def takes_away(sql: str) -> list[str]:
    """What in it the version before may not bear, each by its name; the bodies of functions are looked at too."""
    sql = re.sub(r"--[^\n]*", "", sql)
    made = {name.lower() for name in _MADE.findall(sql)}
    pieces = [piece for piece in re.split(r";|\$\w*\$|\bBEGIN\b", sql) if piece.strip()]
    found: list[str] = []
    for name, pattern in _TAKES.items():
        for piece in pieces:
            match = pattern.search(piece)
            table = match.group(1).lower() if match and match.groups() else None
            if match and table not in made:
                found.append(name)
                break
    return found
