"""What a field of a form is: its kind, its options, its value."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from models.files import AttachedFile
from rules.words.naming import Both

Kind = Literal[
    "line",
    "text",
    "lines",
    "choice",
    "ticks",
    "tick",
    "yes_no",
    "day",
    "instant",
    "amount",
    "group",
    "rows",
    "row",
    "hidden",
    "files",
]


class Option(NamedTuple):
    """A value that may be chosen; `group` is what it stands under."""

    value: str
    zh: str
    en: str
    group: Both = Both("", "")


@dataclass(frozen=True)
class FormField:
    """A field; `name` is its place in the command, as `findings.0.description`. `preset`: it says nothing by itself.

    A group has parts, rows have rows, and each row parts. `free`: more than the options may be written. `search`: the
    address that answers what is typed with values to choose from. `kept`: of a field for files, those that came before.
    `starred`: it is needed where its row is filled in, and the row may be left empty.
    """

    name: str
    kind: Kind
    label: Both
    required: bool = False
    options: tuple[Option, ...] = ()
    parts: tuple["FormField", ...] = ()
    value: tuple[str, ...] = ()
    hint: Both | None = None
    preset: bool = False
    free: bool = False
    search: str = ""
    kept: tuple[AttachedFile, ...] = ()
    starred: bool = False
