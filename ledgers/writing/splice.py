"""Changes to an XML part by places in its bytes: all else of it stays as it was, to the byte. Child only."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ledgers.reading.xlsx_parts import Attributes, new_parser

_TAG = re.compile(rb"<[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>")


class Unchangeable(Exception):
    """The part is written in a way that is not understood here; nothing of it was changed."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element where it stands: its name without prefix, its attributes, its start tag, whether it is empty."""

    name: str
    attributes: Attributes
    start: int
    inside: int
    """Where its start tag ends."""
    empty: bool


@dataclass(slots=True)
class Splice:
    """The bytes of a part, and what is to be put in place of which of them."""

    content: bytes
    prefix: str = ""
    """Of the root's names, with its colon."""
    changes: list[tuple[int, int, bytes]] = field(default_factory=list[tuple[int, int, bytes]])

    def walk(self, begin: Callable[[Element], None], end: Callable[[Element, int, int], None]) -> None:
        """Each element as it begins, and as it ends: where its content ends, and where it ends itself."""
        parser = new_parser()
        open_elements: list[Element] = []
        content = self.content

        def started(name: str, attributes: Attributes) -> None:
            place = parser.CurrentByteIndex
            tag = _TAG.match(content, place)
            if tag is None:
                raise Unchangeable(name)
            if not open_elements:
                before, colon, _ = name.rpartition(":")
                self.prefix = before + colon
            element = Element(
                name.rpartition(":")[2], attributes, place, tag.end(), content[tag.end() - 2 : tag.end()] == b"/>"
            )
            open_elements.append(element)
            begin(element)

        def ended(_: str) -> None:
            element = open_elements.pop()
            if element.empty:
                end(element, element.inside, element.inside)
                return
            closes = parser.CurrentByteIndex
            end(element, closes, content.index(b">", closes) + 1)

        def declared(_: str, encoding: str | None, __: int) -> None:
            if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii", "ascii"):
                raise Unchangeable(str(encoding))

        parser.XmlDeclHandler = declared
        parser.StartElementHandler, parser.EndElementHandler = started, ended
        parser.Parse(content, True)

    def put(self, start: int, end: int, new: bytes) -> None:
        """`new` instead of what stands from `start` to `end`; the same place twice means before it."""
        self.changes.append((start, end, new))

    def done(self) -> bytes:
        """The part with all its changes."""
        parts: list[bytes] = []
        at = 0
        for start, end, new in sorted(self.changes, key=lambda change: change[:2]):
            if start < at:
                raise Unchangeable(f"{start} < {at}")
            parts += (self.content[at:start], new)
            at = end
        return b"".join((*parts, self.content[at:]))


def with_attributes(tag: bytes, **changed: str | None) -> bytes:
    """A start tag with attributes set, or (None) taken out."""
    for name in changed:
        tag = re.sub(rb"\s+%s\s*=\s*(?:\"[^\"]*\"|'[^']*')" % name.encode(), b"", tag, count=1)
    new = "".join(f' {name}="{value}"' for name, value in changed.items() if value is not None).encode()
    closing = 2 if tag.endswith(b"/>") else 1
    return tag[:-closing] + new + tag[-closing:]
