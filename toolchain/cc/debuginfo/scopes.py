"""Scopes of a function as debug information has them: blocks with variables, and the functions inlined into it.

Which scope an instruction belongs to follows from its location: blocks of the source are intervals of locations, and an inlined copy
of a function body has locations of its own (`diagnostics.InlineResolver`).
"""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir.debug import ArrayAddress, VariablePlaces
from toolchain.cc.parse.ast import (
    ST_CASE,
    ST_COMPOUND,
    ST_DECL,
    ST_DO,
    ST_FOR,
    ST_IF,
    ST_LABEL,
    ST_SWITCH,
    ST_WHILE,
    Case,
    Compound,
    Decl,
    For,
    FunctionDef,
    If,
    Labelled,
    Loop,
    Stmt,
    Switch,
    Symbol,
)
from toolchain.cc.types import ArrayType
from toolchain.diagnostics import Loc, LocationTable
from toolchain.mc.model.expr import MCSymbol

MAX_DEPTH: Final = 200


class Scope:
    """A block, or one inlined copy of a function (`callee` is its name), or the function itself.  Locations [first, last] are
    those of the function's own text."""

    def __init__(self, parent: Scope | None, first: Loc, last: Loc) -> None:
        self.parent = parent
        self.first = first
        self.last = last
        self.symbols: list[Symbol] = []
        self.children: list[Scope] = []
        self.callee = ""
        self.definition: FunctionDef | None = None
        self.call_site: Loc = 0
        self.counts: list[tuple[ArrayType, VariablePlaces]] = []
        """Of a function or copy: the numbers of elements of its arrays of variable length."""
        self.segments: list[int] = []           # numbers of stretches of code
        self.variables: list[tuple[Symbol, VariablePlaces | None]] = []


def outline(definition: FunctionDef, root: Scope, scopes: list[Scope]) -> None:
    """Append the function's blocks with variables to `scopes`, outer ones first, beginning with `root`."""
    scopes.append(root)
    _items(definition.body, root, scopes, 0)


def _items(c: Compound, scope: Scope, scopes: list[Scope], depth: int) -> None:
    for k, item in enumerate(c.items):
        if item.op == ST_DECL:
            scope.symbols.append(cast(Decl, item).symbol)
        else:
            end = c.items[k + 1].loc - 1 if k + 1 < len(c.items) else c.end_loc
            _statement(item, max(end, item.loc), scope, scopes, depth)


def _statement(s: Stmt, end: Loc, scope: Scope, scopes: list[Scope], depth: int) -> None:
    if depth > MAX_DEPTH:
        return
    op = s.op
    if op == ST_COMPOUND:
        c = cast(Compound, s)
        if any(item.op == ST_DECL for item in c.items):
            scope = _scope(scope, s.loc, c.end_loc or end, scopes)
        _items(c, scope, scopes, depth + 1)
    elif op == ST_FOR:
        f = cast(For, s)
        declared = f.init
        if declared is not None and declared.op in (ST_DECL, ST_COMPOUND):
            scope = _scope(scope, s.loc, end, scopes)
            if declared.op == ST_DECL:
                scope.symbols.append(cast(Decl, declared).symbol)
            else:
                scope.symbols += [cast(Decl, d).symbol for d in cast(Compound, declared).items if d.op == ST_DECL]
        _statement(f.body, end, scope, scopes, depth + 1)
    elif op == ST_WHILE or op == ST_DO:
        _statement(cast(Loop, s).body, end, scope, scopes, depth + 1)
    elif op == ST_IF:
        i = cast(If, s)
        _statement(i.then, i.other.loc - 1 if i.other is not None else end, scope, scopes, depth + 1)
        if i.other is not None:
            _statement(i.other, end, scope, scopes, depth + 1)
    elif op == ST_SWITCH:
        _statement(cast(Switch, s).body, end, scope, scopes, depth + 1)
    elif op == ST_CASE:
        _statement(cast(Case, s).body, end, scope, scopes, depth + 1)
    elif op == ST_LABEL:
        _statement(cast(Labelled, s).body, end, scope, scopes, depth + 1)


def _scope(parent: Scope, first: Loc, last: Loc, scopes: list[Scope]) -> Scope:
    s = Scope(parent, first, last)
    parent.children.append(s)
    scopes.append(s)
    return s


