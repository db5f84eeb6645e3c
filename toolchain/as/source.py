"""Where statements come from: files, macro bodies, repeat blocks."""
from __future__ import annotations

from toolchain.diagnostics import Loc, Location, LocationTable


class Source:
    """Lines being read; `next` is the index of the line after the current one."""

    def __init__(self, lines: list[str], base: Loc, whole: bool) -> None:
        """`base` is the location of the first character (`whole`) or of every line (not `whole`)."""
        self.lines = lines
        self.base = base
        self.whole = whole
        self.next = 0
        self.offset = 0             # of the line `next`
        self.rest: list[tuple[int, str]] = []   # statements of the current line that are still to come
        self.stop = False           # .exitm, .end

    def take(self) -> tuple[str, Loc]:
        """The next line and its location."""
        line = self.lines[self.next]
        self.next += 1
        loc = self.base + self.offset if self.whole else self.base
        self.offset += len(line) + 1
        return line, loc


class FileResolver:
    """Locations of a file with preprocessor line markers: one per character."""

    def __init__(self, file: str, text: str, outer: Loc, table: LocationTable) -> None:
        self.file = file
        self.text = text
        self.outer = outer
        self.table = table
        self.markers: list[tuple[int, int, str]] = []       # (offset of the line after the marker, line, file)

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        text = self.text
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", offset)
        file, line, base = self.file, 1, 0
        for place, number, name in self.markers:
            if place > offset:
                break
            file, line, base = name, number, place
        line += text.count("\n", base, start)
        whole = text[start:] if end < 0 else text[start:end]
        where = Location(file, line, _visible(whole, offset - start), whole)
        if self.outer:
            outer = self.table.resolve(self.outer)
            where.chain = [("In file included from", outer), *outer.chain]
        return where


class ExpansionResolver:
    """Locations inside the text of a macro or repeat expansion: one per character."""

    def __init__(self, what: str, lines: list[str], defined: Loc, site: Loc, table: LocationTable) -> None:
        self.what = what
        self.lines = lines
        self.defined = defined
        self.site = site
        self.table = table

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        n = 0
        while n < len(self.lines) - 1 and offset > len(self.lines[n]):
            offset -= len(self.lines[n]) + 1
            n += 1
        site = self.table.resolve(self.site)
        defined = self.table.resolve(self.defined)
        line = self.lines[n] if n < len(self.lines) else ""
        where = Location(defined.file or site.file, defined.line + n + 1, _visible(line, offset), line)
        where.chain = [(self.what, site), *site.chain]
        return where


def _visible(line: str, offset: int) -> int:
    """Column, from 1, of the first character from `offset` on that is not blank: a statement begins there."""
    place = offset
    while place < len(line) and line[place] in " \t":
        place += 1
    return (place if place < len(line) else offset) + 1
