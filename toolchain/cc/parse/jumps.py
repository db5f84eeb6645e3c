"""Jumps into scopes that can only be entered at their beginning (C11 6.8.6.1p1, 6.8.4.2p2; GNU C for statement expressions).

What has been entered at a place is a chain of `Barrier`, innermost first; it hangs at the function's state and is
shortened when a block ends.  A function that declares nothing variably modified and has no statement expression
keeps the empty chain, and its jumps are not looked at.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import Label, Switch, Symbol
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class Barrier:
    """An identifier of variably modified type in scope, or (`symbol` is None) a statement expression under way."""

    def __init__(self, symbol: Symbol | None, depth: int, outer: Barrier | None) -> None:
        self.symbol = symbol
        self.depth = depth
        """Of the scope it ends with."""
        self.outer = outer


class Jumps:
    """The barriers of the functions under way; see the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def enter(self, symbol: Symbol | None, depth: int) -> None:
        """What follows, as far as the scope of `depth` reaches, is behind a barrier."""
        state = self.core.function
        if state is not None:
            state.barrier = Barrier(symbol, depth, state.barrier)

    def leave(self, depth: int) -> None:
        """The scopes deeper than `depth` have ended."""
        state = self.core.function
        if state is not None and state.barrier is not None:
            barrier: Barrier | None = state.barrier
            while barrier is not None and barrier.depth > depth:
                barrier = barrier.outer
            state.barrier = barrier

    def goto(self, label: Label, loc: Loc) -> None:
        """A goto to the label, which may follow."""
        state = self.core.function
        if state is None or label.function is not state.definition:
            return
        if not label.defined:
            state.gotos.setdefault(label, []).append((loc, state.barrier))
        elif label in state.guarded:
            self._check(label, loc, state.barrier, state.guarded[label])

    def defined(self, label: Label) -> None:
        """The label stands here."""
        state = self.core.function
        if state is None or label.function is not state.definition:
            return
        earlier = state.gotos.pop(label, None)
        if state.barrier is None:
            return
        state.guarded[label] = state.barrier
        if earlier is not None:
            for loc, start in earlier:
                self._check(label, loc, start, state.barrier)

    def _crossed(self, start: Barrier | None, end: Barrier | None) -> list[Barrier]:
        """The barriers that a jump from `start` to `end` crosses inwards, innermost first."""
        around: set[Barrier] = set()
        while start is not None:
            around.add(start)
            start = start.outer
        out: list[Barrier] = []
        while end is not None and end not in around:
            out.append(end)
            end = end.outer
        return out

    def _check(self, label: Label, loc: Loc, start: Barrier | None, end: Barrier) -> None:
        core = self.core
        expression = False
        for barrier in self._crossed(start, end):
            if barrier.symbol is None:
                expression = True
                continue
            core.error(loc, "jump into scope of identifier with variably modified type")
            core.diagnostics.note(label.loc, f"label '{label.name}' defined here")
            core.diagnostics.note(barrier.symbol.loc, f"'{barrier.symbol.name}' declared here")
        if expression:
            core.error(loc, "jump into statement expression")
            core.diagnostics.note(label.loc, f"label '{label.name}' defined here")

    def case(self, switch: Switch, start: Barrier | None, loc: Loc) -> None:
        """A case or default label at `loc` of a switch that was met behind `start`."""
        core = self.core
        state = core.function
        if state is None or state.barrier is start:
            return
        expression = False
        for barrier in self._crossed(start, state.barrier):
            if barrier.symbol is None:
                expression = True
                continue
            core.error(loc, "switch jumps into scope of identifier with variably modified type")
            core.diagnostics.note(switch.loc, "switch starts here")
            core.diagnostics.note(barrier.symbol.loc, f"'{barrier.symbol.name}' declared here")
        if expression:
            core.error(loc, "switch jumps into statement expression")
            core.diagnostics.note(switch.loc, "switch starts here")
