"""Live intervals with holes, and coalescing of copies.

Positions: instruction n (in order of emission) stands at 2n; it reads at 2n and writes at 2n + 1.  A
range is half open.  An operand written early (before all are read) is written at 2n.
"""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from toolchain.cc.codegen.liveness import Liveness, bits
from toolchain.cc.codegen.mir import COPY, MachineFunction, MachineInstr, OpDesc
from toolchain.mc.model.operand import FIRST_VIRTUAL, KIND_MASK, SHIFT

VIRTUAL: Final = FIRST_VIRTUAL << SHIFT
NEVER: Final = 1 << 60
NO_HINTS: Final[list[int]] = []


class Interval:
    """Where one virtual register (or a split part of it) is live.  `ranges` is flat: start, end, start,
    end, ascending.  `uses` are positions of reads (even) and writes (odd, or even when early).
    `register` is the machine register, -1 while there is none; `spilled` if it lives in memory."""

    def __init__(self, vreg: int, register_class: int) -> None:
        self.vreg = vreg
        self.register_class = register_class
        self.ranges: list[int] = []
        self.uses: list[int] = []
        self.register = -1
        self.spilled = False
        self.hints: list[int] = NO_HINTS
        self.partners: list[Interval] = []
        self.family: list[Interval] = []
        self.root: Interval = self
        self.slot = -1
        self.definition: MachineInstr | None = None     # the only one, if it may be repeated
        self.defs = 0
        self.weight = 0.0
        self.cursor = 0
        self.writes: list[int] = []                     # of the root: positions of all writes
        self.narrow = False                             # of the root: its moves are F_NARROW
        self.dirty = False                              # memory may hold an older value

    def dispose(self) -> None:
        """Forget the other intervals: circles keep memory until the garbage collector comes."""
        self.partners = []
        self.family = []
        self.root = NOBODY

    def start(self) -> int:
        """First position."""
        return self.ranges[0]

    def end(self) -> int:
        """Position after the last."""
        return self.ranges[-1]

    def covers(self, p: int) -> bool:
        """Whether live at position `p`."""
        return bisect_right(self.ranges, p) & 1 == 1

    def next_use(self, p: int) -> int:
        """First use at or after `p`, NEVER if there is none."""
        u = self.uses
        k = bisect_left(u, p)
        return u[k] if k < len(u) else NEVER

    def split(self, p: int) -> Interval:
        """Cut at `p`, which is inside; returns the later part."""
        child = Interval(self.vreg, self.register_class)
        r = self.ranges
        k = bisect_right(r, p)
        if k & 1:
            if r[k - 1] == p:
                child.ranges = r[k - 1:]
                self.ranges = r[:k - 1]
            else:
                child.ranges = [p, *r[k:]]
                self.ranges = [*r[:k], p]
        else:
            child.ranges = r[k:]
            self.ranges = r[:k]
        u = self.uses
        k = bisect_left(u, p)
        child.uses = u[k:]
        self.uses = u[:k]
        child.root = self.root
        child.hints = self.hints
        child.partners = self.partners
        child.weight = self.weight
        self.root.family.append(child)
        return child


def first_intersection(a: list[int], b: list[int], start: int) -> int:
    """First position at or after `start` where two flat range lists are both live; NEVER if none."""
    i = bisect_right(a, start) & ~1
    j = bisect_right(b, start) & ~1
    na, nb = len(a), len(b)
    while i < na and j < nb:
        s = a[i] if a[i] > b[j] else b[j]
        ea, eb = a[i + 1], b[j + 1]
        if s < ea and s < eb:
            return s if s > start else start
        if ea <= eb:
            i += 2
        else:
            j += 2
    return NEVER


NOBODY: Final = Interval(0, 0)
"""Stands for no interval."""


