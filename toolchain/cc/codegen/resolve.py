"""After linear scan: operands get their registers, and values are moved where an interval was split.

Moves that belong to one place are one parallel move: stores first, then register moves in an order
that loses nothing (cycles go through memory), then loads.
"""
from __future__ import annotations

from bisect import bisect_left, bisect_right

from toolchain.cc.codegen.intervals import Interval, Intervals, block_weight
from toolchain.cc.codegen.liveness import Liveness, bits
from toolchain.cc.codegen.mir import (
    COPY,
    D_TERMINATOR,
    F_DEAD,
    F_NARROW,
    JUMP,
    NOP,
    RELOAD,
    SPILL,
    SPILL_SLOT,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    link,
    retarget,
)
from toolchain.cc.codegen.target import BackTarget
from toolchain.diagnostics import NO_LOC
from toolchain.mc.model import operand
from toolchain.mc.model.operand import FIRST_VIRTUAL, KIND_MASK, SHIFT

VIRTUAL = FIRST_VIRTUAL << SHIFT


class Move:
    """One value's move: from interval part `a` (where it was) to `b` (where it is wanted).  `weight` says how often."""

    def __init__(self, a: Interval, b: Interval, weight: float) -> None:
        self.a = a
        self.b = b
        self.weight = weight


class Edge:
    """What is moved on the way from one block to another."""

    def __init__(self, pred: MachineBlock, succ: MachineBlock, moves: list[Move]) -> None:
        self.pred = pred
        self.succ = succ
        self.moves = moves


