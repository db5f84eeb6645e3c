"""Source locations and diagnostics, shared by every tool of the toolchain.

A location is a plain int, `Loc`, so that tokens, AST nodes, IR and machine instructions can carry
one at no cost.  `LocationTable` hands out disjoint ranges of ints to whoever has text (the
preprocessor: one int per output token; the assembler and the linker: one int per character) and
asks that owner to resolve an int when, and only when, somebody wants to print it.

`Diagnostics` collects and prints messages in gcc's format:

    file.c:3:7: error: 'x' undeclared
        3 |   y = x;
          |       ^
"""
from __future__ import annotations

from bisect import bisect_right
from typing import Final, NoReturn, Protocol, TextIO

Loc = int
NO_LOC: Final = 0

NOTE: Final = 0
WARNING: Final = 1
ERROR: Final = 2
FATAL: Final = 3
SEVERITY_NAMES: Final = ("note", "warning", "error", "fatal error")
SEVERITY_COLOURS: Final = ("\x1b[01;36m", "\x1b[01;35m", "\x1b[01;31m", "\x1b[01;31m")


class Location:
    """A resolved `Loc`.  `line` and `column` count from 1; 0 means unknown.

    `text` is the whole source line without its newline (empty if unknown), `length` the number of
    columns to underline.  `chain` holds outer locations with the phrase that introduces each
    ("In file included from", "in expansion of macro 'X'", "inlined from 'f'"), innermost first.
    """

    def __init__(self, file: str, line: int, column: int, text: str = "", length: int = 1) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        self.length = length
        self.chain: list[tuple[str, Location]] = []


class Resolver(Protocol):
    """Owner of one range of locations."""

    def resolve(self, offset: int) -> Location:
        """The location of the element at `offset` (0-based) of the owner's range."""


class LocationTable:
    """Disjoint ranges of `Loc`, each with its resolver.  `Loc` 0 is "nowhere"."""

    def __init__(self) -> None:
        self._bases: list[int] = []
        self._resolvers: list[Resolver] = []
        self._next = 1

    def add(self, length: int, resolver: Resolver) -> Loc:
        """Reserve `length` consecutive locations; returns the first of them."""
        base = self._next
        self._bases.append(base)
        self._resolvers.append(resolver)
        self._next = base + length + 1
        return base

    def inlined(self, loc: Loc) -> tuple[Loc, int, InlineResolver] | None:
        """If `loc` belongs to an inlined copy of a function body: the copy's first location, how many it has, its resolver."""
        i = bisect_right(self._bases, loc) - 1
        if loc <= 0 or i < 0:
            return None
        resolver = self._resolvers[i]
        if not isinstance(resolver, InlineResolver):
            return None
        base = self._bases[i]
        end = self._bases[i + 1] if i + 1 < len(self._bases) else self._next
        return base, end - base - 1, resolver

    def owner(self, loc: Loc) -> tuple[Resolver, int] | None:
        """Who resolves `loc`, and its offset in that one's range; None for an unknown location."""
        i = bisect_right(self._bases, loc) - 1
        return None if loc <= 0 or i < 0 else (self._resolvers[i], loc - self._bases[i])

    def resolve(self, loc: Loc) -> Location:
        """File, line, column and chain of `loc`; an empty `Location` for an unknown one."""
        i = bisect_right(self._bases, loc) - 1
        if loc <= 0 or i < 0:
            return Location("", 0, 0)
        return self._resolvers[i].resolve(loc - self._bases[i])


class TextResolver:
    """Resolver for a plain text: one location per character."""

    def __init__(self, file: str, text: str, first_line: int = 1) -> None:
        self.file = file
        self.text = text
        self.first_line = first_line

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        text = self.text
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", offset)
        line = self.first_line + text.count("\n", 0, start)
        return Location(self.file, line, offset - start + 1, text[start:] if end < 0 else text[start:end])


class InlineResolver:
    """Locations of one inlined copy of a function body: those of the body plus the call site."""

    def __init__(self, table: LocationTable, body_base: Loc, call_site: Loc, callee: str) -> None:
        self.table = table
        self.body_base = body_base
        self.call_site = call_site
        self.callee = callee

    def resolve(self, offset: int) -> Location:
        """See `Resolver`."""
        inner = self.table.resolve(self.body_base + offset)
        site = self.table.resolve(self.call_site)
        inner.chain = [*inner.chain, (f"inlined from '{self.callee}'", site), *site.chain]
        return inner


class WarningJudge(Protocol):
    """Who knows what the source itself says of warnings (`#pragma GCC diagnostic`)."""

    def severity(self, loc: Loc, option: str) -> int:
        """NOTE: the warning is not given here; WARNING or ERROR: it is given as that; -1: as the command line says."""


_SHOWN: Final = {"shadow-local": "shadow=local", "shadow-compatible-local": "shadow=compatible-local"}
"""Options whose names in messages are not those that control them."""


class ToolError(Exception):
    """The input or command line is bad; the tool stops after this message (exit status 1)."""

    def __init__(self, message: str, loc: Loc = NO_LOC) -> None:
        super().__init__(message)
        self.message = message
        self.loc = loc


