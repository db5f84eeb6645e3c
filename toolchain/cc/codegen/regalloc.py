"""Register allocation: linear scan over live intervals with holes and splitting.

After Christian Wimmer and Hanspeter Moessenboeck, "Optimized Interval Splitting in a Linear Scan
Register Allocator" (VEE 2005).  Phis are gone already; copies have been coalesced.  An interval that
fits a register for all its life gets it at once (the common case, one mask); otherwise it is split
where the best register becomes taken, or the interval with the furthest next use goes to memory.

Values are stored once, after their definition, if there is only one; then going to memory costs
nothing.  Constants and addresses are made again instead of stored.
"""
from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from typing import Final

from toolchain.cc.codegen.intervals import NEVER, Interval, Intervals, block_weight, first_intersection
from toolchain.cc.codegen.liveness import Liveness
from toolchain.cc.codegen.loops import LoopMap
from toolchain.cc.codegen.mir import D_REMAT, MachineFunction
from toolchain.cc.codegen.resolve import Resolver
from toolchain.cc.codegen.target import BackTarget
from toolchain.diagnostics import ToolError

KEY_SHIFT: Final = 24
TAKE_OVER: Final = 0.75
"""A value takes over a register if its owners are mentioned less often than that part of its own mentions."""
MAX_WEIGHED: Final = 24
"""Mentions that are looked at one by one."""


