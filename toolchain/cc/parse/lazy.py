"""Declarations on demand: the supplier behind `Environment` for lazily parsed units.

The unit's tokens are cut into ranges (`splitter`).  Ranges of the main file, and those that emit
something, are parsed in order; the others when a name they declare is looked up, then all ranges of
that name, so that attributes, array bounds and linkage accumulate as in a full parse.  A demanded range
is parsed at file scope, whatever scope the parser is in.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toolchain.cc.parse.core import END
from toolchain.cc.parse.groups import NameTable, segment
from toolchain.cc.parse.pragmas import PragmaState
from toolchain.cc.preprocess.tokens import Sym, Token

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core
    from toolchain.cc.parse.groups import Group
    from toolchain.cc.parse.pragmas import PragmaStates
    from toolchain.cc.preprocess.unit import LazyFunction
    from toolchain.diagnostics import Loc


class LazyUnit:
    """Supplier of one unit; `parse_roots` drives it."""

    def __init__(self, core: Core, pragmas: PragmaStates, names: NameTable) -> None:
        self.core = core
        self.pragmas = pragmas
        self.names = names
        self.unit_tokens = core.tokens
        self.unit_base = core.base
        self.lazy_functions = core.pp.lazy_functions
        self._done: set[int] = set()
        """Starts of ranges parsed already, as token indices."""
        self._asked: set[Sym] = set()
        self._asked_tags: set[Sym] = set()
        self.ranges_parsed = 0
        self.groups: list[Group] = []

    # ---- the walk

    def parse_roots(self) -> None:
        """Parse, in order, what does not wait."""
        core = self.core
        self.groups, end = segment(self.names, core.pp)
        for group in self.groups:
            start = group.position
            if group.main:
                for i in range(len(group.ranges)):
                    self._parse(start + group.starts[i], group.ranges[i].length, False)
            else:
                for i in group.eager:
                    self._parse(start + group.starts[i], group.ranges[i].length, True)
        # What the splitter could not balance is parsed as it stands.
        core.pos = end
        while self.unit_tokens[core.pos] is not END:
            before = core.pos
            self._parse(core.pos, 1, False)
            if core.pos == before:
                core.pos += 1

    def _parse(self, start: int, length: int, in_header: bool) -> None:
        """Parse the range at token `start` unless that was done."""
        if start in self._done:
            return
        self._done.add(start)
        core = self.core
        core.tokens = self.unit_tokens
        core.base = self.unit_base
        core.pos = start
        self._set_state(self.pragmas.at(start))
        core.order = start << 20
        core.in_system = in_header and core.pp.system_header(start)
        declarations = core.declarations
        declarations.delay_bodies = in_header
        end = start + length
        self.ranges_parsed += 1
        while core.pos < end and core.tokens[core.pos] is not END:
            declarations.external()
        while end < core.pos:
            # An old-style definition is two ranges to the splitter.
            self._done.add(end)
            end += 1
        declarations.delay_bodies = False

    def _set_state(self, state: PragmaState) -> None:
        core = self.core
        core.pack = state.pack
        core.visibility = state.visibility
        core.judge.current = state

    # ---- on demand

    def supply(self, sym: Sym) -> None:
        """See `environment.Supplier`."""
        if sym in self._asked:
            return
        self._asked.add(sym)
        entries = self.names.ordinary.get(sym)
        functions = self.lazy_functions.get(sym)
        if entries is None and functions is None:
            return
        self._demand(entries if entries is not None else [], functions if functions is not None else [])

    def supply_tag(self, sym: Sym) -> None:
        """See `environment.Supplier`."""
        if sym in self._asked_tags:
            return
        self._asked_tags.add(sym)
        entries = self.names.tags.get(sym)
        if entries is not None:
            self._demand(entries, [])

    def knows_tag(self, sym: Sym) -> bool:
        """See `environment.Supplier`."""
        entries = self.names.tags.get(sym)
        if entries is None:
            return False
        stamp = self.names.stamp
        return any(g.stamp == stamp and not g.main for g, _ in entries)

    def waiting_mentions(self, names: set[str]) -> set[str]:
        """See `environment.Supplier`.  Macros in functions that wait are not expanded for it."""
        found: set[str] = set()
        for group in self.groups:
            if group.main:
                continue
            for i, r in enumerate(group.ranges):
                start = group.position + group.starts[i]
                if start not in self._done:
                    found.update([t.sym.text for t in self.unit_tokens[start:start + r.length] if t.sym.text in names])
        wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
        for sym, functions in self.lazy_functions.items():
            if sym not in self._asked:
                for entry in functions:
                    found.update(wanted.findall(entry.run.text))
        return found

    def _demand(self, entries: list[tuple[Group, int]], functions: list[LazyFunction]) -> None:
        """Parse these ranges and functions in the order of the source."""
        stamp = self.names.stamp
        todo: list[tuple[int, int]] = []
        for group, i in entries:
            if group.stamp == stamp and not group.main:
                for position in group.positions:
                    start = position + group.starts[i]
                    if start not in self._done:
                        todo.append((start, group.ranges[i].length))
        todo.sort()
        waiting = 0
        for start, length in todo:
            while waiting < len(functions) and functions[waiting].position <= start:
                self._demand_function(functions[waiting])
                waiting += 1
            if start not in self._done:
                self._done.add(start)
                self._at_file_scope(self.unit_tokens, start, start + length, self.unit_base, self.pragmas.at(start), start << 20,
                                    self.core.pp.system_header(start))
        for entry in functions[waiting:]:
            self._demand_function(entry)

    def _demand_function(self, entry: LazyFunction) -> None:
        tokens, base = self.core.pp.expand_lazy(entry)
        position = entry.position
        state = self.pragmas.after(entry.pragma_count)
        if entry.pragmas:
            self.core.judge_function(self.pragmas.inside(entry), base, len(tokens))
        self._at_file_scope([*tokens, END], 0, len(tokens), base, state, (position << 20) - (1 << 19) + entry.number, entry.system)

    def _at_file_scope(self, tokens: list[Token], start: int, end: int, base: Loc, state: PragmaState, order: int, system: bool) -> None:
        """Parse an external declaration with all state of the parse under way put aside."""
        core = self.core
        env = core.environment
        declarations = core.declarations
        statements = core.statements
        saved = (core.tokens, core.pos, core.base, core.function, core.order, core.in_system, core.unevaluated, core.constant_context)
        more = (core.pack, core.visibility, core.judge.current, env.hide, declarations.in_parameters, declarations.array_quals,
                declarations.delay_bodies, statements.local_labels)
        core.tokens, core.pos, core.base, core.function, core.order, core.in_system = tokens, start, base, None, order, system
        core.unevaluated = 0
        inhibited, core.inhibited = core.inhibited, 0
        core.constant_context = 0
        self._set_state(state)
        env.hide = env.depth
        declarations.in_parameters = 0
        declarations.delay_bodies = True
        statements.local_labels = []
        self.ranges_parsed += 1
        while core.pos < end and tokens[core.pos] is not END:
            declarations.external()
        core.inhibited = inhibited
        core.tokens, core.pos, core.base, core.function, core.order, core.in_system, core.unevaluated, core.constant_context = saved
        (core.pack, core.visibility, core.judge.current, env.hide, declarations.in_parameters, declarations.array_quals,
         declarations.delay_bodies, statements.local_labels) = more
