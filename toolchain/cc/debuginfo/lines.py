"""The line table: which source line each instruction belongs to, through `Streamer.line`.

Locations are resolved once each; a row is written only where the place changes."""
from __future__ import annotations

import os
from typing import Final

from toolchain.cc.debuginfo.scopes import Definitions, FunctionScopes
from toolchain.cc.ir.debug import VariablePlaces
from toolchain.diagnostics import Diagnostics, Loc
from toolchain.mc.model.expr import MCSymbol
from toolchain.mc.model.streamer import Streamer

PROLOGUE_END: Final = (("prologue_end", 1),)


class FunctionRange:
    """Where a function's code lies."""

    def __init__(self, symbol: MCSymbol, name: str) -> None:
        self.symbol = symbol
        self.name = name
        self.end: MCSymbol | None = None
        self.scopes: FunctionScopes | None = None


class Lines:
    """The code generator's `LineSink`."""

    def __init__(self, streamer: Streamer, diagnostics: Diagnostics, source: str, directory: str, prefixes: list[tuple[str, str]],
                 version: int, definitions: Definitions) -> None:
        self.streamer = streamer
        self.diagnostics = diagnostics
        self.prefixes = prefixes
        self.directory = self.map(directory)
        self.source = self.map(source)
        self.version = version
        self.files: dict[str, int] = {}
        self.places: dict[Loc, tuple[int, int, int]] = {}
        self.last = (0, 0, 0)
        self.functions: list[FunctionRange] = []
        self.definitions = definitions
        self.scopes: FunctionScopes | None = None
        self.function_loc: Loc = 0
        self.in_prologue = False
        if version >= 5:
            streamer.line_file(0, self.directory, self.source, None)
        self.file(self.source)

    def map(self, path: str) -> str:
        """-ffile-prefix-map and -fdebug-prefix-map: the last that fits holds."""
        for old, new in reversed(self.prefixes):
            if path.startswith(old):
                return new + path[len(old):]
        return path

    def file(self, name: str) -> int:
        """Number of a source file, declared at first mention."""
        number = self.files.get(name)
        if number is None:
            number = len(self.files) + 1
            self.files[name] = number
            self.streamer.line_file(number, os.path.dirname(name), os.path.basename(name) if "/" in name else name, None)
        return number

    def place(self, loc: Loc) -> tuple[int, int, int]:
        """(file number, line, column) of a location; line 0 if it is unknown."""
        found = self.places.get(loc)
        if found is None:
            copied = self.diagnostics.locations.inlined(loc)
            if copied is not None:                  # the place in the body serves all its copies
                found = self.places[loc] = self.place(copied[2].body_base + loc - copied[0])
                return found
            where = self.diagnostics.locations.resolve(loc)
            for phrase, outer in where.chain:
                if phrase.startswith("in expansion of macro"):
                    where = outer               # a macro's code belongs to the line that uses it
                elif not phrase.startswith("In file included"):
                    break
            found = (self.file(self.map(where.file)) if where.file and where.line else 0, where.line, where.column)
            self.places[loc] = found
        return found

    # ------------------------------------------------------------ LineSink
    def instruction(self, loc: Loc, prologue: bool) -> None:
        """The next instruction belongs to `loc`.  What stores the parameters is part of the prologue."""
        if not loc:
            return
        place = self.place(loc)
        if place[0]:
            if self.in_prologue and not prologue and loc != self.function_loc:
                self.in_prologue = False
                self.last = place
                self.streamer.line(place[0], place[1], place[2], PROLOGUE_END)
            elif place != self.last:
                self.last = place
                self.streamer.line(place[0], place[1], place[2], ())
        scopes = self.scopes
        if scopes is not None and not prologue:
            scope = scopes.scope_of(loc)
            if scope is not scopes.current:
                label = self.streamer.temporary()
                self.streamer.label(label, 0)
                scopes.enter(scope, label)

    def function_start(self, symbol: MCSymbol, name: str, loc: Loc) -> None:
        """A function begins here."""
        self.last = (0, 0, 0)
        self.function_loc = loc
        self.in_prologue = True
        place = FunctionRange(symbol, name)
        place.scopes = self.scopes = FunctionScopes(self.diagnostics.locations, self.definitions, self.definitions.definition(name))
        self.scopes.enter(self.scopes.root, symbol)
        self.functions.append(place)

    def function_end(self, symbol: MCSymbol, end: MCSymbol, variables: list[VariablePlaces]) -> None:
        """The function has ended at `end`."""
        self.functions[-1].end = end
        if self.scopes is not None:
            self.scopes.leave(end)
            self.scopes.place(variables)
