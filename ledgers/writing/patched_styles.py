"""The sender's styles with ours behind them: fills for errors and warnings, a bold red header. Child only."""

from ledgers.writing.notes import ERROR_FILL, WARNING_FILL
from ledgers.writing.splice import Element, Splice, Unchangeable, with_attributes

_LISTS = ("fonts", "fills", "cellXfs")


class Styles:
    """Styles by number: those of the part, and what was added behind them."""

    def __init__(self, content: bytes):
        self.splice = Splice(content)
        self.raw: list[bytes] = []
        """The `xf` of each style of a cell."""
        self.counts: dict[str, int] = dict.fromkeys(_LISTS, 0)
        self.ends: dict[str, tuple[Element, int]] = {}
        self._path: list[str] = []
        self.splice.walk(self._begin, self._end)
        if set(self.ends) != set(_LISTS) or not self.raw:
            raise Unchangeable("styles")
        p = self.splice.prefix
        self.added: list[bytes] = []
        self._made: dict[tuple[int, bool], int] = {}
        wrap = f'<{p}alignment vertical="top" wrapText="1"/>'
        font, fill = self.counts["fonts"], self.counts["fills"]
        self.fills = {True: fill, False: fill + 1}

        def look(fonts: int, fills: int) -> int:
            applied = 'applyFont="1" applyFill="1" applyAlignment="1"'
            ids = f'numFmtId="0" fontId="{fonts}" fillId="{fills}" borderId="0" xfId="0"'
            return self._add(f"<{p}xf {ids} {applied}>{wrap}</{p}xf>".encode())

        self.head, self.bold, self.plain = look(font, 0), look(font + 1, 0), look(0, 0)
        self._said = {True: look(0, fill), False: look(0, fill + 1)}

    def said(self, wrong: bool) -> int:
        """Of a cell in the column of problems."""
        return self._said[wrong]

    def coloured(self, style: int, wrong: bool) -> int:
        """A style like that one, with the colour of an error or a warning behind it."""
        key = style, wrong
        if key not in self._made:
            if style >= len(self.raw):
                raise Unchangeable(f"style {style}")
            raw = self.raw[style]
            tag, rest = raw[: raw.index(b">") + 1], raw[raw.index(b">") + 1 :]
            changed = with_attributes(tag, fillId=str(self.fills[wrong]), applyFill="1")
            self._made[key] = self._add(changed + rest)
        return self._made[key]

    def content(self) -> bytes:
        """The part with what was added."""
        p = self.splice.prefix
        red = f'<{p}font><{p}b/><{p}sz val="11"/><{p}color rgb="FFC00000"/></{p}font>'
        bold = f'<{p}font><{p}b/><{p}sz val="11"/></{p}font>'
        fills = "".join(
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FF{colour}"/><{p}bgColor indexed="64"/>'
            f"</{p}patternFill></{p}fill>"
            for colour in (ERROR_FILL, WARNING_FILL)
        )
        new: dict[str, list[bytes]] = {
            "fonts": [red.encode(), bold.encode()],
            "fills": [fills.encode()],
            "cellXfs": self.added,
        }
        more: dict[str, int] = {"fonts": 2, "fills": 2, "cellXfs": len(self.added)}
        for name, (element, inside) in self.ends.items():
            tag = self.splice.content[element.start : element.inside]
            count = str(self.counts[name] + more[name])
            self.splice.put(element.start, element.inside, with_attributes(tag, count=count))
            self.splice.put(inside, inside, b"".join(new[name]))
        return self.splice.done()

    def _add(self, xf: bytes) -> int:
        self.added.append(xf)
        return len(self.raw) + len(self.added) - 1

    def _begin(self, element: Element) -> None:
        if len(self._path) == 2 and self._path[1] in _LISTS:
            self.counts[self._path[1]] += 1
        self._path.append(element.name)

    def _end(self, element: Element, inside: int, end: int) -> None:
        self._path.pop()
        if len(self._path) == 1 and element.name in _LISTS and not element.empty:
            self.ends[element.name] = element, inside
        elif len(self._path) == 2 and self._path[1] == "cellXfs":
            self.raw.append(self.splice.content[element.start : end])
