"""Loops in the order of emission, as the register allocator sees them: ranges of positions.

A value that is not used in a loop goes to memory before it and not in it, and comes back before a loop that uses it.
What counts is where code stands; a loop with pieces elsewhere (cold ones, at the end) is taken for its main part.
"""
from __future__ import annotations

from bisect import bisect_right

from toolchain.cc.codegen.mir import MachineBlock


class LoopMap:
    """`first` and `last` are the positions of each loop, outer loops before inner ones; `parent` is the next larger loop, -1."""

    def __init__(self, order: list[MachineBlock]) -> None:
        self.starts = [b.first for b in order]
        self.first: list[int] = []
        self.last: list[int] = []
        self.parent: list[int] = []
        self.of_block: list[int] = [-1] * len(order)    # innermost loop of each block
        ends: dict[int, int] = {}
        place = {b.number: k for k, b in enumerate(order)}
        for k, b in enumerate(order):
            for s in b.succs:
                h = place[s.number]
                if h <= k and order[h].is_header and (order[h].cold or not b.cold):
                    ends[h] = max(ends.get(h, -1), k)
        open_loops: list[int] = []
        limits: list[int] = []
        for k, b in enumerate(order):
            while limits and limits[-1] < k:
                open_loops.pop()
                limits.pop()
            if k in ends:
                end = min(ends[k], limits[-1]) if limits else ends[k]
                self.parent.append(open_loops[-1] if open_loops else -1)
                open_loops.append(len(self.first))
                limits.append(end)
                self.first.append(b.first)
                self.last.append(order[end].last)
            if open_loops:
                self.of_block[k] = open_loops[-1]

    def innermost(self, p: int) -> int:
        """The innermost loop around position `p`, -1 if there is none."""
        return self.of_block[bisect_right(self.starts, p) - 1]

    def before(self, low: int, p: int) -> int:
        """The position in (low, p] with the fewest loops around it: `p`, or where a loop begins."""
        n = self.innermost(p)
        while n >= 0 and self.first[n] > low:
            p = self.first[n]
            n = self.parent[n]
        return p