class LinearScan:
    """Assigns registers to the intervals of one function."""

    def __init__(self, f: MachineFunction, target: BackTarget, intervals: Intervals) -> None:
        self.f = f
        self.target = target
        self.intervals = intervals
        self.all: list[Interval] = []
        self.heap: list[int] = []
        self.active: list[Interval] = []
        self.inactive: list[Interval] = []
        self.class_masks = [c.mask & ~f.reserved & ~target.reserved for c in target.classes]
        self.callee_saved = 0
        for r in target.callee_saved:
            self.callee_saved |= 1 << r
        self.used = 0
        self.roots: list[Interval] = []
        self.loops = LoopMap(f.order)
        self.flat = f.source.for_size
        self.starts = [b.first for b in f.order]
        self.weights = [block_weight(b.depth, b.cold) for b in f.order]
        self.now = 0                            # start of the interval at hand: what begins before is settled

    # ---------------------------------------------------------------- main loop
    def run(self) -> None:
        """Allocate everything."""
        for it in self.intervals.of:
            if it is not None and it.ranges:
                self.roots.append(it)
                self.push(it)
        heap = self.heap
        while heap:
            cur = self.all[heapq.heappop(heap) & ((1 << KEY_SHIFT) - 1)]
            p = self.now = cur.ranges[0]
            self.advance(p)
            if not self.try_whole(cur) and not self.take_over(cur, p) and not self.try_part(cur, p):
                self.blocked(cur, p)

    def push(self, it: Interval) -> None:
        """Queue an interval by its start."""
        heapq.heappush(self.heap, it.ranges[0] << KEY_SHIFT | len(self.all))
        self.all.append(it)

    def advance(self, p: int) -> None:
        """Move intervals between active, inactive and done as of position `p`."""
        active: list[Interval] = []
        inactive: list[Interval] = []
        for group in (self.active, self.inactive):
            for it in group:
                r = it.ranges
                c = it.cursor
                n = len(r)
                while c < n and r[c + 1] <= p:
                    c += 2
                it.cursor = c
                if c < n:
                    if r[c] <= p:
                        active.append(it)
                    else:
                        inactive.append(it)
        self.active = active
        self.inactive = inactive

    def assign(self, it: Interval, register: int) -> None:
        """Give `it` a register."""
        it.register = register
        it.cursor = 0
        self.used |= 1 << register
        self.active.append(it)

    # ---------------------------------------------------------------- queries
    def first_call(self, it: Interval) -> int:
        """First call that the interval is live across."""
        calls = self.intervals.calls
        if not calls:
            return NEVER
        r = it.ranges
        for k in range(0, len(r), 2):
            n = bisect_left(calls, r[k])
            if n < len(calls) and calls[n] < r[k + 1]:
                return calls[n]
        return NEVER

    def fixed_conflict(self, register: int, it: Interval) -> int:
        """First position where the machine register is taken by code itself while `it` is live."""
        fixed = self.intervals.fixed.get(register)
        if fixed is None:
            return NEVER
        r = it.ranges
        for k in range(0, len(r), 2):
            s = r[k]
            n = bisect_right(fixed, s)
            if n & 1:
                return s
            if n < len(fixed) and fixed[n] < r[k + 1]:
                return fixed[n]
        return NEVER

    def preferences(self, it: Interval) -> list[int]:
        """Registers to try, best first."""
        out: list[int] = list(it.hints)
        for partner in it.partners:
            for q in partner.family:
                if q.register >= 0:
                    out.append(q.register)
        order = self.target.classes[it.register_class].order
        used = self.used
        saved = self.callee_saved
        for r in order:
            if not saved >> r & 1 or used >> r & 1:
                out.append(r)
        for r in order:
            if saved >> r & 1 and not used >> r & 1:
                out.append(r)
        return out

    # ---------------------------------------------------------------- a register for the whole life
    def try_whole(self, cur: Interval) -> bool:
        """Give `cur` a register that is free as long as it lives, if there is one."""
        mask = self.class_masks[cur.register_class]
        if self.first_call(cur) != NEVER:
            mask &= ~self.target.caller_saved
        for it in self.active:
            mask &= ~(1 << it.register)
        p = cur.ranges[0]
        end = cur.ranges[-1]
        for it in self.inactive:
            bit = 1 << it.register
            if mask & bit and it.ranges[it.cursor] < end and first_intersection(cur.ranges, it.ranges, p) != NEVER:
                mask &= ~bit
        if not mask:
            return False
        for r in self.preferences(cur):
            if mask >> r & 1:
                if self.fixed_conflict(r, cur) == NEVER:
                    self.assign(cur, r)
                    return True
                mask &= ~(1 << r)
                if not mask:
                    return False
        return False

    # ---------------------------------------------------------------- somebody else's register for the whole life
    def take_over(self, cur: Interval, p: int) -> bool:
        """Give `cur` a register for all its life whose owners are mentioned less often from here on; they go to memory."""
        gain = self.remaining(cur, p)
        if gain < 2.0:
            return False
        mask = self.class_masks[cur.register_class]
        if self.first_call(cur) != NEVER:
            mask &= ~self.target.caller_saved
        cost: dict[int, float] = {}
        for it in self.active:
            bit = 1 << it.register
            if mask & bit:
                if it.ranges[0] >= p or it.next_use(p) <= p + 1:
                    mask &= ~bit
                else:
                    cost[it.register] = cost.get(it.register, 0.0) + self.remaining(it, p)
        for it in self.inactive:
            bit = 1 << it.register
            if mask & bit and first_intersection(cur.ranges, it.ranges, p) != NEVER:
                cost[it.register] = cost.get(it.register, 0.0) + self.remaining(it, p)
        best = -1
        least = gain * TAKE_OVER
        for r, c in cost.items():
            if mask >> r & 1 and c < least and self.fixed_conflict(r, cur) == NEVER:
                best, least = r, c
        if best < 0:
            return False
        self.evict(best, cur, p)
        self.assign(cur, best)
        return True

    def remaining(self, it: Interval, p: int) -> float:
        """How often `it` is mentioned from `p` on, by how often that code runs (all code alike where size counts)."""
        uses = it.uses
        k = bisect_left(uses, p)
        n = len(uses) - k
        if self.flat:
            return float(n)
        total = 0.0
        for u in uses[k:k + MAX_WEIGHED]:
            total += self.weights[bisect_right(self.starts, u) - 1]
        return total * n / MAX_WEIGHED if n > MAX_WEIGHED else total

    # ---------------------------------------------------------------- a register for a part of the life
    def free_until(self, cur: Interval) -> dict[int, int]:
        """For each register of the class, the position until which it is free for `cur`."""
        mask = self.class_masks[cur.register_class]
        p = cur.ranges[0]
        until: dict[int, int] = {}
        call = self.first_call(cur)
        saved = self.target.caller_saved
        for r in self.target.classes[cur.register_class].order:
            if mask >> r & 1:
                n = self.fixed_conflict(r, cur)
                if saved >> r & 1 and call < n:
                    n = call
                until[r] = n
        for it in self.active:
            if it.register in until:
                until[it.register] = 0
        for it in self.inactive:
            r = it.register
            if r in until and until[r]:
                n = first_intersection(cur.ranges, it.ranges, p)
                if n < until[r]:
                    until[r] = n
        return until

    def try_part(self, cur: Interval, p: int) -> bool:
        """Give `cur` the register that is free longest and queue the rest."""
        until = self.free_until(cur)
        best = -1
        longest = 0
        for r in self.preferences(cur):
            n = until.get(r, -1)
            if n > longest:
                best, longest = r, n
        if best < 0:
            return False
        if longest >= cur.ranges[-1]:
            self.assign(cur, best)
            return True
        cut = longest
        if cut & 1:
            if cut - 1 > p and cur.next_use(cut - 1) != cut - 1:
                cut -= 1
        if cut <= p + 1 or cur.next_use(p) >= cut:
            return False
        cut = self.early_cut(cur, p, cut)
        rest = cur.split(cut)
        self.assign(cur, best)
        self.queue_rest(rest, cut)
        return True

    def early_cut(self, it: Interval, p: int, cut: int) -> int:
        """A better place than `cut` to end a part of `it`: after its last use, before a loop; later than `p`."""
        k = bisect_left(it.uses, cut)
        low = max(p, it.uses[k - 1]) if k else p
        q = self.loops.before(low, cut)
        return q if q == cut or it.ranges[0] < q else cut

    def queue_rest(self, rest: Interval, p: int) -> None:
        """Queue the later part of a split interval.  A part that begins inside an instruction must begin in
        memory: nothing can be put between its reads and its writes."""
        if p & 1 and rest.ranges[0] == p:
            self.to_memory(rest)
        else:
            self.push(rest)

    def to_memory(self, it: Interval) -> None:
        """`it` lives in memory up to its next use; the rest is queued."""
        n = it.next_use(it.ranges[0])
        it.spilled = True
        if n == NEVER:
            return
        if n <= it.ranges[0]:
            raise ToolError("register allocation: no register is left for an instruction's operands")
        at = self.loops.before(max(it.ranges[0], self.now), n)
        self.push(it.split(at))

    # ---------------------------------------------------------------- somebody must go to memory
    def blocked(self, cur: Interval, p: int) -> None:
        """All registers are taken at `p`: the interval with the furthest next use goes to memory."""
        mask = self.class_masks[cur.register_class]
        use: dict[int, int] = {}
        block: dict[int, int] = {}
        saved = self.target.caller_saved
        call = self.first_call(cur)
        order = self.target.classes[cur.register_class].order
        for r in order:
            if mask >> r & 1:
                n = self.fixed_conflict(r, cur)
                if saved >> r & 1 and call < n:
                    n = call
                block[r] = n
                use[r] = n
        for it in self.active:
            r = it.register
            if r in use:
                n = self.distance(it, p)
                if it.ranges[0] >= p:
                    n = p
                if n < use[r]:
                    use[r] = n
        for it in self.inactive:
            r = it.register
            if r in use and first_intersection(cur.ranges, it.ranges, p) != NEVER:
                n = self.distance(it, p)
                if n < use[r]:
                    use[r] = n
        best = -1
        furthest = -1
        for r in order:
            if r in use and use[r] > furthest and block[r] > p + 1:
                best, furthest = r, use[r]
        first = self.distance(cur, p)
        if cur.next_use(p) > p + 1 and (best < 0 or furthest <= first or self.cheaper_in_memory(cur, best, p)):
            self.to_memory(cur)
            return
        if best < 0 or furthest <= (p | 1):
            raise ToolError(f"{self.f.name}: not enough registers for an instruction")
        if block[best] < cur.ranges[-1]:
            cut = block[best]
            if cut & 1 and cut - 1 > p and cur.next_use(cut - 1) != cut - 1:
                cut -= 1
            self.queue_rest(cur.split(cut), cut)
        self.evict(best, cur, p)
        self.assign(cur, best)

    def distance(self, it: Interval, p: int) -> int:
        """The next use at or after `p`; one in the next round of a loop counts as one at the loop's end."""
        n = it.next_use(p)
        loops = self.loops
        k = loops.innermost(p)
        while k >= 0 and n >= loops.last[k]:
            family = it.root.family
            if len(family) < 16 and any(q.next_use(loops.first[k]) < p for q in family) and any(q.covers(loops.last[k] - 1) for q in family):
                return loops.last[k]
            k = loops.parent[k]
        return n

    def cheaper_in_memory(self, cur: Interval, register: int, p: int) -> bool:
        """Whether `cur` rather than the owners of `register` should go to memory, by how hot they are."""
        if cur.root.weight <= 0:
            return True
        total = 0.0
        for it in self.active:
            if it.register == register:
                total += it.root.weight
        return cur.root.weight * 4 < total and cur.next_use(p) > p + 8

    def evict(self, register: int, cur: Interval, p: int) -> None:
        """Send every other owner of `register` away from `p` on."""
        active: list[Interval] = []
        for it in self.active:
            if it.register != register:
                active.append(it)
                continue
            if it.ranges[-1] > p:
                q = self.early_cut(it, it.ranges[0], p)
                self.to_memory(it.split(q))
        self.active = active
        inactive: list[Interval] = []
        for it in self.inactive:
            if it.register != register or first_intersection(cur.ranges, it.ranges, p) == NEVER:
                inactive.append(it)
                continue
            self.push(it.split(p))
        self.inactive = inactive


def allocate(f: MachineFunction, target: BackTarget) -> None:
    """Replace all virtual registers of `f` by machine registers and spill code."""
    allocatable = 0
    for c in target.classes:
        allocatable |= c.mask
    live = Liveness(f, target.descs)
    live.run()
    for n in f.pads:
        if f.blocks[n].live_in:
            raise ToolError("a cleanup that needs values of the function it unwinds is not supported", f.source.loc)
    intervals = Intervals(f, target.descs, live, allocatable)
    intervals.build()
    stands_for = intervals.coalesce()
    for it in intervals.of:
        if it is not None and it.definition is not None:
            i = it.definition
            if not target.descs[i.op].flags & D_REMAT or i.flags & 4:
                it.definition = None
    scan = LinearScan(f, target, intervals)
    scan.run()
    f.used_registers |= scan.used
    variables = f.variables
    if variables is not None:
        variables.remember()
    Resolver(f, target, intervals, live, stands_for, scan.roots).run()
    if variables is not None:
        variables.settle(intervals, stands_for)
    for it in scan.all:
        it.dispose()
    for it in intervals.of:
        if it is not None:
            it.dispose()