class Intervals:
    """All intervals of a function, ranges of machine registers, and positions of calls."""

    def __init__(self, f: MachineFunction, descs: list[OpDesc], live: Liveness, allocatable: int) -> None:
        self.f = f
        self.descs = descs
        self.live = live
        self.allocatable = allocatable
        self.of: list[Interval | None] = [None] * len(f.vreg_class)
        self.fixed: dict[int, list[int]] = {}
        self.calls: list[int] = []
        self.copies: list[tuple[float, int, int, int]] = []     # weight, destination, source, position

    def interval(self, v: int) -> Interval:
        """The interval of virtual register `v`, made at first mention."""
        i = self.of[v]
        if i is None:
            i = Interval(v, self.f.vreg_class[v])
            i.narrow = self.f.vreg_narrow[v]
            i.family.append(i)
            self.of[v] = i
        return i

    def build(self) -> None:
        """Number instructions and collect ranges, last block first."""
        p = 0
        for b in self.f.order:
            b.first = p
            p += 2 * len(b.instrs)
            b.last = p
        crossing = self.live.crossing
        for k in range(len(self.f.order) - 1, -1, -1):
            b = self.f.order[k]
            first, last = b.first, b.last
            for n in bits(b.live_out):
                add_range(self.interval(crossing[n]).ranges, first, last)
            weight = block_weight(b.depth, b.cold)
            p = last
            for n in range(len(b.instrs) - 1, -1, -1):
                p -= 2
                self.instruction(b.instrs[n], p, first, weight)
        self.calls.reverse()
        for i in self.of:
            if i is not None:
                reverse_pairs(i.ranges)
                i.uses.reverse()
                i.writes.reverse()
        for r in self.fixed.values():
            reverse_pairs(r)

    def instruction(self, i: MachineInstr, p: int, first: int, weight: float) -> None:
        """Ranges and uses of one instruction; later ones have been done."""
        e = i.effects
        ops = i.ops
        d = self.descs[i.op]
        defs = d.defs
        uses = d.uses
        if e is not None:
            for q in e.defs:
                self.define(ops[q], p if q in e.early else p + 1, p, i, weight)
            for r in e.implicit_defs:
                self.define_fixed(r, p + 1)
            c = e.clobbers & self.allocatable
            while c:
                low = c & -c
                add_range(self.fixed.setdefault(low.bit_length() - 1, []), p + 1, p + 2)
                c ^= low
            if e.standard_call:
                self.calls.append(p + 1)
            for r in e.implicit_uses:
                if self.allocatable >> r & 1:
                    add_range(self.fixed.setdefault(r, []), first, p + 1)
            for q in e.uses:
                self.use(ops[q], p, first, weight)
            return
        for q in defs:
            self.define(ops[q], p if q in d.early else p + 1, p, i, weight)
        c = d.clobbers | d.implicit_defs
        while c:
            low = c & -c
            self.define_fixed(low.bit_length() - 1, p + 1)
            c ^= low
        c = d.implicit_uses & self.allocatable
        while c:
            low = c & -c
            add_range(self.fixed.setdefault(low.bit_length() - 1, []), first, p + 1)
            c ^= low
        for q in uses:
            self.use(ops[q], p, first, weight)
        if i.op == COPY:
            self.copy(ops[0], ops[1], weight, p)

    def define(self, o: int, at: int, p: int, i: MachineInstr, weight: float) -> None:
        """Operand `o` is written at `at`."""
        if o & KIND_MASK:
            return
        if o < VIRTUAL:
            self.define_fixed(o >> SHIFT, at)
            return
        it = self.interval((o >> SHIFT) - FIRST_VIRTUAL)
        r = it.ranges
        if r and r[-2] <= at < r[-1]:
            r[-2] = at
        elif r and r[-2] > at and r[-2] <= p + 2:
            r[-2] = at
        else:
            r.append(at)
            r.append(p + 2)
        it.uses.append(at)
        it.writes.append(at)
        it.defs += 1
        it.weight += weight
        it.definition = i if it.defs == 1 else None

    def define_fixed(self, register: int, at: int) -> None:
        """A machine register is written at `at`."""
        if not self.allocatable >> register & 1:
            return
        r = self.fixed.setdefault(register, [])
        if r and r[-2] <= at < r[-1]:
            r[-2] = at
        elif not r or r[-2] > at:
            r.append(at)
            r.append((at | 1) + 1)

    def use(self, o: int, p: int, first: int, weight: float) -> None:
        """Operand `o` is read at `p`."""
        if o & KIND_MASK:
            return
        if o < VIRTUAL:
            r = o >> SHIFT
            if self.allocatable >> r & 1:
                add_range(self.fixed.setdefault(r, []), first, p + 1)
            return
        it = self.interval((o >> SHIFT) - FIRST_VIRTUAL)
        add_range(it.ranges, first, p + 1)
        u = it.uses
        if not u or u[-1] != p:
            u.append(p)
        it.weight += weight

    def copy(self, d: int, s: int, weight: float, p: int) -> None:
        """Note a copy: for coalescing, or as a hint."""
        if d >= VIRTUAL:
            v = (d >> SHIFT) - FIRST_VIRTUAL
            if s >= VIRTUAL:
                self.copies.append((weight, v, (s >> SHIFT) - FIRST_VIRTUAL, p))
            else:
                self.hint(v, s >> SHIFT)
        elif s >= VIRTUAL:
            self.hint((s >> SHIFT) - FIRST_VIRTUAL, d >> SHIFT)

    def hint(self, v: int, register: int) -> None:
        """Virtual register `v` would like to be `register`."""
        it = self.interval(v)
        if it.hints is NO_HINTS:
            it.hints = []
        it.hints.append(register)

    # ---------------------------------------------------------------- coalescing
    def coalesce(self) -> list[int]:
        """Merge registers that are copies of each other and never live together, hottest copies first.
        Returns for each virtual register the one that stands for it."""
        parent = list(range(len(self.of)))
        order = sorted(range(len(self.copies)), key=self.copy_key)
        gone: list[int] = []
        for k in order:
            weight, d, s, _ = self.copies[k]
            d = find(parent, d)
            s = find(parent, s)
            a, b = self.of[d], self.of[s]
            if a is None or b is None:
                continue
            if d != s:
                if a.register_class != b.register_class:
                    continue
                if first_intersection(a.ranges, b.ranges, 0) != NEVER:
                    if len(a.partners) < 8 and len(b.partners) < 8:
                        a.partners.append(b)
                        b.partners.append(a)
                    continue
                self.merge(a, b)
                parent[b.vreg] = a.vreg
                self.of[b.vreg] = None
            a.defs -= 1
            a.weight -= 2 * weight
            gone.append(k)
        self.forget_copies(gone, parent)
        return [find(parent, v) for v in range(len(parent))]

    def forget_copies(self, gone: list[int], parent: list[int]) -> None:
        """A copy of a register to itself reads and writes nothing: it asks for no register."""
        positions: dict[int, set[int]] = {}
        for k in gone:
            _, d, _, p = self.copies[k]
            positions.setdefault(find(parent, d), set()).update((p, p + 1))
        for v, dropped in positions.items():
            it = self.of[v]
            assert it is not None
            it.uses = [u for u in it.uses if u not in dropped]
            it.writes = [u for u in it.writes if u not in dropped]

    def copy_key(self, k: int) -> float:
        """Sort key: hot copies first, then those that come last in the code (a fixed order)."""
        return -self.copies[k][0]

    def merge(self, a: Interval, b: Interval) -> None:
        """Let `a` stand for both."""
        a.ranges = merge_ranges(a.ranges, b.ranges)
        a.uses = sorted({*a.uses, *b.uses})
        a.writes = sorted({*a.writes, *b.writes})
        if b.hints:
            a.hints = [*a.hints, *b.hints]
        for p in b.partners:
            a.partners.append(p)
        a.definition = b.definition if a.defs == 1 else None
        a.defs += b.defs
        a.narrow = a.narrow and b.narrow
        a.weight += b.weight


