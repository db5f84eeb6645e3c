"""SWITCH becomes comparisons, bit tests and dense tables.

    switch %1, b9, 1 b2, 5 b3, 7 b2, 100..120 b4

       ->  %2 = ult i32 %1, 100              a balanced tree of comparisons between clusters;
           branch %2, b10, b11               a cluster is one case, a bit test
           ...                                 %5 = shl i64 1, %4 ; %6 = and i64 %5, mask ; branch %6
           switch %1, b9, ...                or a dense SWITCH, which the back end makes a jump table of

Under -fno-jump-tables no SWITCH is left.  Cases are ordered as unsigned numbers.  Densities and minimum sizes are those
of gcc (jump-table-max-growth-ratio: 8 times the cases for speed, 3 for size).
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.ir.cfg import add_pred_like, remove_pred
from toolchain.cc.ir.fold import simplify
from toolchain.cc.ir.ir import (
    AND,
    BRANCH,
    CONST,
    EQ,
    I32,
    I64,
    JUMP,
    NIL,
    SHL,
    SUB,
    SWITCH,
    TRUNC,
    ULE,
    ULT,
    VOID,
    ZEXT,
    Block,
    Function,
    Instr,
    SwitchCases,
)
from toolchain.cc.ir.known import width
from toolchain.cc.opt.context import OptContext

TABLE_MIN_CASES: Final = 5
DENSITY_SPEED: Final = 8
DENSITY_SIZE: Final = 3
BIT_TEST_MIN: Final = (0, 3, 5, 6)
"""Cases (by number of targets) that make a bit test worth while."""

SINGLE: Final = 0
BITS: Final = 1
TABLE: Final = 2


class _Case:
    def __init__(self, low: int, high: int, target: Block) -> None:
        self.low = low
        self.high = high
        self.target = target


class _Cluster:
    """Consecutive cases handled together; `kind` SINGLE, BITS or TABLE."""

    def __init__(self, kind: int, cases: list[_Case]) -> None:
        self.kind = kind
        self.cases = cases
        self.low = cases[0].low
        self.high = cases[-1].high


def run(function: Function, ctx: OptContext) -> bool:
    """Lower all SWITCHes that are not dense tables."""
    changed = False
    for b in list(function.blocks):
        if b.instrs and b.instrs[-1].op == SWITCH and (b.preds or b is function.blocks[0]):
            changed = _Lowering(function, ctx, b).run() or changed
    return changed


class _Lowering:
    def __init__(self, function: Function, ctx: OptContext, block: Block) -> None:
        self.f = function
        self.ctx = ctx
        self.home = block
        self.switch = block.instrs[-1]
        self.value = self.switch.a
        self.default = block.succs[0]
        self.block = block
        self.loc = self.switch.loc

    def cases(self) -> list[_Case]:
        """Sorted cases; neighbours with the same target are one, those of the default are left out."""
        aux = self.switch.aux
        assert isinstance(aux, SwitchCases)
        out: list[_Case] = []
        for (low, high), k in sorted(zip(aux.ranges, aux.targets)):
            target = self.home.succs[k]
            if target is self.default:
                continue
            if out and out[-1].target is target and out[-1].high + 1 == low:
                out[-1].high = high
            else:
                out.append(_Case(low, high, target))
        return out

    def run(self) -> bool:
        cases = self.cases()
        clusters = self.clusters(cases)
        if len(clusters) == 1 and clusters[0].kind == TABLE:
            return False
        b = self.home
        b.instrs.pop()
        old = b.succs
        b.succs = []
        self.tree(clusters, 0, (1 << width(self.f, self.value.ty)) - 1)
        # The model edges of the phis served until now.
        for s in old:
            remove_pred(s, b)
        return True

    # -------------------------------------------------------------- clusters

    def clusters(self, cases: list[_Case]) -> list[_Cluster]:
        out: list[_Cluster] = []
        n = len(cases)
        k = 0
        while k < n:
            end = self.longest(cases, k)
            if end > k + 1:
                out.append(_Cluster(self.kind(cases[k:end]), cases[k:end]))
                k = end
            else:
                out.append(_Cluster(SINGLE, cases[k:k + 1]))
                k += 1
        return out

    def longest(self, cases: list[_Case], start: int) -> int:
        """End of the longest run from `start` that makes a bit test or a table; start + 1 if none does."""
        limit = min(len(cases), start + 1024)
        for end in range(limit, start + 1, -1):
            if self.kind(cases[start:end]) != SINGLE:
                return end
        return start + 1

    def kind(self, cases: list[_Case]) -> int:
        span = cases[-1].high - cases[0].low + 1
        if span <= self.ctx.word_bits:
            targets = len({c.target.id for c in cases})
            if targets <= 3:
                count = sum(1 if c.low == c.high else 2 for c in cases)
                if count >= BIT_TEST_MIN[targets] and len(cases) > targets:
                    return BITS
        if self.ctx.jump_tables and len(cases) >= TABLE_MIN_CASES:
            density = DENSITY_SIZE if self.f.for_size else DENSITY_SPEED
            count = sum(1 if c.low == c.high else 2 for c in cases)
            if span <= density * count and count >= (8 if self.f.for_size else TABLE_MIN_CASES):
                return TABLE
        return SINGLE

    # -------------------------------------------------------------- code

    def emit(self, op: int, ty: int, a: Instr, b: Instr) -> Instr:
        i = self.f.instr(op, ty, a, b, 0, self.loc)
        v = simplify(self.f, i)
        if v is i:
            self.block.instrs.append(i)
        return v

    def const(self, value: int) -> Instr:
        return self.f.const(self.value.ty, value)

    def edge(self, target: Block) -> None:
        """An edge from the current block; phis have the values of the SWITCH's own edge."""
        add_pred_like(target, self.block, self.home)
        self.block.succs.append(target)

    def new_block(self) -> Block:
        b = self.f.new_block()
        b.cold = self.home.cold
        b.loop_depth = self.home.loop_depth
        self.f.blocks.append(b)
        return b

    def branch(self, condition: Instr, yes: Block | None, no: Block | None) -> Block:
        """End the current block with a branch; None stands for a new block, which is returned (the one for
        `no` if both are new: then `yes` is its predecessor in `self.f.blocks`)."""
        fresh = self.new_block()
        if condition.op == CONST:
            # The range is known: only one way is left.
            go = yes if condition.imm else no
            self.block.instrs.append(self.f.instr(JUMP, VOID, NIL, NIL, 0, self.loc))
            if go is None:
                self.join(fresh)
            else:
                self.edge(go)
            return fresh
        t = self.f.instr(BRANCH, VOID, condition, NIL, 0, self.loc)
        simplify(self.f, t)
        self.block.instrs.append(t)
        for target in (yes, no):
            if target is None:
                self.join(fresh)
            else:
                self.edge(target)
        return fresh

    def join(self, fresh: Block) -> None:
        self.block.succs.append(fresh)
        fresh.preds.append(self.block)

    def tree(self, clusters: list[_Cluster], low: int, high: int) -> None:
        """Decide among clusters; the value is known to lie in low..high."""
        if len(clusters) <= 3:
            for c in clusters:
                # What is known on the way past a cluster at the edge of the range: it is shorter.
                self.test(c, low, high)
                if c.low == low:
                    low = c.high + 1
            self.block.instrs.append(self.f.instr(JUMP, VOID, NIL, NIL, 0, self.loc))
            self.edge(self.default)
            return
        middle = len(clusters) // 2
        pivot = clusters[middle].low
        below = self.emit(ULT, I32, self.value, self.const(pivot))
        left = self.new_block()
        right = self.new_block()
        t = self.f.instr(BRANCH, VOID, below, NIL, 0, self.loc)
        self.block.instrs.append(t)
        self.join(left)
        self.join(right)
        self.block = left
        self.tree(clusters[:middle], low, pivot - 1)
        self.block = right
        self.tree(clusters[middle:], pivot, high)

    def test(self, c: _Cluster, low: int, high: int) -> None:
        """Go to the cluster's targets if it applies; go on in a new block if not."""
        if c.kind == SINGLE:
            case = c.cases[0]
            self.block = self.branch(self.in_range(case.low, case.high, low, high), case.target, None)
        elif c.kind == BITS:
            self.bit_test(c, low, high)
        else:
            self.table(c)

    def in_range(self, first: int, last: int, low: int, high: int) -> Instr:
        f = self.f
        if first == last:
            return self.emit(EQ, I32, self.value, self.const(first))
        if first <= low:
            return f.const(I32, 1) if last >= high else self.emit(ULE, I32, self.value, self.const(last))
        if last >= high:
            return self.emit(ULE, I32, self.const(first), self.value)
        return self.emit(ULE, I32, self.emit(SUB, self.value.ty, self.value, self.const(first)), self.const(last - first))

    def bit_test(self, c: _Cluster, low: int, high: int) -> None:
        f = self.f
        word = I64 if self.ctx.word_bits == 64 else I32
        base = 0 if c.high < self.ctx.word_bits else c.low
        index = self.emit(SUB, self.value.ty, self.value, self.const(base))
        inside = self.emit(ULE, I32, index, self.const(c.high - base))
        targets: list[Block] = []
        for case in c.cases:
            if case.target not in targets:
                targets.append(case.target)
        out = self.new_block()
        fresh = self.branch_between(inside, out)
        self.block = fresh
        op = ZEXT if width(f, self.value.ty) < width(f, word) else TRUNC
        index = index if index.ty == word else self.emit(op, word, index, NIL)
        bit = self.emit(SHL, word, f.const(word, 1), index)
        for target in targets:
            mask = 0
            for case in c.cases:
                if case.target is target:
                    mask |= ((1 << (case.high - case.low + 1)) - 1) << (case.low - base)
            self.block = self.branch(self.emit(AND, word, bit, f.const(word, mask)), target, None)
        self.block.instrs.append(f.instr(JUMP, VOID, NIL, NIL, 0, self.loc))
        self.join(out)
        self.block = out

    def branch_between(self, condition: Instr, no: Block) -> Block:
        """Branch to a new block if the condition holds, else to the (private) block `no`."""
        fresh = self.new_block()
        t = self.f.instr(BRANCH, VOID, condition, NIL, 0, self.loc)
        if condition.op == CONST:
            t.op = JUMP
            t.a = NIL
            self.block.instrs.append(t)
            self.join(fresh if condition.imm else no)
            return fresh
        self.block.instrs.append(t)
        self.join(fresh)
        self.join(no)
        return fresh

    def table(self, c: _Cluster) -> None:
        """A dense SWITCH; its default goes on."""
        f = self.f
        t = f.instr(SWITCH, VOID, self.value, NIL, 0, self.loc)
        cases = SwitchCases()
        t.aux = cases
        self.block.instrs.append(t)
        out = self.new_block()
        self.join(out)
        targets: list[Block] = []
        for case in c.cases:
            if case.target not in targets:
                targets.append(case.target)
                self.edge(case.target)
            cases.ranges.append((case.low, case.high))
            cases.targets.append(1 + targets.index(case.target))
        self.block = out