class Resolver:
    """Rewrites one function."""

    def __init__(self, f: MachineFunction, target: BackTarget, intervals: Intervals, live: Liveness,
                 stands_for: list[int], roots: list[Interval]) -> None:
        self.f = f
        self.target = target
        self.intervals = intervals
        self.live = live
        self.stands_for = stands_for
        self.roots = roots
        self.moves: dict[int, list[Move]] = {}
        self.waiting: dict[tuple[int, int], int] = {}   # slots for cycles of moves
        self.steps: dict[int, list[Move]] = {}          # of each value, by register
        self.stores: dict[int, list[tuple[Interval, int]]] = {}
        self.block_starts: set[int] = set()
        self.starts: list[int] = []

    def run(self) -> None:
        """Rewrite operands, insert moves, resolve edges."""
        self.block_starts = {b.first for b in self.f.order}
        split: list[Interval] = []
        for it in self.roots:
            if len(it.family) > 1 or it.spilled:
                split.append(it)
        for it in split:
            it.family.sort(key=Interval.start)
        self.assign_slots(split)
        edges: list[Edge] = []
        if split:
            self.starts = [b.first for b in self.f.order]
            for it in split:
                self.plan(it)
            edges = self.plan_edges(split)
            for it in split:
                self.leave_in_memory(it)
            self.mark_dirty(split)
            for it in split:
                self.place_stores(it)
            for at, moves in self.moves.items():
                self.moves[at] = [m for m in moves if self.needed(m.a, m.b)]
        for b in self.f.order:
            self.rewrite(b)
        for e in edges:
            moves = [m for m in e.moves if self.needed(m.a, m.b)]
            if moves:
                self.insert_on_edge(e.pred, e.succ, moves)

    # ---------------------------------------------------------------- memory
    def assign_slots(self, split: list[Interval]) -> None:
        """Spill slots; values that never live at the same time share one."""
        free: dict[int, list[int]] = {}
        busy: list[tuple[int, int, int]] = []       # end, slot, size
        need = [it for it in split if it.definition is None and any(p.spilled for p in it.family)]
        need.sort(key=Interval.start)
        for it in need:
            start = it.family[0].ranges[0]
            end = max(p.ranges[-1] for p in it.family)
            keep: list[tuple[int, int, int]] = []
            for entry in busy:
                if entry[0] <= start:
                    free.setdefault(entry[2], []).append(entry[1])
                else:
                    keep.append(entry)
            busy = keep
            size = self.target.classes[it.register_class].spill_size
            pool = None if self.f.source.returns_twice else free.get(size)      # a second return finds all slots as they were
            if pool:
                it.slot = pool.pop()
            else:
                it.slot = self.f.new_slot(size, size, SPILL_SLOT).index
                self.f.slots[it.slot].used = True
            busy.append((end, it.slot, size))

    def weight_at(self, p: int) -> float:
        """How often the instruction at `p` runs."""
        b = self.f.order[bisect_right(self.starts, p) - 1]
        return block_weight(b.depth, b.cold)

    def plan(self, it: Interval) -> None:
        """Moves between consecutive parts of one value."""
        family = it.family
        for k in range(len(family) - 1):
            a, b = family[k], family[k + 1]
            p = b.ranges[0]
            if a.ranges[-1] == p and p not in self.block_starts:
                m = Move(a, b, self.weight_at(p))
                self.moves.setdefault(p & ~1, []).append(m)
                self.steps.setdefault(it.vreg, []).append(m)
        i = it.definition
        if i is not None:
            home = part_at(it, it.writes[0])
            if len(home.uses) == 1 and (home.spilled or len(family) > 1):
                i.flags |= F_DEAD
                home.spilled = True         # whatever follows makes the value again
                home.register = -1

    def leave_in_memory(self, it: Interval) -> None:
        """A part without uses stays in memory if that takes fewer moves around it."""
        if it.slot < 0:
            return
        for q in it.family:
            if q.spilled or q.uses:
                continue
            saved = 0.0
            for m in self.steps.get(it.vreg, ()):
                if m.b is q or m.a is q:
                    other = m.a if m.b is q else m.b
                    if other.spilled:
                        saved += m.weight
                    elif other.register == q.register:
                        saved -= m.weight
            if saved > 0:
                q.spilled = True
                q.register = -1

    def mark_dirty(self, split: list[Interval]) -> None:
        """Which parts may hold another value than memory does: those that are written, and where control goes from there."""
        for it in split:
            if it.slot < 0:
                continue
            for q in it.family:
                k = bisect_left(it.writes, q.ranges[0])
                q.dirty = k < len(it.writes) and it.writes[k] < q.ranges[-1]
            changed = True
            moves = [m for m in self.steps.get(it.vreg, ()) if not m.a.spilled and not m.b.spilled]
            while changed:
                changed = False
                for m in moves:
                    if m.a.dirty and not m.b.dirty:
                        m.b.dirty = changed = True

    def place_stores(self, it: Interval) -> None:
        """A value of one definition is stored after that, if this is cheaper than on every way to memory."""
        if it.slot < 0 or len(it.writes) != 1:
            return
        at = it.writes[0]
        cost = sum(m.weight for m in self.steps.get(it.vreg, ()) if m.b.spilled and m.a.dirty)
        if cost < self.weight_at(at):
            return
        home = part_at(it, at)
        if not home.spilled:
            self.stores.setdefault((at & ~1) + 2, []).append((home, at))
        for q in it.family:
            q.dirty = False

    def needed(self, a: Interval, b: Interval) -> bool:
        """Whether going from part `a` to part `b` takes an instruction."""
        if a is b or (a.spilled and b.spilled):
            return False
        if b.spilled:
            return a.root.definition is None and a.dirty
        return a.spilled or a.register != b.register

    def plan_edges(self, split: list[Interval]) -> list[Edge]:
        """Moves where control goes from one part of a value to another."""
        mask = 0
        bit_of = self.live.bit_of
        reps: dict[int, int] = {}
        split_vregs = {it.vreg for it in split}
        for v in self.live.crossing:
            r = self.stands_for[v]
            if r in split_vregs:
                mask |= 1 << bit_of[v]
                reps[bit_of[v]] = r
        out: list[Edge] = []
        for b in self.f.order:
            live = b.live_in & mask
            if not live:
                continue
            roots: list[Interval] = []
            for n in dict.fromkeys([reps[k] for k in bits(live)]):
                root = self.intervals.of[n]
                assert root is not None
                roots.append(root)
            weight = block_weight(b.depth, b.cold)
            at_start = [part_at(it, b.first) for it in roots]
            for pred in dict.fromkeys(b.preds):
                moves: list[Move] = []
                for k in range(len(roots)):
                    it = roots[k]
                    y = at_start[k]
                    x = part_at(it, pred.last - 1)
                    if x is not y:
                        m = Move(x, y, min(weight, block_weight(pred.depth, pred.cold)))
                        moves.append(m)
                        self.steps.setdefault(it.vreg, []).append(m)
                if moves:
                    out.append(Edge(pred, b, moves))
        return out

    # ---------------------------------------------------------------- rewriting
    def rewrite(self, b: MachineBlock) -> None:
        """Operands to machine registers; planned moves go in."""
        out: list[MachineInstr] = []
        p = b.first
        descs = self.target.descs
        of = self.intervals.of
        stands_for = self.stands_for
        for i in b.instrs:
            self.insert_at(p, out)
            e = i.effects
            ops = i.ops
            if i.op == COPY and self.is_identity(ops[0], ops[1]):
                p += 2
                continue
            if i.op == COPY and (self.is_narrow(ops[0]) or self.is_narrow(ops[1])):
                i.flags |= F_NARROW
            d = descs[i.op]
            defs = d.defs if e is None else e.defs
            uses = d.uses if e is None else e.uses
            for q in defs:
                o = ops[q]
                if o >= VIRTUAL and not o & KIND_MASK:
                    it = of[stands_for[(o >> SHIFT) - FIRST_VIRTUAL]]
                    assert it is not None
                    if len(it.family) > 1:
                        early = d.early if e is None else e.early
                        it = part_at(it, p if q in early else p + 1)
                    if it.register < 0 and not i.flags & F_DEAD:
                        raise AssertionError(f"{self.f.name}: definition of a value in memory ({it.vreg}, {it.ranges[:4]})")
                    ops[q] = it.register << SHIFT
            for q in uses:
                o = ops[q]
                if o >= VIRTUAL and not o & KIND_MASK:
                    it = of[stands_for[(o >> SHIFT) - FIRST_VIRTUAL]]
                    assert it is not None
                    if len(it.family) > 1:
                        it = part_at(it, p)
                    ops[q] = it.register << SHIFT
            p += 2
            if i.op == COPY and ops[0] == ops[1] or i.op == NOP:
                continue
            if i.flags & F_DEAD:
                continue
            out.append(i)
        self.insert_at(p, out, b)
        b.instrs = out

    def is_identity(self, a: int, b: int) -> bool:
        """Whether two virtual registers have become one."""
        return a == b or a >= VIRTUAL and b >= VIRTUAL and self.stands_for[(a >> SHIFT) - FIRST_VIRTUAL] == self.stands_for[(b >> SHIFT) - FIRST_VIRTUAL]

    def is_narrow(self, a: int) -> bool:
        """Whether 32 bits of the virtual register are all that matters."""
        return a >= VIRTUAL and self.f.vreg_narrow[(a >> SHIFT) - FIRST_VIRTUAL]

    def insert_at(self, p: int, out: list[MachineInstr], block: MachineBlock | None = None) -> None:
        """Stores and moves planned for position `p`; at the end of a block only what belongs to it."""
        stores = self.stores.get(p)
        if stores is not None and (p not in self.block_starts or block is not None):
            for it, at in stores:
                if block is not None and not block.first <= at < block.last:
                    continue
                m = moved(it, SPILL, it.register << SHIFT, operand.slot(it.root.slot))
                if block is not None and out and self.target.descs[out[-1].op].flags & D_TERMINATOR:
                    raise AssertionError("a terminator defines a value that is stored")
                out.append(m)
        if block is None and p in self.moves:
            # A part that begins inside the instruction begins in memory.  It is stored before the instruction, whose result may
            # take the register, and after what brings the register its value.
            late = [m for m in self.moves[p] if m.b.ranges[0] & 1]
            out.extend(self.parallel([m for m in self.moves[p] if not m.b.ranges[0] & 1]))
            out.extend(self.parallel(late))

    def parallel(self, moves: list[Move]) -> list[MachineInstr]:
        """Instructions for a parallel move."""
        out: list[MachineInstr] = []
        pairs: list[tuple[int, int, int, int]] = []     # destination, source, class, flags
        loads: list[Move] = []
        for m in moves:
            if m.b.spilled:
                out.append(moved(m.a, SPILL, m.a.register << SHIFT, operand.slot(m.a.root.slot)))
            elif m.a.spilled:
                loads.append(m)
            else:
                pairs.append((m.b.register, m.a.register, m.b.register_class, F_NARROW if m.a.root.narrow else 0))
        self.sequence(pairs, out)
        for m in loads:
            out.append(self.reload(m.b))
        return out

    def sequence(self, pairs: list[tuple[int, int, int, int]], out: list[MachineInstr]) -> None:
        """Emit moves whose destinations are free, until none is left; what remains are cycles, broken by exchanges or memory."""
        back: list[MachineInstr] = []
        while pairs:
            sources = {s for _, s, _, _ in pairs}
            ready = [x for x in pairs if x[0] not in sources]
            if not ready:
                d, s, c, _ = pairs[0]
                swap = self.target.exchange(d, s)
                if swap is not None:
                    out.append(swap)        # now `s` holds what `d` held
                    pairs = [(x, s if y == d else y, k, w) for x, y, k, w in pairs[1:] if x != s or y != d]
                    continue
                place = operand.slot(self.scratch(self.target.classes[c].spill_size, len(back)))
                out.append(MachineInstr(SPILL, [s << SHIFT, place]))
                back.append(MachineInstr(RELOAD, [d << SHIFT, place]))
                pairs = pairs[1:]
                continue
            for d, s, _, flags in ready:
                out.append(MachineInstr(COPY, [d << SHIFT, s << SHIFT]))
                out[-1].flags = flags
            pairs = [x for x in pairs if x not in ready]
        out.extend(back)

    def scratch(self, size: int, n: int) -> int:
        """The slot for the `n`-th value of `size` bytes that waits in memory while others are moved."""
        key = (size, n)
        index = self.waiting.get(key, -1)
        if index < 0:
            slot = self.f.new_slot(size, size, SPILL_SLOT)
            slot.used = True
            index = self.waiting[key] = slot.index
        return index

    def reload(self, part: Interval) -> MachineInstr:
        """Bring a value back into the register of `part`."""
        root = part.root
        i = root.definition
        if i is not None:
            return MachineInstr(i.op, [part.register << SHIFT, *i.ops[1:]], NO_LOC)
        return moved(part, RELOAD, part.register << SHIFT, operand.slot(root.slot))

    # ---------------------------------------------------------------- edges
    def insert_on_edge(self, pred: MachineBlock, succ: MachineBlock, moves: list[Move]) -> None:
        """Put moves at the end of `pred`, the start of `succ`, or in a new block between."""
        code = self.parallel(moves)
        if len(set(pred.succs)) == 1:
            k = len(pred.instrs)
            while k and self.target.descs[pred.instrs[k - 1].op].flags & D_TERMINATOR:
                k -= 1
            pred.instrs[k:k] = code
            return
        if len(set(succ.preds)) == 1:
            succ.instrs[0:0] = code
            return
        n = self.f.new_block()
        n.depth = min(pred.depth, succ.depth)
        n.cold = pred.cold or succ.cold
        n.frequency = min(pred.frequency, succ.frequency)
        for i in pred.instrs:
            if self.target.descs[i.op].flags & D_TERMINATOR or i.effects is not None:
                retarget(i, succ.number, n.number)
        pred.succs = [n if s is succ else s for s in pred.succs]
        succ.preds = [p for p in succ.preds if p is not pred]
        n.preds = [pred]
        link(n, succ)
        n.instrs = [*code, MachineInstr(JUMP, [operand.block(succ.number)], NO_LOC)]
        at = self.f.order.index(pred) + 1
        self.f.order.insert(at, n)


def moved(part: Interval, op: int, register: int, slot: int) -> MachineInstr:
    """SPILL or RELOAD of a value."""
    i = MachineInstr(op, [register, slot])
    if part.root.narrow:
        i.flags = F_NARROW
    return i


def part_at(it: Interval, p: int) -> Interval:
    """The part of a value's life that covers `p`."""
    for q in it.family:
        if q.ranges[0] <= p < q.ranges[-1] and q.covers(p):
            return q
    for q in it.family:
        if q.ranges[0] <= p < q.ranges[-1]:
            return q
    raise AssertionError(f"value {it.vreg} is not live at {p}")