def block_weight(depth: int, cold: bool) -> float:
    """How often a block runs, roughly."""
    return float(1 << 3 * min(depth, 6)) * (0.1 if cold else 1.0)


def add_range(r: list[int], start: int, end: int) -> None:
    """Put [start, end) in front of a list that is built backwards (as start, end pairs, descending)."""
    if r:
        s = r[-2]
        if end >= s:
            if start < s:
                r[-2] = start
            return
    r.append(start)
    r.append(end)


def reverse_pairs(r: list[int]) -> None:
    """Turn the backward list into an ascending one."""
    n = len(r)
    if n > 2:
        starts = r[0::2]
        ends = r[1::2]
        starts.reverse()
        ends.reverse()
        r[0::2] = starts
        r[1::2] = ends


def merge_ranges(a: list[int], b: list[int]) -> list[int]:
    """Union of two disjoint flat range lists; touching ranges become one."""
    pairs = sorted([(a[k], a[k + 1]) for k in range(0, len(a), 2)] + [(b[k], b[k + 1]) for k in range(0, len(b), 2)])
    out: list[int] = []
    for s, e in pairs:
        if out and out[-1] == s:
            out[-1] = e
        else:
            out.append(s)
            out.append(e)
    return out


def find(parent: list[int], v: int) -> int:
    """Representative of `v`, with path halving."""
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v