class Diagnostics:
    """Prints messages and counts them.

    `warnings_as_errors` is -Werror; `max_errors` is -fmax-errors (0: no limit).  Which warnings are
    on is the caller's affair: it passes the option that controls a warning, without -W, and the
    sets say whether that one is silenced or promoted.
    """

    def __init__(self, tool: str, stream: TextIO, colour: bool = False) -> None:
        self.tool = tool
        self.stream = stream
        self.colour = colour
        self.locations = LocationTable()
        self.errors = 0
        self.warnings = 0
        self.max_errors = 0
        self.inhibit_warnings = False
        self.warnings_as_errors = False
        self.silenced: set[str] = set()
        self.promoted: set[str] = set()
        self.not_promoted: set[str] = set()
        self.judge: WarningJudge | None = None
        self.show_caret = True
        self.show_line_numbers = True
        self.show_option = True
        self.show_column = True
        self.byte_columns = False
        self.tab_stop = 8
        self._last_chain: list[tuple[str, int]] = []
        self._last_shown = ("", 0, 0)

    def note(self, loc: Loc, message: str) -> None:
        """A remark that belongs to the message before it."""
        self._emit(NOTE, loc, message, "")

    def warning(self, loc: Loc, message: str, option: str = "") -> bool:
        """A warning controlled by `-W<option>` (a trailing `=` is only for show); becomes an error under -Werror.  Whether it was given."""
        if self.inhibit_warnings:
            return False
        name = option.rstrip("=")
        severity = self.judge.severity(loc, name) if self.judge is not None else -1
        if severity == NOTE or severity < 0 and name in self.silenced:
            return False
        shown = _SHOWN.get(option, option)
        if severity == ERROR or severity < 0 and (name in self.promoted or (self.warnings_as_errors and name not in self.not_promoted)):
            self.errors += 1
            self._emit(ERROR, loc, message, "-Werror=" + shown if shown else "-Werror")
            return True
        self.warnings += 1
        self._emit(WARNING, loc, message, "-W" + shown if shown else "")
        return True

    def error(self, loc: Loc, message: str, option: str = "") -> None:
        """An error; the tool goes on, to report as many as there are, but fails in the end."""
        self.errors += 1
        self._emit(ERROR, loc, message, option)
        if self.max_errors and self.errors >= self.max_errors:
            raise TooManyErrors()

    def fatal(self, loc: Loc, message: str) -> NoReturn:
        """An error after which nothing sensible can follow."""
        self.errors += 1
        self._emit(FATAL, loc, message, "")
        raise TooManyErrors()

    def _emit(self, severity: int, loc: Loc, message: str, option: str) -> None:
        where = self.locations.resolve(loc)
        out: list[str] = []
        if where.line or where.file:
            self._includes(where, out)
            place = f"{where.file}:{where.line}:" if where.line else where.file + ":"
            if where.column and self.show_column:
                place += f"{self._column(where)}:"
        else:
            place = self.tool + ":"
        name = SEVERITY_NAMES[severity] + ":"
        if self.colour:
            place = f"\x1b[01m{place}\x1b[m"
            name = f"{SEVERITY_COLOURS[severity]}{name}\x1b[m"
        out.append(f"{place} {name} {message}" + (f" [{option}]" if option and self.show_option else "") + "\n")
        self._caret(where, severity, out)
        for phrase, outer in where.chain:
            if phrase != "In file included from":
                column = f"{self._column(outer)}:" if self.show_column else ""
                out.append(f"{outer.file}:{outer.line}:{column} note: {phrase}\n")
                self._caret(outer, NOTE, out)
        self.stream.write("".join(out))

    def _column(self, where: Location) -> int:
        """The column as printed: of the line as it is displayed, or in bytes of UTF-8 (gcc's manual, -fdiagnostics-column-unit)."""
        before = where.text[:where.column - 1]
        if self.byte_columns:
            return where.column - len(before) + len(before.encode("utf-8", "surrogateescape"))
        return where.column - len(before) + len(before.expandtabs(self.tab_stop))

    def _includes(self, where: Location, out: list[str]) -> None:
        includes = [(o.file, o.line) for phrase, o in where.chain if phrase == "In file included from"]
        if not includes or includes == self._last_chain:
            return
        self._last_chain = includes
        for i, (file, line) in enumerate(includes):
            lead = "In file included from" if i == 0 else "                 from"
            out.append(f"{lead} {file}:{line}{':' if i == len(includes) - 1 else ','}\n")

    def _caret(self, where: Location, severity: int, out: list[str]) -> None:
        if not where.text or not where.column or not self.show_caret:
            return
        here = (where.file, where.line, where.column)
        if severity == NOTE and here == self._last_shown:
            return                          # once is enough, as in gcc
        self._last_shown = here
        text = where.text.expandtabs(self.tab_stop)
        pad = " " * len(where.text[:where.column - 1].expandtabs(self.tab_stop))
        mark = "^" + "~" * max(0, min(where.length, len(text) - len(pad)) - 1)
        if self.colour:
            mark = f"{SEVERITY_COLOURS[severity]}{mark}\x1b[m"
        out.append(f"{where.line:5} | {text}\n      | {pad}{mark}\n" if self.show_line_numbers else f" {text}\n {pad}{mark}\n")


class TooManyErrors(Exception):
    """-fmax-errors reached, or a fatal error: everything has been printed already."""
