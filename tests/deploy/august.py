"""The next version: this tree, changed as the recipe for a rule in August says (docs/handbook/en/upgrade.md).

One change of each kind: a column, a field of a command, of its event and of the case, what follows of a command, a
refusal at the door. `careless` is the same refusal in the wrong place.
"""

from collections.abc import Mapping
from pathlib import Path

MIGRATION = '''"""Which cases have an urgent note."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{last}"


def upgrade() -> None:
    op.add_column("cases", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
'''
_URGENT = "urgent: Literal[True] | None = Field(default=None, exclude_if=is_none)"
_NOTE = '    do: Literal["add_note"] = "add_note"\n    text: Text\n'
_ADDED = '    kind: Literal["note_added"] = "note_added"\n    text: str\n'
EDITS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "models/commands.py": ((_NOTE, f"{_NOTE}    {_URGENT}\n"),),
    "models/events.py": ((_ADDED, f"{_ADDED}    {_URGENT}\n"),),
    "models/case.py": (("    listed: Literal[", f"    {_URGENT}\n    listed: Literal["),),
    "rules/case/case_file.py": (
        ("NoteAdded(text=command.text, refs=command.refs)", "NoteAdded(**command.model_dump(include=_SAID))"),
        ("Judged = tuple", '_SAID = {"text", "refs", "urgent"}\nJudged = tuple'),
    ),
    "rules/case/evolve.py": (
        ("    OfficersAssigned,\n", "    NoteAdded,\n    OfficersAssigned,\n"),
        (
            "        case OfficersAssigned():\n",
            "        case NoteAdded(urgent=True):\n            return {'urgent': True}\n"
            "        case OfficersAssigned():\n",
        ),
    ),
    "store/fold.py": (
        ('        "seq": case.seq,\n', '        "seq": case.seq,\n        "urgent": bool(case.urgent),\n'),
    ),
    "store/tables.py": (
        ('    Column("listed", Text),\n', '    Column("listed", Text),\n'
         '    Column("urgent", Boolean, nullable=False, server_default="false"),\n'),
    ),
    # what follows of a command: hazards are due five days sooner than the plan of the running campaign says
    "rules/case/investigation.py": (
        (
            "    due_at = assignment.due or rectification_due(plan, case, finding, now)\n",
            "    due_at = assignment.due or rectification_due(plan, case, finding, now) - _SOONER\n",
        ),
        ("from datetime import datetime\n", "from datetime import datetime, timedelta\n"),
        ("\n\ndef register(", "\n\n_SOONER = timedelta(days=5)\n\n\ndef register("),
    ),
    "rules/words/refusals.py": (
        (
            '    "unknown_ref": (',
            '    "note_without_ref": ("August", "说明须写明所涉问题", "A note names the findings that it is about"),\n'
            '    "unknown_ref": (',
        ),
    ),
}  # fmt: skip
DOOR = {
    "rules/case/door.py": (
        ("SINCE: Mapping[str, str] = {", 'SINCE: Mapping[str, str] = {"note_without_ref": "notes-in-august", '),
        ("    AcceptRestart,\n", "    AcceptRestart,\n    AddNote,\n"),
        (
            "    if isinstance(command, Open) and",
            '    if isinstance(command, AddNote) and not command.refs:\n        return refuse("note_without_ref")\n'
            "    if isinstance(command, Open) and",
        ),
    ),
}
CARELESS = {
    "rules/case/case_file.py": (
        (
            '    """A note for the file, on the case or on some findings."""\n',
            '    """A note for the file, on the case or on some findings."""\n'
            '    if not command.refs:\n        return refuse("note_without_ref")\n',
        ),
    ),
}


def in_august(tree: Path) -> None:
    """The tree as the recipe leaves it."""
    _edit(tree, EDITS)
    _edit(tree, DOOR)
    versions = tree / "store" / "migrations" / "versions"
    last = max(versions.glob("[0-9]*.py")).name[:4]
    (versions / "9001_urgent_notes.py").write_text(MIGRATION.format(last=last))


def careless(tree: Path) -> None:
    """The tree of somebody who has not read it: the refusal stands where replays ask too."""
    _edit(tree, {"rules/words/refusals.py": EDITS["rules/words/refusals.py"]})
    _edit(tree, CARELESS)


def _edit(tree: Path, edits: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
    for name, changes in edits.items():
        file = tree / name
        text = file.read_text(encoding="utf-8")
        file.unlink()  # it may be the file of this checkout
        for old, new in changes:
            assert text.count(old) == 1, f"{name}: {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