class Definitions:
    """Finds definitions by assembler name; the unit's part."""

    def definition(self, name: str) -> FunctionDef | None:
        """The definition of a function of this unit."""
        raise NotImplementedError


class FunctionScopes:
    """All scopes of one emitted function and the stretches of code they own."""

    def __init__(self, table: LocationTable, definitions: Definitions, definition: FunctionDef | None) -> None:
        self.table = table
        self.definitions = definitions
        self.root = Scope(None, 0, 1 << 62)
        self.root.definition = definition
        self.copies: dict[Loc, list[Scope]] = {0: []}
        self.known: dict[Loc, Scope] = {}
        self.bounds: list[tuple[MCSymbol, MCSymbol]] = []       # the stretches of code, in order
        self.current: Scope | None = None
        self.started: MCSymbol | None = None
        if definition is None:
            self.copies[0].append(self.root)
        else:
            outline(definition, self.root, self.copies[0])

    def scope_of(self, loc: Loc) -> Scope:
        """The innermost scope around a location."""
        known = self.known.get(loc)
        if known is None:
            found = self.table.inlined(loc)
            if found is None:
                known = _innermost(self.copies[0], loc)
            else:
                base, _, resolver = found
                known = _innermost(self.copy(base, loc), resolver.body_base + loc - base)
            self.known[loc] = known
        return known

    def copy(self, base: Loc, loc: Loc) -> list[Scope]:
        """The scopes of the inlined copy whose locations begin at `base`; `loc` is one of them."""
        scopes = self.copies.get(base)
        if scopes is not None:
            return scopes
        self.copies[base] = scopes = []
        found = self.table.inlined(loc)
        if found is None:
            scopes.append(self.root)
            return scopes
        resolver = found[2]
        parent = self.scope_of(resolver.call_site)
        root = Scope(parent, 0, 1 << 62)
        root.callee = resolver.callee
        root.call_site = resolver.call_site
        root.definition = self.definitions.definition(resolver.callee)
        parent.children.append(root)
        if root.definition is None:
            scopes.append(root)
        else:
            outline(root.definition, root, scopes)
        return scopes

    def enter(self, scope: Scope, label: MCSymbol) -> None:
        """From `label` on the code belongs to `scope`."""
        self.leave(label)
        self.current = scope
        self.started = label

    def leave(self, label: MCSymbol) -> None:
        """The stretch that is open ends at `label`."""
        if self.current is not None and self.started is not None and self.started is not label:
            self.current.segments.append(len(self.bounds))
            self.bounds.append((self.started, label))
        self.current = None

    def place(self, variables: list[VariablePlaces]) -> None:
        """Give every variable to the scope that declares it; those without places too."""
        known: dict[tuple[int, Loc], VariablePlaces] = {}
        for v in variables:
            handle = v.variable
            if isinstance(handle, ArrayType):
                copy = self.copies.get(v.instance, [])
                if copy:
                    copy[0].counts.append((handle, v))
            else:
                known[(id(handle.symbol if isinstance(handle, ArrayAddress) else handle), v.instance)] = v
        for base, scopes in list(self.copies.items()):
            root = scopes[0]
            if root.definition is not None:
                for p in root.definition.params:
                    root.variables.append((p, known.pop((id(p), base), None)))
            for s in scopes:
                for x in s.symbols:
                    s.variables.append((x, known.pop((id(x), base), None)))
        for (_, base), v in known.items():
            scopes = self.copies.get(base, [])
            if scopes and isinstance(v.variable, Symbol) and v.variable.name:
                _innermost(scopes, v.variable.loc).variables.append((v.variable, v))

    def ranges(self, s: Scope) -> list[tuple[MCSymbol, MCSymbol]]:
        """The code of a scope and of what is inside it, stretches that touch taken together."""
        numbers: list[int] = []
        _collect(s, numbers)
        numbers.sort()
        out: list[tuple[MCSymbol, MCSymbol]] = []
        for n in numbers:
            start, end = self.bounds[n]
            if out and out[-1][1] is start:
                out[-1] = (out[-1][0], end)
            else:
                out.append((start, end))
        return out


def _collect(s: Scope, numbers: list[int]) -> None:
    numbers.extend(s.segments)
    for c in s.children:
        _collect(c, numbers)


def _innermost(scopes: list[Scope], loc: Loc) -> Scope:
    for k in range(len(scopes) - 1, 0, -1):
        if scopes[k].first <= loc <= scopes[k].last:
            return scopes[k]
    return scopes[0]
